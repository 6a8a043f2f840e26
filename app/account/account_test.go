package account

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	statev1 "github.com/chancery-chain/chancery/api/gen/chancery/state/v1"
	"github.com/chancery-chain/chancery/app/apperr"
	"github.com/chancery-chain/chancery/app/key"
	"github.com/chancery-chain/chancery/app/state"
	"github.com/chancery-chain/chancery/app/tx"
)

var now = time.Unix(1_000, 0)

func newKey(t *testing.T, typ key.Type, n byte) key.Public {
	seed := make([]byte, 32)
	seed[31] = n
	k, err := key.FromSeed(typ, seed)
	require.NoError(t, err)
	return k.Public()
}

func TestSignaturesNeeded(t *testing.T) {
	weights := func(threshold uint32, list ...uint32) *statev1.Account {
		a := &statev1.Account{Threshold: threshold}
		for _, w := range list {
			a.Keys = append(a.Keys, &statev1.Key{Weight: w})
		}
		return a
	}
	require.Equal(t, 1, SignaturesNeeded(new(statev1.Account)), "never written")
	require.Equal(t, 1, SignaturesNeeded(weights(1, 1, 1, 1)))
	require.Equal(t, 2, SignaturesNeeded(weights(2, 1, 1, 1)))
	require.Equal(t, 1, SignaturesNeeded(weights(2, 1, 2, 1)))
	require.Equal(t, 3, SignaturesNeeded(weights(4, 1, 2, 1)))
}

func TestCheckSigners(t *testing.T) {
	one, two, other := newKey(t, key.Ed25519, 1), newKey(t, key.SM2, 2), newKey(t, key.Ed25519, 3)
	addr := one.Address()
	w := state.NewOverlay(nil)
	require.NoError(t, SetKeys(w, addr, Keys{List: []Key{{one, 1}, {two, 2}}, Threshold: 2}, now))
	a, err := Get(w, addr, now)
	require.NoError(t, err)
	for _, tc := range []struct {
		name string
		acc  *statev1.Account
		keys []key.Public
		want error
	}{
		{"enough weight", a, []key.Public{two}, nil},
		{"both", a, []key.Public{one, two}, nil},
		{"too little weight", a, []key.Public{one}, apperr.Unauthenticated.Err()},
		{"one of another account among enough", a, []key.Public{two, other}, apperr.Unauthenticated.Err()},
		{"same bytes, other type", a, []key.Public{{Type: key.Ed25519, Bytes: two.Bytes}}, apperr.Unauthenticated.Err()},
		{"never written, own key", new(statev1.Account), []key.Public{one}, nil},
		{"never written, other key", new(statev1.Account), []key.Public{other}, apperr.Unauthenticated.Err()},
		{"never written, one too many", new(statev1.Account), []key.Public{one, other}, apperr.Unauthenticated.Err()},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var sigs []tx.Signature
			for _, k := range tc.keys {
				sigs = append(sigs, tx.Signature{Key: k})
			}
			require.ErrorIs(t, CheckSigners(tc.acc, addr, sigs), tc.want)
		})
	}
}

// TestVotedSuspension: a vote may suspend any account, also one that was never
// written, and a guardian cannot lift it.
func TestVotedSuspension(t *testing.T) {
	w := state.NewOverlay(nil)
	k := newKey(t, key.Ed25519, 1)
	addr := k.Address()
	require.NoError(t, SetSuspendedByVote(w, addr, true, now))
	a, err := Get(w, addr, now)
	require.NoError(t, err)
	require.ErrorIs(t, CheckActive(a, addr), apperr.PermissionDenied.Err())
	require.NoError(t, CheckSigners(a, addr, []tx.Signature{{Key: k}}), "its key is still its own")

	require.NoError(t, Create(w, k, "records", "records"), "an admin makes it a member")
	a, err = Get(w, addr, now)
	require.NoError(t, err)
	require.Empty(t, a.Guardian)
	require.ErrorIs(t, CheckActive(a, addr), apperr.PermissionDenied.Err())

	at, err := SetGuardian(w, addr, "records", now, time.Hour)
	require.NoError(t, err)
	require.Zero(t, at, "the first one")
	c := Change{Account: addr, Org: "records", Origin: "admin", Now: now}
	require.ErrorIs(t, SetSuspended(w, c, false), apperr.PermissionDenied.Err())
	require.NoError(t, SetSuspendedByVote(w, addr, false, now))
	require.NoError(t, SetSuspended(w, c, true))
	require.NoError(t, SetSuspendedByVote(w, addr, false, now), "a vote lifts what a guardian did")
}

// TestRecoveryIsSeenByItself: at its time, whether or not anything was written
// since, and a later write keeps the new keys.
func TestRecoveryIsSeenByItself(t *testing.T) {
	w := state.NewOverlay(nil)
	old, fresh := newKey(t, key.Ed25519, 1), newKey(t, key.SM2, 2)
	addr := old.Address()
	require.NoError(t, Create(w, old, "records", "records"))
	c := Change{Account: addr, Org: "records", Origin: "admin", Now: now}
	at, err := StartRecovery(w, c, SingleKey(fresh), time.Hour)
	require.NoError(t, err)
	require.Equal(t, now.Add(time.Hour), at)
	_, err = StartRecovery(w, c, SingleKey(fresh), time.Hour)
	require.ErrorIs(t, err, apperr.AlreadyExists.Err())

	before, err := Get(w, addr, at.Add(-1))
	require.NoError(t, err)
	require.Equal(t, SingleKey(old), KeysOf(before))
	after, err := Get(w, addr, at)
	require.NoError(t, err)
	require.Equal(t, SingleKey(fresh), KeysOf(after))
	require.Nil(t, after.Recovery)

	c.Now = at
	require.ErrorIs(t, CancelRecovery(w, c), apperr.NotFound.Err(), "it is too late")
	require.NoError(t, SetSuspended(w, c, true))
	after, err = Get(w, addr, at.Add(-time.Hour))
	require.NoError(t, err)
	require.Equal(t, SingleKey(fresh), KeysOf(after), "written over the old keys")
}

