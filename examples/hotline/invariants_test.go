package hotline_test

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"testing"
	"time"

	sdk "github.com/chancery-chain/chancery/contracts-sdk"
	"github.com/chancery-chain/chancery/contracts-sdk/sdktest"
	"github.com/chancery-chain/chancery/examples/calendar"
	calendarstory "github.com/chancery-chain/chancery/examples/calendar/story"
	"github.com/chancery-chain/chancery/examples/hotline"
	"github.com/chancery-chain/chancery/examples/hotline/story"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// moves are the statuses that each status may become.
var moves = map[hotline.Status][]hotline.Status{
	hotline.Status_STATUS_CALLED:          {hotline.Status_STATUS_ACCEPTED, hotline.Status_STATUS_ANSWERED_DIRECT},
	hotline.Status_STATUS_ACCEPTED:        {hotline.Status_STATUS_DISPATCHED},
	hotline.Status_STATUS_DISPATCHED:      {hotline.Status_STATUS_SIGNED, hotline.Status_STATUS_RETURNED},
	hotline.Status_STATUS_RETURNED:        {hotline.Status_STATUS_DISPATCHED},
	hotline.Status_STATUS_SIGNED:          {hotline.Status_STATUS_HANDLING},
	hotline.Status_STATUS_HANDLING:        {hotline.Status_STATUS_FED_BACK},
	hotline.Status_STATUS_FED_BACK:        {hotline.Status_STATUS_VISITED, hotline.Status_STATUS_HANDLING},
	hotline.Status_STATUS_ANSWERED_DIRECT: {hotline.Status_STATUS_VISITED},
	hotline.Status_STATUS_VISITED:         {hotline.Status_STATUS_CLOSED, hotline.Status_STATUS_REOPENED},
	hotline.Status_STATUS_REOPENED:        {hotline.Status_STATUS_DISPATCHED},
}

// next is the message that gets an order on.
var next = map[hotline.Status]string{
	hotline.Status_STATUS_CALLED: "Accept", hotline.Status_STATUS_ACCEPTED: "Dispatch", hotline.Status_STATUS_DISPATCHED: "Sign",
	hotline.Status_STATUS_RETURNED: "Dispatch", hotline.Status_STATUS_SIGNED: "Handle", hotline.Status_STATUS_HANDLING: "Feedback",
	hotline.Status_STATUS_FED_BACK: "RecordVisit", hotline.Status_STATUS_ANSWERED_DIRECT: "RecordVisit",
	hotline.Status_STATUS_VISITED: "Close", hotline.Status_STATUS_REOPENED: "Dispatch", hotline.Status_STATUS_CLOSED: "Urge",
}

// machine sends random messages and looks at every order after each.
type machine struct {
	m        *memory
	parties  []hotline.HotlineServiceClient
	accounts []*sdktest.Account
	day      time.Time
	nos      []string
	before   map[string]*hotline.GetOrderResponse
	requests int
	free     map[string]bool // days that are no workdays
}

func newMachine(t require.TestingT) *machine {
	m := &machine{m: newMemory(), before: map[string]*hotline.GetOrderResponse{}, free: map[string]bool{}}
	m.day = calendarstory.Day(2026, 2, 12)
	m.m.At(m.day)
	require.NoError(t, m.m.Deploy(calendarstory.Name, "calendar", calendarstory.Init))
	year := calendarstory.Year2026("year")
	_, err := calendar.NewCalendarServiceClient(m.m.Party("operator", "city", "operator"), calendarstory.Name).PublishYear(year)
	require.NoError(t, err)
	for d := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC); d.Year() == 2026; d = d.AddDate(0, 0, 1) {
		weekend := d.Weekday() == time.Saturday || d.Weekday() == time.Sunday
		m.free[d.Format("20060102")] = weekend && !slices.Contains(year.Makeup, number(d)) || slices.Contains(year.Holidays, number(d))
	}
	init := story.Init()
	init.RankMin = 1
	require.NoError(t, m.m.Deploy(story.Name, "hotline", init))
	for _, p := range []struct{ name, org, role string }{
		{"agent", "hotline", "agent"}, {"dispatcher", "hotline", "dispatcher"}, {"visitor", "hotline", "visitor"},
		{"supervisor", "city", "supervisor"}, {"a", "street-a", "handler"}, {"b", "street-b", "handler"}, {"citizen", "app", "member"},
	} {
		m.parties = append(m.parties, hotline.NewHotlineServiceClient(m.m.Party(p.name, p.org, p.role), story.Name))
		m.accounts = append(m.accounts, m.m.parties[p.name])
	}
	kb := hash("answer")
	_, err = m.parties[4].PutKb(&hotline.PutKbRequest{ReqId: "kb", Id: "kb-1", QH: kb, Uri: "kb:1", AH: kb})
	require.NoError(t, err)
	_, err = m.parties[1].ReviewKb(&hotline.ReviewKbRequest{ReqId: "kb", Id: "kb-1"})
	require.NoError(t, err)
	return m
}

