package wasm_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"

	"github.com/chancery-chain/chancery/runtime/gas"
	"github.com/chancery-chain/chancery/runtime/wasm"
	"github.com/chancery-chain/chancery/runtime/wasm/wasmtest"
)

// features are those that the engine enables: the accepted set.
const features = api.CoreFeaturesV1 | api.CoreFeatureBulkMemoryOperations | api.CoreFeatureMultiValue |
	api.CoreFeatureNonTrappingFloatToIntConversion | api.CoreFeatureSignExtensionOps

var engines = map[string]func() wazero.RuntimeConfig{
	"compiler":    wazero.NewRuntimeConfigCompiler,
	"interpreter": wazero.NewRuntimeConfigInterpreter,
}

func testConfig() wasm.Config {
	return wasm.Config{
		Limits: wasm.DefaultLimits(), Schedule: gas.Default(),
		MaxMemoryPages: 64, MaxStack: wasm.DefaultMaxStack,
		Imports: func(module, name string) ([]byte, []byte, bool) {
			if module == "host" && name == "note" {
				return []byte{wasmtest.I32}, nil, true
			}
			return nil, nil, false
		},
	}
}

// guest is an instance of a prepared module on one engine.
type guest struct {
	api.Module
	prepared *wasm.Prepared
	notes    []uint32 // what the guest passed to host.note
	gasAt    []int64  // gas left then
}

// start prepares a module and instantiates it, with gas to spare.
func start(t *testing.T, engine string, m *wasmtest.Module, cfg wasm.Config) *guest {
	t.Helper()
	p, err := wasm.Prepare(m.Bytes(), cfg)
	require.NoError(t, err)
	return instantiate(t, engine, p)
}

func instantiate(t *testing.T, engine string, p *wasm.Prepared) *guest {
	t.Helper()
	ctx := context.Background()
	r := wazero.NewRuntimeWithConfig(ctx, engines[engine]().WithCoreFeatures(features))
	t.Cleanup(func() { require.NoError(t, r.Close(ctx)) })
	g := &guest{prepared: p}
	note := api.GoModuleFunc(func(_ context.Context, m api.Module, stack []uint64) {
		g.notes = append(g.notes, uint32(stack[0]))
		g.gasAt = append(g.gasAt, int64(m.ExportedGlobal(wasm.GasGlobal).Get()))
	})
	_, err := r.NewHostModuleBuilder("host").NewFunctionBuilder().
		WithGoModuleFunction(note, []api.ValueType{api.ValueTypeI32}, nil).Export("note").Instantiate(ctx)
	require.NoError(t, err)
	g.Module, err = r.InstantiateWithConfig(ctx, p.Code, wazero.NewModuleConfig().WithStartFunctions())
	require.NoError(t, err, "rewritten module must compile")
	for _, d := range p.Data {
		require.True(t, g.Memory().Write(d.Offset, d.Bytes))
	}
	g.setGas(gas.MaxLimit)
	return g
}

func (g *guest) setGas(left int64) {
	g.ExportedGlobal(wasm.GasGlobal).(api.MutableGlobal).Set(uint64(left))
	g.ExportedGlobal(wasm.StackGlobal).(api.MutableGlobal).Set(0)
}

func (g *guest) gas() int64    { return int64(g.ExportedGlobal(wasm.GasGlobal).Get()) }
func (g *guest) stack() uint32 { return uint32(g.ExportedGlobal(wasm.StackGlobal).Get()) }

// call runs an export with a gas limit and returns the gas used, which may pass
// the limit.
func (g *guest) call(name string, limit int64, args ...uint64) (results []uint64, used int64, err error) {
	g.setGas(limit)
	results, err = g.ExportedFunction(name).Call(context.Background(), args...)
	return results, limit - g.gas(), err
}

// eachEngine runs a test on both engines.
func eachEngine(t *testing.T, run func(t *testing.T, engine string)) {
	for name := range engines {
		t.Run(name, func(t *testing.T) { run(t, name) })
	}
}

// one returns a module with memory whose only function "f" has the given type
// and body.
func one(typ wasmtest.FuncType, locals []byte, body ...wasmtest.Code) *wasmtest.Module {
	m := wasmtest.New().Memory(1).ExportMemory("memory")
	return m.ExportFunc("f", m.Func(typ, locals, body...))
}
