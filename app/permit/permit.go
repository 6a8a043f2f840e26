// Package permit has the permit that shows a node who asks a query: its encoding,
// the bytes that are signed, and its form in a request's header. It knows no state
// and no clock; package query checks a permit against both.
package permit

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"time"

	"google.golang.org/protobuf/proto"

	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/app/apperr"
	"github.com/chancery-chain/chancery/app/key"
	"github.com/chancery-chain/chancery/app/tx"
)

// Bounds of a permit.
const (
	// MaxBytes is the largest encoded permit that is looked at: 16 names of the
	// longest kind and 16 SM2 signatures take 3.4 KiB.
	MaxBytes = 4 << 10
	// MaxContracts is the most contracts of one permit: a person's application
	// shows a handful, and each is an office that learns who asks.
	MaxContracts = 16
	// MaxValid is the longest that a permit is good for: as long as a tx may wait,
	// for the same reason. Clocks disagree by minutes, and a stolen copy should
	// soon be worth nothing.
	MaxValid = 10 * time.Minute
)

// Scheme names permits in the Authorization header.
const Scheme = "Chancery-Permit"

// Permit is a decoded permit whose form is right: well-formed signatures of
// different keys, a valid origin, contracts within bounds, and a validity that is
// not too long. Nothing about it is checked against a state or a clock, nor are its
// signatures. It must not be changed.
type Permit struct {
	ChainID    string
	Origin     key.Address
	Org        string   // empty for an account that asks for itself
	Contracts  []string // sorted
	From       time.Time
	Until      time.Time
	Signatures []tx.Signature

	raw []byte // the body as it was signed
}

// Decode reads an encoded permit. Its errors have code InvalidTx and name the
// field, or Expired for a validity that is too long.
func Decode(raw []byte) (*Permit, error) {
	if len(raw) == 0 || len(raw) > MaxBytes {
		return nil, apperr.Invalid("permit", "has %d bytes, not 1 to %d", len(raw), MaxBytes)
	}
	env, b := new(chanceryv1.Permit), new(chanceryv1.PermitBody)
	if err := proto.Unmarshal(raw, env); err != nil || len(env.ProtoReflect().GetUnknown()) > 0 {
		return nil, apperr.Invalid("permit", "does not decode as Permit")
	}
	if err := proto.Unmarshal(env.Body, b); err != nil {
		return nil, apperr.Invalid("permit.body", "does not decode as PermitBody")
	}
	if len(b.ProtoReflect().GetUnknown()) > 0 {
		// Whoever signs a field that this node does not know, as a narrower scope,
		// expects something of it that would not happen.
		return nil, apperr.Invalid("permit.body", "has a field that this node does not know")
	}
	p := &Permit{ChainID: b.ChainId, Org: b.Org, Contracts: b.Contracts, raw: env.Body}
	if err := p.read(b); err != nil {
		return nil, err
	}
	if err := p.readSignatures(env.Signatures); err != nil {
		return nil, err
	}
	return p, nil
}

func (p *Permit) readSignatures(sigs []*chanceryv1.Signature) error {
	if len(sigs) == 0 {
		return apperr.New(apperr.Unauthenticated, "the permit has no signature")
	}
	if len(sigs) > tx.MaxSignatures {
		return apperr.Invalid("permit.signatures", "more than %d", tx.MaxSignatures)
	}
	for i, s := range sigs {
		field := fmt.Sprintf("permit.signatures[%d].", i)
		k, err := key.ParsePublic(key.Type(min(uint32(s.KeyType), 255)), s.PublicKey)
		if err != nil {
			e := apperr.From(err)
			return apperr.Invalid(field+e.Field, "%s", e.Msg)
		}
		if len(s.Signature) != key.SignatureSize {
			return apperr.Invalid(field+"signature", "has %d bytes, not %d", len(s.Signature), key.SignatureSize)
		}
		for _, other := range p.Signatures {
			if other.Key.Equal(k) {
				return apperr.Invalid(field+"public_key", "stands twice")
			}
		}
		p.Signatures = append(p.Signatures, tx.Signature{Key: k, Bytes: s.Signature})
	}
	return nil
}

