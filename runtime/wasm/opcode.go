package wasm

// Value types; valUnknown is the type of an operand that unreachable code may
// pop without anybody having pushed it.
const (
	valI32     byte = 0x7f
	valI64     byte = 0x7e
	valF32     byte = 0x7d
	valF64     byte = 0x7c
	valUnknown byte = 0x40
	// flagNumber on an operand says that it is a float that is never NaN.
	flagNumber byte = 0x80
	maskType   byte = 0x7f
)

// Opcodes that need code of their own. Core specification, section 5.4.
const (
	opUnreachable  = 0x00
	opNop          = 0x01
	opBlock        = 0x02
	opLoop         = 0x03
	opIf           = 0x04
	opElse         = 0x05
	opEnd          = 0x0b
	opBr           = 0x0c
	opBrIf         = 0x0d
	opBrTable      = 0x0e
	opReturn       = 0x0f
	opCall         = 0x10
	opCallIndirect = 0x11
	opDrop         = 0x1a
	opSelect       = 0x1b
	opLocalGet     = 0x20
	opLocalSet     = 0x21
	opLocalTee     = 0x22
	opGlobalGet    = 0x23
	opGlobalSet    = 0x24
	opF32Store     = 0x38
	opF64Store     = 0x39
	opMemorySize   = 0x3f
	opMemoryGrow   = 0x40
	opI32Const     = 0x41
	opI64Const     = 0x42
	opF32Const     = 0x43
	opF64Const     = 0x44
	opI32GtU       = 0x4b
	opI64LtS       = 0x53
	opI64LeU       = 0x58
	opF32Eq        = 0x5b
	opF64Eq        = 0x61
	opI32Add       = 0x6a
	opI32Sub       = 0x6b
	opI32Or        = 0x72
	opI64Add       = 0x7c
	opI64Sub       = 0x7d
	opI64Mul       = 0x7e
	opI64ShrU      = 0x88
	opF32Copysign  = 0x98
	opF64Copysign  = 0xa6
	opI64ExtendU   = 0xad
	opI32Reinterp  = 0xbc
	opI64Reinterp  = 0xbd
	opMisc         = 0xfc
	miscMemoryCopy = 10
	miscMemoryFill = 11
	blockVoid      = 0x40
)

// signature is the type of an instruction that takes up to two operands and
// gives at most one result; zero means none.
type signature struct {
	known  bool
	a, b   byte // operands, b on top
	n      byte // number of operands
	result byte // with flagNumber where a result is never NaN
	align  byte // largest alignment of a load or store, plus one
	float  bool // touches floats
}

func sig(result byte, operands ...byte) signature {
	s := signature{known: true, n: byte(len(operands)), result: result}
	if len(operands) > 0 {
		s.a = operands[0]
	}
	if len(operands) > 1 {
		s.b = operands[1]
	}
	for _, t := range append(operands, result&maskType) {
		if t == valF32 || t == valF64 {
			s.float = true
		}
	}
	return s
}

func mem(align byte, s signature) signature {
	s.align = align + 1
	return s
}

// signatures of all loads, stores and numeric instructions.
var signatures = func() (t [256]signature) {
	set := func(first, last int, s signature) {
		for op := first; op <= last; op++ {
			t[op] = s
		}
	}
	const i, l, f, d = valI32, valI64, valF32, valF64
	for k, m := range []struct{ t, align byte }{
		{i, 2}, {l, 3}, {f, 2}, {d, 3}, {i, 0}, {i, 0}, {i, 1}, {i, 1},
		{l, 0}, {l, 0}, {l, 1}, {l, 1}, {l, 2}, {l, 2},
	} {
		t[0x28+k] = mem(m.align, sig(m.t, i))
	}
	for k, m := range []struct{ t, align byte }{
		{i, 2}, {l, 3}, {f, 2}, {d, 3}, {i, 0}, {i, 1}, {l, 0}, {l, 1}, {l, 2},
	} {
		t[0x36+k] = mem(m.align, sig(0, i, m.t))
	}
	set(0x45, 0x45, sig(i, i))
	set(0x46, 0x4f, sig(i, i, i))
	set(0x50, 0x50, sig(i, l))
	set(0x51, 0x5a, sig(i, l, l))
	set(0x5b, 0x60, sig(i, f, f))
	set(0x61, 0x66, sig(i, d, d))
	set(0x67, 0x69, sig(i, i))
	set(0x6a, 0x78, sig(i, i, i))
	set(0x79, 0x7b, sig(l, l))
	set(0x7c, 0x8a, sig(l, l, l))
	set(0x8b, 0x91, sig(f, f))
	set(0x92, 0x98, sig(f, f, f))
	set(0x99, 0x9f, sig(d, d))
	set(0xa0, 0xa6, sig(d, d, d))
	set(0xa7, 0xa7, sig(i, l))
	set(0xa8, 0xa9, sig(i, f))
	set(0xaa, 0xab, sig(i, d))
	set(0xac, 0xad, sig(l, i))
	set(0xae, 0xaf, sig(l, f))
	set(0xb0, 0xb1, sig(l, d))
	set(0xb2, 0xb3, sig(f|flagNumber, i))
	set(0xb4, 0xb5, sig(f|flagNumber, l))
	set(0xb6, 0xb6, sig(f, d))
	set(0xb7, 0xb8, sig(d|flagNumber, i))
	set(0xb9, 0xba, sig(d|flagNumber, l))
	set(0xbb, 0xbb, sig(d, f))
	set(0xbc, 0xbc, sig(i, f))
	set(0xbd, 0xbd, sig(l, d))
	set(0xbe, 0xbe, sig(f, i))
	set(0xbf, 0xbf, sig(d, l))
	set(0xc0, 0xc1, sig(i, i))
	set(0xc2, 0xc4, sig(l, l))
	return t
}()

// truncSignatures are the saturating truncations, 0xfc 0 to 7.
var truncSignatures = [8]signature{
	sig(valI32, valF32), sig(valI32, valF32), sig(valI32, valF64), sig(valI32, valF64),
	sig(valI64, valF32), sig(valI64, valF32), sig(valI64, valF64), sig(valI64, valF64),
}

func isValueType(t byte) bool { return t >= valF64 && t <= valI32 }

func typeName(t byte) string {
	switch t & maskType {
	case valI32:
		return "i32"
	case valI64:
		return "i64"
	case valF32:
		return "f32"
	case valF64:
		return "f64"
	}
	return "unknown"
}

func isF32NaN(bits uint32) bool { return bits&0x7fffffff > 0x7f800000 }
func isF64NaN(bits uint64) bool { return bits&^(1<<63) > 0x7ff<<52 }
