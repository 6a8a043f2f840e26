package permit_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/app/apperr"
	"github.com/chancery-chain/chancery/app/key"
	"github.com/chancery-chain/chancery/app/permit"
	"github.com/chancery-chain/chancery/app/tx"
)

var (
	signer = testKey("records-clerk", key.SM2)
	start  = time.Date(2026, 3, 2, 1, 0, 0, 0, time.UTC)
)

func testKey(name string, typ key.Type) *key.Private {
	seed := sha256.Sum256([]byte(name))
	k, err := key.FromSeed(typ, seed[:])
	if err != nil {
		panic(err)
	}
	return k
}

func body(change ...func(*chanceryv1.PermitBody)) *chanceryv1.PermitBody {
	b := &chanceryv1.PermitBody{
		ChainId: "test-1", Origin: signer.Public().Address().String(), Org: "records",
		Contracts: []string{"hotline/orders", "records/evidence"},
		ValidFrom: timestamppb.New(start), ValidUntil: timestamppb.New(start.Add(permit.MaxValid)), Salt: []byte("salt"),
	}
	for _, f := range change {
		f(b)
	}
	return b
}

func sign(t testing.TB, b *chanceryv1.PermitBody) []byte {
	raw, err := permit.Sign(b, signer)
	require.NoError(t, err)
	return raw
}

func TestRoundTrip(t *testing.T) {
	for _, typ := range []key.Type{key.Ed25519, key.SM2} {
		k := testKey("somebody", typ)
		b := body(func(b *chanceryv1.PermitBody) { b.Origin = k.Public().Address().String() })
		raw, err := permit.Sign(b, k)
		require.NoError(t, err)
		p, err := permit.Decode(raw)
		require.NoError(t, err)
		require.True(t, p.VerifySignatures())
		require.Equal(t, k.Public().Address(), p.Origin)
		require.Equal(t, k.Public(), p.Signatures[0].Key)
		require.Equal(t, b.Contracts, p.Contracts)
		require.Equal(t, start, p.From)
		require.True(t, p.Covers("hotline/orders"))
		require.False(t, p.Covers("hotline/order"))
	}
	names := make([]string, permit.MaxContracts)
	for i := range names {
		names[i] = fmt.Sprintf("%s%02d/%s", strings.Repeat("a", 30), i, strings.Repeat("b", 32))
	}
	keys := make([]*key.Private, tx.MaxSignatures)
	for i := range keys {
		keys[i] = testKey(fmt.Sprint(i), key.SM2)
	}
	largest, err := permit.Sign(body(func(b *chanceryv1.PermitBody) {
		b.ChainId, b.Org, b.Contracts, b.Salt = strings.Repeat("c", 50), strings.Repeat("o", 32), names, make([]byte, tx.MaxSaltBytes)
	}), keys...)
	require.NoError(t, err)
	p, err := permit.Decode(largest)
	require.NoError(t, err)
	require.True(t, p.VerifySignatures())
	p.Signatures[9].Bytes[3] ^= 1
	require.False(t, p.VerifySignatures(), "each counts")
	require.Less(t, len(largest), permit.MaxBytes)
}

