package wasm_test

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chancery-chain/chancery/runtime/gas"
	"github.com/chancery-chain/chancery/runtime/wasm"
	w "github.com/chancery-chain/chancery/runtime/wasm/wasmtest"
)

// costs gives short names to the classes of the default schedule.
var costs = struct{ entry, local, simple, branch, table, call, indirect, global, load, store, div, bulk, grow, size int64 }{
	entry: int64(gas.Default().Entry), local: int64(gas.Default().Local),
	simple: opCost(gas.ClassSimple), branch: opCost(gas.ClassBranch), table: opCost(gas.ClassBranchTable),
	call: opCost(gas.ClassCall), indirect: opCost(gas.ClassCallIndirect), global: opCost(gas.ClassGlobal),
	load: opCost(gas.ClassLoad), store: opCost(gas.ClassStore), div: opCost(gas.ClassDivide),
	bulk: opCost(gas.ClassMemoryBulk), grow: opCost(gas.ClassMemoryGrow), size: opCost(gas.ClassMemorySize),
}

func opCost(c gas.Class) int64 { return int64(gas.Default().Op[c]) }

// countdown is a loop that runs the first parameter's value times.
func countdown(body ...w.Code) w.Code {
	return w.Loop(w.Empty, w.Seq(body...), w.LocalGet(0), w.I32Const(1), w.I32Sub, w.LocalTee(0), w.BrIf(0))
}

