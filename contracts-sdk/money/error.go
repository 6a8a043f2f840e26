package money

// Error is what can go wrong in this package.
type Error uint8

// The errors.
const (
	// ErrOverflow: the result does not fit in the type.
	ErrOverflow Error = iota + 1
	// ErrDivideByZero: a divisor is zero.
	ErrDivideByZero
	// ErrShares: shares to split by are missing, negative, or all zero.
	ErrShares
	// ErrSyntax: text is not a decimal number in the form that the parser's
	// comment gives.
	ErrSyntax
	// ErrRounding: a Rounding is none of the constants.
	ErrRounding
)

// Error returns a sentence fragment for people. It holds no amounts.
func (e Error) Error() string {
	switch e {
	case ErrOverflow:
		return "money: amount out of range"
	case ErrDivideByZero:
		return "money: division by zero"
	case ErrShares:
		return "money: shares are missing, negative or all zero"
	case ErrSyntax:
		return "money: not a decimal number"
	case ErrRounding:
		return "money: unknown rounding"
	}
	return "money: unknown error"
}
