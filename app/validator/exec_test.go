package validator_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/app/apperr"
	"github.com/chancery-chain/chancery/app/state"
	"github.com/chancery-chain/chancery/app/validator"
)

func genesis(t *testing.T, s validator.Set) *state.Overlay {
	t.Helper()
	w := state.NewOverlay(nil)
	require.NoError(t, validator.Genesis(w, s, []validator.KeyType{validator.Ed25519}))
	return w
}

func load(t *testing.T, w *state.Overlay) validator.Set {
	t.Helper()
	s, err := validator.Load(w)
	require.NoError(t, err)
	return s
}

var vote = validator.Vote{Proposal: 7, Height: 20}

func TestAddRemoveRotate(t *testing.T) {
	w := genesis(t, set("a@w=10", "b@x=10"))
	e, err := validator.Add(w, vote, &chanceryv1.AddValidator{Name: "c", Org: "y", Key: testKey("c").API(), Power: 5})
	require.NoError(t, err)
	require.True(t, proto.Equal(&chanceryv1.ValidatorChanged{
		Name: "c", Org: "y", Address: testKey("c").Address().String(), Power: 5,
		Reason: chanceryv1.ValidatorReason_VALIDATOR_REASON_VOTE, Proposal: 7,
	}, e), "%v", e)
	e, err = validator.SetPower(w, vote, &chanceryv1.SetPower{Name: "c", Power: 9})
	require.NoError(t, err)
	require.Equal(t, []uint64{9, 5}, []uint64{e.Power, e.PowerBefore})
	e, err = validator.RotateKey(w, vote, &chanceryv1.RotateKey{Name: "c", Key: testKey("c2").API()})
	require.NoError(t, err)
	require.Equal(t, testKey("c").Address().String(), e.AddressBefore)
	require.Equal(t, testKey("c2"), load(t, w)[2].Key)
	e, err = validator.Remove(w, vote, &chanceryv1.RemoveValidator{Name: "a"})
	require.NoError(t, err)
	require.Equal(t, []uint64{0, 10}, []uint64{e.Power, e.PowerBefore})
	require.Len(t, load(t, w), 2)

	// A key that left in peace may come back, under any name.
	_, err = validator.Add(w, vote, &chanceryv1.AddValidator{Name: "again", Org: "w", Key: testKey("a").API(), Power: 1})
	require.NoError(t, err)
}

func TestAddRefuses(t *testing.T) {
	w := genesis(t, set("a@w=10", "b@x=10"))
	mldsa := &chanceryv1.ValidatorKey{KeyType: chanceryv1.ValidatorKeyType_VALIDATOR_KEY_TYPE_ML_DSA_65, PublicKey: make([]byte, 1952)}
	for _, row := range []struct {
		name string
		m    *chanceryv1.AddValidator
		want apperr.Code
	}{
		{"a name that is taken", &chanceryv1.AddValidator{Name: "a", Key: testKey("c").API(), Power: 1}, apperr.AlreadyExists},
		{"a key that is taken", &chanceryv1.AddValidator{Name: "c", Key: testKey("a").API(), Power: 1}, apperr.AlreadyExists},
		{"a key type that the genesis does not allow", &chanceryv1.AddValidator{Name: "c", Key: mldsa, Power: 1}, apperr.NotActive},
		{"a key of a wrong size", &chanceryv1.AddValidator{Name: "c", Key: &chanceryv1.ValidatorKey{KeyType: 1, PublicKey: []byte{1}}, Power: 1}, apperr.InvalidTx},
	} {
		before := w.Len()
		_, err := validator.Add(w, vote, row.m)
		require.ErrorIs(t, err, row.want.Err(), row.name)
		require.Equal(t, before, w.Len(), row.name)
	}
	_, err := validator.RotateKey(w, vote, &chanceryv1.RotateKey{Name: "a", Key: testKey("b").API()})
	require.ErrorIs(t, err, apperr.AlreadyExists.Err())
	_, err = validator.RotateKey(w, vote, &chanceryv1.RotateKey{Name: "none", Key: testKey("c").API()})
	require.ErrorIs(t, err, apperr.NotFound.Err())
	_, err = validator.Remove(w, vote, &chanceryv1.RemoveValidator{Name: "none"})
	require.ErrorIs(t, err, apperr.NotFound.Err())
	_, err = validator.SetPower(w, vote, &chanceryv1.SetPower{Name: "none", Power: 1})
	require.ErrorIs(t, err, apperr.NotFound.Err())
}

