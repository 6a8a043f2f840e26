package gas

import "math"

// Parts is how many parts one gas has. What a guest's own code does is priced and
// counted in parts, because most instructions take a small part of a nanosecond;
// everything else, limits and results included, is whole gas.
const Parts = 1 << partShift

const partShift = 4

// MaxLimit is the largest gas limit. The guest keeps its gas, in parts, in a signed
// 64-bit global, so that being below zero is one comparison.
const MaxLimit = math.MaxInt64 / Parts

// ToParts returns the parts of some gas, or the most that there can be.
func ToParts(gas uint64) int64 { return int64(min(gas, MaxLimit)) << partShift }

// FromParts returns the whole gas in the parts that are left, rounded down: a part
// that was used counts as a gas. It is negative if and only if parts is.
func FromParts(parts int64) int64 { return parts >> partShift }

// Add returns a+b, or the largest uint64 when that overflows.
func Add(a, b uint64) uint64 {
	if s := a + b; s >= a {
		return s
	}
	return math.MaxUint64
}

// Mul returns a*b, or the largest uint64 when that overflows.
func Mul(a, b uint64) uint64 {
	if a == 0 || b == 0 {
		return 0
	}
	if p := a * b; p/b == a {
		return p
	}
	return math.MaxUint64
}

// Charge takes cost from the gas left and returns what remains. The result is
// negative if and only if left was negative or the cost is more than left; it
// never wraps around.
func Charge(left int64, cost uint64) int64 {
	if left >= 0 && cost <= uint64(left) {
		return left - int64(cost)
	}
	// What can still be taken before the smallest int64, computed modulo 2^64.
	if room := uint64(left) - uint64(1)<<63; cost > room {
		return math.MinInt64
	}
	return int64(uint64(left) - cost)
}

// Used returns the gas used of a call that began with limit and ended with
// left. A call that overdrew its gas has used its limit.
func Used(limit uint64, left int64) uint64 {
	if left < 0 {
		return limit
	}
	if l := uint64(left); l < limit {
		return limit - l
	}
	return 0
}
