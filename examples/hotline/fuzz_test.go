package hotline_test

import (
	"testing"

	sdk "github.com/chancery-chain/chancery/contracts-sdk"
	"github.com/chancery-chain/chancery/contracts-sdk/sdktest"
	"github.com/chancery-chain/chancery/examples/calendar"
	calendarstory "github.com/chancery-chain/chancery/examples/calendar/story"
	"github.com/chancery-chain/chancery/examples/hotline"
	"github.com/chancery-chain/chancery/examples/hotline/story"
	"github.com/chancery-chain/chancery/examples/internal/fuzzcall"
	"github.com/stretchr/testify/require"
)

// fuzzParties are who calls.
var fuzzParties = [][]string{
	{"agent", "hotline", "agent"}, {"dispatcher", "hotline", "dispatcher"}, {"visitor", "hotline", "visitor"},
	{"supervisor", "city", "supervisor"}, {"a", "street-a", "handler"}, {"citizen", "app"}, {"nobody", ""},
}

// codes are what the contract refuses with.
var codes = []uint32{
	hotline.CodeUnauth, hotline.CodeNotFound, hotline.CodeExists, hotline.CodeInvalid, hotline.CodeState, hotline.CodeIndeterminate,
	hotline.CodeDeadline, hotline.CodeLimit, hotline.CodeConflict, hotline.CodeSelf,
}

