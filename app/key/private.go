package key

import (
	"crypto/rand"
	"io"

	"github.com/emmansun/gmsm/sm2"
	"github.com/oasisprotocol/curve25519-voi/primitives/ed25519"

	"github.com/chancery-chain/chancery/app/apperr"
)

// Private is a private key. Only clients hold one; the state machine never does.
type Private struct {
	typ Type
	ed  ed25519.PrivateKey
	sm  *sm2.PrivateKey
}

// Generate makes a key of the type from random, or from the system's
// randomness when random is nil.
func Generate(t Type, random io.Reader) (*Private, error) {
	if random == nil {
		random = rand.Reader
	}
	seed := make([]byte, 32)
	for {
		if _, err := io.ReadFull(random, seed); err != nil {
			return nil, err
		}
		p, err := FromSeed(t, seed)
		// An sm2 seed is outside the group's order once in 2^32 tries.
		if err == nil || t != SM2 {
			return p, err
		}
	}
}

// FromSeed makes a key from its 32 secret bytes: an Ed25519 seed or an SM2
// scalar.
func FromSeed(t Type, seed []byte) (*Private, error) {
	if len(seed) != 32 {
		return nil, apperr.Invalid("seed", "a private key has 32 bytes, not %d", len(seed))
	}
	switch t {
	case Ed25519:
		return &Private{typ: t, ed: ed25519.NewKeyFromSeed(seed)}, nil
	case SM2:
		k, err := sm2.NewPrivateKey(seed)
		if err != nil {
			return nil, apperr.Invalid("seed", "not a private sm2 key")
		}
		return &Private{typ: t, sm: k}, nil
	}
	return nil, apperr.Invalid("key_type", "unknown key type %d", uint8(t))
}

// Seed returns the 32 secret bytes.
func (p *Private) Seed() []byte {
	if p.typ == SM2 {
		return p.sm.D.FillBytes(make([]byte, 32))
	}
	return p.ed.Seed()
}

// Public returns the public key.
func (p *Private) Public() Public {
	if p.typ == SM2 {
		b := make([]byte, sm2Size)
		b[0] = 4
		p.sm.X.FillBytes(b[1:33])
		p.sm.Y.FillBytes(b[33:])
		return Public{Type: SM2, Bytes: b}
	}
	return Public{Type: Ed25519, Bytes: p.ed.Public().(ed25519.PublicKey)}
}

// Sign signs msg: 64 bytes, in the form that Public.Verify takes.
func (p *Private) Sign(msg []byte) ([]byte, error) {
	if p.typ == Ed25519 {
		return ed25519.Sign(p.ed, msg), nil
	}
	r, s, err := sm2.SignWithSM2(rand.Reader, &p.sm.PrivateKey, nil, msg)
	if err != nil {
		return nil, err
	}
	sig := make([]byte, SignatureSize)
	r.FillBytes(sig[:32])
	s.FillBytes(sig[32:])
	return sig, nil
}
