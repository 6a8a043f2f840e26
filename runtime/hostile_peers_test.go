package runtime_test

import (
	"errors"
	"math"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/chancery-chain/chancery/runtime"
	"github.com/chancery-chain/chancery/runtime/abi"
	"github.com/chancery-chain/chancery/runtime/runtimetest"
	w "github.com/chancery-chain/chancery/runtime/wasm/wasmtest"
)

// peerAttacks are what other chains fell to, each with a case of its own. What the
// runtime does not see (squatted addresses, nested messages, floods of queries)
// is tested where it is handled, mispriced operations by runtime/gas,
// TestCalibration.
var peerAttacks = []struct {
	name string
	run  func(t *testing.T, world *runtimetest.World)
}{
	{"nil, empty and missing values", attackEmpty},
	{"error text or trace that changes results", attackErrorText},
	{"recursion of queries through the host", attackRecursion},
	{"an export named as an import", attackExportAsImport},
	{"compile bombs", attackCompiler},
	{"wrapping arithmetic", attackWrapping},
	{"huge lists before their count is checked", attackLists},
	{"odd control flow", attackControlFlow},
	{"gas lost on a panic path", attackPanic},
	{"unpriced host reads", attackReads},
	{"setup cost missing on an entry point", attackEntryPoints},
	{"counters that overflow", attackCounters},
	{"gas addition near 2^64", attackGasNear64},
	{"memory grown and caches missed", attackMemory},
	{"caches of another CPU", attackCaches},
}

// attack deploys body and executes it.
func attack(t *testing.T, world *runtimetest.World, limit uint64, body func(g *guest) w.Code) runtime.Outcome {
	t.Helper()
	g := newGuest(1)
	g.Data(0, []byte("cMkey"))
	deploy(t, world, g.entry(body(g)))
	return world.Run("c", runtime.Call{Kind: runtime.KindExecute, GasLimit: limit})
}

// attackEmpty holds the three apart wherever bytes go in or out. The pointer of an
// empty range points nowhere.
func attackEmpty(t *testing.T, world *runtimetest.World) {
	out := attack(t, world, 10_000_000, func(g *guest) w.Code {
		get := func() w.Code { return g.do("state_get", 2, 3, -1, 0) }
		next := func() w.Code { return g.do("scan_next", 0, 64, 64) }
		return w.Seq(
			expect(get(), abi.Missing),
			g.do("state_delete", 2, 3), expect(get(), abi.Missing),
			g.do("state_set", 2, 3, -1, 0), expect(get(), 0),
			g.do("state_set", 2, 3, 0, 1), expect(get(), 1), g.do("read_pending", 64, 1),
			g.do("state_set", 2, 3, 0, 0), expect(get(), 0),
			g.try("state_scan", -1, 0, -1, 0, 2), next(), w.I64Const(abi.Missing), w.Code{0x51}, w.If(w.Empty, w.Unreachable),
			expect(next(), abi.Missing),
			g.do("state_delete", 2, 3), expect(get(), abi.Missing),
			expect(g.do("input", -1, 0), 0),
			g.do("emit", 0, 1, -1, 0), g.do("log", -1, 0), g.do("output", -1, 0),
		)
	})
	require.Equal(t, ok, out.Status, "%v", out.Err)
	require.Equal(t, []byte{}, out.Output, "an empty answer is one")
	require.Len(t, world.TakeEvents(), 1)
}

// attackErrorText traps below different stacks: texts differ, outcomes do not.
func attackErrorText(t *testing.T, world *runtimetest.World) {
	var outs []runtime.Outcome
	var texts []string
	for _, exported := range []string{"a", "entirely_different"} {
		out := attack(t, world, 1_000_000, func(g *guest) w.Code {
			f := g.Func(w.Void, nil, w.Unreachable)
			g.ExportFunc(exported, f)
			for range len(exported) { // moves the index that the trace shows
				g.Func(w.Void, nil)
			}
			last := g.Func(w.Void, nil, w.Call(f))
			return w.Call(last)
		})
		texts = append(texts, out.Err.Error())
		out.Err = nil
		outs = append(outs, out)
	}
	require.NotEqual(t, texts[0], texts[1], "or the test is none")
	require.Equal(t, outs[0], outs[1])
}

