package money

import "math/bits"

// Decimals after the point in text.
const (
	fenDecimals   = 2
	bpsDecimals   = 2 // of a percentage: 1 basis point is 0.01 %
	milliDecimals = 3
)

// ParseFen reads an amount in yuan: "12.34", "12.3", "12" or "-0.05".
//
// It takes a minus sign, digits without leading zeros, and at most two digits
// after a point. It refuses everything else with ErrSyntax: plus signs, spaces,
// thousands separators, full-width digits, "1.", ".5" and "-0". A third digit is
// refused and not rounded. The error is ErrOverflow for a number out of range.
func ParseFen(text string) (Fen, error) {
	v, err := parse(text, fenDecimals)
	return Fen(v), err
}

// String returns the amount in yuan with two digits after the point: "12.34".
// ParseFen reads it back.
func (f Fen) String() string { return format(int64(f), fenDecimals, "") }

// ParseMilli reads a quantity in whole units: "1.234", "1.2" or "1". The form
// and the errors are those of ParseFen, with at most three digits after the
// point.
func ParseMilli(text string) (Milli, error) {
	v, err := parse(text, milliDecimals)
	return Milli(v), err
}

// String returns the quantity in whole units with three digits after the point:
// "1.234". ParseMilli reads it back.
func (m Milli) String() string { return format(int64(m), milliDecimals, "") }

// ParseBps reads a percentage: "6.76%", "6.7%" or "6%". The form and the errors
// are those of ParseFen, with a percent sign at the end; a negative rate is
// ErrOverflow.
func ParseBps(text string) (Bps, error) {
	if text == "" || text[len(text)-1] != '%' {
		return 0, ErrSyntax
	}
	v, err := parse(text[:len(text)-1], bpsDecimals)
	if err != nil {
		return 0, err
	}
	if v < 0 || v > 1<<32-1 {
		return 0, ErrOverflow
	}
	return Bps(v), nil
}

// String returns the rate as a percentage with two digits after the point:
// "6.76%". ParseBps reads it back.
func (b Bps) String() string { return format(int64(b), bpsDecimals, "%") }

func parse(text string, decimals int) (int64, error) {
	negative := text != "" && text[0] == '-'
	if negative {
		text = text[1:]
	}
	whole, fraction := text, ""
	for i := range len(text) {
		if text[i] == '.' {
			whole, fraction = text[:i], text[i+1:]
			if fraction == "" {
				return 0, ErrSyntax
			}
			break
		}
	}
	if whole == "" || (len(whole) > 1 && whole[0] == '0') || len(fraction) > decimals {
		return 0, ErrSyntax
	}
	// Both parts are looked at before any overflow is reported, so that which
	// error it is does not depend on how far the reading came.
	if !digits(whole) || !digits(fraction) {
		return 0, ErrSyntax
	}
	v, fits := accumulate(0, whole)
	if fits {
		v, fits = accumulate(v, fraction)
	}
	for range decimals - len(fraction) {
		if fits {
			v, fits = accumulate(v, "0")
		}
	}
	if !fits {
		return 0, ErrOverflow
	}
	if negative && v == 0 {
		return 0, ErrSyntax // one text form for each number
	}
	return withSign(v, negative)
}

func digits(text string) bool {
	for i := range len(text) {
		if text[i] < '0' || text[i] > '9' {
			return false
		}
	}
	return true
}

// accumulate appends decimal digits to v and reports whether the result fits.
func accumulate(v uint64, text string) (uint64, bool) {
	for i := range len(text) {
		hi, lo := bits.Mul64(v, 10)
		sum, carry := bits.Add64(lo, uint64(text[i]-'0'), 0)
		if hi != 0 || carry != 0 {
			return 0, false
		}
		v = sum
	}
	return v, true
}

func format(v int64, decimals int, suffix string) string {
	// 19 digits, a point, a minus sign and the suffix.
	var buf [24]byte
	at := len(buf) - len(suffix)
	copy(buf[at:], suffix)
	rest := magnitude(v)
	for place := 0; rest > 0 || place <= decimals; place++ {
		if place == decimals {
			at--
			buf[at] = '.'
		}
		at--
		buf[at] = byte('0' + rest%10)
		rest /= 10
	}
	if v < 0 {
		at--
		buf[at] = '-'
	}
	return string(buf[at:])
}
