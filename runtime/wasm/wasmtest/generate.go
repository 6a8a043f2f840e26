package wasmtest

// Generate makes a valid module out of any bytes, for fuzzing: the bytes decide
// what comes next, and zeros follow when they end. It exports three functions
// "f0" to "f2" of type (i32, i64, f32, f64) -> (i32), which call one another,
// use memory, globals, a table, every kind of control flow and code that cannot
// be reached. Many run for ever.
func Generate(data []byte) *Module {
	m := New().Memory(1, 4).ExportMemory("memory").Table(4)
	m.Data(16, []byte("generated"))
	g := &generator{data: data, m: m}
	for _, t := range numbers {
		g.globals = append(g.globals, m.Global(t, true, g.constant(t)))
	}
	t := FuncType{Params: numbers, Results: []byte{I32}}
	g.pair = m.AddType(Type(I32)(I32, F64))
	g.main = m.AddType(t)
	for range 3 {
		g.funcs = append(g.funcs, m.Declare(t))
	}
	m.Elem(0, g.funcs...)
	for i, f := range g.funcs {
		g.locals = append(append([]byte{}, numbers...), numbers...)
		g.labels = [][]byte{{I32}}
		m.Define(f, numbers, g.statements(4), g.expression(I32, 4))
		m.ExportFunc("f"+string(rune('0'+i)), f)
	}
	return m
}

var numbers = []byte{I32, I64, F32, F64}

type generator struct {
	data    []byte
	m       *Module
	funcs   []uint32
	globals []uint32
	pair    uint32 // type (i32) -> (i32, f64)
	main    uint32 // type of the functions
	locals  []byte
	labels  [][]byte // what a branch takes along, innermost last
}

// pick returns a number below n.
func (g *generator) pick(n int) int {
	if len(g.data) == 0 {
		return 0
	}
	b := int(g.data[0])
	g.data = g.data[1:]
	return b % n
}

func (g *generator) constant(t byte) Code {
	v := int64(int8(g.pick(256)))
	if v > 100 { // some large ones
		v <<= uint(g.pick(56))
	}
	switch t {
	case I32:
		return I32Const(int32(v))
	case I64:
		return I64Const(v)
	case F32:
		if g.pick(4) == 3 {
			return F32Bits(0xff800000 + uint32(v)) // infinities and NaNs
		}
		return F32Const(float32(v) / 4)
	}
	if g.pick(4) == 3 {
		return F64Bits(0xfff<<52 + uint64(v))
	}
	return F64Const(float64(v) / 4)
}

func (g *generator) local(t byte) uint32 {
	for i := range g.locals {
		if j := (i + g.pick(len(g.locals))) % len(g.locals); g.locals[j] == t {
			return uint32(j)
		}
	}
	for i, l := range g.locals {
		if l == t {
			return uint32(i)
		}
	}
	return 0
}

func (g *generator) global(t byte) uint32 {
	for i, n := range numbers {
		if n == t {
			return g.globals[i]
		}
	}
	return 0
}

func indexOf(t byte) int {
	for i, n := range numbers {
		if n == t {
			return i
		}
	}
	return 0
}

