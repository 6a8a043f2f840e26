package account

import (
	"slices"
	"time"

	statev1 "github.com/chancery-chain/chancery/api/gen/chancery/state/v1"
	"github.com/chancery-chain/chancery/app/apperr"
	"github.com/chancery-chain/chancery/app/key"
	"github.com/chancery-chain/chancery/app/state"
	"github.com/chancery-chain/chancery/app/tx"
)

// CheckSigners checks that the keys which signed a tx belong to its origin and
// reach the threshold. It looks at no signature. Its error is Unauthenticated.
func CheckSigners(a *statev1.Account, addr key.Address, sigs []tx.Signature) error {
	if len(a.Keys) == 0 {
		if len(sigs) == 1 && sigs[0].Key.Address() == addr {
			return nil
		}
		return apperr.New(apperr.Unauthenticated, "account %s was never written: it signs with the one key that its address is made from", addr)
	}
	var sum uint32
	for _, s := range sigs {
		i := slices.IndexFunc(a.Keys, func(k *statev1.Key) bool {
			return s.Key.Equal(key.Public{Type: key.Type(k.KeyType), Bytes: k.PublicKey})
		})
		if i < 0 {
			return apperr.New(apperr.Unauthenticated, "this %s key does not belong to account %s", s.Key.Type, addr)
		}
		sum += a.Keys[i].Weight // at most 16 times 1,000
	}
	if sum < a.Threshold {
		return apperr.New(apperr.Unauthenticated, "the signatures weigh %d, account %s needs %d", sum, addr, a.Threshold)
	}
	return nil
}

// CheckActive checks that an account is not suspended. Its error is
// PermissionDenied.
func CheckActive(a *statev1.Account, addr key.Address) error {
	if a.Standing == active {
		return nil
	}
	return apperr.New(apperr.PermissionDenied, "account %s is suspended", addr)
}

// CheckDelegation checks that a delegation lives at a block time and covers a
// method. principal is the principal's account at that time: what was delegated
// before its keys were recovered may be a thief's. Its error is PermissionDenied.
func CheckDelegation(r state.Reader, principal *statev1.Account, d Delegation, contract, method string, now time.Time) error {
	v, ok, err := delegations.Get(r, d.key())
	switch {
	case err != nil:
		return err
	case !ok:
		return apperr.New(apperr.PermissionDenied, "%s has no delegation of %s for %q", d.Delegate, d.Principal, d.Org)
	case principal.Recovered != 0 && v.Time < principal.Recovered:
		return apperr.New(apperr.PermissionDenied, "the delegation of %s to %s for %q ended with the recovery of the keys", d.Principal, d.Delegate, d.Org)
	case now.UnixNano() >= v.Until:
		return apperr.New(apperr.PermissionDenied, "the delegation of %s to %s for %q has ended", d.Principal, d.Delegate, d.Org)
	}
	for _, g := range v.Grants {
		if g.Contract == contract && slices.Contains(g.Methods, method) {
			return nil
		}
	}
	return apperr.New(apperr.PermissionDenied, "the delegation of %s to %s for %q does not cover %s of %s", d.Principal, d.Delegate, d.Org, method, contract)
}
