package sdk

// Uint128 is an unsigned number of 128 bits.
type Uint128 struct{ High, Low uint64 }

// Rounding says what becomes of a remainder.
type Rounding uint32

// The roundings.
const (
	RoundDown     Rounding = 0 // towards zero
	RoundUp       Rounding = 1 // away from zero
	RoundHalfUp   Rounding = 2 // to the nearest, a half upwards
	RoundHalfEven Rounding = 3 // to the nearest, a half to the even neighbour
)

// MulDiv returns a*b/c, computed by the host without overflow between. It returns
// ok false when c is zero or the result needs more than 128 bits.
func (c *QueryCtx) MulDiv(a, b, divisor Uint128, rounding Rounding) (q Uint128, ok bool) {
	q, result := c.host.MulDiv(a, b, divisor, rounding)
	return q, result == 0
}