// TestGasIsExact compares the gas used with totals computed by hand from the
// control flow, on both engines.
func TestGasIsExact(t *testing.T) {
	c := costs
	i, v := w.Type(w.I32), w.Void
	turn := 2*c.simple + c.branch // one turn of countdown
	cases := []struct {
		name string
		m    *w.Module
		args []uint64
		want int64
	}{
		{"empty", one(v, nil), nil, c.entry},
		{"locals", one(v, []byte{w.I32, w.I64, w.F32}), nil, c.entry + 3*c.local},
		{"straight", one(i(w.I32), nil, w.LocalGet(0), w.I32Const(3), w.I32Add, w.I32Const(7), w.I32DivU), []uint64{1}, c.entry + c.simple + c.div},
		{"nop and block are free, a loop is not", one(v, nil, w.Nop, w.Block(w.Empty, w.Nop), w.Loop(w.Empty, w.Nop)), nil, c.entry + c.branch},
		{"if taken", one(i(), nil, w.LocalGet(0), w.If(w.Empty, w.I32Const(0), w.Mem(w.I32Load, 0), w.Drop)), []uint64{1}, c.entry + c.branch + c.load},
		{"if not taken", one(i(), nil, w.LocalGet(0), w.If(w.Empty, w.I32Const(0), w.Mem(w.I32Load, 0), w.Drop)), []uint64{0}, c.entry + c.branch},
		{"then", one(i(), nil, w.LocalGet(0), w.IfElse(w.Empty, w.Seq(w.I32Const(0), w.I32Eqz, w.Drop), w.Seq(w.I32Const(0), w.Mem(w.I32Load, 0), w.Drop))), []uint64{1}, c.entry + c.branch + c.simple},
		{"else", one(i(), nil, w.LocalGet(0), w.IfElse(w.Empty, w.Seq(w.I32Const(0), w.I32Eqz, w.Drop), w.Seq(w.I32Const(0), w.Mem(w.I32Load, 0), w.Drop))), []uint64{0}, c.entry + c.branch + c.load},
		{"loop", one(i(), nil, countdown()), []uint64{10}, c.entry + c.branch + 10*turn},
		{"nested loops", one(w.Type(w.I32, w.I32)(), nil,
			w.Loop(w.Empty, w.I32Const(4), w.LocalSet(0), countdown(),
				w.LocalGet(1), w.I32Const(1), w.I32Sub, w.LocalTee(1), w.BrIf(0))), []uint64{0, 5}, c.entry + c.branch + 5*(c.branch+c.simple+4*turn+turn)},
		{"br_if taken skips the rest", one(i(), nil, w.Block(w.Empty, w.LocalGet(0), w.BrIf(0), w.I32Const(0), w.Mem(w.I32Load, 0), w.Drop), w.I32Const(0), w.I32Eqz, w.Drop), []uint64{1}, c.entry + c.branch + c.simple},
		{"br_if not taken", one(i(), nil, w.Block(w.Empty, w.LocalGet(0), w.BrIf(0), w.I32Const(0), w.Mem(w.I32Load, 0), w.Drop), w.I32Const(0), w.I32Eqz, w.Drop), []uint64{0}, c.entry + c.branch + c.load + c.simple},
		{"br_table first", one(i(), nil, w.Block(w.Empty, w.Block(w.Empty, w.LocalGet(0), w.BrTable(0, 1)), w.I32Const(0), w.Mem(w.I32Load, 0), w.Drop)), []uint64{0}, c.entry + c.table + c.load},
		{"br_table default", one(i(), nil, w.Block(w.Empty, w.Block(w.Empty, w.LocalGet(0), w.BrTable(0, 1)), w.I32Const(0), w.Mem(w.I32Load, 0), w.Drop)), []uint64{7}, c.entry + c.table},
		{"unreachable code is free", one(v, nil, w.Return, w.Repeat(100, w.I32Const(0), w.Mem(w.I32Load, 0), w.Drop)), nil, c.entry + c.branch},
		{"early return", one(i(), nil, w.LocalGet(0), w.If(w.Empty, w.Return), w.I32Const(0), w.Mem(w.I32Load, 0), w.Drop), []uint64{1}, c.entry + 2*c.branch},
		{"no early return", one(i(), nil, w.LocalGet(0), w.If(w.Empty, w.Return), w.I32Const(0), w.Mem(w.I32Load, 0), w.Drop), []uint64{0}, c.entry + c.branch + c.load},
		{"memory.size", one(v, nil, w.MemorySize, w.Drop), nil, c.entry + c.size},
		{"br to function label", one(i(), nil, w.Block(w.Empty, w.LocalGet(0), w.BrIf(1)), w.I32Const(0), w.Mem(w.I32Load, 0), w.Drop), []uint64{1}, c.entry + c.branch},
	}
	calls := func(change func(m *w.Module, leaf uint32)) *w.Module {
		m := w.New().Memory(1).ExportMemory("memory")
		leaf := m.Func(w.Type(w.I32)(w.I32), nil, w.LocalGet(0), w.I32Const(1), w.I32Add)
		m.Table(1).Elem(0, leaf)
		change(m, leaf)
		return m
	}
	leaf := c.entry + c.simple
	cases = append(cases, []struct {
		name string
		m    *w.Module
		args []uint64
		want int64
	}{
		{"calls", calls(func(m *w.Module, f uint32) {
			m.ExportFunc("f", m.Func(i(w.I32), nil, w.LocalGet(0), w.Call(f), w.Call(f), w.Call(f)))
		}), []uint64{5}, c.entry + 3*(c.call+leaf)},
		{"call_indirect", calls(func(m *w.Module, f uint32) {
			m.ExportFunc("f", m.Func(i(w.I32), nil, w.LocalGet(0), w.I32Const(0), w.CallIndirect(m.AddType(i(w.I32)))))
		}), []uint64{5}, c.entry + c.indirect + leaf},
		{"calls in a loop, left by return", calls(func(m *w.Module, f uint32) {
			m.ExportFunc("f", m.Func(i(), nil,
				countdown(w.LocalGet(0), w.Call(f), w.I32Const(3), w.I32Eq, w.If(w.Empty, w.Return))))
		}), []uint64{5}, c.entry + 4*(c.call+leaf+c.simple+c.branch) + 3*turn + 2*c.branch},
		{"recursion", func() *w.Module {
			m := w.New()
			f := m.Declare(i())
			m.Define(f, nil, w.LocalGet(0), w.If(w.Empty, w.LocalGet(0), w.I32Const(1), w.I32Sub, w.Call(f)))
			return m.ExportFunc("f", f)
		}(), []uint64{9}, 10*(c.entry+c.branch) + 9*(c.simple+c.call)},
	}...)
	for _, k := range cases {
		t.Run(k.name, func(t *testing.T) {
			eachEngine(t, func(t *testing.T, engine string) {
				g := start(t, engine, k.m, testConfig())
				_, used, err := g.call("f", 1_000_000, k.args...)
				require.NoError(t, err)
				require.Equal(t, k.want, used)
				require.Zero(t, g.stack())

				// Exactly enough gas is enough; one less is not.
				_, _, err = g.call("f", used, k.args...)
				require.NoError(t, err)
				require.Zero(t, g.gas())
				_, _, _ = g.call("f", used-1, k.args...)
				require.Negative(t, g.gas())
			})
		})
	}
}

