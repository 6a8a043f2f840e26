package runtime

import (
	"container/list"
	"sync"
)

// codeCache keeps the codes used last within a budget of bytes, and makes each at
// most once at a time. Dropping a code only forgets it: its memory goes when nobody
// refers to it.
type codeCache struct {
	mu      sync.Mutex
	budget  int64
	bytes   int64                      // of the codes that are made
	entries map[[32]byte]*list.Element // of *cacheEntry
	order   *list.List                 // most recently used first
}

type cacheEntry struct {
	hash  [32]byte
	ready chan struct{} // closed when code and err are set
	code  *Code
	err   error
}

func newCodeCache(budget int64) *codeCache {
	return &codeCache{budget: budget, entries: map[[32]byte]*list.Element{}, order: list.New()}
}

// load returns the code, made by build when it is not there. Of concurrent
// callers one builds and all get its answer. Errors are not kept. Dropped are the
// codes that had to make room; the new one stays whatever its size.
func (c *codeCache) load(hash [32]byte, build func() (*Code, error)) (code *Code, dropped []*Code, err error) {
	c.mu.Lock()
	if el, ok := c.entries[hash]; ok {
		c.order.MoveToFront(el)
		c.mu.Unlock()
		e := el.Value.(*cacheEntry)
		<-e.ready
		return e.code, nil, e.err
	}
	e := &cacheEntry{hash: hash, ready: make(chan struct{})}
	c.entries[hash] = c.order.PushFront(e)
	c.mu.Unlock()

	defer close(e.ready)
	e.code, e.err = build()

	c.mu.Lock()
	defer c.mu.Unlock()
	if e.err != nil {
		c.remove(hash)
		return nil, nil, e.err
	}
	c.bytes += e.code.bytes()
	for el := c.order.Back(); el != nil && c.bytes > c.budget; {
		prev := el.Prev()
		if old := el.Value.(*cacheEntry); old != e && old.code != nil {
			c.remove(old.hash)
			c.bytes -= old.code.bytes()
			dropped = append(dropped, old.code)
		}
		el = prev
	}
	return e.code, dropped, nil
}

// remove forgets a hash; the lock is held.
func (c *codeCache) remove(hash [32]byte) {
	if el, ok := c.entries[hash]; ok {
		delete(c.entries, hash)
		c.order.Remove(el)
	}
}

// stats returns the number of codes, those being made included, and the estimated
// bytes of those that are made.
func (c *codeCache) stats() (count int, bytes int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.order.Len(), c.bytes
}
