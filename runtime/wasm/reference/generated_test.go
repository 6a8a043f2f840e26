package reference_test

import (
	"crypto/sha256"
	"encoding/binary"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chancery-chain/chancery/runtime/wasm"
	"github.com/chancery-chain/chancery/runtime/wasm/reference"
	w "github.com/chancery-chain/chancery/runtime/wasm/wasmtest"
)

// generatedGas is the gas limit of a call of a generated module.
const generatedGas = 20_000

func randomBytes(seed uint64, n int) []byte {
	r := rand.New(rand.NewPCG(seed, 2))
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}

// generatedArgs are arguments (i32, i64, f32, f64), zeros for every second module.
func generatedArgs(data []byte) []uint64 {
	if len(data)%2 == 0 {
		return make([]uint64, 4)
	}
	h := sha256.Sum256(data)
	return []uint64{
		uint64(h[0] % 8), binary.LittleEndian.Uint64(h[1:]),
		uint64(binary.LittleEndian.Uint32(h[9:])), binary.LittleEndian.Uint64(h[13:]),
	}
}

var generatedNames = []string{"f0", "f1", "f2"}

// compareGenerated runs the module that data make on every engine and in the
// reference, and then f0 with other gas limits. It returns how the calls ended
// and whether the module was accepted.
func compareGenerated(t *testing.T, data []byte, cfg wasm.Config, sweep func(used int64) []int64) (ends []seen) {
	t.Helper()
	code := w.Generate(data).Bytes()
	if len(code) > 60_000 {
		return nil
	}
	pr := newProgram(t, code, cfg, engineNames...)
	if pr == nil {
		return nil
	}
	args := generatedArgs(data)
	model := pr.model(t, &notes{})
	for _, name := range generatedNames {
		ends = append(ends, model.invoke(name, generatedGas, args...))
		if ends[len(ends)-1].Trap == reference.TrapGas {
			break
		}
	}
	for _, engine := range engineNames {
		g := pr.guest(t, engine, &notes{})
		for i, want := range ends {
			require.Equal(t, want, g.invoke(generatedNames[i], generatedGas, args...), "%s of %s", generatedNames[i], engine)
		}
		g.close()
	}
	for _, limit := range sweep(ends[0].Used) {
		compareLimit(t, pr, "f0", limit, args...)
	}
	return ends
}

// compareLimit runs one call on fresh instances with a gas limit.
func compareLimit(t *testing.T, pr *program, name string, limit int64, args ...uint64) seen {
	t.Helper()
	want := pr.model(t, &notes{}).invoke(name, limit, args...)
	for engine := range pr.compiled {
		g := pr.guest(t, engine, &notes{})
		require.Equal(t, want, g.invoke(name, limit, args...), "%s with %d gas on %s", name, limit, engine)
		g.close()
	}
	return want
}

// someLimits returns a few limits up to what a call uses.
func someLimits(used int64) []int64 {
	return []int64{0, used / 3, used / 2, used - 1, used, used + 1}
}

// everyLimit returns all of them, of a costly call some thousand, and in short
// tests some hundred.
func everyLimit(used int64) []int64 {
	if testing.Short() {
		return limitsUpTo(used, 200)
	}
	return limitsUpTo(used, 3_000)
}

// limitsUpTo returns at most n limits, evenly spread, and those around the end.
func limitsUpTo(used, n int64) (out []int64) {
	step := 1 + used/n
	for limit := int64(0); limit <= used+1; limit += step {
		out = append(out, limit)
	}
	return append(out, used-1, used)
}

// TestGasAgrees compares generated modules with the reference: results, traps,
// gas, stack, memory and globals, for calls that end in every way, and when the
// gas ends at every possible place.
func TestGasAgrees(t *testing.T) {
	modules, swept := 600, 12
	if testing.Short() {
		modules, swept = 60, 1
	}
	ended := map[reference.Trap]int{}
	for name, schedule := range schedules() {
		t.Run(name, func(t *testing.T) {
			cfg := testConfig(schedule)
			for i := range modules {
				for _, s := range compareGenerated(t, randomBytes(uint64(i), 200+i%800), cfg, someLimits) {
					ended[s.Trap]++
				}
			}
			for i := range swept {
				compareGenerated(t, randomBytes(uint64(1_000_000+i), 300), cfg, everyLimit)
			}
		})
	}
	t.Logf("ends of calls: %v", ended)
	if testing.Short() {
		return
	}
	for _, trap := range append(engineTraps, reference.TrapNone, reference.TrapGas, reference.TrapStack) {
		if trap != reference.TrapSignature { // which TestChargingRule has
			require.NotZero(t, ended[trap], "no module ended with %q", trap)
		}
	}
}

// FuzzGasAgrees does the same with modules of the fuzzer's choice.
func FuzzGasAgrees(f *testing.F) {
	for i := range 10 {
		f.Add(randomBytes(uint64(i), 300+i))
	}
	all := schedules()
	f.Fuzz(func(t *testing.T, data []byte) {
		schedule := all["default"]
		if len(data)%3 == 0 {
			schedule = all["distinct"]
		}
		compareGenerated(t, data, testConfig(schedule), someLimits)
	})
}
