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

func TestUnknownFieldsAreRefused(t *testing.T) {
	k := newKey(t, key.Ed25519)
	unknown := protowire.AppendVarint(protowire.AppendTag(nil, 99, protowire.VarintType), 1)
	outer, inner := body(k), body(k)
	outer.ProtoReflect().SetUnknown(unknown)
	inner.GetExecute().ProtoReflect().SetUnknown(unknown)
	for _, b := range []*chanceryv1.TxBody{outer, inner} {
		raw, _, err := tx.Sign(b, k)
		require.NoError(t, err)
		_, err = tx.Decode(raw)
		require.ErrorIs(t, err, apperr.InvalidTx.Err())
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
