package reference

import "math/bits"

func isUnary(op byte) bool {
	switch {
	case op == 0x45, op == 0x50: // eqz
		return true
	case op >= 0x67 && op <= 0x69, op >= 0x79 && op <= 0x7b: // clz, ctz, popcnt
		return true
	case op >= 0x8b && op <= 0x91, op >= 0x99 && op <= 0x9f: // abs to sqrt
		return true
	}
	return op >= 0xa7 // conversions and sign extension
}

func truth(b bool) uint64 {
	if b {
		return 1
	}
	return 0
}

// unary applies an instruction with one operand, sections 4.3.2 to 4.3.4. Operands
// and results are bits; those of 32-bit types have zeros above.
func unary(op byte, v uint64) uint64 {
	w := uint32(v)
	switch op {
	case 0x45:
		return truth(w == 0)
	case 0x50:
		return truth(v == 0)
	case 0x67:
		return uint64(bits.LeadingZeros32(w))
	case 0x68:
		return uint64(bits.TrailingZeros32(w))
	case 0x69:
		return uint64(bits.OnesCount32(w))
	case 0x79:
		return uint64(bits.LeadingZeros64(v))
	case 0x7a:
		return uint64(bits.TrailingZeros64(v))
	case 0x7b:
		return uint64(bits.OnesCount64(v))
	case 0xa7: // i32.wrap_i64
		return uint64(w)
	case 0xac: // i64.extend_i32_s
		return uint64(int32(w))
	case 0xad: // i64.extend_i32_u
		return uint64(w)
	case 0xc0: // i32.extend8_s
		return uint64(uint32(int8(w)))
	case 0xc1:
		return uint64(uint32(int16(w)))
	case 0xc2: // i64.extend8_s
		return uint64(int8(v))
	case 0xc3:
		return uint64(int16(v))
	case 0xc4:
		return uint64(int32(v))
	}
	return unaryFloat(op, v)
}

// binary applies an instruction with two operands.
func binary(op byte, a, b uint64) uint64 {
	switch {
	case op >= 0x46 && op <= 0x4f:
		return compare(op-0x46, int64(int32(a)), int64(int32(b)), uint64(uint32(a)), uint64(uint32(b)))
	case op >= 0x51 && op <= 0x5a:
		return compare(op-0x51, int64(a), int64(b), a, b)
	case op >= 0x6a && op <= 0x78:
		return uint64(binary32(op, uint32(a), uint32(b)))
	case op >= 0x7c && op <= 0x8a:
		return binary64(op, a, b)
	}
	return binaryFloat(op, a, b)
}

// compare is eq, ne, lt_s, lt_u, gt_s, gt_u, le_s, le_u, ge_s, ge_u.
func compare(which byte, sa, sb int64, ua, ub uint64) uint64 {
	return truth([...]bool{
		ua == ub, ua != ub, sa < sb, ua < ub, sa > sb, ua > ub, sa <= sb, ua <= ub, sa >= sb, ua >= ub,
	}[which])
}

func binary32(op byte, a, b uint32) uint32 {
	if op >= 0x6d && op <= 0x70 && b == 0 {
		panic(TrapDivide)
	}
	switch op {
	case 0x6a:
		return a + b
	case 0x6b:
		return a - b
	case 0x6c:
		return a * b
	case 0x6d: // div_s
		if a == 1<<31 && b == 0xffff_ffff {
			panic(TrapOverflow)
		}
		return uint32(int32(a) / int32(b))
	case 0x6e:
		return a / b
	case 0x6f: // rem_s; the one overflow gives zero
		return uint32(int64(int32(a)) % int64(int32(b)))
	case 0x70:
		return a % b
	case 0x71:
		return a & b
	case 0x72:
		return a | b
	case 0x73:
		return a ^ b
	case 0x74:
		return a << (b % 32)
	case 0x75:
		return uint32(int32(a) >> (b % 32))
	case 0x76:
		return a >> (b % 32)
	case 0x77:
		return bits.RotateLeft32(a, int(b%32))
	}
	return bits.RotateLeft32(a, -int(b%32))
}

func binary64(op byte, a, b uint64) uint64 {
	if op >= 0x7f && op <= 0x82 && b == 0 {
		panic(TrapDivide)
	}
	const minusOne = 1<<64 - 1
	switch op {
	case 0x7c:
		return a + b
	case 0x7d:
		return a - b
	case 0x7e:
		return a * b
	case 0x7f: // div_s
		if a == 1<<63 && b == minusOne {
			panic(TrapOverflow)
		}
		return uint64(int64(a) / int64(b))
	case 0x80:
		return a / b
	case 0x81: // rem_s; the one overflow gives zero
		if b == minusOne {
			return 0
		}
		return uint64(int64(a) % int64(b))
	case 0x82:
		return a % b
	case 0x83:
		return a & b
	case 0x84:
		return a | b
	case 0x85:
		return a ^ b
	case 0x86:
		return a << (b % 64)
	case 0x87:
		return uint64(int64(a) >> (b % 64))
	case 0x88:
		return a >> (b % 64)
	case 0x89:
		return bits.RotateLeft64(a, int(b%64))
	}
	return bits.RotateLeft64(a, -int(b%64))
}
