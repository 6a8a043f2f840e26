package node

import (
	"bytes"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// lockedBuffer is a log that a test reads while a node writes.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// TestOnly: where the settings name who may connect, a stranger that knows genesis
// and address is refused, and one of the named is not.
func TestOnly(t *testing.T) {
	homes, doc := networkOf(t, 2, committee)
	stranger, strange := t.TempDir(), testConfig()
	strange.Moniker = "stranger"
	var ids []string
	for _, home := range homes {
		id, err := HomeIdentity(home)
		require.NoError(t, err)
		ids = append(ids, id.NodeID)
	}
	c, err := LoadConfig(homes[0])
	require.NoError(t, err)
	c.P2P.Only = ids
	require.NoError(t, c.Save(homes[0]))
	log := new(lockedBuffer)
	n, err := New(Options{Home: homes[0], Logger: slog.New(slog.NewTextHandler(log, nil))})
	require.NoError(t, err)
	require.NoError(t, n.Start(t.Context()))
	t.Cleanup(func() { _ = n.Stop() })

	strange.P2P.PersistentPeers = []string{n.P2PAddr()}
	id, err := Init(stranger, InitOptions{Config: &strange, Genesis: doc})
	require.NoError(t, err)
	start(t, stranger)
	refused := func() bool {
		return strings.Contains(log.String(), "peer refused: it is not among p2p.only\" id="+id.NodeID)
	}
	require.Eventually(t, refused, time.Minute, 20*time.Millisecond)
	require.Zero(t, n.Status().Peers)

	start(t, homes[1])
	require.Eventually(t, func() bool { return n.Status().Peers == 1 }, time.Minute, 20*time.Millisecond)
	require.Equal(t, ids[1], n.chain.Peers()[0].NodeID)
	require.True(t, n.admits(ids[1]))
	require.False(t, n.admits(id.NodeID))
}

// A node that is refused tries again every few seconds; the log says so once a
// minute.
func TestRefusals(t *testing.T) {
	var r refusals
	begin := time.Now()
	require.True(t, r.isNew("aa", begin))
	require.False(t, r.isNew("aa", begin.Add(repeatAfter-1)))
	require.True(t, r.isNew("aa", begin.Add(repeatAfter)))
	require.True(t, r.isNew("bb", begin.Add(repeatAfter)))
}
