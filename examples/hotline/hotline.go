// Package hotline is the contract for the 12345 hotline: orders from the call to
// the visit, their limits in workdays, and scores. README.md tells what it
// promises.
package hotline

import (
	"strconv"

	sdk "github.com/chancery-chain/chancery/contracts-sdk"
)

// maxMigrated is how many orders one upgrade changes at most.
const maxMigrated = 1000

// Contract implements HotlineService.
type Contract struct{}

// Init stores the parameters and the first rules.
func (*Contract) Init(ctx *sdk.Ctx, req *InitRequest) (*InitResponse, error) {
	state := NewState(ctx)
	for i, rule := range req.Rules {
		if err := addRule(state, rule, uint32(i)); err != nil {
			return nil, err
		}
	}
	if req.SupervisorOrg == req.HotlineOrg {
		return nil, ErrSelf(&Same{Who: req.HotlineOrg})
	}
	return nil, state.Config.Set(&Config{
		HotlineOrg: req.HotlineOrg, SupervisorOrg: req.SupervisorOrg, Calendar: req.Calendar,
		AcceptDays: req.AcceptDays, SignDays: req.SignDays, MaxReturns: req.MaxReturns, MaxReopens: req.MaxReopens,
		VisitTries: req.VisitTries, ExtendBps: req.ExtendBps, RankMin: req.RankMin, TopicMin: req.TopicMin,
	})
}

// addRule stores the rule that follows number last.
func addRule(state State, rule *Rule, last uint32) error {
	if rule.Ver != last+1 {
		return ErrConflict(&Conflict{What: "the number of the last rule", Have: number(last)})
	}
	if before, ok := state.Rules.Get(last); ok && rule.From <= before.From {
		return invalid("rule.from", "a later day than that of the rule before")
	}
	return state.Rules.Set(rule)
}

// Migrate adds a rule, and gives rule 1 to open orders that were dispatched by
// code that did not number rules yet: orders keep the rule of their dispatch.
func (*Contract) Migrate(ctx *sdk.Ctx, req *MigrateRequest) (*MigrateResponse, error) {
	state := NewState(ctx)
	if req.Rule != nil {
		last, _ := state.Rules.All().Reverse().First()
		if err := addRule(state, req.Rule, last.GetVer()); err != nil {
			return nil, err
		}
	}
	resp := &MigrateResponse{}
	for _, phase := range []Phase{Phase_PHASE_TIMED, Phase_PHASE_UNTIMED, Phase_PHASE_RETURNED} {
		for token := ""; ; {
			orders, next, err := state.Orders.ByPhase(phase).Page(token, sdk.MaxPage)
			if err != nil {
				return nil, err
			}
			for _, order := range orders {
				if order.Rule != 0 || order.T.Dispatch == 0 {
					continue
				}
				if resp.Orders++; resp.Orders > maxMigrated {
					return nil, ErrLimit(&Cap{What: "orders of one migration", Cap: maxMigrated})
				}
				order.Rule = 1
				if err := state.Orders.Set(order); err != nil {
					return nil, err
				}
			}
			if token = next; token == "" {
				break
			}
		}
	}
	return resp, nil
}

func number(n uint32) string { return strconv.FormatUint(uint64(n), 10) }

func invalid(field, rule string) error {
	return ErrInvalid(&InvalidField{Field: field, Rule: rule})
}