func TestDecodeRefuses(t *testing.T) {
	change := func(f func(*chanceryv1.PermitBody)) []byte { return sign(t, body(f)) }
	envelope := func(f func(*chanceryv1.Permit)) []byte {
		m := new(chanceryv1.Permit)
		require.NoError(t, proto.Unmarshal(sign(t, body()), m))
		f(m)
		raw, err := proto.Marshal(m)
		require.NoError(t, err)
		return raw
	}
	unknown := protowire.AppendVarint(protowire.AppendTag(nil, 99, protowire.VarintType), 1)
	rows := []struct {
		name  string
		raw   []byte
		want  apperr.Code
		field string
	}{
		{"empty", nil, apperr.InvalidTx, "permit"},
		{"no protobuf", []byte("hello"), apperr.InvalidTx, "permit"},
		{"too large", make([]byte, permit.MaxBytes+1), apperr.InvalidTx, "permit"},
		{"unknown field of the envelope", append(sign(t, body()), unknown...), apperr.InvalidTx, "permit"},
		{"unknown field of the body", envelope(func(m *chanceryv1.Permit) { m.Body = append(m.Body, unknown...) }), apperr.InvalidTx, "permit.body"},
		{"body is no protobuf", envelope(func(m *chanceryv1.Permit) { m.Body = []byte("x") }), apperr.InvalidTx, "permit.body"},
		{"no signature", envelope(func(m *chanceryv1.Permit) { m.Signatures = nil }), apperr.Unauthenticated, ""},
		{"a key twice", envelope(func(m *chanceryv1.Permit) { m.Signatures = append(m.Signatures, m.Signatures[0]) }), apperr.InvalidTx, "permit.signatures[1].public_key"},
		{"many signatures", envelope(func(m *chanceryv1.Permit) {
			m.Signatures = nil
			for range tx.MaxSignatures + 1 {
				m.Signatures = append(m.Signatures, &chanceryv1.Signature{})
			}
		}), apperr.InvalidTx, "permit.signatures"},
		{"short signature", envelope(func(m *chanceryv1.Permit) { m.Signatures[0].Signature = []byte{1} }), apperr.InvalidTx, "permit.signatures[0].signature"},
		{"key type of another chain", envelope(func(m *chanceryv1.Permit) { m.Signatures[0].KeyType = 77 }), apperr.InvalidTx, "permit.signatures[0].key_type"},
		{"no address", change(func(b *chanceryv1.PermitBody) { b.Origin = "cy1" }), apperr.InvalidTx, "permit.origin"},
		{"no organisation's name", change(func(b *chanceryv1.PermitBody) { b.Org = "R" }), apperr.InvalidTx, "permit.org"},
		{"no contract", change(func(b *chanceryv1.PermitBody) { b.Contracts = nil }), apperr.InvalidTx, "permit.contracts"},
		{"no contract's name", change(func(b *chanceryv1.PermitBody) { b.Contracts = []string{"*"} }), apperr.InvalidTx, "permit.contracts"},
		{"a contract twice", change(func(b *chanceryv1.PermitBody) { b.Contracts = []string{"a1/a1", "a1/a1"} }), apperr.InvalidTx, "permit.contracts"},
		{"contracts out of order", change(func(b *chanceryv1.PermitBody) { b.Contracts = []string{"b1/b1", "a1/a1"} }), apperr.InvalidTx, "permit.contracts"},
		{"too many contracts", change(func(b *chanceryv1.PermitBody) {
			b.Contracts = nil
			for i := range permit.MaxContracts + 1 {
				b.Contracts = append(b.Contracts, fmt.Sprintf("a1/a%02d", i))
			}
		}), apperr.InvalidTx, "permit.contracts"},
		{"long salt", change(func(b *chanceryv1.PermitBody) { b.Salt = make([]byte, 33) }), apperr.InvalidTx, "permit.salt"},
		{"no beginning", change(func(b *chanceryv1.PermitBody) { b.ValidFrom = nil }), apperr.InvalidTx, "permit.valid_from"},
		{"no end", change(func(b *chanceryv1.PermitBody) { b.ValidUntil = nil }), apperr.InvalidTx, "permit.valid_until"},
		{"impossible end", change(func(b *chanceryv1.PermitBody) { b.ValidUntil.Nanos = -1 }), apperr.InvalidTx, "permit.valid_until"},
		{"ends before it begins", change(func(b *chanceryv1.PermitBody) { b.ValidUntil = timestamppb.New(start.Add(-1)) }), apperr.InvalidTx, "permit.valid_until"},
		{"too long", change(func(b *chanceryv1.PermitBody) { b.ValidUntil.Nanos++ }), apperr.Expired, ""},
		{"for ages", change(func(b *chanceryv1.PermitBody) {
			b.ValidFrom, b.ValidUntil = &timestamppb.Timestamp{Seconds: -62135596800}, &timestamppb.Timestamp{Seconds: 253402300799}
		}), apperr.Expired, ""},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			_, err := permit.Decode(row.raw)
			require.Equal(t, row.want, apperr.CodeOf(err), "%v", err)
			require.Equal(t, row.field, apperr.From(err).Field)
		})
	}
}

func TestCheckTime(t *testing.T) {
	p, err := permit.Decode(sign(t, body()))
	require.NoError(t, err)
	for at, want := range map[time.Duration]apperr.Code{
		-time.Nanosecond: apperr.Expired, 0: apperr.OK, permit.MaxValid: apperr.OK, permit.MaxValid + 1: apperr.Expired,
	} {
		require.Equal(t, want, apperr.CodeOf(p.CheckTime(start.Add(at))), "%s", at)
	}
}