// fuzzChain is a chain with orders in several states, and everything that was
// sent to bring them there.
func fuzzChain(t require.TestingT) (*sdktest.Chain, []*sdktest.Account, []fuzzcall.Call) {
	chain, calls := sdktest.New(), []fuzzcall.Call{}
	chain.SetTime(calendarstory.Day(2026, 2, 12))
	dev := chain.Account("cy1dev", "city", "operator")
	require.NoError(t, chain.DeployInit(dev, calendarstory.Name, calendar.NewService(&calendar.Contract{}), "Init", calendarstory.Init))
	_, err := calendar.NewCalendarServiceClient(dev, calendarstory.Name).PublishYear(calendarstory.Year2026("y"))
	require.NoError(t, err)
	require.NoError(t, chain.DeployInit(dev, story.Name, hotline.NewService(&hotline.Contract{}), "Init", story.Init()))
	var accounts []*sdktest.Account
	client := map[string]hotline.HotlineServiceClient{}
	for _, p := range fuzzParties {
		account := chain.Account("cy1"+p[0], p[1], p[2:]...)
		accounts = append(accounts, account)
		client[p[0]] = hotline.NewHotlineServiceClient(fuzzcall.Recorder{Account: account, Calls: &calls}, story.Name)
	}
	agent, dispatcher, a := client["agent"], client["dispatcher"], client["a"]
	h := hash("text")
	must := func(_ any, err error) { require.NoError(t, err) }
	must(a.PutKb(&hotline.PutKbRequest{ReqId: "1", Id: "kb-1", QH: h, Uri: "kb:1", AH: h}))
	must(dispatcher.ReviewKb(&hotline.ReviewKbRequest{ReqId: "2", Id: "kb-1"}))
	var nos []string
	for i := range 9 {
		order, err := agent.Call(&hotline.CallRequest{ReqId: "c" + string(rune('a'+i)), Channel: 1, Class: 2, Caller: "cy1citizen", ContentCm: h, Region: "r", Tags: []string{"x", "y"}})
		require.NoError(t, err)
		nos = append(nos, order.Order.No)
	}
	must(agent.AnswerDirect(&hotline.AnswerDirectRequest{ReqId: "3", No: nos[8], Kb: "kb-1"}))
	for i, no := range nos[1:8] {
		id := string(rune('a' + i))
		must(dispatcher.Accept(&hotline.AcceptRequest{ReqId: "a" + id, No: no}))
		must(dispatcher.Dispatch(&hotline.DispatchRequest{ReqId: "d" + id, No: no, Handler: "street-a", Co: []string{"street-b"}}))
		if i == 0 {
			must(a.Return(&hotline.ReturnRequest{ReqId: "r" + id, No: no, Reason: 1}))
		} else if i > 1 {
			must(a.Sign(&hotline.SignRequest{ReqId: "s" + id, No: no}))
			must(a.Handle(&hotline.HandleRequest{ReqId: "h" + id, No: no, NoteCm: h, Evidence: "e"}))
		}
		if i == 3 {
			must(a.Extend(&hotline.ExtendRequest{ReqId: "e" + id, No: no, Reason: 1, Days: 2}))
		}
		if i > 3 {
			must(a.Feedback(&hotline.FeedbackRequest{ReqId: "f" + id, No: no, H: h}))
		}
		if i == 4 {
			must(dispatcher.RejectFeedback(&hotline.RejectFeedbackRequest{ReqId: "j" + id, No: no}))
		}
		if i > 4 {
			must(client["visitor"].RecordVisit(&hotline.RecordVisitRequest{ReqId: "v" + id, No: no, Reached: true, Solved: true, Score: 4}))
		}
		if i == 6 {
			must(dispatcher.Close(&hotline.CloseRequest{ReqId: "x" + id, No: no}))
		}
	}
	must(client["citizen"].Reopen(&hotline.ReopenRequest{ReqId: "o", No: nos[6]}))
	must(client["citizen"].Urge(&hotline.UrgeRequest{ReqId: "u", No: nos[0]}))
	must(client["supervisor"].Supervise(&hotline.SuperviseRequest{ReqId: "s", No: nos[0], NoteCm: h}))
	must(dispatcher.MarkUnreasonable(&hotline.MarkUnreasonableRequest{ReqId: "m", No: nos[5], Reason: 1, Evidence: "e"}))
	chain.SetTime(calendarstory.Day(2026, 3, 20))
	_, _ = a.TickDue(&hotline.TickDueRequest{No: nos[0]})
	must(a.ComputeEval(&hotline.ComputeEvalRequest{Org: "street-a", Period: 202602}))
	_, _ = a.PublishRanking(&hotline.PublishRankingRequest{Period: 202602})

	q := client["supervisor"]
	must(q.GetOrder(&hotline.GetOrderRequest{No: nos[3]}))
	steps, err := q.ListSteps(&hotline.ListStepsRequest{No: nos[3], PageSize: 2})
	require.NoError(t, err)
	must(q.ListSteps(&hotline.ListStepsRequest{No: nos[3], PageSize: 2, PageToken: steps.NextPageToken}))
	must(client["citizen"].ListOwn(&hotline.ListOwnRequest{PageSize: 1}))
	must(a.ListWork(&hotline.ListWorkRequest{PageSize: 1}))
	must(q.ListOverdue(&hotline.ListOverdueRequest{PageSize: 1}))
	must(q.ListReturned(&hotline.ListReturnedRequest{}))
	must(q.ListEvals(&hotline.ListEvalsRequest{Period: 202602}))
	must(q.ListTopics(&hotline.ListTopicsRequest{Period: 202602}))
	must(q.GetKb(&hotline.GetKbRequest{Id: "kb-1"}))
	must(q.ListKb(&hotline.ListKbRequest{}))
	must(q.GetSettings(&hotline.GetSettingsRequest{}))
	_, _ = q.GetRanking(&hotline.GetRankingRequest{Period: 202602})
	return chain, accounts, calls
}

// FuzzDispatch calls the hotline with whatever method, party and payload.
func FuzzDispatch(f *testing.F) {
	_, _, calls := fuzzChain(f)
	methods := append(fuzzcall.Seeds(f, calls, 3), "Init", "Migrate", "none", "")
	f.Fuzz(func(t *testing.T, method, party byte, query bool, payload []byte) {
		chain, accounts, _ := fuzzChain(t)
		name := methods[int(method)%len(methods)]
		fuzzcall.Check(t, fuzzcall.Call{
			Chain: chain, Account: accounts[int(party)%len(accounts)], Contract: story.Name, Method: name, Query: query, Payload: payload,
		}, append([]uint32{sdk.CodeCallFailed}, codes...), story.Name, calendarstory.Name)
	})
}
