package node

import (
	"log/slog"
	"time"

	cstypes "github.com/cometbft/cometbft/consensus/types"
	"github.com/cometbft/cometbft/types"

	"github.com/chancery-chain/chancery/app/rpc"
)

const (
	// reportEvery is how often the node looks at itself for the log.
	reportEvery = time.Second
	// stalledAfter is the time without a block after which the log says who is
	// missing: some heartbeats, and long enough for rounds that fail.
	stalledAfter = 30 * time.Second
	// repeatAfter is how often what goes on is said again.
	repeatAfter = time.Minute
)

// report writes into the log what an operator wants to know without asking: nodes
// that come and go, the way to the newest block, and a chain that stands still.
func (n *Node) report() {
	tick := time.NewTicker(reportEvery)
	defer tick.Stop()
	r := reporter{node: n, log: n.log, peers: map[string]string{}, height: n.app.Info().Height, since: time.Now()}
	for {
		select {
		case <-tick.C:
			r.look(time.Now())
		case <-n.quit:
			return
		}
	}
}

// reporter remembers what the log was told.
type reporter struct {
	node    *Node
	log     *slog.Logger
	peers   map[string]string // names by node id
	height  int64
	since   time.Time // when the height was reached
	told    time.Time // when a stall or the way was last told
	behind  bool
	stalled bool
}

func (r *reporter) look(now time.Time) {
	log, s := r.log, r.node.Status()
	r.lookAtPeers(r.node.chain.Peers())
	if s.Height != r.height {
		if r.stalled {
			log.Info("blocks again", "height", s.Height, "after", now.Sub(r.since).Round(time.Second))
		}
		r.height, r.since, r.stalled = s.Height, now, false
	}
	switch {
	case s.CatchingUp && (!r.behind || now.Sub(r.told) >= repeatAfter):
		log.Info("fetching blocks", "height", s.Height, "peers", s.Peers)
		r.behind, r.told = true, now
	case s.CatchingUp:
	case r.behind:
		log.Info("caught up", "height", s.Height)
		r.behind, r.since = false, now
	case now.Sub(r.since) >= stalledAfter && (!r.stalled || now.Sub(r.told) >= repeatAfter):
		log.Warn("no block", "for", now.Sub(r.since).Round(time.Second), "height", s.Height, "peers", s.Peers, "not heard of", r.node.silent())
		r.stalled, r.told = true, now
	}
}

func (r *reporter) lookAtPeers(list []rpc.Peer) {
	now := make(map[string]string, len(list))
	for _, p := range list {
		now[p.NodeID] = p.Name
		if _, ok := r.peers[p.NodeID]; !ok {
			r.log.Info("peer connected", "name", p.Name, "id", p.NodeID)
		}
	}
	for id, name := range r.peers {
		if _, ok := now[id]; !ok {
			r.log.Warn("peer gone", "name", name, "id", id)
		}
	}
	r.peers = now
}

// rounds tells how far consensus is.
type rounds interface {
	GetRoundState() *cstypes.RoundState
}

// silent returns the names of the validators whose vote for the next block has not
// come. Before the first block their names are those of the genesis.
func (n *Node) silent() []string {
	names := make(map[string]string)
	for _, v := range n.genesis.Validators {
		if v.Name != "" {
			names[v.PubKey.Address().String()] = v.Name
		}
	}
	if set, err := n.app.Query().Validators(); err == nil {
		for _, v := range set.Validators {
			names[v.Address] = v.Name
		}
	}
	if n.rounds == nil {
		return nil
	}
	round := n.rounds.GetRoundState()
	var out []string
	for i, v := range round.Validators.Validators {
		if voted(round.Votes.Prevotes(round.Round), i) || voted(round.Votes.Prevotes(round.Round-1), i) {
			continue
		}
		name := v.Address.String()
		if named, ok := names[name]; ok {
			name = named
		}
		out = append(out, name)
	}
	return out
}

func voted(votes *types.VoteSet, validator int) bool {
	return votes != nil && votes.GetByIndex(int32(validator)) != nil
}
