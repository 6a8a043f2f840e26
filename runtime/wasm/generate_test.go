package wasm_test

import (
	"context"
	"crypto/sha256"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/tetratelabs/wazero"

	"github.com/chancery-chain/chancery/runtime/wasm"
	w "github.com/chancery-chain/chancery/runtime/wasm/wasmtest"
)

// FuzzGenerated runs valid modules: Prepare must accept them, both engines must
// agree, and where the gas lasted, the module that counts naively must do the
// same and count the same gas.
func FuzzGenerated(f *testing.F) {
	for i := range 20 {
		f.Add(randomBytes(uint64(i), 400))
	}
	f.Fuzz(func(t *testing.T, data []byte) { checkGenerated(t, data) })
}

// TestGenerated does the same with random bytes. The digest that -v prints
// covers all results, gas and memory: it must be the same on every CPU.
func TestGenerated(t *testing.T) {
	n := 1_500
	if testing.Short() {
		n = 100
	}
	finished, digest := 0, sha256.New()
	for i := range n {
		seen, ended := checkGenerated(t, randomBytes(uint64(i), 200+i%800))
		fmt.Fprintf(digest, "%+v", seen)
		if ended {
			finished++
		}
	}
	t.Logf("digest %x", digest.Sum(nil))
	t.Logf("%d of %d modules ran to their end in some function", finished, n)
	require.Greater(t, finished, n/10, "the generator makes too few modules that end")
}

func randomBytes(seed uint64, n int) []byte {
	r := rand.New(rand.NewPCG(seed, 1))
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}

// checkGenerated returns what was seen of a module and whether a function of it
// was compared with the naive count.
func checkGenerated(t *testing.T, data []byte) (seen trace, finished bool) {
	t.Helper()
	code := w.Generate(data).Bytes()
	cfg := testConfig()
	cfg.MaxMemoryPages = 4
	cfg.MaxStack = 20_000
	if len(code) > 60_000 {
		return seen, false
	}
	p, err := wasm.Prepare(code, cfg)
	if err != nil {
		require.Contains(t, err.Error(), "limit.", "a valid module was refused")
		return seen, false
	}
	compiler, interpreter := runAll(t, "compiler", code, p), runAll(t, "interpreter", code, p)
	require.Equal(t, interpreter, compiler)

	// The naive module runs as far as the rewritten one ended well: it cannot be
	// stopped otherwise. NaNs may look different in it.
	if p.Stats.NaNRules > 0 {
		return compiler, false
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	r := wazero.NewRuntimeWithConfig(ctx, wazero.NewRuntimeConfigCompiler().WithCoreFeatures(features))
	defer r.Close(ctx)
	m, err := r.InstantiateWithConfig(ctx, naive(t, code, cfg.Schedule, p.MemoryMax), wazero.NewModuleConfig().WithName("").WithStartFunctions())
	require.NoError(t, err)
	counted := m.ExportedGlobal(naiveGas)
	for i, e := range p.Exports[1:] {
		if compiler.Gas[i] < 0 || compiler.Failed[i] {
			return compiler, finished
		}
		finished = true
		before := counted.Get()
		res, err := m.ExportedFunction(e.Name).Call(ctx, make([]uint64, len(e.Params))...)
		require.NoError(t, err)
		require.Equal(t, compiler.Results[i], res, "%s", e.Name)
		require.Equal(t, generatedGas-compiler.Gas[i], int64(counted.Get()-before), "gas of %s", e.Name)
		if i == len(p.Exports)-2 {
			b, _ := m.Memory().Read(0, m.Memory().Size())
			require.Equal(t, compiler.Memory, sha256.Sum256(b))
		}
	}
	return compiler, finished
}