// TestGasAtTrap shows that the block in which a trap happens is charged as a
// whole and nothing after it.
func TestGasAtTrap(t *testing.T) {
	c := costs
	m := one(w.Type(w.I32)(), nil,
		w.I32Const(-1), w.Mem(w.I32Load, 0), w.Drop, // traps
		w.I32Const(0), w.I32Eqz, w.Drop, // same block
		w.LocalGet(0), w.If(w.Empty, w.Repeat(50, w.I32Const(0), w.I32Eqz, w.Drop)))
	eachEngine(t, func(t *testing.T, engine string) {
		g := start(t, engine, m, testConfig())
		_, used, err := g.call("f", 1000, 1)
		require.ErrorContains(t, err, "out of bounds memory access")
		require.Equal(t, c.entry+c.load+c.simple+c.branch, used)
	})
}

func TestGasEndsLoops(t *testing.T) {
	self := w.New()
	f := self.Declare(w.Void)
	self.Define(f, nil, w.Call(f), w.Call(f))
	self.ExportFunc("f", f)
	for name, m := range map[string]*w.Module{
		"endless loop":            one(w.Void, nil, w.Loop(w.Empty, w.Br(0))),
		"endless loop of free":    one(w.Void, nil, w.Loop(w.Empty, w.Nop, w.Block(w.Empty, w.Br(1)))),
		"endless loop by table":   one(w.Void, nil, w.Loop(w.Empty, w.I32Const(0), w.BrTable(0, 0))),
		"endless loop with block": one(w.Void, nil, w.Loop(w.Empty, w.Block(w.Empty, w.I32Const(1), w.BrIf(0), w.Unreachable), w.Br(0))),
		"tree of calls":           self,
	} {
		t.Run(name, func(t *testing.T) {
			var used []int64
			eachEngine(t, func(t *testing.T, engine string) {
				cfg := testConfig()
				cfg.MaxStack = 100_000
				g := start(t, engine, m, cfg)
				_, u, err := g.call("f", 100_000)
				require.Error(t, err)
				used = append(used, u)
				if name != "tree of calls" {
					require.Negative(t, g.gas())
					require.Less(t, u, int64(100_000+300))
				}
			})
			require.Equal(t, used[0], used[1], "both engines must stop at the same place")
		})
	}
}

// TestGasOverdraft bounds what can run after the gas has run out: returning
// through frames that each still have work to do.
func TestGasOverdraft(t *testing.T) {
	m := w.New()
	f := m.Declare(w.Type(w.I32)())
	m.Define(f, nil,
		w.LocalGet(0), w.If(w.Empty, w.LocalGet(0), w.I32Const(1), w.I32Sub, w.Call(f)),
		w.Block(w.Empty, w.Repeat(600, w.LocalGet(0), w.I32Eqz, w.BrIf(0))))
	m.ExportFunc("f", f)
	const depth = 50
	eachEngine(t, func(t *testing.T, engine string) {
		g := start(t, engine, m, testConfig())
		down := (depth+1)*(costs.entry+costs.branch) + depth*(costs.simple+costs.call)
		_, used, err := g.call("f", down, depth)
		require.Error(t, err)
		require.Less(t, used-down, int64(depth*wasm.DefaultLimits().UncheckedGas))
	})
}

