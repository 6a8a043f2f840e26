package node

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/BurntSushi/toml"

	"github.com/chancery-chain/chancery/abci"
	"github.com/chancery-chain/chancery/app/tx"
)

// Config are the settings of one node. None of them touches consensus: nodes of
// one chain may differ. What all nodes must agree on stands in the genesis and
// in the state.
type Config struct {
	// Moniker is the node's name for people, at most 64 bytes.
	Moniker   string          `toml:"moniker"`
	RPC       RPCConfig       `toml:"rpc"`
	P2P       P2PConfig       `toml:"p2p"`
	Consensus ConsensusConfig `toml:"consensus"`
	Mempool   MempoolConfig   `toml:"mempool"`
	Storage   StorageConfig   `toml:"storage"`
	Log       LogConfig       `toml:"log"`
}

// RPCConfig is the Connect server.
type RPCConfig struct {
	// Listen is host:port.
	Listen string `toml:"listen"`
	// MaxConnections at once.
	MaxConnections int `toml:"max_connections"`
	// MaxWait is the longest time Submit and Wait keep a client waiting.
	MaxWait Duration `toml:"max_wait"`
	// Runs is how many simulations and contract queries run at once; 0 means all
	// processors but one.
	Runs int `toml:"runs"`
}

// P2PConfig is the connection to other nodes.
type P2PConfig struct {
	// Listen is host:port.
	Listen string `toml:"listen"`
	// External is the host:port that other nodes reach this one by; empty to let
	// them find out.
	External string `toml:"external"`
	// PersistentPeers are "id@host:port" of nodes to stay connected to. Name a pair
	// of nodes on one side only: two that dial each other at the same moment close
	// each other's connection, again and again.
	PersistentPeers []string `toml:"persistent_peers"`
	// Only are the ids of the nodes that may connect; empty lets any. Whoever is
	// connected can read the whole chain.
	Only []string `toml:"only"`
	// Exchange asks peers for further peers.
	Exchange bool `toml:"exchange"`
	// Private is for a network on one machine or in one private network: several
	// peers may share an IP address, and private addresses are passed on.
	Private bool `toml:"private"`
}

// ConsensusConfig tunes how blocks are made (RATIONALE.md, "Why these timeouts?").
type ConsensusConfig struct {
	// Commit is the pause after a block in which late votes are gathered and txs
	// collect. It bounds the rate of blocks.
	Commit Duration `toml:"timeout_commit"`
	// Propose is how long to wait for a proposal before voting for none.
	Propose Duration `toml:"timeout_propose"`
	// Vote is how long to wait for the votes that are missing once more than two
	// thirds voted, but not for one block.
	Vote Duration `toml:"timeout_vote"`
	// Heartbeat is the time after which an idle chain makes an empty block, so
	// that block time goes on.
	Heartbeat Duration `toml:"heartbeat"`
}

// MempoolConfig bounds the txs that wait for a block.
type MempoolConfig struct {
	// MaxTxs that wait.
	MaxTxs int `toml:"max_txs"`
	// MaxBytes of all txs that wait.
	MaxBytes int64 `toml:"max_bytes"`
}

// StorageConfig says what is kept.
type StorageConfig struct {
	// RetainBlocks is how many blocks are kept; 0 keeps all. A node can only join
	// a chain while some node keeps all blocks.
	RetainBlocks int64 `toml:"retain_blocks"`
	// States is how many past heights can be queried and proved; 0 means the
	// app's default.
	States int `toml:"states"`
	// UsageDays is for how many days usage by contract and method is kept; 0 means the
	// app's default, 400.
	UsageDays int `toml:"usage_days"`
}

// LogConfig says what is logged.
type LogConfig struct {
	// Level is debug, info, warn or error.
	Level string `toml:"level"`
	// CometBFT is the level for CometBFT's own lines, of which there are many.
	CometBFT string `toml:"cometbft"`
}

