package reference_test

import (
	"bytes"
	"crypto/sha256"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chancery-chain/chancery/runtime/gas"
	"github.com/chancery-chain/chancery/runtime/wasm"
	w "github.com/chancery-chain/chancery/runtime/wasm/wasmtest"
)

var rewrite = flag.Bool("rewrite", false, "write testdata/limits.txt anew")

// recursive returns a module whose export f calls itself for ever, with frames of
// many sizes by the number of operands that wait for the call.
func recursive(waiting int) *w.Module {
	m := w.New().Memory(1).ExportMemory("memory")
	count := m.Global(w.I32, true, w.I32Const(0))
	f := m.Declare(w.Type(w.I32, w.I64)(w.I32))
	var args, adds w.Code
	for range waiting {
		args, adds = w.Seq(args, w.LocalGet(0)), w.Seq(adds, w.I32Add)
	}
	m.Define(f, []byte{w.I32, w.F64},
		w.GlobalGet(count), w.I32Const(1), w.I32Add, w.GlobalSet(count),
		args, w.LocalGet(0), w.I32Const(1), w.I32Add, w.LocalGet(1), w.Call(f), adds)
	return m.ExportFunc("f", f)
}

// growing returns a module whose export f grows memory by two pages at a time as
// long as that works, touches the last byte, and then the one behind it.
func growing() *w.Module {
	m := w.New().Memory(1).ExportMemory("memory")
	count := m.Global(w.I32, true, w.I32Const(0))
	m.ExportFunc("f", m.Func(w.Void, nil,
		w.Loop(w.Empty, w.GlobalGet(count), w.I32Const(1), w.I32Add, w.GlobalSet(count),
			w.I32Const(2), w.MemoryGrow, w.I32Const(-1), w.I32Ne, w.BrIf(0)),
		w.MemorySize, w.I32Const(65_536), w.I32Mul, w.I32Const(1), w.I32Sub, w.I32Const(7), w.Mem(w.I32Store8, 0),
		w.MemorySize, w.I32Const(65_536), w.I32Mul, w.I32Const(7), w.Mem(w.I32Store8, 0)))
	return m
}

// sweep runs f of a module on one engine with every gas limit of a list, and
// returns a hash of all that is left of the instances. After out of gas, too,
// everything must be the same: the comparison that ended the call was.
func sweep(t *testing.T, engine string, code []byte, cfg wasm.Config, limits func(used int64) []int64, args ...uint64) []byte {
	pr := newProgram(t, code, cfg, engine)
	if pr == nil {
		return nil
	}
	h := sha256.New()
	run := func(limit int64) int64 {
		g := pr.guest(t, engine, &notes{}).(*guest)
		defer g.close()
		s := g.invoke("f", limit, args...)
		fmt.Fprintf(h, "%d %+v %d %+v\n", limit, s, g.left(), g.state())
		return s.Used
	}
	used := run(generatedGas)
	for _, limit := range limits(used) {
		run(limit)
	}
	return h.Sum(nil)
}

// flat is a schedule of the test's own, so that digests last when prices and
// classes change.
func flat() gas.Schedule {
	s := gas.Default()
	for c := range s.Op {
		s.Op[c] = 5
	}
	s.Entry, s.Local, s.GrowPage, s.BulkUnit = 61, 67, 7_919, 71
	return s
}

// limitDigests sweeps the limits of gas, stack and memory on one engine.
func limitDigests(t *testing.T, engine string) string {
	none := func(int64) []int64 { return nil }
	some := func(used int64) []int64 { return limitsUpTo(used, 150) }
	cfg := testConfig(flat())
	byGas := sha256.New()
	for _, tt := range ruleTests {
		byGas.Write(sweep(t, engine, ruleModule(tt.body).Bytes(), cfg, some))
	}
	for i := range 12 {
		data := randomBytes(uint64(2_000_000+i), 250)
		m := w.Generate(data)
		m.ExportFunc("f", 0)
		byGas.Write(sweep(t, engine, m.Bytes(), cfg, some, generatedArgs(data)...))
	}
	byStack := sha256.New()
	for waiting := 0; waiting < 40; waiting += 9 {
		for limit := uint64(0); limit <= 12_000; limit += 401 {
			cfg.MaxStack = limit
			byStack.Write(sweep(t, engine, recursive(waiting).Bytes(), cfg, none, 1, 2))
		}
	}
	cfg = testConfig(flat())
	byMemory := sha256.New()
	for pages := uint32(1); pages <= 20; pages++ {
		cfg.MaxMemoryPages = pages
		byMemory.Write(sweep(t, engine, growing().Bytes(), cfg, func(used int64) []int64 { return []int64{1 << 30, 1<<30 - used} }))
	}
	return fmt.Sprintf("gas %x\nstack %x\nmemory %x\n", byGas.Sum(nil), byStack.Sum(nil), byMemory.Sum(nil))
}

// TestLimits sweeps every limit on both engines and compares what is left of the
// instances with testdata/limits.txt, which is the same for every CPU. Run with
// -rewrite after a change of the rewriter or the generator, and say why.
func TestLimits(t *testing.T) {
	const file = "testdata/limits.txt"
	for _, engine := range engineNames {
		got := limitDigests(t, engine)
		if *rewrite {
			require.NoError(t, os.WriteFile(file, []byte(got), 0o644))
			*rewrite = false // the other engine must agree
		}
		want, err := os.ReadFile(file)
		require.NoError(t, err)
		require.Equal(t, string(want), got, "%s on %s", engine, runtime.GOARCH)
	}
}

// TestArm64 runs the tests of this package that need no toolchain on arm64, where
// qemu-user can: the compiler there is another one.
func TestArm64(t *testing.T) {
	qemu, err := exec.LookPath("qemu-aarch64")
	if err != nil || runtime.GOARCH == "arm64" || testing.Short() {
		t.Skip("needs qemu-aarch64, time, and another CPU than arm64")
	}
	bin := filepath.Join(t.TempDir(), "reference.test")
	build := exec.Command("go", "test", "-c", "-o", bin, ".")
	build.Env = append(os.Environ(), "GOOS=linux", "GOARCH=arm64", "CGO_ENABLED=0")
	out, err := build.CombinedOutput()
	require.NoError(t, err, "%s", out)
	out, err = exec.Command(qemu, bin, "-test.v", "-test.short", "-test.run=^(TestLimits|TestChargingRule|TestGasAgrees)$").CombinedOutput()
	require.NoError(t, err, "%s", out)
	for _, name := range []string{"TestLimits", "TestChargingRule", "TestGasAgrees"} {
		require.True(t, bytes.Contains(out, []byte("--- PASS: "+name+" ")), "%s", out)
	}
}
