package node

import (
	"log/slog"
	"os"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// What consensus panicked with, a full disk for example, is the node's fault by
// itself and not a hint at the log.
func TestConsensusFailureKeepsCause(t *testing.T) {
	n := new(Node)
	l := cometLogger{log: slog.New(slog.DiscardHandler), quiet: new(atomic.Bool), failure: &n.failure}
	require.EqualError(t, n.consensusStopped(), "consensus stopped; the log says why")
	l.Error("something else", "err", "not this")
	full := &os.PathError{Op: "write", Path: "data/x", Err: syscall.ENOSPC}
	l.With("module", "consensus").Error(consensusFailed, "err", full, "stack", "…")
	l.Error(consensusFailed, "err", "a later one")
	require.EqualError(t, n.consensusStopped(), "consensus stopped: write data/x: no space left on device")
	require.ErrorIs(t, n.consensusStopped(), syscall.ENOSPC)

	n = new(Node)
	l.failure = &n.failure
	l.Error(consensusFailed, "err", "a text")
	require.EqualError(t, n.consensusStopped(), "consensus stopped: a text")
}