// attackRecursion lets a contract query itself twice at each level: 2^15 calls, if
// it were not for the gas that each pays.
func attackRecursion(t *testing.T, world *runtimetest.World) {
	out := attack(t, world, 1_000_000, func(g *guest) w.Code {
		query := g.try("call", 0, 1, 1, 1, 0, 0, int64(0), abi.CallQuery, 0, 0)
		return w.Seq(query, query)
	})
	require.Equal(t, oog, out.Status)
	require.EqualValues(t, 1_000_000, out.GasUsed)
	out = attack(t, world, 1_000_000, func(g *guest) w.Code {
		return expect(g.do("call", 0, 1, 1, 1, 0, 0, int64(0), 0, 0, 0), abi.Failed-int64(len("\x08\x02")))
	})
	require.Equal(t, ok, out.Status, "it cannot execute itself: %v", out.Err)
}

// attackExportAsImport exports functions under the names of host functions, which
// must go on to be the host's.
func attackExportAsImport(t *testing.T, world *runtimetest.World) {
	out := attack(t, world, 1_000_000, func(g *guest) w.Code {
		for _, name := range []string{"output", "state_set", "proc_exit", "_start"} {
			g.ExportFunc(name, g.Func(w.Void, nil, w.Unreachable))
		}
		return g.do("output", 2, 3)
	})
	require.Equal(t, ok, out.Status, "%v", out.Err)
	require.Equal(t, "key", string(out.Output))
}

// soon is far less than what an attack would take that works, and far more than a
// refusal takes on a busy machine with the race detector.
const soon = 20 * time.Second

// attackCompiler holds that what compiles slowly is refused before it is compiled.
// runtime/wasm, TestBombs, compiles the worst that is accepted.
func attackCompiler(t *testing.T, world *runtimetest.World) {
	many := func(n int, b byte) []byte {
		out := make([]byte, n)
		for i := range out {
			out[i] = b
		}
		return out
	}
	for rule, build := range map[string]func(g *guest) w.Code{
		"limit.types":  func(g *guest) w.Code { g.Func(w.FuncType{Params: many(33, w.I32)}, nil); return w.Nop },
		"limit.locals": func(g *guest) w.Code { g.Func(w.Void, many(257, w.I64)); return w.Nop },
		"limit.functions": func(g *guest) w.Code { // their number
			f := g.Func(w.Void, nil)
			for range 10_000 {
				f = g.Func(w.Void, nil)
			}
			return w.Call(f)
		},
		"limit.br_table": func(*guest) w.Code { return w.Seq(w.I32Const(0), w.BrTable(make([]uint32, 2_050)...)) },
		"limit.loop_nesting": func(*guest) w.Code {
			var c w.Code = w.Nop
			for range 33 {
				c = w.Loop(w.Empty, c)
			}
			return c
		},
		"limit.control": func(*guest) w.Code { return w.Repeat(4_100, w.Block(w.Empty, w.Nop)) },
		"limit.table":   func(g *guest) w.Code { g.Table(1 << 30); return w.Nop },
	} {
		g := newGuest(1)
		start := time.Now()
		_, err := world.Runtime.Check(g.entry(build(g)))
		var refused *runtime.InvalidCodeError
		require.ErrorAs(t, err, &refused, rule)
		require.Equal(t, rule, refused.Rule)
		require.Less(t, time.Since(start), soon, "%s: long before it would be compiled", rule)
	}
}

// attackWrapping passes lengths and places whose sums pass 2^32 to whatever takes
// two of them.
func attackWrapping(t *testing.T, world *runtimetest.World) {
	for name, body := range map[string]func(g *guest) w.Code{
		"memory.fill": func(*guest) w.Code { return w.Seq(w.I32Const(16), w.I32Const(1), w.I32Const(-8), w.MemoryFill) },
		"memory.copy": func(*guest) w.Code { return w.Seq(w.I32Const(-8), w.I32Const(0), w.I32Const(16), w.MemoryCopy) },
		"load":        func(*guest) w.Code { return w.Seq(w.I32Const(-4), w.Mem(w.I64Load, math.MaxUint32), w.Drop) },
		"host":        func(g *guest) w.Code { return g.do("output", -8, 16) },
		"two lengths": func(g *guest) w.Code { return g.do("state_set", 2, 3, -1, -1) },
		"batch":       func(g *guest) w.Code { return g.try("verify_batch", 1, -12, 24) },
	} {
		out := attack(t, world, 1_000_000_000, body)
		require.Equal(t, trap, out.Status, "%s: %v", name, out.Err)
		require.Contains(t, []runtime.Trap{runtime.TrapOutOfBounds, runtime.TrapBadPointer}, out.Trap, name)
	}
}

