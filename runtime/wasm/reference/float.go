package reference

import "math"

func f32(v uint64) float32    { return math.Float32frombits(uint32(v)) }
func f64(v uint64) float64    { return math.Float64frombits(v) }
func bits32(f float32) uint64 { return uint64(math.Float32bits(f)) }
func bits64(f float64) uint64 { return math.Float64bits(f) }
func isNaN32(v uint64) bool   { return f32(v) != f32(v) }
func isNaN64(v uint64) bool   { return f64(v) != f64(v) }

// visible32 is the NaN rule: bits of a float that can be seen are those of the
// float, or of the canonical NaN.
func visible32(v uint64) uint64 {
	if isNaN32(v) {
		return 0x7fc0_0000
	}
	return v
}

func visible64(v uint64) uint64 {
	if isNaN64(v) {
		return 0x7ff8_0000_0000_0000
	}
	return v
}

// unaryFloat applies an instruction with one operand that has to do with floats.
// What bits a NaN has is not specified; the rule above makes up for it.
func unaryFloat(op byte, v uint64) uint64 {
	switch {
	case op == 0x8b: // f32.abs
		return v &^ (1 << 31)
	case op == 0x8c: // f32.neg
		return v ^ 1<<31
	case op >= 0x8d && op <= 0x91:
		return bits32(float32(rounding(op-0x8d, float64(f32(v)))))
	case op == 0x99: // f64.abs
		return v &^ (1 << 63)
	case op == 0x9a: // f64.neg
		return v ^ 1<<63
	case op >= 0x9b && op <= 0x9f:
		return bits64(rounding(op-0x9b, f64(v)))
	}
	switch op {
	case 0xa8, 0xa9: // i32.trunc_f32
		return truncate(op == 0xa8, 32, float64(f32(v)))
	case 0xaa, 0xab: // i32.trunc_f64
		return truncate(op == 0xaa, 32, f64(v))
	case 0xae, 0xaf: // i64.trunc_f32
		return truncate(op == 0xae, 64, float64(f32(v)))
	case 0xb0, 0xb1: // i64.trunc_f64
		return truncate(op == 0xb0, 64, f64(v))
	case 0xb2: // f32.convert_i32_s
		return bits32(float32(int32(v)))
	case 0xb3:
		return bits32(float32(uint32(v)))
	case 0xb4:
		return bits32(float32(int64(v)))
	case 0xb5:
		return bits32(float32(v))
	case 0xb6: // f32.demote_f64
		return bits32(float32(f64(v)))
	case 0xb7: // f64.convert_i32_s
		return bits64(float64(int32(v)))
	case 0xb8:
		return bits64(float64(uint32(v)))
	case 0xb9:
		return bits64(float64(int64(v)))
	case 0xba:
		return bits64(float64(v))
	case 0xbb: // f64.promote_f32
		return bits64(float64(f32(v)))
	case 0xbc: // i32.reinterpret_f32
		return visible32(v)
	case 0xbd: // i64.reinterpret_f64
		return visible64(v)
	}
	return v // f32.reinterpret_i32, f64.reinterpret_i64
}

// rounding is ceil, floor, trunc, nearest, sqrt. A 32-bit operand gives the same
// as in 32 bits: roundings are exact, and the square root in 64 bits has more than
// twice the digits.
func rounding(which byte, f float64) float64 {
	switch which {
	case 0:
		return math.Ceil(f)
	case 1:
		return math.Floor(f)
	case 2:
		return math.Trunc(f)
	case 3:
		return math.RoundToEven(f)
	}
	return math.Sqrt(f)
}

// bounds returns the integers that a type holds as floats: from low on, below
// high. All are exact.
func bounds(isSigned bool, size int) (low, high float64) {
	if isSigned {
		return -math.Ldexp(1, size-1), math.Ldexp(1, size-1)
	}
	return 0, math.Ldexp(1, size)
}

// truncate is trunc of section 4.3.4.
func truncate(isSigned bool, size int, f float64) uint64 {
	if f != f {
		panic(TrapConversion)
	}
	low, high := bounds(isSigned, size)
	f = math.Trunc(f)
	if f < low || f >= high {
		panic(TrapOverflow)
	}
	return integer(isSigned, size, f)
}

// integer converts a float that is in range.
func integer(isSigned bool, size int, f float64) uint64 {
	switch {
	case isSigned && size == 32:
		return uint64(uint32(int64(f)))
	case isSigned:
		return uint64(int64(f))
	case f >= 1<<63:
		return uint64(int64(f-1<<63)) + 1<<63
	}
	return uint64(int64(f))
}

// truncateSaturating is trunc_sat: opcode 0xfc and 0 to 7.
func truncateSaturating(sub uint32, v uint64) uint64 {
	f := f64(v)
	if sub%4 < 2 {
		f = float64(f32(v))
	}
	isSigned, size := sub%2 == 0, 32
	if sub >= 4 {
		size = 64
	}
	if f != f {
		return 0
	}
	low, high := bounds(isSigned, size)
	f = math.Trunc(f)
	switch {
	case f < low && isSigned && size == 32:
		return 1 << 31
	case f < low && isSigned:
		return 1 << 63
	case f < low:
		return 0
	case f < high:
		return integer(isSigned, size, f)
	case isSigned && size == 32:
		return 1<<31 - 1
	case isSigned:
		return 1<<63 - 1
	case size == 32:
		return 1<<32 - 1
	}
	return 1<<64 - 1
}

// binaryFloat applies an instruction with two float operands, section 4.3.3.
func binaryFloat(op byte, a, b uint64) uint64 {
	switch {
	case op >= 0x5b && op <= 0x60:
		return order(op-0x5b, float64(f32(a)), float64(f32(b)))
	case op >= 0x61 && op <= 0x66:
		return order(op-0x61, f64(a), f64(b))
	case op == 0x98: // f32.copysign
		return a&^(1<<31) | visible32(b)&(1<<31)
	case op == 0xa6: // f64.copysign
		return a&^(1<<63) | visible64(b)&(1<<63)
	case op < 0x98:
		x, y := f32(a), f32(b)
		return bits32([...]float32{x + y, x - y, x * y, x / y, min(x, y), max(x, y)}[op-0x92])
	}
	x, y := f64(a), f64(b)
	return bits64([...]float64{x + y, x - y, x * y, x / y, min(x, y), max(x, y)}[op-0xa0])
}

// order is eq, ne, lt, gt, le, ge.
func order(which byte, a, b float64) uint64 {
	return truth([...]bool{a == b, a != b, a < b, a > b, a <= b, a >= b}[which])
}
