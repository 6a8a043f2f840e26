package node

import (
	"testing"

	"connectrpc.com/connect"
	"github.com/stretchr/testify/require"

	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/app/apperr"
)

func TestSubmitRightAfterStart(t *testing.T) {
	home := newHome(t, testConfig())
	n := start(t, home)
	c := connectTo(n)
	raw, h := memberTx(t)
	first := submit(t, c, raw)
	require.Equal(t, h[:], first.TxHash)
	require.NotZero(t, first.GasUsed)
	require.NoError(t, n.Stop())

	// After a restart the last block may be old, and there is no new one yet.
	n = start(t, home)
	c = connectTo(n)
	again, _ := memberTx(t)
	second := submit(t, c, again)
	require.Greater(t, second.Height, first.Height)

	got, err := c.tx.Get(t.Context(), connect.NewRequest(&chanceryv1.GetRequest{TxHash: h[:]}))
	require.NoError(t, err)
	require.Equal(t, first.Height, got.Msg.Result.Height)

	_, err = c.tx.Submit(t.Context(), connect.NewRequest(&chanceryv1.SubmitRequest{Tx: raw}))
	d := requireCode(t, err, apperr.Replayed)
	require.Equal(t, first.Height, d.TxResult.GetHeight())
}
