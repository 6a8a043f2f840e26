package runtime_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chancery-chain/chancery/runtime"
	"github.com/chancery-chain/chancery/runtime/abi"
	"github.com/chancery-chain/chancery/runtime/gas"
	"github.com/chancery-chain/chancery/runtime/runtimetest"
	w "github.com/chancery-chain/chancery/runtime/wasm/wasmtest"
)

// hostile is one attack: a contract, and how its call must end.
type hostile struct {
	name  string
	pages uint32 // memory to begin with; 0 means 1
	kind  runtime.Kind
	gas   uint64
	body  func(g *guest) w.Code
	want  runtime.Status
	trap  runtime.Trap
}

const (
	ok    = runtime.StatusOK
	trap  = runtime.StatusTrap
	limit = runtime.StatusLimit
	oog   = runtime.StatusOutOfGas
)

// What a call pays for an instance with one page of image, and the outermost call
// besides.
var (
	schedule    = gas.Default()
	instanceGas = schedule.InstanceCost(65536)
	entryGas    = instanceGas + schedule.HostCost("call").Base
)

func just(c w.Code) func(*guest) w.Code { return func(*guest) w.Code { return c } }

func forever(c ...w.Code) w.Code { return w.Loop(w.Empty, w.Seq(c...), w.Br(0)) }

// times runs c n times with local 3 as the counter.
func times(n int32, c w.Code) w.Code {
	return w.Seq(w.I32Const(n), w.LocalSet(3), w.Loop(w.Empty, c,
		w.LocalGet(3), w.I32Const(1), w.I32Sub, w.LocalTee(3), w.BrIf(0)))
}

// recursive calls itself, directly or through the table.
func recursive(indirect bool) func(*guest) w.Code {
	return func(g *guest) w.Code {
		self := g.Declare(w.Void)
		call := w.Call(self)
		if indirect {
			g.Table(1).Elem(0, self)
			call = w.Seq(w.I32Const(0), w.CallIndirect(g.AddType(w.Void)))
		}
		g.Define(self, nil, call, w.Nop)
		return w.Call(self)
	}
}

