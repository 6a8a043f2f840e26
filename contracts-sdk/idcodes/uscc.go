package idcodes

// Names of the codes in errors.
const (
	nameUSCC    = "USCC"
	nameOrgCode = "organisation code"
)

// usccAlphabet leaves out I, O, S, V and Z, which look like digits or U.
const usccAlphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"

// usccWeights are the powers of 3 modulo 31.
var usccWeights = [17]int{1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28}

// USCC is a unified social credit code (统一社会信用代码, GB 32100-2015) in its
// parts, 18 characters together.
type USCC struct {
	// Department is 1 character: who registers, such as 1 for institutional
	// authorities, 5 for civil affairs, 9 for market regulation.
	Department string
	// Type is 1 character: the kind of organisation within Department.
	Type string
	// Region is 6 digits: the administrative division, GB/T 2260.
	Region string
	// OrgCode is 9 characters: the organisation code, its check digit included.
	OrgCode string
	// Check is the check character.
	Check string
}

// ParseUSCC takes apart a code that CheckUSCC accepts. The error is an *Error.
func ParseUSCC(text string) (USCC, error) {
	if err := CheckUSCC(text); err != nil {
		return USCC{}, err
	}
	return USCC{text[:1], text[1:2], text[2:8], text[8:17], text[17:]}, nil
}

// String returns the code's 18 characters.
func (u USCC) String() string { return u.Department + u.Type + u.Region + u.OrgCode + u.Check }

// CheckUSCC reports what is wrong with a unified social credit code, or nil. The
// region must be digits; which regions exist is not checked. The check character
// covers the organisation code, whose own check digit is left to CheckOrgCode.
// The error is an *Error.
func CheckUSCC(text string) error {
	s := scan{nameUSCC, text}
	if err := s.length(18); err != nil {
		return err
	}
	if err := usccBody(s); err != nil {
		return err
	}
	if err := s.all(18, 18, usccAlphabet); err != nil {
		return err
	}
	return s.checkDigit(USCCCheckDigit)
}

// USCCCheckDigit returns the check character for the first 17 characters of a
// code. The error is an *Error.
func USCCCheckDigit(body string) (byte, error) {
	s := scan{nameUSCC, body}
	if err := s.length(17); err != nil {
		return 0, err
	}
	if err := usccBody(s); err != nil {
		return 0, err
	}
	sum := 0
	for i, weight := range usccWeights {
		sum += value(usccAlphabet, body[i]) * weight
	}
	return usccAlphabet[(31-sum%31)%31], nil
}

// usccBody tests the characters before the check character.
func usccBody(s scan) error {
	if err := s.all(1, 2, usccAlphabet); err != nil {
		return err
	}
	if err := s.all(3, 8, digits); err != nil {
		return err
	}
	return s.all(9, 17, usccAlphabet)
}

var orgCodeWeights = [8]int{3, 7, 9, 10, 5, 8, 4, 2}

// CheckOrgCode reports what is wrong with an organisation code (组织机构代码,
// GB 11714), or nil: 9 characters without a hyphen, as in positions 9 to 17 of a
// USCC. The error is an *Error.
func CheckOrgCode(text string) error {
	s := scan{nameOrgCode, text}
	if err := s.length(9); err != nil {
		return err
	}
	if err := s.all(1, 8, alphaDigit); err != nil {
		return err
	}
	if err := s.all(9, 9, digits+"X"); err != nil {
		return err
	}
	return s.checkDigit(OrgCodeCheckDigit)
}

// OrgCodeCheckDigit returns the check digit, 0 to 9 or X, for the first 8
// characters of an organisation code. The error is an *Error.
func OrgCodeCheckDigit(body string) (byte, error) {
	s := scan{nameOrgCode, body}
	if err := s.length(8); err != nil {
		return 0, err
	}
	if err := s.all(1, 8, alphaDigit); err != nil {
		return 0, err
	}
	sum := 0
	for i, weight := range orgCodeWeights {
		sum += value(alphaDigit, body[i]) * weight
	}
	// 11 minus the rest, where 10 is written X and 11 is written 0.
	return "0X987654321"[sum%11], nil
}
