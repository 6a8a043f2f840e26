package state

import (
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chancery-chain/chancery/app/apperr"
)

func open(t testing.TB, o Options) *Store {
	t.Helper()
	s, err := Open(o)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return s
}

func set(key, value string) Change { return Change{Key: []byte(key), Value: []byte(value)} }
func del(key string) Change        { return Change{Key: []byte(key), Delete: true} }

func commit(t testing.TB, s *Store, height int64, changes ...Change) []byte {
	t.Helper()
	hash, err := s.Stage(height, changes)
	require.NoError(t, err)
	require.NoError(t, s.Commit(nil))
	require.Equal(t, height, s.Height())
	require.Equal(t, hash, s.AppHash())
	return hash
}

func TestStoreEmpty(t *testing.T) {
	s := open(t, Options{Dir: t.TempDir()})
	require.EqualValues(t, 0, s.Height())
	require.EqualValues(t, 0, s.EarliestHeight())
	require.Equal(t, emptyAppHash[:], s.AppHash())
	v, err := s.View(0)
	require.NoError(t, err)
	defer v.Close()
	_, ok := v.Get([]byte("k"))
	require.False(t, ok)
	require.False(t, v.Scan(nil, nil, false).Next())
	_, err = s.View(1)
	require.ErrorIs(t, err, apperr.Pruned.Err())
	require.Error(t, s.Commit(nil), "nothing is staged")

	require.Equal(t, emptyAppHash[:], commit(t, s, 1), "empty first block")
	h := commit(t, s, 2, set("k", "v"))
	require.Equal(t, h, commit(t, s, 3), "empty block leaves the app hash")
	require.Equal(t, h, commit(t, s, 4, del("absent")), "so does deleting what is not there")
	require.Equal(t, emptyAppHash[:], commit(t, s, 5, del("k")))
}

func TestStageRefuses(t *testing.T) {
	long := string(make([]byte, MaxKeyBytes+1))
	for name, c := range map[string]struct {
		height  int64
		changes []Change
	}{
		"height 0":           {height: 0},
		"height too large":   {height: maxHeight + 1},
		"height again":       {height: 7},
		"height left out":    {height: 9},
		"empty key":          {8, []Change{set("", "v")}},
		"deletion of no key": {8, []Change{{Delete: true}}},
		"key too long":       {8, []Change{set(long, "v")}},
		"not sorted":         {8, []Change{set("b", "v"), set("a", "v")}},
		"key twice":          {8, []Change{set("a", "v"), del("a")}},
	} {
		t.Run(name, func(t *testing.T) {
			s := open(t, Options{Dir: t.TempDir()})
			before := commit(t, s, 7, set("k", "v"))
			_, err := s.Stage(8, []Change{set("a", "staged before")})
			require.NoError(t, err)
			_, err = s.Stage(c.height, c.changes)
			require.Error(t, err)
			require.Error(t, s.Commit(nil), "nothing stays staged")
			require.Equal(t, before, s.AppHash())
			require.Equal(t, before, commit(t, s, 8), "the store goes on as if nothing had been staged")
		})
	}
}

// The genesis state is staged for its app hash, then again with the first block.
func TestStageAgain(t *testing.T) {
	s, other := open(t, Options{Dir: t.TempDir()}), open(t, Options{Dir: t.TempDir()})
	genesis := []Change{set("a", "1"), set("b", "2"), set("c", "3")}
	first, err := s.Stage(100, genesis)
	require.NoError(t, err)
	again, err := s.Stage(100, genesis)
	require.NoError(t, err)
	require.Equal(t, first, again)
	block := []Change{set("a", "1"), del("b"), set("c", "3")}
	_, err = s.Stage(100, block)
	require.NoError(t, err)
	require.NoError(t, s.Commit(nil))
	require.Equal(t, commit(t, other, 100, block...), s.AppHash())

	for i, c := range []Change{set("d", "x"), del("a"), set("c", "y")} {
		_, err = s.Stage(101, []Change{c})
		require.NoError(t, err, i)
	}
	require.Equal(t, commit(t, other, 101, set("e", "z")), commit(t, s, 101, set("e", "z")))
}

func TestInitialHeight(t *testing.T) {
	o := Options{Dir: t.TempDir()}
	s := open(t, o)
	hash := commit(t, s, 1_000_000)
	require.Equal(t, emptyAppHash[:], hash)
	hash = commit(t, s, 1_000_001, set("k", "v"))
	_, err := s.View(999_999)
	require.ErrorIs(t, err, apperr.Pruned.Err())
	require.NoError(t, s.Close())

	s = open(t, o)
	require.EqualValues(t, 1_000_001, s.Height())
	require.EqualValues(t, 1_000_000, s.EarliestHeight())
	require.Equal(t, hash, s.AppHash())
	commit(t, s, 1_000_002, set("l", "v"))
}