var hostiles = []hostile{
	// Never ending.
	{name: "endless loop", body: just(forever()), want: oog},
	{name: "endless loop of host calls", body: func(g *guest) w.Code { return forever(g.try("context_int", 33)) }, want: oog},
	{name: "endless recursion", body: recursive(false), want: limit},
	{name: "endless indirect recursion", body: recursive(true), want: limit},
	{name: "endless memory.fill", pages: 64, body: just(forever(w.I32Const(0), w.I32Const(1), w.I32Const(64*65536), w.MemoryFill)), want: oog},
	{name: "endless memory.copy", pages: 64, body: just(forever(w.I32Const(0), w.I32Const(1), w.I32Const(64*65536-1), w.MemoryCopy)), want: oog},
	{name: "endless growth by nothing", body: just(forever(w.I32Const(0), w.MemoryGrow, w.Drop)), want: oog},
	{name: "endless failing growth", body: just(forever(w.I32Const(-1), w.MemoryGrow, w.Drop)), want: oog},
	{name: "sleeps for ever", body: func(g *guest) w.Code { return forever(g.try("poll_oneoff", 0, 64, 1, 128)) }, want: oog},
	{name: "yields for ever", body: func(g *guest) w.Code { return forever(g.try("sched_yield")) }, want: oog},
	{name: "flood of logs", body: func(g *guest) w.Code { return forever(g.do("log", 0, 4096)) }, want: oog},
	{name: "flood of random numbers", pages: 64, body: func(g *guest) w.Code { return forever(g.try("random_get", 0, 64*65536)) }, want: oog},
	{name: "flood of signatures", body: func(g *guest) w.Code { return forever(g.try("verify", 1, 0, 32, 0, 0, 0, 64)) }, want: oog},
	{name: "flood of batches", pages: 2, body: func(g *guest) w.Code { return forever(g.try("verify_batch", 1, 0, 12*1024)) }, want: oog},
	{name: "flood of batches without gain", pages: 2, body: func(g *guest) w.Code { return forever(g.try("verify_batch", 3, 0, 12*1024)) }, want: oog},
	{name: "flood of divisions", body: func(g *guest) w.Code {
		return forever(g.try("mul_div", int64(-1), int64(-1), int64(-1), int64(-1), int64(-1), int64(-1), 3, 0))
	}, want: oog},
	{name: "flood of hashes", pages: 64, body: func(g *guest) w.Code { return forever(g.do("hash", 2, 0, 64*65536, 0)) }, want: oog},

	// Memory.
	{name: "grows to the end", gas: 100_000_000, body: func(g *guest) w.Code {
		return w.Seq(
			w.Loop(w.Empty, w.I32Const(1), w.MemoryGrow, w.I32Const(-1), w.I32Ne, w.BrIf(0)),
			expect32(w.MemorySize, 64),
			w.I32Const(64*65536-4), w.I32Const(7), w.Mem(w.I32Store, 0),
			g.do("output", 64*65536-4, 4),
		)
	}, want: ok},
	{name: "grows by everything", body: just(expect32(w.Seq(w.I32Const(-1), w.MemoryGrow), -1)), want: ok},
	{name: "load past the end", body: just(w.Seq(w.I32Const(65536), w.Mem(w.I32Load8U, 0), w.Drop)), want: trap, trap: runtime.TrapOutOfBounds},
	{name: "store with an offset that wraps", body: just(w.Seq(w.I32Const(-1), w.I32Const(1), w.Mem(w.I32Store8, 1<<32-1))), want: trap, trap: runtime.TrapOutOfBounds},

	// Traps.
	{name: "unreachable", body: just(w.Unreachable), want: trap, trap: runtime.TrapUnreachable},
	{name: "division by zero", body: just(w.Seq(w.I32Const(1), w.I32Const(0), w.I32DivU, w.Drop)), want: trap, trap: runtime.TrapDivide},
	{name: "division overflow", body: just(w.Seq(w.I32Const(-1<<31), w.I32Const(-1), w.Code{0x6d}, w.Drop)), want: trap, trap: runtime.TrapConversion},
	{name: "NaN to integer", body: just(w.Seq(w.F32Bits(0x7fc00000), w.Code{0xa8}, w.Drop)), want: trap, trap: runtime.TrapConversion},
	{name: "float out of range", body: just(w.Seq(w.F64Const(1e300), w.Code{0xb0}, w.Drop)), want: trap, trap: runtime.TrapConversion},
	{name: "table index", body: func(g *guest) w.Code {
		g.Table(1)
		return w.Seq(w.I32Const(5), w.CallIndirect(g.AddType(w.Void)))
	}, want: trap, trap: runtime.TrapIndirectCall},
	{name: "exit", body: func(g *guest) w.Code { return g.do("proc_exit", 0) }, want: trap, trap: runtime.TrapExit},

	// Pointers and lengths.
	{name: "key past memory", body: func(g *guest) w.Code { return g.try("state_get", 65530, 10, 0, 0) }, want: trap, trap: runtime.TrapBadPointer},
	{name: "key pointer and length that wrap", body: func(g *guest) w.Code { return g.try("state_get", -8, 16, 0, 0) }, want: trap, trap: runtime.TrapBadPointer},
	{name: "key of 4 GiB less one", body: func(g *guest) w.Code { return g.try("state_get", 0, -1, 0, 0) }, want: trap, trap: runtime.TrapBadPointer},
	{name: "buffer past memory", body: func(g *guest) w.Code { return g.try("state_get", 0, 1, 65536, 1) }, want: trap, trap: runtime.TrapBadPointer},
	{name: "buffer of 4 GiB less one", body: func(g *guest) w.Code { return g.try("input", 0, -1) }, want: trap, trap: runtime.TrapBadPointer},
	{name: "output of 4 GiB less one", body: func(g *guest) w.Code { return g.do("output", 1, -1) }, want: trap, trap: runtime.TrapBadPointer},
	{name: "random of 4 GiB less one", body: func(g *guest) w.Code { return g.try("random_get", 0, -1) }, want: trap, trap: runtime.TrapBadPointer},
	{name: "vectors whose size wraps", body: func(g *guest) w.Code { return g.try("fd_write", 1, 0, 1<<29, 0) }, want: trap, trap: runtime.TrapBadPointer},
	{name: "many vectors over the same bytes", pages: 64, body: func(g *guest) w.Code {
		// Each vector says (0x01010101, 0x01010101): outside memory.
		return w.Seq(w.I32Const(0), w.I32Const(1), w.I32Const(64*65536), w.MemoryFill, g.try("fd_write", 2, 0, 100_000, 0))
	}, want: trap, trap: runtime.TrapBadPointer},
	{name: "clock outside memory", body: func(g *guest) w.Code { return g.try("clock_time_get", 0, int64(0), 65529) }, want: trap, trap: runtime.TrapBadPointer},
	{name: "hash into the end", body: func(g *guest) w.Code { return g.do("hash", 1, 0, 4, 65536-31) }, want: trap, trap: runtime.TrapBadPointer},

	// Sizes.
	{name: "empty key", body: func(g *guest) w.Code { return g.do("state_set", 0, 0, 0, 1) }, want: trap, trap: runtime.TrapBadArgument},
	{name: "long key", body: func(g *guest) w.Code { return g.do("state_set", 0, 1025, 0, 1) }, want: limit},
	{name: "large value", pages: 4, body: func(g *guest) w.Code { return g.do("state_set", 0, 1, 0, 128<<10+1) }, want: limit},
	{name: "large output", pages: 8, body: func(g *guest) w.Code { return g.do("output", 0, 256<<10+1) }, want: limit},
	{name: "large event", body: func(g *guest) w.Code { return g.do("emit", 0, 1, 0, 16<<10+1) }, want: limit},
	{name: "event without a type", body: func(g *guest) w.Code { return g.do("emit", 0, 0, 0, 1) }, want: trap, trap: runtime.TrapBadArgument},
	{name: "flood of events", body: func(g *guest) w.Code { return times(257, g.do("emit", 0, 8, 0, 0)) }, want: limit},
	{name: "large error", body: func(g *guest) w.Code { return g.do("fail", 1, 0, 4097, 0, 0) }, want: limit},
	{name: "large payload of a call", pages: 8, body: func(g *guest) w.Code {
		return g.try("call", 0, 1, 0, 1, 0, 256<<10+1, int64(0), 0, 0, 0)
	}, want: limit},
	{name: "long contract name", body: func(g *guest) w.Code { return g.try("call", 0, 257, 0, 1, 0, 0, int64(0), 0, 0, 0) }, want: limit},

	// Arguments.
	{name: "fail with code 0", body: func(g *guest) w.Code { return g.do("fail", 0, 0, 0, 0, 0) }, want: trap, trap: runtime.TrapBadArgument},
	{name: "unknown field", body: func(g *guest) w.Code { return g.try("context", 9, 0, 0) }, want: trap, trap: runtime.TrapBadArgument},
	{name: "unknown integer field", body: func(g *guest) w.Code { return g.try("context_int", 1) }, want: trap, trap: runtime.TrapBadArgument},
	{name: "unknown hash", body: func(g *guest) w.Code { return g.do("hash", 4, 0, 1, 64) }, want: trap, trap: runtime.TrapBadArgument},
	{name: "unknown signature scheme", body: func(g *guest) w.Code { return g.try("verify", 0, 0, 32, 0, 1, 0, 64) }, want: trap, trap: runtime.TrapBadArgument},
	{name: "unknown flag of a scan", body: func(g *guest) w.Code { return g.try("state_scan", 0, 0, 0, 0, 4) }, want: trap, trap: runtime.TrapBadArgument},
	{name: "unknown flag of a call", body: func(g *guest) w.Code { return g.try("call", 0, 1, 0, 1, 0, 0, int64(0), 2, 0, 0) }, want: trap, trap: runtime.TrapBadArgument},
	{name: "pending value that is not there", body: func(g *guest) w.Code { return g.do("read_pending", 0, 0) }, want: trap, trap: runtime.TrapBadArgument},
	{name: "pending value read twice", body: func(g *guest) w.Code {
		return w.Seq(g.try("input", 0, 0), g.do("read_pending", 0, 7), g.do("read_pending", 0, 7))
	}, want: trap, trap: runtime.TrapBadArgument},
	{name: "pending value of another length", body: func(g *guest) w.Code {
		return w.Seq(g.try("input", 0, 0), g.do("read_pending", 0, 6))
	}, want: trap, trap: runtime.TrapBadArgument},

	// Handles.
	{name: "forged handle", body: func(g *guest) w.Code { return g.try("scan_next", 0, 0, 16) }, want: trap, trap: runtime.TrapBadArgument},
	{name: "negative handle", body: func(g *guest) w.Code { return g.do("scan_close", -1) }, want: trap, trap: runtime.TrapBadArgument},
	{name: "closed handle", body: func(g *guest) w.Code {
		return w.Seq(g.try("state_scan", 0, 0, 0, 0, 2), g.do("scan_close", 0), g.do("scan_close", 0))
	}, want: trap, trap: runtime.TrapBadArgument},
	{name: "handle past its end", body: func(g *guest) w.Code {
		return w.Seq(g.try("state_scan", 0, 0, 0, 0, 2),
			w.Loop(w.Empty, g.do("scan_next", 0, 1024, 1024), w.I64Const(-1), w.Code{0x52}, w.BrIf(0)),
			g.try("scan_next", 0, 1024, 1024))
	}, want: trap, trap: runtime.TrapBadArgument},
	{name: "too many scans", body: func(g *guest) w.Code { return times(17, g.try("state_scan", 0, 0, 0, 0, 2)) }, want: limit},
	{name: "sixteen scans left open", body: func(g *guest) w.Code { return times(16, g.try("state_scan", 0, 0, 0, 0, 2)) }, want: ok},

	// Queries.
	{name: "write in a query", kind: runtime.KindQuery, body: func(g *guest) w.Code { return g.do("state_set", 0, 1, 0, 1) }, want: trap, trap: runtime.TrapReadOnly},
	{name: "delete in a query", kind: runtime.KindQuery, body: func(g *guest) w.Code { return g.do("state_delete", 0, 1) }, want: trap, trap: runtime.TrapReadOnly},
	{name: "event in a query", kind: runtime.KindQuery, body: func(g *guest) w.Code { return g.do("emit", 0, 1, 0, 1) }, want: trap, trap: runtime.TrapReadOnly},
	{name: "schedule in a query", kind: runtime.KindQuery, body: func(g *guest) w.Code {
		return g.try("schedule", int64(1), 0, 1, 0, 0, int64(1))
	}, want: trap, trap: runtime.TrapReadOnly},
	{name: "unschedule in a query", kind: runtime.KindQuery, body: func(g *guest) w.Code { return g.try("unschedule", int64(1)) }, want: trap, trap: runtime.TrapReadOnly},
	{name: "schedule before 1970", body: func(g *guest) w.Code { return g.try("schedule", int64(-1), 0, 1, 0, 0, int64(1)) }, want: trap, trap: runtime.TrapBadArgument},
	{name: "schedule without gas", body: func(g *guest) w.Code { return g.try("schedule", int64(1), 0, 1, 0, 0, int64(0)) }, want: trap, trap: runtime.TrapBadArgument},
	{name: "large payload of a scheduled call", pages: 8, body: func(g *guest) w.Code {
		return g.try("schedule", int64(1), 0, 1, 0, 256<<10+1, int64(1))
	}, want: limit},
	{name: "flood of scheduled calls", gas: 10_000_000, body: func(g *guest) w.Code {
		return times(runtimetest.MaxScheduled+1, g.try("schedule", int64(1), 0, 1, 0, 0, int64(1)))
	}, want: limit},
	{name: "cancel what is not there", body: func(g *guest) w.Code { return g.try("unschedule", int64(-1)) }, want: ok},
	{name: "execute from a query", kind: runtime.KindQuery, body: func(g *guest) w.Code {
		return g.try("call", 0, 1, 0, 1, 0, 0, int64(0), 0, 0, 0)
	}, want: trap, trap: runtime.TrapReadOnly},

	// Writes first, then trouble: nothing may stay.
	{name: "writes and traps", body: func(g *guest) w.Code {
		return w.Seq(g.do("state_set", 0, 1, 0, 1), g.do("emit", 0, 1, 0, 1), g.do("output", 0, 1), w.Unreachable)
	}, want: trap, trap: runtime.TrapUnreachable},
	{name: "writes and runs out of gas", body: func(g *guest) w.Code {
		return w.Seq(g.do("state_set", 0, 1, 0, 1), forever())
	}, want: oog},
	{name: "writes and fails", body: func(g *guest) w.Code {
		return w.Seq(g.do("state_set", 0, 1, 0, 1), g.do("fail", 3, 0, 2, 0, 1))
	}, want: runtime.StatusContractError},
}

