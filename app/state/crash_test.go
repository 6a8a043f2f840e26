package state

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	dbm "github.com/cosmos/cosmos-db"
	"github.com/stretchr/testify/require"
)

// history is a deterministic chain: what every height changes, and what that must
// give.
type history struct {
	model entries
	// after are the states and app hashes by height.
	after  []entries
	hashes [][]byte
}

func historyChanges(height int64, model entries) []Change {
	random := rand.New(rand.NewPCG(uint64(height), 7))
	o := NewOverlay(nil)
	for range random.IntN(40) {
		key := fmt.Appendf(nil, "key %03d", random.IntN(300))
		if random.IntN(4) == 0 {
			o.Delete(key)
			delete(model, string(key))
			continue
		}
		value := bytes.Repeat(binary.AppendUvarint(nil, random.Uint64()), random.IntN(20))
		o.Set(key, value)
		model[string(key)] = string(value)
	}
	return o.Changes()
}

func historyIndex(height int64) []IndexWrite {
	return []IndexWrite{
		{Key: fmt.Appendf(nil, "at %06d", height), Value: fmt.Append(nil, height)},
		{Key: []byte("last"), Value: fmt.Append(nil, height)},
	}
}

// newHistory plays heights 1 to n on a store of its own, without crashes and
// without tree files.
func newHistory(t *testing.T, n int64) *history {
	t.Helper()
	h := &history{model: entries{}, after: []entries{{}}, hashes: [][]byte{emptyAppHash[:]}}
	s := open(t, Options{Dir: t.TempDir(), NoSync: true})
	for height := int64(1); height <= n; height++ {
		h.hashes = append(h.hashes, commit(t, s, height, historyChanges(height, h.model)...))
		h.after = append(h.after, maps.Clone(h.model))
	}
	return h
}

// advanceTo plays on from the store's height.
func advanceTo(t *testing.T, s *Store, to int64) {
	t.Helper()
	for height := s.Height() + 1; height <= to; height++ {
		_, err := s.Stage(height, historyChanges(height, entries{}))
		require.NoError(t, err)
		require.NoError(t, s.Commit(historyIndex(height)))
	}
}

// check compares a reopened store with the history: tree, app hash and index must
// be of one height, whole.
func (h *history) check(t *testing.T, s *Store) {
	t.Helper()
	height := s.Height()
	require.Less(t, height, int64(len(h.after)))
	require.Equal(t, h.hashes[height], s.AppHash(), "height %d", height)
	v, err := s.View(0)
	require.NoError(t, err)
	defer v.Close()
	require.Equal(t, h.after[height].scan(nil, nil, false), collect(t, v.Scan(nil, nil, false)))
	var index []string
	for i := int64(1); i <= height; i++ {
		index = append(index, fmt.Sprintf("at %06d=%d", i, i))
	}
	if height > 0 {
		index = append(index, fmt.Sprintf("last=%d", height))
	}
	require.Equal(t, index, collect(t, s.Index().Scan(nil, nil, false)))
}

func copyDir(t *testing.T, from string) string {
	t.Helper()
	to := t.TempDir()
	require.NoError(t, os.CopyFS(to, os.DirFS(from)))
	return to
}

// lastLog returns the newest log file of the database.
func lastLog(t *testing.T, dir string) string {
	t.Helper()
	logs, err := filepath.Glob(filepath.Join(dir, dbName+".db", "*.log"))
	require.NoError(t, err)
	require.NotEmpty(t, logs)
	slices.Sort(logs)
	return logs[len(logs)-1]
}

// A power loss may take any tail of the log, and tear its last record.
func TestRecoverTornLog(t *testing.T) {
	const heights = 40
	h := newHistory(t, heights+5)
	for _, file := range []int64{0, 10, 25} {
		t.Run(fmt.Sprintf("tree file of height %d", file), func(t *testing.T) {
			s := open(t, Options{Dir: t.TempDir(), ViewsKept: 3})
			advanceTo(t, s, file)
			if file > 0 {
				s.startRewrite()
				<-s.rewrite.done
			}
			advanceTo(t, s, heights)
			data, err := os.ReadFile(lastLog(t, s.opts.Dir))
			require.NoError(t, err)
			random := rand.New(rand.NewPCG(1, uint64(file)))
			seen := map[int64]bool{}
			for i := range 24 {
				dir := copyDir(t, s.opts.Dir)
				cut := random.IntN(len(data) + 1)
				torn := slices.Clone(data[:cut])
				if i%3 == 1 && cut > 0 {
					torn[max(0, cut-1-random.IntN(20))] ^= 0x40
				}
				if i%3 == 2 {
					torn = append(torn, make([]byte, 100)...)
				}
				require.NoError(t, os.WriteFile(lastLog(t, dir), torn, 0o600))
				again, err := Open(Options{Dir: dir, ViewsKept: 1 + random.IntN(20), Logf: t.Logf})
				require.NoError(t, err)
				h.check(t, again)
				seen[again.Height()] = true
				// The lost heights are played again and more after them.
				advanceTo(t, again, heights+5)
				h.check(t, again)
				require.NoError(t, again.Close())
			}
			require.Greater(t, len(seen), 5, "cuts fall on different heights")
		})
	}
}

