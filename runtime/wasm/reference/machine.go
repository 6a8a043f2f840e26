package reference

import (
	"fmt"

	"github.com/chancery-chain/chancery/runtime/gas"
)

// Trap says why a call ended without returning.
type Trap string

// The traps of the specification, then our own.
const (
	TrapNone        Trap = ""
	TrapUnreachable Trap = "unreachable"
	TrapBounds      Trap = "out of bounds memory access"
	TrapDivide      Trap = "integer divide by zero"
	TrapOverflow    Trap = "integer overflow"
	TrapConversion  Trap = "invalid conversion to integer"
	TrapTable       Trap = "invalid table access"
	TrapSignature   Trap = "indirect call type mismatch"
	TrapStack       Trap = "stack limit passed"
	TrapGas         Trap = "out of gas"
	TrapHost        Trap = "ended by a host function"
)

const pageBytes = 65_536

// Config is what a machine needs besides a module.
type Config struct {
	Schedule gas.Schedule
	// MemoryPages is the most memory, in pages, whatever the module declares.
	MemoryPages uint32
	// MaxStack is the most that the frames of all functions that run may have
	// together.
	MaxStack uint64
	// Frames is the size of each function's frame by its index. Nil stands for
	// sizes of zero.
	Frames []uint64
	// Host serves the imported function with that index. It returns its results
	// as bits, and false to end the call.
	Host func(m *Machine, index int, args []uint64) (results []uint64, goOn bool)
}

// Machine is an instance of a module, section 4.2. It is for one goroutine.
type Machine struct {
	*Module
	Config
	Memory  []byte
	Globals []uint64
	// Left is the gas left, in parts. It is negative after TrapGas.
	Left int64
	// Executed is the cost of all instructions that the last Invoke executed,
	// charges by length and page included, those of the host not.
	Executed uint64
	// Stack is the size of all frames. Functions that a trap ended still count.
	Stack uint64

	table    []int // function indices, or -1
	operands []uint64
	paid     uint64 // what blocks, lengths and pages have cost
	blocks   []map[int]uint64
}

// New makes an instance of m, section 4.5.4.
func New(m *Module, c Config) *Machine {
	v := &Machine{Module: m, Config: c, Memory: make([]byte, m.MemoryMin*pageBytes), blocks: make([]map[int]uint64, len(m.decoded))}
	for _, g := range m.Globals {
		v.Globals = append(v.Globals, g.Init)
	}
	v.table = make([]int, m.TableSize)
	for i := range v.table {
		v.table[i] = -1
	}
	for _, s := range m.elements {
		copy(v.table[s.offset:], s.funcs)
	}
	for _, s := range m.data {
		copy(v.Memory[s.offset:], s.bytes)
	}
	return v
}

// Invoke calls an exported function, section 4.5.5.
func (m *Machine) Invoke(name string, args ...uint64) (results []uint64, trap Trap) {
	defer func() {
		if p := recover(); p != nil {
			t, ok := p.(Trap)
			if !ok {
				panic(p)
			}
			results, trap = nil, t
		}
	}()
	e := m.Exports[name]
	m.Executed, m.paid = 0, 0
	m.operands = append(m.operands[:0], args...)
	m.call(e.Index)
	return append([]uint64{}, m.operands...), TrapNone
}

// CheckCounts compares what the last Invoke executed with what it paid for. They
// must be the same when it ended well.
func (m *Machine) CheckCounts() error {
	if m.Executed != m.paid {
		return fmt.Errorf("instructions that cost %d were executed, blocks that cost %d were paid", m.Executed, m.paid)
	}
	return nil
}

// charge takes gas from what is left.
func (m *Machine) charge(cost uint64) {
	m.paid += cost
	if m.Left = gas.Charge(m.Left, cost); m.Left < 0 {
		panic(TrapGas)
	}
}

// cost is the price of one instruction, its length or pages aside.
func (m *Machine) cost(in *instruction) uint64 {
	if in.op == 0xfc {
		return m.Schedule.Op[gas.MiscClass(in.sub)]
	}
	return m.Schedule.Op[gas.OpClass(in.op)]
}

// enterBlock pays the basic block that begins at pc of the function with that
// index, and extra with it.
func (m *Machine) enterBlock(fn int, code []instruction, pc int, extra uint64) {
	known := m.blocks[fn]
	if known == nil {
		known = map[int]uint64{}
		m.blocks[fn] = known
	}
	cost, ok := known[pc]
	if !ok {
		for i := pc; ; i++ {
			cost += m.cost(&code[i])
			if code[i].ends {
				break
			}
		}
		known[pc] = cost
	}
	m.charge(extra + cost)
}

func (m *Machine) push(v uint64) { m.operands = append(m.operands, v) }

func (m *Machine) pop() uint64 {
	n := len(m.operands) - 1
	v := m.operands[n]
	m.operands = m.operands[:n]
	return v
}

func (m *Machine) pop32() uint32 { return uint32(m.pop()) }

