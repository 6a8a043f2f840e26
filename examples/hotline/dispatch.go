package hotline

import (
	"slices"

	sdk "github.com/chancery-chain/chancery/contracts-sdk"
	"github.com/chancery-chain/chancery/contracts-sdk/date"
	"github.com/chancery-chain/chancery/contracts-sdk/money"
)

// Dispatch gives an order to an organisation and starts its limits.
func (*Contract) Dispatch(ctx *sdk.Ctx, req *DispatchRequest) (*DispatchResponse, error) {
	w, err := beginOn(ctx, req.No)
	if err != nil {
		return nil, err
	}
	if err := w.needDispatch(req); err != nil {
		return nil, err
	}
	if err := w.move(Status_STATUS_DISPATCHED, Status_STATUS_ACCEPTED, Status_STATUS_RETURNED, Status_STATUS_REOPENED); err != nil {
		return nil, err
	}
	o := w.order
	o.Handler, o.Co, o.Extended = req.Handler, req.Co, 0
	o.T.Dispatch, o.T.Sign, o.T.Finish, o.T.Feedback, o.T.Visit = w.now, 0, 0, 0, 0
	rule, err := w.ruleOf()
	if err != nil {
		return nil, err
	}
	o.Rule = rule.Ver
	if o.Due.Sign, err = w.workday(w.today, w.config.SignDays); err != nil {
		return nil, err
	}
	if o.Due.Finish, err = w.workday(w.today, daysFor(rule, o.Class)); err != nil {
		return nil, err
	}
	if err := w.save(&Step{Kind: StepKind_STEP_KIND_DISPATCH, Ref: o.Handler}); err != nil {
		return nil, err
	}
	EmitDispatch(ctx, &Dispatch{Id: w.order.No, From: w.from, To: w.order.Status, Org: o.Handler, Ver: w.order.Steps})
	return &DispatchResponse{Order: w.order}, nil
}

// needDispatch holds who dispatches, and to whom.
func (w *work) needDispatch(req *DispatchRequest) error {
	hotline := w.config.GetHotlineOrg()
	final := w.order.Status == Status_STATUS_RETURNED && w.order.Returns >= w.config.MaxReturns
	need := w.needHotline("dispatcher")
	if final {
		// Nobody may return it any more: whom the supervisor names answers for it.
		need = w.needSupervisor()
	}
	switch {
	case need != nil:
		return need
	case req.Handler == hotline || slices.Contains(req.Co, hotline):
		// Who visits the caller is not who handled.
		return ErrSelf(&Same{Who: hotline})
	case !increasing(req.Co) || slices.Contains(req.Co, req.Handler):
		return invalid("co", "sorted, each once, without the handler")
	}
	if final {
		mark(w.order, Flag_FLAG_FINAL)
	}
	return nil
}

// ruleOf returns the rule that holds today.
func (w *work) ruleOf() (*Rule, error) {
	rules, _, err := w.state.Rules.All().Reverse().Page("", sdk.MaxPage)
	if err != nil {
		return nil, err
	}
	for _, rule := range rules {
		if rule.From <= int32(w.today) {
			return rule, nil
		}
	}
	return nil, ErrIndeterminate(&MissingFact{Fact: "rule of " + number(uint32(w.today))})
}

// daysFor returns how many workdays handling may take.
func daysFor(rule *Rule, class Class) uint32 {
	switch class {
	case Class_CLASS_CONSULT:
		return rule.Consult
	case Class_CLASS_HELP:
		return rule.Help
	case Class_CLASS_SUGGEST:
		return rule.Suggest
	case Class_CLASS_COMPLAINT:
		return rule.Complaint
	}
	return rule.Report
}

// Sign takes responsibility for an order.
func (*Contract) Sign(ctx *sdk.Ctx, req *SignRequest) (*SignResponse, error) {
	w, err := beginOn(ctx, req.No)
	if err != nil {
		return nil, err
	}
	if err := w.needHandler(); err != nil {
		return nil, err
	}
	if err := w.move(Status_STATUS_SIGNED, Status_STATUS_DISPATCHED); err != nil {
		return nil, err
	}
	w.order.T.Sign = w.now
	if err := w.save(&Step{Kind: StepKind_STEP_KIND_SIGN}); err != nil {
		return nil, err
	}
	EmitSign(ctx, &Sign{Id: w.order.No, From: w.from, To: w.order.Status, Org: ctx.Org(), Ver: w.order.Steps})
	return &SignResponse{Order: w.order}, nil
}

// Return gives an order back.
func (*Contract) Return(ctx *sdk.Ctx, req *ReturnRequest) (*ReturnResponse, error) {
	w, err := beginOn(ctx, req.No)
	if err != nil {
		return nil, err
	}
	if err := w.needHandler(); err != nil {
		return nil, err
	}
	if err := w.move(Status_STATUS_RETURNED, Status_STATUS_DISPATCHED); err != nil {
		return nil, err
	}
	switch {
	case w.order.Returns >= w.config.MaxReturns:
		return nil, ErrLimit(&Cap{What: "returns", Cap: w.config.MaxReturns})
	case int32(w.today) > w.order.Due.Sign:
		return nil, w.deadline(w.order.Due.Sign)
	}
	w.order.Returns++
	if err := w.save(&Step{Kind: StepKind_STEP_KIND_RETURN, Ref: number(uint32(req.Reason))}); err != nil {
		return nil, err
	}
	EmitReturn(ctx, &Return{Id: w.order.No, From: w.from, To: w.order.Status, Org: ctx.Org(), Ver: w.order.Steps})
	return &ReturnResponse{Order: w.order}, nil
}

// Extend moves the end of handling once.
func (*Contract) Extend(ctx *sdk.Ctx, req *ExtendRequest) (*ExtendResponse, error) {
	w, err := beginOn(ctx, req.No)
	if err != nil {
		return nil, err
	}
	if err := w.needHandler(); err != nil {
		return nil, err
	}
	o := w.order
	if o.Status != Status_STATUS_SIGNED && o.Status != Status_STATUS_HANDLING {
		return nil, w.move(Status_STATUS_HANDLING)
	}
	rule, ok := w.state.Rules.Get(o.Rule)
	if !ok {
		return nil, ErrIndeterminate(&MissingFact{Fact: "rule " + number(o.Rule)})
	}
	longest, err := money.MulDiv(int64(daysFor(rule, o.Class)), int64(w.config.ExtendBps), 10000, money.Floor)
	switch {
	case err != nil:
		return nil, err
	case slices.Contains(o.Flags, Flag_FLAG_EXTENDED):
		return nil, ErrLimit(&Cap{What: "extensions", Cap: 1})
	case int64(req.Days) > longest:
		return nil, ErrLimit(&Cap{What: "workdays of an extension", Cap: uint32(longest)})
	case int32(w.today) > o.Due.Finish:
		return nil, w.deadline(o.Due.Finish)
	}
	if o.Extended, err = w.workday(date.Date(o.Due.Finish), req.Days); err != nil {
		return nil, err
	}
	mark(o, Flag_FLAG_EXTENDED)
	if err := w.save(&Step{Kind: StepKind_STEP_KIND_EXTEND, Ref: number(uint32(req.Reason))}); err != nil {
		return nil, err
	}
	EmitExtend(ctx, &Extend{Id: w.order.No, From: w.from, To: w.order.Status, Org: ctx.Org(), Ver: w.order.Steps})
	return &ExtendResponse{Order: w.order}, nil
}

// deadline is the error for a day that is over.
func (w *work) deadline(limit int32) error {
	return ErrDeadline(&Limit{Limit: limit, Today: int32(w.today)})
}
