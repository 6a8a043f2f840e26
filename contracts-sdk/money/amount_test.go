package money

import (
	"math"
	"math/big"
	"testing"
)

// edges are int64 values at which arithmetic goes wrong if it goes wrong.
var edges = []int64{
	math.MinInt64, math.MinInt64 + 1, math.MinInt64 / 2, math.MinInt32, -10000, -101, -100, -3, -2, -1,
	0, 1, 2, 3, 99, 100, 9999, 10000, math.MaxInt32, math.MaxUint32, 1 << 62, math.MaxInt64 - 1, math.MaxInt64,
}

// fits returns what an operation with the exact result want must return.
func fits(want *big.Int) (int64, error) {
	if want.IsInt64() {
		return want.Int64(), nil
	}
	return 0, ErrOverflow
}

func TestArithmeticAgainstBig(t *testing.T) {
	operations := []struct {
		name  string
		ours  func(a, b Fen) (Fen, error)
		exact func(z, a, b *big.Int) *big.Int
	}{
		{"add", Add[Fen], (*big.Int).Add},
		{"sub", Sub[Fen], (*big.Int).Sub},
		{"mul", Mul[Fen], (*big.Int).Mul},
	}
	for _, op := range operations {
		for _, a := range edges {
			for _, b := range edges {
				want, wantErr := fits(op.exact(new(big.Int), big.NewInt(a), big.NewInt(b)))
				got, err := op.ours(Fen(a), Fen(b))
				if int64(got) != want || err != wantErr {
					t.Errorf("%s(%d, %d) = %d, %v, want %d, %v", op.name, a, b, int64(got), err, want, wantErr)
				}
			}
		}
	}
}

func TestUnsignedArithmetic(t *testing.T) {
	const max = Bps(math.MaxUint32)
	tests := []struct {
		name    string
		got     func() (Bps, error)
		want    Bps
		wantErr error
	}{
		{"add", func() (Bps, error) { return Add(Bps(1), 2) }, 3, nil},
		{"add wraps", func() (Bps, error) { return Add(max, 1) }, 0, ErrOverflow},
		{"sub", func() (Bps, error) { return Sub(Bps(3), 3) }, 0, nil},
		{"sub below zero", func() (Bps, error) { return Sub(Bps(3), 4) }, 0, ErrOverflow},
		{"mul", func() (Bps, error) { return Mul(Bps(65535), 65537) }, max, nil},
		{"mul wraps", func() (Bps, error) { return Mul(Bps(65536), 65536) }, 0, ErrOverflow},
		{"neg of zero", func() (Bps, error) { return Neg(Bps(0)) }, 0, nil},
		{"neg", func() (Bps, error) { return Neg(Bps(1)) }, 0, ErrOverflow},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got, err := tt.got(); got != tt.want || err != tt.wantErr {
				t.Errorf("got %d, %v, want %d, %v", uint32(got), err, uint32(tt.want), tt.wantErr)
			}
		})
	}
}

func TestSum(t *testing.T) {
	if got, err := Sum[Fen](); got != 0 || err != nil {
		t.Errorf("sum of nothing = %v, %v", got, err)
	}
	if got, err := Sum(Fen(1), -2, 300); got != 299 || err != nil {
		t.Errorf("sum = %v, %v", got, err)
	}
	// The end result would fit; what is on the way does not.
	if got, err := Sum(Fen(math.MaxInt64), 1, -1); got != 0 || err != ErrOverflow {
		t.Errorf("sum past the range = %v, %v", got, err)
	}
}

func TestRatesAndPrices(t *testing.T) {
	tests := []struct {
		name string
		got  func() (Fen, error)
		want Fen
	}{
		{"2.5 % of 100 yuan", func() (Fen, error) { return Fen(10000).Part(250, HalfUp) }, 250},
		{"half a fen up", func() (Fen, error) { return Fen(1).Part(5000, HalfUp) }, 1},
		{"half a fen, floor", func() (Fen, error) { return Fen(1).Part(5000, Floor) }, 0},
		{"less than half", func() (Fen, error) { return Fen(1).Part(4999, HalfUp) }, 0},
		{"less than half, ceil", func() (Fen, error) { return Fen(1).Part(1, Ceil) }, 1},
		{"a reversal is the exact negative", func() (Fen, error) { return Fen(-1).Part(5000, HalfUp) }, -1},
		{"negative, floor", func() (Fen, error) { return Fen(-1).Part(1, Floor) }, -1},
		{"negative, ceil", func() (Fen, error) { return Fen(-1).Part(9999, Ceil) }, 0},
		{"beyond the whole", func() (Fen, error) { return Fen(200).Part(15000, HalfUp) }, 300},
		{"1.5 units at 2.99", func() (Fen, error) { return Milli(1500).Cost(299, HalfUp) }, 449},
		{"30 of 365 days of interest", func() (Fen, error) { return Fen(1000000).MulDiv(30*435, 365*10000, HalfUp) }, 3575},
		{"largest amount, whole", func() (Fen, error) { return Fen(math.MaxInt64).Part(Whole, HalfUp) }, math.MaxInt64},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got, err := tt.got(); got != tt.want || err != nil {
				t.Errorf("got %d, %v, want %d", int64(got), err, int64(tt.want))
			}
		})
	}
	if _, err := Fen(math.MaxInt64).Part(Whole+1, HalfUp); err != ErrOverflow {
		t.Errorf("part beyond the range: %v", err)
	}
}

func TestRatioBps(t *testing.T) {
	tests := []struct {
		name        string
		part, whole Fen
		rounding    Rounding
		want        Bps
		wantErr     error
	}{
		{"research share of the catalogue's story", 1530, 22600, Floor, 676, nil},
		{"staff", 24, 180, HalfUp, 1333, nil},
		{"two negatives", -1, -2, HalfUp, 5000, nil},
		{"negative", -1, 2, HalfUp, 0, ErrOverflow},
		{"of nothing", 1, 0, HalfUp, 0, ErrDivideByZero},
		{"too large", math.MaxInt64, 1, HalfUp, 0, ErrOverflow},
		{"just too large", 429497, 1, HalfUp, 0, ErrOverflow},
		{"largest", 429496, 1, HalfUp, 4294960000, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := RatioBps(tt.part, tt.whole, tt.rounding)
			if got != tt.want || err != tt.wantErr {
				t.Errorf("got %d, %v, want %d, %v", uint32(got), err, uint32(tt.want), tt.wantErr)
			}
		})
	}
}

func TestErrorTexts(t *testing.T) {
	seen := make(map[string]bool)
	for e := ErrOverflow; e <= ErrRounding; e++ {
		if seen[e.Error()] || e.Error() == Error(0).Error() {
			t.Errorf("error %d has no text of its own: %q", e, e.Error())
		}
		seen[e.Error()] = true
	}
}
