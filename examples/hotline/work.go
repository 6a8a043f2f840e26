package hotline

import (
	"slices"

	sdk "github.com/chancery-chain/chancery/contracts-sdk"
	"github.com/chancery-chain/chancery/contracts-sdk/date"
	"github.com/chancery-chain/chancery/examples/calendar"
)

// noDue is the limit of a move that has none; it sorts behind all days.
const noDue = int32(date.Max)

// work is one message at work on one order.
type work struct {
	ctx    *sdk.Ctx
	state  State
	config *Config
	now    int64
	today  date.Date

	order *Order
	from  Status // when the message came
}

// begin makes ready for a message, before its order is known.
func begin(ctx *sdk.Ctx) *work {
	w := &work{ctx: ctx, state: NewState(ctx), now: ctx.Unix()}
	w.today = date.FromUnix(w.now)
	w.config, _ = w.state.Config.Get()
	return w
}

// beginOn makes ready for a message about an order. Limits that have passed
// unseen are marked first, so that no late poke can change an outcome.
func beginOn(ctx *sdk.Ctx, no string) (*work, error) {
	w := begin(ctx)
	order, ok := w.state.Orders.Get(no)
	if !ok {
		return nil, ErrNotFound(&Thing{Id: "order " + no})
	}
	w.order, w.from = order, order.Status
	mark(order, late(order, w.today)...)
	return w, nil
}

// need returns an error unless the origin has the role in the organisation.
func (w *work) need(role, org string) error {
	if org == "" || !w.ctx.HasRole(role+"@"+org) {
		return ErrUnauth(&Needed{Role: role + "@" + org})
	}
	return nil
}

func (w *work) needHotline(role string) error { return w.need(role, w.config.GetHotlineOrg()) }

func (w *work) needSupervisor() error { return w.need("supervisor", w.config.GetSupervisorOrg()) }

func (w *work) needHandler() error { return w.need("handler", w.order.Handler) }

// isCaller reports whether the origin called, by its account.
func (w *work) isCaller() bool { return w.ctx.Origin() == w.order.Caller }

// move changes the order's status, which must be one of from.
func (w *work) move(to Status, from ...Status) error {
	if !slices.Contains(from, w.order.Status) {
		return ErrState(&Transition{From: statusText(w.order.Status), To: statusText(to)})
	}
	w.order.Status = to
	return nil
}

func statusText(s Status) string { return s.String()[len("STATUS_"):] }

// save stores the order with its step.
func (w *work) save(step *Step) error {
	w.order.Steps++
	step.Order, step.Seq, step.T, step.To = w.order.No, w.order.Steps, w.now, w.order.Status
	if step.By, step.Org = w.ctx.Origin(), w.ctx.Org(); w.ctx.Scheduled() {
		step.By = w.ctx.Caller()
	}
	if err := w.state.Steps.Set(step); err != nil {
		return err
	}
	return w.saveOrder()
}

// saveOrder stores the order with what its indexes go by.
func (w *work) saveOrder() error {
	o := w.order
	o.Desk, o.DeskDue, o.Phase = w.config.GetHotlineOrg(), nextDue(o), Phase_PHASE_UNTIMED
	switch o.Status {
	case Status_STATUS_CALLED:
		o.Phase = Phase_PHASE_TIMED
	case Status_STATUS_DISPATCHED, Status_STATUS_SIGNED, Status_STATUS_HANDLING:
		o.Phase, o.Desk = Phase_PHASE_TIMED, o.Handler
	case Status_STATUS_RETURNED:
		o.Phase = Phase_PHASE_RETURNED
	case Status_STATUS_CLOSED:
		o.Phase, o.Desk = Phase_PHASE_CLOSED, ""
	}
	if err := w.scheduleTick(); err != nil {
		return err
	}
	return w.state.Orders.Set(o)
}

// tickGas is enough for TickDue, four times over.
const tickGas = 1_000_000

// scheduleTick has TickDue called when the next limit passes that would leave a
// mark, and no longer for a limit that is met.
func (w *work) scheduleTick() error {
	o := w.order
	due := nextTick(o)
	if due == o.TickDue {
		return nil
	}
	if o.Tick != 0 {
		w.ctx.Unschedule(o.Tick)
	}
	o.Tick, o.TickDue = 0, due
	if due == 0 {
		return nil
	}
	at, err := date.Date(due).End()
	if err != nil {
		return err
	}
	o.Tick = w.ctx.Schedule(at, "TickDue", &TickDueRequest{No: o.No}, tickGas)
	return nil
}

// nextTick returns the last day of the next limit whose passing is not marked yet,
// or 0.
func nextTick(o *Order) int32 {
	marked := func(flag Flag) bool { return slices.Contains(o.Flags, flag) }
	switch {
	case o.Status == Status_STATUS_CALLED && !marked(Flag_FLAG_ACCEPT_LATE):
		return o.Due.Accept
	case o.Status == Status_STATUS_DISPATCHED && !marked(Flag_FLAG_SIGN_LATE):
		return o.Due.Sign
	case o.Status == Status_STATUS_DISPATCHED || o.Status == Status_STATUS_SIGNED || o.Status == Status_STATUS_HANDLING:
		if !marked(Flag_FLAG_FINISH_LATE) {
			return finishDue(o)
		}
	}
	return 0
}

// nextDue returns the last day of the move that is next.
func nextDue(o *Order) int32 {
	switch o.Status {
	case Status_STATUS_CALLED:
		return o.Due.Accept
	case Status_STATUS_DISPATCHED:
		return o.Due.Sign
	case Status_STATUS_SIGNED, Status_STATUS_HANDLING:
		return finishDue(o)
	}
	return noDue
}

// finishDue returns the last day of handling, extension included.
func finishDue(o *Order) int32 {
	if o.Extended != 0 {
		return o.Extended
	}
	return o.Due.Finish
}

// late returns the marks that an order must get because a limit has passed.
func late(o *Order, today date.Date) []Flag {
	var flags []Flag
	add := func(flag Flag, due int32) {
		if int32(today) > due && !slices.Contains(o.Flags, flag) {
			flags = append(flags, flag)
		}
	}
	switch o.Status {
	case Status_STATUS_CALLED:
		add(Flag_FLAG_ACCEPT_LATE, o.Due.Accept)
	case Status_STATUS_DISPATCHED:
		add(Flag_FLAG_SIGN_LATE, o.Due.Sign)
		add(Flag_FLAG_FINISH_LATE, finishDue(o))
	case Status_STATUS_SIGNED, Status_STATUS_HANDLING:
		add(Flag_FLAG_FINISH_LATE, finishDue(o))
	}
	return flags
}

// mark adds marks that the order does not have.
func mark(o *Order, flags ...Flag) {
	for _, flag := range flags {
		if !slices.Contains(o.Flags, flag) {
			o.Flags = append(o.Flags, flag)
		}
	}
}

// workday returns the n-th workday after a day, as the calendar contract counts.
func (w *work) workday(after date.Date, n uint32) (int32, error) {
	client := calendar.NewCalendarServiceQueryClient(w.ctx, w.config.GetCalendar())
	resp, err := client.Add(&calendar.AddRequest{Date: int32(after), Days: n})
	if fact, ok := sdk.DetailsOf[calendar.MissingFact](err, calendar.CodeIndeterminate); ok {
		return 0, ErrIndeterminate(&MissingFact{Fact: fact.Fact})
	}
	if err != nil {
		return 0, err
	}
	return resp.Date, nil
}
