// Package replay refuses a tx that was in a block before. There are no nonces:
// a tx is unique by its hash and can enter a block until its valid_until, so the
// hashes of the blocks that could still matter are remembered, one leaf of state
// per block (app/RATIONALE.md, "Why no nonces?").
package replay

import (
	"fmt"
	"slices"
	"sync"
	"time"

	statev1 "github.com/chancery-chain/chancery/api/gen/chancery/state/v1"
	"github.com/chancery-chain/chancery/app/state"
	"github.com/chancery-chain/chancery/app/tx"
)

// maxTrimmed bounds the leaves that one block drops. A block adds one leaf, so
// any number above one keeps the window from growing.
const maxTrimmed = 8

// Add writes the leaf of a block and drops leaves none of whose txs can enter a
// block any more. A block without recorded txs must not call it: it leaves the
// state as it was.
func Add(w state.Writer, height int64, now time.Time, hashes []tx.Hash, maxValid time.Duration) error {
	leaf := &statev1.ReplayBlock{Time: now.UnixNano(), TxHashes: make([]byte, 0, len(hashes)*len(tx.Hash{}))}
	for _, h := range hashes {
		leaf.TxHashes = append(leaf.TxHashes, h[:]...)
	}
	oldest := now.Add(-maxValid).UnixNano()
	_, err := leaves.Iterate(w, state.Page[int64]{Limit: maxTrimmed}, func(h int64, l *statev1.ReplayBlock) error {
		if l.Time >= oldest {
			return state.Stop
		}
		leaves.Delete(w, h)
		return nil
	})
	if err != nil {
		return err
	}
	return leaves.Set(w, height, leaf)
}

// Set is the window in memory, for several goroutines. It is derived from the
// leaves: Load makes it, Commit follows each block.
type Set struct {
	mu     sync.RWMutex
	seen   map[tx.Hash]struct{}
	blocks []block // oldest first
}

type block struct {
	time   time.Time
	hashes []tx.Hash
}

// Load reads the window from the state.
func Load(r state.Reader) (*Set, error) {
	s := &Set{seen: make(map[tx.Hash]struct{})}
	_, err := leaves.Iterate(r, state.Page[int64]{}, func(height int64, l *statev1.ReplayBlock) error {
		if len(l.TxHashes)%len(tx.Hash{}) != 0 {
			return fmt.Errorf("replay: leaf of height %d holds %d bytes of hashes", height, len(l.TxHashes))
		}
		hashes := make([]tx.Hash, 0, len(l.TxHashes)/len(tx.Hash{}))
		for h := range slices.Chunk(l.TxHashes, len(tx.Hash{})) {
			hashes = append(hashes, tx.Hash(h))
		}
		s.add(time.Unix(0, l.Time), hashes)
		return nil
	})
	return s, err
}

// Seen reports whether a committed block within the window holds the tx.
func (s *Set) Seen(h tx.Hash) bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	_, ok := s.seen[h]
	return ok
}

// Commit adds a committed block's txs and forgets txs that can enter no block
// after now. It may remember more than the state does, never less: what it still
// remembers is expired and refused for that anyway.
func (s *Set) Commit(now time.Time, hashes []tx.Hash, maxValid time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(s.blocks) > 0 && s.blocks[0].time.Before(now.Add(-maxValid)) {
		for _, h := range s.blocks[0].hashes {
			delete(s.seen, h)
		}
		s.blocks = s.blocks[1:]
	}
	if len(hashes) > 0 {
		s.add(now, hashes)
	}
}

func (s *Set) add(t time.Time, hashes []tx.Hash) {
	s.blocks = append(s.blocks, block{t, hashes})
	for _, h := range hashes {
		s.seen[h] = struct{}{}
	}
}
