package engine

import (
	"bytes"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	w "github.com/chancery-chain/chancery/runtime/wasm/wasmtest"
)

// cached is a module that is unlike all others with another n.
func cached(n int64) []byte {
	return counterModule(w.I64Const(n), w.GlobalSet(0)).Bytes()
}

// runCached compiles and runs module n in a new engine.
func runCached(t *testing.T, dir string, max int64, n ...int64) CacheStats {
	t.Helper()
	e, err := New(Config{CacheDir: dir, CacheBytes: max}, nil)
	require.NoError(t, err)
	for _, n := range n {
		m, err := e.Compile(cached(n))
		require.NoError(t, err)
		img, err := m.NewImage(spec, func(*Instance) error { return nil })
		require.NoError(t, err)
		in, err := img.NewInstance()
		require.NoError(t, err)
		stop := in.Call(t.Context())
		require.Equal(t, StopReturn, stop.Kind, "%v", stop.Err)
		require.EqualValues(t, n, in.Global(0))
		require.NoError(t, in.Close())
	}
	stats := e.CacheStats()
	require.NoError(t, e.Close())
	return stats
}

// kept lists the files of a cache, which must be all there is in the folder.
func kept(t *testing.T, dir string) []string {
	t.Helper()
	all, err := filepath.Glob(filepath.Join(dir, "*"))
	require.NoError(t, err)
	for _, path := range all {
		require.True(t, strings.HasSuffix(path, fileSuffix), path)
	}
	return all
}

const plenty = 1 << 30

func TestDiskCache(t *testing.T) {
	dir := t.TempDir()
	require.Equal(t, CacheStats{Misses: 2}, runCached(t, dir, plenty, 1, 2))
	require.Len(t, kept(t, dir), 2)
	require.Equal(t, CacheStats{Hits: 2}, runCached(t, dir, plenty, 1, 2))
	require.Equal(t, CacheStats{Hits: 1, Misses: 1}, runCached(t, dir, plenty, 3, 1))
	require.Len(t, kept(t, dir), 3)
}

// TestDiskCacheDamage changes a kept file in every way that the disk, a power loss
// or somebody might: the module is compiled anew, and the file is right again.
func TestDiskCacheDamage(t *testing.T) {
	dir := t.TempDir()
	runCached(t, dir, plenty, 1)
	path := kept(t, dir)[0]
	good, err := os.ReadFile(path)
	require.NoError(t, err)
	other := t.TempDir()
	runCached(t, other, plenty, 2)
	stranger, err := os.ReadFile(kept(t, other)[0])
	require.NoError(t, err)

	flip := func(at int) func([]byte) []byte {
		return func(b []byte) []byte { b[at] ^= 1; return b }
	}
	// The machine code is a ret and little else: every byte is worth a flip.
	type damage struct {
		name string
		do   func([]byte) []byte
	}
	damages := []damage{
		{"empty", func([]byte) []byte { return nil }},
		{"one byte short", func(b []byte) []byte { return b[:len(b)-1] }},
		{"half", func(b []byte) []byte { return b[:len(b)/2] }},
		{"only the header", func(b []byte) []byte { return b[:len(fileMagic)+32] }},
		{"only a digest's worth", func(b []byte) []byte { return b[:32] }},
		{"one byte more", func(b []byte) []byte { return append(b, 0) }},
		{"twice", func(b []byte) []byte { return append(b, b...) }},
		{"zeros", func(b []byte) []byte { return make([]byte, len(b)) }},
		{"the file of another module", func([]byte) []byte { return bytes.Clone(stranger) }},
	}
	for at := 0; at < len(good); at += max(1, len(good)/64) {
		damages = append(damages, damage{fmt.Sprintf("a bit of byte %d", at), flip(at)})
	}
	for _, d := range damages {
		require.NoError(t, os.WriteFile(path, d.do(bytes.Clone(good)), 0o600))
		require.Equal(t, CacheStats{Bad: 1}, runCached(t, dir, plenty, 1), d.name)
		require.Equal(t, CacheStats{Hits: 1}, runCached(t, dir, plenty, 1), d.name)
		again, err := os.ReadFile(path)
		require.NoError(t, err)
		require.Equal(t, good, again, "compiling is deterministic")
	}
}

// TestDiskCacheRefusedByEngine gives wazero a file whose digest is right and whose
// content is not wazero's.
func TestDiskCacheRefusedByEngine(t *testing.T) {
	dir := t.TempDir()
	var text strings.Builder
	log := slog.New(slog.NewTextHandler(&text, nil))
	e := newEngine(t, Config{CacheDir: dir, CacheBytes: plenty, Logger: log})
	code := cached(1)
	_, err := e.Compile(code)
	require.NoError(t, err)
	name, content, err := e.disk.read(e.disk.key(code))
	require.NoError(t, err)
	for _, bad := range [][]byte{nil, []byte("x"), content[:len(content)/2], bytes.Repeat([]byte{0xff}, 64)} {
		require.NoError(t, e.disk.write(e.disk.key(code), name, bad))
		require.Equal(t, CacheStats{Hits: 1, Bad: 1}, runCached(t, dir, plenty, 1))
	}
	require.NoError(t, e.disk.write(e.disk.key(code), "../escape", content))
	require.Equal(t, CacheStats{Bad: 1}, runCached(t, dir, plenty, 1))
	require.NoFileExists(t, filepath.Join(dir, "escape"))
}

