package state

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	ics23 "github.com/cosmos/ics23/go"
	"github.com/stretchr/testify/require"
)

// Readers of every kept height go on while the store commits, switches tree files
// and unmaps old ones. A fault here kills the process.
func TestReadersBesideRewrites(t *testing.T) {
	const heights = 300
	h := newHistory(t, heights)
	s := open(t, Options{Dir: t.TempDir(), NoSync: true, ViewsKept: 20, SnapshotEveryBytes: 1})
	advanceTo(t, s, 10)
	var done atomic.Bool
	var readers sync.WaitGroup
	for i := range 4 {
		readers.Go(func() {
			for n := int64(i); !done.Load(); n++ {
				last := s.Height()
				v, err := s.View(max(s.EarliestHeight(), last-n%20))
				if err != nil {
					continue // pruned in between
				}
				model := h.after[v.Height()]
				require.Equal(t, h.hashes[v.Height()], v.AppHash())
				require.Equal(t, model.scan(nil, nil, n%2 == 0), collect(t, v.Scan(nil, nil, n%2 == 0)))
				checkProof(t, v, []byte("key 100"), model)
				checkProof(t, v, []byte("key 200"), model)
				require.NoError(t, v.Close())
			}
		})
	}
	files := map[*treeFile]bool{}
	for height := int64(11); height <= heights; height++ {
		advanceTo(t, s, height)
		files[s.tipFile] = true
		if height%20 == 0 && s.rewrite != nil {
			<-s.rewrite.done
		}
	}
	done.Store(true)
	readers.Wait()
	h.check(t, s)
	require.Greater(t, len(files), 10, "tree files were switched meanwhile")
}

// Old files are unmapped when the last height and the last view above them go.
func TestTreeFileReleased(t *testing.T) {
	s := open(t, Options{Dir: t.TempDir(), ViewsKept: 3})
	rewrite := func() *treeFile {
		s.startRewrite()
		<-s.rewrite.done
		advanceTo(t, s, s.Height()+1)
		return s.tipFile
	}
	advanceTo(t, s, 5)
	first := rewrite()
	advanceTo(t, s, 7)
	v, err := s.View(7)
	require.NoError(t, err)
	second := rewrite()
	require.NotSame(t, first, second)
	advanceTo(t, s, 20)
	require.EqualValues(t, 1, first.refs.Load(), "the view's")
	want := collect(t, v.Scan(nil, nil, false))
	require.NotEmpty(t, want)
	third := rewrite()
	require.NoDirExists(t, treeFileDir(s.opts.Dir, first.height))
	require.Equal(t, want, collect(t, v.Scan(nil, nil, false)), "removed, and still mapped")
	type proven struct {
		key, value      []byte
		present, absent *ics23.CommitmentProof
	}
	var given []proven
	for _, entry := range want {
		key, _, _ := strings.Cut(entry, "=")
		p := proven{key: []byte(key)}
		p.value, _ = v.Get(p.key)
		p.present, err = v.Prove(p.key)
		require.NoError(t, err)
		p.absent, err = v.Prove([]byte(key + "x"))
		require.NoError(t, err)
		given = append(given, p)
	}
	require.NoError(t, v.Close())
	require.Zero(t, first.refs.Load())
	require.True(t, first.snapshot.IsEmpty(), "unmapped")
	for _, p := range given { // nothing given out lies in the unmapped memory
		require.NoError(t, VerifyExistence(v.AppHash(), p.key, p.value, p.present))
		require.NoError(t, VerifyAbsence(v.AppHash(), append(p.key, 'x'), p.absent))
	}
	require.NoError(t, s.Close())
	require.Zero(t, second.refs.Load())
	require.Zero(t, third.refs.Load())
}

// A tree file that cannot be written is tried again later and harms nothing.
func TestRewriteFails(t *testing.T) {
	h := newHistory(t, 400)
	s := open(t, Options{Dir: t.TempDir(), NoSync: true, SnapshotEveryBytes: 1000})
	dir := s.opts.Dir
	blocked := filepath.Join(dir, "file")
	require.NoError(t, os.WriteFile(blocked, nil, 0o600))
	s.opts.Dir = filepath.Join(blocked, "below")
	failed := 0
	s.opts.Logf = func(format string, args ...any) { failed++ }
	for height := int64(1); height <= 150; height++ {
		advanceTo(t, s, height)
		if s.rewrite != nil {
			<-s.rewrite.done
		}
	}
	require.Equal(t, 2, failed, "one try in a hundred heights")
	require.Empty(t, s.filed)
	h.check(t, s)
	s.opts.Dir, s.opts.Logf = dir, t.Logf
	for height := int64(151); height <= 400; height++ {
		advanceTo(t, s, height)
		if s.rewrite != nil {
			<-s.rewrite.done
		}
	}
	require.Len(t, s.filed, filesKept)
	h.check(t, s)
}

// By blocks alone, an idle chain gets a new tree file and forgets old changes.
func TestRewriteByBlocks(t *testing.T) {
	s := open(t, Options{Dir: t.TempDir(), NoSync: true, SnapshotEveryBlocks: 10})
	hash := commit(t, s, 1, set("k", "v"))
	for height := int64(2); height <= 60; height++ {
		require.Equal(t, hash, commit(t, s, height))
		if s.rewrite != nil {
			<-s.rewrite.done
		}
	}
	first, last, err := s.rowRange()
	require.NoError(t, err)
	require.EqualValues(t, 60, last)
	require.GreaterOrEqual(t, first, int64(30))
	require.Equal(t, first, s.filed[0]+1)
}
