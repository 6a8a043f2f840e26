package node

import (
	"bytes"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/chancery-chain/chancery/app/rpc"
)

// pair starts the first of two validators, of which the second is named by it alone,
// and returns the second's home.
func pair(t *testing.T, log *slog.Logger) (first *Node, second string) {
	t.Helper()
	homes := network(t, 2)
	c, err := LoadConfig(homes[1])
	require.NoError(t, err)
	require.Len(t, c.P2P.PersistentPeers, 1, "the second dials the first")
	n, err := New(Options{Home: homes[1], Logger: log})
	require.NoError(t, err)
	require.NoError(t, n.Start(t.Context()))
	t.Cleanup(func() { _ = n.Stop() })
	return n, homes[0]
}

// TestGone: a peer is dialled by us only when it has been away for long, and its
// absence is forgotten when it is back.
func TestGone(t *testing.T) {
	n, other := pair(t, testLogger())
	peer := n.cfg.P2P.PersistentPeers[0]
	begin := time.Now()
	since := map[string]time.Time{}
	require.Empty(t, n.gone(since, begin))
	require.Empty(t, n.gone(since, begin.Add(redialAfter-time.Second)))
	require.Equal(t, []string{peer}, n.gone(since, begin.Add(redialAfter)))
	n.dial(peer) // nobody is there: nothing happens
	require.Zero(t, n.Status().Peers)

	start(t, other)
	n.dial("no address")
	n.dial(peer)
	require.Eventually(t, func() bool { return n.Status().Peers == 1 }, time.Minute, 10*time.Millisecond)
	require.Empty(t, n.gone(since, begin.Add(2*redialAfter)))
	require.Empty(t, since)
}

// TestReport: the log names a peer that comes or goes once, and the validators of
// whom nothing is heard when there is no block.
func TestReport(t *testing.T) {
	n, _ := pair(t, testLogger())
	awaitReady(t, n)
	var out bytes.Buffer
	log := slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return a
	}}))
	begin := time.Now()
	r := reporter{node: n, log: log, peers: map[string]string{}, since: begin}
	said := func(look func()) string {
		out.Reset()
		look()
		return out.String()
	}
	v0, v7 := rpc.Peer{NodeID: "aa", Name: "v0"}, rpc.Peer{NodeID: "77", Name: "v7"}
	peers := func(list ...rpc.Peer) string { return said(func() { r.lookAtPeers(list) }) }
	require.Equal(t, "level=INFO msg=\"peer connected\" name=v0 id=aa\n", peers(v0))
	require.Equal(t, "level=INFO msg=\"peer connected\" name=v7 id=77\n", peers(v0, v7))
	require.Empty(t, peers(v0, v7))
	require.Equal(t, "level=WARN msg=\"peer gone\" name=v0 id=aa\n", peers(v7))
	require.NotEmpty(t, peers())

	// Its own vote is there, once the round has begun.
	require.Eventually(t, func() bool { return len(n.silent()) == 1 }, time.Minute, 10*time.Millisecond)
	after := func(d time.Duration) string { return said(func() { r.look(begin.Add(d)) }) }
	require.Empty(t, after(stalledAfter-time.Second))
	require.Equal(t, "level=WARN msg=\"no block\" for=30s height=0 peers=0 \"not heard of\"=[v0]\n", after(stalledAfter))
	require.Empty(t, after(stalledAfter+time.Second), "not every second")
	require.NotEmpty(t, after(stalledAfter+repeatAfter))
	r.height = -1
	require.Contains(t, after(stalledAfter+repeatAfter+time.Second), "level=INFO msg=\"blocks again\"")
}