// Duration is a time.Duration that reads and writes as "50ms".
type Duration time.Duration

func (d Duration) String() string { return time.Duration(d).String() }

// MarshalText implements encoding.TextMarshaler.
func (d Duration) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (d *Duration) UnmarshalText(b []byte) error {
	v, err := time.ParseDuration(string(b))
	*d = Duration(v)
	return err
}

// minRetainBlocks covers the evidence of double signing at 20 blocks a second
// for more than an hour, and any replay after a crash many times over.
const minRetainBlocks = 100_000

// maxUsageDays is a hundred years, for whoever keeps all.
const maxUsageDays = 36_600

// DefaultConfig returns settings for a node on loopback.
func DefaultConfig() Config {
	return Config{
		Moniker: "chancery",
		RPC:     RPCConfig{Listen: "127.0.0.1:26680", MaxConnections: 8192, MaxWait: Duration(time.Minute)},
		P2P:     P2PConfig{Listen: "127.0.0.1:26656", PersistentPeers: []string{}, Only: []string{}, Exchange: true},
		Consensus: ConsensusConfig{
			Commit:    Duration(50 * time.Millisecond),
			Propose:   Duration(time.Second),
			Vote:      Duration(500 * time.Millisecond),
			Heartbeat: Duration(5 * time.Second),
		},
		Mempool: MempoolConfig{MaxTxs: 20_000, MaxBytes: 256 << 20},
		Log:     LogConfig{Level: "info", CometBFT: "error"},
	}
}

// Validate reports every fault at once, each with the name of its setting.
func (c Config) Validate() error {
	var errs []error
	bad := func(name, format string, args ...any) {
		errs = append(errs, fmt.Errorf("%s: %s", name, fmt.Sprintf(format, args...)))
	}
	if n := len(c.Moniker); n == 0 || n > 64 || strings.ContainsFunc(c.Moniker, func(r rune) bool { return r < ' ' || r == '"' || r == '\\' }) {
		bad("moniker", "must have 1 to 64 bytes, without control characters and quotes")
	}
	addr := func(name, s string) {
		if _, port, err := net.SplitHostPort(s); err != nil || port == "" {
			bad(name, "%q is no host:port", s)
		}
	}
	addr("rpc.listen", c.RPC.Listen)
	addr("p2p.listen", c.P2P.Listen)
	if c.P2P.External != "" {
		addr("p2p.external", c.P2P.External)
	}
	for i, p := range c.P2P.PersistentPeers {
		id, at, ok := strings.Cut(p, "@")
		if _, port, err := net.SplitHostPort(at); !ok || len(id) != 40 || err != nil || port == "" {
			bad(fmt.Sprintf("p2p.persistent_peers[%d]", i), "%q is no id@host:port", p)
		} else if len(c.P2P.Only) > 0 && !slices.Contains(c.P2P.Only, id) {
			bad(fmt.Sprintf("p2p.persistent_peers[%d]", i), "%s is not among p2p.only", id)
		}
	}
	for i, id := range c.P2P.Only {
		if b, err := hex.DecodeString(id); err != nil || len(b) != 20 {
			bad(fmt.Sprintf("p2p.only[%d]", i), "%q is no node's id, 40 hex digits", id)
		}
	}
	within := func(name string, d Duration, lo, hi time.Duration) {
		if time.Duration(d) < lo || time.Duration(d) > hi {
			bad(name, "%s is not between %s and %s", d, lo, hi)
		}
	}
	within("rpc.max_wait", c.RPC.MaxWait, time.Second, 10*time.Minute)
	within("consensus.timeout_commit", c.Consensus.Commit, 0, time.Minute)
	within("consensus.timeout_propose", c.Consensus.Propose, 10*time.Millisecond, time.Minute)
	within("consensus.timeout_vote", c.Consensus.Vote, time.Millisecond, time.Minute)
	within("consensus.heartbeat", c.Consensus.Heartbeat, 100*time.Millisecond, 10*time.Minute)
	if c.RPC.MaxConnections < 1 {
		bad("rpc.max_connections", "must be at least 1")
	}
	if c.RPC.Runs < 0 {
		bad("rpc.runs", "must not be negative")
	}
	if c.Mempool.MaxTxs < 1 {
		bad("mempool.max_txs", "must be at least 1")
	}
	if c.Mempool.MaxBytes < tx.MaxBytes {
		bad("mempool.max_bytes", "must be at least %d, the size of the largest tx", tx.MaxBytes)
	}
	if r := c.Storage.RetainBlocks; r != 0 && r < minRetainBlocks {
		bad("storage.retain_blocks", "must be 0 or at least %d", minRetainBlocks)
	}
	if c.Storage.States < 0 {
		bad("storage.states", "must not be negative")
	}
	if d := c.Storage.UsageDays; d < 0 || d > maxUsageDays {
		bad("storage.usage_days", "must be 0 to %d", maxUsageDays)
	}
	for _, l := range []struct{ name, value string }{{"log.level", c.Log.Level}, {"log.cometbft", c.Log.CometBFT}} {
		if _, err := parseLevel(l.value); err != nil {
			bad(l.name, "%q is not debug, info, warn or error", l.value)
		}
	}
	return errors.Join(errs...)
}

