package node

import (
	"slices"
	"sync"
	"time"
)

// admits says whether a node may connect, and tells the log of one that may not.
func (n *Node) admits(nodeID string) bool {
	only := n.cfg.P2P.Only
	if len(only) == 0 || slices.Contains(only, nodeID) {
		return true
	}
	if n.refusals.isNew(nodeID, time.Now()) {
		n.log.Warn("peer refused: it is not among p2p.only", "id", nodeID)
	}
	return false
}

// refusals keeps the log short: a node that is refused tries again every few
// seconds.
type refusals struct {
	mu   sync.Mutex
	last string
	at   time.Time
}

// isNew reports whether another node was refused before, or this one long ago.
func (r *refusals) isNew(nodeID string, now time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.last == nodeID && now.Sub(r.at) < repeatAfter {
		return false
	}
	r.last, r.at = nodeID, now
	return true
}
