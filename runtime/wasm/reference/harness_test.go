package reference_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"

	"github.com/chancery-chain/chancery/runtime/gas"
	"github.com/chancery-chain/chancery/runtime/wasm"
	"github.com/chancery-chain/chancery/runtime/wasm/reference"
	w "github.com/chancery-chain/chancery/runtime/wasm/wasmtest"
)

// features are those that the engine enables: the accepted set.
const features = api.CoreFeaturesV1 | api.CoreFeatureBulkMemoryOperations | api.CoreFeatureMultiValue |
	api.CoreFeatureNonTrappingFloatToIntConversion | api.CoreFeatureSignExtensionOps

// engineNames lists wazero's engines. Not every CPU has a compiler.
var engineNames = []string{"compiler", "interpreter"}

func engineConfig(name string) wazero.RuntimeConfig {
	if name == "compiler" {
		return wazero.NewRuntimeConfigCompiler()
	}
	return wazero.NewRuntimeConfigInterpreter()
}

// schedules are those that counts are compared under. In the second everything
// has a price of its own, so that no instruction can pass for another.
func schedules() map[string]gas.Schedule {
	s := gas.Default()
	for c := range s.Op {
		s.Op[c] = 3 + 2*uint64(c)
	}
	s.Entry, s.Local, s.GrowPage, s.BulkUnit = 61, 67, 7_919, 71
	return map[string]gas.Schedule{"default": gas.Default(), "distinct": s}
}

func testConfig(s gas.Schedule) wasm.Config {
	return wasm.Config{
		Limits: wasm.DefaultLimits(), Schedule: s, MaxMemoryPages: 4, MaxStack: 20_000,
		Imports: func(module, name string) ([]byte, []byte, bool) {
			return []byte{w.I32}, []byte{w.I32}, module == "host" && name == "note"
		},
	}
}

// side is a module that runs: rewritten on an engine, or in the reference.
type side interface {
	memory() []byte
	left() int64
	setLeft(int64)
	// invoke calls an export with a gas limit and returns all that can be seen.
	invoke(name string, limit int64, args ...uint64) seen
	close()
}

// host serves the import with that index; ok is false to end the call.
type host interface {
	serve(s side, index int, args []uint64) (results []uint64, ok bool)
	// log has what was served and how much gas was left.
	log() []string
}

// seen is what can be seen of a call. After a call that ran out of gas nobody
// looks at the instance again, so only the first three are set.
type seen struct {
	Trap    reference.Trap
	Used    int64
	Log     []string
	Results []uint64
	Memory  [32]byte // hash
	Globals []uint64 // mutable ones
	Stack   uint64
}

// number hides the bits of a NaN, which nothing inside can see.
func number(typ byte, bits uint64) uint64 {
	switch {
	case typ == w.F32 && bits&0x7fff_ffff > 0x7f80_0000:
		return 0x7fc0_0000
	case typ == w.F64 && bits&^(1<<63) > 0x7ff<<52:
		return 0x7ff8 << 48
	}
	return bits
}

// program is a module, prepared for all sides.
type program struct {
	prepared *wasm.Prepared
	module   *reference.Module
	config   reference.Config
	compiled map[string]wazero.CompiledModule
	runtimes map[string]wazero.Runtime
}

// newProgram prepares a module for the reference and the named engines. It
// returns nil when a limit refuses the module.
func newProgram(t *testing.T, code []byte, cfg wasm.Config, engines ...string) *program {
	t.Helper()
	p, err := wasm.Prepare(code, cfg)
	if err != nil {
		require.Contains(t, err.Error(), "limit.", "a valid module was refused")
		return nil
	}
	pr := &program{prepared: p, compiled: map[string]wazero.CompiledModule{}, runtimes: map[string]wazero.Runtime{}}
	pr.module, err = reference.Decode(code)
	require.NoError(t, err)
	frames, err := reference.FrameSizes(p.Code, wasm.StackGlobal)
	require.NoError(t, err)
	pr.config = reference.Config{Schedule: cfg.Schedule, MemoryPages: cfg.MaxMemoryPages, MaxStack: cfg.MaxStack, Frames: frames}
	ctx := context.Background()
	for _, name := range engines {
		r := wazero.NewRuntimeWithConfig(ctx, engineConfig(name).WithCoreFeatures(features))
		t.Cleanup(func() { require.NoError(t, r.Close(ctx)) })
		pr.runtimes[name] = r
		builders := map[string]wazero.HostModuleBuilder{}
		for i, im := range p.Imports {
			b := builders[im.Module]
			if b == nil {
				b = r.NewHostModuleBuilder(im.Module)
				builders[im.Module] = b
			}
			b.NewFunctionBuilder().WithGoModuleFunction(served(i, im), im.Params, im.Results).Export(im.Name)
		}
		for _, b := range builders {
			_, err := b.Instantiate(ctx)
			require.NoError(t, err)
		}
		pr.compiled[name], err = r.CompileModule(ctx, p.Code)
		require.NoError(t, err, "rewritten module does not compile")
	}
	return pr
}

type guestKey struct{}

var errEnded = errors.New("ended by a host function")

// served hands a call of an import to the host of the guest that runs.
func served(index int, im wasm.Import) api.GoModuleFunc {
	return func(ctx context.Context, _ api.Module, stack []uint64) {
		g := ctx.Value(guestKey{}).(*guest)
		// The rewritten module may not have noticed yet that its gas is used up.
		if g.left() < 0 {
			panic(errEnded)
		}
		args := append([]uint64{}, stack[:len(im.Params)]...)
		for i, typ := range im.Params {
			if typ == w.I32 { // the compiler leaves anything above an i32
				args[i] = uint64(uint32(args[i]))
			}
		}
		out, ok := g.host.serve(g, index, args)
		if !ok || g.left() < 0 {
			panic(errEnded)
		}
		copy(stack[:len(im.Results)], out)
	}
}

