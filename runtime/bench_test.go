package runtime_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chancery-chain/chancery/runtime"
	"github.com/chancery-chain/chancery/runtime/abi"
	"github.com/chancery-chain/chancery/runtime/runtimetest"
	w "github.com/chancery-chain/chancery/runtime/wasm/wasmtest"
)

// BenchmarkCall measures calls of a standard Go contract, reset included.
func BenchmarkCall(b *testing.B) {
	for _, mode := range []string{"", "pagemap", "copy"} {
		for _, method := range []string{"Empty", "Transfer", "Format"} {
			name := mode
			if name == "" {
				name = "auto"
			}
			b.Run(name+"/"+method, func(b *testing.B) {
				world := goWorld(b, runtime.Config{Reset: mode})
				out := world.Execute("test/guest", method, nil)
				require.Equal(b, runtime.StatusOK, out.Status, "%v", out.Err)
				b.ReportMetric(float64(out.GasUsed), "gas/op")
				b.ReportAllocs()
				for b.Loop() {
					world.Execute("test/guest", method, nil)
					world.TakeEvents()
				}
			})
		}
	}
}

// BenchmarkParallel shows whether calls get in each other's way.
func BenchmarkParallel(b *testing.B) {
	world := goWorld(b, runtime.Config{})
	b.RunParallel(func(pb *testing.PB) {
		own := runtimetest.NewWorld(world.Runtime)
		own.Share(world)
		for pb.Next() {
			own.Execute("test/guest", "Transfer", nil)
			own.TakeEvents()
		}
	})
}

// BenchmarkLoad measures what a code costs that is not in memory: with its machine
// code on disk, and without.
func BenchmarkLoad(b *testing.B) {
	goWorld(b, runtime.Config{}) // builds the guest
	code, err := goGuest()
	require.NoError(b, err)
	for _, cached := range []bool{true, false} {
		b.Run(fmt.Sprintf("cached %t", cached), func(b *testing.B) {
			cfg := runtime.Config{}
			if cached {
				cfg.CacheDir = b.TempDir()
			}
			load := func() {
				rt := newRuntime(b, cfg)
				_, err := rt.Check(code)
				require.NoError(b, err)
			}
			load()
			for b.Loop() {
				load()
			}
			b.ReportMetric(float64(b.Elapsed().Milliseconds())/float64(b.N)/(float64(len(code))/1e6), "ms/MB")
		})
	}
}

// BenchmarkNewInstance measures what a call pays that finds no idle instance.
func BenchmarkNewInstance(b *testing.B) {
	world := goWorld(b, runtime.Config{PoolBytes: 1})
	for b.Loop() {
		world.Execute("test/guest", "Empty", nil)
	}
}

// BenchmarkHostCall measures host functions against their price: ns/gas should
// stay below 1 with a host that costs nothing.
func BenchmarkHostCall(b *testing.B) {
	const n = 1000
	for _, c := range []struct {
		name string
		args []any
	}{
		{"context_int", []any{33}}, {"input", []any{0, 64}}, {"output", []any{0, 64}}, {"output", []any{0, 65536}},
		{"state_get", []any{0, 3, 0, 64}}, {"hash", []any{1, 0, 1024, 0}}, {"hash", []any{2, 0, 1024, 0}},
		{"hash", []any{3, 0, 1024, 0}}, {"hash", []any{1, 0, 0, 0}}, {"verify", []any{1, 0, 32, 0, 100, 0, 64}},
		{"verify", []any{2, 2048, 65, 0, 100, 4096, 64}}, {"log", []any{0, 1000}}, {"clock_time_get", []any{0, int64(0), 0}},
		{"random_get", []any{0, 1024}}, {"fd_write", []any{1, 1024, 1, 0}}, {"emit", []any{0, 20, 0, 100}},
		{"call", []any{0, 1, 0, 1, 0, 0, int64(0), 1, 0, 0}},
	} {
		b.Run(fmt.Sprint(c.name, c.args), func(b *testing.B) {
			world := runtimetest.NewWorld(newRuntime(b, runtime.Config{}, func(l *runtime.Limits) { l.Events = n }))
			world.Put("c", []byte("key"), []byte("value"))
			g := newGuest(1)
			g.Data(0, []byte("key"))
			call := g.do(c.name, c.args...)
			for _, module := range []string{abi.Module, abi.WASIModule} {
				if _, results, _ := runtime.ImportType(module, c.name); len(results) > 0 {
					call = w.Seq(call, w.Drop)
				}
			}
			require.NoError(b, world.Deploy("c", g.entry(times(n, call))))
			out := world.Execute("c", "M", []byte("payload"))
			require.Equal(b, runtime.StatusOK, out.Status, "%v", out.Err)
			for b.Loop() {
				world.Execute("c", "M", []byte("payload"))
				world.TakeEvents()
			}
			perCall := float64(b.Elapsed().Nanoseconds()) / float64(b.N) / n
			b.ReportMetric(perCall, "ns/call")
			b.ReportMetric(perCall/(float64(out.GasUsed)/n), "ns/gas")
		})
	}
}

// BenchmarkEnd measures the other ways in which a call ends.
func BenchmarkEnd(b *testing.B) {
	world := runtimetest.NewWorld(newRuntime(b, runtime.Config{}))
	for _, c := range []struct {
		name string
		body func(g *guest) w.Code
	}{
		{"return", func(*guest) w.Code { return nil }},
		{"contract error", func(g *guest) w.Code { return g.do("fail", 1, 0, 0, 0, 0) }},
		{"trap", func(*guest) w.Code { return w.Unreachable }},
		{"recursion to the limit", recursive(false)},
		{"growth", func(*guest) w.Code { return w.Seq(w.I32Const(1), w.MemoryGrow, w.Drop) }},
	} {
		b.Run(c.name, func(b *testing.B) {
			g := newGuest(1)
			require.NoError(b, world.Deploy("c", g.entry(c.body(g))))
			var out runtime.Outcome
			for b.Loop() {
				out = world.Execute("c", "M", nil)
			}
			b.ReportMetric(float64(out.GasUsed), "gas/op")
		})
	}
}