// Opcodes by type, in the order of numbers.
var (
	binaryOps = [][2]byte{{0x6a, 0x78}, {0x7c, 0x8a}, {0x92, 0x98}, {0xa0, 0xa6}}
	unaryOps  = [][]byte{{0x67, 0x68, 0x69, 0x45, 0xc0, 0xc1}, {0x79, 0x7a, 0x7b, 0xc2, 0xc3, 0xc4}, {0x8b, 0x8c, 0x8d, 0x8e, 0x8f, 0x90, 0x91}, {0x99, 0x9a, 0x9b, 0x9c, 0x9d, 0x9e, 0x9f}}
	compares  = [][2]byte{{0x46, 0x4f}, {0x51, 0x5a}, {0x5b, 0x60}, {0x61, 0x66}}
	loads     = [][]byte{{0x28, 0x2c, 0x2d, 0x2e, 0x2f}, {0x29, 0x30, 0x31, 0x32, 0x33, 0x34, 0x35}, {0x2a}, {0x2b}}
	stores    = [][]byte{{0x36, 0x3a, 0x3b}, {0x37, 0x3c, 0x3d, 0x3e}, {0x38}, {0x39}}
	// converts lists {opcode, operand type} per result.
	converts = [][][]byte{
		{{0xa7, I64}, {0xa8, F32}, {0xab, F64}, {0xbc, F32}, {0xfc, 0, F32}, {0xfc, 3, F64}},
		{{0xac, I32}, {0xad, I32}, {0xae, F32}, {0xbd, F64}, {0xfc, 4, F32}, {0xfc, 7, F64}},
		{{0xb2, I32}, {0xb5, I64}, {0xb6, F64}, {0xbe, I32}},
		{{0xb7, I32}, {0xba, I64}, {0xbb, F32}, {0xbf, I64}},
	}
)

// expression returns code that leaves one value of type t.
func (g *generator) expression(t byte, depth int) Code {
	i := indexOf(t)
	if depth <= 0 || len(g.data) == 0 {
		switch g.pick(3) {
		case 0:
			return g.constant(t)
		case 1:
			return GlobalGet(g.global(t))
		}
		return LocalGet(g.local(t))
	}
	sub := func(t byte) Code { return g.expression(t, depth-1) }
	switch g.pick(14) {
	case 0, 1:
		ops := binaryOps[i]
		return Seq(sub(t), sub(t), Code{ops[0] + byte(g.pick(int(ops[1]-ops[0])+1))})
	case 2:
		return Seq(sub(t), Code{unaryOps[i][g.pick(len(unaryOps[i]))]})
	case 3:
		c := converts[i][g.pick(len(converts[i]))]
		return Seq(sub(c[len(c)-1]), c[:len(c)-1])
	case 4:
		return Seq(sub(I32), Mem(loads[i][g.pick(len(loads[i]))], uint32(g.pick(64))))
	case 5:
		return Seq(sub(t), LocalTee(g.local(t)))
	case 6:
		return Seq(sub(t), sub(t), sub(I32), Select)
	case 7:
		g.labels = append(g.labels, []byte{t})
		defer func() { g.labels = g.labels[:len(g.labels)-1] }()
		return Block(int64(t)-128, g.statements(depth-1), sub(t))
	case 8:
		cond := sub(I32)
		g.labels = append(g.labels, []byte{t})
		defer func() { g.labels = g.labels[:len(g.labels)-1] }()
		return Seq(cond, IfElse(int64(t)-128, Seq(g.statements(depth-1), sub(t)), sub(t)))
	case 9:
		return Seq(g.branchIf(depth-1, t), sub(t))
	case 10:
		if t == I32 {
			o := g.pick(4)
			return Seq(sub(numbers[o]), sub(numbers[o]), Code{compares[o][0] + byte(g.pick(6))})
		}
		return sub(t)
	case 11:
		if t == I32 {
			return g.call(depth - 1)
		}
		return sub(t)
	case 12:
		switch t {
		case I32:
			return Seq(sub(I32), MemoryGrow)
		case F64:
			param := sub(I32)
			g.labels = append(g.labels, []byte{I32, F64})
			defer func() { g.labels = g.labels[:len(g.labels)-1] }()
			return Seq(param, Block(int64(g.pair), LocalSet(0), sub(I32), g.branchPair(depth-1), sub(F64)), LocalSet(7), Drop, LocalGet(7))
		}
		return MemorySizeAs(t)
	}
	return Seq(g.leave(depth-1), sub(t)) // what follows cannot be reached
}

// MemorySizeAs pushes the memory's size in pages as a number of type t.
func MemorySizeAs(t byte) Code {
	return Seq(MemorySize, map[byte]Code{I32: Nop, I64: {0xad}, F32: {0xb3}, F64: {0xb8}}[t])
}

