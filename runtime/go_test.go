package runtime_test

import (
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chancery-chain/chancery/runtime"
	"github.com/chancery-chain/chancery/runtime/runtimetest"
)

// goGuest is testdata/guest, built once per test run.
var goGuest = sync.OnceValues(func() ([]byte, error) {
	return runtimetest.BuildGo(filepath.Join("testdata", "guest"))
})

func newRuntime(t testing.TB, cfg runtime.Config, change ...func(*runtime.Limits)) *runtime.Runtime {
	t.Helper()
	limits := runtime.DefaultLimits()
	for _, f := range change {
		f(&limits)
	}
	rt, err := runtime.New(cfg, limits)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, rt.Close()) })
	return rt
}

func goWorld(t testing.TB, cfg runtime.Config) *runtimetest.World {
	t.Helper()
	if testing.Short() {
		t.Skip("builds a contract with the Go toolchain")
	}
	code, err := goGuest()
	require.NoError(t, err)
	cfg.CacheDir = filepath.Join(os.TempDir(), "chancery-runtime-test-cache")
	w := runtimetest.NewWorld(newRuntime(t, cfg))
	require.NoError(t, w.Deploy("test/guest", code))
	return w
}

func TestSmoke(t *testing.T) {
	w := goWorld(t, runtime.Config{})
	rep := w.Code("test/guest").Report()
	rep.Descriptors = nil
	t.Logf("%+v", rep)
	for _, m := range []string{"Empty", "Calls", "Calls", "Transfer", "Transfer", "Echo", "Print", "Format", "Panic", "Exit", "Sleep", "Block", "Goroutine", "Spin", "Recurse", "Grow", "Map", "Map"} {
		out := w.Execute("test/guest", m, []byte("abc"))
		t.Logf("%s: %v %v gas %d %q err %v", m, out.Status, out.Trap, out.GasUsed, out.Output, out.Err)
	}
}
