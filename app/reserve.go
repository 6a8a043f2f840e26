package app

import (
	"sync"

	"github.com/chancery-chain/chancery/app/tx"
)

// reservations are the gas limits of the txs that wait in the mempool, by the
// budgets that must cover them. They never reach a block. A commit forgets them,
// and the rechecks that follow it count what still waits.
type reservations struct {
	mu  sync.Mutex
	gas map[string]uint64
	txs map[tx.Hash]struct{}
}

// take reserves a tx's gas limit in every budget of its bill, or none if one does
// not cover it beside what is reserved. A tx that was counted is not counted again.
func (r *reservations) take(h tx.Hash, b *bill, gasLimit uint64) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, ok := r.txs[h]; ok {
		return nil
	}
	if err := b.check(gasLimit, r.gas); err != nil {
		return err
	}
	if r.gas == nil {
		r.gas, r.txs = make(map[string]uint64), make(map[tx.Hash]struct{})
	}
	for _, u := range b.budgets[:b.n] {
		r.gas[u.id] += gasLimit
	}
	r.txs[h] = struct{}{}
	return nil
}

// reset forgets all.
func (r *reservations) reset() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.gas, r.txs = nil, nil
}