// guest is a rewritten module on an engine.
type guest struct {
	t    *testing.T
	pr   *program
	m    api.Module
	host host
}

func (pr *program) guest(t *testing.T, engine string, h host) side {
	ctx := context.Background()
	m, err := pr.runtimes[engine].InstantiateModule(ctx, pr.compiled[engine], wazero.NewModuleConfig().WithName("").WithStartFunctions())
	require.NoError(t, err)
	for _, d := range pr.prepared.Data {
		require.True(t, m.Memory().Write(d.Offset, d.Bytes))
	}
	return &guest{t: t, pr: pr, m: m, host: h}
}

func (g *guest) close()        { require.NoError(g.t, g.m.Close(context.Background())) }
func (g *guest) left() int64   { return int64(g.m.ExportedGlobal(wasm.GasGlobal).Get()) }
func (g *guest) stack() uint64 { return g.m.ExportedGlobal(wasm.StackGlobal).Get() }

func (g *guest) setLeft(v int64) {
	g.m.ExportedGlobal(wasm.GasGlobal).(api.MutableGlobal).Set(uint64(v))
}

func (g *guest) memory() []byte {
	if g.m.Memory() == nil {
		return nil
	}
	b, _ := g.m.Memory().Read(0, g.m.Memory().Size())
	return b
}

var engineTraps = []reference.Trap{
	reference.TrapUnreachable, reference.TrapBounds, reference.TrapDivide, reference.TrapOverflow,
	reference.TrapConversion, reference.TrapTable, reference.TrapSignature,
}

func (g *guest) invoke(name string, limit int64, args ...uint64) seen {
	g.setLeft(limit)
	g.m.ExportedGlobal(wasm.StackGlobal).(api.MutableGlobal).Set(0)
	results, err := g.m.ExportedFunction(name).Call(context.WithValue(context.Background(), guestKey{}, g), args...)
	if g.left() < 0 {
		return seen{Trap: reference.TrapGas, Used: limit, Log: g.host.log()}
	}
	s := g.state()
	s.Used, s.Log = limit-g.left(), g.host.log()
	switch {
	case err == nil:
		for i, typ := range g.pr.module.Funcs[g.pr.module.Exports[name].Index].Results {
			s.Results = append(s.Results, number(typ, results[i]))
		}
	case errors.Is(err, errEnded):
		s.Trap = reference.TrapHost
	case g.stack() > g.pr.config.MaxStack:
		require.ErrorContains(g.t, err, string(reference.TrapUnreachable))
		s.Trap = reference.TrapStack
	default:
		for _, trap := range engineTraps {
			if strings.Contains(err.Error(), string(trap)) {
				s.Trap = trap
			}
		}
		require.NotEmpty(g.t, s.Trap, "%v", err)
	}
	return s
}

// state returns memory, globals and stack as they are.
func (g *guest) state() seen {
	s := seen{Memory: sha256.Sum256(g.memory()), Stack: g.stack()}
	for i, v := range g.pr.module.Globals {
		if v.Mutable {
			bits := g.m.ExportedGlobal(globalName(g.pr.prepared, i)).Get()
			s.Globals = append(s.Globals, number(v.Type, bits))
		}
	}
	return s
}

// globalName returns the name under which rewriting exports a mutable global.
func globalName(p *wasm.Prepared, index int) string {
	for _, name := range p.Globals {
		if strings.HasSuffix(name, ":"+strconv.Itoa(index)) {
			return name
		}
	}
	return ""
}

// model is the original module in the reference.
type model struct {
	*reference.Machine
	t    *testing.T
	host host
}

func (pr *program) model(t *testing.T, h host) *model {
	m := &model{t: t, host: h}
	c := pr.config
	c.Host = func(_ *reference.Machine, index int, args []uint64) ([]uint64, bool) { return h.serve(m, index, args) }
	m.Machine = reference.New(pr.module, c)
	return m
}

func (m *model) close()          {}
func (m *model) memory() []byte  { return m.Memory }
func (m *model) left() int64     { return m.Left }
func (m *model) setLeft(v int64) { m.Left = v }

func (m *model) invoke(name string, limit int64, args ...uint64) seen {
	m.Left, m.Stack = limit, 0
	results, trap := m.Invoke(name, args...)
	if trap == reference.TrapGas {
		return seen{Trap: trap, Used: limit, Log: m.host.log()}
	}
	s := seen{Trap: trap, Used: limit - m.Left, Log: m.host.log(), Memory: sha256.Sum256(m.Memory), Stack: m.Stack}
	if trap == reference.TrapNone {
		require.NoError(m.t, m.CheckCounts())
		for i, typ := range m.Funcs[m.Exports[name].Index].Results {
			s.Results = append(s.Results, number(typ, results[i]))
		}
	}
	for i, g := range m.Module.Globals {
		if g.Mutable {
			s.Globals = append(s.Globals, number(g.Type, m.Globals[i]))
		}
	}
	return s
}

// notes is a host with one function, which takes a number, charges it, and gives
// it back; it ends the call at 13.
type notes struct{ lines []string }

func (n *notes) log() []string { return n.lines }

func (n *notes) serve(s side, _ int, args []uint64) ([]uint64, bool) {
	n.lines = append(n.lines, strconv.Itoa(int(int32(args[0])))+" with "+strconv.FormatInt(s.left(), 10))
	s.setLeft(gas.Charge(s.left(), args[0]%50))
	return []uint64{args[0]}, args[0] != 13
}
