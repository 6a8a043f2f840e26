package runtime_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chancery-chain/chancery/runtime"
	"github.com/chancery-chain/chancery/runtime/abi"
	"github.com/chancery-chain/chancery/runtime/runtimetest"
	w "github.com/chancery-chain/chancery/runtime/wasm/wasmtest"
)

// traceCall runs a call with a trace and without: the outcome is the same.
func traceCall(t *testing.T, world *runtimetest.World, contract string, c runtime.Call, tr *runtime.Trace) runtime.Outcome {
	t.Helper()
	plain := world.Run(contract, c)
	plain.Err = nil
	c.Trace = tr
	out := world.Run(contract, c)
	traced := out
	traced.Err = nil
	require.Equal(t, plain, traced, "a trace changes nothing")
	requireSums(t, tr)
	return out
}

// requireSums holds that the parts of a trace's gas are all of it.
func requireSums(t *testing.T, tr *runtime.Trace) {
	t.Helper()
	sum := tr.EntryGas + tr.GuestGas + tr.RebuildGas + tr.OmittedGas
	for _, h := range tr.Host {
		sum += h.Gas
	}
	for _, c := range tr.Calls {
		sum += c.GasUsed
		requireSums(t, c)
	}
	require.Equal(t, tr.GasUsed, sum, "%s.%s", tr.Contract, tr.Method)
}

func TestCallTrace(t *testing.T) {
	engines(t, func(t *testing.T, world *runtimetest.World) {
		callee := newGuest(1)
		callee.Data(0, []byte("key"))
		require.NoError(t, world.Deploy("callee", callee.entry(
			callee.do("state_set", 0, 3, 0, 3), callee.try("state_get", 0, 3, 0, 0), callee.do("fail", 7, 0, 3, 0, 2))))
		deploy(t, world, caller(newGuest(1), 200_000, 0))
		tr := &runtime.Trace{}
		out := traceCall(t, world, "c", runtime.Call{Kind: runtime.KindExecute, Method: "Outer", Payload: []byte("p"), GasLimit: 1_000_000}, tr)
		require.Equal(t, ok, out.Status)

		cost := func(name string, bytes uint64) uint64 { return schedule.HostCost(name).Cost(bytes) }
		callError := uint64(len("\x08\x01\x10\x07\x1a\x03key\x22\x02ke\x2a\x06callee"))
		require.Equal(t, []runtime.HostUse{
			{Name: "call", Count: 1, Gas: cost("call", 15) + cost("call", callError) - cost("call", 0)},
			{Name: "output", Count: 1, Gas: cost("output", 8+callError)},
			{Name: "read_pending", Count: 1, Gas: cost("read_pending", callError)},
			{Name: "state_set", Count: 1, Gas: cost("state_set", 12)},
		}, tr.Host)
		require.Equal(t, "c", tr.Contract)
		require.Equal(t, "Outer", tr.Method)
		require.Equal(t, runtime.KindExecute, tr.Kind)
		require.Equal(t, "cy1caller", tr.Caller)
		require.Equal(t, []byte("p"), tr.Payload)
		require.Equal(t, out.Output, tr.Output)
		require.Equal(t, entryGas, tr.EntryGas)
		require.Greater(t, tr.GuestGas, uint64(20))
		require.Less(t, tr.GuestGas, uint64(200))

		require.Len(t, tr.Calls, 1)
		sub := tr.Calls[0]
		require.Equal(t, "callee", sub.Contract)
		require.Equal(t, "Do", sub.Method)
		require.Equal(t, "c", sub.Caller)
		require.Equal(t, 2, sub.Depth)
		require.Equal(t, instanceGas, sub.EntryGas)
		require.EqualValues(t, 200_000, sub.GasLimit)
		require.Equal(t, []byte("request"), sub.Payload)
		require.Equal(t, runtime.StatusContractError, sub.Status)
		require.Equal(t, &runtime.ContractError{Contract: "callee", Code: 7, Message: "key", Details: []byte("ke")}, sub.Error)
		require.Nil(t, sub.Output)
		require.Equal(t, []runtime.HostUse{
			{Name: "fail", Count: 1, Gas: cost("fail", 5)},
			{Name: "state_get", Count: 1, Gas: cost("state_get", 6) + gasOfValue(3, 3)},
			{Name: "state_set", Count: 1, Gas: cost("state_set", 6)},
		}, sub.Host)
	})
}

