package conformance_test

import (
	"testing"
	"time"

	sdk "github.com/chancery-chain/chancery/contracts-sdk"
	"github.com/chancery-chain/chancery/examples/conformance"
	"github.com/stretchr/testify/require"
)

func TestSchedule(t *testing.T) {
	chain, client := deploy(t)
	remind := func(seconds int64, note string) uint64 {
		resp, err := client.Remind(&conformance.RemindRequest{Seconds: seconds, Note: note})
		require.NoError(t, err)
		return resp.Id
	}
	late, soon, failing := remind(3600, "late"), remind(60, "soon"), remind(60, "fail")
	cancelled := remind(60, "cancelled")
	require.Equal(t, []uint64{1, 2, 3, 4}, []uint64{late, soon, failing, cancelled})
	waited, err := client.Forget(&conformance.ForgetRequest{Id: cancelled})
	require.NoError(t, err)
	require.True(t, waited.Waited)
	waited, err = client.Forget(&conformance.ForgetRequest{Id: cancelled})
	require.NoError(t, err)
	require.False(t, waited.Waited, "it is cancelled")

	var own *sdk.Error
	_, err = client.Ring(&conformance.RingRequest{Note: "soon"})
	require.ErrorAs(t, err, &own)
	require.EqualValues(t, sdk.CodeWrongCaller, own.Code, "nobody but the contract may")

	chain.Advance(59 * time.Second)
	require.Empty(t, chain.Scheduled())
	chain.Advance(time.Second)
	made := chain.Scheduled()
	require.Len(t, made, 2)
	require.NoError(t, made[0].Err)
	require.ErrorContains(t, made[1].Err, "told to fail")
	found, err := client.Find(&conformance.FindRequest{Order: conformance.Order_ORDER_NAME, Like: &conformance.Item{Name: "soon"}, Limit: 10})
	require.NoError(t, err)
	require.Len(t, found.Items, 1)
	require.Equal(t, chain.Time().Unix(), found.Items[0].S64)
	found, err = client.Find(&conformance.FindRequest{Order: conformance.Order_ORDER_NAME, Like: &conformance.Item{Name: "fail"}, Limit: 10})
	require.NoError(t, err)
	require.Empty(t, found.Items, "a call that failed leaves nothing behind")

	waiting := chain.Waiting(name)
	require.Len(t, waiting, 1)
	require.Equal(t, late, waiting[0].ID)
	waited, err = client.Forget(&conformance.ForgetRequest{Id: soon})
	require.NoError(t, err)
	require.False(t, waited.Waited, "it was made")
	chain.Advance(24 * time.Hour)
	require.Len(t, chain.Scheduled(), 3, "late, but made")
	require.Empty(t, chain.Waiting(name))
}
