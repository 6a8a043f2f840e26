package validator

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"strings"

	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/app/apperr"
)

// Address is how block signatures name a validator: the first 20 bytes of the
// SHA-256 of its public key, for both types of key (CometBFT 0.40, crypto).
type Address [20]byte

func (a Address) String() string { return strings.ToUpper(hex.EncodeToString(a[:])) }

// ParseAddress is the inverse of String; small letters will do.
func ParseAddress(s string) (Address, error) {
	b, err := hex.DecodeString(s)
	if err != nil || len(b) != len(Address{}) {
		return Address{}, apperr.Invalid("address", "%.50q is no validator's address: 40 hexadecimal digits", s)
	}
	return Address(b), nil
}

// KeyType is a scheme of validators' keys; the numbers are those of
// chancery.v1.ValidatorKeyType.
type KeyType uint32

// The types.
const (
	Ed25519 KeyType = 1
	MLDSA65 KeyType = 2
)

// String returns CometBFT's name of the type.
func (t KeyType) String() string {
	switch t {
	case Ed25519:
		return "ed25519"
	case MLDSA65:
		return "ml_dsa_65"
	}
	return "unknown"
}

// ParseKeyType is the inverse of String.
func ParseKeyType(s string) (KeyType, error) {
	for _, t := range []KeyType{Ed25519, MLDSA65} {
		if s == t.String() {
			return t, nil
		}
	}
	return 0, apperr.Invalid("key_type", "%.50q is neither ed25519 nor ml_dsa_65", s)
}

// size returns the length of a type's public keys in bytes.
func (t KeyType) size() int {
	if t == MLDSA65 {
		return 1952
	}
	return 32
}

// Key is a public key that signs blocks.
type Key struct {
	Type  KeyType
	Bytes []byte
}

// NewKey checks type and size.
func NewKey(t KeyType, b []byte) (Key, error) {
	if t != Ed25519 && t != MLDSA65 {
		return Key{}, apperr.Invalid("key_type", "%d is no type of a validator's key", uint32(t))
	}
	if len(b) != t.size() {
		return Key{}, apperr.Invalid("public_key", "has %d bytes, not %d", len(b), t.size())
	}
	return Key{Type: t, Bytes: bytes.Clone(b)}, nil
}

// KeyOf converts a key of the API.
func KeyOf(k *chanceryv1.ValidatorKey) (Key, error) {
	return NewKey(KeyType(k.GetKeyType()), k.GetPublicKey())
}

// API converts the key to the API's form.
func (k Key) API() *chanceryv1.ValidatorKey {
	return &chanceryv1.ValidatorKey{KeyType: chanceryv1.ValidatorKeyType(k.Type), PublicKey: k.Bytes}
}

// Address returns the key's address.
func (k Key) Address() Address {
	h := sha256.Sum256(k.Bytes)
	return Address(h[:20])
}

// Equal reports whether two keys are the same.
func (k Key) Equal(o Key) bool { return k.Type == o.Type && bytes.Equal(k.Bytes, o.Bytes) }
