package state

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"sync"

	"github.com/crypto-org-chain/cronos/memiavl"
)

// filesKept is how many tree files stay on disk, with the changes since the
// older one.
const filesKept = 2

// retryBlocks is how many heights pass after a tree file could not be written.
const retryBlocks = 100

// rewrite is a tree file in the making: one goroutine writes the tree of a past
// height, maps it, and follows the heights committed meanwhile until it has caught
// up. The committing goroutine then adopts its tree.
type rewrite struct {
	height  int64
	appHash []byte
	cancel  context.CancelFunc
	done    chan struct{}

	mu sync.Mutex
	// rows are the changes committed after height, of bytes together; the first
	// taken of them are in tree.
	rows  []changesRow
	taken int
	bytes int64

	// Set when done is closed.
	file *treeFile
	tree *memiavl.Tree
	err  error
}

// startRewrite writes the tree of the last committed height.
func (s *Store) startRewrite() {
	ctx, cancel := context.WithCancel(context.Background())
	last := s.last()
	r := &rewrite{height: last.height, appHash: last.appHash, cancel: cancel, done: make(chan struct{})}
	s.rewrite = r
	source := last.file.hold()
	go func() {
		defer close(r.done)
		defer source.release()
		r.err = r.run(ctx, s.opts.Dir, last.tree)
	}()
}

func (r *rewrite) run(ctx context.Context, dir string, tree *memiavl.Tree) error {
	if err := writeTreeFile(ctx, dir, tree); err != nil {
		return err
	}
	file, err := openTreeFile(dir, r.height, r.appHash)
	if err != nil {
		return err
	}
	r.file, r.tree = file, file.tree()
	for ctx.Err() == nil {
		more, err := r.follow()
		if err != nil {
			return err
		}
		if !more {
			return nil
		}
	}
	return ctx.Err()
}

// add notes a committed height's changes.
func (r *rewrite) add(row changesRow) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.rows = append(r.rows, row)
	r.bytes += int64(len(row))
}

// follow applies one height's changes, if there are any that are not yet applied.
func (r *rewrite) follow() (more bool, err error) {
	r.mu.Lock()
	if r.taken == len(r.rows) {
		r.mu.Unlock()
		return false, nil
	}
	row := r.rows[r.taken]
	r.rows[r.taken] = nil
	r.taken++
	r.mu.Unlock()
	if err := replay(r.tree, row); err != nil {
		return false, err
	}
	_, _, err = r.tree.SaveVersion(false)
	return true, err
}

// replay applies the changes of the height after tree's and checks that they give
// its app hash. It does not raise the tree's version.
func replay(tree *memiavl.Tree, row changesRow) error {
	if err := row.apply(tree); err != nil {
		return err
	}
	if hash := tree.RootHash(); !bytes.Equal(hash, row.appHash()) {
		return fmt.Errorf("state: replay of height %d gives app hash %X instead of %X", tree.Version()+1, hash, row.appHash())
	}
	return nil
}

// stop ends the rewrite and frees what it made.
func (r *rewrite) stop() {
	if r == nil {
		return
	}
	r.cancel()
	<-r.done
	r.file.release()
}

// keepTreeFiles adopts a finished tree file and starts the next when it is due.
// row is the height just committed.
func (s *Store) keepTreeFiles(row changesRow) error {
	if s.rewrite != nil {
		s.rewrite.add(row)
		select {
		case <-s.rewrite.done:
		default:
			return nil
		}
		r := s.rewrite
		s.rewrite = nil
		if err := s.adopt(r); err != nil {
			return err
		}
	}
	if s.rewriteDue() {
		s.startRewrite()
	}
	return nil
}

func (s *Store) rewriteDue() bool {
	// An empty tree has no file.
	if s.tip.IsEmpty() || s.Height() < s.nextFile {
		return false
	}
	var fileBytes, fileHeight int64
	if s.tipFile != nil {
		fileBytes, fileHeight = s.tipFile.bytes, s.tipFile.height
	} else {
		fileHeight = s.firstRow - 1
	}
	return s.sinceFile >= max(s.opts.SnapshotEveryBytes, fileBytes/4) ||
		s.Height()-fileHeight >= s.opts.SnapshotEveryBlocks
}

// adopt puts the tip above the new tree file and drops what it makes superfluous.
// A rewrite that failed, for want of disk space say, costs nothing but its try.
func (s *Store) adopt(r *rewrite) error {
	for r.err == nil {
		more, err := r.follow()
		if err != nil {
			r.err = err
		} else if !more {
			break
		}
	}
	if r.err == nil && r.tree.Version() != s.Height() {
		r.err = fmt.Errorf("reached height %d of %d", r.tree.Version(), s.Height())
	}
	if r.err != nil {
		r.file.release()
		s.opts.Logf("state: tree file of height %d: %v", r.height, r.err)
		s.nextFile = s.Height() + retryBlocks
		return nil
	}
	if err := s.recordTreeFile(r.height, r.appHash); err != nil {
		r.file.release()
		return fmt.Errorf("state: tree file of height %d: %w", r.height, err)
	}
	s.tipFile.release()
	s.tip, s.tipFile = r.tree, r.file
	s.sinceFile = r.bytes
	s.opts.Logf("state: tree file of height %d, %d bytes", r.height, r.file.bytes)
	return nil
}

// recordTreeFile names the new tree file in the database and forgets old ones and
// the changes before them, in one synced batch. Only then are files removed.
func (s *Store) recordTreeFile(height int64, appHash []byte) error {
	all := append(slices.Clone(s.filed), height)
	dropped, filed := all[:max(0, len(all)-filesKept)], all[max(0, len(all)-filesKept):]
	firstRow := s.firstRow

	batch := s.db.NewBatch()
	defer batch.Close()
	errs := []error{batch.Set(heightRow(rowTreeFile, height), appHash)}
	for _, h := range dropped {
		errs = append(errs, batch.Delete(heightRow(rowTreeFile, h)))
	}
	if len(filed) == filesKept {
		for ; firstRow <= filed[0]; firstRow++ {
			errs = append(errs, batch.Delete(heightRow(rowChanges, firstRow)))
		}
	}
	if err := errors.Join(append(errs, batch.WriteSync())...); err != nil {
		return err
	}
	s.filed, s.firstRow = filed, firstRow

	for _, h := range dropped {
		// Open removes what is left behind here.
		if err := os.RemoveAll(treeFileDir(s.opts.Dir, h)); err != nil {
			s.opts.Logf("state: remove tree file: %v", err)
		}
	}
	return nil
}
