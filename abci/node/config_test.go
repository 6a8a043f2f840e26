package node

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestConfigRoundTrip(t *testing.T) {
	home := t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(home, "config"), 0o700))
	want := DefaultConfig()
	want.Moniker = "Registry 登记处"
	want.P2P.PersistentPeers = []string{strings.Repeat("a", 40) + "@10.0.0.1:26656"}
	want.Consensus.Commit = Duration(time.Second)
	require.NoError(t, want.Save(home))
	got, err := LoadConfig(home)
	require.NoError(t, err)
	require.Equal(t, want, got)
}

func TestConfigDefaults(t *testing.T) {
	home := t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(home, "config"), 0o700))
	require.NoError(t, os.WriteFile(ConfigFile(home), []byte("moniker = \"a\"\n[consensus]\nheartbeat = \"7s\"\n"), 0o600))
	got, err := LoadConfig(home)
	require.NoError(t, err)
	want := DefaultConfig()
	want.Moniker, want.Consensus.Heartbeat = "a", Duration(7*time.Second)
	require.Equal(t, want, got)
}

func TestConfigFaultsAllAtOnce(t *testing.T) {
	home := t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(home, "config"), 0o700))
	require.NoError(t, os.WriteFile(ConfigFile(home), []byte(`
moniker = ""
monicer = "x"
[rpc]
listen = "nowhere"
max_wait = "1ms"
max_connections = 0
runs = -1
[p2p]
listen = "127.0.0.1:"
external = "x"
persistent_peers = ["abc@1.2.3.4:5", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa@1.2.3.4:5"]
only = ["abc"]
[consensus]
timeout_commit = "-1s"
timeout_propose = "1h"
timeout_vote = "0s"
heartbeat = "1ms"
[mempool]
max_txs = 0
max_bytes = 1
[storage]
retain_blocks = 5
states = -1
usage_days = -1
[log]
level = "loud"
cometbft = "quiet"
`), 0o600))
	_, err := LoadConfig(home)
	for _, name := range []string{
		"moniker:", "monicer: there is no such setting", "rpc.listen:", "rpc.max_wait:", "rpc.max_connections:", "rpc.runs:",
		"p2p.listen:", "p2p.external:", "p2p.persistent_peers[0]:", "p2p.persistent_peers[1]: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa is not among p2p.only", "p2p.only[0]:",
		"consensus.timeout_commit:", "consensus.timeout_propose:",
		"consensus.timeout_vote:", "consensus.heartbeat:", "mempool.max_txs:", "mempool.max_bytes:", "storage.retain_blocks:",
		"storage.states:", "storage.usage_days:", "log.level:", "log.cometbft:",
	} {
		require.ErrorContains(t, err, name)
	}
}

func TestInit(t *testing.T) {
	home := filepath.Join(t.TempDir(), "new")
	id, err := Init(home, InitOptions{ChainID: testChain, App: genesis()})
	require.NoError(t, err)
	require.Len(t, id.NodeID, 40)
	for _, f := range []string{"chancery.toml", "genesis.json", "node_key.json", "priv_validator_key.json"} {
		info, err := os.Stat(filepath.Join(home, "config", f))
		require.NoError(t, err)
		require.Equal(t, os.FileMode(0o600), info.Mode().Perm(), f)
	}
	before, err := os.ReadFile(genesisFile(home))
	require.NoError(t, err)
	_, err = Init(home, InitOptions{ChainID: "other-1", App: genesis()})
	require.ErrorIs(t, err, ErrExists)
	after, err := os.ReadFile(genesisFile(home))
	require.NoError(t, err)
	require.Equal(t, before, after)
}

// What is wrong with a home is an error of New or Start, never the end of the
// process.
func TestBrokenHome(t *testing.T) {
	rows := []struct {
		name   string
		damage func(t *testing.T, home string)
		want   string
	}{
		{"no settings", remove("config/chancery.toml"), "read settings"},
		{"no genesis", remove("config/genesis.json"), "genesis"},
		{"no node key", remove("config/node_key.json"), "node key"},
		{"no validator key", remove("config/priv_validator_key.json"), "validator key"},
		{"no record of what was signed", remove("data/priv_validator_state.json"), "validator key"},
		{"empty validator key", overwrite("config/priv_validator_key.json", "{}"), "no private key"},
		{"broken validator key", overwrite("config/priv_validator_key.json", "{"), "validator key"},
		{"broken genesis", overwrite("config/genesis.json", "{"), "genesis"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			home := newHome(t, testConfig())
			row.damage(t, home)
			n, err := New(Options{Home: home, Logger: testLogger()})
			if err == nil {
				err = n.Start(t.Context())
				require.Equal(t, err, n.Stop(), "Stop tells again why")
			}
			require.ErrorContains(t, err, row.want)
		})
	}
}

func remove(name string) func(*testing.T, string) {
	return func(t *testing.T, home string) { require.NoError(t, os.Remove(filepath.Join(home, name))) }
}

func overwrite(name, content string) func(*testing.T, string) {
	return func(t *testing.T, home string) {
		require.NoError(t, os.WriteFile(filepath.Join(home, name), []byte(content), 0o600))
	}
}

func TestListenTakesFreePort(t *testing.T) {
	busy, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer busy.Close()
	_, err = Listen(busy.Addr().String(), false)
	require.Error(t, err)
	l, err := Listen(busy.Addr().String(), true)
	require.NoError(t, err)
	defer l.Close()
	require.NotEqual(t, busy.Addr().String(), l.Addr().String())
	got, err := ReserveAddress(busy.Addr().String(), true)
	require.NoError(t, err)
	defer got.Release()
	require.NotEqual(t, busy.Addr().String(), got.Addr)
	_, err = ReserveAddress(busy.Addr().String(), false)
	require.Error(t, err)
	_, err = ReserveAddress("999.0.0.1:0", true)
	require.Error(t, err)
	_, err = Listen("999.0.0.1:1", true)
	require.Error(t, err)
}

// TestReservedAddressStaysFree: neither another node nor whoever asks the system for
// any port gets an address that is reserved for a node which does not listen yet.
func TestReservedAddressStaysFree(t *testing.T) {
	reserved := map[string]bool{}
	wanted, err := ReserveAddress("127.0.0.1:0", false)
	require.NoError(t, err)
	wanted.Release()
	for range 50 {
		r, err := ReserveAddress(wanted.Addr, true)
		require.NoError(t, err)
		defer r.Release()
		require.False(t, reserved[r.Addr], "reserved twice")
		reserved[r.Addr] = true
		_, port, err := net.SplitHostPort(r.Addr)
		require.NoError(t, err)
		n, err := strconv.Atoi(port)
		require.NoError(t, err)
		require.GreaterOrEqual(t, n, leastPort)
		require.Less(t, n, firstGivenPort())
	}
	require.True(t, reserved[wanted.Addr], "the first node gets the port that it wants")
	var first, last int
	if b, err := os.ReadFile("/proc/sys/net/ipv4/ip_local_port_range"); err == nil {
		_, err := fmt.Sscan(string(b), &first, &last)
		require.NoError(t, err)
		if first < firstGivenPort() {
			t.Skip("this system gives out nearly all ports")
		}
	}
	for range 500 {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(t, err)
		defer l.Close()
		require.False(t, reserved[l.Addr().String()])
	}
	for addr := range reserved {
		l, err := net.Listen("tcp", addr)
		require.NoError(t, err)
		require.NoError(t, l.Close())
	}
}