// TestHostile runs every attack on both engines: it ends as it must, its gas is
// charged and the same on both, nothing of it stays, and the next call of the same
// code works on an instance that equals the image.
func TestHostile(t *testing.T) {
	gasOf := map[string][]uint64{}
	engines(t, func(t *testing.T, world *runtimetest.World) {
		for _, h := range hostiles {
			t.Run(h.name, func(t *testing.T) {
				g := newGuest(max(h.pages, 1))
				deploy(t, world, g.unless(runtime.KindMigrate, h.body(g)))
				world.Put("c", []byte("there"), []byte("before"))
				before := world.State("c")
				call := runtime.Call{Kind: max(h.kind, runtime.KindExecute), Method: "M", Payload: []byte("payload"), GasLimit: h.gas}
				if call.GasLimit == 0 {
					call.GasLimit = 3_000_000
				}
				for range 2 {
					out := world.Run("c", call)
					require.Equal(t, h.want, out.Status, "%v", out.Err)
					require.Equal(t, h.trap, out.Trap)
					require.LessOrEqual(t, out.GasUsed, call.GasLimit)
					require.Greater(t, out.GasUsed, entryGas, "the attack is not free")
					if out.Status == oog {
						require.Equal(t, call.GasLimit, out.GasUsed)
					}
					if out.Status != ok {
						require.Nil(t, out.Output)
						require.Equal(t, before, world.State("c"))
						require.Empty(t, world.TakeEvents())
					}
					gasOf[h.name] = append(gasOf[h.name], out.GasUsed)
					_, diffs := runtime.IdleDiffs(world.Runtime, world.Code("c"))
					require.Empty(t, diffs)
				}
				next := world.Run("c", runtime.Call{Kind: runtime.KindMigrate, GasLimit: 50_000})
				require.Equal(t, ok, next.Status, "the next call: %v", next.Err)
			})
		}
		for _, a := range peerAttacks {
			t.Run(a.name, func(t *testing.T) { a.run(t, runtimetest.NewWorld(world.Runtime)) })
		}
	})
	for name, used := range gasOf {
		for _, u := range used {
			require.Equal(t, used[0], u, "gas of %q differs between calls or engines", name)
		}
	}
}

