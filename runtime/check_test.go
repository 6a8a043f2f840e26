package runtime_test

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	goruntime "runtime"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chancery-chain/chancery/runtime"
	"github.com/chancery-chain/chancery/runtime/abi"
	"github.com/chancery-chain/chancery/runtime/runtimetest"
	w "github.com/chancery-chain/chancery/runtime/wasm/wasmtest"
)

// export adds a function of type () -> () under a name.
func (g *guest) export(name string, body ...w.Code) *guest {
	g.ExportFunc(name, g.Func(w.Void, nil, body...))
	return g
}

func TestCheckRefuses(t *testing.T) {
	with := func(name string, body func(g *guest) w.Code) func() []byte {
		return func() []byte {
			g := newGuest(1)
			return g.export(name, body(g)).entry()
		}
	}
	for _, tt := range []struct {
		name string
		code func() []byte
		rule string
	}{
		{"nothing", func() []byte { return nil }, "malformed"},
		{"text", func() []byte { return []byte("hello, this is no module") }, "malformed"},
		{"does not type-check", func() []byte { return newGuest(1).entry(w.I32Add) }, "type"},
		{"no entry point", func() []byte { return newGuest(1).Bytes() }, runtime.RuleEntryPoint},
		{"entry point of another type", func() []byte {
			g := newGuest(1)
			return g.ExportFunc(abi.ExportCall, g.Func(w.Type(w.I32)(), nil)).Bytes()
		}, runtime.RuleEntryPoint},
		{"entry point is a global", func() []byte {
			g := newGuest(1)
			return g.ExportGlobal(abi.ExportCall, g.Global(w.I32, false, w.I32Const(0))).Bytes()
		}, runtime.RuleEntryPoint},
		{"no memory", func() []byte {
			m := w.New()
			return m.ExportFunc(abi.ExportCall, m.Func(w.Void, nil)).Bytes()
		}, runtime.RuleEntryPoint},
		{"unknown import", func() []byte {
			m := w.New()
			f := m.ImportFunc("env", "abort", w.Void)
			m.Memory(1).ExportMemory("memory")
			return m.ExportFunc(abi.ExportCall, m.Func(w.Void, nil, w.Call(f))).Bytes()
		}, "import"},
		{"initialisation traps", with(abi.ExportInitialize, func(*guest) w.Code { return w.Unreachable }), runtime.RuleImage},
		{"initialisation never ends", with(abi.ExportInitialize, func(*guest) w.Code { return forever() }), runtime.RuleImage},
		{"initialisation reads state", with(abi.ExportInitialize, func(g *guest) w.Code { return g.try("state_get", 0, 1, 0, 0) }), runtime.RuleImage},
		{"initialisation writes state", with(abi.ExportInitialize, func(g *guest) w.Code { return g.do("state_set", 0, 1, 0, 1) }), runtime.RuleImage},
		{"initialisation fails", with(abi.ExportInitialize, func(g *guest) w.Code { return g.do("fail", 1, 0, 0, 0, 0) }), runtime.RuleImage},
		{"initialisation asks for the context", with(abi.ExportInitialize, func(g *guest) w.Code { return g.try("context_int", 33) }), runtime.RuleImage},
		{"initialisation exits", with(abi.ExportInitialize, func(g *guest) w.Code { return g.do("proc_exit", 0) }), runtime.RuleImage},
		{"warm-up traps", with(abi.ExportWarmup, func(*guest) w.Code { return w.Unreachable }), runtime.RuleImage},
		{"warm-up recurses", with(abi.ExportWarmup, recursive(false)), runtime.RuleImage},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var first *runtime.InvalidCodeError
			for _, interpreter := range []bool{false, true} {
				rt := newRuntime(t, runtime.Config{Interpreter: interpreter}, func(l *runtime.Limits) {
					l.StackBytes, l.ImageGas = 128<<10, 1_000_000
				})
				_, err := rt.Check(tt.code())
				var invalid *runtime.InvalidCodeError
				require.ErrorAs(t, err, &invalid)
				require.Equal(t, tt.rule, invalid.Rule, "%v", err)
				require.NotEmpty(t, invalid.Msg)
				if first == nil {
					first = invalid
				}
				require.Equal(t, first, invalid, "both engines say the same")
				require.Zero(t, rt.Stats().Codes, "what is refused is not kept")
			}
		})
	}
}

