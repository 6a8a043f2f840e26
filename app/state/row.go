package state

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"github.com/crypto-org-chain/cronos/memiavl"
)

// valueFrame is the first byte of every leaf; see the package comment.
const valueFrame = 0x01

// FrameValue returns the bytes of the leaf that holds value.
func FrameValue(value []byte) []byte {
	return append(append(make([]byte, 0, 1+len(value)), valueFrame), value...)
}

// maxHeight is the last version that the tree can count.
const maxHeight = math.MaxUint32 - 1

// Rows of the database. The first byte tells them apart.
//
//	c <height>  changes: the height's app hash and its changes
//	i <key>     index: what Commit was given
//	t <height>  tree file of that height: its app hash
const (
	rowChanges  = 'c'
	rowIndex    = 'i'
	rowTreeFile = 't'
)

func heightRow(kind byte, height int64) []byte {
	return binary.BigEndian.AppendUint64([]byte{kind}, uint64(height))
}

func rowHeight(key []byte) (int64, error) {
	if len(key) != 9 {
		return 0, fmt.Errorf("state: row key of %d bytes", len(key))
	}
	return int64(binary.BigEndian.Uint64(key[1:])), nil
}

// changesRow is one height's changes as they lie in the database:
//
//	app hash   32 bytes
//	each       uvarint key length, key, uvarint leaf length, leaf
//
// Leaf length 0 is a deletion. The tree's new leaves point into the row, so
// a block costs one buffer however many writes it has.
type changesRow []byte

var errBadRow = errors.New("state: changes of a height do not decode")

// newChangesRow encodes changes and leaves the app hash zero. It refuses what the
// tree could not take.
func newChangesRow(changes []Change) (changesRow, error) {
	size := sha256.Size
	var last []byte
	for i, c := range changes {
		switch {
		case len(c.Key) == 0:
			return nil, fmt.Errorf("state: change %d has no key", i)
		case len(c.Key) > MaxKeyBytes:
			return nil, fmt.Errorf("state: change %d has a key of %d bytes", i, len(c.Key))
		case !c.Delete && len(c.Value) > MaxValueBytes:
			return nil, fmt.Errorf("state: change %d has a value of %d bytes", i, len(c.Value))
		case bytes.Compare(last, c.Key) >= 0:
			// The tree's shape, and so the app hash, depends on the order.
			return nil, fmt.Errorf("state: change %d is not sorted", i)
		}
		last = c.Key
		size += 2*binary.MaxVarintLen32 + len(c.Key) + 1 + len(c.Value)
	}
	row := make(changesRow, sha256.Size, size)
	for _, c := range changes {
		row = binary.AppendUvarint(row, uint64(len(c.Key)))
		row = append(row, c.Key...)
		if c.Delete {
			row = append(row, 0)
			continue
		}
		row = binary.AppendUvarint(row, uint64(1+len(c.Value)))
		row = append(row, valueFrame)
		row = append(row, c.Value...)
	}
	return row, nil
}

func (r changesRow) appHash() []byte { return r[:sha256.Size:sha256.Size] }

// apply puts the changes on tree. The tree keeps slices of the row.
func (r changesRow) apply(tree *memiavl.Tree) error {
	if len(r) < sha256.Size {
		return errBadRow
	}
	var pairs []memiavl.KVPair
	for rest := r[sha256.Size:]; len(rest) > 0; {
		var key, leaf []byte
		var ok bool
		if key, rest, ok = cutBytes(rest); !ok || len(key) == 0 {
			return errBadRow
		}
		if leaf, rest, ok = cutBytes(rest); !ok {
			return errBadRow
		}
		pairs = append(pairs, memiavl.KVPair{Delete: len(leaf) == 0, Key: key, Value: leaf})
	}
	set := memiavl.ChangeSet{Pairs: make([]*memiavl.KVPair, len(pairs))}
	for i := range pairs {
		set.Pairs[i] = &pairs[i]
	}
	tree.ApplyChangeSet(set)
	return nil
}

func cutBytes(b []byte) (cut, rest []byte, ok bool) {
	size, n := binary.Uvarint(b)
	if n <= 0 || size > uint64(len(b)-n) {
		return nil, nil, false
	}
	end := n + int(size)
	return b[n:end:end], b[end:], true
}