// TestHostileArguments calls every host function with every combination of a few
// nasty values in turn. Nothing may be a fault of the node, or end in a way that
// the table does not have.
func TestHostileArguments(t *testing.T) {
	type ending struct {
		status runtime.Status
		trap   runtime.Trap
		gas    uint64
	}
	nasty := []int32{0, 1, 7, 65535, 65536, -1 << 31, -1}
	var all [2][]ending
	for i, interpreter := range []bool{false, true} {
		world := smallWorld(t, runtime.Config{Interpreter: interpreter})
		names := append([]string{}, abi.WASI...)
		functions := map[string]*abi.Function{}
		for i := range abi.Functions {
			f := &abi.Functions[i]
			names = append(names, f.Name)
			functions[f.Name] = f
		}
		for _, name := range names {
			module := abi.Module
			if _, _, found := runtime.ImportType(module, name); !found {
				module = abi.WASIModule
			}
			params, results, _ := runtime.ImportType(module, name)
			for first, a := range nasty {
				for _, b := range nasty {
					// Arguments alternate a, b, a, b…, beginning at each parity.
					g := newGuest(1)
					var args []any
					for j, p := range params {
						v := []int32{a, b}[(j+first)%2]
						if p == w.I64 {
							args = append(args, int64(v))
						} else {
							args = append(args, int(v))
						}
					}
					c := g.do(name, args...)
					if len(results) > 0 {
						c = w.Seq(c, w.Drop)
					}
					deploy(t, world, g.entry(c))
					out := world.Execute("c", "M", []byte("payload"))
					require.NotEqual(t, runtime.StatusFault, out.Status, "%s(%d, %d…): %v", name, a, b, out.Err)
					if f := functions[name]; f != nil && (out.Status == trap || out.Status == limit) {
						require.Contains(t, declared(f), how(out), "%s(%d, %d…)", name, a, b)
					}
					all[i] = append(all[i], ending{out.Status, out.Trap, out.GasUsed})
				}
			}
		}
	}
	require.Equal(t, all[0], all[1])
}
