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

// guest builds small contracts against the ABI.
type guest struct {
	*w.Module
	funcs map[string]uint32
}

// newGuest imports every host function and the WASI names, and has memory of
// pages pages with room to grow to 64.
func newGuest(pages uint32) *guest {
	g := &guest{Module: w.New(), funcs: map[string]uint32{}}
	add := func(module, name string) {
		params, results, ok := runtime.ImportType(module, name)
		if !ok {
			panic("no host function " + name)
		}
		g.funcs[name] = g.ImportFunc(module, name, w.FuncType{Params: params, Results: results})
	}
	for _, f := range abi.Functions {
		add(abi.Module, f.Name)
	}
	for _, name := range abi.WASI {
		add(abi.WASIModule, name)
	}
	g.Memory(pages, 64).ExportMemory(abi.ExportMemory)
	return g
}

// do calls a host function with constants: int is i32, int64 is i64.
func (g *guest) do(name string, args ...any) w.Code {
	var c w.Code
	for _, a := range args {
		switch a := a.(type) {
		case int:
			c = w.Seq(c, w.I32Const(int32(a)))
		case int64:
			c = w.Seq(c, w.I64Const(a))
		case w.Code:
			c = w.Seq(c, a)
		default:
			panic(fmt.Sprintf("argument %T", a))
		}
	}
	f, ok := g.funcs[name]
	if !ok {
		panic("no host function " + name)
	}
	return w.Seq(c, w.Call(f))
}

// try calls a host function and drops its result.
func (g *guest) try(name string, args ...any) w.Code { return w.Seq(g.do(name, args...), w.Drop) }

// expect traps by unreachable unless the i64 on the stack is want.
func expect(c w.Code, want int64) w.Code {
	return w.Seq(c, w.I64Const(want), w.Code{0x52}, w.If(w.Empty, w.Unreachable))
}

// expect32 is expect for an i32.
func expect32(c w.Code, want int32) w.Code {
	return w.Seq(c, w.I32Const(want), w.I32Ne, w.If(w.Empty, w.Unreachable))
}

// entry makes body the entry point; it has four i32 locals.
func (g *guest) entry(body ...w.Code) []byte {
	g.ExportFunc(abi.ExportCall, g.Func(w.Void, []byte{w.I32, w.I32, w.I32, w.I32}, body...))
	return g.Bytes()
}

// unless makes body the entry point for calls of every kind but benign, which
// return at once.
func (g *guest) unless(benign runtime.Kind, body ...w.Code) []byte {
	kind := w.Seq(g.do("context_int", abi.FieldKind), w.I64Const(int64(benign)), w.Code{0x51}, w.If(w.Empty, w.Return))
	return g.entry(w.Seq(kind, w.Seq(body...)))
}

// engines runs f with a world on the compiler and on the interpreter. The stack
// is small enough for the interpreter's own bound on nested calls.
func engines(t *testing.T, f func(t *testing.T, world *runtimetest.World)) {
	for _, name := range []string{"compiler", "interpreter"} {
		t.Run(name, func(t *testing.T) {
			f(t, smallWorld(t, runtime.Config{Interpreter: name == "interpreter"}))
		})
	}
}

func smallWorld(t testing.TB, cfg runtime.Config) *runtimetest.World {
	return runtimetest.NewWorld(newRuntime(t, cfg, func(l *runtime.Limits) { l.StackBytes = 128 << 10 }))
}

// deploy deploys code under the name "c".
func deploy(t testing.TB, world *runtimetest.World, code []byte) {
	t.Helper()
	require.NoError(t, world.Deploy("c", code))
}
