package app_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/app/apperr"
	"github.com/chancery-chain/chancery/app/apptest"
	"github.com/chancery-chain/chancery/app/key"
	"github.com/chancery-chain/chancery/app/tx"
)

// twoKeys gives an account a second key and lets both be needed.
func twoKeys(t *testing.T, c *apptest.Chain) (second *key.Private) {
	second = apptest.Key("second", key.SM2)
	b := c.Body(recordsDev, "records")
	b.Action = &chanceryv1.TxBody_SetKeys{SetKeys: &chanceryv1.SetKeys{Threshold: 2, Keys: []*chanceryv1.WeightedKey{
		{Key: apptest.APIKey(recordsDev.Public()), Weight: 1}, {Key: apptest.APIKey(second.Public()), Weight: 1},
	}}}
	c.Must(c.Sign(b, recordsDev))
	return second
}

func unguarded(c *apptest.Chain) *chanceryv1.TxBody {
	b := c.Body(recordsDev, "records")
	b.Action = &chanceryv1.TxBody_SetGuardian{SetGuardian: &chanceryv1.SetGuardian{}}
	return b
}

// TestChangedSignaturesLeaveNoTrace: whoever passes a tx on can take signatures
// from it, spoil them and add own ones. Nothing may be remembered under the hash of
// the body, and the tx as it was signed must still be committed.
func TestChangedSignaturesLeaveNoTrace(t *testing.T) {
	c := apptest.New(t, nil)
	second := twoKeys(t, c)
	raw, _, err := tx.Sign(unguarded(c), recordsDev, second)
	require.NoError(t, err)
	change := func(f func(*chanceryv1.Tx)) []byte {
		env := new(chanceryv1.Tx)
		require.NoError(t, proto.Unmarshal(raw, env))
		f(env)
		b, err := proto.MarshalOptions{Deterministic: true}.Marshal(env)
		require.NoError(t, err)
		return b
	}
	added, err := tx.AddSignature(raw, apptest.Key("stranger", key.Ed25519))
	require.NoError(t, err)
	for name, bad := range map[string][]byte{
		"the first taken":  change(func(e *chanceryv1.Tx) { e.Signatures = e.Signatures[1:] }),
		"the second taken": change(func(e *chanceryv1.Tx) { e.Signatures = e.Signatures[:1] }),
		"the first wrong":  change(func(e *chanceryv1.Tx) { e.Signatures[0].Signature[7] ^= 1 }),
		"the second wrong": change(func(e *chanceryv1.Tx) { e.Signatures[1].Signature[7] ^= 1 }),
		"exchanged": change(func(e *chanceryv1.Tx) {
			e.Signatures[0].Signature, e.Signatures[1].Signature = e.Signatures[1].Signature, e.Signatures[0].Signature
		}),
		"a stranger's added": added,
	} {
		require.ErrorIs(t, c.App.CheckTx(bad, false).Err, apperr.Unauthenticated.Err(), name)
		res := c.Block(bad).Results[0]
		require.Equal(t, uint32(apperr.Unauthenticated), res.Code, name)
		require.Empty(t, res.TxHash, name)
		require.Zero(t, res.GasUsed, name)
	}
	other := change(func(e *chanceryv1.Tx) { e.Signatures[0], e.Signatures[1] = e.Signatures[1], e.Signatures[0] })
	c.Must(other) // another order is the same tx
	require.Equal(t, uint32(apperr.Replayed), c.Block(raw).Results[0].Code)
}

// TestSimulationPaysForAllSignatures: the gas of an unsigned simulation, or of one
// that an officer signed first, covers the signatures that are still to come.
func TestSimulationPaysForAllSignatures(t *testing.T) {
	c := apptest.New(t, nil)
	second := twoKeys(t, c)
	body := unguarded(c)
	unsigned, err := tx.Unsigned(body)
	require.NoError(t, err)
	one, _, err := tx.Sign(body, recordsDev)
	require.NoError(t, err)
	both, _, err := tx.Sign(body, recordsDev, second)
	require.NoError(t, err)
	var simulated []uint64
	for _, raw := range [][]byte{unsigned, one, both} {
		res, err := c.App.Query().Simulate(t.Context(), raw)
		require.NoError(t, err)
		require.Zero(t, res.Code, res.Log)
		simulated = append(simulated, res.GasUsed)
	}
	used := c.Must(both).GasUsed
	require.Equal(t, used, simulated[2])
	for _, gas := range simulated[:2] {
		require.GreaterOrEqual(t, gas, used)
		require.Less(t, gas, used+2_000, "the largest signature is counted where none is known")
	}
}

// TestKeysOffTheCurve: such a key signs nothing, and no account takes it in.
func TestKeysOffTheCurve(t *testing.T) {
	c := apptest.New(t, nil)
	off := append([]byte{4}, make([]byte, 64)...)
	raw, _, err := tx.Sign(unguarded(c), recordsDev)
	require.NoError(t, err)
	env := new(chanceryv1.Tx)
	require.NoError(t, proto.Unmarshal(raw, env))
	body := unguarded(c)
	owner := key.Public{Type: key.SM2, Bytes: off}.Address()
	body.Origin = owner.String()
	env.Body, err = proto.Marshal(body)
	require.NoError(t, err)
	env.Signatures[0].KeyType, env.Signatures[0].PublicKey = chanceryv1.KeyType_KEY_TYPE_SM2, off
	raw, err = proto.MarshalOptions{Deterministic: true}.Marshal(env)
	require.NoError(t, err)
	res := c.Block(raw).Results[0]
	require.Equal(t, uint32(apperr.Unauthenticated), res.Code, "not even for the account that is named after it: %s", res.Log)
	require.Empty(t, res.TxHash)

	bad := &chanceryv1.PublicKey{KeyType: chanceryv1.KeyType_KEY_TYPE_SM2, PublicKey: off}
	keys := []*chanceryv1.WeightedKey{{Key: bad, Weight: 1}}
	for _, b := range []*chanceryv1.TxBody{
		{Action: &chanceryv1.TxBody_SetKeys{SetKeys: &chanceryv1.SetKeys{Keys: keys, Threshold: 1}}},
		{Action: &chanceryv1.TxBody_StartRecovery{StartRecovery: &chanceryv1.StartRecovery{Account: recordsDev.Public().Address().String(), Keys: keys, Threshold: 1}}},
		{Action: &chanceryv1.TxBody_SetMember{SetMember: &chanceryv1.SetMember{Key: bad, Member: true}}},
	} {
		full := c.Body(recordsAdmin, "records")
		full.Action = b.Action
		res := c.Block(c.Sign(full, recordsAdmin)).Results[0]
		require.Equal(t, uint32(apperr.InvalidTx), res.Code, res.Log)
		require.Contains(t, res.Log, "not a point of the sm2 curve")
	}
}
