// Package key has the public keys that accounts sign with, their signatures and
// the addresses made from them.
package key

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/sha256"
	"fmt"
	"math/big"

	"github.com/btcsuite/btcd/btcutil/bech32"
	"github.com/emmansun/gmsm/sm2"
	"github.com/oasisprotocol/curve25519-voi/primitives/ed25519"

	"github.com/chancery-chain/chancery/app/apperr"
)

// Type names a signature scheme; the numbers are those of chancery.v1.KeyType.
type Type uint8

// The types.
const (
	Ed25519 Type = 1
	SM2     Type = 2
)

// String returns the type's name as the CLI takes it.
func (t Type) String() string {
	switch t {
	case Ed25519:
		return "ed25519"
	case SM2:
		return "sm2"
	}
	return fmt.Sprintf("type %d", uint8(t))
}

// ParseType is the inverse of String.
func ParseType(s string) (Type, error) {
	switch s {
	case "ed25519":
		return Ed25519, nil
	case "sm2":
		return SM2, nil
	}
	return 0, apperr.Invalid("key_type", "unknown key type %q: use ed25519 or sm2", s)
}

// Sizes in bytes.
const (
	ed25519Size   = 32
	sm2Size       = 65
	SignatureSize = 64
)

// Public is a public key. The zero value is not valid.
type Public struct {
	Type  Type
	Bytes []byte // Ed25519: 32 bytes; SM2: uncompressed point, 65 bytes
}

// ParsePublic checks a public key's type and size. An SM2 point may still lie off
// the curve; then no signature verifies. That check costs microseconds, too much
// for what anybody may send. It keeps b.
func ParsePublic(t Type, b []byte) (Public, error) {
	switch t {
	case Ed25519:
		if len(b) != ed25519Size {
			return Public{}, apperr.Invalid("public_key", "an ed25519 key has %d bytes, not %d", ed25519Size, len(b))
		}
	case SM2:
		if len(b) != sm2Size || b[0] != 4 {
			return Public{}, apperr.Invalid("public_key", "an sm2 key is an uncompressed point of %d bytes", sm2Size)
		}
	default:
		return Public{}, apperr.Invalid("key_type", "unknown key type %d", uint8(t))
	}
	return Public{Type: t, Bytes: b}, nil
}

// NewPublic is ParsePublic and checks that an SM2 point is on the curve. A key must
// be checked so before it is kept.
func NewPublic(t Type, b []byte) (Public, error) {
	p, err := ParsePublic(t, b)
	if err != nil {
		return Public{}, err
	}
	if t == SM2 {
		if _, err := sm2.NewPublicKey(b); err != nil {
			return Public{}, apperr.Invalid("public_key", "not a point of the sm2 curve")
		}
	}
	return p, nil
}

// Equal reports whether two keys are the same.
func (p Public) Equal(q Public) bool { return p.Type == q.Type && bytes.Equal(p.Bytes, q.Bytes) }

// zip215 makes a single check agree with a batch check, whatever the key or
// signature bytes: the rules CometBFT uses for votes.
var zip215 = &ed25519.Options{Verify: ed25519.VerifyOptionsZIP_215}

// Verify reports whether sig is p's signature over msg. It never panics,
// whatever the bytes.
func (p Public) Verify(msg, sig []byte) bool {
	if len(sig) != SignatureSize {
		return false
	}
	switch p.Type {
	case Ed25519:
		return len(p.Bytes) == ed25519Size && ed25519.VerifyWithOptions(p.Bytes, msg, sig, zip215)
	case SM2:
		if len(p.Bytes) != sm2Size {
			return false
		}
		pub, err := sm2.NewPublicKey(p.Bytes)
		if err != nil {
			return false
		}
		return verifySM2(pub, msg, sig)
	}
	return false
}

func verifySM2(pub *ecdsa.PublicKey, msg, sig []byte) bool {
	r, s := new(big.Int).SetBytes(sig[:32]), new(big.Int).SetBytes(sig[32:])
	return sm2.VerifyWithSM2(pub, nil, msg, r, s)
}

// Address returns the address of the account that this key creates.
func (p Public) Address() Address {
	h := sha256.New()
	h.Write([]byte("chancery/address/v1\x00"))
	h.Write([]byte{byte(p.Type)})
	h.Write(p.Bytes)
	var a Address
	copy(a[:], h.Sum(nil))
	return a
}

// Address names an account: 20 bytes, shown as bech32m text "cy1…".
type Address [20]byte

const addressPrefix = "cy"

// String returns the bech32m text.
func (a Address) String() string {
	// 20 bytes always convert, and the prefix is valid.
	data, err := bech32.ConvertBits(a[:], 8, 5, true)
	if err != nil {
		return ""
	}
	s, err := bech32.EncodeM(addressPrefix, data)
	if err != nil {
		return ""
	}
	return s
}

// ParseAddress reads the text form and accepts no other spelling of it.
func ParseAddress(s string) (Address, error) {
	var a Address
	if len(s) > 90 {
		return a, apperr.Invalid("address", "an address has 41 characters, not %d", len(s))
	}
	prefix, data, version, err := bech32.DecodeGeneric(s)
	if err != nil || version != bech32.VersionM || prefix != addressPrefix {
		return a, apperr.Invalid("address", "%q is no address: expected bech32m text beginning with cy1", s)
	}
	b, err := bech32.ConvertBits(data, 5, 8, false)
	if err != nil || len(b) != len(a) {
		return a, apperr.Invalid("address", "%q is no address: it does not hold 20 bytes", s)
	}
	copy(a[:], b)
	if a.String() != s {
		return Address{}, apperr.Invalid("address", "%q is not in lower case", s)
	}
	return a, nil
}