// TestDomains: a signature made for a permit is none for a tx, and the other way
// round, even over the same bytes.
func TestDomains(t *testing.T) {
	for _, typ := range []key.Type{key.Ed25519, key.SM2} {
		t.Run(typ.String(), func(t *testing.T) {
			k := testKey("somebody", typ)
			origin := k.Public().Address().String()
			txBody := &chanceryv1.TxBody{
				ChainId: "test-1", Origin: origin, Org: "records", GasLimit: 1, ValidUntil: timestamppb.New(start),
				Action: &chanceryv1.TxBody_Execute{Execute: &chanceryv1.Execute{Contract: "records/evidence", Method: "Anchor"}},
			}
			raw, _, err := tx.Sign(txBody, k)
			require.NoError(t, err)
			signed := new(chanceryv1.Tx)
			require.NoError(t, proto.Unmarshal(raw, signed))

			// The tx's signature and body as a permit.
			asPermit, err := proto.Marshal(&chanceryv1.Permit{Body: signed.Body, Signatures: signed.Signatures})
			require.NoError(t, err)
			_, err = permit.Decode(asPermit)
			require.ErrorIs(t, err, apperr.InvalidTx.Err())

			// The permit's signature and body as a tx.
			granted, err := permit.Sign(body(func(b *chanceryv1.PermitBody) { b.Origin = origin }), k)
			require.NoError(t, err)
			p := new(chanceryv1.Permit)
			require.NoError(t, proto.Unmarshal(granted, p))
			asTx, err := proto.MarshalOptions{Deterministic: true}.Marshal(&chanceryv1.Tx{Body: p.Body, Signatures: p.Signatures})
			require.NoError(t, err)
			_, err = tx.Decode(asTx)
			require.ErrorIs(t, err, apperr.InvalidTx.Err())

			// Equal bytes, were there a body that is both.
			same := p.Body
			for _, row := range []struct {
				name string
				over []byte
				want bool // of the permit, whose opposite is the tx's
			}{
				{"signed as a permit", permit.SigningBytes(typ, same), true},
				{"signed as a tx", tx.SigningBytes(typ, same), false},
			} {
				sig, err := k.Sign(row.over)
				require.NoError(t, err)
				both, err := proto.Marshal(&chanceryv1.Permit{Body: same, Signatures: []*chanceryv1.Signature{{
					KeyType: chanceryv1.KeyType(typ), PublicKey: k.Public().Bytes, Signature: sig,
				}}})
				require.NoError(t, err)
				got, err := permit.Decode(both)
				require.NoError(t, err)
				require.Equal(t, row.want, got.VerifySignatures(), row.name)
				require.Equal(t, !row.want, k.Public().Verify(tx.SigningBytes(typ, same), sig), row.name)
			}
			// The key type is signed too.
			require.NotEqual(t, permit.SigningBytes(key.Ed25519, same), permit.SigningBytes(key.SM2, same))
		})
	}
}

func TestHeader(t *testing.T) {
	raw := sign(t, body())
	value := permit.Header(raw)
	padded := permit.Scheme + " " + base64.URLEncoding.EncodeToString(raw)
	rows := []struct {
		name   string
		values []string
		found  bool
		bad    bool
	}{
		{"none", nil, false, false},
		{"as we write it", []string{value}, true, false},
		{"padded", []string{padded}, true, false},
		{"lower case", []string{strings.Replace(value, permit.Scheme, "chancery-permit", 1)}, true, false},
		{"another scheme", []string{"Bearer abc"}, false, false},
		{"beside another scheme", []string{"Bearer abc", value}, true, false},
		{"two", []string{value, value}, false, true},
		{"no value", []string{permit.Scheme}, false, true},
		{"empty value", []string{permit.Scheme + " "}, false, true},
		{"standard base64", []string{permit.Scheme + " +/+/"}, false, true},
		{"garbage", []string{permit.Scheme + " %%%"}, false, true},
		{"too long", []string{permit.Scheme + " " + strings.Repeat("A", 6000)}, false, true},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			got, err := permit.FromHeader(row.values)
			if row.bad {
				require.ErrorIs(t, err, &apperr.Error{Code: apperr.InvalidTx})
				require.Nil(t, got)
				return
			}
			require.NoError(t, err)
			require.Equal(t, row.found, bytes.Equal(raw, got))
			require.Equal(t, row.found, got != nil)
		})
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(sign(f, body()))
	f.Add(sign(f, body(func(b *chanceryv1.PermitBody) { b.Contracts = nil })))
	f.Fuzz(func(t *testing.T, raw []byte) {
		p, err := permit.Decode(raw)
		if err != nil {
			e := apperr.From(err)
			require.Contains(t, []apperr.Code{apperr.InvalidTx, apperr.Expired, apperr.Unauthenticated}, e.Code)
			return
		}
		require.LessOrEqual(t, p.Until.Sub(p.From), permit.MaxValid)
		require.NotEmpty(t, p.Contracts)
		_ = p.VerifySignatures()
	})
}
