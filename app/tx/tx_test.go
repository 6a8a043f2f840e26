package tx_test

import (
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
	"github.com/chancery-chain/chancery/app/tx"
)

func body(k *key.Private) *chanceryv1.TxBody {
	return &chanceryv1.TxBody{
		ChainId: "c-1", Origin: k.Public().Address().String(), Org: "records", GasLimit: 1,
		ValidUntil: timestamppb.New(time.Unix(1_800_000_000, 0)),
		Action: &chanceryv1.TxBody_Execute{Execute: &chanceryv1.Execute{
			Contract: "records/evidence", Method: "Anchor", Payload: []byte{1, 2},
		}},
	}
}

func newKey(t testing.TB, typ key.Type) *key.Private {
	k, err := key.FromSeed(typ, []byte(strings.Repeat("7", 32)))
	require.NoError(t, err)
	return k
}

func TestSignAndDecode(t *testing.T) {
	for _, typ := range []key.Type{key.Ed25519, key.SM2} {
		k := newKey(t, typ)
		raw, hash, err := tx.Sign(body(k), k)
		require.NoError(t, err)
		d, err := tx.Decode(raw)
		require.NoError(t, err)
		require.True(t, d.VerifySignatures())
		require.Equal(t, hash, d.Hash)
		require.Len(t, d.Signatures, 1)
		require.Equal(t, k.Public(), d.Signatures[0].Key)
		require.True(t, proto.Equal(body(k), d.Body))
		d.Signatures[0].Key.Type = 3 - typ
		require.False(t, d.VerifySignatures(), "the key type is part of what is signed")
	}
}

// TestSeveralSignatures: keys of both types over one body, added one after the
// other, and what no correct client sends.
func TestSeveralSignatures(t *testing.T) {
	ed, sm := newKey(t, key.Ed25519), newKey(t, key.SM2)
	raw, hash, err := tx.Sign(body(ed), ed, sm)
	require.NoError(t, err)
	d, err := tx.Decode(raw)
	require.NoError(t, err)
	require.Len(t, d.Signatures, 2)
	require.True(t, d.VerifySignatures())
	one, sameHash, err := tx.Sign(body(ed), ed)
	require.NoError(t, err)
	require.Equal(t, hash, sameHash, "signatures are no part of the hash")
	_, err = tx.AddSignature(raw, sm)
	require.ErrorIs(t, err, apperr.AlreadyExists.Err())

	d.Signatures[1].Bytes[5] ^= 1
	require.False(t, d.VerifySignatures(), "one wrong among right ones")

	env := new(chanceryv1.Tx)
	require.NoError(t, proto.Unmarshal(one, env))
	encode := func(n int) []byte {
		several := &chanceryv1.Tx{Body: env.Body}
		for range n {
			several.Signatures = append(several.Signatures, env.Signatures[0])
		}
		b, err := proto.MarshalOptions{Deterministic: true}.Marshal(several)
		require.NoError(t, err)
		return b
	}
	_, err = tx.Decode(encode(2))
	require.ErrorContains(t, err, "signatures[1].public_key: stands twice")
	_, err = tx.Decode(encode(tx.MaxSignatures + 1))
	require.ErrorContains(t, err, "more than 16")
	_, err = tx.Decode(encode(0))
	require.ErrorIs(t, err, apperr.Unauthenticated.Err())
}

// TestEmptyOrg: only an execute may act for no organisation, and not in somebody's
// place.
func TestEmptyOrg(t *testing.T) {
	k := newKey(t, key.Ed25519)
	other, err := key.FromSeed(key.Ed25519, []byte(strings.Repeat("8", 32)))
	require.NoError(t, err)
	decode := func(edit func(*chanceryv1.TxBody)) error {
		b := body(k)
		edit(b)
		raw, _, err := tx.Sign(b, k)
		require.NoError(t, err)
		_, err = tx.Decode(raw)
		return err
	}
	require.NoError(t, decode(func(b *chanceryv1.TxBody) { b.Org = "" }))
	require.ErrorContains(t, decode(func(b *chanceryv1.TxBody) {
		b.Org, b.Action = "", &chanceryv1.TxBody_CancelRecovery{CancelRecovery: &chanceryv1.CancelRecovery{}}
	}), "org")
	require.NoError(t, decode(func(b *chanceryv1.TxBody) { b.Principal = other.Public().Address().String() }))
	require.ErrorContains(t, decode(func(b *chanceryv1.TxBody) {
		b.Org, b.Principal = "", other.Public().Address().String()
	}), "principal")
	require.ErrorContains(t, decode(func(b *chanceryv1.TxBody) { b.Principal = b.Origin }), "principal")
	require.ErrorContains(t, decode(func(b *chanceryv1.TxBody) { b.Principal = "cy1" }), "principal")
}

