package client

import (
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/wrapperspb"

	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/app/apperr"
	"github.com/chancery-chain/chancery/app/key"
	"github.com/chancery-chain/chancery/app/tx"
)

func seeded(t *testing.T, typ key.Type, n byte) *key.Private {
	k, err := key.FromSeed(typ, append(make([]byte, 31), n))
	require.NoError(t, err)
	return k
}

func note(t *testing.T, text string) *chanceryv1.TxBody {
	payload, err := proto.Marshal(wrapperspb.String(text))
	require.NoError(t, err)
	return &chanceryv1.TxBody{Action: &chanceryv1.TxBody_Execute{Execute: &chanceryv1.Execute{Contract: testContract, Method: "Put", Payload: payload}}}
}

// Two officers sign the same tx one after the other, the second with nothing but
// the first one's file.
func TestCoSign(t *testing.T) {
	n := newFakeNode(t)
	s := n.signer(t)
	second := seeded(t, key.SM2, 9)
	signed, err := s.Sign(t.Context(), note(t, "x"))
	require.NoError(t, err)

	read, sigs, err := ParseTx(signed.Raw)
	require.NoError(t, err)
	require.Len(t, sigs, 1)
	require.True(t, proto.Equal(signed.Body, read.Body))
	both, err := CoSign(read, second)
	require.NoError(t, err)
	require.Equal(t, signed.Hash, both.Hash)
	_, err = CoSign(both, second)
	require.ErrorIs(t, err, apperr.AlreadyExists.Err())

	_, sigs, err = ParseTx(both.Raw)
	require.NoError(t, err)
	require.Len(t, sigs, 2)
	require.True(t, sigs[1].Key.Equal(second.Public()))
	_, err = s.Client().Submit(t.Context(), both)
	require.NoError(t, err)
}

// A signer says which account signs, with which keys and in whose place.
func TestSignerOfAnotherAccount(t *testing.T) {
	n := newFakeNode(t)
	second, principal := seeded(t, key.SM2, 9), seeded(t, key.Ed25519, 8).Public().Address()
	account := seeded(t, key.Ed25519, 7).Public().Address()
	one := n.signer(t)
	s := one.For(account.String()).With(second).InPlaceOf(principal.String())
	require.Equal(t, account.String(), s.Address())
	signed, err := s.Sign(t.Context(), note(t, "x"))
	require.NoError(t, err)
	d, err := tx.Decode(signed.Raw)
	require.NoError(t, err)
	require.Equal(t, account, d.Origin)
	require.Equal(t, principal, d.Principal)
	require.Len(t, d.Signatures, 2)
	require.True(t, d.VerifySignatures())

	// Platform actions cannot be delegated, so the principal stays out of them.
	signed, err = s.Sign(t.Context(), &chanceryv1.TxBody{GasLimit: 1, Action: &chanceryv1.TxBody_SetGuardian{SetGuardian: &chanceryv1.SetGuardian{}}})
	require.NoError(t, err)
	require.Empty(t, signed.Body.Principal)

	// The signer it was made from is as it was.
	signed, err = one.Sign(t.Context(), note(t, "x"))
	require.NoError(t, err)
	_, sigs, err := ParseTx(signed.Raw)
	require.NoError(t, err)
	require.Len(t, sigs, 1)
	require.Empty(t, signed.Body.Principal)
}
