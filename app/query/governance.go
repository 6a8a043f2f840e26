package query

import (
	"context"
	"strconv"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	statev1 "github.com/chancery-chain/chancery/api/gen/chancery/state/v1"
	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/app/apperr"
	"github.com/chancery-chain/chancery/app/governance"
	"github.com/chancery-chain/chancery/app/org"
	"github.com/chancery-chain/chancery/app/state"
	"github.com/chancery-chain/chancery/app/tx"
	"github.com/chancery-chain/chancery/app/validator"
)

// Committee returns who votes, and how.
func (q *Query) Committee() (*chanceryv1.GetCommitteeResponse, error) {
	return at(q, 0, func(v *state.View) (*chanceryv1.GetCommitteeResponse, error) {
		p, err := q.params(v)
		if err != nil {
			return nil, err
		}
		orgs, err := governance.Committee(v)
		if err != nil {
			return nil, err
		}
		res := &chanceryv1.GetCommitteeResponse{
			Orgs: orgs, OperatorOrg: p.OperatorOrg, VotingSeconds: p.VotingSeconds, MaxVotingSeconds: p.MaxVotingSeconds,
		}
		for _, r := range p.Rules {
			kind := governance.Kind(r.Kind)
			res.Rules = append(res.Rules, &chanceryv1.Rule{
				Kind: kind, Threshold: r.Threshold, OperatorAlone: r.OperatorAlone,
				Needed: uint32(governance.Needed(p, []governance.Kind{kind}, len(orgs))),
			})
		}
		plan, err := governance.Plan(v)
		if err != nil || plan == nil {
			return res, err
		}
		set, err := validator.Load(v)
		if err != nil {
			return nil, err
		}
		res.Upgrade = &chanceryv1.UpgradePlan{Version: plan.Version, Height: plan.Height, Proposal: plan.Proposal}
		res.Upgrade.Readiness, err = set.Readiness(v, plan.Version)
		return res, err
	})
}

// Proposal describes a proposal with its changes.
func (q *Query) Proposal(id uint64) (*chanceryv1.Proposal, error) {
	return at(q, 0, func(v *state.View) (*chanceryv1.Proposal, error) {
		row, err := governance.Get(v, id)
		if err != nil {
			return nil, err
		}
		describe, err := q.proposals(v)
		if err != nil {
			return nil, err
		}
		p := describe(id, row)
		p.Changes, err = governance.Changes(v, id)
		return p, err
	})
}

// proposals returns what describes proposals of a view.
func (q *Query) proposals(v *state.View) (func(id uint64, row *statev1.Proposal) *chanceryv1.Proposal, error) {
	params, err := q.params(v)
	if err != nil {
		return nil, err
	}
	orgs, err := governance.Committee(v)
	if err != nil {
		return nil, err
	}
	voters, err := org.NotSuspended(v, orgs)
	now := q.machine.BlockTime()
	return func(id uint64, row *statev1.Proposal) *chanceryv1.Proposal {
		yes, no := governance.Tally(row, voters)
		p := &chanceryv1.Proposal{
			Id: id, Title: row.Title, Reference: row.Reference, Org: row.Org, Origin: row.Origin, Height: row.Height,
			Time: timestamppb.New(time.Unix(0, row.Time)), Deadline: timestamppb.New(time.Unix(0, row.Deadline)),
			Status: governance.StatusAt(row, now), DecidedHeight: row.Decided, FailedChange: row.FailedChange,
			Yes: uint32(yes), No: uint32(no), Needed: uint32(governance.NeededBy(params, row, len(orgs))),
		}
		if p.Status == governance.Failed {
			p.Code, p.CodeName = row.Code, apperr.Code(row.Code).String()
		}
		for _, k := range row.Kinds {
			p.Kinds = append(p.Kinds, governance.Kind(k))
		}
		for _, b := range row.Ballots {
			p.Ballots = append(p.Ballots, &chanceryv1.Ballot{Org: b.Org, Origin: b.Origin, Yes: b.Yes, Height: b.Height})
		}
		return p
	}, err
}

// Proposals lists proposals of a status, or all for UNSPECIFIED, newest first and
// without their changes. It looks at one page of all of them, so a page can hold
// fewer and still have a next one.
func (q *Query) Proposals(status chanceryv1.ProposalStatus, size uint32, token string) (list []*chanceryv1.Proposal, next string, err error) {
	after, err := pageAfter(token)
	if err != nil {
		return nil, "", err
	}
	var below uint64
	if after != "" {
		if below, err = strconv.ParseUint(after, 10, 64); err != nil {
			return nil, "", apperr.Invalid("page_token", "was not given by this service")
		}
	}
	view, err := q.store.View(0)
	if err != nil {
		return nil, "", err
	}
	defer view.Close()
	describe, err := q.proposals(view)
	if err != nil {
		return nil, "", err
	}
	var last uint64
	more, err := governance.List(view, below, pageSize(size), func(id uint64, row *statev1.Proposal) error {
		last = id
		if p := describe(id, row); status == 0 || p.Status == status {
			list = append(list, p)
		}
		return nil
	})
	if err != nil || !more {
		return list, "", err
	}
	return list, pageToken(strconv.FormatUint(last, 10)), nil
}

// SimulateProposal makes the changes of a proposal, or of one that nobody made
// yet, on the last committed state and keeps nothing.
func (q *Query) SimulateProposal(_ context.Context, req *chanceryv1.SimulateProposalRequest) (*chanceryv1.SimulateProposalResponse, error) {
	if (req.Id == 0) == (req.Propose == nil) {
		return nil, apperr.Invalid("id", "give the number of a proposal, or a proposal, and not both")
	}
	return at(q, 0, func(v *state.View) (*chanceryv1.SimulateProposalResponse, error) {
		if req.Propose != nil {
			m := req.Propose
			if m.Title == "" {
				m = &chanceryv1.Propose{Title: "simulated", Changes: m.Changes}
			}
			if err := tx.CheckPropose(m); err != nil {
				return nil, err
			}
			return q.machine.TryProposal(v, 0, m.Changes)
		}
		if _, err := governance.Get(v, req.Id); err != nil {
			return nil, err
		}
		list, err := governance.Changes(v, req.Id)
		if err != nil {
			return nil, err
		}
		return q.machine.TryProposal(v, req.Id, list)
	})
}
