package contract

import (
	"bytes"
	"fmt"

	statev1 "github.com/chancery-chain/chancery/api/gen/chancery/state/v1"
	"github.com/chancery-chain/chancery/app/contract/storage"
)

// Beginnings of the keys of rows that count.
const (
	codesPrefix     = "d/"
	contractsPrefix = "c/"
	versionsPrefix  = "v/"
	upgradesPrefix  = "cu/"
)

const (
	// contractBytes is what a contract counts beside its name: its record, the use of its
	// code, and what is decided about it, however much. So no room is needed to freeze,
	// unfreeze or retire it. With the longest policy and all decisions it has 2 KB.
	contractBytes = 512
	// closingBytes is what an open proposal counts beside its row: who closed it and
	// when. So no room is needed to close it.
	closingBytes = 64
)

// IsStored reports whether StoredBytes counts the row of a key.
func IsStored(key []byte) bool {
	return bytes.HasPrefix(key, []byte(storage.Prefix)) || bytes.HasPrefix(key, []byte(codesPrefix)) ||
		bytes.HasPrefix(key, []byte(contractsPrefix)) || bytes.HasPrefix(key, []byte(versionsPrefix)) ||
		bytes.HasPrefix(key, []byte(upgradesPrefix))
}

// StoredBytes returns to which organisation a row of the state tree is counted and
// with how many bytes: storage to the contract's, with its key and value as the
// contract sees them; contracts, versions and proposed upgrades to the contract's, with
// their whole rows; code to who uploaded it, as it was compressed. Other rows count to
// nobody, and org is nil. The error means that the row is broken.
func StoredBytes(key, value []byte) (org []byte, size int, err error) {
	if rest, ok := bytes.CutPrefix(key, []byte(storage.Prefix)); ok {
		name, own, _ := bytes.Cut(rest, []byte{0})
		org, _, _ = bytes.Cut(name, []byte{'/'})
		return org, len(own) + len(value), nil
	}
	switch {
	case bytes.HasPrefix(key, []byte(codesPrefix)):
		rec := new(statev1.Code)
		if err := rec.UnmarshalVT(value); err != nil {
			return nil, 0, fmt.Errorf("code %x does not decode: %w", key[len(codesPrefix):], err)
		}
		return []byte(rec.Org), len(rec.CodeGzip), nil
	case bytes.HasPrefix(key, []byte(contractsPrefix)):
		return owner(key, contractsPrefix), len(key) + contractBytes, nil
	case bytes.HasPrefix(key, []byte(versionsPrefix)):
		return owner(key, versionsPrefix), len(key) + len(value), nil
	case bytes.HasPrefix(key, []byte(upgradesPrefix)):
		u := new(statev1.Upgrade)
		if err := u.UnmarshalVT(value); err != nil {
			return nil, 0, fmt.Errorf("proposed upgrade %q does not decode: %w", key, err)
		}
		size = len(key) + len(value)
		if u.Status == upgradeOpen {
			size += closingBytes
		}
		return owner(key, upgradesPrefix), size, nil
	}
	return nil, 0, nil
}

// owner returns the organisation of a contract whose name stands in a key behind a
// prefix.
func owner(key []byte, prefix string) []byte {
	org, _, _ := bytes.Cut(key[len(prefix):], []byte{'/'})
	return org
}
