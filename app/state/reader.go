package state

// Limits of one entry. They bound what a tree file can address and are far above
// what the components allow; a change beyond them is refused by Stage.
const (
	MaxKeyBytes   = 64 << 10
	MaxValueBytes = 64 << 20
)

// Reader reads keys and values. Keys are not empty; an empty value is a value.
type Reader interface {
	// Get returns the value under key and whether there is one. The caller may
	// keep the value and must not change it.
	Get(key []byte) (value []byte, ok bool)
	// Scan walks the keys in [start, end) in order, or from the last to the first
	// if reverse. A nil start means from the first key, a nil end no end. The
	// caller must close the iterator.
	//
	// An iterator sees what was there when Scan was called: writes made later do
	// not show.
	Scan(start, end []byte, reverse bool) Iterator
}

// Writer reads and writes. A write is seen by the reads after it.
type Writer interface {
	Reader
	// Set stores a copy of value under a copy of key.
	Set(key, value []byte)
	// Delete removes key; a key that is not there is not an error.
	Delete(key []byte)
}

// Iterator walks entries:
//
//	it := r.Scan(start, end, false)
//	defer it.Close()
//	for it.Next() { use(it.Key(), it.Value()) }
//	return it.Close()
//
// Key and Value are valid until the next call of Next or Close; copy what is to be
// kept, and change nothing.
type Iterator interface {
	Next() bool
	// Step is Next in bounded pieces: on reports that the iterator stands on an
	// entry, more that it is not at the end. When only more is true it passed over
	// a key that an overlay deleted; call again. Where such keys were deleted by
	// somebody who does not pay for the walk, each Step can be priced.
	Step() (on, more bool)
	Key() []byte
	Value() []byte
	// Close frees the iterator and returns the error that ended it early, if any.
	// Only iterators of the index can have one. It may be called twice.
	Close() error
}

// Change is one write: a value set, or a key deleted.
type Change struct {
	Key    []byte
	Value  []byte // ignored if Delete
	Delete bool
}
