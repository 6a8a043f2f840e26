// Package story is the acceptance story of the hotline, to be played on any
// chain that is a World of the calendar's stories.
package story

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"testing"
	"time"

	sdk "github.com/chancery-chain/chancery/contracts-sdk"
	"github.com/chancery-chain/chancery/contracts-sdk/commit"
	"github.com/chancery-chain/chancery/examples/calendar"
	calendarstory "github.com/chancery-chain/chancery/examples/calendar/story"
	"github.com/chancery-chain/chancery/examples/hotline"
	"github.com/stretchr/testify/require"
)

// Name of the contract.
const Name = "city/hotline"

// Secrets is what the story's people say and are. It stays off chain.
var Secrets = []string{
	"夜间施工噪声扰民，请尽快处理", "已联系施工单位停工", "张伟", "13800138000", "440703199003071016", "幸福路 8 号",
}

// Init is what the city deploys the hotline with: an earlier rule of the city,
// and that of the province from 2022-09-01.
func Init() *hotline.InitRequest {
	return &hotline.InitRequest{
		HotlineOrg: "hotline", SupervisorOrg: "city", Calendar: calendarstory.Name,
		AcceptDays: 1, SignDays: 1, MaxReturns: 2, MaxReopens: 2, VisitTries: 3, ExtendBps: 10000, RankMin: 10, TopicMin: 10,
		Rules: []*hotline.Rule{
			{Ver: 1, Consult: 3, Help: 13, Suggest: 13, Complaint: 13, Report: 13},
			{Ver: 2, From: 20220901, Consult: 2, Help: 10, Suggest: 10, Complaint: 15, Report: 15},
		},
	}
}

// Cast are the parties, each a client of the contract.
type Cast struct {
	T *testing.T
	W calendarstory.World

	Agent, Dispatcher, Visitor, Supervisor, Citizen, StreetX, StreetA, StreetB hotline.HotlineServiceClient
	Anyone                                                                     hotline.HotlineServiceQueryClient

	requests int
}

// Setup publishes 2026, deploys the hotline and brings the parties.
func Setup(t *testing.T, w calendarstory.World) *Cast {
	w.At(calendarstory.Day(2026, 1, 12))
	require.NoError(t, w.Deploy(calendarstory.Name, "calendar", calendarstory.Init))
	operator := calendar.NewCalendarServiceClient(w.Party("operator", "city", "operator"), calendarstory.Name)
	_, err := operator.PublishYear(calendarstory.Year2026("year"))
	require.NoError(t, err)
	require.NoError(t, w.Deploy(Name, "hotline", Init()))
	party := func(name, org string, roles ...string) hotline.HotlineServiceClient {
		return hotline.NewHotlineServiceClient(w.Party(name, org, roles...), Name)
	}
	return &Cast{
		T: t, W: w,
		Agent: party("agent", "hotline", "agent"), Dispatcher: party("dispatcher", "hotline", "dispatcher"),
		Visitor: party("visitor", "hotline", "visitor"), Supervisor: party("supervisor", "city", "supervisor"),
		Citizen: party("citizen", "app"), StreetX: party("x", "street-x", "handler"),
		StreetA: party("a", "street-a", "handler"), StreetB: party("b", "street-b", "handler"),
		Anyone: hotline.NewHotlineServiceQueryClient(w.Nobody(), Name),
	}
}

// ID returns a fresh request id.
func (c *Cast) ID() string {
	c.requests++
	return "req-" + strconv.Itoa(c.requests)
}

// Commit returns the commitment to a text, with a salt of its own.
func (c *Cast) Commit(field, text string) []byte {
	c.requests++
	salt := sha256.Sum256([]byte("salt " + strconv.Itoa(c.requests)))
	cm, err := commit.To(func(b []byte) [32]byte { return sha256.Sum256(b) }, "city/hotline:order."+field, salt, commit.Text(text))
	require.NoError(c.T, err)
	return cm[:]
}

// Tag returns the tag of a telephone number; the key is the hotline's own.
func Tag(phone string) string {
	sum := sha256.Sum256([]byte("a key that is not on chain" + phone))
	return hex.EncodeToString(sum[:])
}

// at moves to a day of 2026.
func (c *Cast) at(month time.Month, day int) { c.W.At(calendarstory.Day(2026, month, day)) }