func hash(text string) []byte {
	sum := sha256.Sum256([]byte(text))
	return sum[:]
}

func number(d time.Time) int32 {
	return int32(d.Year()*10000 + int(d.Month())*100 + d.Day())
}

// workday is what calendar.Add answers, counted another way.
func (m *machine) workday(day int32, n uint32) int32 {
	d, err := time.Parse("20060102", fmt.Sprint(day))
	if err != nil {
		panic(err)
	}
	for n > 0 {
		d = d.AddDate(0, 0, 1)
		if !m.free[d.Format("20060102")] {
			n--
		}
	}
	return number(d)
}

func dayOf(unix int64) int32 { return number(time.Unix(unix, 0).UTC().Add(8 * time.Hour)) }

// send sends one random message as one random party.
func (m *machine) send(t *rapid.T) (method string, by int, err error) {
	m.requests++
	id := fmt.Sprint("r", m.requests)
	no := "20260212-999999"
	if len(m.nos) > 0 {
		no = rapid.SampledFrom(m.nos).Draw(t, "no")
	}
	methods := []string{
		"Call", "Accept", "Dispatch", "Sign", "Handle", "Feedback", "RecordVisit", "Close",
		"AnswerDirect", "Return", "Extend", "RejectFeedback", "Reopen", "Urge", "Supervise", "MarkUnreasonable", "TickDue",
	}
	method = rapid.SampledFrom(methods).Draw(t, "method")
	if order := m.before[no]; order != nil && rapid.IntRange(0, 1).Draw(t, "on") == 0 {
		method = next[order.Order.Status]
	}
	// Mostly who may, so that orders get on.
	usual := map[string]int{"Call": 0, "AnswerDirect": 0, "Urge": 6, "RecordVisit": 2, "Reopen": 2, "Supervise": 3, "Sign": 4, "Return": 4, "Extend": 4, "Handle": 4, "Feedback": 4, "TickDue": 6}
	by, ok := usual[method]
	if !ok {
		by = 1
	}
	if order := m.before[no]; order != nil && by == 4 && order.Order.Handler == "street-b" {
		by = 5
	}
	if rapid.IntRange(0, 4).Draw(t, "odd") == 0 {
		by = rapid.IntRange(0, len(m.parties)-1).Draw(t, "by")
	}
	c := m.parties[by]
	handler := rapid.SampledFrom([]string{"street-a", "street-b", "hotline"}).Draw(t, "handler")
	switch method {
	case "Call":
		if len(m.nos) >= 4 {
			return method, by, nil
		}
		var resp *hotline.CallResponse
		resp, err = c.Call(&hotline.CallRequest{
			ReqId: id, Channel: 1, Class: hotline.Class(rapid.IntRange(1, 5).Draw(t, "class")), Caller: "cy1citizen",
			ContentCm: hash("content"), Region: "r", Tags: []string{"a", "b"},
		})
		if err == nil {
			m.nos = append(m.nos, resp.Order.No)
		}
	case "Accept":
		_, err = c.Accept(&hotline.AcceptRequest{ReqId: id, No: no})
	case "AnswerDirect":
		_, err = c.AnswerDirect(&hotline.AnswerDirectRequest{ReqId: id, No: no, Kb: "kb-1"})
	case "Dispatch":
		_, err = c.Dispatch(&hotline.DispatchRequest{ReqId: id, No: no, Handler: handler})
	case "Sign":
		_, err = c.Sign(&hotline.SignRequest{ReqId: id, No: no})
	case "Return":
		_, err = c.Return(&hotline.ReturnRequest{ReqId: id, No: no, Reason: 1})
	case "Extend":
		_, err = c.Extend(&hotline.ExtendRequest{ReqId: id, No: no, Reason: 1, Days: uint32(rapid.IntRange(1, 16).Draw(t, "days"))})
	case "Handle":
		_, err = c.Handle(&hotline.HandleRequest{ReqId: id, No: no, NoteCm: hash("note")})
	case "Feedback":
		_, err = c.Feedback(&hotline.FeedbackRequest{ReqId: id, No: no, H: hash("feedback")})
	case "RejectFeedback":
		_, err = c.RejectFeedback(&hotline.RejectFeedbackRequest{ReqId: id, No: no})
	case "RecordVisit":
		score := uint32(rapid.IntRange(0, 5).Draw(t, "score"))
		_, err = c.RecordVisit(&hotline.RecordVisitRequest{ReqId: id, No: no, Reached: score > 0, Solved: score > 2, Score: score})
	case "Reopen":
		_, err = c.Reopen(&hotline.ReopenRequest{ReqId: id, No: no})
	case "Urge":
		_, err = c.Urge(&hotline.UrgeRequest{ReqId: id, No: no})
	case "Supervise":
		_, err = c.Supervise(&hotline.SuperviseRequest{ReqId: id, No: no})
	case "MarkUnreasonable":
		by = rapid.SampledFrom([]int{1, 3}).Draw(t, "who")
		_, err = m.parties[by].MarkUnreasonable(&hotline.MarkUnreasonableRequest{ReqId: id, No: no, Reason: 1, Evidence: "ev"})
	case "Close":
		_, err = c.Close(&hotline.CloseRequest{ReqId: id, No: no})
	case "TickDue":
		_, err = c.TickDue(&hotline.TickDueRequest{No: no})
	}
	return method, by, err
}