// branchPair may branch out of a block with the results (i32, f64); the first of
// them is on the stack.
func (g *generator) branchPair(depth int) Code {
	if g.pick(2) == 0 {
		return nil
	}
	return Seq(g.expression(F64, depth), g.expression(I32, depth), BrIf(0), Drop)
}

// call calls a function directly or through the table.
func (g *generator) call(depth int) Code {
	var args Code
	for _, t := range numbers {
		args = Seq(args, g.expression(t, depth-1))
	}
	if g.pick(2) == 0 {
		return Seq(args, Call(g.funcs[g.pick(len(g.funcs))]))
	}
	return Seq(args, I32Const(int32(g.pick(4))), CallIndirect(g.main))
}

// values returns code for what a branch to a label takes along.
func (g *generator) values(label, depth int) (c Code) {
	for _, t := range g.labels[len(g.labels)-1-label] {
		c = Seq(c, g.expression(t, depth))
	}
	return c
}

// leave returns code after which nothing can be reached.
func (g *generator) leave(depth int) Code {
	label := g.pick(len(g.labels))
	switch g.pick(4) {
	case 0:
		return Seq(g.expression(I32, depth), Return)
	case 1:
		return Unreachable
	case 2:
		labels := []uint32{uint32(label)}
		for l, types := range g.labels {
			if string(types) == string(g.labels[len(g.labels)-1-label]) {
				labels = append(labels, uint32(len(g.labels)-1-l))
			}
		}
		return Seq(g.values(label, depth), g.expression(I32, depth), BrTable(labels...))
	}
	return Seq(g.values(label, depth), Br(uint32(label)))
}

// branchIf returns a conditional branch that leaves nothing, so that any value
// may follow.
func (g *generator) branchIf(depth int, _ byte) Code {
	label := g.pick(len(g.labels))
	c := Seq(g.values(label, depth), g.expression(I32, depth), BrIf(uint32(label)))
	for range g.labels[len(g.labels)-1-label] {
		c = Seq(c, Drop)
	}
	return c
}

// statements returns code that leaves nothing.
func (g *generator) statements(depth int) (c Code) {
	if depth <= 0 {
		return nil
	}
	for range g.pick(4) {
		c = Seq(c, g.statement(depth-1))
	}
	return c
}

func (g *generator) statement(depth int) Code {
	t := numbers[g.pick(4)]
	i := indexOf(t)
	value := func(t byte) Code { return g.expression(t, depth) }
	inside := func(wrap func(int64, ...Code) Code) Code {
		g.labels = append(g.labels, nil)
		defer func() { g.labels = g.labels[:len(g.labels)-1] }()
		return wrap(Empty, g.statements(depth))
	}
	switch g.pick(11) {
	case 0:
		return Seq(value(t), LocalSet(g.local(t)))
	case 1:
		return Seq(value(t), GlobalSet(g.global(t)))
	case 2:
		return Seq(value(I32), value(t), Mem(stores[i][g.pick(len(stores[i]))], uint32(g.pick(64))))
	case 3:
		return inside(Block)
	case 4:
		return inside(Loop)
	case 5:
		return Seq(value(I32), inside(If))
	case 6:
		return g.branchIf(depth, t)
	case 7: // a loop with a counter
		g.labels = append(g.labels, nil)
		defer func() { g.labels = g.labels[:len(g.labels)-1] }()
		return Seq(I32Const(int32(g.pick(9))), LocalSet(4), Loop(Empty, g.statements(depth),
			LocalGet(4), I32Const(1), I32Sub, LocalTee(4), BrIf(0)))
	case 8:
		return Seq(value(I32), value(I32), value(I32), []Code{MemoryFill, MemoryCopy}[g.pick(2)])
	case 9:
		return Seq(value(t), Drop)
	}
	return Seq(Nop, value(I32), inside(If))
}
