package account

import (
	"bytes"
	"fmt"

	statev1 "github.com/chancery-chain/chancery/api/gen/chancery/state/v1"
)

const (
	// accountsPrefix begins the keys of accounts, delegationsPrefix of delegations.
	accountsPrefix    = "a/"
	delegationsPrefix = "ad/"
	// accountBytes is what an account counts to the organisation that made it, whatever
	// stands in it: a rotation of keys, a recovery and a suspension need no room. One with
	// 16 keys has 700 bytes, twice that while other keys are to come.
	accountBytes = 256
)

// IsStored reports whether StoredBytes may count the row of a key: those of accounts
// and delegations.
func IsStored(key []byte) bool {
	return bytes.HasPrefix(key, []byte(accountsPrefix)) || bytes.HasPrefix(key, []byte(delegationsPrefix))
}

// StoredBytes returns to which organisation a row counts that IsStored, and with how
// many bytes; org is empty for an account that no organisation made. The error means that
// the row is broken.
func StoredBytes(key, value []byte) (org string, size int, err error) {
	if rest, ok := bytes.CutPrefix(key, []byte(delegationsPrefix)); ok {
		k, err := delegationKey.Decode(rest)
		if err != nil {
			return "", 0, fmt.Errorf("delegation: %w", err)
		}
		return k.Second.Second, len(key) + len(value), nil
	}
	a := new(statev1.Account)
	if err := a.UnmarshalVT(value); err != nil {
		return "", 0, fmt.Errorf("account does not decode: %w", err)
	}
	return a.Org, accountBytes, nil
}
