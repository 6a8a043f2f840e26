package hotline

import (
	"strings"

	sdk "github.com/chancery-chain/chancery/contracts-sdk"
	"github.com/chancery-chain/chancery/contracts-sdk/date"
)

// PutKb stores an answer that agents may give at once.
func (*Contract) PutKb(ctx *sdk.Ctx, req *PutKbRequest) (*PutKbResponse, error) {
	w := begin(ctx)
	if before, ok := w.state.Kb.Get(req.Id); ok && before.Owner != ctx.Org() {
		return nil, ErrConflict(&Conflict{What: "the owner", Have: before.Owner})
	}
	article := &Kb{Id: req.Id, QH: req.QH, ARef: &Ref{Uri: req.Uri, H: req.AH}, Owner: ctx.Org(), Author: ctx.Origin()}
	if err := w.state.Kb.Set(article); err != nil {
		return nil, err
	}
	EmitPutKb(ctx, &PutKb{Id: req.Id, Org: article.Owner})
	return nil, nil
}

// ReviewKb lets an article be used.
func (*Contract) ReviewKb(ctx *sdk.Ctx, req *ReviewKbRequest) (*ReviewKbResponse, error) {
	w := begin(ctx)
	article, ok := w.state.Kb.Get(req.Id)
	if !ok {
		return nil, ErrNotFound(&Thing{Id: "article " + req.Id})
	}
	if article.Author == ctx.Origin() {
		return nil, ErrSelf(&Same{Who: ctx.Origin()})
	}
	article.Reviewed = true
	if err := w.state.Kb.Set(article); err != nil {
		return nil, err
	}
	EmitReviewKb(ctx, &ReviewKb{Id: req.Id, Org: article.Owner})
	return nil, nil
}

// Call opens an order.
func (*Contract) Call(ctx *sdk.Ctx, req *CallRequest) (*CallResponse, error) {
	w := begin(ctx)
	switch {
	case !callerForm(req.Caller):
		return nil, invalid("caller", "an address or 64 hex digits")
	case !increasing(req.Tags):
		return nil, invalid("tags", "sorted, each once")
	}
	accept, err := w.workday(w.today, w.config.AcceptDays)
	if err != nil {
		return nil, err
	}
	no, err := w.nextNo()
	if err != nil {
		return nil, err
	}
	w.order = &Order{
		No: no, Channel: req.Channel, Class: req.Class, Caller: req.Caller, ContentCm: req.ContentCm,
		Region: req.Region, Tags: req.Tags, Status: Status_STATUS_CALLED,
		T: &Times{Call: w.now}, Due: &Due{Accept: accept},
	}
	if err := w.countTopics(); err != nil {
		return nil, err
	}
	if err := w.save(&Step{Kind: StepKind_STEP_KIND_CALL}); err != nil {
		return nil, err
	}
	EmitCall(ctx, &Call{Id: no, From: w.from, To: w.order.Status, Org: ctx.Org(), Ver: w.order.Steps})
	return &CallResponse{Order: w.order}, nil
}

// nextNo returns the number of a new order: the day and the serial of the day.
func (w *work) nextNo() (string, error) {
	day, ok := w.state.Days.Get(int32(w.today))
	if !ok {
		day = &Day{Date: int32(w.today)}
	}
	day.N++
	serial := number(day.N)
	return number(uint32(w.today)) + "-" + "000000"[min(6, len(serial)):] + serial, w.state.Days.Set(day)
}

// countTopics counts the order's topics of the month.
func (w *work) countTopics() error {
	for _, tag := range w.order.Tags {
		topic, ok := w.state.Topics.Get(month(w.today), w.order.Region, tag)
		if !ok {
			topic = &Topic{Period: month(w.today), Region: w.order.Region, Tag: tag}
		}
		topic.N++
		if err := w.state.Topics.Set(topic); err != nil {
			return err
		}
	}
	return nil
}

// month returns the month of a day, as yyyymm.
func month(d date.Date) uint32 { return uint32(d) / 100 }

// callerForm reports whether text has the form of an account's address or of a
// tag. Neither names anybody.
func callerForm(text string) bool {
	if strings.HasPrefix(text, "cy1") {
		return true // the .proto holds length and characters
	}
	return len(text) == 64 && strings.Trim(text, "0123456789abcdef") == ""
}

// increasing reports whether texts are sorted, each once.
func increasing(list []string) bool {
	for i := 1; i < len(list); i++ {
		if list[i-1] >= list[i] {
			return false
		}
	}
	return true
}

// Accept takes an order in.
func (*Contract) Accept(ctx *sdk.Ctx, req *AcceptRequest) (*AcceptResponse, error) {
	w, err := beginOn(ctx, req.No)
	if err != nil {
		return nil, err
	}
	if err := w.move(Status_STATUS_ACCEPTED, Status_STATUS_CALLED); err != nil {
		return nil, err
	}
	w.order.T.Accept = w.now
	if err := w.save(&Step{Kind: StepKind_STEP_KIND_ACCEPT}); err != nil {
		return nil, err
	}
	EmitAccept(ctx, &Accept{Id: w.order.No, From: w.from, To: w.order.Status, Org: ctx.Org(), Ver: w.order.Steps})
	return &AcceptResponse{Order: w.order}, nil
}

// AnswerDirect answers an order with a reviewed article.
func (*Contract) AnswerDirect(ctx *sdk.Ctx, req *AnswerDirectRequest) (*AnswerDirectResponse, error) {
	w, err := beginOn(ctx, req.No)
	if err != nil {
		return nil, err
	}
	if err := w.move(Status_STATUS_ANSWERED_DIRECT, Status_STATUS_CALLED); err != nil {
		return nil, err
	}
	article, ok := w.state.Kb.Get(req.Kb)
	if !ok {
		return nil, ErrNotFound(&Thing{Id: "article " + req.Kb})
	}
	if !article.Reviewed {
		return nil, invalid("kb", "a reviewed article")
	}
	w.order.Kb, w.order.T.Accept, w.order.T.Finish = req.Kb, w.now, w.now
	if err := w.save(&Step{Kind: StepKind_STEP_KIND_ANSWER_DIRECT, Ref: req.Kb}); err != nil {
		return nil, err
	}
	EmitAnswerDirect(ctx, &AnswerDirect{Id: w.order.No, From: w.from, To: w.order.Status, Org: ctx.Org(), Ver: w.order.Steps})
	return &AnswerDirectResponse{Order: w.order}, nil
}