// TestGuardianChangeWaits: stolen keys must not take an account from its guardian before
// it can recover the account.
func TestGuardianChangeWaits(t *testing.T) {
	stolen, fresh := newKey(t, key.Ed25519, 1), newKey(t, key.SM2, 2)
	addr := stolen.Address()
	const delay = time.Hour
	for _, row := range []struct {
		name string
		to   string
		act  func(w state.Writer, guardian Change) error // half an hour later
		want string                                      // guardian in the end
	}{
		{"to another", "thieves", nil, "thieves"},
		{"to none", "", nil, ""},
		{"asked again", "thieves", func(w state.Writer, g Change) error {
			at, err := SetGuardian(w, addr, "thieves", g.Now, delay)
			require.Equal(t, now.Add(delay), at, "the time does not move")
			return err
		}, "thieves"},
		{"dropped by the account", "thieves", func(w state.Writer, g Change) error {
			at, err := SetGuardian(w, addr, "records", g.Now, delay)
			require.Zero(t, at)
			return err
		}, "records"},
		{"recovered", "thieves", func(w state.Writer, g Change) error {
			_, err := StartRecovery(w, g, SingleKey(fresh), delay)
			return err
		}, "records"},
		{"recovery cancelled", "", func(w state.Writer, g Change) error {
			_, err := StartRecovery(w, g, SingleKey(fresh), delay)
			require.NoError(t, err)
			g.Origin = addr.String()
			return CancelRecovery(w, g)
		}, "records"},
		{"suspended", "thieves", func(w state.Writer, g Change) error { return SetSuspended(w, g, true) }, "records"},
		{"suspended by a vote", "thieves", func(w state.Writer, g Change) error { return SetSuspendedByVote(w, addr, true, g.Now) }, "records"},
		{"keys rotated", "thieves", func(w state.Writer, g Change) error { return SetKeys(w, addr, SingleKey(fresh), g.Now) }, "records"},
	} {
		t.Run(row.name, func(t *testing.T) {
			w := state.NewOverlay(nil)
			require.NoError(t, Create(w, stolen, "records", "records"))
			at, err := SetGuardian(w, addr, row.to, now, delay)
			require.NoError(t, err)
			require.Equal(t, now.Add(delay), at)
			half := Change{Account: addr, Org: "records", Origin: "admin", Now: now.Add(delay / 2)}
			a, err := Get(w, addr, half.Now)
			require.NoError(t, err)
			require.Equal(t, "records", a.Guardian)
			require.Equal(t, row.to, a.GuardianChange.Org)
			coming := half
			coming.Org = "thieves"
			require.ErrorIs(t, SetSuspended(w, coming, true), apperr.PermissionDenied.Err(), "not yet")
			if row.act != nil {
				require.NoError(t, row.act(w, half))
			}
			a, err = Get(w, addr, at.Add(-1))
			require.NoError(t, err)
			require.Equal(t, "records", a.Guardian)
			for _, end := range []time.Time{at, at.Add(24 * delay)} {
				a, err = Get(w, addr, end)
				require.NoError(t, err)
				require.Equal(t, row.want, a.Guardian)
				require.Nil(t, a.GuardianChange)
			}
			late := half
			late.Now = at
			_, err = late.guarded(w)
			require.Equal(t, row.want != "records", err != nil, "the old one is a stranger then")
		})
	}
}

// TestRecoveryEndsDelegations: what a thief of the keys delegated must not outlive
// their recovery; a delegation by the new keys counts.
func TestRecoveryEndsDelegations(t *testing.T) {
	w := state.NewOverlay(nil)
	old, fresh := newKey(t, key.Ed25519, 1), newKey(t, key.SM2, 2)
	addr := old.Address()
	require.NoError(t, Create(w, old, "records", "records"))
	d := Delegation{Principal: addr, Delegate: newKey(t, key.Ed25519, 3).Address(), Org: "records"}
	give := func(at time.Time) {
		require.NoError(t, Delegate(w, d, &statev1.Delegation{
			Grants: []*statev1.Grant{{Contract: "records/x", Methods: []string{"M"}}},
			Until:  now.Add(24 * time.Hour).UnixNano(), Time: at.UnixNano(),
		}))
	}
	check := func(at time.Time) error {
		a, err := Get(w, addr, at)
		require.NoError(t, err)
		return CheckDelegation(w, a, d, "records/x", "M", at)
	}
	give(now)
	at, err := StartRecovery(w, Change{Account: addr, Org: "records", Origin: "admin", Now: now}, SingleKey(fresh), time.Hour)
	require.NoError(t, err)
	give(at.Add(-1))
	require.NoError(t, check(at.Add(-1)))
	require.ErrorIs(t, check(at), apperr.PermissionDenied.Err())
	require.NoError(t, SetKeys(w, addr, SingleKey(fresh), at))
	require.ErrorIs(t, check(at.Add(time.Minute)), apperr.PermissionDenied.Err(), "nor after a later write of the account")
	give(at)
	require.NoError(t, check(at))
}