// attackLists announces more than there is, or more than is permitted, and must
// not make the node take memory or time for it.
func attackLists(t *testing.T, world *runtimetest.World) {
	for name, a := range map[string]struct {
		body func(g *guest) w.Code
		want runtime.Status
	}{
		"vectors":            {func(g *guest) w.Code { return g.try("fd_write", 1, 0, -1, 0) }, trap},
		"signatures":         {func(g *guest) w.Code { return g.try("verify_batch", 1, 64, -4) }, trap},
		"one signature more": {func(g *guest) w.Code { return g.try("verify_batch", 1, 64, 12*1025) }, limit},
		"a broken list":      {func(g *guest) w.Code { return g.try("verify_batch", 1, 64, 13) }, trap},
		"growth":             {func(g *guest) w.Code { return w.Seq(expect32(w.Seq(w.I32Const(-1), w.MemoryGrow), -1)) }, ok},
	} {
		start := time.Now()
		out := attack(t, world, 100_000_000, a.body)
		require.Equal(t, a.want, out.Status, "%s: %v", name, out.Err)
		require.Less(t, out.GasUsed, uint64(200_000), "%s: it ends at the count", name)
		require.Less(t, time.Since(start), soon, name)
	}
}

// attackControlFlow loops without an instruction that looks like it. Package
// reference counts what such code costs.
func attackControlFlow(t *testing.T, world *runtimetest.World) {
	for name, body := range map[string]func(g *guest) w.Code{
		"br_table": func(*guest) w.Code {
			return w.Loop(w.Empty, w.Block(w.Empty, w.Block(w.Empty, w.LocalGet(0), w.BrTable(2, 1, 2))))
		},
		"a loop with parameters": func(g *guest) w.Code {
			t := int64(g.AddType(w.Type(w.I32, w.I32)(w.I32, w.I32)))
			return w.Seq(w.I32Const(1), w.I32Const(2), w.Loop(t, w.Br(0)), w.Drop, w.Drop)
		},
		"behind dead code": func(*guest) w.Code {
			return w.Loop(w.Empty, w.Block(w.Empty, w.Br(0), w.Unreachable, w.Drop, w.Drop), w.Br(0))
		},
		"both arms of an if": func(*guest) w.Code {
			return w.Loop(w.Empty, w.LocalGet(0), w.IfElse(w.Empty, w.Br(1), w.Br(1)))
		},
		"a loop in a callee that returns": func(g *guest) w.Code {
			f := g.Func(w.Void, nil, w.Loop(w.Empty, w.Return))
			return forever(w.Call(f))
		},
		"mutual recursion at a constant depth": func(g *guest) w.Code {
			leaf := g.Func(w.Void, nil)
			f := g.Func(w.Void, nil, w.Call(leaf), w.Call(leaf))
			return forever(w.Call(f))
		},
	} {
		out := attack(t, world, 1_000_000, body)
		require.Equal(t, oog, out.Status, "%s: %v", name, out.Err)
		require.EqualValues(t, 1_000_000, out.GasUsed, name)
	}
}

