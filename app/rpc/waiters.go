package rpc

import (
	"context"
	"sync"
	"time"

	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/app/apperr"
	"github.com/chancery-chain/chancery/app/tx"
)

// waiters hands results to those who wait for them. Nothing polls: a commit
// looks up each of its txs here.
//
// A waiter is added before its tx is submitted or looked up, so that a commit in
// between finds it.
type waiters struct {
	max int

	mu     sync.Mutex
	count  int
	byHash map[tx.Hash][]*waiter
	closed error // set when no more results will come
}

type waiter struct {
	set  *waiters
	hash tx.Hash
	// done has room for the one outcome, so that whoever tells it never blocks.
	done chan outcome
}

type outcome struct {
	result *chanceryv1.TxResult
	err    error
}

func newWaiters(max int) *waiters {
	return &waiters{max: max, byHash: make(map[tx.Hash][]*waiter)}
}

// add registers a waiter of a tx that was handed in here; the caller must drop
// it.
func (w *waiters) add(h tx.Hash) (*waiter, error) { return w.addWithin(h, w.max) }

// addAny is add for any hash. Anybody may wait for hashes that never come, so
// half of the places are left to those who hand in txs.
func (w *waiters) addAny(h tx.Hash) (*waiter, error) { return w.addWithin(h, (w.max+1)/2) }

func (w *waiters) addWithin(h tx.Hash, max int) (*waiter, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed != nil {
		return nil, w.closed
	}
	if w.count >= max {
		return nil, apperr.New(apperr.Unavailable, "%d clients wait for txs already", w.count)
	}
	one := &waiter{set: w, hash: h, done: make(chan outcome, 1)}
	w.byHash[h] = append(w.byHash[h], one)
	w.count++
	return one, nil
}

// wait returns the tx's result, or an error with code Timeout after the longest
// time, or ctx's error.
func (w *waiter) wait(ctx context.Context, longest time.Duration) (*chanceryv1.TxResult, error) {
	timer := time.NewTimer(longest)
	defer timer.Stop()
	select {
	case o := <-w.done:
		return o.result, o.err
	case <-timer.C:
		return nil, apperr.New(apperr.Timeout, "the tx was not committed within %s", longest)
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// drop forgets the waiter. It may be called after the outcome.
func (w *waiter) drop() {
	s := w.set
	s.mu.Lock()
	defer s.mu.Unlock()
	all := s.byHash[w.hash]
	for i, other := range all {
		if other != w {
			continue
		}
		if len(all) == 1 {
			delete(s.byHash, w.hash)
		} else {
			s.byHash[w.hash] = append(all[:i:i], all[i+1:]...)
		}
		s.count--
		return
	}
}

// tell gives those who wait for h its outcome. The caller holds mu.
func (w *waiters) tell(h tx.Hash, o outcome) {
	all, ok := w.byHash[h]
	if !ok {
		return
	}
	delete(w.byHash, h)
	w.count -= len(all)
	for _, one := range all {
		one.done <- o
	}
}

// committed tells the results of a block. It does not block.
func (w *waiters) committed(results []*chanceryv1.TxResult) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, r := range results {
		if len(w.byHash) == 0 {
			return
		}
		if len(r.TxHash) == len(tx.Hash{}) {
			w.tell(tx.Hash(r.TxHash), outcome{result: r})
		}
	}
}

// evicted tells that this node's mempool dropped a tx.
func (w *waiters) evicted(h tx.Hash, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.tell(h, outcome{err: err})
}

// close ends all waits with err, and those to come.
func (w *waiters) close(err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.closed = err
	for h := range w.byHash {
		w.tell(h, outcome{err: err})
	}
}
