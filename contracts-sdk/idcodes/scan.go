package idcodes

// Character classes of codes, in the order of the values that check digits give
// them.
const (
	digits     = "0123456789"
	letters    = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	alphaDigit = digits + letters
)

// value returns the place of c in the alphabet, or -1. Alphabets are short, so
// a search is as good as a table and needs no start-up.
func value(alphabet string, c byte) int {
	for i := range len(alphabet) {
		if alphabet[i] == c {
			return i
		}
	}
	return -1
}

// scan tests a text against its layout.
type scan struct {
	code string // name of the code's kind
	text string
}

func (s scan) fault(position int, rule Rule) error {
	return &Error{Code: s.code, Position: position, Rule: rule}
}

// length tests that the text has n bytes.
func (s scan) length(n int) error {
	if len(s.text) != n {
		return s.fault(0, RuleLength)
	}
	return nil
}

// all tests that positions from to to, the first being 1, are of the alphabet.
// The text must be long enough.
func (s scan) all(from, to int, alphabet string) error {
	for position := from; position <= to; position++ {
		if value(alphabet, s.text[position-1]) < 0 {
			return s.fault(position, RuleCharacter)
		}
	}
	return nil
}

// checkDigit tests the last character against what compute makes of all before
// it.
func (s scan) checkDigit(compute func(body string) (byte, error)) error {
	last := len(s.text) - 1
	want, err := compute(s.text[:last])
	if err != nil {
		return err
	}
	if s.text[last] != want {
		return s.fault(last+1, RuleCheckDigit)
	}
	return nil
}

// number reads digits that are known to be digits; they must fit.
func number(text string) uint64 {
	var v uint64
	for i := range len(text) {
		v = v*10 + uint64(text[i]-'0')
	}
	return v
}

// padded writes v with leading zeros to width digits. Further digits are lost.
func padded(v uint64, width int) string {
	buf := make([]byte, width)
	for i := width - 1; i >= 0; i-- {
		buf[i] = byte('0' + v%10)
		v /= 10
	}
	return string(buf)
}
