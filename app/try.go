package app

import (
	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/app/apperr"
	"github.com/chancery-chain/chancery/app/governance"
	"github.com/chancery-chain/chancery/app/params"
	"github.com/chancery-chain/chancery/app/state"
	"github.com/chancery-chain/chancery/app/validator"
)

// TryProposal makes changes on a view as the end of the next block would, keeps
// nothing, and tells what came of it. Changes that would fail are no error.
// proposal stands in the events; 0 for one that nobody made yet, which gets the
// number that it would have.
func (a *App) TryProposal(view *state.View, proposal uint64, list []*chanceryv1.Change) (*chanceryv1.SimulateProposalResponse, error) {
	p, ok, err := params.Load(view)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, errNotStarted
	}
	if proposal == 0 {
		if proposal, err = governance.Next(view); err != nil {
			return nil, err
		}
	}
	before, err := validator.Load(view)
	if err != nil {
		return nil, err
	}
	orgs, err := governance.Committee(view)
	if err != nil {
		return nil, err
	}
	e := &enactment{
		writes: state.NewOverlay(view), params: p.CloneVT(), before: p, proposal: proposal, height: view.Height() + 1, time: a.BlockTime(),
	}
	next := p.ProtocolVersion + 1
	res := &chanceryv1.SimulateProposalResponse{
		Needed: uint32(governance.NeededFor(p, list, len(orgs))), Committee: uint32(len(orgs)),
	}
	if res.Before, err = before.Describe(view, next); err != nil {
		return nil, err
	}
	done, failed := a.tryChanges(e, list)
	if failed == nil {
		events, err := platformEvents(e.events)
		if err != nil {
			return nil, err
		}
		res.Events = apiEvents(events)
	} else {
		setFailure(res, done, failed)
	}
	after, err := validator.Load(e.writes)
	if err != nil {
		return nil, err
	}
	res.After, err = after.Describe(e.writes, next)
	return res, err
}

func setFailure(res *chanceryv1.SimulateProposalResponse, done int, failed error) {
	err := apperr.From(failed)
	res.Code, res.CodeName, res.FailedChange = uint32(err.Code), err.Code.String(), uint32(done)
	if err.Code != apperr.Internal {
		// The cause of a fault of ours is for this node's log alone.
		res.Message = logText(err.Error())
	}
}
