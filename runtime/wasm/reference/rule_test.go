package reference_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chancery-chain/chancery/runtime/gas"
	"github.com/chancery-chain/chancery/runtime/wasm/reference"
	w "github.com/chancery-chain/chancery/runtime/wasm/wasmtest"
)

// Pieces of the bodies below.
var (
	zero     = w.I32Const(0)
	divide   = w.Seq(w.I32Const(1), zero, w.I32DivU, w.Drop) // traps
	multiply = w.Seq(zero, zero, w.I32Mul, w.Drop)           // what a block goes on with
)

// prices shortens the formulas of ruleTests.
type prices struct{ gas.Schedule }

// of is the price of instructions, lengths and pages aside.
func (p prices) of(code ...w.Code) (sum uint64) {
	for _, c := range code {
		sum += p.Op[gas.OpClass(c[0])]
	}
	return sum
}

func (p prices) end() uint64      { return p.of(w.End) }
func (p prices) divide() uint64   { return p.of(zero, zero, w.I32DivU, w.Drop) }
func (p prices) multiply() uint64 { return p.of(zero, zero, w.I32Mul, w.Drop) }

var (
	block   = w.Code{0x02}
	loop    = w.Code{0x03}
	choice  = w.Code{0x04}
	other   = w.Code{0x05}
	branch  = w.BrIf(0)
	convert = w.Code{0xa8}
	call0   = w.Call(0)
	through = w.CallIndirect(0)
)

// ruleTests say in figures what RATIONALE.md, "What exactly is charged?", says in
// words. Function 0 is host.note, 1 divides by zero and multiplies.
var ruleTests = []struct {
	name string
	body w.Code
	trap reference.Trap
	used func(p prices) uint64
}{
	{"an empty body pays its entry and its end", nil, reference.TrapNone,
		func(p prices) uint64 { return p.Entry + p.end() }},
	{"a trap pays the whole block", w.Seq(divide, multiply), reference.TrapDivide,
		func(p prices) uint64 { return p.Entry + p.divide() + p.multiply() + p.end() }},
	{"a trap in a callee pays the caller's block too", w.Seq(w.Call(1), multiply), reference.TrapDivide,
		func(p prices) uint64 {
			return 2*p.Entry + p.of(call0) + p.divide() + 2*p.multiply() + 2*p.end()
		}},
	{"an unreachable ends the block", w.Seq(w.Unreachable, multiply), reference.TrapUnreachable,
		func(p prices) uint64 { return p.Entry + p.of(w.Unreachable) }},
	{"a block without branches to it goes on", w.Seq(w.Block(w.Empty, divide), multiply), reference.TrapDivide,
		func(p prices) uint64 { return p.Entry + p.of(block) + 2*p.end() + p.divide() + p.multiply() }},
	{"the end of a block with a branch to it ends the basic block",
		w.Seq(w.Block(w.Empty, zero, w.BrIf(0), divide), multiply), reference.TrapDivide,
		func(p prices) uint64 {
			return p.Entry + p.of(block, zero, branch) + p.divide() + p.end()
		}},
	{"a branch that cannot be reached does not count",
		w.Seq(w.Block(w.Empty, zero, w.If(w.Empty, w.Return, w.Br(1)), divide), multiply), reference.TrapDivide,
		func(p prices) uint64 {
			return p.Entry + p.of(block, zero, choice) + p.divide() + p.end() + p.multiply() + p.end()
		}},
	{"a loop begins a block, its end does not", w.Seq(multiply, w.Loop(w.Empty, divide), multiply), reference.TrapDivide,
		func(p prices) uint64 {
			return p.Entry + 2*p.multiply() + p.of(loop) + 2*p.end() + p.divide()
		}},
	{"an arm of an if pays itself", w.Seq(w.I32Const(1), w.IfElse(w.Empty, divide, multiply), multiply), reference.TrapDivide,
		func(p prices) uint64 { return p.Entry + p.of(zero, choice) + p.divide() + p.of(other) }},
	{"the other arm pays its end", w.Seq(zero, w.IfElse(w.Empty, divide, multiply)), reference.TrapNone,
		func(p prices) uint64 {
			return p.Entry + p.of(zero, choice) + p.multiply() + 2*p.end()
		}},
	{"an if without else that does not run pays no end", w.Seq(zero, w.If(w.Empty, divide)), reference.TrapNone,
		func(p prices) uint64 { return p.Entry + p.of(zero, choice) + p.end() }},
	{"length is paid before the bounds are looked at", w.Seq(zero, zero, w.I32Const(70_000), w.MemoryFill), reference.TrapBounds,
		func(p prices) uint64 {
			return p.Entry + p.of(zero, zero, zero) + p.Op[gas.MiscClass(11)] + 70_000>>gas.BulkShift*p.BulkUnit + p.end()
		}},
	{"pages that memory takes", w.Seq(w.I32Const(2), w.MemoryGrow, w.Drop), reference.TrapNone,
		func(p prices) uint64 {
			return p.Entry + p.of(zero, w.MemoryGrow, w.Drop) + 2*p.GrowPage + p.end()
		}},
	{"pages that memory does not take", w.Seq(w.I32Const(-1), w.MemoryGrow, w.Drop), reference.TrapNone,
		func(p prices) uint64 { return p.Entry + p.of(zero, w.MemoryGrow, w.Drop) + p.end() }},
	{"a call of the host, which takes 7", w.Seq(w.I32Const(7), w.Call(0), w.Drop, multiply), reference.TrapNone,
		func(p prices) uint64 {
			return p.Entry + p.of(zero, call0, w.Drop) + p.multiply() + p.end() + 7
		}},
	{"a host that ends the call, taking 13", w.Seq(w.I32Const(13), w.Call(0), w.Drop, multiply), reference.TrapHost,
		func(p prices) uint64 {
			return p.Entry + p.of(zero, call0, w.Drop) + p.multiply() + p.end() + 13
		}},
	{"an element of another type", w.Seq(zero, zero, w.CallIndirect(1), w.Drop), reference.TrapSignature,
		func(p prices) uint64 { return p.Entry + p.of(zero, zero, through, w.Drop) + p.end() }},
	{"no element", w.Seq(w.I32Const(1), w.CallIndirect(0)), reference.TrapTable,
		func(p prices) uint64 { return p.Entry + p.of(zero, through) + p.end() }},
	{"a float that is no integer", w.Seq(w.F32Bits(0x7fc00000), w.Code{0xa8}, w.Drop), reference.TrapConversion,
		func(p prices) uint64 { return p.Entry + p.of(w.F32Const(0), convert, w.Drop) + p.end() }},
}

