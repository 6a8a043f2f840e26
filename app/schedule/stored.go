package schedule

import (
	"bytes"
	"fmt"
)

// IsStored reports whether StoredBytes counts the row of a key: that of a call that
// waits.
func IsStored(key []byte) bool { return bytes.HasPrefix(key, []byte(callsPrefix)) }

// StoredBytes returns the contract whose call a row is that IsStored, and with how
// many bytes it counts to the contract's organisation. The error means that the row
// is broken.
func StoredBytes(key, value []byte) (contract string, size int, err error) {
	k, err := callKey.Decode(key[len(callsPrefix):])
	if err != nil {
		return "", 0, fmt.Errorf("scheduled call: %w", err)
	}
	return k.First, len(value), nil
}
