package hotline

import (
	"cmp"
	"slices"

	sdk "github.com/chancery-chain/chancery/contracts-sdk"
	"github.com/chancery-chain/chancery/contracts-sdk/date"
	"github.com/chancery-chain/chancery/contracts-sdk/money"
)

// Weights of a score in basis points; together they are the whole.
const (
	weightSign   = 2000
	weightFinish = 3000
	weightSolved = 3000
	weightSat    = 2000
	bestVisit    = 5 // the best score of a visit
)

// evalPage is how many orders one ComputeEval counts.
const evalPage = 40

// ComputeEval counts a page of an organisation's orders of a month.
func (*Contract) ComputeEval(ctx *sdk.Ctx, req *ComputeEvalRequest) (*ComputeEvalResponse, error) {
	if err := over(ctx, req.Period); err != nil {
		return nil, err
	}
	state := NewState(ctx)
	id := number(req.Period) + "/" + req.Org
	eval, ok := state.Evals.Get(req.Period, req.Org)
	switch {
	case !ok:
		return nil, ErrNotFound(&Thing{Id: "score " + id})
	case eval.Done:
		return nil, ErrExists(&Thing{Id: "score " + id})
	case eval.Cursor != req.Cursor:
		return nil, ErrConflict(&Conflict{What: "the cursor", Have: eval.Cursor})
	}
	orders, next, err := state.Orders.ByEvalAndPeriod(req.Org, req.Period).Page(eval.Cursor, evalPage)
	if err != nil {
		return nil, err
	}
	for _, order := range orders {
		visit, _ := state.Visits.Get(order.No, order.Reopens+1)
		count(eval, order, visit)
	}
	eval.Cursor, eval.Done = next, next == ""
	if eval.Done {
		if eval.ScoreBps, err = score(eval); err != nil {
			return nil, err
		}
	}
	if err := state.Evals.Set(eval); err != nil {
		return nil, err
	}
	EmitComputeEval(ctx, &ComputeEval{Id: id, Org: req.Org, Done: eval.Done})
	return &ComputeEvalResponse{Cursor: eval.Cursor, Done: eval.Done}, nil
}

// count adds an order, with the visit of its last round, to a score. An order
// counts once, by its last dispatch.
func count(eval *Eval, order *Order, visit *Visit) {
	if slices.Contains(order.Flags, Flag_FLAG_UNREASONABLE) {
		eval.Unreasonable++
		return
	}
	eval.N++
	if order.Handler == "" { // answered directly, which is all in one
		if !slices.Contains(order.Flags, Flag_FLAG_ACCEPT_LATE) {
			eval.SignOk++
			eval.FinishOk++
		}
	} else {
		if int32(date.FromUnix(order.T.Sign)) <= order.Due.Sign {
			eval.SignOk++
		}
		if int32(date.FromUnix(order.T.Finish)) <= finishDue(order) {
			eval.FinishOk++
		}
	}
	if slices.Contains(order.Flags, Flag_FLAG_FINISH_LATE) {
		eval.Overdue++
	}
	if visit.GetReached() {
		eval.Reached++
		eval.SatSum += visit.Score
		if visit.Solved {
			eval.Solved++
		}
	}
}

// score returns a score in basis points: the weighted shares, each division
// rounded down. Shares of nothing are 0.
func score(e *Eval) (uint32, error) {
	total := int64(0)
	for _, share := range [...]struct{ weight, part, whole uint32 }{
		{weightSign, e.SignOk, e.N},
		{weightFinish, e.FinishOk, e.N},
		{weightSolved, e.Solved, e.Reached},
		{weightSat, e.SatSum, e.Reached * bestVisit},
	} {
		if share.whole == 0 {
			continue
		}
		bps, err := money.MulDiv(int64(share.part), 10000, int64(share.whole), money.Floor)
		if err != nil {
			return 0, err
		}
		total += int64(share.weight) * bps
	}
	return uint32(total / 10000), nil
}

// maxRanked is the bound of Ranking.entries, and of the organisations of a month.
const maxRanked = 200

// PublishRanking ranks the organisations of a month.
func (*Contract) PublishRanking(ctx *sdk.Ctx, req *PublishRankingRequest) (*PublishRankingResponse, error) {
	if err := over(ctx, req.Period); err != nil {
		return nil, err
	}
	state := NewState(ctx)
	if state.Rankings.Has(req.Period) {
		return nil, ErrExists(&Thing{Id: "ranking " + number(req.Period)})
	}
	config, _ := state.Config.Get()
	evals, err := scored(state, req.Period)
	if err != nil {
		return nil, err
	}
	ranked := slices.DeleteFunc(evals, func(e *Eval) bool { return e.N < config.RankMin })
	slices.SortFunc(ranked, func(a, b *Eval) int {
		return cmp.Or(cmp.Compare(b.ScoreBps, a.ScoreBps), cmp.Compare(a.Overdue, b.Overdue), cmp.Compare(a.Org, b.Org))
	})
	ranking := &Ranking{Period: req.Period, PublishedAt: ctx.Unix()}
	for i, eval := range ranked {
		eval.Rank = uint32(i + 1)
		if err := state.Evals.Set(eval); err != nil {
			return nil, err
		}
		ranking.Entries = append(ranking.Entries, &RankingEntry{
			Rank: eval.Rank, Org: eval.Org, ScoreBps: eval.ScoreBps, Overdue: eval.Overdue, N: eval.N,
		})
	}
	if err := state.Rankings.Set(ranking); err != nil {
		return nil, err
	}
	EmitPublishRanking(ctx, &PublishRanking{Id: number(req.Period), Ranked: uint32(len(ranked))})
	return &PublishRankingResponse{Ranked: uint32(len(ranked))}, nil
}

// scored returns all scores of a month, which must be done.
func scored(state State, period uint32) ([]*Eval, error) {
	var all []*Eval
	for token := ""; ; {
		evals, next, err := state.Evals.Under(period).Page(token, sdk.MaxPage)
		if err != nil {
			return nil, err
		}
		for _, eval := range evals {
			if !eval.Done {
				return nil, ErrIndeterminate(&MissingFact{Fact: "score " + number(period) + "/" + eval.Org})
			}
		}
		all = append(all, evals...)
		if token = next; token == "" {
			break
		}
		if len(all) >= maxRanked {
			return nil, ErrLimit(&Cap{What: "organisations of a ranking", Cap: maxRanked})
		}
	}
	if len(all) == 0 {
		return nil, ErrNotFound(&Thing{Id: "score " + number(period)})
	}
	return all, nil
}

// over returns an error unless a month is over.
func over(ctx *sdk.Ctx, period uint32) error {
	today := int32(date.FromUnix(ctx.Unix()))
	if today <= lastDay(period) {
		return ErrDeadline(&Limit{Limit: lastDay(period), Today: today})
	}
	return nil
}

// lastDay returns the last day of a month.
func lastDay(period uint32) int32 {
	year, m := int32(period/100), int32(period%100)
	return year*10000 + m*100 + date.DaysIn(year, m)
}
