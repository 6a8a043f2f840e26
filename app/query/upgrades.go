package query

import (
	"strconv"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	statev1 "github.com/chancery-chain/chancery/api/gen/chancery/state/v1"
	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/app/apperr"
	"github.com/chancery-chain/chancery/app/contract"
	"github.com/chancery-chain/chancery/app/org"
	"github.com/chancery-chain/chancery/app/state"
)

// Upgrade describes a proposed upgrade as it stands at the last block's time.
func (q *Query) Upgrade(name string, id uint64) (*chanceryv1.ContractUpgrade, error) {
	return at(q, 0, func(v *state.View) (*chanceryv1.ContractUpgrade, error) {
		u, err := contract.UpgradeOf(v, name, id)
		if err != nil {
			return nil, err
		}
		life, err := contract.LifecycleOf(v, name)
		if err != nil {
			return nil, err
		}
		return apiUpgrade(v, upgradeAt{name, id, life.Policy, q.machine.BlockTime()}, u)
	})
}

// Upgrades lists a contract's proposed upgrades, newest first.
func (q *Query) Upgrades(name string, size uint32, token string) (list []*chanceryv1.ContractUpgrade, next string, err error) {
	before, err := pageBefore(token)
	if err != nil {
		return nil, "", err
	}
	view, err := q.store.View(0)
	if err != nil {
		return nil, "", err
	}
	defer view.Close()
	if _, err := contract.Get(view, name); err != nil {
		return nil, "", err
	}
	life, err := contract.LifecycleOf(view, name)
	if err != nil {
		return nil, "", err
	}
	var bytes pageBytes
	more, err := contract.Upgrades(view, name, before, pageSize(size), func(id uint64, u *statev1.Upgrade) error {
		one, err := apiUpgrade(view, upgradeAt{name, id, life.Policy, q.machine.BlockTime()}, u)
		if err != nil {
			return err
		}
		list = append(list, one)
		return bytes.add(u.SizeVT())
	})
	if err != nil || !more {
		return list, "", err
	}
	return list, pageToken(strconv.FormatUint(list[len(list)-1].Id, 10)), nil
}

// pageBefore reads the token of a list that goes down in numbers.
func pageBefore(token string) (uint64, error) {
	after, err := pageAfter(token)
	if err != nil || after == "" {
		return 0, err
	}
	before, err := strconv.ParseUint(after, 10, 64)
	if err != nil {
		return 0, apperr.Invalid("page_token", "was not given by this service")
	}
	return before, nil
}

// upgradeAt is a proposed upgrade's name and what it is judged by.
type upgradeAt struct {
	contract string
	id       uint64
	policy   *statev1.UpgradePolicy
	now      time.Time
}

func apiUpgrade(r state.Reader, at upgradeAt, u *statev1.Upgrade) (*chanceryv1.ContractUpgrade, error) {
	counted, err := contract.Counted(r, u, org.NotSuspended)
	if err != nil {
		return nil, err
	}
	status := chanceryv1.UpgradeStatus(u.Status)
	if status == chanceryv1.UpgradeStatus_UPGRADE_STATUS_OPEN && contract.Expired(u, at.now) {
		status = chanceryv1.UpgradeStatus_UPGRADE_STATUS_EXPIRED
	}
	return &chanceryv1.ContractUpgrade{
		Contract: at.contract, Id: at.id, Status: status,
		Proposed: &chanceryv1.ProposeUpgrade{
			Contract: at.contract, CodeHash: u.CodeHash, MigratePayload: u.MigratePayload, Breaking: u.Breaking,
			RehearsalHash: u.RehearsalHash, Policy: apiPolicy(u.Policy), RollbackTo: u.RollbackTo,
		},
		FromVersion: u.FromVersion, Digest: u.Digest, Org: u.Org, Origin: u.Origin, Height: u.Height,
		Time: stamp(u.Time), Earliest: stamp(u.Earliest), Expires: stamp(u.Expires),
		Approvals: apiApprovals(u.Approvals), WaitsFor: contract.WaitsFor(u, counted, at.policy, at.now),
		ClosedBy: u.ClosedBy, ClosedHeight: u.ClosedHeight,
	}, nil
}

func apiPolicy(p *statev1.UpgradePolicy) *chanceryv1.UpgradePolicy {
	if p == nil {
		return nil
	}
	return &chanceryv1.UpgradePolicy{Approvers: p.Approvers, Required: p.Required, DelaySeconds: p.DelaySeconds}
}

func apiApprovals(list []*statev1.Approval) []*chanceryv1.Approval {
	out := make([]*chanceryv1.Approval, 0, len(list))
	for _, a := range list {
		out = append(out, &chanceryv1.Approval{Org: a.Org, Origin: a.Origin, Height: a.Height, Time: stamp(a.Time)})
	}
	return out
}

func apiDecisions(l *statev1.Lifecycle) []*chanceryv1.ContractDecision {
	var out []*chanceryv1.ContractDecision
	add := func(d *statev1.Decision, status chanceryv1.ContractStatus) {
		if d == nil {
			return
		}
		out = append(out, &chanceryv1.ContractDecision{
			Status: status, Org: d.Org, Origin: d.Origin, CommitteeProposal: d.CommitteeProposal,
			Height: d.Height, Time: stamp(d.Time), Reason: d.Reason,
		})
	}
	add(l.OwnerFreeze, chanceryv1.ContractStatus_CONTRACT_STATUS_FROZEN)
	add(l.CommitteeFreeze, chanceryv1.ContractStatus_CONTRACT_STATUS_FROZEN)
	add(l.Retired, chanceryv1.ContractStatus_CONTRACT_STATUS_RETIRED)
	return out
}

// stamp turns unix nanoseconds into a time of the API.
func stamp(nanos int64) *timestamppb.Timestamp { return timestamppb.New(time.Unix(0, nanos)) }
