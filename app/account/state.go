package account

import (
	"bytes"

	statev1 "github.com/chancery-chain/chancery/api/gen/chancery/state/v1"
	"github.com/chancery-chain/chancery/app/apperr"
	"github.com/chancery-chain/chancery/app/key"
	"github.com/chancery-chain/chancery/app/state"
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

// CheckKey checks that an account may sign with a key.
func CheckKey(r state.Reader, addr key.Address, k key.Public) error {
	keys, err := Keys(r, addr)
	if err != nil {
		return err
	}
	for _, own := range keys {
		if own.Type == k.Type && bytes.Equal(own.Bytes, k.Bytes) {
			return nil
		}
	}
	return apperr.New(apperr.Unauthenticated, "this %s key does not belong to account %s", k.Type, addr)
}

// Ensure makes the account of a key unless it exists.
func Ensure(w state.Writer, addr key.Address, k key.Public) error {
	if accounts.Has(w, addr) {
		return nil
	}
	return accounts.Set(w, addr, &statev1.Account{Keys: []*statev1.Key{{KeyType: uint32(k.Type), PublicKey: k.Bytes}}})
}
