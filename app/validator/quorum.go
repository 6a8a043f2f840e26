package validator

import (
	"slices"

	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/app/apperr"
)

// Quorum tells whether the chain stops when validators, and all those of some
// organisations, stop. NotFound for a name that is neither.
func (s Set) Quorum(names, orgs []string) (*chanceryv1.SimulateQuorumResponse, error) {
	for _, name := range names {
		if _, ok := s.Find(name); !ok {
			return nil, apperr.New(apperr.NotFound, "there is no validator %.40q", name)
		}
	}
	for _, org := range orgs {
		if !slices.ContainsFunc(s, func(v Validator) bool { return v.Org == org }) {
			return nil, apperr.New(apperr.NotFound, "organisation %.40q has no validators", org)
		}
	}
	if len(s) == 0 {
		return &chanceryv1.SimulateQuorumResponse{}, nil
	}
	var stopped uint64
	for _, v := range s {
		if slices.Contains(names, v.Name) || slices.Contains(orgs, v.Org) {
			stopped += v.Power
		}
	}
	res := &chanceryv1.SimulateQuorumResponse{
		StoppedPower: stopped, TotalPower: s.Total(), RunningPower: s.Total() - stopped, NeededPower: s.Needed(),
		StopsChain: s.StoppedBy(stopped),
	}
	if !res.StopsChain {
		res.SparePower = res.RunningPower - res.NeededPower
	}
	return res, nil
}
