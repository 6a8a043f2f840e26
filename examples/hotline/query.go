package hotline

import (
	"slices"

	sdk "github.com/chancery-chain/chancery/contracts-sdk"
	"github.com/chancery-chain/chancery/contracts-sdk/date"
)

// GetOrder returns an order with its visits, as it is effectively now.
func (*Contract) GetOrder(ctx *sdk.QueryCtx, req *GetOrderRequest) (*GetOrderResponse, error) {
	state := NewStateView(ctx)
	order, err := readable(ctx, state, req.No)
	if err != nil {
		return nil, err
	}
	visits, _, err := state.Visits.Under(req.No).Page("", 10)
	if err != nil {
		return nil, err
	}
	return &GetOrderResponse{Order: effective(ctx, order), Visits: visits}, nil
}

// ListSteps returns a page of an order's steps.
func (*Contract) ListSteps(ctx *sdk.QueryCtx, req *ListStepsRequest) (*ListStepsResponse, error) {
	state := NewStateView(ctx)
	if _, err := readable(ctx, state, req.No); err != nil {
		return nil, err
	}
	steps, next, err := state.Steps.Under(req.No).Page(req.PageToken, req.PageSize)
	if err != nil {
		return nil, err
	}
	return &ListStepsResponse{Steps: steps, NextPageToken: next}, nil
}

// readable returns an order when the origin may see it.
func readable(ctx *sdk.QueryCtx, state StateView, no string) (*Order, error) {
	config, _ := state.Config.Get()
	order, ok := state.Orders.Get(no)
	if !ok {
		return nil, ErrNotFound(&Thing{Id: "order " + no})
	}
	org := ctx.Org()
	parties := append([]string{config.GetHotlineOrg(), config.GetSupervisorOrg(), order.Handler}, order.Co...)
	if ctx.Origin() == "" || ctx.Origin() != order.Caller && (org == "" || !slices.Contains(parties, org)) {
		return nil, ErrUnauth(&Needed{Role: "a party of the order"})
	}
	return order, nil
}

// effective adds the marks that a poke would make.
func effective(ctx *sdk.QueryCtx, order *Order) *Order {
	mark(order, late(order, date.FromUnix(ctx.Unix()))...)
	return order
}

// ListOwn returns a page of the origin's own orders.
func (*Contract) ListOwn(ctx *sdk.QueryCtx, req *ListOwnRequest) (*ListOwnResponse, error) {
	orders, next, err := NewStateView(ctx).Orders.ByCaller(ctx.Origin()).Page(req.PageToken, req.PageSize)
	if err != nil {
		return nil, err
	}
	for _, order := range orders {
		effective(ctx, order)
	}
	return &ListOwnResponse{Orders: orders, NextPageToken: next}, nil
}

// ListWork returns a page of what waits for the origin's organisation.
func (*Contract) ListWork(ctx *sdk.QueryCtx, req *ListWorkRequest) (*ListWorkResponse, error) {
	orders, next, err := NewStateView(ctx).Orders.ByDesk(ctx.Org()).Page(req.PageToken, req.PageSize)
	if err != nil {
		return nil, err
	}
	for _, order := range orders {
		effective(ctx, order)
	}
	return &ListWorkResponse{Orders: orders, NextPageToken: next}, nil
}

// ListOverdue returns a page of orders whose next limit has passed.
func (*Contract) ListOverdue(ctx *sdk.QueryCtx, req *ListOverdueRequest) (*ListOverdueResponse, error) {
	today := int32(date.FromUnix(ctx.Unix()))
	overdue := NewStateView(ctx).Orders.ByPhaseAndDeskDueBetween(Phase_PHASE_TIMED, 0, today)
	orders, next, err := overdue.Page(req.PageToken, req.PageSize)
	if err != nil {
		return nil, err
	}
	return &ListOverdueResponse{Orders: summaries(orders), NextPageToken: next}, nil
}

// ListReturned returns a page of orders that were given back.
func (*Contract) ListReturned(ctx *sdk.QueryCtx, req *ListReturnedRequest) (*ListReturnedResponse, error) {
	orders, next, err := NewStateView(ctx).Orders.ByPhase(Phase_PHASE_RETURNED).Page(req.PageToken, req.PageSize)
	if err != nil {
		return nil, err
	}
	return &ListReturnedResponse{Orders: summaries(orders), NextPageToken: next}, nil
}

// summaries returns what the public sees of orders.
func summaries(orders []*Order) []*OrderSummary {
	list := make([]*OrderSummary, 0, len(orders))
	for _, o := range orders {
		list = append(list, &OrderSummary{
			No: o.No, Class: o.Class, Region: o.Region, Status: o.Status, Desk: o.Desk, Due: o.DeskDue, Returns: o.Returns,
		})
	}
	return list
}

// ListEvals returns a page of the scores of a month.
func (*Contract) ListEvals(ctx *sdk.QueryCtx, req *ListEvalsRequest) (*ListEvalsResponse, error) {
	evals, next, err := NewStateView(ctx).Evals.Under(req.Period).Page(req.PageToken, req.PageSize)
	if err != nil {
		return nil, err
	}
	return &ListEvalsResponse{Evals: evals, NextPageToken: next}, nil
}

// GetRanking returns the ranking of a month.
func (*Contract) GetRanking(ctx *sdk.QueryCtx, req *GetRankingRequest) (*GetRankingResponse, error) {
	ranking, ok := NewStateView(ctx).Rankings.Get(req.Period)
	if !ok {
		return nil, ErrNotFound(&Thing{Id: "ranking " + number(req.Period)})
	}
	return &GetRankingResponse{Ranking: ranking}, nil
}

// ListTopics returns a page of the topics of a month, small counts left out: a
// few calls about something somewhere could tell who called.
func (*Contract) ListTopics(ctx *sdk.QueryCtx, req *ListTopicsRequest) (*ListTopicsResponse, error) {
	state := NewStateView(ctx)
	config, _ := state.Config.Get()
	topics, next, err := state.Topics.Under(req.Period).Page(req.PageToken, req.PageSize)
	if err != nil {
		return nil, err
	}
	topics = slices.DeleteFunc(topics, func(t *Topic) bool { return t.N < config.GetTopicMin() })
	return &ListTopicsResponse{Topics: topics, NextPageToken: next}, nil
}

// GetKb returns an article.
func (*Contract) GetKb(ctx *sdk.QueryCtx, req *GetKbRequest) (*GetKbResponse, error) {
	article, ok := NewStateView(ctx).Kb.Get(req.Id)
	if !ok {
		return nil, ErrNotFound(&Thing{Id: "article " + req.Id})
	}
	return &GetKbResponse{Kb: article}, nil
}

// ListKb returns a page of the articles.
func (*Contract) ListKb(ctx *sdk.QueryCtx, req *ListKbRequest) (*ListKbResponse, error) {
	articles, next, err := NewStateView(ctx).Kb.All().Page(req.PageToken, req.PageSize)
	if err != nil {
		return nil, err
	}
	return &ListKbResponse{Articles: articles, NextPageToken: next}, nil
}

// GetSettings returns parameters and rules.
func (*Contract) GetSettings(ctx *sdk.QueryCtx, _ *GetSettingsRequest) (*GetSettingsResponse, error) {
	state := NewStateView(ctx)
	config, _ := state.Config.Get()
	rules, _, err := state.Rules.All().Page("", sdk.MaxPage)
	if err != nil {
		return nil, err
	}
	return &GetSettingsResponse{Config: config, Rules: rules}, nil
}