// gasOfValue is what rounding up the key's and the value's price apart adds.
func gasOfValue(key, value uint64) uint64 {
	c := schedule.HostCost("state_get")
	return c.Cost(key) + c.Cost(value) - c.Base - c.Cost(key+value)
}

// TestCallTraceEnds holds the trace of every way in which a call ends.
func TestCallTraceEnds(t *testing.T) {
	engines(t, func(t *testing.T, world *runtimetest.World) {
		for _, tt := range []struct {
			name   string
			gas    uint64
			body   func(g *guest) w.Code
			status runtime.Status
			trap   runtime.Trap
			limit  string
			uses   string // a host function that must be counted
		}{
			{"trap of the guest", 1e6, func(g *guest) w.Code { return w.Seq(g.try("context_int", 33), w.Unreachable) }, trap, runtime.TrapUnreachable, "", "context_int"},
			{"trap of a host function", 1e6, func(g *guest) w.Code { return g.try("state_get", 0, 0, 0, 0) }, trap, runtime.TrapBadArgument, "", "state_get"},
			{"limit", 1e6, func(g *guest) w.Code { return g.try("state_get", 0, 1025, 0, 0) }, limit, 0, "key size", "state_get"},
			{"stack", 1e6, recursive(false), limit, 0, "stack", ""},
			{"out of gas in the guest", 100_000, func(g *guest) w.Code { return w.Seq(g.try("context_int", 33), forever()) }, oog, 0, "", "context_int"},
			{"out of gas in a host function", entryGas + 1_000, func(g *guest) w.Code { return g.do("state_set", 0, 1, 0, 1) }, oog, 0, "", "state_set"},
			{"no gas to enter", 100, func(*guest) w.Code { return nil }, oog, 0, "", ""},
			{"memory grew", 1e6, func(*guest) w.Code { return w.Seq(w.I32Const(1), w.MemoryGrow, w.Drop) }, ok, 0, "", ""},
			{"exit", 1e6, func(g *guest) w.Code { return g.do("proc_exit", 0) }, trap, runtime.TrapExit, "", "wasi.proc_exit"},
		} {
			t.Run(tt.name, func(t *testing.T) {
				g := newGuest(1)
				deploy(t, world, g.entry(tt.body(g)))
				tr := &runtime.Trace{}
				traceCall(t, world, "c", runtime.Call{Kind: runtime.KindQuery, Method: "M", GasLimit: tt.gas}, tr)
				if tt.uses == "state_set" { // a query may not: only the trap counts
					tr = &runtime.Trace{}
					traceCall(t, world, "c", runtime.Call{Kind: runtime.KindExecute, Method: "M", GasLimit: tt.gas}, tr)
				}
				require.Equal(t, tt.status, tr.Status)
				require.Equal(t, tt.trap, tr.Trap)
				require.Equal(t, tt.limit, tr.Limit)
				if tt.uses == "" {
					require.Empty(t, tr.Host)
				} else {
					require.Len(t, tr.Host, 1)
					require.Equal(t, tt.uses, tr.Host[0].Name)
					require.NotZero(t, tr.Host[0].Gas)
				}
				if tt.name == "memory grew" {
					require.Equal(t, schedule.RebuildCost(0, 1<<16), tr.RebuildGas)
				}
			})
		}
	})
}

