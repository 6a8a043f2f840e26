package runtime_test

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chancery-chain/chancery/runtime"
	"github.com/chancery-chain/chancery/runtime/abi"
	w "github.com/chancery-chain/chancery/runtime/wasm/wasmtest"
)

// worked is a contract whose initialisation leaves something behind: memory on the
// first and the last page of its image, which grows, a global and custom sections.
// It answers with all of it.
func worked() []byte {
	g := newGuest(2)
	gl := g.Global(w.I64, true, w.I64Const(5))
	g.Table(1).Elem(0, g.Func(w.Void, nil))
	g.Custom(abi.SectionDescriptors, []byte("descriptors"))
	g.Custom(abi.SectionBuild, []byte{})
	g.ExportFunc(abi.ExportInitialize, g.Func(w.Void, nil,
		w.I32Const(1), w.MemoryGrow, w.Drop,
		w.I32Const(8), w.I64Const(7), w.Mem(w.I64Store, 0),
		w.I32Const(3<<16-8), w.I64Const(-1), w.Mem(w.I64Store, 0),
		w.GlobalGet(gl), w.I64Const(1), w.I64Add, w.GlobalSet(gl)))
	return g.entry(w.I32Const(16), w.GlobalGet(gl), w.Mem(w.I64Store, 0), g.do("output", 0, 3<<16))
}

// noCode is for Load where the bytes must not be asked for.
func noCode() ([]byte, error) { return nil, errors.New("bytes were asked for") }

// TestKeptCode holds that a code comes from disk as it was made: image, report and
// calls, and that neither its bytes nor its initialisation are needed for that.
func TestKeptCode(t *testing.T) {
	dir := t.TempDir()
	code := worked()
	hash := sha256.Sum256(code)
	query := runtime.Call{Kind: runtime.KindQuery, GasLimit: 10_000_000}
	grow := runtime.Call{Kind: runtime.KindQuery, GasLimit: 100_000} // too little to answer

	first := newRuntime(t, runtime.Config{CacheDir: dir})
	report, err := first.Check(code)
	require.NoError(t, err)
	made, err := first.Load(hash, noCode)
	require.NoError(t, err)
	memory, globals := runtime.HashImage(made)
	require.Len(t, memory, 3<<16)
	want, short := first.Run(made, query, nil), first.Run(made, grow, nil)
	require.Equal(t, ok, want.Status, "%v", want.Err)
	require.Equal(t, byte(6), want.Output[16])
	require.Zero(t, first.Stats().CacheImages)

	for _, mode := range []string{"", "pagemap", "copy"} {
		rt := newRuntime(t, runtime.Config{CacheDir: dir, Reset: mode})
		kept, err := rt.Load(hash, noCode)
		require.NoError(t, err)
		require.EqualValues(t, 1, rt.Stats().CacheImages)
		require.EqualValues(t, 1, rt.Stats().CacheHits, "the machine code")
		require.Equal(t, report, kept.Report())
		require.Equal(t, "descriptors", string(kept.Descriptors()))
		require.Equal(t, []byte{}, kept.Build())
		m, g := runtime.HashImage(kept)
		require.True(t, bytes.Equal(memory, m))
		require.Equal(t, globals, g)
		for range 2 {
			require.Equal(t, want, rt.Run(kept, query, nil))
			require.Equal(t, short.GasUsed, rt.Run(kept, grow, nil).GasUsed)
		}
		n, diffs := runtime.IdleDiffs(rt, kept)
		require.Equal(t, 1, n)
		require.Empty(t, diffs)
		again, err := rt.Check(code)
		require.NoError(t, err)
		require.Equal(t, report, again)
	}
}

