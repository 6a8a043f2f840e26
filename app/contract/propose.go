package contract

import (
	"bytes"
	"slices"
	"time"

	"google.golang.org/protobuf/proto"

	statev1 "github.com/chancery-chain/chancery/api/gen/chancery/state/v1"
	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/api/schema"
	"github.com/chancery-chain/chancery/app/apperr"
	"github.com/chancery-chain/chancery/app/state"
	"github.com/chancery-chain/chancery/app/tx"
)

// maxOpenProposals bounds the open proposals of a contract: an upgrade closes all
// of them.
const maxOpenProposals = 16

// approverGas is charged for looking up an organisation that approved.
const approverGas = 5_000

// The statuses of proposals, as they stand in the state.
const (
	upgradeOpen       = uint32(chanceryv1.UpgradeStatus_UPGRADE_STATUS_OPEN)
	upgradeExecuted   = uint32(chanceryv1.UpgradeStatus_UPGRADE_STATUS_EXECUTED)
	upgradeCancelled  = uint32(chanceryv1.UpgradeStatus_UPGRADE_STATUS_CANCELLED)
	upgradeSuperseded = uint32(chanceryv1.UpgradeStatus_UPGRADE_STATUS_SUPERSEDED)
	upgradeExpired    = uint32(chanceryv1.UpgradeStatus_UPGRADE_STATUS_EXPIRED)
)

// Propose opens a proposal, which can be executed for the time valid, counted from
// when its delay is over.
func (e *Executor) Propose(w state.Writer, by Author, m *chanceryv1.ProposeUpgrade, valid time.Duration, gas uint64) (Done, error) {
	b := &budget{limit: gas}
	return b.done(e.propose(w, by, m, valid, b))
}

func (e *Executor) propose(w state.Writer, by Author, m *chanceryv1.ProposeUpgrade, valid time.Duration, b *budget) (Done, error) {
	rec, life, err := open(w, m.Contract)
	if err != nil {
		return Done{}, err
	}
	if life.Retired != nil {
		return Done{}, checkActive(m.Contract, rec)
	}
	if err := b.pay(3*rowGas+rowByteGas*uint64(len(m.MigratePayload)), "a proposal"); err != nil {
		return Done{}, err
	}
	if err := e.checkProposal(w, by, rec, life, m, b); err != nil {
		return Done{}, err
	}
	if len(life.OpenProposals) >= maxOpenProposals {
		if err := b.pay(rowGas*maxOpenProposals, "closing expired proposals"); err != nil {
			return Done{}, err
		}
		if err := closeExpired(w, by, m.Contract, life); err != nil {
			return Done{}, err
		}
	}
	if n := len(life.OpenProposals); n >= maxOpenProposals {
		return Done{}, apperr.New(apperr.LimitExceeded, "%s has %d open proposals; cancel one", m.Contract, n)
	}
	if len(m.CodeHash) > 0 {
		if err := hold(w, m.CodeHash); err != nil {
			return Done{}, err
		}
	}
	life.LastProposal++
	id := life.LastProposal
	life.OpenProposals = append(life.OpenProposals, id)
	if err := lifecycles.Set(w, m.Contract, life); err != nil {
		return Done{}, err
	}
	digest, err := tx.UpgradeDigest(id, rec.Version, m)
	if err != nil {
		return Done{}, err
	}
	earliest := by.Time.Add(time.Duration(life.Policy.GetDelaySeconds()) * time.Second)
	err = upgrades.Set(w, state.PairOf(m.Contract, id), &statev1.Upgrade{
		Status: upgradeOpen, CodeHash: m.CodeHash, MigratePayload: m.MigratePayload, Breaking: m.Breaking,
		RehearsalHash: m.RehearsalHash, Policy: policyIn(m), RollbackTo: m.RollbackTo, FromVersion: rec.Version,
		Digest: digest, Org: by.Org, Origin: by.Origin, Height: by.Height, Time: by.Time.UnixNano(),
		Earliest: earliest.UnixNano(), Expires: earliest.Add(valid).UnixNano(),
	})
	if err != nil {
		return Done{}, err
	}
	ev, err := PlatformEvent(&chanceryv1.UpgradeProposed{
		Contract: m.Contract, Id: id, CodeHash: m.CodeHash, Breaking: m.Breaking, Org: by.Org, Origin: by.Origin, Digest: digest,
	})
	if err != nil {
		return Done{}, err
	}
	data, err := proto.MarshalOptions{Deterministic: true}.Marshal(&chanceryv1.ProposeUpgradeResult{Id: id, Digest: digest})
	return Done{Data: data, Events: []Event{ev}}, err
}

