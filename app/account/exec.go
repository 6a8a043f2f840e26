package account

import (
	"time"

	statev1 "github.com/chancery-chain/chancery/api/gen/chancery/state/v1"
	"github.com/chancery-chain/chancery/app/apperr"
	"github.com/chancery-chain/chancery/app/key"
	"github.com/chancery-chain/chancery/app/state"
)

// Create writes the account of a key, made by an organisation and with a guardian,
// empty for none, unless it exists. An account that exists keeps its guardian and
// counts to who made it.
func Create(w state.Writer, k key.Public, org, guardian string) error {
	addr := k.Address()
	if Exists(w, addr) {
		return nil
	}
	keys := SingleKey(k)
	return accounts.Set(w, addr, &statev1.Account{Keys: keys.state(), Threshold: keys.Threshold, Guardian: guardian, Org: org})
}

// SetKeys replaces an account's keys and cancels a pending recovery and a change of its
// guardian that waits: a thief of the old keys may have asked for it.
func SetKeys(w state.Writer, addr key.Address, keys Keys, now time.Time) error {
	a, err := Get(w, addr, now)
	if err != nil {
		return err
	}
	a.Keys, a.Threshold, a.Recovery, a.GuardianChange = keys.state(), keys.Threshold, nil, nil
	return accounts.Set(w, addr, a)
}

// SetGuardian names the organisation that may recover an account, empty for none, and
// returns from when on it is; the zero time for at once. A first guardian is at once;
// another one, or none, after a delay in which the present one can still recover the
// account and suspend it, so that whoever stole its keys cannot take that away. Naming
// the present guardian drops a change that waits; naming the coming one changes nothing.
//
// It fails with PermissionDenied while a recovery is pending: whoever holds a stolen
// key could otherwise end the recovery for good.
func SetGuardian(w state.Writer, addr key.Address, org string, now time.Time, delay time.Duration) (effective time.Time, err error) {
	a, err := Get(w, addr, now)
	if err != nil {
		return time.Time{}, err
	}
	switch waits := a.GuardianChange; {
	case a.Recovery != nil:
		return time.Time{}, apperr.New(apperr.PermissionDenied, "a recovery of the account is pending; cancel it first")
	case a.Guardian == "" || a.Guardian == org:
		a.Guardian, a.GuardianChange = org, nil
	case waits != nil && waits.Org == org:
		effective = time.Unix(0, waits.Effective)
	default:
		effective = now.Add(delay)
		a.GuardianChange = &statev1.GuardianChange{Org: org, Effective: effective.UnixNano()}
	}
	return effective, accounts.Set(w, addr, a)
}

// Change is a guardian's doing on an account at a block time.
type Change struct {
	Account key.Address
	Org     string // that the origin acts for
	Origin  string
	Now     time.Time
}

// guarded returns the account when the organisation is its guardian.
func (c Change) guarded(r state.Reader) (*statev1.Account, error) {
	a, err := Get(r, c.Account, c.Now)
	if err != nil {
		return nil, err
	}
	if a.Guardian == "" || a.Guardian != c.Org {
		return nil, apperr.New(apperr.PermissionDenied, "%q is not the guardian of account %s", c.Org, c.Account)
	}
	return a, nil
}

// StartRecovery gives an account new keys after a delay. It drops a change of the
// guardian that waits, whose new guardian could cancel the recovery. The error is
// PermissionDenied for another organisation than the guardian, and AlreadyExists
// while a recovery is pending, so that one cannot be swapped for another in its
// last hour.
func StartRecovery(w state.Writer, c Change, keys Keys, delay time.Duration) (effective time.Time, err error) {
	a, err := c.guarded(w)
	if err != nil {
		return time.Time{}, err
	}
	if a.Recovery != nil {
		return time.Time{}, apperr.New(apperr.AlreadyExists, "a recovery of account %s is pending; cancel it first", c.Account)
	}
	effective = c.Now.Add(delay)
	a.GuardianChange = nil
	a.Recovery = &statev1.Recovery{Keys: keys.state(), Threshold: keys.Threshold, Effective: effective.UnixNano(), Origin: c.Origin}
	return effective, accounts.Set(w, c.Account, a)
}

// CancelRecovery drops a pending recovery, by the account itself or its guardian.
// The error is NotFound when none is pending.
func CancelRecovery(w state.Writer, c Change) error {
	var a *statev1.Account
	var err error
	if c.Origin == c.Account.String() {
		a, err = Get(w, c.Account, c.Now)
	} else {
		a, err = c.guarded(w)
	}
	if err != nil {
		return err
	}
	if a.Recovery == nil {
		return apperr.New(apperr.NotFound, "no recovery of account %s is pending", c.Account)
	}
	a.Recovery = nil
	return accounts.Set(w, c.Account, a)
}

// SetSuspended suspends an account or lifts that, by its guardian. What a vote
// suspended, a guardian cannot lift. A suspended account keeps its guardian: a change
// that waits is dropped, since another guardian would lift the suspension.
func SetSuspended(w state.Writer, c Change, suspend bool) error {
	a, err := c.guarded(w)
	if err != nil {
		return err
	}
	if a.Standing == suspendedByVote {
		return apperr.New(apperr.PermissionDenied, "account %s was suspended by a vote, and only a vote lifts that", c.Account)
	}
	a.Standing = active
	if suspend {
		a.Standing, a.GuardianChange = suspended, nil
	}
	return accounts.Set(w, c.Account, a)
}

// SetSuspendedByVote suspends an account or lifts any suspension, by a vote. An
// account that was never written can be suspended too. A change of the guardian that
// waits is dropped.
func SetSuspendedByVote(w state.Writer, addr key.Address, suspend bool, now time.Time) error {
	a, err := Get(w, addr, now)
	if err != nil {
		return err
	}
	a.Standing = active
	if suspend {
		a.Standing, a.GuardianChange = suspendedByVote, nil
	}
	return accounts.Set(w, addr, a)
}

// Delegate writes a delegation over an older one of the same name.
func Delegate(w state.Writer, d Delegation, v *statev1.Delegation) error {
	return delegations.Set(w, d.key(), v)
}

// Revoke ends a delegation, or fails with NotFound.
func Revoke(w state.Writer, d Delegation) error {
	if !delegations.Has(w, d.key()) {
		return apperr.New(apperr.NotFound, "%s has no delegation of %s for %q", d.Delegate, d.Principal, d.Org)
	}
	delegations.Delete(w, d.key())
	return nil
}
