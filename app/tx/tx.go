// Package tx has the transaction's envelope: its canonical encoding, the bytes
// that are signed and its hash.
package tx

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/app/apperr"
	"github.com/chancery-chain/chancery/app/key"
)

// Bounds of the envelope that hold before any parameter of the chain is known.
const (
	// MaxBytes is the largest encoded tx that is looked at, in bytes: a gzipped
	// module of 4 MiB that does not compress, and its envelope.
	MaxBytes = 5 << 20
	// MaxSaltBytes is the longest salt.
	MaxSaltBytes = 32
	// MaxSignatures is the most signatures on a tx, and the most keys of an
	// account.
	MaxSignatures = 16
	// MaxPayloadBytes is the largest request of a contract's method: 256 KiB. The
	// runtime's InputBytes is set from it and the contracts' endpoint reads it.
	MaxPayloadBytes = 256 << 10
)

// Hash identifies a tx: SHA-256 of its body. The signature is no part of it, so
// that nobody but the signer can give a tx a second hash (app/RATIONALE.md).
type Hash [32]byte

// HashBody returns the tx hash of an encoded body.
func HashBody(body []byte) Hash { return sha256.Sum256(body) }

// Signature is one key's signature over a body.
type Signature struct {
	Key   key.Public
	Bytes []byte
}

// Tx is a decoded transaction whose form is right: canonical, within the bounds
// above, 1 to MaxSignatures well-formed signatures of different keys, a valid
// origin and exactly one action. Nothing about it is checked against the state.
type Tx struct {
	Body       *chanceryv1.TxBody
	Origin     key.Address
	Principal  key.Address // zero when the body names none
	ValidUntil time.Time
	Signatures []Signature
	Hash       Hash
	Size       int

	raw []byte // the body as it was signed
}

// Decode reads an encoded tx. Its errors have code InvalidTx and name the
// field, or Unauthenticated when there is no signature.
func Decode(raw []byte) (*Tx, error) {
	t, err := DecodeUnsigned(raw)
	if err != nil {
		return nil, err
	}
	if len(t.Signatures) == 0 {
		return nil, apperr.New(apperr.Unauthenticated, "the tx has no signature")
	}
	return t, nil
}

// DecodeUnsigned is Decode for a simulation: the signature may be missing.
func DecodeUnsigned(raw []byte) (*Tx, error) {
	if len(raw) == 0 {
		return nil, apperr.Invalid("", "the tx is empty")
	}
	if len(raw) > MaxBytes {
		return nil, apperr.Invalid("", "the tx has %d bytes, more than %d", len(raw), MaxBytes)
	}
	body, sigs, err := splitEnvelope(raw)
	if err != nil {
		return nil, err
	}
	t := &Tx{Body: new(chanceryv1.TxBody), Hash: HashBody(body), Size: len(raw), raw: body}
	if err := checkFields(t.Body.ProtoReflect().Descriptor(), body); err != nil {
		return nil, at("body", err)
	}
	if err := proto.Unmarshal(body, t.Body); err != nil {
		return nil, apperr.Invalid("body", "does not decode as TxBody")
	}
	if hasUnknown(t.Body.ProtoReflect()) {
		// Whoever signs a field that this chain does not know expects something
		// of it that would not happen.
		return nil, apperr.Invalid("body", "has a field that this chain does not know")
	}
	if err := t.checkBody(); err != nil {
		return nil, err
	}
	if err := t.setSignatures(sigs); err != nil {
		return nil, err
	}
	return t, nil
}

// splitEnvelope returns the body's bytes and the signatures. It accepts only the
// one encoding that Encode writes, because a second encoding of the same
// signed body would be the same tx under other bytes.
func splitEnvelope(raw []byte) (body []byte, sigs []*chanceryv1.Signature, err error) {
	env := new(chanceryv1.Tx)
	if err := checkFields(env.ProtoReflect().Descriptor(), raw); err != nil {
		return nil, nil, err
	}
	// Unknown fields are left out, so that encoding again shows them.
	if err := (proto.UnmarshalOptions{DiscardUnknown: true}).Unmarshal(raw, env); err != nil {
		return nil, nil, apperr.Invalid("", "does not decode as Tx")
	}
	if len(env.Signatures) > MaxSignatures {
		return nil, nil, apperr.Invalid("signatures", "more than %d", MaxSignatures)
	}
	again, err := encode(env)
	if err != nil || !bytes.Equal(again, raw) {
		return nil, nil, apperr.Invalid("", "the encoding is not canonical")
	}
	if len(env.Body) == 0 {
		return nil, nil, apperr.Invalid("body", "is empty")
	}
	return env.Body, env.Signatures, nil
}

func encode(env *chanceryv1.Tx) ([]byte, error) {
	return proto.MarshalOptions{Deterministic: true}.Marshal(env)
}

// hasUnknown reports whether a body, or a message within it, has a field that this
// software does not know.
func hasUnknown(m protoreflect.Message) bool {
	if len(m.GetUnknown()) > 0 {
		return true
	}
	found := false
	m.Range(func(f protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		switch {
		case f.Message() == nil:
		case f.IsList():
			for i := 0; i < v.List().Len() && !found; i++ {
				found = hasUnknown(v.List().Get(i).Message())
			}
		default:
			found = hasUnknown(v.Message())
		}
		return !found
	})
	return found
}

