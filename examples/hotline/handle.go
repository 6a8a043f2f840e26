package hotline

import (
	"slices"

	sdk "github.com/chancery-chain/chancery/contracts-sdk"
)

// Handle records what was done.
func (*Contract) Handle(ctx *sdk.Ctx, req *HandleRequest) (*HandleResponse, error) {
	w, err := beginOn(ctx, req.No)
	if err != nil {
		return nil, err
	}
	if err := w.needHandler(); err != nil && !w.helps() {
		return nil, err
	}
	if err := w.move(Status_STATUS_HANDLING, Status_STATUS_SIGNED, Status_STATUS_HANDLING); err != nil {
		return nil, err
	}
	if err := w.save(&Step{Kind: StepKind_STEP_KIND_HANDLE, NoteCm: req.NoteCm, Ref: req.Evidence}); err != nil {
		return nil, err
	}
	EmitHandle(ctx, &Handle{Id: w.order.No, From: w.from, To: w.order.Status, Org: ctx.Org(), Ver: w.order.Steps})
	return &HandleResponse{Order: w.order}, nil
}

// helps reports whether the origin is a handler of a helping organisation.
func (w *work) helps() bool {
	return slices.Contains(w.order.Co, w.ctx.Org()) && w.ctx.HasRole("handler")
}

// Feedback ends handling with an answer to the caller.
func (*Contract) Feedback(ctx *sdk.Ctx, req *FeedbackRequest) (*FeedbackResponse, error) {
	w, err := beginOn(ctx, req.No)
	if err != nil {
		return nil, err
	}
	if err := w.needHandler(); err != nil {
		return nil, err
	}
	if err := w.move(Status_STATUS_FED_BACK, Status_STATUS_HANDLING); err != nil {
		return nil, err
	}
	w.order.T.Finish, w.order.T.Feedback = w.now, w.now
	if err := w.save(&Step{Kind: StepKind_STEP_KIND_FEEDBACK, NoteCm: req.H}); err != nil {
		return nil, err
	}
	EmitFeedback(ctx, &Feedback{Id: w.order.No, From: w.from, To: w.order.Status, Org: ctx.Org(), Ver: w.order.Steps})
	return &FeedbackResponse{Order: w.order}, nil
}

// RejectFeedback sends an order back to its handler, once.
func (*Contract) RejectFeedback(ctx *sdk.Ctx, req *RejectFeedbackRequest) (*RejectFeedbackResponse, error) {
	w, err := beginOn(ctx, req.No)
	if err != nil {
		return nil, err
	}
	if w.order.Status == Status_STATUS_FED_BACK && slices.Contains(w.order.Flags, Flag_FLAG_FEEDBACK_REJECTED) {
		return nil, ErrLimit(&Cap{What: "rejections", Cap: 1})
	}
	if err := w.move(Status_STATUS_HANDLING, Status_STATUS_FED_BACK); err != nil {
		return nil, err
	}
	w.order.T.Finish = 0
	mark(w.order, Flag_FLAG_FEEDBACK_REJECTED)
	mark(w.order, late(w.order, w.today)...)
	if err := w.save(&Step{Kind: StepKind_STEP_KIND_REJECT_FEEDBACK}); err != nil {
		return nil, err
	}
	EmitRejectFeedback(ctx, &RejectFeedback{Id: w.order.No, From: w.from, To: w.order.Status, Org: ctx.Org(), Ver: w.order.Steps})
	return &RejectFeedbackResponse{Order: w.order}, nil
}