// read takes over and checks a body's fields.
func (p *Permit) read(b *chanceryv1.PermitBody) (err error) {
	if p.Origin, err = key.ParseAddress(b.Origin); err != nil {
		return apperr.Invalid("permit.origin", "%s", apperr.From(err).Msg)
	}
	if b.Org != "" {
		if err := tx.CheckOrgName(b.Org); err != nil {
			return apperr.Invalid("permit.org", "%s", apperr.From(err).Msg)
		}
	}
	if n := len(b.Contracts); n == 0 || n > MaxContracts {
		return apperr.Invalid("permit.contracts", "has %d names, not 1 to %d", n, MaxContracts)
	}
	for i, name := range b.Contracts {
		if _, _, err := tx.SplitContractName(name); err != nil {
			return apperr.Invalid("permit.contracts", "%s", apperr.From(err).Msg)
		}
		if i > 0 && b.Contracts[i-1] >= name {
			return apperr.Invalid("permit.contracts", "must be sorted without repeats")
		}
	}
	if len(b.Salt) > tx.MaxSaltBytes {
		return apperr.Invalid("permit.salt", "has %d bytes, more than %d", len(b.Salt), tx.MaxSaltBytes)
	}
	if b.ValidFrom == nil || !b.ValidFrom.IsValid() {
		return apperr.Invalid("permit.valid_from", "is missing or no valid time")
	}
	if b.ValidUntil == nil || !b.ValidUntil.IsValid() {
		return apperr.Invalid("permit.valid_until", "is missing or no valid time")
	}
	p.From, p.Until = b.ValidFrom.AsTime(), b.ValidUntil.AsTime()
	switch d := p.Until.Sub(p.From); {
	case d < 0:
		return apperr.Invalid("permit.valid_until", "lies before valid_from")
	case d > MaxValid:
		return apperr.New(apperr.Expired, "the permit is for %s, longer than %s", d, MaxValid)
	}
	return nil
}

// CheckTime returns Expired when the permit is not good at a time.
func (p *Permit) CheckTime(now time.Time) error {
	switch {
	case now.After(p.Until):
		return apperr.New(apperr.Expired, "the permit was good until %s, this node's time is %s", stamp(p.Until), stamp(now))
	case now.Before(p.From):
		return apperr.New(apperr.Expired, "the permit is good from %s, this node's time is %s", stamp(p.From), stamp(now))
	}
	return nil
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// Covers reports whether the permit names a contract.
func (p *Permit) Covers(contract string) bool {
	_, ok := slices.BinarySearch(p.Contracts, contract)
	return ok
}

// VerifySignatures reports whether every signature is right for its key. Whether
// the keys belong to the origin, and whether they suffice, is the account's matter.
func (p *Permit) VerifySignatures() bool {
	for _, s := range p.Signatures {
		if !s.Key.Verify(SigningBytes(s.Key.Type, p.raw), s.Bytes) {
			return false
		}
	}
	return len(p.Signatures) > 0
}

// No domain of ours begins with another and its zero byte, so that a signature of
// one never is one of another.
const signingDomain = "chancery/permit/v1\x00"

// SigningBytes returns what a key of the type signs for an encoded body.
func SigningBytes(t key.Type, body []byte) []byte {
	b := make([]byte, 0, len(signingDomain)+1+len(body))
	b = append(b, signingDomain...)
	b = append(b, byte(t))
	return append(b, body...)
}

// Sign encodes a body, signs it with every key and returns the encoded permit.
func Sign(body *chanceryv1.PermitBody, keys ...*key.Private) ([]byte, error) {
	encode := proto.MarshalOptions{Deterministic: true}.Marshal
	b, err := encode(body)
	if err != nil {
		return nil, apperr.Invalid("permit.body", "does not encode: %v", err)
	}
	env := &chanceryv1.Permit{Body: b}
	for _, k := range keys {
		pub := k.Public()
		sig, err := k.Sign(SigningBytes(pub.Type, b))
		if err != nil {
			return nil, err
		}
		env.Signatures = append(env.Signatures, &chanceryv1.Signature{
			KeyType: chanceryv1.KeyType(pub.Type), PublicKey: pub.Bytes, Signature: sig,
		})
	}
	return encode(env)
}

// Header returns the value of the Authorization header for an encoded permit.
func Header(raw []byte) string { return Scheme + " " + base64.RawURLEncoding.EncodeToString(raw) }

// FromHeader returns the encoded permit in the values of the Authorization header,
// or nil when there is none. Other schemes are not ours to judge: a proxy of the
// department's may have them. Its errors have code InvalidTx.
func FromHeader(values []string) ([]byte, error) {
	var found []byte
	for _, v := range values {
		scheme, rest, _ := strings.Cut(strings.TrimSpace(v), " ")
		if !strings.EqualFold(scheme, Scheme) {
			continue
		}
		if found != nil {
			return nil, apperr.Invalid("authorization", "has two permits")
		}
		if len(rest) > base64.URLEncoding.EncodedLen(MaxBytes) {
			return nil, apperr.Invalid("authorization", "has a permit of %d characters, too many", len(rest))
		}
		b, err := base64.RawURLEncoding.Strict().DecodeString(strings.TrimRight(strings.TrimSpace(rest), "="))
		if err != nil || len(b) == 0 {
			return nil, apperr.Invalid("authorization", "has a permit that is no base64url")
		}
		found = b
	}
	return found, nil
}
