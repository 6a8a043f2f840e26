package runtime_test

import (
	"bytes"
	"fmt"
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
	cfg.CacheDir, cfg.CacheBytes = filepath.Join(os.TempDir(), "chancery-runtime-test-cache"), 128<<20
	w := runtimetest.NewWorld(newRuntime(t, cfg))
	require.NoError(t, w.Deploy("test/guest", code))
	return w
}

// goCalls are calls of the Go guest and how they must end. The interpreter runs
// those that are quick there and nest little.
var goCalls = []struct {
	method string
	want   runtime.Status
	trap   runtime.Trap
	output string // checked when not empty
	slow   bool
}{
	{method: "Empty"},
	{method: "Calls", output: "1"},
	{method: "Transfer"},
	{method: "Echo", output: "payload"},
	{method: "Print"},
	{method: "Format", output: "2027-01-15 08:00:00 +0000 UTC 0.333;2027-01-15 08:00:00 +0000 UTC 0.333;2027-01-15 08:00:00 +0000 UTC 0.333;"},
	{method: "Goroutine", output: "42"},
	{method: "Map"},
	{method: "Panic", want: trap, trap: runtime.TrapUnreachable},
	{method: "Exit", want: trap, trap: runtime.TrapExit},
	{method: "Sleep", want: trap, trap: runtime.TrapUnreachable},
	{method: "Block", want: trap, trap: runtime.TrapUnreachable},
	{method: "Unknown", want: trap, trap: runtime.TrapUnreachable},
	{method: "Grow", want: trap, trap: runtime.TrapUnreachable},
	{method: "Spin", want: oog, slow: true},
	{method: "Recurse", want: limit, slow: true},
}

// TestGoGuest calls a contract of standard Go, each method twice in a row and
// every time on an instance that equals the image.
func TestGoGuest(t *testing.T) {
	for _, mode := range []string{"", "pagemap", "copy"} {
		t.Run("reset "+mode, func(t *testing.T) {
			world := goWorld(t, runtime.Config{Reset: mode})
			for _, c := range goCalls {
				var used uint64
				for range 2 {
					out := world.Execute("test/guest", c.method, []byte("payload"))
					require.Equal(t, c.want, out.Status, "%s: %v", c.method, out.Err)
					require.Equal(t, c.trap, out.Trap, "%s: %v", c.method, out.Err)
					if c.output != "" {
						require.Equal(t, c.output, string(out.Output), c.method)
					}
					_, diffs := runtime.IdleDiffs(world.Runtime, world.Code("test/guest"))
					require.Empty(t, diffs, c.method)
					if used != 0 && c.method != "Transfer" { // which varies with the state
						require.Equal(t, used, out.GasUsed, c.method)
					}
					used = out.GasUsed
				}
			}
			require.Len(t, world.State("test/guest"), 2)
			require.Len(t, world.TakeEvents(), 2)
		})
	}
}

// TestEnginesAgree runs the same calls on the compiler and on the interpreter:
// outcome, gas, writes, events and images are the same. TestHostile and
// TestHostileArguments compare the two in the same way.
func TestEnginesAgree(t *testing.T) {
	compiler, interpreter := goWorld(t, runtime.Config{}), goWorld(t, runtime.Config{Interpreter: true})
	memory, globals := runtime.HashImage(compiler.Code("test/guest"))
	otherMemory, otherGlobals := runtime.HashImage(interpreter.Code("test/guest"))
	require.True(t, bytes.Equal(memory, otherMemory), "images")
	require.Equal(t, globals, otherGlobals)
	for _, c := range goCalls {
		if c.slow {
			continue
		}
		a := compiler.Execute("test/guest", c.method, []byte("payload"))
		b := interpreter.Execute("test/guest", c.method, []byte("payload"))
		a.Err, b.Err = nil, nil
		require.Equal(t, a, b, c.method)
		require.Equal(t, compiler.State("test/guest"), interpreter.State("test/guest"), c.method)
		require.Equal(t, compiler.TakeEvents(), interpreter.TakeEvents(), c.method)
	}
}

// TestParallel runs many calls at once over one runtime: each gives what it gives
// alone. It is worth most with -race.
func TestParallel(t *testing.T) {
	world := goWorld(t, runtime.Config{PoolBytes: 3 << 20}) // evicts all the time
	want := world.Execute("test/guest", "Transfer", nil).GasUsed
	var wg sync.WaitGroup
	errs := make(chan error, 8)
	for i := range 8 {
		wg.Go(func() {
			own := runtimetest.NewWorld(world.Runtime)
			own.Share(world)
			for j := range 40 {
				c := goCalls[(i+j)%9]
				own.Execute("test/guest", c.method, []byte("payload"))
			}
			own = runtimetest.NewWorld(world.Runtime)
			own.Share(world)
			if out := own.Execute("test/guest", "Transfer", nil); out.GasUsed != want {
				errs <- fmt.Errorf("used %d gas, alone %d", out.GasUsed, want)
			}
		})
	}
	wg.Wait()
	close(errs)
	for err := range errs {
		t.Error(err)
	}
	require.LessOrEqual(t, world.Runtime.Stats().IdleBytes, int64(3<<20))
}

// TestGasLimitIsExact finds that a call succeeds with the gas that it uses and
// runs out with one less, wherever between the limit falls.
func TestGasLimitIsExact(t *testing.T) {
	world := goWorld(t, runtime.Config{})
	call := runtime.Call{Kind: runtime.KindQuery, Method: "Format", GasLimit: runtimetest.DefaultGas}
	used := world.Run("test/guest", call).GasUsed
	call.GasLimit = used
	out := world.Run("test/guest", call)
	require.Equal(t, ok, out.Status)
	require.Equal(t, used, out.GasUsed)
	for _, less := range []uint64{1, 2, 100, 1_000, used / 2, used - entryGas - 1, used - 1, used} {
		call.GasLimit = used - less
		out := world.Run("test/guest", call)
		require.Equal(t, oog, out.Status, "%d less", less)
		require.Equal(t, call.GasLimit, out.GasUsed)
	}
}
