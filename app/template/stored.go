package template

import (
	"bytes"
	"fmt"

	statev1 "github.com/chancery-chain/chancery/api/gen/chancery/state/v1"
)

const (
	// templateBytes is what a template counts beside its row: its counts, its places in
	// the ranks, and its withdrawal, however much is said of it. So neither a star nor a
	// withdrawal needs room at the publisher's.
	templateBytes = 512
	// versionBytes is what a version counts beside its row: that by its code, and its
	// withdrawal.
	versionBytes = 384
)

// IsStored reports whether StoredBytes counts the row of a key: that of a template, of
// a version, of a star, or of a use.
func IsStored(key []byte) bool {
	return bytes.HasPrefix(key, []byte(templatesPrefix)) || bytes.HasPrefix(key, []byte(versionsPrefix)) ||
		bytes.HasPrefix(key, []byte(starsPrefix)) || bytes.HasPrefix(key, []byte(usesPrefix))
}

// StoredBytes returns to which organisation a row that IsStored is counted, and with
// how many bytes: templates and versions to the publisher, stars to who gave them, uses
// to who deployed the contract. The error means that the row is broken.
func StoredBytes(key, value []byte) (org string, size int, err error) {
	switch {
	case bytes.HasPrefix(key, []byte(templatesPrefix)):
		t := new(statev1.Template)
		if err := t.UnmarshalVT(value); err != nil {
			return "", 0, fmt.Errorf("template %q does not decode: %w", key, err)
		}
		t.Withdrawn = nil
		return publisher(string(key[len(templatesPrefix):])), len(key) + t.SizeVT() + templateBytes, nil
	case bytes.HasPrefix(key, []byte(versionsPrefix)):
		v := new(statev1.TemplateVersion)
		if err := v.UnmarshalVT(value); err != nil {
			return "", 0, fmt.Errorf("version %q of a template does not decode: %w", key, err)
		}
		v.Withdrawn = nil
		return publisher(string(key[len(versionsPrefix):])), len(key) + v.SizeVT() + versionBytes, nil
	case bytes.HasPrefix(key, []byte(starsPrefix)):
		k, err := pairOfNames.Decode(key[len(starsPrefix):])
		if err != nil {
			return "", 0, fmt.Errorf("star %q of a template: %w", key, err)
		}
		return k.Second, len(key) + len(value), nil
	}
	k, err := pairOfNames.Decode(key[len(usesPrefix):])
	if err != nil {
		return "", 0, fmt.Errorf("use %q of a template: %w", key, err)
	}
	return publisher(k.Second), len(key) + len(value), nil
}
