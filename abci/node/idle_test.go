package node

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/chancery-chain/chancery/app"
)

// An idle chain makes no block but the heartbeat, and a heartbeat leaves the app
// hash as it was.
func TestIdleChainRests(t *testing.T) {
	if testing.Short() {
		t.Skip("waits for heartbeats")
	}
	c := testConfig()
	c.Consensus.Heartbeat = Duration(time.Second)
	n := start(t, newHome(t, c))
	seen := blocks(t, n)
	raw, _ := memberTx(t)
	done := submit(t, connectTo(n), raw)

	last := next(t, seen, func(b *app.BlockResult) bool { return b.Height == done.Height })
	// The header with the tx's app hash comes at once, and then it is quiet.
	proof := next(t, seen, func(b *app.BlockResult) bool { return b.Height == done.Height+1 })
	require.Less(t, proof.Time.Sub(last.Time), 900*time.Millisecond)
	for range 3 {
		beat := next(t, seen, func(*app.BlockResult) bool { return true })
		require.Equal(t, proof.AppHash, beat.AppHash)
		require.Empty(t, beat.Results)
	}
	// Block time is the time of the votes before it, so three heartbeats are two
	// intervals apart at least.
	require.GreaterOrEqual(t, time.Since(last.Time), 3*time.Second)
	require.Equal(t, done.Height+4, n.Status().Height)
}