// RecordVisit records a visit to the caller.
func (*Contract) RecordVisit(ctx *sdk.Ctx, req *RecordVisitRequest) (*RecordVisitResponse, error) {
	w, err := beginOn(ctx, req.No)
	if err != nil {
		return nil, err
	}
	switch {
	case w.order.Handler == ctx.Org():
		return nil, ErrSelf(&Same{Who: ctx.Org()})
	case req.Reached != (req.Score > 0):
		return nil, invalid("score", "1 to 5 when the caller was reached, else 0")
	case req.Solved && !req.Reached:
		return nil, invalid("solved", "false when the caller was not reached")
	case w.order.Status != Status_STATUS_FED_BACK && w.order.Status != Status_STATUS_ANSWERED_DIRECT:
		return nil, w.move(Status_STATUS_VISITED)
	}
	round := w.order.Reopens + 1
	visit, ok := w.state.Visits.Get(w.order.No, round)
	if !ok {
		visit = &Visit{Order: w.order.No, Round: round}
	}
	visit.Tries++
	visit.Reached, visit.Solved, visit.Score, visit.T, visit.Org = req.Reached, req.Solved, req.Score, w.now, ctx.Org()
	if err := w.state.Visits.Set(visit); err != nil {
		return nil, err
	}
	if visit.Reached || visit.Tries >= w.config.VisitTries {
		w.order.Status, w.order.T.Visit = Status_STATUS_VISITED, w.now
	}
	if w.order.Status == Status_STATUS_VISITED && !visit.Reached {
		mark(w.order, Flag_FLAG_UNREACHED)
	}
	if err := w.save(&Step{Kind: StepKind_STEP_KIND_RECORD_VISIT}); err != nil {
		return nil, err
	}
	EmitRecordVisit(ctx, &RecordVisit{Id: w.order.No, From: w.from, To: w.order.Status, Org: ctx.Org(), Ver: w.order.Steps})
	return &RecordVisitResponse{Order: w.order}, nil
}

// Reopen opens a visited order again.
func (*Contract) Reopen(ctx *sdk.Ctx, req *ReopenRequest) (*ReopenResponse, error) {
	w, err := beginOn(ctx, req.No)
	if err != nil {
		return nil, err
	}
	if err := w.needHotline("visitor"); err != nil && !w.isCaller() {
		return nil, err
	}
	if w.order.Status == Status_STATUS_VISITED && w.order.Reopens >= w.config.MaxReopens {
		return nil, ErrLimit(&Cap{What: "reopenings", Cap: w.config.MaxReopens})
	}
	if err := w.move(Status_STATUS_REOPENED, Status_STATUS_VISITED); err != nil {
		return nil, err
	}
	w.order.Reopens++
	if err := w.save(&Step{Kind: StepKind_STEP_KIND_REOPEN}); err != nil {
		return nil, err
	}
	EmitReopen(ctx, &Reopen{Id: w.order.No, From: w.from, To: w.order.Status, Org: ctx.Org(), Ver: w.order.Steps})
	return &ReopenResponse{Order: w.order}, nil
}

// Close ends a visited order.
func (*Contract) Close(ctx *sdk.Ctx, req *CloseRequest) (*CloseResponse, error) {
	w, err := beginOn(ctx, req.No)
	if err != nil {
		return nil, err
	}
	if err := w.move(Status_STATUS_CLOSED, Status_STATUS_VISITED); err != nil {
		return nil, err
	}
	o := w.order
	o.T.Close, o.Period, o.EvalOrg = w.now, month(w.today), o.Handler
	if o.EvalOrg == "" { // answered directly
		o.EvalOrg = w.config.GetHotlineOrg()
	}
	eval, ok := w.state.Evals.Get(o.Period, o.EvalOrg)
	if !ok {
		eval = &Eval{Period: o.Period, Org: o.EvalOrg}
	}
	eval.Closed++
	if err := w.state.Evals.Set(eval); err != nil {
		return nil, err
	}
	if err := w.save(&Step{Kind: StepKind_STEP_KIND_CLOSE}); err != nil {
		return nil, err
	}
	EmitClose(ctx, &Close{Id: w.order.No, From: w.from, To: w.order.Status, Org: ctx.Org(), Ver: w.order.Steps})
	return &CloseResponse{Order: w.order}, nil
}
