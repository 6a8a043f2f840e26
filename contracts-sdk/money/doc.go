// Package money counts money and quantities exactly. There are no floats, every
// overflow is an error, and every division names its rounding.
//
// # Amounts
//
// A [Fen] is 0.01 yuan, a [Bps] is 1/10000 (so 10000 is the whole), a [Milli] is
// 1/1000 of a unit: of a kilogram, a mu, a square metre. All three are plain
// integers: compare them with < and ==, store them as int64 or uint32.
//
//	const deposit money.Fen = 5000 * money.Yuan
//
// Go's own + and * wrap around silently. Use them for constants alone; for
// amounts from requests and state use [Add], [Sub], [Mul] and [Sum]:
//
//	total, err := money.Add(account.Balance, amount)
//	if err != nil {
//		return err
//	}
//
// # Rates, prices, rounding
//
// Multiply first, divide last: [MulDiv] keeps 128 bits in between, so that no
// digit is lost and no intermediate product overflows. [Fen.Part] takes a share
// in basis points, [Milli.Cost] a price for a quantity, [RatioBps] says how many
// basis points one amount is of another.
//
// [HalfUp] is the rule of the house and the zero value of [Rounding]: to the
// nearest fen, a half away from zero, so that a reversed bill is the exact
// negative of the bill. Say [Floor] or [Ceil] where the law does.
//
// To test a limit, do not divide at all: "at most 10 % of the net assets" is
// CompareProducts(loan, 10000, netAssets, 1000) <= 0, exact and without an error
// to handle.
//
// # Splitting
//
// [Split] divides an amount by shares so that the parts add up to the amount to
// the fen, whatever the shares. [SplitEven] does it for equal parts, such as
// instalments. The same input gives the same parts everywhere.
//
// # Text
//
// [ParseFen] reads "12.34" and [Fen.String] writes it. Text is for people and
// for files; in messages and state amounts are integers.
//
// # Errors
//
// All errors are constants of type [Error] and can be compared with ==. A result
// that comes with an error is zero.
package money
