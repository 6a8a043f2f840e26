package idcodes

const nameUnit = "real-estate unit number"

// UnitNumber is a real-estate unit number (不动产单元号) in its parts, 28
// characters together. It has no check digit.
type UnitNumber struct {
	County      string // 6 digits, the county
	Zone        string // 3 digits, the cadastral zone (地籍区)
	Subzone     string // 3 digits, the cadastral sub-zone (地籍子区)
	Ownership   string // 1 letter: G state, J collective, Z disputed
	Parcel      string // 1 letter, the kind of parcel
	Sequence    string // 5 digits, the parcel's number in its sub-zone
	Fixture     string // 1 letter, what stands on it: F building, L trees, Q other, W nothing
	FixtureUnit string // 8 digits, for F building 4 and unit 4; zeros for W
}

// UnitLetters are the letters that a real-estate unit number may have. They come
// from a technical standard that is revised now and then, so a register keeps its
// own set in state; StandardUnitLetters is the one to begin with.
type UnitLetters struct {
	Ownership string // letters at position 13
	Parcel    string // letters at position 14
	// Collective are those of Parcel that stand for collective land only: they
	// need ownership J.
	Collective string
	Fixture    string // letters at position 20
}

// StandardUnitLetters returns the letters in force today.
func StandardUnitLetters() UnitLetters {
	return UnitLetters{Ownership: "GJZ", Parcel: "ABCDEFGHLNSWXY", Collective: "AC", Fixture: "FLQW"}
}

// Parse takes apart a number that Check accepts. The error is an *Error.
func (l UnitLetters) Parse(text string) (UnitNumber, error) {
	if err := l.Check(text); err != nil {
		return UnitNumber{}, err
	}
	return UnitNumber{
		County: text[:6], Zone: text[6:9], Subzone: text[9:12],
		Ownership: text[12:13], Parcel: text[13:14], Sequence: text[14:19],
		Fixture: text[19:20], FixtureUnit: text[20:],
	}, nil
}

// Check reports what is wrong with a real-estate unit number, or nil: a letter
// outside the set, collective land without ownership J (RuleValue at 14), or a
// fixture number without a fixture (RuleValue at 21). The error is an *Error.
func (l UnitLetters) Check(text string) error {
	s := scan{nameUnit, text}
	if err := s.length(28); err != nil {
		return err
	}
	layout := []struct {
		from, to int
		alphabet string
	}{
		{1, 12, digits},
		{13, 13, l.Ownership},
		{14, 14, l.Parcel},
		{15, 19, digits},
		{20, 20, l.Fixture},
		{21, 28, digits},
	}
	for _, part := range layout {
		if err := s.all(part.from, part.to, part.alphabet); err != nil {
			return err
		}
	}
	if text[12] != 'J' && value(l.Collective, text[13]) >= 0 {
		return s.fault(14, RuleValue)
	}
	if text[19] == 'W' && text[20:] != "00000000" {
		return s.fault(21, RuleValue)
	}
	return nil
}

// ParseUnitNumber is StandardUnitLetters().Parse.
func ParseUnitNumber(text string) (UnitNumber, error) { return StandardUnitLetters().Parse(text) }

// CheckUnitNumber is StandardUnitLetters().Check.
func CheckUnitNumber(text string) error { return StandardUnitLetters().Check(text) }

// String returns the number's 28 characters.
func (u UnitNumber) String() string {
	return u.County + u.Zone + u.Subzone + u.Ownership + u.Parcel + u.Sequence + u.Fixture + u.FixtureUnit
}
