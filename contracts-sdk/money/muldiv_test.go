package money

import (
	"math/big"
	"testing"
)

// exactMulDiv is MulDiv with unbounded integers.
func exactMulDiv(a, b, c int64, r Rounding) (int64, error) {
	if c == 0 {
		return 0, ErrDivideByZero
	}
	numerator := new(big.Int).Mul(big.NewInt(a), big.NewInt(b))
	denominator := big.NewInt(c)
	if c < 0 {
		numerator.Neg(numerator)
		denominator.Neg(denominator)
	}
	one := big.NewInt(1)
	floor := func(n, d *big.Int) *big.Int { return new(big.Int).Div(n, d) } // Euclidean: floor for d > 0
	var q *big.Int
	switch r {
	case Floor:
		q = floor(numerator, denominator)
	case Ceil:
		q = new(big.Int).Neg(floor(new(big.Int).Neg(numerator), denominator))
	default:
		// |n|/d + 1/2, rounded down, with the sign put back.
		twice := new(big.Int).Lsh(new(big.Int).Abs(numerator), 1)
		q = floor(twice.Add(twice, denominator), new(big.Int).Mul(denominator, big.NewInt(2)))
		if numerator.Sign() < 0 {
			q.Mul(q, one.Neg(one))
		}
	}
	return fits(q)
}

func checkMulDiv(t *testing.T, a, b, c int64) {
	t.Helper()
	for r := HalfUp; r <= Ceil; r++ {
		want, wantErr := exactMulDiv(a, b, c, r)
		if got, err := MulDiv(a, b, c, r); got != want || err != wantErr {
			t.Errorf("MulDiv(%d, %d, %d, %d) = %d, %v, want %d, %v", a, b, c, r, got, err, want, wantErr)
		}
	}
}

func TestMulDivAgainstBig(t *testing.T) {
	for _, a := range edges {
		for _, b := range edges {
			for _, c := range edges {
				checkMulDiv(t, a, b, c)
			}
		}
	}
	for a := int64(-12); a <= 12; a++ {
		for b := int64(-12); b <= 12; b++ {
			for c := int64(-7); c <= 7; c++ {
				checkMulDiv(t, a, b, c)
			}
		}
	}
}

func TestMulDivUnknownRounding(t *testing.T) {
	if got, err := MulDiv(1, 1, 1, Ceil+1); got != 0 || err != ErrRounding {
		t.Errorf("got %d, %v", got, err)
	}
}

func FuzzMulDiv(f *testing.F) {
	f.Add(int64(1), int64(2), int64(3))
	f.Add(int64(-1<<63), int64(-1<<63), int64(-1<<63))
	f.Fuzz(func(t *testing.T, a, b, c int64) {
		checkMulDiv(t, a, b, c)
		checkCompare(t, a, b, c, a^b)
	})
}

func checkCompare(t *testing.T, a, b, c, d int64) {
	t.Helper()
	left := new(big.Int).Mul(big.NewInt(a), big.NewInt(b))
	right := new(big.Int).Mul(big.NewInt(c), big.NewInt(d))
	if got, want := CompareProducts(a, b, c, d), left.Cmp(right); got != want {
		t.Errorf("CompareProducts(%d, %d, %d, %d) = %d, want %d", a, b, c, d, got, want)
	}
}

func TestCompareProducts(t *testing.T) {
	for _, a := range edges {
		for _, b := range edges {
			for _, c := range edges {
				for _, d := range edges {
					checkCompare(t, a, b, c, d)
				}
			}
		}
	}
}
