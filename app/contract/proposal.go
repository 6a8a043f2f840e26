package contract

import (
	"fmt"
	"slices"
	"strings"
	"time"

	statev1 "github.com/chancery-chain/chancery/api/gen/chancery/state/v1"
	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/app/apperr"
	"github.com/chancery-chain/chancery/app/state"
)

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

// openUpgrade returns a proposal that is open at a block time.
func openUpgrade(r state.Reader, name string, id uint64, now time.Time) (*statev1.Upgrade, error) {
	u, err := UpgradeOf(r, name, id)
	if err != nil {
		return nil, err
	}
	if u.Status != upgradeOpen || Expired(u, now) {
		return nil, closed(name, id)
	}
	return u, nil
}

func closed(name string, id uint64) error {
	return apperr.New(apperr.Closed, "proposal %d of %s", id, name)
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

// Expired reports whether a proposal can no longer be executed at a block time,
// whatever its status.
func Expired(u *statev1.Upgrade, now time.Time) bool { return now.UnixNano() >= u.Expires }

// Counted returns the approvals of a proposal that count now: those of organisations
// that notSuspended lets through.
func Counted(r state.Reader, u *statev1.Upgrade, notSuspended func(r state.Reader, orgs []string) ([]string, error)) ([]*statev1.Approval, error) {
	orgs := make([]string, len(u.Approvals))
	for i, a := range u.Approvals {
		orgs[i] = a.Org
	}
	may, err := notSuspended(r, orgs)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(slices.Clone(u.Approvals), func(a *statev1.Approval) bool { return !slices.Contains(may, a.Org) }), nil
}

// WaitsFor says what an open proposal still waits for at a block time; empty when
// it can be executed, and for a closed one. counted are those of its approvals that
// count. p is the contract's policy: the one under which the proposal was made, since a
// new policy closes what was open.
func WaitsFor(u *statev1.Upgrade, counted []*statev1.Approval, p *statev1.UpgradePolicy, now time.Time) string {
	if u.Status != upgradeOpen || Expired(u, now) {
		return ""
	}
	if have := len(counted); have < int(p.GetRequired()) {
		return fmt.Sprintf("it has %d of %d approvals%s", have, p.GetRequired(), suspendedText(u, counted))
	}
	other := func(org string) bool { return org != u.Org }
	if slices.ContainsFunc(p.GetApprovers(), other) &&
		!slices.ContainsFunc(counted, func(a *statev1.Approval) bool { return other(a.Org) }) {
		return fmt.Sprintf("only %q approved it, which proposed it%s", u.Org, suspendedText(u, counted))
	}
	if now.UnixNano() < u.Earliest {
		return "it may be executed from " + time.Unix(0, u.Earliest).UTC().Format(time.RFC3339) + " on"
	}
	return ""
}

// suspendedText names the organisations whose approvals do not count.
func suspendedText(u *statev1.Upgrade, counted []*statev1.Approval) string {
	var names []string
	for _, a := range u.Approvals {
		if !slices.ContainsFunc(counted, func(c *statev1.Approval) bool { return c.Org == a.Org }) {
			names = append(names, a.Org)
		}
	}
	if names == nil {
		return ""
	}
	return " (that of " + strings.Join(names, ", ") + " does not count: suspended)"
}

// closeAll closes a contract's open proposals: the executed one, if there is one,
// as such, and the others with a status.
func closeAll(w state.Writer, by Author, name string, life *statev1.Lifecycle, executed uint64, others uint32) error {
	if len(life.OpenProposals) == 0 {
		return nil
	}
	for _, id := range life.OpenProposals {
		u, err := UpgradeOf(w, name, id)
		if err != nil {
			return err
		}
		status := others
		if id == executed {
			status = upgradeExecuted
		}
		if err := closeUpgrade(w, by, name, id, u, status); err != nil {
			return err
		}
	}
	life.OpenProposals = nil
	return lifecycles.Set(w, name, life)
}

// closeExpired closes those of a contract's open proposals that have expired; the
// caller stores life.
func closeExpired(w state.Writer, by Author, name string, life *statev1.Lifecycle) error {
	var stay []uint64
	for _, id := range life.OpenProposals {
		u, err := UpgradeOf(w, name, id)
		if err != nil {
			return err
		}
		if !Expired(u, by.Time) {
			stay = append(stay, id)
			continue
		}
		if err := closeUpgrade(w, by, name, id, u, upgradeExpired); err != nil {
			return err
		}
	}
	life.OpenProposals = stay
	return nil
}

// closeUpgrade closes one proposal and lets go of its code. What it would have
// given to migrate is dropped: its hash stays in the digest.
func closeUpgrade(w state.Writer, by Author, name string, id uint64, u *statev1.Upgrade, status uint32) error {
	u.Status, u.MigratePayload = status, nil
	u.ClosedBy, u.ClosedHeight = by.Origin, by.Height
	if len(u.CodeHash) > 0 {
		if err := release(w, u.CodeHash); err != nil {
			return err
		}
	}
	return upgrades.Set(w, state.PairOf(name, id), u)
}

// policyOf returns a policy as it stands in the state; nil for the empty one.
func policyOf(p *chanceryv1.UpgradePolicy) *statev1.UpgradePolicy {
	s := &statev1.UpgradePolicy{Approvers: p.GetApprovers(), Required: p.GetRequired(), DelaySeconds: p.GetDelaySeconds()}
	if isEmpty(s) {
		return nil
	}
	return s
}

// policyIn returns the policy that a proposal asks for, the empty one included; nil
// when it asks for an upgrade.
func policyIn(m *chanceryv1.ProposeUpgrade) *statev1.UpgradePolicy {
	if m.Policy == nil {
		return nil
	}
	return &statev1.UpgradePolicy{Approvers: m.Policy.Approvers, Required: m.Policy.Required, DelaySeconds: m.Policy.DelaySeconds}
}

func isEmpty(p *statev1.UpgradePolicy) bool {
	return len(p.Approvers) == 0 && p.Required == 0 && p.DelaySeconds == 0
}
