package node

import (
	"strings"
	"time"

	"github.com/cometbft/cometbft/p2p"
)

const (
	// redialEvery is how often a node looks for peers of its settings that are gone.
	redialEvery = 15 * time.Second
	// redialAfter is how long CometBFT is left to dial a lost peer by itself. It does
	// so every five seconds at first, after two minutes more and more rarely, up to
	// hours, and at last never again.
	redialAfter = 2 * time.Minute
)

// redial dials the peers of the settings that have been gone for long, so that a
// node which comes back after a day is in the network within seconds, even when it
// is the one of each pair that does not dial. A name is looked up anew each time.
func (n *Node) redial() {
	tick := time.NewTicker(redialEvery)
	defer tick.Stop()
	gone := make(map[string]time.Time) // since when, by "id@host:port"
	for {
		select {
		case now := <-tick.C:
			for _, peer := range n.gone(gone, now) {
				n.dial(peer)
			}
		case <-n.quit:
			return
		}
	}
}

// gone keeps since when peers of the settings are not connected, and returns those
// for which that is long ago.
func (n *Node) gone(since map[string]time.Time, now time.Time) []string {
	var long []string
	for _, peer := range n.cfg.P2P.PersistentPeers {
		id, _, _ := strings.Cut(peer, "@")
		if n.comet.Switch().Peers().Has(p2p.ID(id)) {
			delete(since, peer)
			continue
		}
		if _, ok := since[peer]; !ok {
			since[peer] = now
		}
		if now.Sub(since[peer]) >= redialAfter {
			long = append(long, peer)
		}
	}
	return long
}

// dial tries to connect to "id@host:port" once, for at most some seconds.
func (n *Node) dial(peer string) {
	addr, err := p2p.NewNetAddressString(peer)
	if err == nil {
		err = n.comet.Switch().DialPeerWithAddress(addr)
	}
	if err != nil {
		n.log.Debug("dialling a peer", "peer", peer, "err", err)
	}
}