// With the same writes at other heights the app hash is another one: IAVL hashes
// the height of a leaf's last write.
func TestViewsKept(t *testing.T) {
	for name, c := range map[string]struct {
		opts     Options
		earliest int64
	}{
		"by number":             {Options{ViewsKept: 4}, 7},
		"one":                   {Options{ViewsKept: 1}, 10},
		"by bytes":              {Options{ViewsBytes: 3500}, 7}, // three blocks of a thousand bytes between four
		"two whatever the size": {Options{ViewsBytes: 1}, 9},
	} {
		t.Run(name, func(t *testing.T) {
			c.opts.Dir = t.TempDir()
			s := open(t, c.opts)
			for height := int64(1); height <= 10; height++ {
				commit(t, s, height, set("k", strings.Repeat(strconv.Itoa(int(height%10)), 1000)))
			}
			for range 2 {
				require.Equal(t, c.earliest, s.EarliestHeight())
				_, err := s.View(c.earliest - 1)
				require.ErrorIs(t, err, apperr.Pruned.Err())
				_, err = s.View(11)
				require.ErrorIs(t, err, apperr.Pruned.Err())
				_, err = s.View(-1)
				require.ErrorIs(t, err, apperr.Pruned.Err())
				for height := c.earliest; height <= 10; height++ {
					v, err := s.View(height)
					require.NoError(t, err)
					value, ok := v.Get([]byte("k"))
					require.True(t, ok)
					require.EqualValues(t, '0'+height%10, value[0])
					require.NoError(t, v.Close())
				}
				require.NoError(t, s.Close())
				s = open(t, c.opts) // the same heights are there after a restart
			}
		})
	}
}

func TestClosed(t *testing.T) {
	s := open(t, Options{Dir: t.TempDir()})
	hash := commit(t, s, 1, set("k", "v"))
	_, err := Open(s.opts)
	require.Error(t, err, "the folder is taken")
	v, err := s.View(0)
	require.NoError(t, err)
	_, err = s.Stage(2, nil)
	require.NoError(t, err)
	require.NoError(t, s.Close())
	require.NoError(t, s.Close())

	require.Error(t, s.Commit(nil))
	_, err = s.Stage(2, nil)
	require.Error(t, err)
	_, err = s.View(0)
	require.Error(t, err)
	_, _, err = s.Index().Get([]byte("k"))
	require.Error(t, err)
	it := s.Index().Scan(nil, nil, false)
	require.False(t, it.Next())
	require.Error(t, it.Close())
	require.EqualValues(t, 1, s.Height())
	require.Equal(t, hash, s.AppHash())

	value, ok := v.Get([]byte("k"))
	require.True(t, ok)
	require.Equal(t, "v", string(value))
	it = v.Scan(nil, nil, false)
	require.NoError(t, v.Close())
	require.NoError(t, v.Close())
	require.Panics(t, func() { v.Get([]byte("k")) })
	require.Panics(t, func() { it.Next() })
}

func TestOptions(t *testing.T) {
	_, err := Open(Options{ViewsKept: -1, ViewsBytes: -1, SnapshotEveryBytes: -1, SnapshotEveryBlocks: -1})
	for _, field := range []string{"Dir", "ViewsKept", "ViewsBytes", "SnapshotEveryBytes", "SnapshotEveryBlocks"} {
		require.ErrorContains(t, err, field)
	}
}

func TestIndex(t *testing.T) {
	s := open(t, Options{Dir: t.TempDir()})
	x := s.Index()
	_, err := s.Stage(1, nil)
	require.NoError(t, err)
	require.Error(t, s.Commit([]IndexWrite{set("", "v")}), "empty key")
	_, err = s.Stage(1, nil)
	require.NoError(t, err)
	require.NoError(t, s.Commit([]IndexWrite{set("a", "1"), set("b", "2"), {Key: []byte("c")}, set("d", "4"), del("b")}))
	value, ok, err := x.Get([]byte("c"))
	require.NoError(t, err)
	require.True(t, ok, "an empty value is a value")
	require.Empty(t, value)
	_, ok, err = x.Get([]byte("b"))
	require.NoError(t, err)
	require.False(t, ok)
	require.Equal(t, []string{"a=1", "c=", "d=4"}, collect(t, x.Scan(nil, nil, false)))
	require.Equal(t, []string{"c=", "a=1"}, collect(t, x.Scan(nil, []byte("d"), true)))
	require.Empty(t, collect(t, x.Scan([]byte("d"), []byte("a"), false)))
	// Rows of the store's own do not show.
	_, ok, err = x.Get(heightRow(rowChanges, 1))
	require.NoError(t, err)
	require.False(t, ok)
}