// Must returns the order of a response that is no error.
func Must[R interface{ GetOrder() *hotline.Order }](t *testing.T) func(R, error) *hotline.Order {
	return func(resp R, err error) *hotline.Order {
		t.Helper()
		require.NoError(t, err)
		return resp.GetOrder()
	}
}

// refused holds an error to its code.
func (c *Cast) refused(want uint32, err error, why string) {
	c.T.Helper()
	require.Error(c.T, err, why)
	require.Equal(c.T, want, sdk.CodeOf(err), "%s: %v", why, err)
}

// Call opens and accepts a complaint.
func (c *Cast) Call(caller string) string {
	c.T.Helper()
	order := Must[*hotline.CallResponse](c.T)(c.Agent.Call(&hotline.CallRequest{
		ReqId: c.ID(), Channel: hotline.Channel_CHANNEL_PHONE, Class: hotline.Class_CLASS_COMPLAINT, Caller: caller,
		ContentCm: c.Commit("content", Secrets[0]), Region: "440703-001", Tags: []string{"noise"},
	}))
	Must[*hotline.AcceptResponse](c.T)(c.Dispatcher.Accept(&hotline.AcceptRequest{ReqId: c.ID(), No: order.No}))
	return order.No
}

// Dispatch gives an order to an organisation.
func (c *Cast) Dispatch(no, org string) *hotline.Order {
	c.T.Helper()
	return Must[*hotline.DispatchResponse](c.T)(c.Dispatcher.Dispatch(&hotline.DispatchRequest{ReqId: c.ID(), No: no, Handler: org}))
}

// Sign signs an order.
func (c *Cast) Sign(street hotline.HotlineServiceClient, no string) *hotline.Order {
	c.T.Helper()
	return Must[*hotline.SignResponse](c.T)(street.Sign(&hotline.SignRequest{ReqId: c.ID(), No: no}))
}

// Finish handles an order and feeds back.
func (c *Cast) Finish(street hotline.HotlineServiceClient, no string) *hotline.Order {
	c.T.Helper()
	Must[*hotline.HandleResponse](c.T)(street.Handle(&hotline.HandleRequest{ReqId: c.ID(), No: no, NoteCm: c.Commit("note", Secrets[1])}))
	return Must[*hotline.FeedbackResponse](c.T)(street.Feedback(&hotline.FeedbackRequest{ReqId: c.ID(), No: no, H: c.Commit("feedback", Secrets[1])}))
}

// Visit records that the caller was reached.
func (c *Cast) Visit(no string, solved bool, score uint32) *hotline.Order {
	c.T.Helper()
	return Must[*hotline.RecordVisitResponse](c.T)(c.Visitor.RecordVisit(&hotline.RecordVisitRequest{
		ReqId: c.ID(), No: no, Reached: true, Solved: solved, Score: score,
	}))
}

// Close ends an order.
func (c *Cast) Close(no string) {
	c.T.Helper()
	Must[*hotline.CloseResponse](c.T)(c.Dispatcher.Close(&hotline.CloseRequest{ReqId: c.ID(), No: no}))
}

// Play plays the story and returns its cast.
func Play(t *testing.T, w calendarstory.World) *Cast {
	c := Setup(t, w)
	c.complaint()
	c.ranking()
	c.rest()
	return c
}

