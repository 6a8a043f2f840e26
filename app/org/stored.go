package org

import (
	"bytes"
	"fmt"

	statev1 "github.com/chancery-chain/chancery/api/gen/chancery/state/v1"
)

// Beginnings of the keys of rows that an organisation's admins make.
const (
	membersPrefix     = "m/"
	adminsPrefix      = "ma/"
	membershipsPrefix = "n/"
)

// memberBytes is what the value of a member counts beside its roles: begin, end and
// suspension at their longest. So no room is needed to end or suspend a membership.
const memberBytes = 24

// IsStored reports whether StoredBytes counts the row of a key: those of members.
func IsStored(key []byte) bool {
	return bytes.HasPrefix(key, []byte(membersPrefix)) || bytes.HasPrefix(key, []byte(adminsPrefix)) ||
		bytes.HasPrefix(key, []byte(membershipsPrefix))
}

// StoredBytes returns to which organisation a row counts that IsStored, and with how
// many bytes. The error means that the row is broken.
func StoredBytes(key, value []byte) (org string, size int, err error) {
	if rest, ok := bytes.CutPrefix(key, []byte(membershipsPrefix)); ok {
		k, err := membershipKey.Decode(rest)
		if err != nil {
			return "", 0, fmt.Errorf("membership: %w", err)
		}
		return k.Second, len(key), nil
	}
	rest, isMember := bytes.CutPrefix(key, []byte(membersPrefix))
	if !isMember {
		rest = key[len(adminsPrefix):]
	}
	k, err := memberKey.Decode(rest)
	if err != nil {
		return "", 0, fmt.Errorf("member: %w", err)
	}
	if !isMember {
		return k.First, len(key), nil
	}
	m := new(statev1.Member)
	if err := m.UnmarshalVT(value); err != nil {
		return "", 0, fmt.Errorf("member of %q does not decode: %w", k.First, err)
	}
	size = len(key) + memberBytes
	for _, role := range m.Roles {
		size += 2 + len(role)
	}
	return k.First, size, nil
}
