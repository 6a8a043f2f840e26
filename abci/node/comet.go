package node

import (
	"path/filepath"
	"strings"
	"time"

	cmtcfg "github.com/cometbft/cometbft/config"

	"github.com/chancery-chain/chancery/app/tx"
)

// cometConfig returns CometBFT's settings. They are made anew at each start from
// ours, so that there is one file to read and no setting that fights another.
func cometConfig(home string, c Config) *cmtcfg.Config {
	k := cmtcfg.DefaultConfig()
	k.SetRoot(home)
	k.Moniker = c.Moniker
	k.DBBackend = "goleveldb"

	k.RPC.ListenAddress = "" // the app's own server is the only API
	k.RPC.GRPCListenAddress = ""
	k.RPC.PprofListenAddress = ""
	k.TxIndex.Indexer = "null" // results are in the app's index
	k.Storage.DiscardABCIResponses = true
	k.Instrumentation.Prometheus = false
	k.StateSync.Enable = false

	k.P2P.ListenAddress = "tcp://" + c.P2P.Listen
	if c.P2P.External != "" {
		k.P2P.ExternalAddress = c.P2P.External
	}
	k.P2P.PersistentPeers = strings.Join(c.P2P.PersistentPeers, ",")
	k.FilterPeers = len(c.P2P.Only) > 0
	k.P2P.PexReactor = c.P2P.Exchange
	k.P2P.AddrBookStrict = !c.P2P.Private
	k.P2P.AllowDuplicateIP = c.P2P.Private
	k.P2P.LibP2PConfig.Enabled = false
	// The defaults are for a slow public network: a block of 8 MiB would take
	// two seconds.
	k.P2P.SendRate, k.P2P.RecvRate = 64<<20, 64<<20
	k.P2P.MaxPacketMsgPayloadSize = 16 << 10

	k.Mempool.Type = cmtcfg.MempoolTypeFlood
	k.Mempool.Size = c.Mempool.MaxTxs
	k.Mempool.MaxTxsBytes = c.Mempool.MaxBytes
	k.Mempool.MaxTxBytes = tx.MaxBytes
	// The cache must remember at least what waits and what the last blocks took.
	k.Mempool.CacheSize = 4 * c.Mempool.MaxTxs
	k.Mempool.Recheck = true // throws out what has expired

	s := k.Consensus
	s.TimeoutCommit = time.Duration(c.Consensus.Commit)
	s.TimeoutPropose, s.TimeoutProposeDelta = time.Duration(c.Consensus.Propose), time.Duration(c.Consensus.Propose)/2
	s.TimeoutPrevote, s.TimeoutPrevoteDelta = time.Duration(c.Consensus.Vote), time.Duration(c.Consensus.Vote)/2
	s.TimeoutPrecommit, s.TimeoutPrecommitDelta = s.TimeoutPrevote, s.TimeoutPrevoteDelta
	s.SkipTimeoutCommit = false
	s.CreateEmptyBlocks = false
	s.CreateEmptyBlocksInterval = time.Duration(c.Consensus.Heartbeat)
	s.PeerGossipSleepDuration = 10 * time.Millisecond
	return k
}

// appDir is where the app keeps its state in a home folder.
func appDir(home string) string { return filepath.Join(home, cmtcfg.DefaultDataDir, "app") }
