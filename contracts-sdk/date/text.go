package date

// Parse reads "2026-03-01". It takes exactly this form, with digits and hyphens
// of ASCII. The error is ErrSyntax, or ErrInvalid for a day that does not exist.
func Parse(text string) (Date, error) {
	if len(text) != 10 || text[4] != '-' || text[7] != '-' {
		return 0, ErrSyntax
	}
	return read(text[:4], text[5:7], text[8:])
}

// ParseCompact reads "20260301". The errors are those of Parse.
func ParseCompact(text string) (Date, error) {
	if len(text) != 8 {
		return 0, ErrSyntax
	}
	return read(text[:4], text[4:6], text[6:])
}

func read(year, month, day string) (Date, error) {
	y, okYear := number(year)
	m, okMonth := number(month)
	d, okDay := number(day)
	if !okYear || !okMonth || !okDay {
		return 0, ErrSyntax
	}
	return New(y, m, d)
}

// number reads at most four digits.
func number(text string) (int32, bool) {
	var v int32
	for i := range len(text) {
		if text[i] < '0' || text[i] > '9' {
			return 0, false
		}
		v = v*10 + int32(text[i]-'0')
	}
	return v, true
}

// String returns "2026-03-01", which Parse reads back, and "invalid date" for a
// Date that is not valid.
func (d Date) String() string {
	if !d.Valid() {
		return "invalid date"
	}
	var buf [10]byte
	put(buf[:4], d.Year())
	buf[4] = '-'
	put(buf[5:7], d.Month())
	buf[7] = '-'
	put(buf[8:], d.Day())
	return string(buf[:])
}

// Compact returns "20260301", which ParseCompact reads back, and "invalid date"
// for a Date that is not valid.
func (d Date) Compact() string {
	if !d.Valid() {
		return "invalid date"
	}
	var buf [8]byte
	put(buf[:], int32(d))
	return string(buf[:])
}

// put writes v with leading zeros.
func put(buf []byte, v int32) {
	for i := len(buf) - 1; i >= 0; i-- {
		buf[i] = byte('0' + v%10)
		v /= 10
	}
}