func TestDiskCacheWarns(t *testing.T) {
	dir := t.TempDir()
	runCached(t, dir, plenty, 1)
	require.NoError(t, os.Truncate(kept(t, dir)[0], 50))
	var text strings.Builder
	e := newEngine(t, Config{CacheDir: dir, CacheBytes: plenty, Logger: slog.New(slog.NewTextHandler(&text, nil))})
	_, err := e.Compile(cached(1))
	require.NoError(t, err)
	require.Contains(t, text.String(), "level=WARN")
	require.Contains(t, text.String(), "damaged")
}

// TestDiskCacheEvicts holds the budget, and that what was used last stays.
func TestDiskCacheEvicts(t *testing.T) {
	dir := t.TempDir()
	runCached(t, dir, plenty, 1)
	info, err := os.Stat(kept(t, dir)[0])
	require.NoError(t, err)
	size := info.Size()
	age := func(by time.Duration) { // every file, by the same
		for _, path := range kept(t, dir) {
			info, err := os.Stat(path)
			require.NoError(t, err)
			require.NoError(t, os.Chtimes(path, info.ModTime().Add(-by), info.ModTime().Add(-by)))
		}
	}
	budget := 3*size + size/2
	for n := int64(2); n <= 3; n++ {
		age(time.Minute)
		runCached(t, dir, budget, n)
	}
	age(time.Minute)
	require.Equal(t, CacheStats{Hits: 1}, runCached(t, dir, budget, 1)) // now used last
	age(time.Minute)
	runCached(t, dir, budget, 4)
	require.Len(t, kept(t, dir), 3)
	require.Equal(t, CacheStats{Hits: 3}, runCached(t, dir, budget, 1, 3, 4), "2 was evicted")
	require.Equal(t, CacheStats{Misses: 1}, runCached(t, dir, 1, 2))
	require.Len(t, kept(t, dir), 1, "one stays, whatever the budget")
}

// TestDiskCacheLeftovers holds that a killed process leaves nothing for ever, and
// that what lies in wazero's folder is never run.
func TestDiskCacheLeftovers(t *testing.T) {
	dir := t.TempDir()
	old, young := filepath.Join(dir, workPrefix+"old"), filepath.Join(dir, workPrefix+"young")
	for _, path := range []string{old, young} {
		require.NoError(t, os.MkdirAll(filepath.Join(path, "wazero"), 0o700))
	}
	require.NoError(t, os.Chtimes(old, time.Unix(0, 0), time.Unix(0, 0)))
	e := newEngine(t, Config{CacheDir: dir, CacheBytes: plenty})
	require.NoDirExists(t, old)
	require.DirExists(t, young, "it may belong to another process")

	_, err := e.Compile(cached(1))
	require.NoError(t, err)
	name, _, err := e.disk.read(e.disk.key(cached(1)))
	require.NoError(t, err)
	next := newEngine(t, Config{CacheDir: dir, CacheBytes: plenty})
	require.NoError(t, os.WriteFile(filepath.Join(next.disk.folder, name), []byte("planted"), 0o600))
	_, err = next.Compile(cached(1))
	require.NoError(t, err)
	require.Equal(t, CacheStats{Hits: 1}, next.CacheStats())

	require.NoError(t, os.RemoveAll(e.disk.work), "somebody cleans up")
	_, err = e.Compile(cached(2))
	require.NoError(t, err)
	require.Equal(t, CacheStats{Misses: 2}, e.CacheStats())
}

// TestDiskCacheKey holds that machine code of another CPU or engine is not found.
func TestDiskCacheKey(t *testing.T) {
	e := newEngine(t, Config{CacheDir: t.TempDir(), CacheBytes: plenty})
	key := e.disk.key(cached(1))
	require.NotEqual(t, key, e.disk.key(cached(2)))
	for _, salt := range []string{"HasSSE41:true", "wazero-"} {
		if !bytes.Contains(e.disk.salt, []byte(salt)) && salt == "HasSSE41:true" {
			continue // another architecture
		}
		require.Contains(t, string(e.disk.salt), salt)
		other := &diskCache{salt: bytes.Replace(e.disk.salt, []byte(salt), []byte("other"), 1)}
		require.NotEqual(t, key, other.key(cached(1)))
	}
}
