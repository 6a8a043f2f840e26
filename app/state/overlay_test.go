package state

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

func overlayOn(t *testing.T, changes ...Change) *Overlay {
	return NewOverlay(viewOf(t, changes...))
}

func TestOverlay(t *testing.T) {
	o := overlayOn(t, set("a", "1"), set("b", "2"), set("c", "3"))
	value := []byte("new")
	o.Set([]byte("b"), value)
	value[0] = 'x'
	o.Set([]byte("d"), nil)
	o.Delete([]byte("a"))
	o.Delete([]byte("never"))
	require.Equal(t, 4, o.Len())
	require.Equal(t, []string{"b=new", "c=3", "d="}, collect(t, o.Scan(nil, nil, false)))
	_ = append(o.Changes()[1].Key, 'x') // must not reach the value behind it
	_, ok := o.Get([]byte("a"))
	require.False(t, ok)
	_, ok = o.Get([]byte("d"))
	require.True(t, ok, "an empty value is a value")
	require.Equal(t, []Change{
		{Key: []byte("a"), Delete: true},
		{Key: []byte("b"), Value: []byte("new")},
		{Key: []byte("d"), Value: []byte{}},
		{Key: []byte("never"), Delete: true},
	}, o.Changes())

	target := overlayOn(t, set("a", "1"), set("z", "26"))
	o.ApplyTo(target)
	o.ApplyTo(plainWriter{target}) // by Set and Delete
	require.Equal(t, o.Changes(), target.Changes())
	o.Reset()
	require.Zero(t, o.Len())
	require.Equal(t, []string{"a=1", "b=2", "c=3"}, collect(t, o.Scan(nil, nil, false)))
	require.Equal(t, []string{"b=new", "d=", "z=26"}, collect(t, target.Scan(nil, nil, false)))
}

func TestOverlayAboveNothing(t *testing.T) {
	o := NewOverlay(nil)
	_, ok := o.Get([]byte("a"))
	require.False(t, ok)
	require.Empty(t, collect(t, o.Scan(nil, nil, true)))
	o.Set([]byte("a"), []byte("1"))
	require.Equal(t, []string{"a=1"}, collect(t, o.Scan(nil, nil, true)))
}

type plainWriter struct{ Writer }

// An iterator shows its moment, also when its overlay and the one below change.
func TestOverlayWriteWhileScanning(t *testing.T) {
	for _, reverse := range []bool{false, true} {
		t.Run(fmt.Sprint("reverse=", reverse), func(t *testing.T) {
			block := overlayOn(t, set("k050", "view"))
			var want []string
			for i := range 300 {
				key := fmt.Appendf(nil, "k%03d", i)
				if i%2 == 0 {
					block.Set(key, []byte("block"))
				}
			}
			tx := NewOverlay(block)
			for i := range 300 {
				if i%3 == 0 {
					tx.Set(fmt.Appendf(nil, "k%03d", i), []byte("tx"))
				}
			}
			want = collect(t, tx.Scan(nil, nil, reverse))
			require.Len(t, want, 200)
			it := tx.Scan(nil, nil, reverse)
			var got []string
			for it.Next() {
				got = append(got, string(it.Key())+"="+string(it.Value()))
				tx.Delete(it.Key())
				tx.Set(append(it.Key(), '!'), []byte("later"))
				block.Delete(it.Key())
				block.Set(append(it.Key(), '?'), []byte("later"))
			}
			require.NoError(t, it.Close())
			require.Equal(t, want, got)
			tx.ApplyTo(block)
			left := collect(t, block.Scan(nil, nil, false))
			require.Len(t, left, 400)
			require.True(t, slices.IsSorted(left))
		})
	}
}

func TestOverlayAllocs(t *testing.T) {
	view := viewOf(t, set("present", "v"))
	block := NewOverlay(view)
	block.Set([]byte("own"), []byte("v"))
	tx := NewOverlay(block)
	tx.Set([]byte("other"), []byte("v"))
	own, absent := []byte("own"), []byte("absent")
	require.Zero(t, testing.AllocsPerRun(100, func() { tx.Get(absent) }), "miss")
	require.Zero(t, testing.AllocsPerRun(100, func() { tx.Get(own) }), "own write")
	require.LessOrEqual(t, testing.AllocsPerRun(100, func() { NewOverlay(block).Get(own) }), 1.0)
	present := []byte("present")
	require.LessOrEqual(t, testing.AllocsPerRun(100, func() { tx.Get(present) }), 1.0, "the copy")
}

func BenchmarkOverlayTx(b *testing.B) {
	block := NewOverlay(NewOverlay(nil))
	for i := range uint64(3000) {
		block.Set(benchKey(nil, i), make([]byte, benchValue))
	}
	key, value := make([]byte, 0, 64), make([]byte, benchValue)
	for _, scan := range []bool{false, true} {
		b.Run(fmt.Sprintf("scan=%t", scan), func(b *testing.B) {
			b.ReportAllocs()
			var i uint64
			for b.Loop() {
				tx := NewOverlay(block)
				for range 3 {
					key = benchKey(key, i%3000)
					tx.Get(key)
					tx.Set(key, value)
					i++
				}
				if scan {
					// A prefix with a dozen of the 3,000 keys.
					start, end := prefixRange(key[:7])
					it := tx.Scan(start, end, false)
					for it.Next() {
						_ = it.Value()
					}
					_ = it.Close()
				}
				tx.ApplyTo(block)
			}
		})
	}
}

// TestScanStepsOverDeletedKeys: keys that an overlay deleted are passed over one
// Step at a time, through layers, so that a reader can price them.
func TestScanStepsOverDeletedKeys(t *testing.T) {
	below := NewOverlay(nil)
	const keys = 300
	for i := range keys {
		below.Set([]byte{1, byte(i >> 8), byte(i)}, []byte("v"))
	}
	above := NewOverlay(below)
	for i := 1; i < keys; i++ {
		above.Delete([]byte{1, byte(i >> 8), byte(i)})
	}
	for _, reverse := range []bool{false, true} {
		it := NewOverlay(above).Scan([]byte{1}, []byte{2}, reverse)
		entries, passed := 0, 0
		for {
			on, more := it.Step()
			if !more {
				break
			}
			if on {
				require.Equal(t, []byte{1, 0, 0}, it.Key())
				entries++
			} else {
				passed++
			}
		}
		require.Equal(t, 1, entries)
		require.Equal(t, keys-1, passed)
		require.NoError(t, it.Close())
	}
}
