package contract

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	statev1 "github.com/chancery-chain/chancery/api/gen/chancery/state/v1"
	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/app/apperr"
	"github.com/chancery-chain/chancery/app/state"
)

// TestEachLiftsItsOwnFreeze: the committee's freeze is not the owner's to lift, nor
// the owner's the committee's.
func TestEachLiftsItsOwnFreeze(t *testing.T) {
	const name = "records/shop"
	w := state.NewOverlay(nil)
	require.NoError(t, contracts.Set(w, name, &statev1.Contract{Version: 1, Status: statusActive}))
	owner := Author{Org: "records", Origin: "cy1owner", Height: 5, Time: time.Unix(1_000, 0)}
	committee := Author{CommitteeProposal: 7, Height: 6, Time: time.Unix(2_000, 0)}
	status := func() uint32 {
		rec, err := Get(w, name)
		require.NoError(t, err)
		return rec.Status
	}
	refused := func(err error, want apperr.Code, help string) {
		t.Helper()
		require.Equal(t, want.String(), apperr.CodeOf(err).String())
		require.ErrorContains(t, err, help)
	}

	ev, err := Freeze(w, committee, name, "court order")
	require.NoError(t, err)
	require.Equal(t, uint64(7), ev.CommitteeProposal)
	require.Empty(t, ev.Org)
	require.Equal(t, statusFrozen, status())
	_, err = Unfreeze(w, owner, name)
	refused(err, apperr.PermissionDenied, "the committee")
	_, err = Retire(w, owner, &chanceryv1.RetireContract{Contract: name, Reason: "out of reach"}, 1_000_000)
	refused(err, apperr.Frozen, "the committee")
	_, err = Freeze(w, committee, name, "again")
	refused(err, apperr.AlreadyExists, "the committee")

	_, err = Freeze(w, owner, name, "repairs")
	require.NoError(t, err)
	_, err = Unfreeze(w, owner, name)
	require.NoError(t, err)
	require.Equal(t, statusFrozen, status())

	// An upgrade that lifts the owner's freeze does not get past the committee's.
	_, err = Freeze(w, owner, name, "repairs")
	require.NoError(t, err)
	admin := owner
	admin.Admin = true
	dropped := state.NewOverlay(w)
	rec, life, err := open(dropped, name)
	require.NoError(t, err)
	_, err = (&Executor{}).upgrade(dropped, &Env{}, admin, rec, life, &change{name: name, unfreeze: true}, &budget{limit: 1_000_000})
	refused(err, apperr.Frozen, "is frozen")

	_, err = Unfreeze(w, committee, name)
	require.NoError(t, err)
	require.Equal(t, statusFrozen, status(), "the owner's freeze stays")
	_, err = Unfreeze(w, committee, name)
	refused(err, apperr.NotFound, "the committee")
	_, err = Unfreeze(w, owner, name)
	require.NoError(t, err)
	require.Equal(t, statusActive, status())
	_, err = Freeze(w, committee, "records/none", "court order")
	refused(err, apperr.NotFound, "records/none")
}
