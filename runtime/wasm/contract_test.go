package wasm_test

import (
	"context"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/imports/wasi_snapshot_preview1"

	"github.com/chancery-chain/chancery/runtime/wasm"
)

// goContract builds testdata/contract as contracts are built.
func goContract(t *testing.T) []byte {
	t.Helper()
	dir := t.TempDir()
	main, err := os.ReadFile("testdata/contract/main.go")
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "main.go"), main, 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "go.mod"), []byte("module contract\n\ngo 1.26\n"), 0o600))
	cmd := exec.Command("go", "build", "-buildmode=c-shared", "-trimpath", "-buildvcs=false", "-ldflags=-s -w", "-o", "contract.wasm", ".")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm", "GOFLAGS=", "GOWORK=off")
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
	code, err := os.ReadFile(filepath.Join(dir, "contract.wasm"))
	require.NoError(t, err)
	return code
}

// wasiConfig permits the WASI functions that wazero has.
func wasiConfig(t *testing.T) wasm.Config {
	t.Helper()
	ctx := t.Context()
	r := wazero.NewRuntimeWithConfig(ctx, wazero.NewRuntimeConfigInterpreter())
	defer r.Close(ctx)
	c, err := wasi_snapshot_preview1.NewBuilder(r).Compile(ctx)
	require.NoError(t, err)
	table := c.ExportedFunctions()
	cfg := testConfig()
	cfg.MaxMemoryPages = 512
	cfg.Imports = func(module, name string) ([]byte, []byte, bool) {
		d, ok := table[name]
		if !ok || module != wasi_snapshot_preview1.ModuleName {
			return nil, nil, false
		}
		return d.ParamTypes(), d.ResultTypes(), true
	}
	return cfg
}

// reactor instantiates a Go module, whose data are written first when it was
// prepared, and initialises it.
func reactor(t *testing.T, config wazero.RuntimeConfig, code []byte, p *wasm.Prepared) *guest {
	t.Helper()
	ctx := context.Background()
	r := wazero.NewRuntimeWithConfig(ctx, config.WithCoreFeatures(features))
	t.Cleanup(func() { require.NoError(t, r.Close(ctx)) })
	wasi_snapshot_preview1.MustInstantiate(ctx, r)
	m, err := r.InstantiateWithConfig(ctx, code, wazero.NewModuleConfig().WithStartFunctions())
	require.NoError(t, err)
	g := &guest{Module: m, prepared: p}
	if p != nil {
		for _, d := range p.Data {
			require.True(t, m.Memory().Write(d.Offset, d.Bytes))
		}
		g.setGas(math.MaxInt64)
	}
	_, err = m.ExportedFunction("_initialize").Call(ctx)
	require.NoError(t, err)
	return g
}

// workloads are the exports of testdata/contract with an argument for the
// measurement and one for the comparison with the interpreter.
var workloads = []struct {
	name      string
	many, few uint64
}{{"sha", 40, 1}, {"fib", 25, 12}, {"sorting", 20_000, 500}, {"jsons", 200, 5}, {"matrix", 30, 1}, {"recovered", 3, 3}}

// logSlowdown tells what metering costs.
func logSlowdown(t *testing.T, plain, metered *guest) {
	t.Helper()
	product := 1.0
	for _, w := range workloads {
		var used int64
		best := [2]time.Duration{math.MaxInt64, math.MaxInt64}
		for range 5 {
			began := time.Now()
			_, err := plain.ExportedFunction(w.name).Call(t.Context(), w.many)
			best[0] = min(best[0], time.Since(began))
			require.NoError(t, err)
			began = time.Now()
			_, used, err = metered.call(w.name, 1<<50, w.many)
			best[1] = min(best[1], time.Since(began))
			require.NoError(t, err)
		}
		slowdown := float64(best[1]) / float64(best[0])
		product *= slowdown
		t.Logf("%-10s plain %9v metered %9v slowdown %.2f, %.2f ns per gas", w.name, best[0], best[1], slowdown, float64(best[1])/float64(used))
	}
	t.Logf("slowdown, geometric mean: %.2f", math.Pow(product, 1/float64(len(workloads))))
}

// TestGoContract prepares what standard Go makes and compares results, gas and
// memory. Run it with -v for the figures.
func TestGoContract(t *testing.T) {
	if testing.Short() {
		t.Skip("builds a Go contract")
	}
	code := goContract(t)
	cfg := wasiConfig(t)
	_, err := wasm.Prepare(code, cfg)
	require.NoError(t, err)
	began := time.Now()
	p, err := wasm.Prepare(code, cfg)
	took := time.Since(began)
	require.NoError(t, err)
	t.Logf("%d bytes, %d rewritten and %d of data, prepared in %v", len(code), len(p.Code), p.Stats.DataBytes, took)
	t.Logf("head-room: %+v", p.Stats)

	ctx := t.Context()
	plain := reactor(t, wazero.NewRuntimeConfigCompiler(), code, nil)
	metered := reactor(t, wazero.NewRuntimeConfigCompiler(), p.Code, p)
	slow := reactor(t, wazero.NewRuntimeConfigInterpreter(), p.Code, p)
	counted := reactor(t, wazero.NewRuntimeConfigCompiler(), naive(t, code, cfg.Schedule, p.MemoryMax), nil)
	require.Equal(t, int64(counted.ExportedGlobal(naiveGas).Get()), math.MaxInt64-metered.gas(), "gas of initialisation, counted naively")
	require.Equal(t, slow.gas(), metered.gas(), "gas of initialisation")
	// All comparisons come before the measurements, which leave the two engines'
	// heaps unlike.
	for _, w := range workloads {
		_, usedSlow, err := slow.call(w.name, 1<<50, w.few)
		require.NoError(t, err, w.name)
		res, used, err := metered.call(w.name, 1<<50, w.few)
		require.NoError(t, err, w.name)
		require.Equal(t, usedSlow, used, "gas of %s on both engines", w.name)
		before := counted.ExportedGlobal(naiveGas).Get()
		_, err = counted.ExportedFunction(w.name).Call(ctx, w.few)
		require.NoError(t, err, w.name)
		require.Equal(t, int64(counted.ExportedGlobal(naiveGas).Get()-before), used, "gas of %s, counted naively", w.name)
		want, err := plain.ExportedFunction(w.name).Call(ctx, w.few)
		require.NoError(t, err, w.name)
		require.Equal(t, want, res, w.name)
		require.Zero(t, metered.stack())
	}
	if testing.Verbose() {
		logSlowdown(t, plain, metered)
	}

	// The host cannot be kept busy or be brought down, and both engines stop at
	// the same place.
	for _, name := range []string{"endless", "deep"} {
		var args []uint64
		if name == "deep" {
			args = []uint64{0}
		}
		var used [2]int64
		var stack [2]uint32
		for i, g := range []*guest{
			reactor(t, wazero.NewRuntimeConfigCompiler(), p.Code, p),
			reactor(t, wazero.NewRuntimeConfigInterpreter(), p.Code, p),
		} {
			g.setGas(3_000_000)
			_, err := g.ExportedFunction(name).Call(ctx, args...)
			require.Error(t, err, name)
			used[i], stack[i] = 3_000_000-g.gas(), g.stack()
		}
		t.Logf("%s: gas %d, stack %d", name, used[0], stack[0])
		if name == "endless" {
			require.Equal(t, used[0], used[1])
			require.Greater(t, used[0], int64(3_000_000))
		}
	}
}