// attackPanic makes the host fail in the middle: that is a fault, for which nobody
// pays, and the guest cannot turn it into anything else. A trap in the middle of
// a host function pays for what came before.
func attackPanic(t *testing.T, world *runtimetest.World) {
	cheap := attack(t, world, 10_000_000, func(g *guest) w.Code { return g.do("scan_close", 0) })
	dear := attack(t, world, 10_000_000, func(g *guest) w.Code {
		return w.Seq(times(50, g.do("state_set", 2, 3, 0, 1)), g.do("scan_close", 0))
	})
	require.Equal(t, trap, cheap.Status)
	require.Equal(t, trap, dear.Status)
	require.Greater(t, dear.GasUsed, cheap.GasUsed+50*schedule.HostCost("state_set").Base)

	world.Fault = errors.New("disk")
	defer func() { world.Fault = nil }()
	out := attack(t, world, 10_000_000, func(g *guest) w.Code { return w.Seq(g.do("state_set", 2, 3, 0, 1), w.Unreachable) })
	require.Equal(t, runtime.StatusFault, out.Status)
	require.Zero(t, out.GasUsed)
}

// attackReads reads all that a host has to give, over and over.
func attackReads(t *testing.T, world *runtimetest.World) {
	large := make([]byte, 100<<10)
	for name, body := range map[string]func(g *guest) w.Code{
		"a value's length": func(g *guest) w.Code { return g.try("state_get", 2, 3, 0, 0) },
		"what is missing":  func(g *guest) w.Code { return g.try("state_get", 0, 3, 0, 0) },
		"scans of nothing": func(g *guest) w.Code { return w.Seq(g.try("state_scan", 0, 1, 0, 1, 2), g.do("scan_close", 0)) },
		"entries not wanted": func(g *guest) w.Code {
			return w.Seq(g.try("state_scan", 0, 0, 0, 0, 2), g.try("scan_next", 0, 0, 0), g.do("scan_close", 0))
		},
		"the payload":          func(g *guest) w.Code { return g.try("input", 0, 0) },
		"the context":          func(g *guest) w.Code { return g.try("context", abi.FieldRoles, 0, 0) },
		"calls of nobody":      func(g *guest) w.Code { return g.try("call", 2, 1, 2, 1, 0, 0, int64(1), 0, 0, 0) },
		"writes of the same":   func(g *guest) w.Code { return g.do("state_set", 2, 3, 0, 1) },
		"deletes of nothing":   func(g *guest) w.Code { return g.do("state_delete", 0, 2) },
		"clock":                func(g *guest) w.Code { return g.try("clock_time_get", 0, int64(0), 64) },
		"signatures of no use": func(g *guest) w.Code { return g.try("verify", 1, 0, 32, 0, 0, 0, 64) },
	} {
		world.Put("c", []byte("key"), large)
		out := attack(t, world, 2_000_000, func(g *guest) w.Code { return forever(body(g)) })
		require.Equal(t, oog, out.Status, "%s: %v", name, out.Err)
		require.EqualValues(t, 2_000_000, out.GasUsed, name)
	}
	few := attack(t, world, 2_000_000, func(g *guest) w.Code { return g.try("state_get", 2, 3, 0, 0) })
	require.Greater(t, few.GasUsed, uint64(len(large)), "the length alone costs by the byte: the value was read")
}

// attackEntryPoints enters by every kind of call: each pays for the instance.
func attackEntryPoints(t *testing.T, world *runtimetest.World) {
	deploy(t, world, newGuest(1).entry())
	var used []uint64
	for _, kind := range []runtime.Kind{runtime.KindInit, runtime.KindExecute, runtime.KindQuery, runtime.KindMigrate} {
		out := world.Run("c", runtime.Call{Kind: kind, GasLimit: 1_000_000})
		require.Equal(t, ok, out.Status, "%v", out.Err)
		require.Greater(t, out.GasUsed, entryGas)
		used = append(used, out.GasUsed)
		short := world.Run("c", runtime.Call{Kind: kind, GasLimit: entryGas - 1})
		require.Equal(t, oog, short.Status)
	}
	require.Equal(t, []uint64{used[0], used[0], used[0], used[0]}, used)
}