func (t *Tx) checkBody() error {
	b := t.Body
	if b.ChainId == "" || len(b.ChainId) > 50 {
		return apperr.Invalid("chain_id", "must have 1 to 50 bytes")
	}
	var err error
	if t.Origin, err = key.ParseAddress(b.Origin); err != nil {
		return apperr.Invalid("origin", "%s", apperr.From(err).Msg)
	}
	if err := t.checkActsFor(); err != nil {
		return err
	}
	if len(b.Salt) > MaxSaltBytes {
		return apperr.Invalid("salt", "has %d bytes, more than %d", len(b.Salt), MaxSaltBytes)
	}
	if b.ValidUntil == nil || !b.ValidUntil.IsValid() {
		return apperr.Invalid("valid_until", "is missing or no valid time")
	}
	t.ValidUntil = b.ValidUntil.AsTime()
	return checkAction(b)
}

// checkActsFor checks the organisation and the principal that a tx acts for. An
// account without an organisation may only execute, and somebody else must pay for
// it.
func (t *Tx) checkActsFor() error {
	b := t.Body
	_, execute := b.Action.(*chanceryv1.TxBody_Execute)
	if b.Org != "" || !execute {
		if err := CheckOrgName(b.Org); err != nil {
			return apperr.Invalid("org", "%s", apperr.From(err).Msg)
		}
	}
	if b.Principal == "" {
		return nil
	}
	var err error
	switch t.Principal, err = key.ParseAddress(b.Principal); {
	case err != nil:
		return apperr.Invalid("principal", "%s", apperr.From(err).Msg)
	case t.Principal == t.Origin:
		return apperr.Invalid("principal", "is the origin itself")
	case !execute:
		return apperr.Invalid("principal", "only an execute can be delegated")
	case b.Org == "":
		return apperr.Invalid("principal", "needs the organisation that it acts for")
	}
	return nil
}

func (t *Tx) setSignatures(sigs []*chanceryv1.Signature) error {
	t.Signatures = make([]Signature, 0, len(sigs))
	for i, s := range sigs {
		k, err := key.ParsePublic(keyType(s.KeyType), s.PublicKey)
		if err != nil {
			e := apperr.From(err)
			return apperr.Invalid(fmt.Sprintf("signatures[%d].%s", i, e.Field), "%s", e.Msg)
		}
		if len(s.Signature) != key.SignatureSize {
			return apperr.Invalid(fmt.Sprintf("signatures[%d].signature", i), "has %d bytes, not %d", len(s.Signature), key.SignatureSize)
		}
		for _, other := range t.Signatures {
			if other.Key.Equal(k) {
				return apperr.Invalid(fmt.Sprintf("signatures[%d].public_key", i), "stands twice")
			}
		}
		t.Signatures = append(t.Signatures, Signature{Key: k, Bytes: s.Signature})
	}
	return nil
}

// VerifySignatures reports whether every signature is right for its key. Whether
// the keys belong to the origin, and whether they suffice, is the account's
// matter.
func (t *Tx) VerifySignatures() bool {
	for _, s := range t.Signatures {
		if !s.Key.Verify(SigningBytes(s.Key.Type, t.raw), s.Bytes) {
			return false
		}
	}
	return len(t.Signatures) > 0
}

// The domains keep a signature for one purpose from serving another.
const (
	signingDomain  = "chancery/tx/v1\x00"
	guardianDomain = "chancery/guardian/v1\x00"
)

// GuardianBytes returns what a key signs to accept an organisation as the guardian
// of the account that is made of it.
func GuardianBytes(t key.Type, chainID, org string) []byte {
	b := append([]byte(guardianDomain), byte(t))
	b = append(append(b, chainID...), 0)
	return append(b, org...)
}

// SigningBytes returns what a key of the type signs for an encoded body.
func SigningBytes(t key.Type, body []byte) []byte {
	b := make([]byte, 0, len(signingDomain)+1+len(body))
	b = append(b, signingDomain...)
	b = append(b, byte(t))
	return append(b, body...)
}

// Sign encodes a body, signs it with every key and returns the encoded tx and its
// hash.
func Sign(body *chanceryv1.TxBody, keys ...*key.Private) (raw []byte, h Hash, err error) {
	raw, err = Unsigned(body)
	if err != nil {
		return nil, Hash{}, err
	}
	for _, k := range keys {
		if raw, err = AddSignature(raw, k); err != nil {
			return nil, Hash{}, err
		}
	}
	env := new(chanceryv1.Tx)
	if err := proto.Unmarshal(raw, env); err != nil {
		return nil, Hash{}, err
	}
	return raw, HashBody(env.Body), nil
}

// AddSignature adds a key's signature to an encoded tx, whose body's bytes stay
// as they are. The error is AlreadyExists when the key has signed it.
func AddSignature(raw []byte, k *key.Private) ([]byte, error) {
	body, sigs, err := splitEnvelope(raw)
	if err != nil {
		return nil, err
	}
	pub := k.Public()
	for _, s := range sigs {
		if keyType(s.KeyType) == pub.Type && bytes.Equal(s.PublicKey, pub.Bytes) {
			return nil, apperr.New(apperr.AlreadyExists, "this %s key has signed the tx already", pub.Type)
		}
	}
	if len(sigs) == MaxSignatures {
		return nil, apperr.Invalid("signatures", "has %d already", MaxSignatures)
	}
	sig, err := k.Sign(SigningBytes(pub.Type, body))
	if err != nil {
		return nil, err
	}
	return encode(&chanceryv1.Tx{Body: body, Signatures: append(sigs, &chanceryv1.Signature{
		KeyType: chanceryv1.KeyType(pub.Type), PublicKey: pub.Bytes, Signature: sig,
	})})
}

// Unsigned encodes a body as a tx without signature, for a simulation.
func Unsigned(body *chanceryv1.TxBody) ([]byte, error) {
	b, err := proto.MarshalOptions{Deterministic: true}.Marshal(body)
	if err != nil {
		return nil, apperr.Invalid("body", "does not encode: %v", err)
	}
	return encode(&chanceryv1.Tx{Body: b})
}
