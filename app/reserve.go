package app

import (
	"sync"

	"github.com/chancery-chain/chancery/app/apperr"
	"github.com/chancery-chain/chancery/app/tx"
)

// poolShares is into how many shares a mempool is divided; txs that one payer pays
// for take no more than one of them.
const poolShares = 4

// reservations are the gas limits of the txs that wait in the mempool, by the
// budgets that must cover them, and the room that they take there. They never reach a
// block. A commit forgets them, and the rechecks that follow it count what still
// waits.
type reservations struct {
	most share

	mu   sync.Mutex
	gas  map[string]uint64
	room map[string]room
	txs  map[tx.Hash]struct{}
}

// room is what the txs of a payer take of the mempool.
type room struct {
	txs   int
	bytes int64
}

// share is what a payer's txs may take of a mempool; 0 bounds nothing.
type share room

// shareOf returns a payer's share of a mempool of a size; 0 bounds nothing. It holds
// at least one tx, whatever that one's size.
func shareOf(txs int, bytes int64) (s share) {
	if txs > 0 {
		s.txs = max(txs/poolShares, 1)
	}
	if bytes > 0 {
		s.bytes = max(bytes/poolShares, tx.MaxBytes)
	}
	return s
}

// take reserves a tx's gas limit in every budget of its bill, and its room, or nothing
// if one does not cover it beside what is reserved. A tx that was counted is not
// counted again, and one that waits already, as a recheck tells, keeps its room.
func (r *reservations) take(t *tx.Tx, b *bill, recheck bool) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, ok := r.txs[t.Hash]; ok {
		return nil
	}
	gasLimit := t.Body.GasLimit
	if err := b.check(gasLimit, r.gas); err != nil {
		return err
	}
	payer := b.budgets[0].id
	has := r.room[payer]
	has.txs++
	has.bytes += int64(t.Size)
	if !recheck && (r.most.txs > 0 && has.txs > r.most.txs || r.most.bytes > 0 && has.bytes > r.most.bytes) {
		return apperr.New(apperr.Unavailable, "txs that %q pays for take their share of the mempool already: a %dth of it", payer, poolShares)
	}
	if r.txs == nil {
		r.gas, r.room, r.txs = make(map[string]uint64), make(map[string]room), make(map[tx.Hash]struct{})
	}
	r.room[payer] = has
	for _, u := range b.budgets[:b.n] {
		r.gas[u.id] += gasLimit
	}
	r.txs[t.Hash] = struct{}{}
	return nil
}

// reset forgets all.
func (r *reservations) reset() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.gas, r.room, r.txs = nil, nil, nil
}
