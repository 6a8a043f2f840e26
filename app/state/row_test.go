package state

import (
	"bytes"
	"testing"

	"github.com/crypto-org-chain/cronos/memiavl"
	"github.com/stretchr/testify/require"
)

// FuzzChangesRow applies what the disk may hold: broken rows are errors, rows of
// ours give their changes.
func FuzzChangesRow(f *testing.F) {
	row, err := newChangesRow([]Change{set("a", "1"), del("b"), set("c", "")})
	require.NoError(f, err)
	f.Add([]byte(row))
	f.Add([]byte(row[:len(row)-1]))
	f.Add(bytes.Repeat([]byte{0xff}, 50))
	f.Fuzz(func(t *testing.T, b []byte) {
		tree := memiavl.New(0)
		if changesRow(b).apply(tree) == nil {
			require.Len(t, tree.RootHash(), 32)
		}
	})
}

func TestChangesRow(t *testing.T) {
	row, err := newChangesRow([]Change{set("a", "1"), del("b"), set("c", ""), set("d", string(make([]byte, 300)))})
	require.NoError(t, err)
	tree := memiavl.New(0)
	require.NoError(t, row.apply(tree))
	require.Equal(t, "\x011", string(tree.Get([]byte("a"))))
	require.Nil(t, tree.Get([]byte("b")))
	require.Equal(t, "\x01", string(tree.Get([]byte("c"))))
	require.Equal(t, FrameValue(make([]byte, 300)), tree.Get([]byte("d")))
	for n := range len(row) {
		err := row[:n].apply(memiavl.New(0))
		// Cuts between changes are not seen here but by the app hash.
		if n < 32 || n == 33 || n == len(row)-1 {
			require.ErrorIs(t, err, errBadRow, "%d bytes", n)
		}
	}
	_, err = newChangesRow([]Change{{Key: []byte("k"), Value: make([]byte, MaxValueBytes+1)}})
	require.Error(t, err)
}