// makeFiled returns a folder whose store has tree files of heights 20 and 30 and
// is at height 40.
func makeFiled(t *testing.T) string {
	t.Helper()
	s, err := Open(Options{Dir: t.TempDir()})
	require.NoError(t, err)
	for _, height := range []int64{10, 20, 30} {
		advanceTo(t, s, height)
		s.startRewrite()
		<-s.rewrite.done
	}
	advanceTo(t, s, 40)
	require.Equal(t, []int64{20, 30}, s.filed)
	require.EqualValues(t, 21, s.firstRow)
	require.NoDirExists(t, treeFileDir(s.opts.Dir, 10))
	require.NoError(t, s.Close())
	return s.opts.Dir
}

func TestRecoverTreeFiles(t *testing.T) {
	h := newHistory(t, 60)
	whole := makeFiled(t)
	for name, c := range map[string]struct {
		harm  func(t *testing.T, dir string)
		filed []int64 // nil: Open must fail
	}{
		"nothing": {func(*testing.T, string) {}, []int64{20, 30}},
		"newest lost": {func(t *testing.T, dir string) {
			require.NoError(t, os.RemoveAll(treeFileDir(dir, 30)))
		}, []int64{20}},
		"newest cut": {func(t *testing.T, dir string) {
			require.NoError(t, os.Truncate(filepath.Join(treeFileDir(dir, 30), "leaves"), 100))
		}, []int64{20}},
		"newest of another height": {func(t *testing.T, dir string) {
			require.NoError(t, os.RemoveAll(treeFileDir(dir, 30)))
			require.NoError(t, os.Rename(treeFileDir(dir, 20), treeFileDir(dir, 30)))
		}, nil},
		"both lost": {func(t *testing.T, dir string) {
			require.NoError(t, os.RemoveAll(treeFileDir(dir, 20)))
			require.NoError(t, os.RemoveAll(treeFileDir(dir, 30)))
		}, nil},
		"left by a crash while writing": {func(t *testing.T, dir string) {
			require.NoError(t, os.CopyFS(treeFileDir(dir, 35)+tmpSuffix, os.DirFS(treeFileDir(dir, 30))))
		}, []int64{20, 30}},
		"left by a crash before naming": {func(t *testing.T, dir string) {
			require.NoError(t, os.CopyFS(treeFileDir(dir, 35), os.DirFS(treeFileDir(dir, 30))))
		}, []int64{20, 30}},
		"left by a crash before removing": {func(t *testing.T, dir string) {
			require.NoError(t, os.CopyFS(treeFileDir(dir, 10), os.DirFS(treeFileDir(dir, 20))))
		}, []int64{20, 30}},
	} {
		t.Run(name, func(t *testing.T) {
			dir := copyDir(t, whole)
			c.harm(t, dir)
			s, err := Open(Options{Dir: dir, Logf: t.Logf})
			if c.filed == nil {
				require.Error(t, err)
				return
			}
			require.NoError(t, err)
			require.Equal(t, c.filed, s.filed)
			require.EqualValues(t, 40, s.Height())
			h.check(t, s)
			files, err := filepath.Glob(filepath.Join(dir, treeFilePrefix+"*"))
			require.NoError(t, err)
			require.Len(t, files, len(c.filed), "nothing else is left lying about")
			advanceTo(t, s, 50)
			s.startRewrite()
			<-s.rewrite.done
			advanceTo(t, s, 60)
			h.check(t, s)
			require.NoError(t, s.Close())
			again := open(t, Options{Dir: dir})
			h.check(t, again)
			require.EqualValues(t, 60, again.Height())
		})
	}
}

// Rows that the disk changed are an error of Open, never another state.
func TestRecoverRefuses(t *testing.T) {
	whole := makeFiled(t)
	row := heightRow(rowChanges, 35)
	for name, harm := range map[string]func(t *testing.T, db dbm.DB){
		"changes missing": func(t *testing.T, db dbm.DB) { require.NoError(t, db.Delete(row)) },
		"changes cut":     func(t *testing.T, db dbm.DB) { require.NoError(t, db.Set(row, []byte("short"))) },
		"changes changed": func(t *testing.T, db dbm.DB) {
			b, err := db.Get(row)
			require.NoError(t, err)
			other, err := newChangesRow([]Change{set("key 001", "other")})
			require.NoError(t, err)
			copy(other, b[:32])
			require.NoError(t, db.Set(row, other))
		},
		"row of another kind": func(t *testing.T, db dbm.DB) {
			require.NoError(t, db.Set([]byte{rowChanges, 1}, []byte("x")))
		},
		"app hash of the tree file": func(t *testing.T, db dbm.DB) {
			require.NoError(t, db.Set(heightRow(rowTreeFile, 30), emptyAppHash[:]))
			require.NoError(t, db.Set(heightRow(rowTreeFile, 20), emptyAppHash[:]))
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := copyDir(t, whole)
			db, err := dbm.NewPebbleDB(dbName, dir, nil)
			require.NoError(t, err)
			harm(t, db)
			require.NoError(t, db.Close())
			// Whether the harm lies in a kept height or before; and nothing stays locked.
			for _, views := range []int{128, 6, 5, 1} {
				_, err = Open(Options{Dir: dir, ViewsKept: views, Logf: t.Logf})
				require.ErrorContains(t, err, "state: open")
			}
		})
	}
}

