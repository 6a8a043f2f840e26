package state

import (
	"bytes"
	"errors"
	"fmt"
	"os"

	dbm "github.com/cosmos/cosmos-db"
	"github.com/crypto-org-chain/cronos/memiavl"
)

// dbName is the folder of the database inside Options.Dir, less the suffix that
// cosmos-db adds.
const dbName = "index"

// Open opens the store in o.Dir or makes an empty one, and brings tree and index
// to the last height that is whole on disk. The error tells what is lost: changes
// missing in the middle, or an app hash that replay does not reach.
func Open(o Options) (*Store, error) {
	if err := o.Validate(); err != nil {
		return nil, err
	}
	o.fill()
	if err := os.MkdirAll(o.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("state: open: %w", err)
	}
	db, err := dbm.NewPebbleDB(dbName, o.Dir, nil)
	if err != nil {
		return nil, fmt.Errorf("state: open %s: %w", o.Dir, err)
	}
	s := &Store{opts: o, db: db}
	if err := s.load(); err != nil {
		for _, v := range s.versions {
			v.file.release()
		}
		s.tipFile.release()
		return nil, errors.Join(fmt.Errorf("state: open %s: %w", o.Dir, err), db.Close())
	}
	return s, nil
}

// load finds the newest tree file that can be used and replays the changes after
// it.
func (s *Store) load() error {
	filed, err := s.heights(rowTreeFile)
	if err != nil {
		return err
	}
	first, last, err := s.rowRange()
	if err != nil {
		return err
	}
	s.firstRow = first
	// While there are fewer files than are kept, no changes were dropped, and a
	// replay may start from the empty tree.
	fromEmpty := len(filed) < filesKept

	usable := len(filed)
	for ; usable > 0; usable-- {
		if s.tipFile, err = s.openFiled(filed[usable-1], last); err == nil {
			break
		}
		s.opts.Logf("state: %v", err)
	}
	switch {
	case usable > 0:
		s.tip = s.tipFile.tree()
	case fromEmpty:
		s.tip = memiavl.NewEmptyTree(uint64(max(0, first-1)), 0)
	default:
		return fmt.Errorf("no tree file of heights %d can be used", filed)
	}
	s.filed = filed[:usable]
	if err := s.forgetTreeFiles(filed[usable:]); err != nil {
		return err
	}
	return s.replayRows(last)
}

func (s *Store) openFiled(height, last int64) (*treeFile, error) {
	if height > last {
		return nil, fmt.Errorf("tree file of height %d is ahead of height %d", height, last)
	}
	appHash, err := s.db.Get(heightRow(rowTreeFile, height))
	if err != nil {
		return nil, err
	}
	return openTreeFile(s.opts.Dir, height, appHash)
}

// heights returns the heights of all rows of a kind, ascending.
func (s *Store) heights(kind byte) ([]int64, error) {
	it, err := s.db.Iterator([]byte{kind}, []byte{kind + 1})
	if err != nil {
		return nil, err
	}
	defer it.Close()
	var heights []int64
	for ; it.Valid(); it.Next() {
		h, err := rowHeight(it.Key())
		if err != nil {
			return nil, err
		}
		heights = append(heights, h)
	}
	return heights, it.Error()
}

// rowRange returns the lowest and the highest height with changes, 0 if there are
// none.
func (s *Store) rowRange() (first, last int64, err error) {
	for _, end := range []struct {
		reverse bool
		height  *int64
	}{{false, &first}, {true, &last}} {
		it, err := scanRows(s.db, []byte{rowChanges}, []byte{rowChanges + 1}, end.reverse)
		if err != nil {
			return 0, 0, err
		}
		if it.Valid() {
			*end.height, err = rowHeight(it.Key())
		}
		if err := errors.Join(err, it.Error(), it.Close()); err != nil {
			return 0, 0, err
		}
	}
	return first, last, nil
}

// forgetTreeFiles removes the rows of lost tree files, and every file without a
// row: left by a crash between the writing and the naming of a file, or between
// the forgetting and the removing.
func (s *Store) forgetTreeFiles(lost []int64) error {
	for _, h := range lost {
		if err := s.db.DeleteSync(heightRow(rowTreeFile, h)); err != nil {
			return err
		}
	}
	keep := make(map[int64]bool, len(s.filed))
	for _, h := range s.filed {
		keep[h] = true
	}
	return removeTreeFiles(s.opts.Dir, keep)
}

// replayRows applies the changes after the tip up to height last. The highest
// heights become versions and are checked one by one; those before them are applied
// without hashing, which takes most of a replay's time, and are checked together.
func (s *Store) replayRows(last int64) error {
	kept, err := s.firstKept(last)
	if err != nil {
		return err
	}
	it, err := s.db.Iterator(heightRow(rowChanges, s.tip.Version()+1), []byte{rowChanges + 1})
	if err != nil {
		return err
	}
	defer it.Close()
	first := s.tip.Version() + 1
	if kept <= first {
		s.startVersions(s.tipFile == nil)
	}
	for ; it.Valid(); it.Next() {
		height, err := rowHeight(it.Key())
		if err != nil {
			return err
		}
		if height != s.tip.Version()+1 {
			return fmt.Errorf("changes of height %d are missing", s.tip.Version()+1)
		}
		row := changesRow(it.Value())
		if height >= kept {
			next := s.tip.Copy(0)
			if err := replay(next, row); err != nil {
				return err
			}
			if err := s.advance(next, row); err != nil {
				return err
			}
			continue
		}
		apply := row.apply
		if height == kept-1 {
			apply = func(tree *memiavl.Tree) error { return replay(tree, row) }
		}
		if err := apply(s.tip); err != nil {
			return err
		}
		if _, _, err := s.tip.SaveVersion(false); err != nil {
			return err
		}
		s.sinceFile += int64(len(row))
		if height == kept-1 {
			s.startVersions(false)
		}
	}
	if err := it.Error(); err != nil {
		return err
	}
	if s.Height() != last {
		return fmt.Errorf("changes end at height %d of %d", s.Height(), last)
	}
	return nil
}

// firstKept returns the lowest height that is worth keeping as a version when last
// is the highest.
func (s *Store) firstKept(last int64) (int64, error) {
	it, err := scanRows(s.db, []byte{rowChanges}, []byte{rowChanges + 1}, true)
	if err != nil {
		return 0, err
	}
	defer it.Close()
	kept, size := last, int64(0)
	for ; it.Valid() && last-kept < int64(s.opts.ViewsKept) && size <= s.opts.ViewsBytes; it.Next() {
		size += int64(len(it.Value()))
		kept--
	}
	return kept + 1, it.Error()
}

// startVersions makes the tip, whose hashes are computed, the only version.
func (s *Store) startVersions(beforeFirst bool) {
	v := &version{
		height: s.tip.Version(), appHash: bytes.Clone(s.tip.RootHash()),
		tree: s.tip.Copy(0), file: s.tipFile.hold(),
	}
	if beforeFirst {
		v.height = 0 // whatever the first height will be
	}
	s.versions = []*version{v}
}
