package idcodes

// Error says what is wrong with a code. Its text never contains the code.
type Error struct {
	// Code is the name of the code's kind, such as "USCC".
	Code string
	// Position is the byte at fault, the first being 1; for a part of several
	// characters it is the first of them. Zero means the text as a whole.
	Position int
	// Rule is what the text breaks.
	Rule Rule
}

// Rule is one thing that a code must satisfy.
type Rule uint8

// The rules, in the order in which they are tested.
const (
	// RuleLength: the text is too short or too long. Position is zero.
	RuleLength Rule = iota + 1
	// RuleCharacter: this character is not allowed at this position.
	RuleCharacter
	// RuleValue: each character is allowed, what they mean together is not.
	RuleValue
	// RuleDate: the eight digits from this position are no day of the calendar.
	RuleDate
	// RuleCheckDigit: the check digit does not match what it covers.
	RuleCheckDigit
)

// String returns the rule as the end of a sentence.
func (r Rule) String() string {
	switch r {
	case RuleLength:
		return "wrong length"
	case RuleCharacter:
		return "character not allowed here"
	case RuleValue:
		return "value not allowed here"
	case RuleDate:
		return "no such day"
	case RuleCheckDigit:
		return "check digit does not match"
	}
	return "unknown rule"
}

// Error returns a sentence such as "USCC: position 18: check digit does not
// match".
func (e *Error) Error() string {
	if e.Position == 0 {
		return e.Code + ": " + e.Rule.String()
	}
	return e.Code + ": position " + decimal(e.Position) + ": " + e.Rule.String()
}

// decimal is strconv.Itoa for a position, without its package.
func decimal(v int) string {
	if v < 10 {
		return string([]byte{byte('0' + v)})
	}
	return decimal(v/10) + decimal(v%10)
}
