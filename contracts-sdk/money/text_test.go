package money

import (
	"math"
	"testing"
)

func TestParseFen(t *testing.T) {
	tests := []struct {
		text    string
		want    Fen
		wantErr error
	}{
		{"12.34", 1234, nil},
		{"12.3", 1230, nil},
		{"12", 1200, nil},
		{"0", 0, nil},
		{"0.00", 0, nil},
		{"-0.05", -5, nil},
		{"92233720368547758.07", math.MaxInt64, nil},
		{"-92233720368547758.08", math.MinInt64, nil},
		{"92233720368547758.08", 0, ErrOverflow},
		{"-92233720368547758.09", 0, ErrOverflow},
		{"184467440737095516.16", 0, ErrOverflow},
		{"99999999999999999999999999", 0, ErrOverflow},
		{"99999999999999999999999999x", 0, ErrSyntax},
		{"", 0, ErrSyntax},
		{"-", 0, ErrSyntax},
		{".5", 0, ErrSyntax},
		{"1.", 0, ErrSyntax},
		{"-0", 0, ErrSyntax},
		{"-0.00", 0, ErrSyntax},
		{"+1", 0, ErrSyntax},
		{"01", 0, ErrSyntax},
		{"1.234", 0, ErrSyntax},
		{"1.2.3", 0, ErrSyntax},
		{"1,000", 0, ErrSyntax},
		{" 1", 0, ErrSyntax},
		{"1 ", 0, ErrSyntax},
		{"1e3", 0, ErrSyntax},
		{"１", 0, ErrSyntax},
		{"--1", 0, ErrSyntax},
		{"1.-2", 0, ErrSyntax},
	}
	for _, tt := range tests {
		if got, err := ParseFen(tt.text); got != tt.want || err != tt.wantErr {
			t.Errorf("ParseFen(%q) = %d, %v, want %d, %v", tt.text, int64(got), err, int64(tt.want), tt.wantErr)
		}
	}
}

func TestFormat(t *testing.T) {
	tests := []struct {
		value interface{ String() string }
		want  string
	}{
		{Fen(0), "0.00"},
		{Fen(5), "0.05"},
		{Fen(-5), "-0.05"},
		{Fen(1234), "12.34"},
		{Fen(100), "1.00"},
		{Fen(math.MaxInt64), "92233720368547758.07"},
		{Fen(math.MinInt64), "-92233720368547758.08"},
		{Milli(1), "0.001"},
		{Milli(-1234567), "-1234.567"},
		{Milli(math.MinInt64), "-9223372036854775.808"},
		{Bps(676), "6.76%"},
		{Bps(5), "0.05%"},
		{Whole, "100.00%"},
		{Bps(math.MaxUint32), "42949672.95%"},
	}
	for _, tt := range tests {
		if got := tt.value.String(); got != tt.want {
			t.Errorf("got %q, want %q", got, tt.want)
		}
	}
}

func TestParseBps(t *testing.T) {
	tests := []struct {
		text    string
		want    Bps
		wantErr error
	}{
		{"6.76%", 676, nil},
		{"6%", 600, nil},
		{"0%", 0, nil},
		{"42949672.95%", math.MaxUint32, nil},
		{"42949672.96%", 0, ErrOverflow},
		{"-1%", 0, ErrOverflow},
		{"6", 0, ErrSyntax},
		{"%", 0, ErrSyntax},
		{"", 0, ErrSyntax},
		{"6%%", 0, ErrSyntax},
	}
	for _, tt := range tests {
		if got, err := ParseBps(tt.text); got != tt.want || err != tt.wantErr {
			t.Errorf("ParseBps(%q) = %d, %v, want %d, %v", tt.text, uint32(got), err, uint32(tt.want), tt.wantErr)
		}
	}
}

// FuzzParse: no text panics, and what is read is written in one form that reads
// back as the same number.
func FuzzParse(f *testing.F) {
	for _, text := range []string{"12.34", "-0.05", "6.76%", "1.234", "", "-", ".", "%", "92233720368547758.08"} {
		f.Add(text, int64(len(text)))
	}
	f.Fuzz(func(t *testing.T, text string, v int64) {
		if amount, err := ParseFen(text); err == nil {
			if again, err := ParseFen(amount.String()); again != amount || err != nil {
				t.Errorf("%q reads as %v, which reads as %v, %v", text, amount, again, err)
			}
		}
		if quantity, err := ParseMilli(text); err == nil {
			if again, err := ParseMilli(quantity.String()); again != quantity || err != nil {
				t.Errorf("%q reads as %v, which reads as %v, %v", text, quantity, again, err)
			}
		}
		if rate, err := ParseBps(text); err == nil {
			if again, err := ParseBps(rate.String()); again != rate || err != nil {
				t.Errorf("%q reads as %v, which reads as %v, %v", text, rate, again, err)
			}
		}
		if again, err := ParseFen(Fen(v).String()); again != Fen(v) || err != nil {
			t.Errorf("%d is written %v and reads as %v, %v", v, Fen(v), again, err)
		}
		if again, err := ParseMilli(Milli(v).String()); again != Milli(v) || err != nil {
			t.Errorf("%d is written %v and reads as %v, %v", v, Milli(v), again, err)
		}
		if again, err := ParseBps(Bps(v).String()); again != Bps(v) || err != nil {
			t.Errorf("%d is written %v and reads as %v, %v", v, Bps(v), again, err)
		}
	})
}
