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

	proof := next(t, seen, func(b *app.BlockResult) bool { return b.Height == done.Height+1 })
	var before time.Time
	for i := range int64(3) {
		beat := next(t, seen, func(*app.BlockResult) bool { return true })
		require.Equal(t, proof.AppHash, beat.AppHash)
		require.Empty(t, beat.Results)
		require.Equal(t, proof.Height+1+i, beat.Height)
		// Block time is the time of the votes before it. A busy machine makes a
		// heartbeat late, never early.
		if i > 0 {
			require.GreaterOrEqual(t, beat.Time.Sub(before), time.Second)
		}
		before = beat.Time
	}
}

// The header with a tx's app hash does not wait for the heartbeat.
func TestProofComesAtOnce(t *testing.T) {
	c := testConfig()
	c.Consensus.Heartbeat = Duration(10 * time.Minute)
	n := start(t, newHome(t, c))
	seen := blocks(t, n)
	raw, _ := memberTx(t)
	done := submit(t, connectTo(n), raw)
	next(t, seen, func(b *app.BlockResult) bool { return b.Height == done.Height+1 })
}