// ruleModule is a module whose function 2, exported as "f", has the body.
func ruleModule(body w.Code) *w.Module {
	m := w.New()
	m.AddType(w.Void)
	m.AddType(w.Type(w.I32)(w.I32))
	m.ImportFunc("host", "note", w.Type(w.I32)(w.I32))
	m.Memory(1, 3).ExportMemory("memory").Table(2)
	m.Func(w.Void, nil, divide, multiply)
	f := m.Func(w.Void, nil, body)
	m.Elem(0, 1)
	return m.ExportFunc("f", f)
}

// TestChargingRule holds both sides to the published rule, with every gas limit
// up to what the call uses.
func TestChargingRule(t *testing.T) {
	for name, schedule := range schedules() {
		for _, tt := range ruleTests {
			t.Run(name+"/"+tt.name, func(t *testing.T) {
				pr := newProgram(t, ruleModule(tt.body).Bytes(), testConfig(schedule), engineNames...)
				require.NotNil(t, pr)
				used := int64(tt.used(prices{schedule}))
				got := compareLimit(t, pr, "f", generatedGas*100)
				require.Equal(t, tt.trap, got.Trap)
				require.Equal(t, used, got.Used)
				for _, limit := range everyLimit(used) {
					want := tt.trap
					if limit < used {
						want = reference.TrapGas
					}
					require.Equal(t, want, compareLimit(t, pr, "f", limit).Trap, "%d gas", limit)
				}
			})
		}
	}
}