func TestUnknownFieldsAreRefused(t *testing.T) {
	k := newKey(t, key.Ed25519)
	unknown := protowire.AppendVarint(protowire.AppendTag(nil, 99, protowire.VarintType), 1)
	outer, inner := body(k), body(k)
	outer.ProtoReflect().SetUnknown(unknown)
	inner.GetExecute().ProtoReflect().SetUnknown(unknown)
	inList := body(k)
	grant := &chanceryv1.Grant{Contract: "records/evidence", Methods: []string{"Anchor"}}
	grant.ProtoReflect().SetUnknown(unknown)
	inList.Action = &chanceryv1.TxBody_Delegate{Delegate: &chanceryv1.Delegate{
		Delegate: inList.Origin, Grants: []*chanceryv1.Grant{grant}, Until: inList.ValidUntil,
	}}
	for _, b := range []*chanceryv1.TxBody{outer, inner, inList} {
		raw, _, err := tx.Sign(b, k)
		require.NoError(t, err)
		_, err = tx.Decode(raw)
		require.ErrorContains(t, err, "a field that this chain does not know")
	}
}

func TestNames(t *testing.T) {
	for _, ok := range []string{"records/evidence", "ab/cd", "a1-b/x-9"} {
		_, _, err := tx.SplitContractName(ok)
		require.NoError(t, err, ok)
	}
	for _, bad := range []string{"", "records", "records/", "/evidence", "Records/evidence", "records/e vidence",
		"records/evidence/x", "1records/evidence", "records-/evidence", "a/bb", "records/" + strings.Repeat("a", 33), "re\x00cords/ab"} {
		_, _, err := tx.SplitContractName(bad)
		require.ErrorIs(t, err, apperr.InvalidTx.Err(), bad)
	}
}

// FuzzDecodeTx: no bytes make Decode panic, and what it accepts has one
// encoding.
func FuzzDecodeTx(f *testing.F) {
	k := newKey(f, key.Ed25519)
	raw, _, err := tx.Sign(body(k), k)
	require.NoError(f, err)
	f.Add(raw)
	f.Add(raw[:len(raw)/2])
	pub := k.Public()
	weighted := []*chanceryv1.WeightedKey{{Key: &chanceryv1.PublicKey{KeyType: chanceryv1.KeyType(pub.Type), PublicKey: pub.Bytes}, Weight: 1}}
	for _, b := range []*chanceryv1.TxBody{
		{Action: &chanceryv1.TxBody_SetKeys{SetKeys: &chanceryv1.SetKeys{Keys: weighted, Threshold: 1}}},
		{Action: &chanceryv1.TxBody_StartRecovery{StartRecovery: &chanceryv1.StartRecovery{Account: body(k).Origin, Keys: weighted, Threshold: 1}}},
		{Action: &chanceryv1.TxBody_Delegate{Delegate: &chanceryv1.Delegate{
			Delegate: "cy1", Grants: []*chanceryv1.Grant{{Contract: "a1/b1", Methods: []string{"M"}}}, Until: body(k).ValidUntil,
		}}},
		{Action: &chanceryv1.TxBody_SetMember{SetMember: &chanceryv1.SetMember{Key: weighted[0].Key, Member: true, From: body(k).ValidUntil, Consent: make([]byte, 64)}}},
		{Action: &chanceryv1.TxBody_UpdateOrg{UpdateOrg: &chanceryv1.UpdateOrg{Org: "records", Uscc: proto.String("11440700MB2T00027P")}}},
	} {
		full := body(k)
		full.Action = b.Action
		raw, _, err := tx.Sign(full, k)
		require.NoError(f, err)
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		d, err := tx.Decode(b)
		if err != nil {
			require.NotEqual(t, apperr.Internal, apperr.CodeOf(err))
			return
		}
		d.VerifySignatures()
		env := new(chanceryv1.Tx)
		require.NoError(t, proto.Unmarshal(b, env))
		again, err := proto.MarshalOptions{Deterministic: true}.Marshal(env)
		require.NoError(t, err)
		require.Equal(t, b, again)
		require.Equal(t, tx.HashBody(env.Body), d.Hash)
	})
}
