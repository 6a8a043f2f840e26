package runtime

import (
	"slices"
	"sync"

	"github.com/chancery-chain/chancery/runtime/engine"
)

// worker is an instance with the frame of its calls.
type worker struct {
	in    *engine.Instance
	frame *frame
	code  *Code
	bytes int64
	stack int64 // known to be kept by the engine

	// Neighbours in the pool's ring, from the least to the most recently used.
	prev, next *worker
}

// pool keeps idle instances of all codes within a budget of bytes. Past it, the
// instance that was idle longest goes first, whichever code it belongs to.
type pool struct {
	mu     sync.Mutex
	budget int64
	bytes  int64
	count  int
	ring   worker // sentinel
	closed bool
}

func newPool(budget int64) *pool {
	p := &pool{budget: budget}
	p.ring.prev, p.ring.next = &p.ring, &p.ring
	return p
}

// take returns an idle instance of the code, the one used last, or nil.
func (p *pool) take(c *Code) *worker {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := len(c.idle)
	if n == 0 {
		return nil
	}
	w := c.idle[n-1]
	c.idle[n-1] = nil
	c.idle = c.idle[:n-1]
	p.unlink(w)
	return w
}

// put makes a reset instance idle.
func (p *pool) put(w *worker) {
	w.bytes = w.in.Resident() + w.stack
	p.mu.Lock()
	if p.closed || w.code.dropped {
		p.mu.Unlock()
		_ = w.in.Close()
		return
	}
	last := p.ring.prev
	w.prev, w.next = last, &p.ring
	last.next, p.ring.prev = w, w
	p.bytes += w.bytes
	p.count++
	w.code.idle = append(w.code.idle, w)
	evicted := p.shrink()
	p.mu.Unlock()
	// Freeing unmaps memory: not under the lock that every call takes.
	for _, e := range evicted {
		_ = e.in.Close()
	}
}

// shrink takes out what is over the budget; the lock is held.
func (p *pool) shrink() (out []*worker) {
	for p.bytes > p.budget && p.count > 0 {
		w := p.ring.next
		p.unlink(w)
		if i := slices.Index(w.code.idle, w); i >= 0 {
			w.code.idle = slices.Delete(w.code.idle, i, i+1)
		}
		out = append(out, w)
	}
	return out
}

func (p *pool) unlink(w *worker) {
	w.prev.next, w.next.prev = w.next, w.prev
	w.prev, w.next = nil, nil
	p.bytes -= w.bytes
	p.count--
}

// drop frees the idle instances of codes, and makes put free those that are
// running: kept, they would keep the code in memory.
func (p *pool) drop(codes []*Code) {
	var out []*worker
	p.mu.Lock()
	for _, c := range codes {
		for _, w := range c.idle {
			p.unlink(w)
			out = append(out, w)
		}
		c.idle, c.dropped = nil, true
	}
	p.mu.Unlock()
	for _, w := range out {
		_ = w.in.Close()
	}
}

// close frees everything idle and makes put free what comes later.
func (p *pool) close() {
	p.mu.Lock()
	p.closed = true
	p.budget = -1
	evicted := p.shrink()
	p.mu.Unlock()
	for _, w := range evicted {
		_ = w.in.Close()
	}
}

// stats returns the number and the estimated bytes of idle instances.
func (p *pool) stats() (count int, bytes int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.count, p.bytes
}