// TestInvariants holds random messages to the catalogue's invariants 1 to 8.
func TestInvariants(t *testing.T) {
	reached := map[hotline.Status]int{}
	rapid.Check(t, func(t *rapid.T) {
		m := newMachine(t)
		for range 90 {
			if rapid.IntRange(0, 9).Draw(t, "night") == 0 {
				m.day = m.day.AddDate(0, 0, rapid.IntRange(1, 5).Draw(t, "nights"))
				m.m.At(m.day)
			}
			state, events := m.m.chain.State(story.Name), len(m.m.chain.Events())
			known := len(m.nos)
			method, by, err := m.send(t)
			switch {
			case err != nil:
				require.NotZero(t, sdk.CodeOf(err), "%s: %v", method, err)
				require.Equal(t, state, m.m.chain.State(story.Name), "a failed message changes nothing")
				require.Len(t, m.m.chain.Events(), events)
			case method != "Call" || len(m.nos) > known:
				require.Len(t, m.m.chain.Events(), events+1, "one event for each message")
			}
			for _, no := range m.nos {
				m.check(t, no, by)
			}
		}
		m.finish(t)
		for _, order := range m.before {
			reached[order.Order.Status]++
		}
	})
	t.Logf("orders ended as %v", reached)
	require.NotZero(t, reached[hotline.Status_STATUS_CLOSED], "no order was ever closed: the test looks at little")
}