// attackCounters counts up to where a number would begin again.
func attackCounters(t *testing.T, world *runtimetest.World) {
	deploy(t, world, newGuest(1).entry())
	for _, depth := range []int{math.MaxInt32 + 1, math.MaxInt} {
		out := world.Run("c", runtime.Call{Kind: runtime.KindQuery, GasLimit: 1_000_000, Depth: depth})
		require.Equal(t, limit, out.Status)
	}
	out := world.Run("c", runtime.Call{Kind: runtime.KindQuery, GasLimit: 1_000_000, Depth: math.MinInt})
	require.Equal(t, ok, out.Status, "the outermost call is the least deep")
	// The frames of the guest's stack: far more than any counter of them can be wrong by.
	out = attack(t, world, 100_000_000, recursive(false))
	require.Equal(t, limit, out.Status)
	// Handles are not used up by closing.
	out = attack(t, world, 100_000_000, func(g *guest) w.Code {
		return times(1_000, w.Seq(g.try("state_scan", 0, 0, 0, 0, 2), g.do("scan_close", 0)))
	})
	require.Equal(t, ok, out.Status, "%v", out.Err)
}

// attackGasNear64 has limits and costs at the end of 64 bits.
func attackGasNear64(t *testing.T, world *runtimetest.World) {
	body := func(g *guest) w.Code {
		return w.Seq(
			g.try("call", 2, 1, 2, 1, 0, 0, int64(-1), 0, 0, 0),
			g.try("call", 2, 1, 2, 1, 0, 0, int64(math.MinInt64), 0, 0, 0),
			times(100, w.Nop))
	}
	want := attack(t, world, 1_000_000, body)
	require.Equal(t, ok, want.Status, "%v", want.Err)
	for _, n := range []uint64{math.MaxInt64 / 16, math.MaxInt64/16 + 1, math.MaxInt64, math.MaxInt64 + 1, math.MaxUint64 - 1, math.MaxUint64} {
		require.Equal(t, want.GasUsed, attack(t, world, n, body).GasUsed, "limit %d", n)
	}
	out := attack(t, world, math.MaxUint64, func(g *guest) w.Code { return w.Seq(g.try("fd_write", 1, 0, -1, 0)) })
	require.Equal(t, trap, out.Status)
}

// attackMemory grows by a page in every call and misses caches meanwhile: each
// call pays for the instance that it uses up.
func attackMemory(t *testing.T, world *runtimetest.World) {
	g := newGuest(16)
	step := w.Seq(w.LocalGet(0), w.I32Const(1664525), w.I32Mul, w.I32Const(1013904223), w.I32Add, w.LocalTee(0),
		w.I32Const(15<<16), w.Code{0x71}, w.LocalGet(1), w.I32Add, w.Mem(w.I32Load, 0), w.LocalSet(1))
	deploy(t, world, g.entry(w.I32Const(1), w.MemoryGrow, w.Drop, times(1_000, step)))
	var used uint64
	for range 20 {
		out := world.Execute("c", "M", nil)
		require.Equal(t, ok, out.Status, "%v", out.Err)
		require.Greater(t, out.GasUsed, schedule.RebuildCost(0, 16<<16)+1_000*schedule.Op[0])
		require.True(t, used == 0 || used == out.GasUsed)
		used = out.GasUsed
		n, _ := runtime.IdleDiffs(world.Runtime, world.Code("c"))
		require.Zero(t, n, "its instance is used up")
	}
	deploy(t, world, newGuest(16).entry(forever(step)))
	flood := world.Run("c", runtime.Call{Kind: runtime.KindQuery, GasLimit: 3_000_000})
	require.Equal(t, oog, flood.Status)
}

// attackCaches puts files of another CPU, and another program, where this one looks.
func attackCaches(t *testing.T, world *runtimetest.World) {
	dir := t.TempDir()
	code := worked()
	rt := newRuntime(t, runtime.Config{CacheDir: dir})
	_, err := rt.Check(code)
	require.NoError(t, err)
	files, err := filepath.Glob(filepath.Join(dir, "*.code"))
	require.NoError(t, err)
	require.Len(t, files, 2)
	// Under each other's names: a key says what a file is.
	require.NoError(t, os.Rename(files[0], filepath.Join(dir, "x")))
	require.NoError(t, os.Rename(files[1], files[0]))
	require.NoError(t, os.Rename(filepath.Join(dir, "x"), files[1]))
	again := newRuntime(t, runtime.Config{CacheDir: dir})
	_, err = again.Check(code)
	require.NoError(t, err)
	stats := again.Stats()
	require.Zero(t, stats.CacheImages)
	require.EqualValues(t, 2, stats.CacheBad)
}
