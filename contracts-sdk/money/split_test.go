package money

import (
	"math"
	"slices"
	"testing"
)

func TestSplit(t *testing.T) {
	tests := []struct {
		name    string
		total   Fen
		shares  []int64
		want    []Fen
		wantErr error
	}{
		{"thirds, earlier first", 100, []int64{1, 1, 1}, []Fen{34, 33, 33}, nil},
		{"largest remainder, not first", 100, []int64{1, 2}, []Fen{33, 67}, nil},
		{"negative total", -100, []int64{1, 1, 1}, []Fen{-34, -33, -33}, nil},
		{"zero share gets nothing", 101, []int64{0, 1, 1}, []Fen{0, 51, 50}, nil},
		{"total zero", 0, []int64{1, 2}, []Fen{0, 0}, nil},
		{"one share", 7, []int64{3}, []Fen{7}, nil},
		{"fewer fen than shares", 2, []int64{1, 1, 1, 1}, []Fen{1, 1, 0, 0}, nil},
		{"basis points of three owners", 1000001, []int64{3333, 3333, 3334}, []Fen{333300, 333300, 333401}, nil},
		{"largest amounts", math.MaxInt64, []int64{math.MaxInt64 - 1, 1}, []Fen{math.MaxInt64 - 1, 1}, nil},
		{"smallest amount", math.MinInt64, []int64{1}, []Fen{math.MinInt64}, nil},
		{"no shares", 1, nil, nil, ErrShares},
		{"all zero", 1, []int64{0, 0}, nil, ErrShares},
		{"negative share", 1, []int64{2, -1}, nil, ErrShares},
		{"sum of shares too large", 1, []int64{math.MaxInt64, 1}, nil, ErrOverflow},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := Split(tt.total, tt.shares)
			if !slices.Equal(got, tt.want) || err != tt.wantErr {
				t.Errorf("got %v, %v, want %v, %v", got, err, tt.want, tt.wantErr)
			}
		})
	}
	if _, err := Split(1, []uint64{math.MaxUint64, math.MaxUint64}); err != ErrOverflow {
		t.Errorf("unsigned shares: %v", err)
	}
}

// FuzzSplit holds what Split promises for every input: the sum, less than a fen
// off each, nothing for a share of zero, mirrored for the negative.
func FuzzSplit(f *testing.F) {
	f.Add(int64(100), []byte{1, 1, 1})
	f.Add(int64(-101), []byte{0, 200, 3})
	f.Fuzz(func(t *testing.T, total int64, weights []byte) {
		shares := make([]uint32, len(weights))
		var sum int64
		for i, w := range weights {
			shares[i] = uint32(w) * uint32(w)
			sum += int64(shares[i])
		}
		parts, err := Split(Fen(total), shares)
		if sum == 0 {
			if err != ErrShares {
				t.Fatalf("no weight: %v", err)
			}
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		if got, err := Sum(parts...); got != Fen(total) || err != nil {
			t.Errorf("sum %v, %v", got, err)
		}
		for i, part := range parts {
			low, _ := MulDiv(total, int64(shares[i]), sum, Floor)
			high, _ := MulDiv(total, int64(shares[i]), sum, Ceil)
			if int64(part) < low || int64(part) > high {
				t.Errorf("part %d is %d, not in %d to %d", i, part, low, high)
			}
		}
		if total == math.MinInt64 {
			return
		}
		mirrored, err := Split(Fen(-total), shares)
		if err != nil {
			t.Fatal(err)
		}
		for i := range parts {
			if parts[i] != -mirrored[i] {
				t.Errorf("part %d is %d, of the negative %d", i, parts[i], mirrored[i])
			}
		}
	})
}

func TestSplitEven(t *testing.T) {
	tests := []struct {
		total Fen
		n     uint32
		want  []Fen
	}{
		{100, 3, []Fen{34, 33, 33}},
		{-100, 3, []Fen{-34, -33, -33}},
		{2, 4, []Fen{1, 1, 0, 0}},
		{0, 2, []Fen{0, 0}},
		{math.MinInt64, 1, []Fen{math.MinInt64}},
	}
	for _, tt := range tests {
		if got, err := SplitEven(tt.total, tt.n); !slices.Equal(got, tt.want) || err != nil {
			t.Errorf("SplitEven(%d, %d) = %v, %v, want %v", int64(tt.total), tt.n, got, err, tt.want)
		}
	}
	if _, err := SplitEven(1, 0); err != ErrShares {
		t.Errorf("into no parts: %v", err)
	}
}
