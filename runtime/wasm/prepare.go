package wasm

import (
	"strconv"

	"github.com/chancery-chain/chancery/runtime/gas"
)

// Export names of the globals that rewriting adds. A guest cannot export a name
// with their prefix.
const (
	// GasGlobal is a mutable i64: the gas left, in parts (gas.Parts). The host sets
	// it before a call. Negative after a call, whether that returned or trapped,
	// means out of gas; host functions charge with gas.Charge and end the call when
	// the result is negative.
	GasGlobal = customPrefix + "gas"
	// StackGlobal is a mutable i32: the stack in use, in bytes by our estimate.
	// The host sets it to zero before a call. More than Config.MaxStack after a
	// trap, with gas not negative, means that the stack limit was passed.
	StackGlobal = customPrefix + "stack"
	// globalPrefix begins the names of the guest's own mutable globals, followed
	// by their index.
	globalPrefix = customPrefix + "global:"
)

const (
	// frameBytes is what every frame costs: return address, saved registers and
	// alignment, and a lower bound that keeps the number of frames small.
	frameBytes = 128
	// slotBytes is the largest size of a value on the stack.
	slotBytes = 8
	// freeRegisters is how many operands surely stay in registers.
	freeRegisters = 4
	// deepOperands is how many operands may lie below another one before
	// Limits.DeepOperands counts it.
	deepOperands = 12
	// controlOfBulk is what an operation that is charged by length or page counts
	// in Limits.Control.
	controlOfBulk = 4
	// exitsOfIndirect is what call_indirect counts in Limits.Exits: one for the
	// table's bounds, one for an element that is missing, one for its type.
	exitsOfIndirect = 3
	// maxStack is the largest Config.MaxStack. wazero's compiler gives a call up
	// to 50,000,000 bytes; our estimate must reach its limit first.
	maxStack = 40_000_000
	// DefaultMaxStack is Config.MaxStack of protocol version 1.
	DefaultMaxStack = 8 << 20
)

// Config is what Prepare needs to know. All of it are consensus parameters.
type Config struct {
	Limits   Limits
	Schedule gas.Schedule
	// MaxMemoryPages is the most memory an instance may have, in 64 KiB pages.
	MaxMemoryPages uint32
	// MaxStack is the most stack that frames may use together, in bytes by our
	// estimate, which is never below what wazero's compiler uses.
	MaxStack uint64
	// Imports returns the type of a host function, or false when there is none of
	// that name.
	Imports func(module, name string) (params, results []byte, ok bool)
}

// Prepared is a module that was validated and rewritten. Its slices share
// memory with the module that was given to Prepare.
type Prepared struct {
	// Code is the module to compile. It declares no data segments.
	Code    []byte
	Imports []Import
	// Exports are those of the guest; the injected ones are not among them.
	Exports []Export
	// MemoryMin and MemoryMax are in pages; both zero when there is no memory.
	MemoryMin, MemoryMax uint32
	// Data must be written to memory, in order, before anything runs. All of it
	// lies within MemoryMin.
	Data []DataSegment
	// Globals are the export names of all mutable globals, GasGlobal and
	// StackGlobal included: what a reset must restore besides memory.
	Globals []string
	// Custom has the custom sections whose names begin with "chancery:".
	Custom map[string][]byte
	Stats  Stats
}

// Prepare validates a module completely and rewrites it as the package comment
// says. The result depends on code and cfg alone. The error is an *Error. Time
// and memory are linear in the module's size, which cfg.Limits bounds. It may be
// used by several goroutines at once.
func Prepare(code []byte, cfg Config) (*Prepared, error) {
	if err := cfg.validate(); err != nil {
		return nil, err
	}
	if len(code) > cfg.Limits.ModuleBytes {
		return nil, fail(0, RuleModuleSize, "module of %d bytes, at most %d are permitted", len(code), cfg.Limits.ModuleBytes)
	}
	p := &preparer{code: code, cfg: &cfg, costs: cfg.Schedule.OpCosts()}
	p.costs[opMisc] = 0 // charged by the opcode after the prefix
	p.mod.dataCount = -1
	p.mod.custom = map[string][]byte{}
	if err := p.decode(); err != nil {
		return nil, err
	}
	return p.result()
}