// complaint is steps 1 to 5: a complaint about noise, handled twice.
func (c *Cast) complaint() {
	t := c.T
	// 1: called and dispatched on the 12th; the first handler returns it on the
	// 13th, its last day, and it is dispatched again.
	c.at(2, 12)
	no := c.Call(c.W.Address("citizen"))
	require.Equal(t, "20260212-000001", no)
	order := c.Dispatch(no, "street-x")
	require.Equal(t, int32(20260213), order.Due.Sign)
	require.Equal(t, int32(20260311), order.Due.Finish)
	c.at(2, 13)
	_, err := c.StreetA.Sign(&hotline.SignRequest{ReqId: c.ID(), No: no})
	c.refused(hotline.CodeUnauth, err, "it was not dispatched to this street")
	_, err = c.StreetX.TickDue(&hotline.TickDueRequest{No: no})
	c.refused(hotline.CodeDeadline, err, "too early a poke")
	give := &hotline.ReturnRequest{ReqId: c.ID(), No: no, Reason: hotline.ReturnReason_RETURN_REASON_WRONG_DISTRICT}
	order = Must[*hotline.ReturnResponse](t)(c.StreetX.Return(give))
	require.Equal(t, uint32(1), order.Returns)
	_, err = c.StreetX.Return(give)
	c.refused(sdk.CodeReplayed, err, "the same request once more")
	give.Reason = hotline.ReturnReason_RETURN_REASON_DUPLICATE
	_, err = c.StreetX.Return(give)
	c.refused(sdk.CodeReplayed, err, "another request with the same id")
	order = c.Dispatch(no, "street-a")

	// 2 and 3: the second signs on the makeup Saturday; the end is a day later.
	require.Equal(t, int32(20260312), order.Due.Finish)
	require.Equal(t, int32(20260214), order.Due.Sign)
	require.Equal(t, uint32(2), order.Rule)
	c.at(2, 14)
	order = c.Sign(c.StreetA, no)
	require.Empty(t, order.Flags)

	// 4: forbidden.
	visit := &hotline.RecordVisitRequest{ReqId: c.ID(), No: no, Reached: true, Solved: true, Score: 5}
	_, err = c.StreetA.RecordVisit(visit)
	c.refused(sdk.CodeMissingRole, err, "a handler visits")
	_, err = c.Visitor.RecordVisit(visit)
	c.refused(hotline.CodeState, err, "before feedback")
	_, err = c.Dispatcher.Dispatch(&hotline.DispatchRequest{ReqId: c.ID(), No: no, Handler: "street-b"})
	c.refused(hotline.CodeState, err, "away from who signed")
	_, err = c.Anyone.GetOrder(&hotline.GetOrderRequest{No: no})
	c.refused(sdk.CodeNeedsAccount, err, "an order is not public")
	if c.W.Permits() {
		_, err = c.StreetB.GetOrder(&hotline.GetOrderRequest{No: no})
		c.refused(hotline.CodeUnauth, err, "another street")
		mine, err := c.Citizen.ListOwn(&hotline.ListOwnRequest{})
		require.NoError(t, err)
		require.Len(t, mine.Orders, 1)
		steps, err := c.Citizen.ListSteps(&hotline.ListStepsRequest{No: no})
		require.NoError(t, err)
		require.Len(t, steps.Steps, 6)
		work, err := c.StreetA.ListWork(&hotline.ListWorkRequest{})
		require.NoError(t, err)
		require.Equal(t, int32(20260312), work.Orders[0].DeskDue)
	}

	// 5: finished in time; the caller is not content, and content the second time.
	c.at(3, 10)
	Must[*hotline.UrgeResponse](t)(c.Citizen.Urge(&hotline.UrgeRequest{ReqId: c.ID(), No: no}))
	c.Finish(c.StreetA, no)
	c.at(3, 11)
	c.Visit(no, false, 2)
	_, err = c.StreetA.Reopen(&hotline.ReopenRequest{ReqId: c.ID(), No: no})
	c.refused(hotline.CodeUnauth, err, "a handler opens again")
	order = Must[*hotline.ReopenResponse](t)(c.Citizen.Reopen(&hotline.ReopenRequest{ReqId: c.ID(), No: no}))
	require.Equal(t, uint32(1), order.Reopens)
	c.Dispatch(no, "street-a")
	c.Sign(c.StreetA, no)
	c.at(3, 13)
	c.Finish(c.StreetA, no)
	order = c.Visit(no, true, 4)
	require.NotContains(t, order.Flags, hotline.Flag_FLAG_FINISH_LATE)
	c.at(3, 16)
	c.Close(no)
	if c.W.Permits() {
		got, err := c.Supervisor.GetOrder(&hotline.GetOrderRequest{No: no})
		require.NoError(t, err)
		require.Len(t, got.Visits, 2)
		require.False(t, got.Visits[0].Solved, "the first failure stays")
	}
}

