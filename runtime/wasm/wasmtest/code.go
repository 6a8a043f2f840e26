package wasmtest

import (
	"encoding/binary"
	"math"
)

// Code is a piece of a function body: one instruction or many. It is plain
// bytes, so any opcode can be written as Code{0x..}.
type Code = []byte

// Block types of blocks without parameters.
const (
	Empty   = int64(-64) // no result
	GivesI  = int64(-1)  // i32
	GivesL  = int64(-2)  // i64
	GivesF  = int64(-3)  // f32
	GivesD  = int64(-4)  // f64
	opBlock = byte(0x02) // block
	opLoop  = byte(0x03) // loop
	opIf    = byte(0x04) // if
	opElse  = byte(0x05) // else
	opMisc  = byte(0xfc) // prefix of bulk memory and saturating truncation
)

// Instructions without immediates that tests use most. For others write
// Code{opcode}.
var (
	Unreachable = Code{0x00}
	Nop         = Code{0x01}
	End         = Code{0x0b}
	Return      = Code{0x0f}
	Drop        = Code{0x1a}
	Select      = Code{0x1b}
	MemorySize  = Code{0x3f, 0}
	MemoryGrow  = Code{0x40, 0}
	MemoryCopy  = Code{opMisc, 10, 0, 0}
	MemoryFill  = Code{opMisc, 11, 0}

	I32Eqz  = Code{0x45}
	I32Eq   = Code{0x46}
	I32Ne   = Code{0x47}
	I32LtS  = Code{0x48}
	I32LtU  = Code{0x49}
	I32GtU  = Code{0x4b}
	I32GeU  = Code{0x4f}
	I64Eqz  = Code{0x50}
	I64LtS  = Code{0x53}
	F32Eq   = Code{0x5b}
	I32Add  = Code{0x6a}
	I32Sub  = Code{0x6b}
	I32Mul  = Code{0x6c}
	I32DivU = Code{0x6e}
	I64Add  = Code{0x7c}
	I64Sub  = Code{0x7d}
	I64Mul  = Code{0x7e}
	I64DivU = Code{0x80}
	F32Add  = Code{0x92}
	F32Div  = Code{0x95}
	F64Add  = Code{0xa0}
	F64Div  = Code{0xa3}

	F32Copysign    = Code{0x98}
	F64Copysign    = Code{0xa6}
	I32WrapI64     = Code{0xa7}
	I64ExtendI32U  = Code{0xad}
	F32ConvertI32S = Code{0xb2}
	I32Reinterpret = Code{0xbc}
	I64Reinterpret = Code{0xbd}
	F32Reinterpret = Code{0xbe}
	F64Reinterpret = Code{0xbf}
)

// Seq joins pieces of code.
func Seq(parts ...Code) Code { return cat(parts...) }

// Repeat returns code n times.
func Repeat(n int, parts ...Code) Code {
	one := cat(parts...)
	out := make(Code, 0, n*len(one))
	for range n {
		out = append(out, one...)
	}
	return out
}

// I32Const pushes a constant.
func I32Const(v int32) Code { return cat(Code{0x41}, S64(int64(v))) }

// I64Const pushes a constant.
func I64Const(v int64) Code { return cat(Code{0x42}, S64(v)) }

// F32Const pushes a constant.
func F32Const(v float32) Code { return F32Bits(math.Float32bits(v)) }

// F32Bits pushes a float constant by its bits, NaNs with a payload included.
func F32Bits(bits uint32) Code { return binary.LittleEndian.AppendUint32(Code{0x43}, bits) }

// F64Const pushes a constant.
func F64Const(v float64) Code { return F64Bits(math.Float64bits(v)) }

// F64Bits pushes a float constant by its bits.
func F64Bits(bits uint64) Code { return binary.LittleEndian.AppendUint64(Code{0x44}, bits) }

// LocalGet reads a local or parameter.
func LocalGet(i uint32) Code { return op1(0x20, i) }

// LocalSet writes a local.
func LocalSet(i uint32) Code { return op1(0x21, i) }

// LocalTee writes a local and keeps the value.
func LocalTee(i uint32) Code { return op1(0x22, i) }

// GlobalGet reads a global.
func GlobalGet(i uint32) Code { return op1(0x23, i) }

// GlobalSet writes a global.
func GlobalSet(i uint32) Code { return op1(0x24, i) }

// Call calls a function.
func Call(f uint32) Code { return op1(0x10, f) }

// CallIndirect calls through table 0 with the given type index.
func CallIndirect(typ uint32) Code { return cat(op1(0x11, typ), Code{0}) }

// Br branches to the n-th enclosing label.
func Br(n uint32) Code { return op1(0x0c, n) }

// BrIf branches when the operand is not zero.
func BrIf(n uint32) Code { return op1(0x0d, n) }

// BrTable branches by index; the last label is the default.
func BrTable(labels ...uint32) Code {
	b := cat(Code{0x0e}, U32(uint32(len(labels)-1)))
	for _, l := range labels {
		b = append(b, U32(l)...)
	}
	return b
}

// Block wraps a body in a block. The block type is Empty, one of Gives…, or a
// type index.
func Block(blockType int64, body ...Code) Code { return nest(opBlock, blockType, body) }

// Loop wraps a body in a loop.
func Loop(blockType int64, body ...Code) Code { return nest(opLoop, blockType, body) }

// If runs then when the operand is not zero.
func If(blockType int64, then ...Code) Code { return nest(opIf, blockType, then) }

// IfElse runs one of two bodies.
func IfElse(blockType int64, then, otherwise Code) Code {
	return cat(Code{opIf}, S64(blockType), then, Code{opElse}, otherwise, End)
}

// Mem is a load or store by opcode, with alignment 1 and an offset.
func Mem(opcode byte, offset uint32) Code { return cat(Code{opcode, 0}, U32(offset)) }

// Opcodes for Mem.
const (
	I32Load   byte = 0x28
	I64Load   byte = 0x29
	F32Load   byte = 0x2a
	F64Load   byte = 0x2b
	I32Load8U byte = 0x2d
	I32Store  byte = 0x36
	I64Store  byte = 0x37
	F32Store  byte = 0x38
	F64Store  byte = 0x39
	I32Store8 byte = 0x3a
)

// U32 encodes an unsigned number as LEB128.
func U32(v uint32) []byte { return binary.AppendUvarint(nil, uint64(v)) }

// S64 encodes a signed number as LEB128.
func S64(v int64) []byte {
	var b []byte
	for {
		c := byte(v & 0x7f)
		v >>= 7
		if (v == 0 && c&0x40 == 0) || (v == -1 && c&0x40 != 0) {
			return append(b, c)
		}
		b = append(b, c|0x80)
	}
}

func op1(op byte, v uint32) Code { return cat(Code{op}, U32(v)) }

func nest(op byte, blockType int64, body []Code) Code {
	return cat(Code{op}, S64(blockType), cat(body...), End)
}
