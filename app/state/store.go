package state

import (
	"bytes"
	"errors"
	"fmt"
	"sync"

	dbm "github.com/cosmos/cosmos-db"
	"github.com/crypto-org-chain/cronos/memiavl"

	"github.com/chancery-chain/chancery/app/apperr"
)

// Store is the chain's state at the last committed height and the ones before it.
// See the package comment for durability and goroutines.
type Store struct {
	opts Options
	db   dbm.DB

	// mu guards versions and closed. Writers hold it for moments, never while
	// hashing or writing.
	mu sync.RWMutex
	// versions are the readable heights, without gaps; the last is committed.
	versions []*version
	// between is the size of the changes between the first and the last of them.
	between int64
	closed  bool

	// The rest belongs to the goroutine that stages and commits.

	// tip is the committed tree that the next height is made from. It is a copy of
	// its own: a tree notes in itself that it was copied, and views read theirs.
	tip     *memiavl.Tree
	tipFile *treeFile
	staged  *stagedHeight
	rewrite *rewrite
	// filed are the heights of the tree files on disk, ascending.
	filed []int64
	// firstRow is the lowest height whose changes are in the database; 0 if none.
	firstRow int64
	// sinceFile is the size of the changes after the newest tree file.
	sinceFile int64
	// nextFile is the height before which no tree file is started.
	nextFile int64
	// failed is set when the database refused a write: what is on disk is then
	// unknown until Open.
	failed error
}

type stagedHeight struct {
	height int64
	row    changesRow
	tree   *memiavl.Tree
}

// Height returns the last committed height, 0 before the first.
func (s *Store) Height() int64 { return s.last().height }

// AppHash returns the app hash of the last committed height: 32 bytes, the hash of
// the empty state before the first. The caller must not change it.
func (s *Store) AppHash() []byte { return s.last().appHash }

// EarliestHeight returns the lowest height that View can open.
func (s *Store) EarliestHeight() int64 {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.versions[0].height
}

func (s *Store) last() *version {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.versions[len(s.versions)-1]
}

// View opens the state at height; 0 means the last committed one, and before the
// first commit the empty state. The caller must close the view. The error is
// Pruned if the height is not kept or not committed yet.
func (s *Store) View(height int64) (*View, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.closed {
		return nil, errClosed
	}
	first, last := s.versions[0].height, s.versions[len(s.versions)-1].height
	if height == 0 {
		height = last
	}
	if height < first || height > last {
		return nil, apperr.New(apperr.Pruned, "height %d; this node has %d to %d", height, first, last)
	}
	v := &View{version: *s.versions[height-first]}
	v.file.hold()
	return v, nil
}

// Index returns read access to the index.
func (s *Store) Index() Index { return Index{store: s} }

// Stage computes the app hash that height would have with changes, which must be
// sorted by key with each key once, as Overlay.Changes gives them. Nothing is
// durable or readable until Commit. Staging again, the same height or after an
// error, starts afresh from the last commit; so the genesis state can be staged to
// learn its app hash and staged again with the first block.
//
// The first height of a new store may be any from 1 on, each later one is the
// height after the last. An empty change set leaves the app hash as it was.
// The caller owns the hash, and may reuse changes.
func (s *Store) Stage(height int64, changes []Change) ([]byte, error) {
	s.staged = nil
	if err := s.writable(); err != nil {
		return nil, err
	}
	if err := checkNext(s.Height(), height); err != nil {
		return nil, err
	}
	row, err := newChangesRow(changes)
	if err != nil {
		return nil, err
	}
	tree := s.tip.Copy(0)
	if height != tree.Version()+1 { // the first height of the store
		tree = memiavl.NewEmptyTree(uint64(height-1), 0)
	}
	if err := row.apply(tree); err != nil {
		return nil, err
	}
	// Computes every missing hash, so that views of this tree never do.
	copy(row.appHash(), tree.RootHash())
	s.staged = &stagedHeight{height: height, row: row, tree: tree}
	return bytes.Clone(row.appHash()), nil
}

func checkNext(last, height int64) error {
	if height < 1 || height > maxHeight {
		return fmt.Errorf("state: height %d is out of range", height)
	}
	if last != 0 && height != last+1 {
		return fmt.Errorf("state: height %d staged after height %d", height, last)
	}
	return nil
}

