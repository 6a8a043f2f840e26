package state

import (
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
