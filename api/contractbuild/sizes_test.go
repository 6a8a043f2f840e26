package contractbuild

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestSizesOf: every byte of the code is somewhere, and the functions go to the
// packages that they are of.
func TestSizesOf(t *testing.T) {
	out := filepath.Join(t.TempDir(), "counter.wasm")
	report, err := Build(t.Context(), "../../examples/counter", out)
	require.NoError(t, err)
	s := report.Sizes
	require.NotNil(t, s, "the tables of Go's runtime were not found: has their format changed?")
	sum, found := s.Data+s.Other, map[string]int{}
	for i, p := range s.Packages {
		sum += p.Bytes
		found[p.Package] = p.Bytes
		require.Positive(t, p.Bytes, p.Package)
		require.True(t, i == 0 || p.Bytes <= s.Packages[i-1].Bytes)
	}
	require.Equal(t, report.Size, sum)
	require.Equal(t, "runtime", s.Packages[0].Package)
	for _, name := range []string{"main", sdkPath, "github.com/chancery-chain/chancery/examples/counter"} {
		require.Greater(t, found[name], 100, name)
	}
	require.Less(t, found[madeByCompiler], report.Size/100)
	require.Greater(t, s.Data, report.Size/10)

	largest, others, bytes := s.Largest(2)
	require.Len(t, largest, 2)
	require.Equal(t, len(s.Packages)-2, others)
	require.Equal(t, sum-s.Data-s.Other, bytes+largest[0].Bytes+largest[1].Bytes)
	largest, others, bytes = s.Largest(1000)
	require.Len(t, largest, len(s.Packages))
	require.Zero(t, others+bytes)

	code, err := os.ReadFile(out)
	require.NoError(t, err)
	text := tooLarge(code).Error()
	require.Contains(t, text, "the packages with most code are runtime ")
	require.Contains(t, tooLarge(code[:8]).Error(), "go list -deps")

	// Cut anywhere it is code that nothing is known of, never a panic.
	for n := 0; n < len(code); n += 1 + len(code)/500 {
		cut, ok := SizesOf(code[:n])
		require.True(t, !ok && cut == nil, n)
	}
	spoilt := []byte(strings.ReplaceAll(string(code), "\xf1\xff\xff\xff\x00\x00\x01\x08", "\xf2\xff\xff\xff\x00\x00\x01\x08"))
	_, ok := SizesOf(spoilt)
	require.False(t, ok)
}

// FuzzSizesOf: what is no Go code is refused.
func FuzzSizesOf(f *testing.F) {
	f.Add([]byte("\x00asm\x01\x00\x00\x00\x0a\x02\x01\x00\x0b\x08\x01\x00\x41\x00\x0b\x01x"))
	f.Fuzz(func(t *testing.T, code []byte) {
		if s, ok := SizesOf(code); ok != (s != nil) {
			t.Fatalf("ok %v with %v", ok, s)
		}
	})
}