func TestBulkIsChargedByLength(t *testing.T) {
	c := costs
	body := func(op w.Code) *w.Module {
		return one(w.Type(w.I32, w.I32, w.I32)(), nil, w.LocalGet(0), w.LocalGet(1), w.LocalGet(2), op)
	}
	for name, op := range map[string]w.Code{"copy": w.MemoryCopy, "fill": w.MemoryFill} {
		for _, n := range []uint32{0, 1, 31, 32, 33, 65_536, 65_537, math.MaxUint32} {
			var results []string
			eachEngine(t, func(t *testing.T, engine string) {
				g := start(t, engine, body(op), testConfig())
				_, used, err := g.call("f", 1<<40, 0, 0, uint64(n))
				require.Equal(t, c.entry+c.bulk+int64(n>>gas.BulkShift)*int64(gas.Default().BulkUnit), used, "%s %d", name, n)
				require.Equal(t, n > 65_536, err != nil, "%s %d", name, n)
				if err != nil {
					results = append(results, err.Error())
				}

				// Without gas nothing is written.
				if n >= 32 {
					_, _, err = g.call("f", c.entry+c.bulk, 0, 7, uint64(n))
					require.ErrorContains(t, err, "unreachable")
					require.Negative(t, g.gas())
					b, _ := g.Memory().ReadByte(0)
					require.Zero(t, b)
				}
			})
		}
	}
}

func TestGrowIsChargedByPage(t *testing.T) {
	c := costs
	m := w.New().Memory(1, 10).ExportMemory("memory")
	m.ExportFunc("f", m.Func(w.Type(w.I32)(w.I32), nil, w.LocalGet(0), w.MemoryGrow))
	page := int64(gas.Default().GrowPage)
	eachEngine(t, func(t *testing.T, engine string) {
		g := start(t, engine, m, testConfig())
		grow := func(n uint32, want int32, pages int64) {
			t.Helper()
			res, used, err := g.call("f", 1<<40, uint64(n))
			require.NoError(t, err)
			require.Equal(t, want, int32(res[0]))
			require.Equal(t, c.entry+c.grow+pages*page, used)
		}
		grow(0, 1, 0)
		grow(3, 1, 3)
		grow(7, -1, 0)
		grow(math.MaxUint32, -1, 0)
		_, _, err := g.call("f", page*6-1, 6)
		require.Error(t, err)
		require.Negative(t, g.gas())
		require.Equal(t, uint32(4*65536), g.Memory().Size(), "memory must not grow without gas")
		grow(6, 4, 6)
		grow(1, -1, 0)
	})
}

func TestMemoryMaximum(t *testing.T) {
	for _, k := range []struct {
		limit []uint32
		want  uint32
	}{{nil, 64}, {[]uint32{3}, 3}, {[]uint32{64}, 64}, {[]uint32{65_536}, 64}} {
		m := w.New().Memory(2, k.limit...)
		m.ExportFunc("f", m.Func(w.Type(w.I32)(w.I32), nil, w.LocalGet(0), w.MemoryGrow))
		p, err := wasm.Prepare(m.Bytes(), testConfig())
		require.NoError(t, err)
		require.Equal(t, k.want, p.MemoryMax)
		g := instantiate(t, "compiler", p)
		res, _, err := g.call("f", 1<<40, uint64(k.want-2))
		require.NoError(t, err)
		require.Equal(t, int32(2), int32(res[0]))
		res, _, err = g.call("f", 1<<40, 1)
		require.NoError(t, err)
		require.Equal(t, int32(-1), int32(res[0]))
	}
}

// TestHostSeesGas shows that a host function sees the gas that is left after
// the calling block was charged, and can take more.
func TestHostSeesGas(t *testing.T) {
	m := w.New()
	note := m.ImportFunc("host", "note", w.Type(w.I32)())
	m.ExportFunc("f", m.Func(w.Void, nil, w.I32Const(42), w.Call(note), w.I32Const(0), w.I32Eqz, w.Drop))
	eachEngine(t, func(t *testing.T, engine string) {
		g := start(t, engine, m, testConfig())
		_, _, err := g.call("f", 100)
		require.NoError(t, err)
		require.Equal(t, []uint32{42}, g.notes)
		require.Equal(t, []int64{100 - costs.entry - costs.call - costs.simple}, g.gasAt)
	})
}