func deed(k validator.Key, height int64) validator.Misbehaviour {
	return validator.Misbehaviour{
		Kind: chanceryv1.MisbehaviourKind_MISBEHAVIOUR_KIND_DUPLICATE_VOTE, Address: k.Address(), Height: height, Time: time.Unix(5, 0), Power: 10,
	}
}

func TestPunish(t *testing.T) {
	w := genesis(t, set("a@w=10", "b@x=10", "c@y=10"))
	_, err := validator.RotateKey(w, vote, &chanceryv1.RotateKey{Name: "a", Key: testKey("a2").API()})
	require.NoError(t, err)

	// A new key does not shake off what the old one did, and none of them comes back.
	events, err := validator.Punish(w, []validator.Misbehaviour{deed(testKey("a"), 18), deed(testKey("a"), 18)}, 21)
	require.NoError(t, err)
	require.Len(t, events, 2, "the same deed counts once")
	require.True(t, events[0].(*chanceryv1.MisbehaviourRecorded).Removed)
	require.Equal(t, "a", events[1].(*chanceryv1.ValidatorChanged).Name)
	require.Len(t, load(t, w), 2)
	for _, name := range []string{"a", "a2"} {
		_, err := validator.Add(w, vote, &chanceryv1.AddValidator{Name: "again", Org: "w", Key: testKey(name).API(), Power: 1})
		require.ErrorIs(t, err, apperr.PermissionDenied.Err(), name)
		_, err = validator.RotateKey(w, vote, &chanceryv1.RotateKey{Name: "b", Key: testKey(name).API()})
		require.ErrorIs(t, err, apperr.PermissionDenied.Err(), name)
	}

	// One that left before has nothing to lose but the way back.
	_, err = validator.Remove(w, vote, &chanceryv1.RemoveValidator{Name: "b"})
	require.NoError(t, err)
	events, err = validator.Punish(w, []validator.Misbehaviour{deed(testKey("b"), 19)}, 22)
	require.NoError(t, err)
	require.Len(t, events, 1)
	require.Equal(t, "b", events[0].(*chanceryv1.MisbehaviourRecorded).Name)
	require.False(t, events[0].(*chanceryv1.MisbehaviourRecorded).Removed)
	_, err = validator.Add(w, vote, &chanceryv1.AddValidator{Name: "b", Org: "x", Key: testKey("b").API(), Power: 1})
	require.ErrorIs(t, err, apperr.PermissionDenied.Err())

	// The last one stays; a stranger is only recorded.
	events, err = validator.Punish(w, []validator.Misbehaviour{deed(testKey("c"), 20), deed(testKey("stranger"), 20)}, 23)
	require.NoError(t, err)
	require.Len(t, events, 2)
	require.Len(t, load(t, w), 1)

	var heights []int64
	more, err := validator.Evidence(w, nil, 3, func(e validator.EvidenceOf) error {
		heights = append(heights, e.Recorded)
		return nil
	})
	require.NoError(t, err)
	require.True(t, more)
	require.Len(t, heights, 3)
}

func TestPunishBalances(t *testing.T) {
	w := genesis(t, set("a@w=32", "b@x=22", "c@y=22", "d@z=12", "e@z=12"))
	events, err := validator.Punish(w, []validator.Misbehaviour{deed(testKey("d"), 18)}, 21)
	require.NoError(t, err)
	require.Len(t, events, 3)
	cut := events[2].(*chanceryv1.ValidatorChanged)
	require.Equal(t, chanceryv1.ValidatorReason_VALIDATOR_REASON_BALANCE, cut.Reason)
	require.Equal(t, "a", cut.Name)
	require.Equal(t, []uint64{32, 27}, []uint64{cut.PowerBefore, cut.Power}, "27 of 83 is below a third, 28 of 84 is not")
}

func TestGenesisRefuses(t *testing.T) {
	for name, s := range map[string]validator.Set{
		"one that stops the chain":     set("a@w=40", "b@x=10", "c@y=10", "d@z=10"),
		"a name twice":                 set("a@w=10", "a@x=10"),
		"a key type that is forbidden": {{Name: "a", Org: "w", Key: validator.Key{Type: validator.MLDSA65, Bytes: make([]byte, 1952)}, Power: 1}},
	} {
		require.Error(t, validator.Genesis(state.NewOverlay(nil), s, []validator.KeyType{validator.Ed25519}), name)
	}
}
