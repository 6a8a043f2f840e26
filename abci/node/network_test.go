package node

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chancery-chain/chancery/app"
)

// network makes the homes of a chain of n validators. Their peer-to-peer ports
// are free when it returns.
func network(t *testing.T, n int) []string {
	homes, _ := networkOf(t, n, func(_ []string, ids []Identity) (*app.Genesis, []Validator) {
		var validators []Validator
		for i, id := range ids {
			validators = append(validators, Validator{Name: fmt.Sprintf("v%d", i), PubKey: id.Validator, Power: 10})
		}
		return genesis(), validators
	})
	return homes
}

// networkOf is network with a genesis that is made of the nodes' identities, which
// it returns too.
func networkOf(t *testing.T, n int, genesis func([]string, []Identity) (*app.Genesis, []Validator)) (list []string, doc []byte) {
	t.Helper()
	homes := make([]string, n)
	ids := make([]Identity, n)
	addrs := make([]string, n)
	for i := range homes {
		homes[i] = t.TempDir()
		var err error
		ids[i], err = InitKeys(homes[i])
		require.NoError(t, err)
		address, err := ReserveAddress("127.0.0.1:0", false) // none of them listens yet
		require.NoError(t, err)
		t.Cleanup(address.Release)
		addrs[i] = address.Addr
	}
	state, validators := genesis(homes, ids)
	doc, err := NewGenesis(InitOptions{ChainID: testChain, App: state, Validators: validators})
	require.NoError(t, err)
	for i, home := range homes {
		c := testConfig()
		c.Moniker, c.P2P.Listen = fmt.Sprintf("v%d", i), addrs[i]
		for j := range i {
			c.P2P.PersistentPeers = append(c.P2P.PersistentPeers, ids[j].NodeID+"@"+addrs[j])
		}
		_, err := Init(home, InitOptions{Config: &c, Genesis: doc})
		require.NoError(t, err)
	}
	return homes, doc
}

func TestNetworkFourValidators(t *testing.T) {
	if testing.Short() {
		t.Skip("runs four validators")
	}
	homes := network(t, 4)
	nodes := make([]*Node, len(homes))
	for i, home := range homes {
		nodes[i] = start(t, home)
	}
	// Txs through every node.
	var last int64
	for _, n := range nodes {
		awaitReady(t, n)
		raw, _ := memberTx(t)
		last = submit(t, connectTo(n), raw).Height
	}
	sameAppHash(t, nodes, last)

	// Three of four are more than two thirds: the chain goes on without one.
	require.NoError(t, nodes[3].Stop())
	for i := range 6 {
		raw, _ := memberTx(t)
		last = submit(t, connectTo(nodes[i%3]), raw).Height
	}
	sameAppHash(t, nodes[:3], last)

	// It rejoins, catches up and votes again.
	nodes[3] = start(t, homes[3])
	awaitReady(t, nodes[3])
	raw, _ := memberTx(t)
	last = submit(t, connectTo(nodes[0]), raw).Height
	sameAppHash(t, nodes, last)
	raw, _ = memberTx(t)
	last = submit(t, connectTo(nodes[3]), raw).Height
	sameAppHash(t, nodes, last)
}

// sameAppHash waits until all nodes have committed a height and compares the app
// hash in the header above it.
func sameAppHash(t *testing.T, nodes []*Node, height int64) {
	t.Helper()
	var want []byte
	for i, n := range nodes {
		seen := blocks(t, n)
		if n.Status().Height <= height {
			next(t, seen, func(b *app.BlockResult) bool { return b.Height > height })
		}
		meta := n.comet.BlockStore().LoadBlockMeta(height + 1)
		require.NotNil(t, meta)
		if i == 0 {
			want = meta.Header.AppHash
		}
		require.Equal(t, want, []byte(meta.Header.AppHash), "node %d", i)
	}
	require.Len(t, want, 32)
}
