package wasm_test

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/tetratelabs/wazero"

	"github.com/chancery-chain/chancery/runtime/wasm"
	w "github.com/chancery-chain/chancery/runtime/wasm/wasmtest"
)

// recursive returns a module whose "f" calls itself n times; around puts code
// around the call.
func recursive(typ w.FuncType, locals []byte, around func(call w.Code) w.Code) *w.Module {
	m := w.New().Memory(1).ExportMemory("memory")
	depth := m.Global(w.I64, true, w.I64Const(0))
	m.ExportGlobal("depth", depth)
	f := m.Declare(typ)
	m.Define(f, locals,
		w.GlobalGet(depth), w.I64Const(1), w.I64Add, w.GlobalSet(depth),
		around(w.Call(f)))
	return m.ExportFunc("f", f)
}

func TestStackLimit(t *testing.T) {
	plain := recursive(w.Void, nil, func(call w.Code) w.Code { return call })
	var depths []uint64
	eachEngine(t, func(t *testing.T, engine string) {
		cfg := testConfig()
		cfg.MaxStack = 100_000
		g := start(t, engine, plain, cfg)
		_, _, err := g.call("f", 1<<40)
		require.ErrorContains(t, err, "unreachable")
		require.Positive(t, g.gas())
		require.Greater(t, g.stack(), uint32(100_000))
		depths = append(depths, g.ExportedGlobal("depth").Get())
	})
	require.Equal(t, depths[0], depths[1])
	require.Positive(t, depths[0])
}

// TestStackIsGivenBack leaves functions in every possible way.
func TestStackIsGivenBack(t *testing.T) {
	two := w.FuncType{Results: []byte{w.I32, w.I64}}
	for name, body := range map[string]w.Code{
		"end":            w.Seq(w.I32Const(1), w.I64Const(2)),
		"return":         w.Seq(w.I32Const(1), w.I64Const(2), w.Return),
		"nested return":  w.Seq(w.Block(w.Empty, w.Loop(w.Empty, w.F32Const(1), w.I32Const(1), w.I64Const(2), w.Return)), w.Unreachable),
		"br":             w.Seq(w.Block(w.Empty, w.I32Const(1), w.I64Const(2), w.Br(1)), w.Unreachable),
		"br_if":          w.Seq(w.Block(w.Empty, w.I32Const(1), w.I64Const(2), w.I32Const(1), w.BrIf(1), w.Unreachable), w.Unreachable),
		"br_table":       w.Seq(w.Block(w.Empty, w.I32Const(1), w.I64Const(2), w.I32Const(0), w.BrTable(1, 1)), w.Unreachable),
		"conditional":    w.Seq(w.I32Const(1), w.If(w.Empty, w.I32Const(1), w.I64Const(2), w.Return), w.I32Const(1), w.I64Const(2)),
		"nothing behind": w.Seq(w.I32Const(1), w.I64Const(2), w.Return, w.Unreachable, w.Drop),
	} {
		t.Run(name, func(t *testing.T) {
			m := w.New()
			leaf := m.Func(w.Void, nil)
			f := m.Func(two, nil, w.Call(leaf), body)
			m.ExportFunc("f", f)
			m.ExportFunc("g", m.Func(two, nil, w.Call(f), w.Drop, w.Drop, w.Call(f)))
			eachEngine(t, func(t *testing.T, engine string) {
				g := start(t, engine, m, testConfig())
				for _, fn := range []string{"f", "g"} {
					res, _, err := g.call(fn, 1_000)
					require.NoError(t, err)
					require.Equal(t, []uint64{1, 2}, res)
					require.Zero(t, g.stack(), "stack left behind")
				}
			})
		})
	}
}

// TestLeavesPayNoStack shows which functions are counted.
func TestLeavesPayNoStack(t *testing.T) {
	m := w.New()
	note := m.ImportFunc("host", "note", w.Type(w.I32)())
	leaf := m.Func(w.Void, nil, w.I32Const(1), w.Call(note))
	m.Func(w.Void, nil, w.Call(leaf))
	m.Func(w.Void, nil, w.Return, w.Call(leaf)) // never calls
	p, err := wasm.Prepare(m.Bytes(), testConfig())
	require.NoError(t, err)
	require.Equal(t, 2, p.Stats.Leaves)
}