// TestCallTraceBounds holds that a contract cannot make a trace large.
func TestCallTraceBounds(t *testing.T) {
	world := smallWorld(t, runtime.Config{})
	world.Context.Contract = "c"
	callee := newGuest(1)
	require.NoError(t, world.Deploy("callee", callee.entry(callee.do("output", 0, 4096))))
	g := newGuest(1)
	g.Data(0, []byte("callee"))
	deploy(t, world, g.entry(times(1_200, g.try("call", 0, 6, 16, 2, 0, 4096, int64(0), 0, 0, 0))))
	tr := &runtime.Trace{}
	out := traceCall(t, world, "c", runtime.Call{Kind: runtime.KindExecute, Method: "M", GasLimit: 1e9}, tr)
	require.Equal(t, ok, out.Status)
	require.Len(t, tr.Calls, 999)
	require.Equal(t, 201, tr.Omitted)
	require.NotZero(t, tr.OmittedGas)
	total := 0
	for _, c := range tr.Calls {
		total += len(c.Payload) + len(c.Output)
		require.Equal(t, 4096, c.PayloadBytes)
		require.Equal(t, 4096, c.OutputBytes)
	}
	require.LessOrEqual(t, total, 512<<10)
	require.NotEmpty(t, tr.Calls[0].Payload)
	require.Nil(t, tr.Calls[998].Payload)
}

// TestCallTraceOfNobody holds calls that never began.
func TestCallTraceOfNobody(t *testing.T) {
	world := smallWorld(t, runtime.Config{})
	g := newGuest(1)
	deploy(t, world, g.entry(g.try("call", 0, 5, 0, 0, 0, 0, int64(0), 0, 0, 0), g.try("call", 16, 1, 0, 0, 0, 0, int64(0), 0, 0, 0)))
	g.Data(0, []byte("nobody"))
	tr := &runtime.Trace{}
	traceCall(t, world, "c", runtime.Call{Kind: runtime.KindExecute, Method: "M", GasLimit: 1e6}, tr)
	require.Len(t, tr.Calls, 2)
	require.Equal(t, runtime.StatusNotFound, tr.Calls[0].Status)
}

// TestUntracedAllocs holds what a call without a trace allocates on our side.
func TestUntracedAllocs(t *testing.T) {
	world := smallWorld(t, runtime.Config{})
	g := newGuest(1)
	deploy(t, world, g.entry(g.try("context_int", abi.FieldHeight), g.try("clock_time_get", 0, int64(0), 8)))
	host := world.Host("c")
	code := world.Code("c")
	call := runtime.Call{Kind: runtime.KindQuery, Method: "M", GasLimit: 1e6}
	allocs := testing.AllocsPerRun(1_000, func() { world.Runtime.Run(code, call, host) })
	require.LessOrEqual(t, allocs, 1.0)
}

// TestProfile profiles the Go guest and reads the file with Go's own tool.
func TestProfile(t *testing.T) {
	if testing.Short() {
		t.Skip("builds a contract with the Go toolchain")
	}
	code, err := runtimetest.BuildGo(filepath.Join("testdata", "guest"), "-w")
	require.NoError(t, err)
	world := runtimetest.NewWorld(newRuntime(t, runtime.Config{Profile: true}, func(l *runtime.Limits) { l.Code.ModuleBytes *= 2 }))
	require.NoError(t, world.Deploy("test/guest", code))

	world.Execute("test/guest", "Transfer", nil) // the first finds no counters
	for _, method := range []string{"Empty", "Transfer", "Format", "Panic", "Exit", "Grow"} {
		p := runtime.NewProfile()
		out := traceCall(t, world, "test/guest", runtime.Call{Kind: runtime.KindExecute, Method: method, GasLimit: 50_000_000}, p.Trace())
		require.Equal(t, out.GasUsed, p.Total(), method)
	}

	p := runtime.NewProfile()
	var want uint64
	for range 3 {
		c := runtime.Call{Kind: runtime.KindExecute, Method: "Transfer", GasLimit: 50_000_000, Trace: p.Trace()}
		want += world.Run("test/guest", c).GasUsed
	}
	require.Equal(t, want, p.Total(), "one profile of several calls")
	text := pprofTop(t, p)
	require.Contains(t, text, "Type: gas")
	for _, name := range []string{"main.bump", "main.call", "host.state_set", "host.emit", "[enter contract]"} {
		require.Contains(t, text, name)
	}
	require.Regexp(t, `(?m)^\s*\d+(gas)? +[\d.]+% +[\d.]+% +\d+(gas)? +[\d.]+% +host\.state_set`, text)
	require.NotContains(t, text, "function 1")

	var again bytes.Buffer
	require.NoError(t, p.Write(&again))
	var first bytes.Buffer
	require.NoError(t, p.Write(&first))
	require.Equal(t, first.Bytes(), again.Bytes())
}