// Commit makes the staged height durable together with its index writes, which
// are applied in order. Afterwards the height is readable. After an error the
// store refuses further heights: close and open it to learn what reached the disk.
// A disk that refuses the database's log ends the process: Pebble panics there, and
// Open finds what was whole.
func (s *Store) Commit(index []IndexWrite) error {
	if err := s.writable(); err != nil {
		return err
	}
	staged := s.staged
	if staged == nil {
		return errors.New("state: commit without a staged height")
	}
	for i, w := range index {
		if len(w.Key) == 0 {
			return fmt.Errorf("state: index write %d has no key", i)
		}
	}
	s.staged = nil
	if err := s.writeHeight(staged, index); err != nil {
		s.failed = fmt.Errorf("state: commit of height %d: %w", staged.height, err)
		return s.failed
	}
	if err := s.advance(staged.tree, staged.row); err != nil {
		s.failed = err
		return err
	}
	if s.firstRow == 0 {
		s.firstRow = staged.height
	}
	if err := s.keepTreeFiles(staged.row); err != nil {
		s.failed = err
		return err
	}
	return nil
}

func (s *Store) writeHeight(h *stagedHeight, index []IndexWrite) error {
	size := len(h.row) + 64
	for _, w := range index {
		size += len(w.Key) + len(w.Value) + 16
	}
	batch := s.db.NewBatchWithSize(size)
	defer batch.Close()
	if err := batch.Set(heightRow(rowChanges, h.height), h.row); err != nil {
		return err
	}
	for _, w := range index {
		var err error
		switch {
		case w.Delete:
			err = batch.Delete(indexKey(w.Key))
		case w.Value == nil:
			err = batch.Set(indexKey(w.Key), []byte{}) // nil is refused
		default:
			err = batch.Set(indexKey(w.Key), w.Value)
		}
		if err != nil {
			return err
		}
	}
	if s.opts.NoSync {
		return batch.Write()
	}
	return batch.WriteSync()
}

// advance makes tree, whose hashes are computed, the last version.
func (s *Store) advance(tree *memiavl.Tree, row changesRow) error {
	if _, _, err := tree.SaveVersion(false); err != nil {
		return fmt.Errorf("state: %w", err)
	}
	s.tip = tree
	s.sinceFile += int64(len(row))
	v := &version{
		height:  tree.Version(),
		appHash: bytes.Clone(row.appHash()),
		tree:    tree.Copy(0),
		file:    s.tipFile.hold(),
		size:    int64(len(row)),
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.versions = append(s.versions, v)
	s.between += v.size
	for n := len(s.versions); n > 1; n-- {
		emptyStart := s.versions[0].height == 0
		tooMany := n > s.opts.ViewsKept || n > minViews && s.between > s.opts.ViewsBytes
		if !emptyStart && !tooMany {
			break
		}
		s.dropFirst()
	}
	return nil
}

// minViews is how many heights stay readable however large their changes are: the
// last, and the one whose app hash the last header carries.
const minViews = 2

// dropFirst forgets the lowest height. The caller holds mu.
func (s *Store) dropFirst() {
	s.versions[0].file.release()
	s.versions[0] = nil
	s.versions = s.versions[1:]
	if len(s.versions) > 0 {
		s.between -= s.versions[0].size
	}
}

func (s *Store) writable() error {
	if s.failed != nil {
		return s.failed
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.closed {
		return errClosed
	}
	return nil
}

// Close stops the writing of a tree file and closes the database. What was staged
// is dropped; open views stay readable until they are closed. It may be called
// twice.
func (s *Store) Close() error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return nil
	}
	s.closed = true
	// The last version stays for Height and AppHash, without its file.
	last := *s.versions[len(s.versions)-1]
	last.tree, last.file = nil, nil
	for len(s.versions) > 0 {
		s.dropFirst()
	}
	s.versions = []*version{&last}
	s.mu.Unlock()

	s.staged = nil
	s.rewrite.stop()
	s.rewrite = nil
	s.tipFile.release()
	s.tip, s.tipFile = nil, nil
	return s.db.Close()
}
