package quota

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/chancery-chain/chancery/app/state"
)

const (
	// sponsorshipsPrefix begins the keys of sponsorships.
	sponsorshipsPrefix = "qs/"
	// sponsorshipBytes is what the value of a sponsorship counts: its numbers at their
	// longest. What was used of it changes with every call, which counts nothing.
	sponsorshipBytes = 50
)

var sponsorshipKey = state.PairKey(state.StringKey[string](), state.StringKey[string]())

// IsStored reports whether StoredBytes counts the row of a key: that of a sponsorship.
func IsStored(key []byte) bool { return bytes.HasPrefix(key, []byte(sponsorshipsPrefix)) }

// StoredBytes returns to which organisation a row counts that IsStored, and with how
// many bytes. The error means that the row is broken.
func StoredBytes(key []byte) (org string, size int, err error) {
	k, err := sponsorshipKey.Decode(key[len(sponsorshipsPrefix):])
	if err != nil {
		return "", 0, fmt.Errorf("sponsorship: %w", err)
	}
	org, _, _ = strings.Cut(k.First, "/")
	return org, len(key) + sponsorshipBytes, nil
}
