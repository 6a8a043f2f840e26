package runtime

import (
	"encoding/binary"
	"math/bits"

	"github.com/chancery-chain/chancery/runtime/abi"
	"github.com/chancery-chain/chancery/runtime/gas"
)

// uint128 is an unsigned number of 128 bits.
type uint128 struct{ hi, lo uint64 }

func (x uint128) isZero() bool { return x.hi|x.lo == 0 }

func (x uint128) less(y uint128) bool { return x.hi < y.hi || x.hi == y.hi && x.lo < y.lo }

func (x uint128) add(y uint128) (sum uint128, carry uint64) {
	sum.lo, carry = bits.Add64(x.lo, y.lo, 0)
	sum.hi, carry = bits.Add64(x.hi, y.hi, carry)
	return sum, carry
}

func (x uint128) sub(y uint128) (difference uint128, borrow uint64) {
	difference.lo, borrow = bits.Sub64(x.lo, y.lo, 0)
	difference.hi, borrow = bits.Sub64(x.hi, y.hi, borrow)
	return difference, borrow
}

func (x uint128) shl(n uint) uint128 {
	return uint128{x.hi<<n | x.lo>>(64-n), x.lo << n}
}

func (x uint128) shr(n uint) uint128 {
	return uint128{x.hi >> n, x.lo>>n | x.hi<<(64-n)}
}

func hostMulDiv(f *frame, _ gas.HostCost, s []uint64) {
	a, b, c := uint128{s[1], s[0]}, uint128{s[3], s[2]}, uint128{s[5], s[4]}
	rounding, out := arg(s, 6), f.bytes(arg(s, 7), 16)
	if rounding > abi.RoundHalfEven {
		f.trap(TrapBadArgument)
	}
	v, result := mulDiv(a, b, c, rounding)
	if result == abi.MulDivOK {
		binary.LittleEndian.PutUint64(out, v.lo)
		binary.LittleEndian.PutUint64(out[8:], v.hi)
	}
	s[0] = uint64(result)
}

// mulDiv returns a*b/c, rounded, and one of the abi's results of mul_div.
func mulDiv(a, b, c uint128, rounding uint32) (uint128, uint32) {
	if c.isZero() {
		return uint128{}, abi.MulDivByZero
	}
	hi, lo := mul128(a, b)
	if !hi.less(c) {
		return uint128{}, abi.MulDivOverflow
	}
	q, r := div256(hi, lo, c)
	if !roundsUp(q, r, c, rounding) {
		return q, abi.MulDivOK
	}
	q, carry := q.add(uint128{0, 1})
	if carry != 0 {
		return uint128{}, abi.MulDivOverflow
	}
	return q, abi.MulDivOK
}

// roundsUp decides for a quotient q with a remainder r < c.
func roundsUp(q, r, c uint128, rounding uint32) bool {
	if r.isZero() || rounding == abi.RoundDown {
		return false
	}
	if rounding == abi.RoundUp {
		return true
	}
	// r against c-r is 2r against c, and does not overflow.
	other, _ := c.sub(r)
	switch {
	case r.less(other):
		return false
	case other.less(r) || rounding == abi.RoundHalfUp:
		return true
	}
	return q.lo&1 == 1
}

// mul128 returns the 256-bit product.
func mul128(a, b uint128) (hi, lo uint128) {
	h00, l00 := bits.Mul64(a.lo, b.lo)
	h01, l01 := bits.Mul64(a.lo, b.hi)
	h10, l10 := bits.Mul64(a.hi, b.lo)
	h11, l11 := bits.Mul64(a.hi, b.hi)
	lo.lo = l00
	m, c1 := bits.Add64(h00, l01, 0)
	m, c2 := bits.Add64(m, l10, 0)
	lo.hi = m
	m, c1 = bits.Add64(h01, h10, c1)
	m, c2 = bits.Add64(m, l11, c2)
	hi.lo = m
	hi.hi = h11 + c1 + c2
	return hi, lo
}

// div256 divides hi:lo by c, which is more than hi. It is Knuth's algorithm D
// (TAOCP 4.3.1) with digits of 64 bits.
func div256(hi, lo, c uint128) (q, r uint128) {
	if c.hi == 0 {
		q.hi, r.lo = bits.Div64(hi.lo, lo.hi, c.lo)
		q.lo, r.lo = bits.Div64(r.lo, lo.lo, c.lo)
		return q, r
	}
	// Shifted until the divisor's highest bit is set, a guess from the leading
	// digits is at most two too large.
	n := uint(bits.LeadingZeros64(c.hi))
	c = c.shl(n)
	top := uint128{hi.hi<<n | hi.lo>>(64-n), hi.lo<<n | lo.hi>>(64-n)}
	q.hi, r = div192(top, lo.hi<<n|lo.lo>>(64-n), c)
	q.lo, r = div192(r, lo.lo<<n, c)
	return q, r.shr(n)
}

// div192 divides top:low by c, which has its highest bit set and is more than
// top.
func div192(top uint128, low uint64, c uint128) (q uint64, r uint128) {
	var rest, carry uint64
	if top.hi == c.hi {
		q = 1<<64 - 1
		rest, carry = bits.Add64(top.lo, c.hi, 0)
	} else {
		q, rest = bits.Div64(top.hi, top.lo, c.hi)
	}
	for carry == 0 {
		if hi, lo := bits.Mul64(q, c.lo); !(uint128{rest, low}).less(uint128{hi, lo}) {
			break
		}
		q--
		rest, carry = bits.Add64(rest, c.hi, 0)
	}
	hi, lo := bits.Mul64(q, c.lo)
	hi += q * c.hi // the product modulo 2^128 is enough: what remains is less than c
	r, _ = uint128{top.lo, low}.sub(uint128{hi, lo})
	return q, r
}
