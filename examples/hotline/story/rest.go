package story

import (
	"crypto/sha256"

	sdk "github.com/chancery-chain/chancery/contracts-sdk"
	"github.com/chancery-chain/chancery/examples/hotline"
	"github.com/stretchr/testify/require"
)

// rest plays what the catalogue's story leaves out, in June.
func (c *Cast) rest() {
	c.at(6, 1)
	c.answers()
	c.returns()
	c.handling()
	c.unreasonable()
	c.lists()
}

// answers: an article is reviewed by another person before it is used.
func (c *Cast) answers() {
	t := c.T
	hash := sha256.Sum256([]byte("article"))
	_, err := c.StreetA.PutKb(&hotline.PutKbRequest{ReqId: c.ID(), Id: "kb-1", QH: hash[:], Uri: "kb:1", AH: hash[:]})
	require.NoError(t, err)
	_, err = c.StreetB.PutKb(&hotline.PutKbRequest{ReqId: c.ID(), Id: "kb-1", QH: hash[:], Uri: "kb:2", AH: hash[:]})
	c.refused(hotline.CodeConflict, err, "another organisation's article")
	call := &hotline.CallRequest{
		ReqId: c.ID(), Channel: hotline.Channel_CHANNEL_WEB, Class: hotline.Class_CLASS_CONSULT, Caller: Tag(Secrets[3]),
		ContentCm: c.Commit("content", Secrets[0]), Region: "440703-001", Tags: []string{"house", "tax"},
	}
	no := Must[*hotline.CallResponse](t)(c.Agent.Call(call)).No
	answer := &hotline.AnswerDirectRequest{ReqId: c.ID(), No: no, Kb: "kb-1"}
	_, err = c.Agent.AnswerDirect(answer)
	c.refused(hotline.CodeInvalid, err, "an article that nobody reviewed")
	_, err = c.Supervisor.ReviewKb(&hotline.ReviewKbRequest{ReqId: c.ID(), Id: "kb-1"})
	c.refused(sdk.CodeMissingRole, err, "a supervisor reviews")
	_, err = c.Dispatcher.ReviewKb(&hotline.ReviewKbRequest{ReqId: c.ID(), Id: "kb-1"})
	require.NoError(t, err)
	Must[*hotline.AnswerDirectResponse](t)(c.Agent.AnswerDirect(answer))
	// The caller is not reached three times.
	for try := range 3 {
		order := Must[*hotline.RecordVisitResponse](t)(c.Visitor.RecordVisit(&hotline.RecordVisitRequest{ReqId: c.ID(), No: no}))
		require.Equal(t, try == 2, order.Status == hotline.Status_STATUS_VISITED)
	}
	_, err = c.Visitor.RecordVisit(&hotline.RecordVisitRequest{ReqId: c.ID(), No: no})
	c.refused(hotline.CodeState, err, "a fourth try")
	c.Close(no)
}

// returns: the third dispatch is the supervisor's and final.
func (c *Cast) returns() {
	t := c.T
	no := c.Call(Tag("returns"))
	_, err := c.Dispatcher.Dispatch(&hotline.DispatchRequest{ReqId: c.ID(), No: no, Handler: "hotline"})
	c.refused(hotline.CodeSelf, err, "the hotline handles and visits")
	for range 2 {
		c.Dispatch(no, "street-x")
		Must[*hotline.ReturnResponse](t)(c.StreetX.Return(&hotline.ReturnRequest{ReqId: c.ID(), No: no, Reason: hotline.ReturnReason_RETURN_REASON_INCOMPLETE}))
	}
	returned, err := c.Anyone.ListReturned(&hotline.ListReturnedRequest{})
	require.NoError(t, err)
	require.Equal(t, uint32(2), returned.Orders[0].Returns)
	_, err = c.Dispatcher.Dispatch(&hotline.DispatchRequest{ReqId: c.ID(), No: no, Handler: "street-x"})
	c.refused(hotline.CodeUnauth, err, "the dispatcher's third")
	order := Must[*hotline.DispatchResponse](t)(c.Supervisor.Dispatch(&hotline.DispatchRequest{ReqId: c.ID(), No: no, Handler: "street-x"}))
	require.Contains(t, order.Flags, hotline.Flag_FLAG_FINAL)
	_, err = c.StreetX.Return(&hotline.ReturnRequest{ReqId: c.ID(), No: no, Reason: hotline.ReturnReason_RETURN_REASON_INCOMPLETE})
	c.refused(hotline.CodeLimit, err, "a third return")
	other := c.Call(Tag("returns too late"))
	c.Dispatch(other, "street-x")
	// Nobody signs: the public sees it, and the parties, before anybody pokes.
	c.at(6, 3)
	_, err = c.StreetX.Return(&hotline.ReturnRequest{ReqId: c.ID(), No: other, Reason: hotline.ReturnReason_RETURN_REASON_INCOMPLETE})
	c.refused(hotline.CodeDeadline, err, "a return after the last day to sign")
	if c.W.Permits() {
		got, err := c.StreetX.GetOrder(&hotline.GetOrderRequest{No: no})
		require.NoError(t, err)
		require.Contains(t, got.Order.Flags, hotline.Flag_FLAG_SIGN_LATE)
	}
	overdue, err := c.Anyone.ListOverdue(&hotline.ListOverdueRequest{})
	require.NoError(t, err)
	require.Equal(t, no, overdue.Orders[0].No)
	_, err = c.StreetX.TickDue(&hotline.TickDueRequest{No: no})
	c.refused(hotline.CodeDeadline, err, "nothing more to mark")
}

