package state

import (
	"bytes"

	"github.com/google/btree"
)

// Writes are pulled out of the tree in chunks that grow, because its walk calls
// back and cannot pause: a short scan stays short, a long one seeks rarely.
const (
	firstChunk = 16
	lastChunk  = 64
)

// cursor walks an overlay's own writes in [start, end).
type cursor struct {
	order      *btree.BTreeG[write]
	start, end []byte
	reverse    bool
	chunk      []write
	at, size   int
	done       bool // nothing is left behind the chunk
}

func newCursor(order *btree.BTreeG[write], start, end []byte, reverse bool) cursor {
	return cursor{
		order: order, start: bytes.Clone(start), end: bytes.Clone(end),
		reverse: reverse, at: -1, size: firstChunk,
	}
}

func (c *cursor) write() write { return c.chunk[c.at] }

func (c *cursor) next() bool {
	c.at++
	if c.at < len(c.chunk) {
		return true
	}
	if c.done {
		c.at = len(c.chunk)
		return false
	}
	c.fill()
	c.at = 0
	return len(c.chunk) > 0
}

// fill loads the writes after the chunk's last one.
func (c *cursor) fill() {
	var after []byte // exclusive
	if len(c.chunk) > 0 {
		after = c.chunk[len(c.chunk)-1].key
		c.size = min(2*c.size, lastChunk)
	}
	c.chunk = c.chunk[:0]
	c.done = true
	take := func(w write) bool {
		if after != nil && bytes.Equal(w.key, after) {
			return true
		}
		if c.reverse && c.end != nil && bytes.Compare(w.key, c.end) >= 0 {
			return true // the end itself, where the walk began
		}
		if c.reverse && bytes.Compare(w.key, c.start) < 0 {
			return false
		}
		if !c.reverse && c.end != nil && bytes.Compare(w.key, c.end) >= 0 {
			return false
		}
		if len(c.chunk) == c.size {
			c.done = false
			return false
		}
		c.chunk = append(c.chunk, w)
		return true
	}
	switch {
	case !c.reverse && after != nil:
		c.order.AscendGreaterOrEqual(write{key: after}, take)
	case !c.reverse:
		c.order.AscendGreaterOrEqual(write{key: c.start}, take)
	case after != nil:
		c.order.DescendLessOrEqual(write{key: after}, take)
	case c.end != nil:
		c.order.DescendLessOrEqual(write{key: c.end}, take)
	default:
		c.order.Descend(take)
	}
}

// overlayIterator merges an overlay's writes with what lies below. A write hides
// the entry below with the same key.
type overlayIterator struct {
	below            Iterator
	own              cursor
	belowOK, ownOK   bool // stand on an entry
	belowUsed        bool // below must move before the next comparison
	ownUsed, reverse bool
	key, value       []byte
}

func (it *overlayIterator) Next() bool {
	for {
		if on, more := it.Step(); on || !more {
			return on
		}
	}
}

func (it *overlayIterator) Step() (on, more bool) {
	if it.belowUsed {
		on, more := it.below.Step()
		if !on && more {
			return false, true
		}
		it.belowOK, it.belowUsed = on, false
	}
	if it.ownUsed {
		it.ownOK, it.ownUsed = it.own.next(), false
	}
	if !it.ownOK {
		if !it.belowOK {
			it.key, it.value = nil, nil
			return false, false
		}
		return it.takeBelow()
	}
	w := it.own.write()
	if it.belowOK {
		order := bytes.Compare(it.below.Key(), w.key)
		if it.reverse {
			order = -order
		}
		if order < 0 {
			return it.takeBelow()
		}
		it.belowUsed = order == 0
	}
	it.ownUsed = true
	if w.deleted {
		return false, true
	}
	it.key, it.value = w.key, w.value
	return true, true
}

func (it *overlayIterator) takeBelow() (on, more bool) {
	it.key, it.value, it.belowUsed = it.below.Key(), it.below.Value(), true
	return true, true
}

func (it *overlayIterator) Key() []byte   { return it.key }
func (it *overlayIterator) Value() []byte { return it.value }

func (it *overlayIterator) Close() error {
	it.belowOK, it.ownOK, it.belowUsed, it.ownUsed = false, false, false, false
	it.key, it.value = nil, nil
	return it.below.Close()
}