func (c *Config) validate() error {
	if err := c.Schedule.Validate(); err != nil {
		return fail(0, RuleConfig, "%v", err)
	}
	l := &c.Limits
	switch {
	case c.Imports == nil:
		return fail(0, RuleConfig, "no import table")
	case c.MaxMemoryPages > maxPages:
		return fail(0, RuleConfig, "memory of %d pages", c.MaxMemoryPages)
	case c.MaxStack > maxStack:
		return fail(0, RuleConfig, "stack of %d bytes, at most %d are safe", c.MaxStack, maxStack)
	case l.Locals > maxLocals:
		return fail(0, RuleConfig, "limit of %d locals, at most %d are supported", l.Locals, maxLocals)
	case l.Functions < l.Imports:
		return fail(0, RuleConfig, "fewer functions than imports permitted")
	case l.BodyBytes > 1<<20 || l.ModuleBytes > 1<<28:
		return fail(0, RuleConfig, "limits of sizes are too large")
	}
	return nil
}

// preparer is the state of one Prepare.
type preparer struct {
	code  []byte
	cfg   *Config
	costs [256]uint64
	mod   module
	fn    function

	bodies     int
	out        []byte // rewritten bodies with their sizes
	scratch    []byte
	extraTypes []funcType
	blockTypes map[string]int // result types to the index of () -> results
	stats      Stats
}

func (p *preparer) gasIndex() uint32   { return uint32(len(p.mod.globals)) }
func (p *preparer) stackIndex() uint32 { return uint32(len(p.mod.globals)) + 1 }

func (p *preparer) codeSection(r *reader) {
	m := &p.mod
	n := r.count(len(m.funcs)-len(m.imports), RuleMalformed, "bodies")
	p.out = make([]byte, 0, r.left()+r.left()/2)
	p.fn.p = p
	for i := range n {
		start := r.pos
		size := r.u32()
		if r.err == nil && uint64(size) > uint64(p.cfg.Limits.BodyBytes) {
			r.fail(start, RuleBodySize, "body of %d bytes, at most %d are permitted", size, p.cfg.Limits.BodyBytes)
		}
		if r.err == nil && uint64(size) > uint64(r.left()) {
			r.fail(start, RuleMalformed, "body of %d bytes, %d left", size, r.left())
		}
		if r.err != nil {
			return
		}
		index := len(m.imports) + i
		body := &reader{b: r.b, pos: r.pos, end: r.pos + int(size)}
		r.pos = body.end
		p.fn.read(body, index, m.typeOf(uint32(index)))
		if body.err == nil {
			p.fn.rewrite(start)
		}
		if body.err != nil {
			r.err = body.err
			r.err.Func = index
			return
		}
	}
	p.bodies = n
}

func (p *preparer) result() (*Prepared, error) {
	m := &p.mod
	out := &Prepared{
		Imports: m.imports, Exports: m.exports, Data: m.data, Custom: m.custom,
		MemoryMin: m.memMin, MemoryMax: m.memMax,
	}
	var names []globalName
	for i, g := range m.globals {
		if g.mutable {
			names = append(names, globalName{globalPrefix + strconv.Itoa(i), uint32(i)})
		}
	}
	names = append(names, globalName{GasGlobal, p.gasIndex()}, globalName{StackGlobal, p.stackIndex()})
	for _, g := range names {
		out.Globals = append(out.Globals, g.name)
	}
	out.Code = p.assemble(names)
	if len(out.Code) > p.cfg.Limits.RewrittenBytes {
		return nil, fail(0, RuleModuleSize, "rewritten module of %d bytes, at most %d are permitted", len(out.Code), p.cfg.Limits.RewrittenBytes)
	}
	out.Stats = p.finalStats(out)
	return out, nil
}