// call runs the function with that index; arguments and results are on the
// operand stack. Section 4.4.10.
func (m *Machine) call(index int) {
	typ := m.Funcs[index]
	base := len(m.operands) - len(typ.Params)
	locals := append([]uint64{}, m.operands[base:]...)
	m.operands = m.operands[:base]
	if index < len(m.Imports) {
		results, goOn := m.Host(m, index, locals)
		if m.Left < 0 {
			panic(TrapGas)
		}
		if !goOn {
			panic(TrapHost)
		}
		m.operands = append(m.operands, results...)
		return
	}
	fn := index - len(m.Imports)
	b := m.decoded[fn]
	locals = append(locals, make([]uint64, b.locals)...)
	entry := m.Schedule.Entry + m.Schedule.Local*uint64(b.locals)
	m.Executed += entry
	m.enterBlock(fn, b.code, 0, entry)
	size := uint64(0)
	if m.Frames != nil {
		size = m.Frames[index]
	}
	if m.Stack += size; size > 0 && m.Stack > m.MaxStack {
		panic(TrapStack)
	}
	m.run(fn, b, locals)
	m.Stack -= size // a trap leaves the count as it is
	results := m.operands[len(m.operands)-len(typ.Results):]
	m.operands = append(m.operands[:base], results...)
}

// label is where a branch goes, section 4.2.11.
type label struct {
	to     int // the instruction to go on with
	arity  int
	height int // operands below the block
	loop   bool
}

// run executes a body and leaves its results on top of the operand stack.
func (m *Machine) run(fn int, b *body, locals []uint64) {
	labels := []label{{to: len(b.code), arity: len(b.typ.Results), height: len(m.operands)}}
	// branch drops the operands of the blocks that it leaves and returns where
	// execution goes on.
	branch := func(n uint32) int {
		l := labels[len(labels)-1-int(n)]
		taken := m.operands[len(m.operands)-l.arity:]
		m.operands = append(m.operands[:l.height], taken...)
		labels = labels[:len(labels)-1-int(n)]
		if l.loop {
			labels = append(labels, l)
		}
		return l.to
	}
	entered := true // the block at pc is paid
	for pc := 0; pc < len(b.code); {
		in := &b.code[pc]
		if !entered {
			m.enterBlock(fn, b.code, pc, 0)
		}
		entered = !in.ends
		m.Executed += m.cost(in)
		next := pc + 1
		switch in.op {
		case 0x00:
			panic(TrapUnreachable)
		case 0x02, 0x03: // block, loop
			l := label{to: in.end + 1, arity: in.results, height: len(m.operands) - in.params}
			if in.op == 0x03 {
				l.to, l.arity, l.loop = next, in.params, true
			}
			labels = append(labels, l)
		case 0x04: // if
			truth := m.pop32() != 0
			if !truth && in.otherwise == 0 {
				next = in.end + 1
				break
			}
			labels = append(labels, label{to: in.end + 1, arity: in.results, height: len(m.operands) - in.params})
			if !truth {
				next = in.otherwise + 1
			}
		case 0x05: // else, reached from above: the if is done
			labels = labels[:len(labels)-1]
			next = in.end + 1
		case 0x0b: // end
			labels = labels[:len(labels)-1]
		case 0x0c: // br
			next = branch(in.index)
		case 0x0d: // br_if
			if m.pop32() != 0 {
				next = branch(in.index)
			}
		case 0x0e: // br_table
			i := min(uint64(m.pop32()), uint64(len(in.labels)-1))
			next = branch(in.labels[i])
		case 0x0f: // return
			next = branch(uint32(len(labels) - 1))
		case 0x10: // call
			m.call(int(in.index))
		case 0x11: // call_indirect
			m.call(m.indirect(in))
		default:
			m.plain(in, locals)
		}
		pc = next
	}
}

// indirect returns the function that a call_indirect calls.
func (m *Machine) indirect(in *instruction) int {
	i := m.pop32()
	if uint64(i) >= uint64(len(m.table)) || m.table[i] < 0 {
		panic(TrapTable)
	}
	want, got := m.Types[in.index], m.Funcs[m.table[i]]
	if string(want.Params) != string(got.Params) || string(want.Results) != string(got.Results) {
		panic(TrapSignature)
	}
	return m.table[i]
}

// plain executes everything that is not control: parametric instructions,
// variables, memory and numbers.
func (m *Machine) plain(in *instruction, locals []uint64) {
	switch op := in.op; {
	case op == 0x01: // nop
	case op == 0x1a: // drop
		m.pop()
	case op == 0x1b: // select
		c, b, a := m.pop32(), m.pop(), m.pop()
		if c == 0 {
			a = b
		}
		m.push(a)
	case op == 0x20: // local.get
		m.push(locals[in.index])
	case op == 0x21: // local.set
		locals[in.index] = m.pop()
	case op == 0x22: // local.tee
		locals[in.index] = m.operands[len(m.operands)-1]
	case op == 0x23: // global.get
		m.push(m.Globals[in.index])
	case op == 0x24: // global.set
		m.Globals[in.index] = m.pop()
	case op >= 0x28 && op <= 0x35:
		m.load(in)
	case op >= 0x36 && op <= 0x3e:
		m.store(in)
	case op == 0x3f: // memory.size
		m.push(uint64(len(m.Memory) / pageBytes))
	case op == 0x40:
		m.grow()
	case op >= 0x41 && op <= 0x44: // const
		m.push(in.bits)
	case op == 0xfc && in.sub >= 10:
		m.bulk(in.sub)
	case op == 0xfc:
		m.push(truncateSaturating(in.sub, m.pop()))
	case isUnary(op):
		m.push(unary(op, m.pop()))
	default:
		b, a := m.pop(), m.pop()
		m.push(binary(op, a, b))
	}
}