// TestImage holds that initialisation and warm-up run once, in order, under a
// fixed clock and with zeros for randomness, and that calls begin after them.
func TestImage(t *testing.T) {
	engines(t, func(t *testing.T, world *runtimetest.World) {
		g := newGuest(1)
		g.Data(0, []byte("data"))
		count := g.Global(w.I32, true, w.I32Const(0))
		next := w.Seq(w.GlobalGet(count), w.I32Const(1), w.I32Add, w.GlobalSet(count))
		g.export(abi.ExportInitialize, next, g.try("clock_time_get", 0, int64(0), 8), g.do("log", 0, 4))
		g.export(abi.ExportWarmup, w.GlobalGet(count), w.I32Const(1), w.I32Ne, w.If(w.Empty, w.Unreachable), next,
			w.I32Const(16), w.I64Const(-1), w.Mem(w.I64Store, 0), g.try("random_get", 16, 8))
		g.Custom(abi.SectionDescriptors, []byte("descriptors"))
		g.Custom("name", []byte("dropped"))
		code := g.entry(next, w.I32Const(4), w.GlobalGet(count), w.Mem(w.I32Store, 0), g.do("output", 0, 24))
		deploy(t, world, code)
		want := binary.LittleEndian.AppendUint64([]byte("data\x03\x00\x00\x00"), 946_684_800_000_000_000) // 2000-01-01
		want = append(want, make([]byte, 8)...)
		for range 3 {
			out := world.Query("c", "M", nil)
			require.Equal(t, ok, out.Status, "%v", out.Err)
			require.Equal(t, want, out.Output)
		}
		rep := world.Code("c").Report()
		require.Equal(t, "descriptors", string(rep.Descriptors))
		require.Equal(t, "descriptors", string(world.Code("c").Descriptors()))
		require.Nil(t, rep.Build)
		require.Equal(t, len(code), rep.CodeBytes)
		require.Equal(t, 65536, rep.ImageBytes)
		require.Greater(t, rep.ImageGas, uint64(500))
	})
}

func numbered(i int32) []byte {
	g := newGuest(1)
	return g.entry(w.I32Const(0), w.I32Const(i), w.Mem(w.I32Store, 0), g.do("output", 0, 4))
}

// roomFor returns a budget for that many codes like numbered, and no more.
func roomFor(t *testing.T, n int64) int64 {
	t.Helper()
	rt := newRuntime(t, runtime.Config{})
	_, err := rt.Check(numbered(0))
	require.NoError(t, err)
	one := rt.Stats().CodeBytes
	require.Greater(t, one, int64(1<<16), "the image counts")
	return n*one + one/2
}

