package contract

import (
	"bytes"
	"fmt"

	statev1 "github.com/chancery-chain/chancery/api/gen/chancery/state/v1"
	"github.com/chancery-chain/chancery/app/contract/storage"
)

// codesPrefix begins the keys of codes.
const codesPrefix = "d/"

// IsStored reports whether StoredBytes counts the row of a key.
func IsStored(key []byte) bool {
	return bytes.HasPrefix(key, []byte(storage.Prefix)) || bytes.HasPrefix(key, []byte(codesPrefix))
}

// StoredBytes returns to which organisation a row of the state tree is counted and
// with how many bytes: storage to the contract's, with its key and value as the
// contract sees them; code to who uploaded it, as it was compressed. Other rows
// count to nobody, and org is nil. The error means that the row is broken.
func StoredBytes(key, value []byte) (org []byte, size int, err error) {
	if rest, ok := bytes.CutPrefix(key, []byte(storage.Prefix)); ok {
		name, own, _ := bytes.Cut(rest, []byte{0})
		org, _, _ = bytes.Cut(name, []byte{'/'})
		return org, len(own) + len(value), nil
	}
	if bytes.HasPrefix(key, []byte(codesPrefix)) {
		rec := new(statev1.Code)
		if err := rec.UnmarshalVT(value); err != nil {
			return nil, 0, fmt.Errorf("code %x does not decode: %w", key[len(codesPrefix):], err)
		}
		return []byte(rec.Org), len(rec.CodeGzip), nil
	}
	return nil, 0, nil
}
