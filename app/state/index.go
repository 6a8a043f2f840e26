package state

import (
	"bytes"
	"errors"

	dbm "github.com/cosmos/cosmos-db"
)

// IndexWrite is a write to the index. It is committed with its height and is not
// part of the app hash.
type IndexWrite = Change

// Index reads what is looked up and never hashed. It shows the last committed
// height and may be used by several goroutines. Close its iterators before the
// store.
type Index struct{ store *Store }

var errClosed = errors.New("state: store is closed")

// Get returns the value under key and whether there is one. The caller owns the
// value.
func (x Index) Get(key []byte) (value []byte, ok bool, err error) {
	x.store.mu.RLock()
	defer x.store.mu.RUnlock()
	if x.store.closed {
		return nil, false, errClosed
	}
	value, err = x.store.db.Get(indexKey(key))
	return value, value != nil, err
}

// Scan walks the keys in [start, end) as Reader.Scan does. An error shows at the
// iterator's Close.
func (x Index) Scan(start, end []byte, reverse bool) Iterator {
	x.store.mu.RLock()
	defer x.store.mu.RUnlock()
	if x.store.closed {
		return &indexIterator{err: errClosed}
	}
	low, high := indexKey(start), []byte{rowIndex + 1}
	if end != nil {
		high = indexKey(end)
	}
	if bytes.Compare(low, high) >= 0 {
		return &indexIterator{}
	}
	it, err := scanRows(x.store.db, low, high, reverse)
	if err != nil {
		return &indexIterator{err: err}
	}
	return &indexIterator{rows: it}
}

func scanRows(db dbm.DB, low, high []byte, reverse bool) (dbm.Iterator, error) {
	if reverse {
		return db.ReverseIterator(low, high)
	}
	return db.Iterator(low, high)
}

func indexKey(key []byte) []byte {
	return append(append(make([]byte, 0, 1+len(key)), rowIndex), key...)
}

type indexIterator struct {
	rows       dbm.Iterator // nil: nothing to walk
	started    bool
	key, value []byte
	err        error
}

func (it *indexIterator) Step() (on, more bool) {
	on = it.Next()
	return on, on
}

func (it *indexIterator) Next() bool {
	it.key, it.value = nil, nil
	if it.rows == nil {
		return false
	}
	if it.started && it.rows.Valid() {
		it.rows.Next()
	}
	it.started = true
	if !it.rows.Valid() {
		return false
	}
	it.key, it.value = it.rows.Key()[1:], it.rows.Value()
	return true
}

func (it *indexIterator) Key() []byte   { return it.key }
func (it *indexIterator) Value() []byte { return it.value }

func (it *indexIterator) Close() error {
	it.key, it.value = nil, nil
	if it.rows != nil {
		it.err = errors.Join(it.err, it.rows.Error(), it.rows.Close())
		it.rows = nil
	}
	return it.err
}