// ranking is steps 6 and 7: two streets are scored.
func (c *Cast) ranking() {
	t := c.T
	a := c.street(c.StreetA, "street-a", 20, counts{signLate: 0, finishLate: 1, unsolved: 2, fives: 8})
	b := c.street(c.StreetB, "street-b", 100, counts{signLate: 2, finishLate: 1, unsolved: 6, fives: 55})
	c.april(a, b)
	_, err := c.Dispatcher.MarkUnreasonable(&hotline.MarkUnreasonableRequest{
		ReqId: c.ID(), No: a.nos[len(a.nos)-1], Reason: hotline.UnreasonableReason_UNREASONABLE_REASON_SETTLED, Evidence: "ev-1",
	})
	c.refused(hotline.CodeDeadline, err, "the month is over")
	c.evaluate("street-a", 1)
	_, err = c.StreetX.PublishRanking(&hotline.PublishRankingRequest{Period: 202604})
	c.refused(hotline.CodeIndeterminate, err, "a street is not counted")
	c.evaluate("street-b", 3)
	ranked, err := c.StreetX.PublishRanking(&hotline.PublishRankingRequest{Period: 202604})
	require.NoError(t, err)
	require.Equal(t, uint32(2), ranked.Ranked)
	ranking, err := c.Anyone.GetRanking(&hotline.GetRankingRequest{Period: 202604})
	require.NoError(t, err)
	require.Equal(t, []*hotline.RankingEntry{
		{Rank: 1, Org: "street-b", ScoreBps: 9570, Overdue: 1, N: 100},
		{Rank: 2, Org: "street-a", ScoreBps: 9310, Overdue: 1, N: 20},
	}, ranking.Ranking.Entries)
	// 7: nobody can delete: there is no such message.
	_, err = c.W.Party("supervisor", "city", "supervisor").ExecuteContract(Name, "DeleteOrder", nil)
	require.Error(t, err)
}

// counts says how a street works in a month.
type counts struct{ signLate, finishLate, unsolved, fives int }

// worked is a street with its orders of a month.
type worked struct {
	counts
	street hotline.HotlineServiceClient
	org    string
	nos    []string
}

// street says how a street handles n orders in April.
func (c *Cast) street(street hotline.HotlineServiceClient, org string, n int, k counts) *worked {
	return &worked{counts: k, street: street, org: org, nos: make([]string, n)}
}

// april lets streets handle their orders, all of them on the same days: time does not
// go back.
func (c *Cast) april(streets ...*worked) {
	for _, day := range []struct {
		month time.Month
		day   int
		do    func(*worked)
	}{{4, 1, c.dispatched}, {4, 2, c.signed}, {4, 9, c.finished}, {4, 27, c.visited}} {
		c.at(day.month, day.day)
		for _, w := range streets {
			day.do(w)
		}
	}
	c.at(5, 1)
}

func (c *Cast) dispatched(w *worked) {
	for i := range w.nos {
		w.nos[i] = c.Call(Tag(w.org + strconv.Itoa(i)))
		c.Dispatch(w.nos[i], w.org)
	}
}

func (c *Cast) signed(w *worked) {
	for _, no := range w.nos[w.signLate:] {
		c.Sign(w.street, no)
	}
}

func (c *Cast) finished(w *worked) {
	for _, no := range w.nos[:w.signLate] {
		require.Contains(c.T, c.Sign(w.street, no).Flags, hotline.Flag_FLAG_SIGN_LATE)
	}
	for _, no := range w.nos[w.finishLate:] {
		c.Finish(w.street, no)
	}
}

func (c *Cast) visited(w *worked) {
	for i, no := range w.nos {
		if i < w.finishLate {
			_, err := c.StreetX.TickDue(&hotline.TickDueRequest{No: no})
			c.refused(hotline.CodeDeadline, err, "the contract marked it when the limit passed")
			late, err := c.Supervisor.ListSteps(&hotline.ListStepsRequest{No: no})
			require.NoError(c.T, err)
			last := late.Steps[len(late.Steps)-1]
			require.Equal(c.T, hotline.StepKind_STEP_KIND_TICK_DUE, last.Kind)
			require.Equal(c.T, Name, last.By)
			c.Finish(w.street, no)
		}
		score := uint32(4)
		if i < w.fives {
			score = 5
		}
		c.Visit(no, i >= w.unsolved, score)
		c.Close(no)
	}
}

// evaluate counts a street's month in pages.
func (c *Cast) evaluate(org string, pages int) {
	cursor := ""
	for page := 1; ; page++ {
		resp, err := c.StreetX.ComputeEval(&hotline.ComputeEvalRequest{Org: org, Period: 202604, Cursor: cursor})
		require.NoError(c.T, err)
		if resp.Done {
			require.Equal(c.T, pages, page)
			return
		}
		_, err = c.StreetX.ComputeEval(&hotline.ComputeEvalRequest{Org: org, Period: 202604, Cursor: cursor})
		c.refused(hotline.CodeConflict, err, "the same page twice")
		cursor = resp.Cursor
	}
}
