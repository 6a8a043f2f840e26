package state

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/crypto-org-chain/cronos/memiavl"
)

const (
	treeFilePrefix = "tree-"
	tmpSuffix      = ".tmp"
)

// treeFile is the tree of one height, written to a folder and mapped into memory.
// Trees above it point into the mapping, so each of them holds a reference; the
// last release unmaps. A nil treeFile is an empty tree's.
type treeFile struct {
	height   int64
	bytes    int64
	snapshot *memiavl.Snapshot
	refs     atomic.Int64
}

func treeFileDir(dir string, height int64) string {
	return filepath.Join(dir, fmt.Sprintf("%s%020d", treeFilePrefix, height))
}

// openTreeFile maps a tree file and checks that it is of height and appHash. The
// caller holds the one reference.
func openTreeFile(dir string, height int64, appHash []byte) (*treeFile, error) {
	path := treeFileDir(dir, height)
	size, err := folderBytes(path)
	if err != nil {
		return nil, fmt.Errorf("state: tree file of height %d: %w", height, err)
	}
	snapshot, err := memiavl.OpenSnapshot(path)
	if err != nil {
		return nil, fmt.Errorf("state: tree file of height %d: %w", height, err)
	}
	f := &treeFile{height: height, bytes: size, snapshot: snapshot}
	f.refs.Store(1)
	if int64(snapshot.Version()) != height || !bytes.Equal(snapshot.RootHash(), appHash) {
		err := fmt.Errorf("state: tree file of height %d has another height or app hash", height)
		f.release()
		return nil, err
	}
	return f, nil
}

func folderBytes(path string) (int64, error) {
	entries, err := os.ReadDir(path)
	if err != nil {
		return 0, err
	}
	var size int64
	for _, e := range entries {
		info, err := e.Info()
		if err != nil {
			return 0, err
		}
		size += info.Size()
	}
	return size, nil
}

func (f *treeFile) hold() *treeFile {
	if f != nil {
		f.refs.Add(1)
	}
	return f
}

func (f *treeFile) release() {
	if f != nil && f.refs.Add(-1) == 0 {
		// Unmapping fails only for arguments that were never mapped.
		_ = f.snapshot.Close()
	}
}

// tree returns a new tree that starts as the file's. The caller must hold the file
// for as long as it uses the tree.
func (f *treeFile) tree() *memiavl.Tree {
	// Zero copy: views copy what they hand out, the rest stays inside.
	return memiavl.NewFromSnapshot(f.snapshot, true, 0)
}

// writeTreeFile writes tree, which nobody may change meanwhile and whose hashes
// are computed. When it returns nil the files and their names are on disk.
func writeTreeFile(ctx context.Context, dir string, tree *memiavl.Tree) error {
	path := treeFileDir(dir, tree.Version())
	tmp := path + tmpSuffix
	for _, p := range []string{tmp, path} {
		if err := os.RemoveAll(p); err != nil {
			return err
		}
	}
	if err := tree.WriteSnapshotWithContext(ctx, tmp); err != nil {
		_ = os.RemoveAll(tmp)
		return err
	}
	if err := syncDir(tmp); err != nil {
		return err
	}
	if err := os.Rename(tmp, path); err != nil {
		return err
	}
	return syncDir(dir)
}

func syncDir(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	if err := d.Sync(); err != nil {
		_ = d.Close()
		return err
	}
	return d.Close()
}

// removeTreeFiles removes all tree files, finished or not, whose height is not in
// keep. Mapped ones stay readable until they are unmapped.
func removeTreeFiles(dir string, keep map[int64]bool) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		name, ok := strings.CutPrefix(e.Name(), treeFilePrefix)
		if !ok {
			continue
		}
		height, err := strconv.ParseInt(name, 10, 64)
		if err == nil && keep[height] {
			continue
		}
		if err := os.RemoveAll(filepath.Join(dir, e.Name())); err != nil {
			return err
		}
	}
	return nil
}
