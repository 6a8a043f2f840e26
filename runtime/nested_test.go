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

// caller is a contract "c" that calls "callee" with the gas and flags and answers
// with the result as 8 bytes, followed by the response or the call error.
func caller(g *guest, gas int64, flags int) []byte {
	g.Data(0, []byte("callee"))
	g.Data(16, []byte("Do"))
	g.Data(32, []byte("request"))
	result := g.do("call", 0, 6, 16, 2, 32, 7, gas, flags, 1032, 8)
	length := g.Func(w.Type(w.I64)(w.I32), nil, // of what waits, for either kind of result
		w.LocalGet(0), w.I64Const(abi.Failed), w.Code{0x57}, // ≤ Failed
		w.IfElse(w.GivesI, w.Seq(w.I64Const(abi.Failed), w.LocalGet(0), w.I64Sub, w.I32WrapI64),
			w.Seq(w.LocalGet(0), w.I32WrapI64)))
	return g.entry(
		w.I32Const(1024), result, w.Mem(w.I64Store, 0),
		w.I32Const(1024), w.Mem(w.I64Load, 0), w.Call(length), w.LocalSet(0),
		// Short responses are in the buffer already.
		w.I32Const(1024), w.Mem(w.I64Load, 0), w.I64Const(0), w.I64LtS, w.LocalGet(0), w.I32Const(8), w.I32GtU, w.Code{0x72},
		w.If(w.Empty, w.I32Const(1032), w.LocalGet(0), w.Call(g.funcs["read_pending"])),
		g.do("state_set", 0, 6, 0, 6),
		w.I32Const(1024), w.LocalGet(0), w.I32Const(8), w.I32Add, w.Call(g.funcs["output"]),
	)
}

func TestNestedCall(t *testing.T) {
	write := func(g *guest) w.Code {
		return w.Seq(g.do("state_set", 0, 4, 0, 4), g.do("emit", 0, 4, 0, 0))
	}
	const nonsense = runtime.Status(255)
	for _, tt := range []struct {
		name   string
		flags  int
		gas    int64
		callee func(g *guest) w.Code
		status runtime.Status // in the call error, nonsense for none
		output string         // response, or the rest of the call error
	}{
		{"short response", 0, 0, func(g *guest) w.Code { return w.Seq(write(g), g.do("output", 64, 3)) }, nonsense, "abc"},
		{"empty response", 0, 0, func(g *guest) w.Code { return w.Seq(write(g), g.do("output", 64, 0)) }, nonsense, ""},
		{"long response", 0, 0, func(g *guest) w.Code { return w.Seq(write(g), g.do("output", 64, 26)) }, nonsense, "abcdefghijklmnopqrstuvwxyz"},
		{"input", 0, 0, func(g *guest) w.Code { return w.Seq(write(g), g.try("input", 128, 64), g.do("output", 128, 7)) }, nonsense, "request"},
		{"error", 0, 0, func(g *guest) w.Code { return w.Seq(write(g), g.do("fail", 7, 64, 3, 67, 2)) },
			runtime.StatusContractError, "\x10\x07\x1a\x03abc\x22\x02de\x2a\x06callee"},
		{"trap", 0, 0, func(g *guest) w.Code { return w.Seq(write(g), w.Unreachable) }, runtime.StatusTrap, ""},
		{"out of the gas it was given", 0, 100_000, func(g *guest) w.Code { return w.Seq(write(g), forever()) }, runtime.StatusOutOfGas, ""},
		{"write in a query", abi.CallQuery, 0, write, runtime.StatusTrap, ""},
		{"query", abi.CallQuery, 0, func(g *guest) w.Code { return g.do("output", 64, 1) }, nonsense, "a"},
		{"calls back", 0, 0, func(g *guest) w.Code {
			g.Data(200, []byte("cM"))
			// The caller is on the stack: a call error, and this ends well.
			return w.Seq(g.do("call", 200, 1, 201, 1, 0, 0, int64(0), 0, 0, 0), w.I64Const(abi.Failed), w.Code{0x57}, w.Code{0x45},
				w.If(w.Empty, w.Unreachable), write(g), g.do("output", 64, 2))
		}, nonsense, "ab"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			engines(t, func(t *testing.T, world *runtimetest.World) {
				callee := newGuest(1)
				callee.Data(64, []byte("abcdefghijklmnopqrstuvwxyz"))
				require.NoError(t, world.Deploy("callee", callee.entry(tt.callee(callee))))
				require.NoError(t, world.Deploy("c", caller(newGuest(1), tt.gas, tt.flags)))
				out := world.Execute("c", "M", nil)
				require.Equal(t, ok, out.Status, "%v", out.Err)
				require.Less(t, out.GasUsed, uint64(1_000_000))
				require.Contains(t, world.State("c"), "callee", "the caller's own write stays")
				if tt.status == nonsense {
					require.Equal(t, tt.output, string(out.Output[8:]))
					require.EqualValues(t, len(tt.output), out.Output[0])
					require.Equal(t, tt.flags == 0, world.State("callee") != nil)
					return
				}
				require.Equal(t, "\x08"+string(rune(tt.status))+tt.output, string(out.Output[8:]))
				require.Empty(t, world.State("callee"), "a failed call is reverted")
				require.Empty(t, world.TakeEvents())
			})
		})
	}
}

