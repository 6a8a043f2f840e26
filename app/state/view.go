package state

import (
	"bytes"
	"sync/atomic"

	"github.com/crypto-org-chain/cronos/memiavl"
)

// version is the immutable tree of one committed height. It holds its tree file.
type version struct {
	height  int64
	appHash []byte
	tree    *memiavl.Tree
	file    *treeFile
	size    int64 // of the changes that made it
}

// View is the state at one committed height. It never changes, it is safe for
// several goroutines, and it works on while the store commits or closes. Close it
// once, after the last read; reading a closed view is a mistake of the program and
// panics rather than touch memory that may be gone.
type View struct {
	version
	closed atomic.Bool
}

// Height returns the view's height, 0 before the first commit.
func (v *View) Height() int64 { return v.height }

// AppHash returns the root of the state at the view's height. The caller must not
// change it.
func (v *View) AppHash() []byte { return v.appHash }

// Close ends the view. It may be called twice.
func (v *View) Close() error {
	if v.closed.CompareAndSwap(false, true) {
		v.file.release()
	}
	return nil
}

func (v *View) open() *memiavl.Tree {
	if v.closed.Load() {
		panic("state: read of a closed view")
	}
	return v.tree
}

// Get implements Reader. The value is a copy.
func (v *View) Get(key []byte) ([]byte, bool) {
	leaf := v.open().Get(key)
	if len(leaf) == 0 {
		return nil, false
	}
	return append(make([]byte, 0, len(leaf)-1), leaf[1:]...), true
}

// Scan implements Reader. Close the iterator before the view.
func (v *View) Scan(start, end []byte, reverse bool) Iterator {
	if len(start) == 0 {
		start = nil
	}
	return &viewIterator{view: v, tree: v.open().Iterator(bytes.Clone(start), bytes.Clone(end), !reverse)}
}

// viewIterator copies entries out of mapped memory into its own buffer.
type viewIterator struct {
	view    *View
	tree    *memiavl.Iterator
	started bool
	buf     []byte
	keyLen  int
	on      bool
}

// Step implements Iterator: a view has no deleted keys.
func (it *viewIterator) Step() (on, more bool) {
	on = it.Next()
	return on, on
}

func (it *viewIterator) Next() bool {
	it.view.open()
	if it.started && it.on {
		it.tree.Next()
	}
	it.started = true
	it.on = it.tree.Valid()
	if !it.on {
		return false
	}
	key, leaf := it.tree.Key(), it.tree.Value()
	it.buf = append(append(it.buf[:0], key...), leaf[1:]...)
	it.keyLen = len(key)
	return true
}

func (it *viewIterator) Key() []byte {
	if !it.on {
		return nil
	}
	return it.buf[:it.keyLen:it.keyLen]
}

func (it *viewIterator) Value() []byte {
	if !it.on {
		return nil
	}
	return it.buf[it.keyLen:]
}

func (it *viewIterator) Close() error {
	it.started, it.on = true, false
	return it.tree.Close()
}