// handling: extended once, fed back, rejected once.
func (c *Cast) handling() {
	t := c.T
	no := c.Call(Tag("handling"))
	c.Dispatch(no, "street-a")
	order := c.Sign(c.StreetA, no)
	extend := &hotline.ExtendRequest{ReqId: c.ID(), No: no, Reason: hotline.ExtendReason_EXTEND_REASON_EXPERT, Days: 16}
	_, err := c.StreetA.Extend(extend)
	c.refused(hotline.CodeLimit, err, "longer than the original limit")
	extend.Days = 15
	extended := Must[*hotline.ExtendResponse](t)(c.StreetA.Extend(extend))
	require.Equal(t, order.Due, extended.Due, "the limit of the law stays")
	require.Greater(t, extended.Extended, order.Due.Finish)
	extend.ReqId = c.ID()
	_, err = c.StreetA.Extend(extend)
	c.refused(hotline.CodeLimit, err, "a second extension")
	Must[*hotline.SuperviseResponse](t)(c.Supervisor.Supervise(&hotline.SuperviseRequest{ReqId: c.ID(), No: no, NoteCm: c.Commit("note", Secrets[2])}))
	_, err = c.StreetB.Handle(&hotline.HandleRequest{ReqId: c.ID(), No: no, NoteCm: c.Commit("note", Secrets[1])})
	c.refused(hotline.CodeUnauth, err, "another street handles")
	c.Finish(c.StreetA, no)
	rejected := Must[*hotline.RejectFeedbackResponse](t)(c.Dispatcher.RejectFeedback(&hotline.RejectFeedbackRequest{ReqId: c.ID(), No: no}))
	require.Zero(t, rejected.T.Finish, "it is not finished any more")
	require.NotZero(t, rejected.T.Feedback)
	c.Finish(c.StreetA, no)
	_, err = c.Dispatcher.RejectFeedback(&hotline.RejectFeedbackRequest{ReqId: c.ID(), No: no})
	c.refused(hotline.CodeLimit, err, "a second rejection")
	c.Visit(no, false, 1)
	for range 2 {
		Must[*hotline.ReopenResponse](t)(c.Visitor.Reopen(&hotline.ReopenRequest{ReqId: c.ID(), No: no}))
		c.Dispatch(no, "street-a")
		c.Sign(c.StreetA, no)
		c.Finish(c.StreetA, no)
		c.Visit(no, false, 1)
	}
	_, err = c.Visitor.Reopen(&hotline.ReopenRequest{ReqId: c.ID(), No: no})
	c.refused(hotline.CodeLimit, err, "a third reopening")
}

// unreasonable: two persons say so, for the same reason.
func (c *Cast) unreasonable() {
	t := c.T
	no := c.Call(Tag("unreasonable"))
	req := func(reason hotline.UnreasonableReason) *hotline.MarkUnreasonableRequest {
		return &hotline.MarkUnreasonableRequest{ReqId: c.ID(), No: no, Reason: reason, Evidence: "ev-7"}
	}
	const settled = hotline.UnreasonableReason_UNREASONABLE_REASON_SETTLED
	_, err := c.Agent.MarkUnreasonable(req(settled))
	c.refused(sdk.CodeMissingRole, err, "an agent")
	order := Must[*hotline.MarkUnreasonableResponse](t)(c.Dispatcher.MarkUnreasonable(req(settled)))
	require.NotContains(t, order.Flags, hotline.Flag_FLAG_UNREASONABLE)
	_, err = c.Dispatcher.MarkUnreasonable(req(settled))
	c.refused(hotline.CodeSelf, err, "one person twice")
	_, err = c.Supervisor.MarkUnreasonable(req(hotline.UnreasonableReason_UNREASONABLE_REASON_MALICIOUS))
	c.refused(hotline.CodeConflict, err, "another reason")
	order = Must[*hotline.MarkUnreasonableResponse](t)(c.Supervisor.MarkUnreasonable(req(settled)))
	require.Contains(t, order.Flags, hotline.Flag_FLAG_UNREASONABLE)
	_, err = c.Supervisor.MarkUnreasonable(req(settled))
	c.refused(hotline.CodeState, err, "once more")
}

// lists: what everybody may read.
func (c *Cast) lists() {
	t := c.T
	topics, err := c.Anyone.ListTopics(&hotline.ListTopicsRequest{Period: 202604})
	require.NoError(t, err)
	require.Equal(t, uint32(120), topics.Topics[0].N)
	topics, err = c.Anyone.ListTopics(&hotline.ListTopicsRequest{Period: 202606})
	require.NoError(t, err)
	require.Empty(t, topics.Topics, "small counts are not shown")
	evals, err := c.Anyone.ListEvals(&hotline.ListEvalsRequest{Period: 202604})
	require.NoError(t, err)
	require.Len(t, evals.Evals, 2)
	article, err := c.Anyone.GetKb(&hotline.GetKbRequest{Id: "kb-1"})
	require.NoError(t, err)
	require.True(t, article.Kb.Reviewed)
	articles, err := c.Anyone.ListKb(&hotline.ListKbRequest{})
	require.NoError(t, err)
	require.Len(t, articles.Articles, 1)
	settings, err := c.Anyone.GetSettings(&hotline.GetSettingsRequest{})
	require.NoError(t, err)
	require.Len(t, settings.Rules, 2)
	_, err = c.Anyone.GetRanking(&hotline.GetRankingRequest{Period: 202603})
	c.refused(hotline.CodeNotFound, err, "a month that nobody ranked")
	_, err = c.Anyone.GetKb(&hotline.GetKbRequest{Id: "kb-2"})
	c.refused(hotline.CodeNotFound, err, "no such article")
}