// TestProfileNested holds that a profile goes through nested calls, and that it
// can do without names.
func TestProfileNested(t *testing.T) {
	for _, interpreter := range []bool{false, true} {
		world := smallWorld(t, runtime.Config{Profile: true, Interpreter: interpreter})
		callee := newGuest(1)
		require.NoError(t, world.Deploy("callee", callee.entry(callee.do("state_set", 0, 1, 0, 1), times(1_000, w.Nop), callee.do("fail", 7, 0, 3, 0, 2))))
		deploy(t, world, caller(newGuest(1), 200_000, 0))
		p := runtime.NewProfile()
		out := traceCall(t, world, "c", runtime.Call{Kind: runtime.KindExecute, Method: "M", GasLimit: 1e6}, p.Trace())
		require.Equal(t, ok, out.Status)
		require.Equal(t, out.GasUsed, p.Total())
		text := pprofTop(t, p)
		require.Contains(t, text, "host.call")
		require.Contains(t, text, "host.fail")
		require.Contains(t, text, "function ")
	}
}

func pprofTop(t *testing.T, p *runtime.Profile) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "profile.pb.gz")
	f, err := os.Create(file)
	require.NoError(t, err)
	require.NoError(t, p.Write(f))
	require.NoError(t, f.Close())
	cmd := exec.Command("go", "tool", "pprof", "-top", "-nodecount=200", file)
	cmd.Env = append(os.Environ(), "PPROF_TMPDIR="+t.TempDir())
	text, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", text)
	require.NotContains(t, strings.ToLower(string(text)), "malformed")
	return string(text)
}

func FuzzFunctionNames(f *testing.F) {
	g := newGuest(1)
	g.Custom("name", []byte{1, 7, 2, 0, 1, 'a', 1, 1, 'b'})
	f.Add(g.entry())
	f.Add([]byte("\x00asm\x01\x00\x00\x00\x00\x05\x04name"))
	f.Fuzz(func(t *testing.T, code []byte) {
		for _, name := range runtime.FunctionNames(code) {
			require.LessOrEqual(t, len(name), len(code))
		}
	})
}

func TestReadableNames(t *testing.T) {
	for name, want := range map[string]string{
		"runtime.mallocgc":                         "runtime.mallocgc",
		"example.com_a_b.__Service_.Run":           "example.com_a_b.(*Service).Run",
		"sdk.__table_of_x_.Get":                    "sdk.(*table_of_x).Get",
		"sdk.Table_go.shape.struct___a.B_.C__.Set": "sdk.Table[…].Set",
		"slices.insertionSort_go.shape.int_":       "slices.insertionSort[…]",
		"main.call":                                "main.call",
		"":                                         "",
	} {
		require.Equal(t, want, runtime.Readable(name))
	}
}

func TestFunctionNames(t *testing.T) {
	g := newGuest(1)
	g.Custom("other", []byte{1, 2, 3})
	g.Custom("name", []byte{0, 2, 1, 'm', 1, 9, 3, 0, 1, 'a', 7, 1, 'b', 9, 0, 2, 1, 0})
	require.Equal(t, map[uint32]string{0: "a", 7: "b", 9: ""}, runtime.FunctionNames(g.entry()))
	require.Nil(t, runtime.FunctionNames(newGuest(1).entry()))
}