// TestLoad holds that a code is made once however many ask for it, that only as
// many stay as the budget has room for, and that one that is in use survives being
// dropped.
func TestLoad(t *testing.T) {
	budget := roomFor(t, 2)
	rt := newRuntime(t, runtime.Config{CodeBytes: budget})
	world := runtimetest.NewWorld(rt)
	load := func(i int32, calls *atomic.Int32) *runtime.Code {
		code := numbered(i)
		c, err := rt.Load(sha256.Sum256(code), func() ([]byte, error) { calls.Add(1); return code, nil })
		require.NoError(t, err)
		return c
	}
	var calls atomic.Int32
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() { load(0, &calls) })
	}
	wg.Wait()
	require.EqualValues(t, 1, calls.Load())

	require.NoError(t, world.Deploy("c", numbered(0)))
	require.Equal(t, ok, world.Query("c", "M", nil).Status)
	for i := range int32(5) {
		load(i, &calls)
	}
	require.Equal(t, 2, rt.Stats().Codes)
	require.LessOrEqual(t, rt.Stats().CodeBytes, budget)
	require.Zero(t, rt.Stats().IdleInstances, "instances of a dropped code go with it")
	goruntime.GC()
	out := world.Query("c", "M", nil)
	require.Equal(t, ok, out.Status, "%v", out.Err)
	require.Zero(t, rt.Stats().IdleInstances)
	calls.Store(0)
	load(0, &calls)
	require.EqualValues(t, 1, calls.Load(), "it was dropped")

	// A large code makes room for itself alone, and stays although it is too large.
	large := newGuest(32).entry(w.Nop)
	c, err := rt.Load(sha256.Sum256(large), func() ([]byte, error) { return large, nil })
	require.NoError(t, err)
	require.Equal(t, 1, rt.Stats().Codes)
	require.Greater(t, rt.Stats().CodeBytes, budget)
	require.Equal(t, ok, rt.Run(c, runtime.Call{Kind: runtime.KindQuery, GasLimit: 100_000}, nil).Status)
	load(1, &calls)
	require.Equal(t, 1, rt.Stats().Codes, "what was used last stays")
	require.LessOrEqual(t, rt.Stats().CodeBytes, budget)
}

func TestLoadErrors(t *testing.T) {
	rt := newRuntime(t, runtime.Config{})
	disk := errors.New("disk")
	_, err := rt.Load([32]byte{1}, func() ([]byte, error) { return nil, disk })
	require.ErrorIs(t, err, disk)
	_, err = rt.Load([32]byte{1}, func() ([]byte, error) { return numbered(1), nil })
	require.ErrorContains(t, err, "do not have this code hash")
	_, err = rt.Load([32]byte{1}, func() ([]byte, error) { panic("bug") })
	require.ErrorContains(t, err, "bug")
	require.Zero(t, rt.Stats().Codes)
}

func TestConfigAndLimits(t *testing.T) {
	_, err := runtime.New(runtime.Config{CodeBytes: -1, PoolBytes: -1, Reset: "magic"}, runtime.Limits{})
	for _, part := range []string{"code bytes is -1", "pool bytes is -1", `reset is "magic"`, "call depth is 0", "key bytes is 0", "image gas is 0"} {
		require.ErrorContains(t, err, part, "every fault at once")
	}
	limits := runtime.DefaultLimits()
	require.NoError(t, limits.Validate())
}

// TestCallLimits checks what ends a call before the guest runs.
func TestCallLimits(t *testing.T) {
	world := smallWorld(t, runtime.Config{})
	deploy(t, world, numbered(1))
	long := string(make([]byte, 257))
	for _, tt := range []struct {
		name string
		call runtime.Call
		want runtime.Status
		used uint64
	}{
		{"no gas", runtime.Call{}, oog, 0},
		{"gas for less than the entry", runtime.Call{GasLimit: entryGas - 1}, oog, entryGas - 1},
		{"too deep", runtime.Call{GasLimit: 100_000, Depth: 17}, limit, instanceGas},
		{"large payload", runtime.Call{GasLimit: 100_000, Payload: make([]byte, 256<<10+1)}, limit, entryGas},
		{"long method", runtime.Call{GasLimit: 100_000, Method: long}, limit, entryGas},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.call.Kind = runtime.KindExecute
			out := world.Run("c", tt.call)
			require.Equal(t, tt.want, out.Status, "%v", out.Err)
			require.Equal(t, tt.used, out.GasUsed)
		})
	}
	out := world.Run("c", runtime.Call{Kind: runtime.KindExecute, GasLimit: 1<<64 - 1})
	require.Equal(t, ok, out.Status, "a limit near 2^64 does not wrap")
	require.Equal(t, world.Execute("c", "", nil).GasUsed, out.GasUsed)
}