// checkProposal refuses at once what could not be executed later.
func (e *Executor) checkProposal(r state.Reader, by Author, rec *statev1.Contract, life *statev1.Lifecycle, m *chanceryv1.ProposeUpgrade, b *budget) error {
	if m.Policy != nil {
		if !by.Admin {
			return apperr.New(apperr.PermissionDenied, "account %s may not change the policy of %s; an admin of %q may", by.Origin, m.Contract, by.Org)
		}
		if life.Policy.EqualVT(policyOf(m.Policy)) {
			return apperr.New(apperr.AlreadyExists, "this is the upgrade policy of %s", m.Contract)
		}
		return nil
	}
	_, sch, err := e.checkChange(r, rec, &change{
		name: m.Contract, hash: m.CodeHash, breaking: m.Breaking, rollbackTo: m.RollbackTo,
	}, b)
	if err != nil {
		return err
	}
	if _, migrates := sch.Special(schema.KindMigrate); !migrates && len(m.MigratePayload) > 0 {
		return apperr.Invalid("propose_upgrade.migrate_payload", "the contract declares no migrate method")
	}
	return nil
}

// Approve gives an organisation's approval to a proposal.
func Approve(w state.Writer, by Author, m *chanceryv1.ApproveUpgrade, gas uint64) (Done, error) {
	b := &budget{limit: gas}
	return b.done(approve(w, by, m, b))
}

func approve(w state.Writer, by Author, m *chanceryv1.ApproveUpgrade, b *budget) (Done, error) {
	u, err := openUpgrade(w, m.Contract, m.Id, by.Time)
	if err != nil {
		return Done{}, err
	}
	if err := b.pay(2*rowGas+rowByteGas*uint64(len(u.MigratePayload)), "an approval"); err != nil {
		return Done{}, err
	}
	life, err := LifecycleOf(w, m.Contract)
	if err != nil {
		return Done{}, err
	}
	switch {
	case !bytes.Equal(u.Digest, m.Digest):
		return Done{}, apperr.Invalid("approve_upgrade.digest", "is not that of proposal %d of %s", m.Id, m.Contract)
	case !slices.Contains(life.Policy.GetApprovers(), by.Org):
		return Done{}, apperr.New(apperr.PermissionDenied, "%q is no approver of %s", by.Org, m.Contract)
	case u.Origin == by.Origin:
		return Done{}, apperr.New(apperr.PermissionDenied, "account %s proposed this upgrade and may not approve it", by.Origin)
	case slices.ContainsFunc(u.Approvals, func(a *statev1.Approval) bool { return a.Org == by.Org }):
		return Done{}, apperr.New(apperr.AlreadyExists, "%q approved proposal %d of %s before", by.Org, m.Id, m.Contract)
	}
	u.Approvals = append(u.Approvals, &statev1.Approval{Org: by.Org, Origin: by.Origin, Height: by.Height, Time: by.Time.UnixNano()})
	if err := upgrades.Set(w, state.PairOf(m.Contract, m.Id), u); err != nil {
		return Done{}, err
	}
	ev, err := PlatformEvent(&chanceryv1.UpgradeApproved{Contract: m.Contract, Id: m.Id, Org: by.Org, Origin: by.Origin, Digest: u.Digest})
	return Done{Events: []Event{ev}}, err
}

// Cancel closes a proposal. Whoever proposed it may, and an admin of the contract's
// organisation; once it has expired, anybody.
func Cancel(w state.Writer, by Author, m *chanceryv1.CancelUpgrade, gas uint64) (Done, error) {
	b := &budget{limit: gas}
	return b.done(cancelUpgrade(w, by, m, b))
}

