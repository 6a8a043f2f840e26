package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/imports/wasi_snapshot_preview1"

	"github.com/chancery-chain/chancery/runtime"
	"github.com/chancery-chain/chancery/runtime/gas"
	"github.com/chancery-chain/chancery/runtime/runtimetest"
	"github.com/chancery-chain/chancery/runtime/wasm"
)

// programs are the exports that the slow-down is measured with.
var programs = []string{"sha256", "sort", "json", "fib", "matrix", "bytes"}

// slowdowns prints the time of instrumented programs against that of the same
// programs as they are, both in this process.
func slowdowns(ctx context.Context) error {
	dir := filepath.Join("scripts", "bench.d", "testdata")
	code, err := runtimetest.BuildGo(filepath.Join(dir, "programs"))
	if err != nil {
		return err
	}
	if err := slowdown(ctx, "go", code); err != nil {
		return err
	}
	code, err = buildC(ctx, filepath.Join(dir, "programs.c"))
	if errors.Is(err, exec.ErrNotFound) {
		progress("runtime.slowdown_c is left out: no clang with its wasm32 target and wasm-ld")
		return nil
	}
	if err != nil {
		return err
	}
	return slowdown(ctx, "c", code)
}

// buildC compiles a file to Wasm, or says exec.ErrNotFound where that is not
// installed.
func buildC(ctx context.Context, file string) ([]byte, error) {
	for _, clang := range []string{"clang", "clang-19"} {
		if _, err := exec.LookPath(clang); err != nil {
			continue
		}
		out := filepath.Join(os.TempDir(), fmt.Sprintf("chancery-programs-%d.wasm", os.Getpid()))
		defer os.Remove(out)
		text, err := exec.CommandContext(ctx, clang, "--target=wasm32", "-O2", "-nostdlib", "-mbulk-memory", "-msign-ext",
			"-Wl,--no-entry", "-Wl,--export-memory", "-o", out, file).CombinedOutput()
		if err != nil {
			return nil, fmt.Errorf("%s: %w\n%s", clang, err, text)
		}
		return os.ReadFile(out)
	}
	return nil, exec.ErrNotFound
}

// slowdown measures all programs of one module and prints the geometric mean.
func slowdown(ctx context.Context, language string, code []byte) error {
	rt := wazero.NewRuntimeWithConfig(ctx, wazero.NewRuntimeConfigCompiler())
	defer rt.Close(ctx)
	if _, err := wasi_snapshot_preview1.Instantiate(ctx, rt); err != nil {
		return err
	}
	plain, err := instantiate(ctx, rt, "plain", code, nil)
	if err != nil {
		return err
	}
	prepared, err := wasm.Prepare(code, wasm.Config{
		Limits: wasm.DefaultLimits(), Schedule: gas.Default(), MaxMemoryPages: runtime.DefaultLimits().MemoryPages,
		MaxStack: uint64(runtime.DefaultLimits().StackBytes), Imports: wasiType,
	})
	if err != nil {
		return err
	}
	metered, err := instantiate(ctx, rt, "metered", prepared.Code, prepared)
	if err != nil {
		return err
	}
	product := 1.0
	for _, name := range programs {
		ratio, err := compare(ctx, plain, metered, name)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		figure{Name: "runtime.slowdown_" + language + "_" + name, Value: ratio, Unit: "times"}.print()
		product *= ratio
	}
	figure{Name: "runtime.slowdown_" + language, Value: math.Pow(product, 1/float64(len(programs))), Unit: "times"}.print()
	return nil
}

// wasiType gives the validator the WASI functions.
func wasiType(module, name string) (params, results []byte, ok bool) {
	p, ok := wasiTypes[name]
	if name == "proc_exit" {
		return p, nil, ok
	}
	return p, []byte{api.ValueTypeI32}, ok && module == wasi_snapshot_preview1.ModuleName
}

// instantiate makes a module run; p is set for one that was rewritten.
func instantiate(ctx context.Context, rt wazero.Runtime, name string, code []byte, p *wasm.Prepared) (api.Module, error) {
	m, err := rt.InstantiateWithConfig(ctx, code, wazero.NewModuleConfig().WithName(name).WithStartFunctions())
	if err != nil {
		return nil, err
	}
	if p != nil {
		refuel(m)
		for _, d := range p.Data {
			if !m.Memory().Write(d.Offset, d.Bytes) {
				return nil, errors.New("data segment out of memory")
			}
		}
	}
	if f := m.ExportedFunction("_initialize"); f != nil {
		if _, err := f.Call(ctx); err != nil {
			return nil, err
		}
	}
	return m, nil
}

// refuel gives a rewritten module all the gas there is.
func refuel(m api.Module) {
	if g, ok := m.ExportedGlobal(wasm.GasGlobal).(api.MutableGlobal); ok {
		g.Set(gas.MaxLimit)
	}
}

// compare runs a program in both modules by turns and returns the ratio of the
// least times: others can only add to them.
func compare(ctx context.Context, plain, metered api.Module, name string) (float64, error) {
	least := [2]time.Duration{time.Hour, time.Hour}
	for round := range 60 {
		for i, m := range []api.Module{plain, metered} {
			refuel(m)
			start := time.Now()
			if _, err := m.ExportedFunction(name).Call(ctx); err != nil {
				return 0, err
			}
			if took := time.Since(start); round > 2 {
				least[i] = min(least[i], took)
			}
		}
	}
	return float64(least[1]) / float64(least[0]), nil
}
