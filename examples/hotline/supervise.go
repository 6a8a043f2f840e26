package hotline

import (
	"strings"

	sdk "github.com/chancery-chain/chancery/contracts-sdk"
)

// Urge records that the caller presses.
func (*Contract) Urge(ctx *sdk.Ctx, req *UrgeRequest) (*UrgeResponse, error) {
	w, err := beginOn(ctx, req.No)
	if err != nil {
		return nil, err
	}
	if !w.isCaller() {
		// A caller with an account presses by itself.
		if callerHasAccount(w.order) {
			return nil, ErrUnauth(&Needed{Role: "the caller"})
		}
		if err := w.needHotline("agent"); err != nil {
			return nil, err
		}
	}
	if err := w.open(); err != nil {
		return nil, err
	}
	mark(w.order, Flag_FLAG_URGED)
	if err := w.save(&Step{Kind: StepKind_STEP_KIND_URGE}); err != nil {
		return nil, err
	}
	EmitUrge(ctx, &Urge{Id: w.order.No, From: w.from, To: w.order.Status, Org: ctx.Org(), Ver: w.order.Steps})
	return &UrgeResponse{Order: w.order}, nil
}

// callerHasAccount reports whether an order's caller can sign.
func callerHasAccount(o *Order) bool { return strings.HasPrefix(o.Caller, "cy1") }

// open returns an error when the order is closed.
func (w *work) open() error {
	if w.order.Status == Status_STATUS_CLOSED {
		return w.move(Status_STATUS_CLOSED)
	}
	return nil
}

// Supervise records that the supervisor looks after an order.
func (*Contract) Supervise(ctx *sdk.Ctx, req *SuperviseRequest) (*SuperviseResponse, error) {
	w, err := beginOn(ctx, req.No)
	if err != nil {
		return nil, err
	}
	if err := w.open(); err != nil {
		return nil, err
	}
	mark(w.order, Flag_FLAG_SUPERVISED)
	if err := w.save(&Step{Kind: StepKind_STEP_KIND_SUPERVISE, NoteCm: req.NoteCm}); err != nil {
		return nil, err
	}
	EmitSupervise(ctx, &Supervise{Id: w.order.No, From: w.from, To: w.order.Status, Org: ctx.Org(), Ver: w.order.Steps})
	return &SuperviseResponse{Order: w.order}, nil
}

// MarkUnreasonable excludes an order from scores, when two persons say so.
func (*Contract) MarkUnreasonable(ctx *sdk.Ctx, req *MarkUnreasonableRequest) (*MarkUnreasonableResponse, error) {
	w, err := beginOn(ctx, req.No)
	if err != nil {
		return nil, err
	}
	dispatcher, supervisor := w.needHotline("dispatcher"), w.needSupervisor()
	o := w.order
	if o.Unreasonable == nil {
		o.Unreasonable = &Unreasonable{Reason: req.Reason, Evidence: req.Evidence}
	}
	u := o.Unreasonable
	switch {
	case u.Dispatcher != "" && u.Supervisor != "" || o.Status == Status_STATUS_CALLED:
		return nil, w.move(Status_STATUS_UNSPECIFIED)
	case u.Reason != req.Reason:
		return nil, ErrConflict(&Conflict{What: "the reason", Have: number(uint32(u.Reason))})
	case u.Evidence != req.Evidence:
		return nil, ErrConflict(&Conflict{What: "the evidence", Have: u.Evidence})
	case u.Dispatcher == ctx.Origin() || u.Supervisor == ctx.Origin(),
		dispatcher == nil && u.Dispatcher != "", supervisor == nil && u.Supervisor != "":
		return nil, ErrSelf(&Same{Who: ctx.Origin()})
	}
	if o.Period != 0 && int32(w.today) > lastDay(o.Period) {
		return nil, w.deadline(lastDay(o.Period)) // the month may be counted already
	}
	if dispatcher == nil {
		u.Dispatcher = ctx.Origin()
	} else {
		u.Supervisor = ctx.Origin()
	}
	if u.Dispatcher != "" && u.Supervisor != "" {
		mark(o, Flag_FLAG_UNREASONABLE)
	}
	if err := w.save(&Step{Kind: StepKind_STEP_KIND_MARK_UNREASONABLE, Ref: req.Evidence}); err != nil {
		return nil, err
	}
	EmitMarkUnreasonable(ctx, &MarkUnreasonable{Id: w.order.No, From: w.from, To: w.order.Status, Org: ctx.Org(), Ver: w.order.Steps})
	return &MarkUnreasonableResponse{Order: w.order}, nil
}

// TickDue marks an order late whose limit has passed.
func (*Contract) TickDue(ctx *sdk.Ctx, req *TickDueRequest) (*TickDueResponse, error) {
	w := begin(ctx)
	order, ok := w.state.Orders.Get(req.No)
	if !ok {
		return nil, ErrNotFound(&Thing{Id: "order " + req.No})
	}
	w.order, w.from = order, order.Status
	flags := late(order, w.today)
	if len(flags) == 0 {
		return nil, w.deadline(nextDue(order))
	}
	mark(order, flags...)
	if err := w.save(&Step{Kind: StepKind_STEP_KIND_TICK_DUE}); err != nil {
		return nil, err
	}
	EmitTickDue(ctx, &TickDue{Id: order.No, From: w.from, To: order.Status, Org: ctx.Org(), Ver: order.Steps})
	return &TickDueResponse{Flags: flags}, nil
}