func cancelUpgrade(w state.Writer, by Author, m *chanceryv1.CancelUpgrade, b *budget) (Done, error) {
	u, err := UpgradeOf(w, m.Contract, m.Id)
	if err != nil {
		return Done{}, err
	}
	if u.Status != upgradeOpen {
		return Done{}, closed(m.Contract, m.Id)
	}
	if err := b.pay(3*rowGas, "closing a proposal"); err != nil {
		return Done{}, err
	}
	status := upgradeCancelled
	if Expired(u, by.Time) {
		status = upgradeExpired
	} else if u.Origin != by.Origin && !(by.Admin && by.Org == u.Org) {
		return Done{}, apperr.New(apperr.PermissionDenied, "account %s may not cancel proposal %d of %s; its proposer and admins of %q may", by.Origin, m.Id, m.Contract, u.Org)
	}
	life, err := LifecycleOf(w, m.Contract)
	if err != nil {
		return Done{}, err
	}
	if err := closeUpgrade(w, by, m.Contract, m.Id, u, status); err != nil {
		return Done{}, err
	}
	life.OpenProposals = slices.DeleteFunc(life.OpenProposals, func(id uint64) bool { return id == m.Id })
	if err := lifecycles.Set(w, m.Contract, life); err != nil {
		return Done{}, err
	}
	ev, err := PlatformEvent(&chanceryv1.UpgradeCancelled{Contract: m.Contract, Id: m.Id, Org: by.Org, Origin: by.Origin})
	return Done{Events: []Event{ev}}, err
}

// ExecuteUpgrade does what a proposal says, once its policy is satisfied. The
// caller drops w's writes when it fails, so the proposal stays open.
func (e *Executor) ExecuteUpgrade(w *state.Overlay, env *Env, by Author, m *chanceryv1.ExecuteUpgrade, gas uint64) (Done, error) {
	b := &budget{limit: gas}
	return b.done(e.executeUpgrade(w, env, by, m, b))
}

func (e *Executor) executeUpgrade(w *state.Overlay, env *Env, by Author, m *chanceryv1.ExecuteUpgrade, b *budget) (Done, error) {
	rec, life, err := open(w, m.Contract)
	if err != nil {
		return Done{}, err
	}
	u, err := openUpgrade(w, m.Contract, m.Id, by.Time)
	if err != nil {
		return Done{}, err
	}
	if err := b.pay(approverGas*uint64(len(u.Approvals)), "looking up who approved"); err != nil {
		return Done{}, err
	}
	counted, err := Counted(w, u, by.NotSuspended)
	if err != nil {
		return Done{}, err
	}
	if why := WaitsFor(u, counted, life.Policy, by.Time); why != "" {
		return Done{}, apperr.New(apperr.NotReady, "proposal %d of %s: %s", m.Id, m.Contract, why)
	}
	if u.Policy == nil {
		return e.upgrade(w, env, by, rec, life, &change{
			name: m.Contract, hash: u.CodeHash, payload: u.MigratePayload, breaking: u.Breaking, rehearsal: u.RehearsalHash,
			rollbackTo: u.RollbackTo, unfreeze: m.Unfreeze, proposal: m.Id, approvals: counted,
		}, b)
	}
	if m.Unfreeze {
		return Done{}, apperr.Invalid("execute_upgrade.unfreeze", "is for upgrades; proposal %d changes the policy", m.Id)
	}
	if err := b.pay(rowGas*(1+uint64(len(life.OpenProposals))), "a new policy"); err != nil {
		return Done{}, err
	}
	policy := u.Policy
	if err := closeAll(w, by, m.Contract, life, m.Id, upgradeSuperseded); err != nil {
		return Done{}, err
	}
	life.Policy = policy
	if isEmpty(policy) {
		life.Policy = nil
	}
	if err := lifecycles.Set(w, m.Contract, life); err != nil {
		return Done{}, err
	}
	ev, err := PlatformEvent(&chanceryv1.UpgradePolicyChanged{
		Contract: m.Contract, Proposal: m.Id, Org: by.Org, Origin: by.Origin,
		Policy: &chanceryv1.UpgradePolicy{Approvers: policy.Approvers, Required: policy.Required, DelaySeconds: policy.DelaySeconds},
	})
	return Done{Events: []Event{ev}}, err
}