// TestNestedGas holds that a callee's gas is taken from its caller, exactly.
func TestNestedGas(t *testing.T) {
	engines(t, func(t *testing.T, world *runtimetest.World) {
		callee := newGuest(1)
		require.NoError(t, world.Deploy("callee", callee.entry(times(1000, w.Nop))))
		require.NoError(t, world.Deploy("c", caller(newGuest(1), 0, 0)))
		alone := world.Run("callee", runtime.Call{Kind: runtime.KindExecute, GasLimit: 1_000_000, Depth: 2})
		require.Equal(t, ok, alone.Status)
		with := world.Execute("c", "M", nil)
		require.Equal(t, ok, with.Status)

		idle := newGuest(1)
		require.NoError(t, world.Deploy("callee", idle.entry()))
		aloneIdle := world.Run("callee", runtime.Call{Kind: runtime.KindExecute, GasLimit: 1_000_000, Depth: 2})
		withIdle := world.Execute("c", "M", nil)
		require.Equal(t, alone.GasUsed-aloneIdle.GasUsed, with.GasUsed-withIdle.GasUsed)

		loop := newGuest(1)
		require.NoError(t, world.Deploy("callee", loop.entry(forever())))
		all := world.Run("c", runtime.Call{Kind: runtime.KindExecute, GasLimit: 3_000_000})
		require.Equal(t, oog, all.Status, "a callee that takes all gas takes the caller's")
		require.EqualValues(t, 3_000_000, all.GasUsed)
	})
}

// TestPartsOfGas holds that instructions cost parts of a gas which add up, also over
// host functions between them, and that the last one that was begun is paid whole.
func TestPartsOfGas(t *testing.T) {
	add := w.Seq(w.LocalGet(0), w.LocalGet(0), w.I32Add, w.LocalSet(0))
	each := 2 * schedule.Op[gas.ClassSimple] // the addition and the assignment
	require.NotZero(t, each%gas.Parts, "or the test is none")
	engines(t, func(t *testing.T, world *runtimetest.World) {
		used := func(n int, between bool) uint64 {
			g := newGuest(1)
			step := add
			if between {
				step = w.Seq(add, g.try("context_int", abi.FieldHeight))
			}
			deploy(t, world, g.entry(w.Repeat(n, step)))
			out := world.Execute("c", "M", nil)
			require.Equal(t, ok, out.Status, "%v", out.Err)
			short := world.Run("c", runtime.Call{Kind: runtime.KindExecute, GasLimit: out.GasUsed - 1})
			require.Equal(t, oog, short.Status)
			return out.GasUsed
		}
		base := used(0, false)
		parts := schedule.Entry + 4*schedule.Local // what the empty entry point costs
		require.Equal(t, entryGas+(parts+gas.Parts-1)/gas.Parts, base)
		host := schedule.HostCost("context_int").Base
		perHost := each + schedule.Op[gas.ClassCall] // try's drop is free
		for n := range 40 {
			require.Equal(t, entryGas+(parts+uint64(n)*each+gas.Parts-1)/gas.Parts, used(n, false), "%d additions", n)
			require.Equal(t, entryGas+uint64(n)*host+(parts+uint64(n)*perHost+gas.Parts-1)/gas.Parts, used(n, true), "%d with a host function each", n)
		}
	})
}

// TestGrowthIsCharged holds that a call pays for the instance that it uses up, and
// that it can run out of gas by that alone.
func TestGrowthIsCharged(t *testing.T) {
	engines(t, func(t *testing.T, world *runtimetest.World) {
		g := newGuest(1)
		deploy(t, world, g.unless(runtime.KindMigrate, w.I32Const(1), w.MemoryGrow, w.Drop, g.do("state_set", 0, 1, 0, 1)))
		out := world.Execute("c", "M", nil)
		require.Equal(t, ok, out.Status, "%v", out.Err)
		require.Greater(t, out.GasUsed, 16_000+schedule.RebuildCost(0, 1<<16))
		out = world.Run("c", runtime.Call{Kind: runtime.KindExecute, GasLimit: out.GasUsed - 1})
		require.Equal(t, oog, out.Status)
		require.Nil(t, out.Output)
		out = world.Run("c", runtime.Call{Kind: runtime.KindMigrate, GasLimit: 100_000})
		require.Equal(t, ok, out.Status, "calls that do not grow do not pay")
	})
}

// TestCallDepth lets a contract query itself without end.
func TestCallDepth(t *testing.T) {
	engines(t, func(t *testing.T, world *runtimetest.World) {
		g := newGuest(1)
		g.Data(0, []byte("cM"))
		// Answers with the depth of the deepest call: its own if its query fails.
		deploy(t, world, g.entry(
			g.do("call", 0, 1, 1, 1, 0, 0, int64(0), abi.CallQuery, 64, 8), w.I64Const(8), w.Code{0x52},
			w.If(w.Empty, w.I32Const(64), g.do("context_int", abi.FieldDepth), w.Mem(w.I64Store, 0)),
			g.do("output", 64, 8),
		))
		out := world.Query("c", "M", nil)
		require.Equal(t, ok, out.Status, "%v", out.Err)
		require.EqualValues(t, runtime.DefaultLimits().CallDepth, out.Output[0])
		n, diffs := runtime.IdleDiffs(world.Runtime, world.Code("c"))
		require.Equal(t, 16, n, "every depth took an instance of its own")
		require.Empty(t, diffs)
	})
}