// check holds an order to invariants 1 to 5 and 7 after a message of a party.
func (m *machine) check(t require.TestingT, no string, by int) {
	now, err := m.parties[3].GetOrder(&hotline.GetOrderRequest{No: no})
	require.NoError(t, err)
	order := now.Order
	list, err := m.parties[3].ListSteps(&hotline.ListStepsRequest{No: no, PageSize: 100})
	require.NoError(t, err)
	last := int64(0)
	for i, step := range list.Steps {
		require.Equal(t, uint32(i+1), step.Seq, "1: no step is missing")
		require.GreaterOrEqual(t, step.T, last, "1: times")
		last = step.T
	}
	require.Len(t, list.Steps, int(order.Steps))
	require.Equal(t, list.Steps[len(list.Steps)-1].To, order.Status, "1: one state")
	if order.T.Dispatch != 0 {
		days := map[hotline.Class]uint32{1: 2, 2: 10, 3: 10, 4: 15, 5: 15}[order.Class]
		require.Equal(t, m.workday(dayOf(order.T.Dispatch), days), order.Due.Finish, "2")
		require.Equal(t, m.workday(dayOf(order.T.Dispatch), 1), order.Due.Sign, "2")
	}
	require.LessOrEqual(t, order.Returns, uint32(2), "7")
	require.LessOrEqual(t, order.Reopens, uint32(2))
	for _, visit := range now.Visits {
		require.NotEqual(t, order.Handler, visit.Org, "4")
		require.LessOrEqual(t, visit.Tries, uint32(3))
	}
	m.checkTick(t, order)
	if order.Status == hotline.Status_STATUS_CLOSED {
		visit := now.Visits[len(now.Visits)-1]
		require.True(t, visit.Reached || visit.Tries == 3, "5")
	}
	if was := m.before[no]; was != nil {
		if was.Order.Status != order.Status {
			require.Contains(t, moves[was.Order.Status], order.Status, "1: from %v", was.Order.Status)
		}
		for _, flag := range was.Order.Flags {
			require.Contains(t, order.Flags, flag, "2: marks stay")
		}
		if m.accounts[by].Roles[0] == "handler" {
			require.Equal(t, was.Visits, now.Visits, "3")
			require.Equal(t, was.Order.Class, order.Class, "3")
			require.Equal(t, was.Order.Tags, order.Tags, "3")
			require.Equal(t, was.Order.Due, order.Due, "3")
		}
	}
	m.before[no] = now
}

// checkTick holds an order to have one call waiting at the end of the limit that
// would mark it next, and none when there is no such limit.
func (m *machine) checkTick(t require.TestingT, order *hotline.Order) {
	due, late := order.Due.Finish, hotline.Flag_FLAG_FINISH_LATE
	if order.Extended != 0 {
		due = order.Extended
	}
	switch order.Status {
	case hotline.Status_STATUS_CALLED:
		due, late = order.Due.Accept, hotline.Flag_FLAG_ACCEPT_LATE
	case hotline.Status_STATUS_DISPATCHED:
		if !slices.Contains(order.Flags, hotline.Flag_FLAG_SIGN_LATE) {
			due, late = order.Due.Sign, hotline.Flag_FLAG_SIGN_LATE
		}
	case hotline.Status_STATUS_SIGNED, hotline.Status_STATUS_HANDLING:
	default:
		due = 0
	}
	var want []time.Time
	if due != 0 && !slices.Contains(order.Flags, late) {
		day, err := time.Parse("20060102", fmt.Sprint(due))
		require.NoError(t, err)
		want = []time.Time{day.AddDate(0, 0, 1).Add(-8 * time.Hour)}
	}
	var got []time.Time
	for _, call := range m.m.chain.Waiting(story.Name) {
		var req hotline.TickDueRequest
		require.NoError(t, req.UnmarshalVT(call.Payload))
		if req.No == order.No {
			got = append(got, call.Time)
		}
	}
	require.Equal(t, want, got, "the calls of %s, %v", order.No, order.Status)
}