// One side comes back from an older copy of the folder.
func TestRecoverOlderCopy(t *testing.T) {
	h := newHistory(t, 60)
	s, err := Open(Options{Dir: t.TempDir()})
	require.NoError(t, err)
	copies := map[int64]string{}
	for _, height := range []int64{10, 20, 30, 40} {
		advanceTo(t, s, height)
		s.startRewrite()
		<-s.rewrite.done
		advanceTo(t, s, height+5)
		copies[height+5] = copyDir(t, s.opts.Dir)
	}
	require.NoError(t, s.Close())
	require.Equal(t, []int64{30, 40}, s.filed)
	for name, c := range map[string]struct {
		index, files int64 // copies that are put together
		height       int64 // 0: Open must fail
	}{
		"index one tree file behind":  {35, 45, 35},
		"index two tree files behind": {25, 45, 0},
		"files one behind":            {45, 35, 45},
		"files two behind":            {45, 25, 0},
	} {
		t.Run(name, func(t *testing.T) {
			dir := copyDir(t, copies[c.files])
			db := filepath.Join(dir, dbName+".db")
			require.NoError(t, os.RemoveAll(db))
			require.NoError(t, os.CopyFS(db, os.DirFS(filepath.Join(copies[c.index], dbName+".db"))))
			s, err := Open(Options{Dir: dir, Logf: t.Logf})
			if c.height == 0 {
				require.ErrorContains(t, err, "no tree file")
				return
			}
			require.NoError(t, err)
			require.Equal(t, c.height, s.Height())
			h.check(t, s)
			advanceTo(t, s, 60)
			h.check(t, s)
			require.NoError(t, s.Close())
		})
	}
}

const crashDirEnv = "CHANCERY_STATE_CRASH_DIR"

// A child is killed within its first killWithin heights, and makes no more than
// childHeights, even when the machine is busy and the kill comes late.
const (
	killWithin   = 150
	childHeights = killWithin + 200
)

// TestCrashChild is the process that TestCrashDuringCommit kills: it commits and
// tells each height after its commit.
func TestCrashChild(t *testing.T) {
	dir := os.Getenv(crashDirEnv)
	if dir == "" {
		t.Skip("run by TestCrashDuringCommit")
	}
	// Tree files all the time, so that kills fall into their writing too.
	s, err := Open(Options{Dir: dir, ViewsKept: 3, SnapshotEveryBytes: 3000})
	require.NoError(t, err)
	for range childHeights {
		advanceTo(t, s, s.Height()+1)
		fmt.Println("committed", s.Height())
	}
	time.Sleep(time.Hour) // until the kill
}

func TestCrashDuringCommit(t *testing.T) {
	if testing.Short() {
		t.Skip("starts processes")
	}
	const kills = 10
	h := newHistory(t, kills*childHeights)
	dir := t.TempDir()
	random := rand.New(rand.NewPCG(3, 4))
	var height int64
	for range kills {
		child := exec.Command(os.Args[0], "-test.run=^TestCrashChild$")
		child.Env = append(os.Environ(), crashDirEnv+"="+dir)
		child.Stderr = os.Stderr
		out, err := child.StdoutPipe()
		require.NoError(t, err)
		require.NoError(t, child.Start())
		lines := bufio.NewScanner(out)
		var told int64
		for until := 1 + random.IntN(killWithin); lines.Scan(); {
			text, ok := strings.CutPrefix(lines.Text(), "committed ")
			if !ok {
				continue
			}
			told, err = strconv.ParseInt(text, 10, 64)
			require.NoError(t, err)
			if until--; until == 0 {
				// The child is in the middle of its next heights. Read on after the
				// kill: what it told before is committed as well.
				require.NoError(t, child.Process.Kill())
			}
		}
		require.Error(t, child.Wait(), "killed")
		require.Greater(t, told, height)

		s, err := Open(Options{Dir: dir, Logf: t.Logf})
		require.NoError(t, err)
		require.GreaterOrEqual(t, s.Height(), told, "a committed height is lost")
		require.LessOrEqual(t, s.Height(), told+1)
		h.check(t, s)
		height = s.Height()
		require.NoError(t, s.Close())
	}
}
