package money

// Fen is an amount of money in units of 0.01 yuan. It may be negative, as on a
// reversed bill. It reaches to about 92 quadrillion yuan.
type Fen int64

// Bps is a rate in basis points, 1/10000. Rates above 10000 are allowed.
type Bps uint32

// Milli is a quantity in 1/1000 of a unit; the field's name says which unit.
type Milli int64

// Units, to write constants with: 5*money.Yuan.
const (
	// Yuan is one yuan.
	Yuan Fen = 100
	// Whole is 100 %.
	Whole Bps = 10000
	// Unit is one whole unit of a quantity.
	Unit Milli = 1000
)

// Integer is any integer type that amounts, rates and counts are made of. It
// leaves out int and uint, whose size differs between a Wasm guest of TinyGo and
// everything else.
type Integer interface {
	~int32 | ~int64 | ~uint32 | ~uint64
}

// Add returns a + b, or ErrOverflow.
func Add[T Integer](a, b T) (T, error) {
	sum := a + b
	if (b > 0 && sum < a) || (b < 0 && sum > a) {
		return 0, ErrOverflow
	}
	return sum, nil
}

// Sub returns a - b, or ErrOverflow. For unsigned types a smaller than b is an
// overflow too.
func Sub[T Integer](a, b T) (T, error) {
	diff := a - b
	if (b > 0 && diff > a) || (b < 0 && diff < a) {
		return 0, ErrOverflow
	}
	return diff, nil
}

// Mul returns a * b, or ErrOverflow. One of the two is usually a plain count:
// Mul(price, money.Fen(pieces)).
func Mul[T Integer](a, b T) (T, error) {
	if a == 0 || b == 0 {
		return 0, nil
	}
	product := a * b
	// The signs catch the smallest integer times -1, which divides back.
	if product/b != a || (product < 0) != ((a < 0) != (b < 0)) {
		return 0, ErrOverflow
	}
	return product, nil
}

// Neg returns -a, or ErrOverflow for the smallest integer, which has no
// positive counterpart, and for unsigned values other than zero.
func Neg[T Integer](a T) (T, error) { return Sub(0, a) }

// Sum adds up a list, or returns ErrOverflow when it passes the range on the
// way. The sum of an empty list is zero.
func Sum[T Integer](list ...T) (T, error) {
	var total T
	for _, amount := range list {
		var err error
		if total, err = Add(total, amount); err != nil {
			return 0, err
		}
	}
	return total, nil
}

// Part returns rate of the amount, rounded to the fen: Fen(10000).Part(250,
// HalfUp) is 250, 2.5 % of 100 yuan. The error is ErrOverflow or ErrRounding.
func (f Fen) Part(rate Bps, r Rounding) (Fen, error) {
	return f.MulDiv(int64(rate), int64(Whole), r)
}

// MulDiv returns f * b / c, rounded to the fen, with a product of 128 bits in
// between. The error is ErrDivideByZero, ErrOverflow or ErrRounding.
func (f Fen) MulDiv(b, c int64, r Rounding) (Fen, error) {
	v, err := MulDiv(int64(f), b, c, r)
	return Fen(v), err
}

// Cost returns what the quantity costs at a price per whole unit, rounded to the
// fen: Milli(1500).Cost(299, HalfUp) is 449, one and a half units at 2.99 yuan.
// The error is ErrOverflow or ErrRounding.
func (m Milli) Cost(perUnit Fen, r Rounding) (Fen, error) {
	return perUnit.MulDiv(int64(m), int64(Unit), r)
}

// RatioBps returns how many basis points part is of whole. The error is
// ErrDivideByZero, ErrRounding, or ErrOverflow: for a ratio below zero as well
// as for one beyond Bps.
func RatioBps[T ~int64](part, whole T, r Rounding) (Bps, error) {
	v, err := MulDiv(int64(part), int64(Whole), int64(whole), r)
	if err != nil {
		return 0, err
	}
	if v < 0 || v > 1<<32-1 {
		return 0, ErrOverflow
	}
	return Bps(v), nil
}
