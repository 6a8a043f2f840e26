package contract

import (
	"fmt"
	"slices"
	"time"

	statev1 "github.com/chancery-chain/chancery/api/gen/chancery/state/v1"
	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/app/apperr"
	"github.com/chancery-chain/chancery/app/state"
)

// The statuses of contracts and of proposals, as they stand in the state.
const (
	statusActive  = uint32(chanceryv1.ContractStatus_CONTRACT_STATUS_ACTIVE)
	statusFrozen  = uint32(chanceryv1.ContractStatus_CONTRACT_STATUS_FROZEN)
	statusRetired = uint32(chanceryv1.ContractStatus_CONTRACT_STATUS_RETIRED)

	upgradeOpen       = uint32(chanceryv1.UpgradeStatus_UPGRADE_STATUS_OPEN)
	upgradeExecuted   = uint32(chanceryv1.UpgradeStatus_UPGRADE_STATUS_EXECUTED)
	upgradeCancelled  = uint32(chanceryv1.UpgradeStatus_UPGRADE_STATUS_CANCELLED)
	upgradeSuperseded = uint32(chanceryv1.UpgradeStatus_UPGRADE_STATUS_SUPERSEDED)
)

// LifecycleOf returns what was decided about a contract; the zero value when
// nothing was.
func LifecycleOf(r state.Reader, name string) (*statev1.Lifecycle, error) {
	l, ok, err := lifecycles.Get(r, name)
	if err != nil || !ok {
		return &statev1.Lifecycle{}, err
	}
	return l, nil
}

// UpgradeOf returns a proposed upgrade or NotFound.
func UpgradeOf(r state.Reader, name string, id uint64) (*statev1.Upgrade, error) {
	u, ok, err := upgrades.Get(r, state.PairOf(name, id))
	if err != nil {
		return nil, err
	}
	if !ok {
		if _, err := Get(r, name); err != nil {
			return nil, err
		}
		return nil, apperr.New(apperr.NotFound, "contract %s has no proposal %d", name, id)
	}
	return u, nil
}

// Upgrades walks a contract's proposed upgrades, newest first. before is the last
// number already seen, or 0.
func Upgrades(r state.Reader, name string, before uint64, limit int, fn func(uint64, *statev1.Upgrade) error) (more bool, err error) {
	page := state.Page[uint64]{Limit: limit, Reverse: true}
	if before > 0 {
		page.After = &before
	}
	if more, err = state.IteratePair(upgrades, r, name, page, fn); err != nil {
		return false, fmt.Errorf("list upgrades: %w", err)
	}
	return more, nil
}

// References returns how many versions of contracts and open proposals refer to
// code.
func References(r state.Reader, hash []byte) (uint64, error) {
	use, _, err := codeUse.Get(r, [32]byte(hash))
	return use.GetReferences(), err
}

// WaitsFor says what an open proposal still waits for at a block time; empty when
// it can be executed, and for a closed one.
func WaitsFor(u *statev1.Upgrade, p *statev1.UpgradePolicy, now time.Time) string {
	if u.Status != upgradeOpen || Expired(u, now) {
		return ""
	}
	if err := checkApproved(u, p, now); err != nil {
		return apperr.From(err).Msg
	}
	return ""
}

// Expired reports whether a proposal can no longer be executed at a block time,
// whatever its status.
func Expired(u *statev1.Upgrade, now time.Time) bool { return now.UnixNano() >= u.Expires }

// checkApproved checks an open proposal against the policy under which it was
// made. A policy never changes while proposals made under it are open.
func checkApproved(u *statev1.Upgrade, p *statev1.UpgradePolicy, now time.Time) error {
	if have := len(u.Approvals); have < int(p.GetRequired()) {
		return apperr.New(apperr.NotReady, "it has %d of %d approvals", have, p.GetRequired())
	}
	other := func(org string) bool { return org != u.Org }
	if slices.ContainsFunc(p.GetApprovers(), other) &&
		!slices.ContainsFunc(u.Approvals, func(a *statev1.Approval) bool { return other(a.Org) }) {
		return apperr.New(apperr.NotReady, "only %s approved, which proposed it; one of the others must", u.Org)
	}
	if now.UnixNano() < u.Earliest {
		return apperr.New(apperr.NotReady, "it may be executed from %s on", time.Unix(0, u.Earliest).UTC().Format(time.RFC3339))
	}
	return nil
}
