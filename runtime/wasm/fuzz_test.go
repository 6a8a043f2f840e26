package wasm_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"

	"github.com/chancery-chain/chancery/runtime/wasm"
	w "github.com/chancery-chain/chancery/runtime/wasm/wasmtest"
)

// seeds are modules that together use every construct.
func seeds() [][]byte {
	all := w.New()
	note := all.ImportFunc("host", "note", w.Type(w.I32)())
	all.Memory(1, 3).ExportMemory("memory").Table(2, 5)
	counter := all.Global(w.I32, true, w.I32Const(3))
	all.Global(w.F64, false, w.F64Const(2))
	pair := all.AddType(w.Type(w.I32)(w.I32, w.I64))
	leaf := all.Func(w.Type(w.I32)(w.I32), []byte{w.F32, w.F64, w.I64}, w.LocalGet(0), w.GlobalGet(counter), w.I32Add, w.LocalTee(0), w.GlobalSet(counter), w.LocalGet(0))
	f := all.Func(w.Type(w.I32)(w.I64), []byte{w.I32, w.I64},
		w.Block(w.Empty, w.LocalGet(0), w.BrIf(0), w.I32Const(7), w.LocalSet(0)),
		w.Loop(w.Empty, w.LocalGet(0), w.Call(leaf), w.Drop, w.LocalGet(0), w.I32Const(1), w.I32Sub, w.LocalTee(0), w.BrIf(0)),
		w.LocalGet(0), w.Block(int64(pair), w.I64Const(5)), w.LocalSet(2), w.LocalSet(1),
		w.Block(w.Empty, w.Block(w.Empty, w.LocalGet(1), w.BrTable(0, 1, 0)), w.LocalGet(1), w.Call(note)),
		w.LocalGet(1), w.IfElse(w.GivesL, w.I64Const(1), w.Seq(w.I64Const(2), w.Return)),
		w.LocalGet(1), w.I32Const(0), w.CallIndirect(all.AddType(w.Type(w.I32)(w.I32))), w.MemoryGrow, w.Drop,
		w.I32Const(1), w.I32Const(2), w.I32Const(3), w.MemoryFill, w.I32Const(1), w.I32Const(2), w.I32Const(3), w.MemoryCopy,
		w.I32Const(8), w.F64Const(0), w.F64Const(0), w.F64Div, w.Mem(w.F64Store, 4), w.I32Const(8), w.Mem(w.I64Load, 4), w.I64Add,
		w.F32Const(3.5), w.Code{0xfc, 0}, w.Drop, w.MemorySize, w.Drop)
	all.ExportFunc("f", f).ExportFunc("leaf", leaf).Elem(0, leaf, note).Data(3, []byte("data")).Custom("chancery:x", []byte("y"))
	out := [][]byte{all.Bytes(), w.New().Bytes(), w.Contract().Bytes()}
	out = append(out, void(w.Loop(w.Empty, w.Br(0))).Bytes())
	out = append(out, void(w.Block(w.Empty, w.Br(0), w.Unreachable, w.Block(w.GivesI, w.I32Const(1), w.Br(0)), w.Drop)).Bytes())
	out = append(out, one(w.FuncType{Params: []byte{w.F32, w.F64}, Results: []byte{w.F64, w.F32}}, nil, w.LocalGet(1), w.LocalGet(0)).Bytes())
	return out
}

// FuzzPrepareCode gives Prepare any bytes. What it accepts, wazero must accept
// plain and rewritten, and both engines must run it alike within the gas limit.
func FuzzPrepareCode(f *testing.F) {
	for _, s := range seeds() {
		f.Add(s)
	}
	cfg := testConfig()
	cfg.MaxMemoryPages = 4
	cfg.MaxStack = 20_000
	f.Fuzz(func(t *testing.T, code []byte) {
		p, err := wasm.Prepare(code, cfg)
		if err != nil {
			var e *wasm.Error
			require.True(t, errors.As(err, &e))
			require.NotEqual(t, wasm.RuleConfig, e.Rule)
			return
		}
		again, err := wasm.Prepare(bytes.Clone(code), cfg)
		require.NoError(t, err)
		require.True(t, bytes.Equal(p.Code, again.Code))
		require.Equal(t, p.Stats, again.Stats)
		var traces [2]trace
		for i, engine := range []string{"interpreter", "compiler"} {
			traces[i] = runAll(t, engine, code, p)
		}
		require.Equal(t, traces[0], traces[1])
	})
}

// generatedGas is the gas limit of every call of runAll.
const generatedGas = 20_000

// trace is what can be seen of a run.
type trace struct {
	Results [][]uint64
	Failed  []bool
	Gas     []int64
	Stack   []uint32
	Globals []uint64
	Memory  [32]byte // hash
}

// runAll calls every exported function once with zeros.
func runAll(t *testing.T, engine string, code []byte, p *wasm.Prepared) (out trace) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	r := wazero.NewRuntimeWithConfig(ctx, engines[engine]().WithCoreFeatures(features))
	defer r.Close(ctx)
	note := func(context.Context, api.Module, []uint64) {}
	_, err := r.NewHostModuleBuilder("host").NewFunctionBuilder().
		WithGoModuleFunction(api.GoModuleFunc(note), []api.ValueType{api.ValueTypeI32}, nil).Export("note").Instantiate(ctx)
	require.NoError(t, err)
	// wazero is stricter than the specification about custom sections, which it
	// never sees of ours.
	if _, err = r.CompileModule(ctx, code); err != nil && !strings.Contains(err.Error(), "custom section") {
		require.NoError(t, err, "accepted module does not compile")
	}
	m, err := r.InstantiateWithConfig(ctx, p.Code, wazero.NewModuleConfig().WithName("").WithStartFunctions())
	require.NoError(t, err, "rewritten module does not instantiate")
	for _, d := range p.Data {
		require.True(t, m.Memory().Write(d.Offset, d.Bytes))
	}
	const limit = generatedGas
	for _, e := range p.Exports {
		if e.Kind != wasm.KindFunc {
			continue
		}
		m.ExportedGlobal(wasm.GasGlobal).(api.MutableGlobal).Set(limit)
		m.ExportedGlobal(wasm.StackGlobal).(api.MutableGlobal).Set(0)
		res, err := m.ExportedFunction(e.Name).Call(ctx, make([]uint64, len(e.Params))...)
		left := int64(m.ExportedGlobal(wasm.GasGlobal).Get())
		require.LessOrEqual(t, left, int64(limit))
		for i, typ := range e.Results {
			// A NaN on the way out has any bits: nothing inside can see them.
			if err == nil && (typ == w.F32 || typ == w.F64) {
				res[i] = 0
			}
		}
		out.Results = append(out.Results, append([]uint64{}, res...))
		out.Failed = append(out.Failed, err != nil)
		out.Gas = append(out.Gas, left)
		out.Stack = append(out.Stack, uint32(m.ExportedGlobal(wasm.StackGlobal).Get()))
	}
	for _, name := range p.Globals {
		if g := m.ExportedGlobal(name); g.Type() == api.ValueTypeI32 || g.Type() == api.ValueTypeI64 {
			out.Globals = append(out.Globals, g.Get())
		}
	}
	if p.MemoryMax > 0 {
		b, _ := m.Memory().Read(0, m.Memory().Size())
		out.Memory = sha256.Sum256(b)
	}
	return out
}
