package money

import "math/bits"

// Rounding says which integer a division that does not come out even gives.
type Rounding uint8

// The roundings.
const (
	// HalfUp is to the nearest, a half away from zero: 0.5 gives 1, -0.5 gives
	// -1. That is how people round money, and it makes -x round to minus what x
	// rounds to.
	HalfUp Rounding = iota
	// Floor is down, towards minus infinity: 0.9 gives 0, -0.1 gives -1.
	Floor
	// Ceil is up, towards plus infinity: 0.1 gives 1, -0.9 gives 0.
	Ceil
)

// MulDiv returns a * b / c, rounded. The product has 128 bits, so only the
// result must fit: a*b may be far beyond an int64.
//
// The error is ErrDivideByZero for c = 0, ErrOverflow when the result does not
// fit, and ErrRounding.
func MulDiv(a, b, c int64, r Rounding) (int64, error) {
	if c == 0 {
		return 0, ErrDivideByZero
	}
	if r > Ceil {
		return 0, ErrRounding
	}
	negative := (a < 0) != (b < 0) != (c < 0)
	divisor := magnitude(c)
	hi, lo := bits.Mul64(magnitude(a), magnitude(b))
	if hi >= divisor {
		return 0, ErrOverflow // the quotient has more than 64 bits
	}
	quotient, rest := bits.Div64(hi, lo, divisor)
	if away(rest, divisor, negative, r) {
		if quotient == 1<<64-1 {
			return 0, ErrOverflow
		}
		quotient++
	}
	return withSign(quotient, negative)
}

// away reports whether a quotient with a rest is rounded away from zero.
func away(rest, divisor uint64, negative bool, r Rounding) bool {
	if rest == 0 {
		return false
	}
	switch r {
	case Floor:
		return negative
	case Ceil:
		return !negative
	}
	return rest >= divisor-rest // twice the rest reaches the divisor
}

// CompareProducts compares a*b with c*d exactly, in 128 bits: -1 when a*b is
// smaller, 0 when they are equal, +1 when it is larger. With it a limit on a
// ratio, a/d <= c/b, is tested without dividing.
func CompareProducts(a, b, c, d int64) int {
	left, right := sign(a)*sign(b), sign(c)*sign(d)
	if left != right {
		if left < right {
			return -1
		}
		return 1
	}
	leftHi, leftLo := bits.Mul64(magnitude(a), magnitude(b))
	rightHi, rightLo := bits.Mul64(magnitude(c), magnitude(d))
	switch {
	case leftHi == rightHi && leftLo == rightLo:
		return 0
	case leftHi < rightHi || (leftHi == rightHi && leftLo < rightLo):
		return -left
	}
	return left
}

func sign(v int64) int {
	switch {
	case v < 0:
		return -1
	case v > 0:
		return 1
	}
	return 0
}

// magnitude returns the absolute value of v; that of the smallest int64 fits
// only because the result is unsigned.
func magnitude(v int64) uint64 {
	if v < 0 {
		return -uint64(v)
	}
	return uint64(v)
}

func withSign(v uint64, negative bool) (int64, error) {
	switch {
	case !negative && v <= 1<<63-1:
		return int64(v), nil
	case negative && v <= 1<<63:
		return int64(-v), nil
	}
	return 0, ErrOverflow
}
