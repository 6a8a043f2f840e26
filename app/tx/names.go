package tx

import (
	"strings"

	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/app/apperr"
	"github.com/chancery-chain/chancery/app/key"
)

// Bounds of names, in bytes. They are short because names are part of storage
// keys and are hashed with every write.
const (
	minNameBytes   = 2
	maxNameBytes   = 32
	maxMethodBytes = 64
	maxTitleBytes  = 128
	maxRoleBytes   = 32
	maxRoles       = 16
)

// CheckOrgName checks an organisation's name: 2 to 32 of a-z, 0-9 and "-",
// beginning with a letter and not ending with "-".
func CheckOrgName(s string) error { return checkName("an organisation", s) }

func checkName(what, s string) error {
	ok := len(s) >= minNameBytes && len(s) <= maxNameBytes && s[0] >= 'a' && s[0] <= 'z' && s[len(s)-1] != '-'
	for i := 0; ok && i < len(s); i++ {
		c := s[i]
		ok = c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '-'
	}
	if !ok {
		return apperr.Invalid("name", "%q is no name of %s: 2 to 32 of a-z, 0-9 and \"-\", beginning with a letter and not ending with \"-\"", clip(s), what)
	}
	return nil
}

// SplitContractName checks a contract's name "<organisation>/<contract>" and
// returns its parts.
func SplitContractName(s string) (org, contract string, err error) {
	org, contract, ok := strings.Cut(s, "/")
	if !ok {
		return "", "", apperr.Invalid("contract", "%q is no contract name: expected <organisation>/<contract>", clip(s))
	}
	if err := checkName("an organisation", org); err != nil {
		return "", "", apperr.Invalid("contract", "%s", apperr.From(err).Msg)
	}
	if err := checkName("a contract", contract); err != nil {
		return "", "", apperr.Invalid("contract", "%s", apperr.From(err).Msg)
	}
	return org, contract, nil
}

// CheckMethodName checks a method's name: a protobuf identifier of at most 64
// bytes.
func CheckMethodName(s string) error {
	ok := len(s) > 0 && len(s) <= maxMethodBytes
	for i := 0; ok && i < len(s); i++ {
		c := s[i]
		ok = c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' || i > 0 && c >= '0' && c <= '9'
	}
	if !ok {
		return apperr.Invalid("method", "%q is no method name", clip(s))
	}
	return nil
}

// CheckRoles checks a member's roles: at most 16, each 1 to 32 of a-z, 0-9, "-",
// "_" and ".", sorted without repeats.
func CheckRoles(roles []string) error {
	if len(roles) > maxRoles {
		return apperr.Invalid("roles", "has %d entries, more than %d", len(roles), maxRoles)
	}
	for i, r := range roles {
		ok := len(r) > 0 && len(r) <= maxRoleBytes
		for j := 0; ok && j < len(r); j++ {
			c := r[j]
			ok = c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '-' || c == '_' || c == '.'
		}
		if !ok {
			return apperr.Invalid("roles", "%q is no role: 1 to 32 of a-z, 0-9, \"-\", \"_\" and \".\"", clip(r))
		}
		if i > 0 && roles[i-1] >= r {
			return apperr.Invalid("roles", "must be sorted without repeats")
		}
	}
	return nil
}

// PublicKey checks and converts a key of the API that is to be kept.
func PublicKey(k *chanceryv1.PublicKey) (key.Public, error) {
	if k == nil {
		return key.Public{}, apperr.Invalid("key", "is missing")
	}
	return key.NewPublic(keyType(k.KeyType), k.PublicKey)
}

// parseKey is PublicKey without the check that costs: decoding is for nothing, and
// whoever keeps the key checks it.
func parseKey(k *chanceryv1.PublicKey) (key.Public, error) {
	if k == nil {
		return key.Public{}, apperr.Invalid("key", "is missing")
	}
	return key.ParsePublic(keyType(k.KeyType), k.PublicKey)
}

// keyType converts a type of the API, one that is unknown to an unknown one.
func keyType(t chanceryv1.KeyType) key.Type { return key.Type(min(uint32(t), 255)) }

// at puts a path before the field of an InvalidTx error.
func at(path string, err error) error {
	if err == nil {
		return nil
	}
	e := *apperr.From(err)
	if e.Field != "" {
		path += "."
	}
	e.Field = path + e.Field
	return &e
}

func clip(s string) string {
	if len(s) > 80 {
		return s[:80] + "…"
	}
	return s
}