// finish counts all months and holds the scores to invariants 6 and 8.
func (m *machine) finish(t require.TestingT) {
	m.m.At(m.day.AddDate(0, 2, 0))
	want := map[string]*hotline.Eval{}
	for _, no := range m.nos {
		if order := m.before[no].Order; order.Status == hotline.Status_STATUS_CLOSED {
			m.recount(t, order, want)
		}
	}
	counted := 0
	for _, eval := range want {
		resp, err := m.parties[6].ComputeEval(&hotline.ComputeEvalRequest{Org: eval.Org, Period: eval.Period})
		require.NoError(t, err)
		require.True(t, resp.Done)
		page, err := m.parties[6].ListEvals(&hotline.ListEvalsRequest{Period: eval.Period})
		require.NoError(t, err)
		at := slices.IndexFunc(page.Evals, func(e *hotline.Eval) bool { return e.Org == eval.Org })
		got := page.Evals[at]
		require.Equal(t, got.Closed, got.N+got.Unreasonable, "8")
		counted += int(got.Closed)
		got.Done, got.Closed = false, eval.Closed
		require.Equal(t, eval, got, "6: from the steps")
	}
	closed := 0
	for _, no := range m.nos {
		if m.before[no].Order.Status == hotline.Status_STATUS_CLOSED {
			closed++
		}
	}
	require.Equal(t, closed, counted, "8: each in one score")
}

// recount adds an order to what its score should be, from its steps and visits.
func (m *machine) recount(t require.TestingT, order *hotline.Order, all map[string]*hotline.Eval) {
	list, err := m.parties[3].ListSteps(&hotline.ListStepsRequest{No: order.No, PageSize: 100})
	require.NoError(t, err)
	org, day := "hotline", map[hotline.StepKind]int32{}
	for _, step := range list.Steps {
		day[step.Kind] = dayOf(step.T)
		if step.Kind == hotline.StepKind_STEP_KIND_DISPATCH {
			org = step.Ref
			delete(day, hotline.StepKind_STEP_KIND_SIGN)
			delete(day, hotline.StepKind_STEP_KIND_EXTEND)
		}
	}
	period := uint32(day[hotline.StepKind_STEP_KIND_CLOSE] / 100)
	key := fmt.Sprint(period, org)
	e := all[key]
	if e == nil {
		e = &hotline.Eval{Period: period, Org: org}
		all[key] = e
	}
	defer func() { e.ScoreBps = scoreOf(e) }()
	if slices.Contains(order.Flags, hotline.Flag_FLAG_UNREASONABLE) {
		e.Unreasonable++
		return
	}
	e.N++
	if org == "hotline" {
		if day[hotline.StepKind_STEP_KIND_ANSWER_DIRECT] <= m.workday(day[hotline.StepKind_STEP_KIND_CALL], 1) {
			e.SignOk++
			e.FinishOk++
		}
	} else {
		dispatched := day[hotline.StepKind_STEP_KIND_DISPATCH]
		if day[hotline.StepKind_STEP_KIND_SIGN] <= m.workday(dispatched, 1) {
			e.SignOk++
		}
		due := m.workday(dispatched, map[hotline.Class]uint32{1: 2, 2: 10, 3: 10, 4: 15, 5: 15}[order.Class])
		if order.Extended != 0 {
			due = order.Extended
		}
		if day[hotline.StepKind_STEP_KIND_FEEDBACK] <= due {
			e.FinishOk++
		}
	}
	if slices.Contains(order.Flags, hotline.Flag_FLAG_FINISH_LATE) {
		e.Overdue++
	}
	if visits := m.before[order.No].Visits; visits[len(visits)-1].Reached {
		e.Reached++
		e.SatSum += visits[len(visits)-1].Score
		if visits[len(visits)-1].Solved {
			e.Solved++
		}
	}
}

// scoreOf is invariant 6's formula.
func scoreOf(e *hotline.Eval) uint32 {
	bps := func(part, whole uint32) uint32 {
		if whole == 0 {
			return 0
		}
		return part * 10000 / whole
	}
	return (2000*bps(e.SignOk, e.N) + 3000*bps(e.FinishOk, e.N) + 3000*bps(e.Solved, e.Reached) + 2000*bps(e.SatSum, 5*e.Reached)) / 10000
}
