package state

import (
	"bytes"
	"slices"
	"unsafe"

	"github.com/google/btree"
)

// resetKeep is the size up to which Reset keeps an overlay's map: clearing a map
// costs its capacity, not its length.
const resetKeep = 1024

// sortWrites is the size up to which an overlay is sorted for each scan.
const sortWrites = 32

// Overlay holds uncommitted writes above a Reader. Making one is cheap; one that
// is never scanned keeps no order. It is not safe for several goroutines, and the
// parent must not change what the overlay's open iterators see (a View never does,
// a parent Overlay's iterators see their moment).
type Overlay struct {
	parent Reader
	writes map[string]write
	// order holds the same writes sorted by key, from the first Scan of more than
	// sortWrites on.
	order *btree.BTreeG[write]
}

// write is immutable once stored: overlays pass it on without copying.
type write struct {
	key     []byte
	value   []byte
	deleted bool
}

func writeLess(a, b write) bool { return bytes.Compare(a.key, b.key) < 0 }

// NewOverlay returns an empty overlay above parent; nil means above nothing.
func NewOverlay(parent Reader) *Overlay {
	if parent == nil {
		parent = nothing{}
	}
	return &Overlay{parent: parent}
}

// nothing is a Reader without keys, and an Iterator without entries.
type nothing struct{}

func (nothing) Get([]byte) ([]byte, bool)                       { return nil, false }
func (n nothing) Scan(start, end []byte, reverse bool) Iterator { return n }
func (nothing) Next() bool                                      { return false }
func (nothing) Step() (on, more bool)                           { return false, false }
func (nothing) Key() []byte                                     { return nil }
func (nothing) Value() []byte                                   { return nil }
func (nothing) Close() error                                    { return nil }

// Get implements Reader. It does not allocate for a key that is not there, nor for
// one of the overlay's own.
func (o *Overlay) Get(key []byte) ([]byte, bool) {
	if w, ok := o.writes[string(key)]; ok {
		return w.value, !w.deleted
	}
	return o.parent.Get(key)
}

// Set implements Writer.
func (o *Overlay) Set(key, value []byte) {
	w, ok := o.writes[string(key)]
	if ok {
		w.value = append(make([]byte, 0, len(value)), value...)
		w.deleted = false
	} else {
		buf := make([]byte, 0, len(key)+len(value))
		buf = append(append(buf, key...), value...)
		w = write{key: buf[:len(key):len(key)], value: buf[len(key):]}
	}
	o.put(w)
}

// Delete implements Writer.
func (o *Overlay) Delete(key []byte) {
	w, ok := o.writes[string(key)]
	if !ok {
		w.key = bytes.Clone(key)
	}
	w.value, w.deleted = nil, true
	o.put(w)
}

func (o *Overlay) put(w write) {
	if o.writes == nil {
		o.writes = make(map[string]write)
	}
	// The key's bytes never change, so they may serve as a string: one allocation
	// per write instead of two.
	o.writes[unsafe.String(unsafe.SliceData(w.key), len(w.key))] = w
	if o.order != nil {
		o.order.ReplaceOrInsert(w)
	}
}

// Len returns the number of keys set or deleted.
func (o *Overlay) Len() int { return len(o.writes) }

// Reset drops all writes.
func (o *Overlay) Reset() {
	if len(o.writes) > resetKeep {
		o.writes = nil
	} else {
		clear(o.writes)
	}
	o.order = nil
}

// Changes returns the writes sorted by key, one per key. Keys and values belong to
// the overlay: they may be kept and must not be changed.
func (o *Overlay) Changes() []Change {
	changes := make([]Change, 0, len(o.writes))
	for _, w := range o.writes {
		changes = append(changes, Change{Key: w.key, Value: w.value, Delete: w.deleted})
	}
	slices.SortFunc(changes, func(a, b Change) int { return bytes.Compare(a.Key, b.Key) })
	return changes
}

// Each calls f for every write, in an order that differs from one time to the
// next: what f does must not depend on it. Keys and values must not be changed.
func (o *Overlay) Each(f func(Change)) {
	for _, w := range o.writes {
		f(Change{Key: w.key, Value: w.value, Delete: w.deleted})
	}
}

// ApplyTo repeats the writes on w and leaves the overlay as it is.
func (o *Overlay) ApplyTo(w Writer) {
	if target, ok := w.(*Overlay); ok {
		// Order does not matter: each key occurs once and the target sorts.
		for _, own := range o.writes {
			target.put(own)
		}
		return
	}
	for _, c := range o.Changes() {
		if c.Delete {
			w.Delete(c.Key)
		} else {
			w.Set(c.Key, c.Value)
		}
	}
}

// Scan implements Reader.
func (o *Overlay) Scan(start, end []byte, reverse bool) Iterator {
	below := o.parent.Scan(start, end, reverse)
	if len(o.writes) == 0 {
		return below
	}
	own := o.cursor(start, end, reverse)
	if !own.next() {
		return below
	}
	if !own.done {
		// A clone shares nodes and copies those written later.
		own.order = o.order.Clone()
	}
	return &overlayIterator{below: below, own: own, ownOK: true, belowUsed: true, reverse: reverse}
}

// cursor returns the overlay's own writes in [start, end). A small overlay, as of
// most txs, is sorted for the one scan; a large one keeps its order from then on.
func (o *Overlay) cursor(start, end []byte, reverse bool) cursor {
	if o.order == nil && len(o.writes) <= sortWrites {
		var found []write
		for _, w := range o.writes {
			if bytes.Compare(w.key, start) >= 0 && (end == nil || bytes.Compare(w.key, end) < 0) {
				found = append(found, w)
			}
		}
		slices.SortFunc(found, func(a, b write) int {
			if reverse {
				a, b = b, a
			}
			return bytes.Compare(a.key, b.key)
		})
		return cursor{chunk: found, at: -1, done: true}
	}
	if o.order == nil {
		o.order = btree.NewG(16, writeLess)
		for _, w := range o.writes {
			o.order.ReplaceOrInsert(w)
		}
	}
	return newCursor(o.order, start, end, reverse)
}