// ConfigFile returns the path of the settings in a home folder.
func ConfigFile(home string) string { return filepath.Join(home, "config", "chancery.toml") }

// LoadConfig reads and validates the settings of a home folder. A setting that
// the file leaves out has its default; one that is unknown is a fault.
func LoadConfig(home string) (Config, error) {
	file := ConfigFile(home)
	c := DefaultConfig()
	meta, err := toml.DecodeFile(file, &c)
	if err != nil {
		return Config{}, fmt.Errorf("read settings: %w", err)
	}
	var errs []error
	for _, k := range meta.Undecoded() {
		errs = append(errs, fmt.Errorf("%s: there is no such setting", k))
	}
	if err := errors.Join(append(errs, c.Validate())...); err != nil {
		return Config{}, fmt.Errorf("%s:\n%w", file, err)
	}
	return c, nil
}

// Save writes the settings into a home folder.
func (c Config) Save(home string) error {
	if err := c.Validate(); err != nil {
		return err
	}
	var b bytes.Buffer
	b.WriteString(configHeader)
	enc := toml.NewEncoder(&b)
	enc.Indent = ""
	if err := enc.Encode(c); err != nil {
		return fmt.Errorf("write settings: %w", err)
	}
	return os.WriteFile(ConfigFile(home), b.Bytes(), 0o600)
}

const configHeader = `# Settings of this node. They touch no rule of the chain: nodes may differ.
# A setting that is left out has its default. Restart the node after a change.
#
# rpc.listen                address of the Connect API
# rpc.max_wait              longest time a client may wait for a tx
# rpc.runs                  queries and simulations at once; 0 = processors - 1
# p2p.external              address that other nodes reach this one by
# p2p.persistent_peers      ["<node id>@<host>:<port>", ...]; name a pair on one side only
# p2p.only                  ["<node id>", ...] that may connect; empty = any
# p2p.exchange              ask peers for further peers
# p2p.private               all nodes are in one private network
# consensus.timeout_commit  pause between blocks; bounds their rate
# consensus.heartbeat       an idle chain makes an empty block this often
# storage.retain_blocks     blocks kept; 0 = all
# storage.states            past heights that can be queried and proved; 0 = default
# storage.usage_days        days of usage by contract and method; 0 = default, 400
# log.level, log.cometbft   debug, info, warn or error

`

// blockBytes is the block size of a new chain: room for one largest tx beside a
// full load of ordinary ones.
const blockBytes = max(8<<20, abci.MinBlockBytes)