// TestFrameEstimate compares our estimate of a frame with what wazero's
// compiler really uses: it lets plain code overflow the engine's stack and
// divides. Were the estimate too small, the engine's limit would come first, at
// another depth on another CPU.
func TestFrameEstimate(t *testing.T) {
	if testing.Short() {
		t.Skip("overflows large stacks")
	}
	i64s := func(n int) []byte { return bytes.Repeat([]byte{w.I64}, n) }
	load := func(n int) w.Code {
		var b w.Code
		for i := range n {
			b = w.Seq(b, w.I32Const(int32(8*i)), w.Mem(w.I64Load, 0), w.LocalSet(uint32(i)))
		}
		return b
	}
	store := func(n int) w.Code {
		var b w.Code
		for i := range n {
			b = w.Seq(b, w.I32Const(int32(8*i)), w.LocalGet(uint32(i)), w.Mem(w.I64Store, 0))
		}
		return b
	}
	pushes := func(n int) w.Code { return w.Repeat(n, w.I32Const(0), w.Mem(w.I64Load, 0)) }
	drops := func(n int) w.Code { return w.Repeat(n, w.I64Add) }
	params := w.FuncType{Params: i64s(32)}
	args := func() w.Code {
		var b w.Code
		for i := range uint32(32) {
			b = w.Seq(b, w.LocalGet(i))
		}
		return b
	}
	results := w.FuncType{Results: i64s(16)}
	shapes := map[string]*w.Module{
		"nothing":               recursive(w.Void, nil, func(call w.Code) w.Code { return call }),
		"locals across call":    recursive(w.Void, i64s(200), func(call w.Code) w.Code { return w.Seq(load(200), call, store(200)) }),
		"operands across call":  recursive(w.Void, nil, func(call w.Code) w.Code { return w.Seq(pushes(250), call, drops(249), w.Drop) }),
		"many params":           recursive(params, nil, func(call w.Code) w.Code { return w.Seq(args(), call, store(32)) }),
		"many results":          recursive(results, nil, func(call w.Code) w.Code { return w.Seq(call, w.Repeat(16, w.Drop), pushes(16)) }),
		"locals set many times": recursive(w.Void, i64s(20), func(call w.Code) w.Code { return w.Repeat(20, load(20), call, store(20)) }),
		"pressure without call": recursive(w.Void, i64s(2), func(call w.Code) w.Code {
			return w.Seq(w.Repeat(20, pushes(60), drops(59), w.LocalSet(0)), call)
		}),
		"joins": recursive(w.Void, i64s(60), func(call w.Code) w.Code {
			return w.Seq(w.Repeat(10, w.I32Const(0), w.Mem(w.I32Load, 0), w.If(w.Empty, load(60)), call), store(60))
		}),
		"loops": recursive(w.Void, i64s(60), func(call w.Code) w.Code {
			return w.Seq(w.Repeat(10, w.Loop(w.Empty, load(30), call, store(60), w.I32Const(0), w.Mem(w.I32Load, 0), w.BrIf(0))))
		}),
		"block results": recursive(w.Void, i64s(60), func(call w.Code) w.Code {
			return w.Seq(w.Repeat(60, w.I32Const(1), w.IfElse(w.GivesL, pushes(1), pushes(1))), call, drops(59), w.Drop)
		}),
	}
	for name, m := range shapes {
		t.Run(name, func(t *testing.T) {
			p, err := wasm.Prepare(m.Bytes(), testConfig())
			require.NoError(t, err)
			depth := func(p *wasm.Prepared) uint64 {
				g := instantiate(t, "compiler", p)
				n := len(g.ExportedFunction("f").Definition().ParamTypes())
				_, _, err := g.call("f", 1<<40, make([]uint64, n)...)
				require.Error(t, err)
				require.Greater(t, g.stack(), uint32(wasm.DefaultMaxStack))
				return g.ExportedGlobal("depth").Get()
			}
			real := realFrame(plainDepth(t, m))
			estimate := float64(wasm.DefaultMaxStack) / float64(depth(p))
			t.Logf("%s: frame %d, used %.0f bytes, estimate %.0f", name, p.Stats.MaxFrame, real, estimate)
			require.Greater(t, estimate, real)
		})
	}
}

// plainDepth returns how deep a plain module's recursion goes before wazero's
// compiler stops it.
func plainDepth(t *testing.T, m *w.Module) uint64 {
	t.Helper()
	ctx := t.Context()
	r := wazero.NewRuntimeWithConfig(ctx, wazero.NewRuntimeConfigCompiler().WithCoreFeatures(features))
	defer r.Close(ctx)
	i, err := r.Instantiate(ctx, m.Bytes())
	require.NoError(t, err)
	_, err = i.ExportedFunction("f").Call(ctx, make([]uint64, len(i.ExportedFunction("f").Definition().ParamTypes()))...)
	require.ErrorContains(t, err, "stack overflow")
	return i.ExportedGlobal("depth").Get()
}

// realFrame returns the bytes of one frame from how many fit: the stack begins
// with 10,240 bytes, grows to twice its size plus what one frame wants, and
// fails to grow once it is larger than 50,000,000.
func realFrame(depth uint64) float64 {
	frame := 0.0
	for range 20 {
		size := 10_240.0
		for size <= 50_000_000 {
			size = 2*size + frame + 16
		}
		frame = size / float64(depth)
	}
	return frame
}
