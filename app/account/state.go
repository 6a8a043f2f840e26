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

// Keys returns an account's keys. Its error is NotFound when there is no such
// account.
func Keys(r state.Reader, addr key.Address) ([]key.Public, error) {
	a, ok, err := accounts.Get(r, addr)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, apperr.New(apperr.NotFound, "account %s does not exist; an admin of its organisation adds it", addr)
	}
	keys := make([]key.Public, len(a.Keys))
	for i, k := range a.Keys {
		keys[i] = key.Public{Type: key.Type(k.KeyType), Bytes: k.PublicKey}
	}
	return keys, nil
}

// CheckSigners checks that keys which signed a tx belong to its origin and
// suffice at a block time. It looks at no signature.
func CheckSigners(r state.Reader, addr key.Address, sigs []tx.Signature, now time.Time) error {
	keys, err := Keys(r, addr)
	if err != nil {
		return err
	}
	for _, s := range sigs {
		if !slices.ContainsFunc(keys, s.Key.Equal) {
			return apperr.New(apperr.Unauthenticated, "this %s key does not belong to account %s", s.Key.Type, addr)
		}
	}
	return nil
}

// Ensure makes the account of a key unless it exists.
func Ensure(w state.Writer, addr key.Address, k key.Public) error {
	if accounts.Has(w, addr) {
		return nil
	}
	return accounts.Set(w, addr, &statev1.Account{Keys: []*statev1.Key{{KeyType: uint32(k.Type), PublicKey: k.Bytes}}})
}