// TestKeptCodeOfOthers holds that nothing is taken that was made under other
// limits or of other code.
func TestKeptCodeOfOthers(t *testing.T) {
	dir := t.TempDir()
	code := worked()
	_, err := newRuntime(t, runtime.Config{CacheDir: dir}).Check(code)
	require.NoError(t, err)
	for name, change := range map[string]func(*runtime.Limits){
		"price":     func(l *runtime.Limits) { l.Schedule.Op[0]++ },
		"host":      func(l *runtime.Limits) { l.Schedule.HostDefault.Base++ },
		"stack":     func(l *runtime.Limits) { l.StackBytes++ },
		"image gas": func(l *runtime.Limits) { l.ImageGas-- },
		"rebuild":   func(l *runtime.Limits) { l.Schedule.RebuildPage++ },
	} {
		rt := newRuntime(t, runtime.Config{CacheDir: dir}, change)
		_, err := rt.Check(code)
		require.NoError(t, err)
		require.Zero(t, rt.Stats().CacheImages, name)
	}
	rt := newRuntime(t, runtime.Config{CacheDir: dir})
	_, err = rt.Load(sha256.Sum256(numbered(1)), noCode)
	require.ErrorContains(t, err, "bytes were asked for")
}

// TestKeptCodeDamaged holds that a code is made anew when what is kept of it is
// cut or changed, and also when that is malformed behind a digest that is right.
func TestKeptCodeDamaged(t *testing.T) {
	dir := t.TempDir()
	code := worked()
	hash := sha256.Sum256(code)
	rt := newRuntime(t, runtime.Config{CacheDir: dir})
	report, err := rt.Check(code)
	require.NoError(t, err)
	good := bytes.Clone(runtime.Kept(rt, hash))
	require.NotEmpty(t, good)

	anew := func(name string) runtime.Stats {
		var text strings.Builder
		rt := newRuntime(t, runtime.Config{CacheDir: dir, Logger: slog.New(slog.NewTextHandler(&text, nil))})
		c, err := rt.Load(hash, func() ([]byte, error) { return code, nil })
		require.NoError(t, err, name)
		require.Equal(t, report, c.Report(), name)
		require.Contains(t, text.String(), "level=WARN", name)
		require.Equal(t, good, runtime.Kept(rt, hash), "%s: it is right again", name)
		return rt.Stats()
	}
	head := bytes.Index(good, []byte("\x00asm"))
	for name, bad := range map[string][]byte{
		"empty": {}, "three bytes": good[:3], "no head": good[:4], "half a head": good[:head/2], "no module": good[:head],
		"one byte short": good[:len(good)-1], "one byte more": append(bytes.Clone(good), 0),
		"a head of 4 GiB":   append([]byte{0xff, 0xff, 0xff, 0xff}, good[4:]...),
		"a huge image":      bytes.Replace(good, []byte(`"ImageBytes":196608`), []byte(`"ImageBytes":999999`), 1),
		"a page outside":    bytes.Replace(good, []byte(`"Pages":[0,47]`), []byte(`"Pages":[0,99]`), 1),
		"a negative page":   bytes.Replace(good, []byte(`"Pages":[0,47]`), []byte(`"Pages":[0,-7]`), 1),
		"a missing global":  bytes.Replace(good, []byte(`"Globals":[0,0,6]`), []byte(`"Globals":[0,6  ]`), 1),
		"no module at all":  bytes.Replace(good, []byte("\x00asm"), []byte("\x01asm"), 1),
		"a negative module": bytes.Replace(good, []byte(`"Prepared":`), []byte(`"Prepared":-`), 1),
	} {
		require.NotEqual(t, good, bad, name)
		runtime.KeepAs(rt, hash, bad)
		anew(name)
	}

	files, err := filepath.Glob(filepath.Join(dir, "*.code"))
	require.NoError(t, err)
	for _, file := range files {
		b, err := os.ReadFile(file)
		require.NoError(t, err)
		b[len(b)/2] ^= 1
		require.NoError(t, os.WriteFile(file, b, 0o600))
		require.EqualValues(t, 1, anew("a flipped bit").CacheBad)
	}
}
