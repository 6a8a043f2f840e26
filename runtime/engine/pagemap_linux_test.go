package engine

import (
	"os"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

func TestPagemapEntry(t *testing.T) {
	const present, swapped, file, softDirty = 1 << 63, 1 << 62, 1 << 61, 1 << 55
	for _, tt := range []struct {
		name  string
		entry uint64
		want  bool
	}{
		{"never touched, or the image's and swapped out", 0, false},
		{"never touched, soft-dirty map", softDirty, false},
		{"the image's, read", present | file, false},
		{"written", present, true},
		{"written, frame number shown", present | softDirty | 0x1234, true},
		{"written and swapped out", swapped | 0x55, true},
		{"the image's, being moved", swapped | file, false},
	} {
		require.Equal(t, tt.want, isPrivate(tt.entry), tt.name)
	}
}

// TestResetAfterPageOut asks the kernel to swap out what was written, before it is
// put back. Where there is no swap the pages stay, and the test holds the less.
func TestResetAfterPageOut(t *testing.T) {
	page := os.Getpagesize()
	for _, mode := range []ResetMode{ResetScan, ResetPagemap} {
		t.Run(string(mode), func(t *testing.T) {
			all, err := newMappedBackings(mode)
			if err != nil {
				t.Skip(err)
			}
			defer all.close()
			image := make([]byte, 64*page)
			for i := range image {
				image[i] = byte(i / page)
			}
			b, err := all.newBacking(image)
			require.NoError(t, err)
			defer b.close()
			m, err := b.newMemory(uint64(len(image)))
			require.NoError(t, err)
			defer m.Free()
			buf := m.Reallocate(uint64(len(image)))
			for i := 0; i < len(buf); i += 3 * page {
				buf[i]++
			}
			base := m.(*mappedMemory).base
			if err := unix.Madvise(unsafe.Slice((*byte)(base), len(image)), unix.MADV_PAGEOUT); err != nil {
				t.Skip("MADV_PAGEOUT:", err)
			}
			require.NoError(t, m.reset())
			require.Equal(t, image, buf)
			require.NoError(t, m.(*mappedMemory).findPrivate())
			var private int64
			for _, s := range m.(*mappedMemory).private {
				private += int64(s.end - s.start)
			}
			require.EqualValues(t, 22*page, private, "what was written stays private")
		})
	}
}
