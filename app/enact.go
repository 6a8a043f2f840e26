package app

import (
	"time"

	"google.golang.org/protobuf/proto"

	statev1 "github.com/chancery-chain/chancery/api/gen/chancery/state/v1"
	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/app/apperr"
	"github.com/chancery-chain/chancery/app/contract"
	"github.com/chancery-chain/chancery/app/governance"
	"github.com/chancery-chain/chancery/app/org"
	"github.com/chancery-chain/chancery/app/params"
	"github.com/chancery-chain/chancery/app/quota"
	"github.com/chancery-chain/chancery/app/state"
	"github.com/chancery-chain/chancery/app/validator"
)

type change = chanceryv1.Change

// enactment is the making of a proposal's changes on an overlay of its own.
type enactment struct {
	writes   *state.Overlay
	params   *statev1.Params // a copy; written by settle
	before   *statev1.Params // as they were; how far ahead a switch must be is not shortened by the proposal that plans it
	proposal uint64
	height   int64
	time     time.Time
	events   []proto.Message

	newParams, newValidators, newCommittee bool
}

// make makes one change, whose form tx.CheckPropose has accepted. Its event comes
// before those of the component that it changes, so that each of these has its
// authority and proposal before it.
func (e *enactment) make(i int, c *change) error {
	events, err := e.effect(c)
	if err != nil {
		return err
	}
	e.events = append(e.events, &chanceryv1.ChangeMade{
		Proposal: e.proposal, Index: uint32(i), Kind: governance.KindOf(c), Change: c,
	}, events)
	return nil
}

// effect is the place that knows what every kind of change does.
func (e *enactment) effect(c *change) (proto.Message, error) {
	by := authority{proposal: e.proposal, height: e.height, time: e.time}
	switch c := c.GetChange().(type) {
	case *chanceryv1.Change_CreateOrg:
		return createOrg(e.writes, c.CreateOrg, by)
	case *chanceryv1.Change_UpdateOrg:
		return updateOrg(e.writes, c.UpdateOrg, by)
	case *chanceryv1.Change_SetOrgStatus:
		e.newCommittee = true
		return setOrgStatus(e.writes, e.params, c.SetOrgStatus, by)
	case *chanceryv1.Change_SetAccountStatus:
		return voteAccountStatus(e.writes, c.SetAccountStatus, e.proposal, e.time)
	case *chanceryv1.Change_FreezeContract:
		return contract.Freeze(e.writes, e.author(), c.FreezeContract.Contract, c.FreezeContract.Reason)
	case *chanceryv1.Change_UnfreezeContract:
		return contract.Unfreeze(e.writes, e.author(), c.UnfreezeContract.Contract)
	case *chanceryv1.Change_SetQuota:
		return setQuota(e.writes, c.SetQuota, by)
	case *chanceryv1.Change_AddValidator, *chanceryv1.Change_RemoveValidator, *chanceryv1.Change_SetPower, *chanceryv1.Change_RotateKey:
		e.newValidators = true
		return e.changeValidators(c)
	case *chanceryv1.Change_SetParameter:
		e.newParams = true
		m := c.SetParameter
		before, err := params.Set(e.params, m.Name, m.Value)
		return &chanceryv1.ParameterSet{Name: m.Name, Value: m.Value, Before: before, Proposal: e.proposal}, err
	case *chanceryv1.Change_SetRule:
		e.newParams = true
		m := c.SetRule
		governance.SetRule(e.params, m)
		return &chanceryv1.RuleSet{Kind: m.Kind, Threshold: m.Threshold, OperatorAlone: m.OperatorAlone, Proposal: e.proposal}, nil
	case *chanceryv1.Change_SetCommittee:
		e.newCommittee = true
		if err := org.CheckExists(e.writes, c.SetCommittee.Org); err != nil && c.SetCommittee.Member {
			return nil, err
		}
		return governance.SetMember(e.writes, c.SetCommittee, e.proposal)
	case *chanceryv1.Change_ProtocolUpgrade:
		return governance.SetPlan(e.writes, e.before, c.ProtocolUpgrade, e.height, e.proposal)
	}
	return nil, apperr.New(apperr.NotActive, "this software does not know the change")
}

// author is the committee in the words of the contract component.
func (e *enactment) author() contract.Author {
	return contract.Author{CommitteeProposal: e.proposal, Height: e.height, Time: e.time}
}

func (e *enactment) changeValidators(c any) (proto.Message, error) {
	by := validator.Vote{Proposal: e.proposal, Height: e.height}
	switch c := c.(type) {
	case *chanceryv1.Change_AddValidator:
		if err := org.CheckExists(e.writes, c.AddValidator.Org); err != nil {
			return nil, err
		}
		return validator.Add(e.writes, by, c.AddValidator)
	case *chanceryv1.Change_RemoveValidator:
		return validator.Remove(e.writes, by, c.RemoveValidator)
	case *chanceryv1.Change_SetPower:
		return validator.SetPower(e.writes, by, c.SetPower)
	case *chanceryv1.Change_RotateKey:
		return validator.RotateKey(e.writes, by, c.RotateKey)
	}
	return nil, apperr.New(apperr.NotActive, "this software does not know the change")
}

// checkCommittee keeps a committee that can repair what went wrong: those of its
// organisations that are not suspended, and whose quotas pay for a proposal, suffice
// to lift a suspension and to raise a quota.
func (e *enactment) checkCommittee() error {
	orgs, err := governance.Committee(e.writes)
	if err != nil {
		return err
	}
	able := 0
	for _, name := range orgs {
		if err := org.CheckActive(e.writes, name); apperr.CodeOf(err) == apperr.PermissionDenied {
			continue
		} else if err != nil {
			return err
		}
		q, _, err := quota.Get(e.writes, name, 0)
		if err != nil {
			return err
		}
		if q.GasPerPeriod >= params.ProposalGas(e.params) {
			able++
		}
	}
	need := governance.Needed(e.params, []governance.Kind{governance.OrgStatus, governance.Quota}, len(orgs))
	if able < need {
		return apperr.New(apperr.PermissionDenied,
			"%d organisations of the committee could still vote, and lifting a suspension or raising a quota would need %d", able, need)
	}
	return nil
}
