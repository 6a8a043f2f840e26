package idcodes

// Names of the codes in errors.
const (
	nameGTIN = "GTIN"
	nameGLN  = "GLN"
	nameSSCC = "SSCC"
	nameGS1  = "GS1 key"
)

// CheckGTIN reports what is wrong with a trade item number of GS1, or nil: 8, 12,
// 13 or 14 digits. Numbers of different lengths may name the same item: compare
// what GTIN14 makes of them. The error is an *Error.
func CheckGTIN(text string) error {
	s := scan{nameGTIN, text}
	switch len(text) {
	case 8, 12, 13, 14:
		return s.gs1()
	}
	return s.fault(0, RuleLength)
}

// GTIN14 returns a trade item number filled up with zeros in front to 14 digits,
// the form to use as a key. The error is that of CheckGTIN.
func GTIN14(text string) (string, error) {
	if err := CheckGTIN(text); err != nil {
		return "", err
	}
	return "000000"[:14-len(text)] + text, nil
}

// CheckGLN reports what is wrong with a location number of GS1, 13 digits, or
// nil. The error is an *Error.
func CheckGLN(text string) error {
	s := scan{nameGLN, text}
	if err := s.length(13); err != nil {
		return err
	}
	return s.gs1()
}

// CheckSSCC reports what is wrong with a serial shipping container code of GS1,
// 18 digits without the (00) in front, or nil. The error is an *Error.
func CheckSSCC(text string) error {
	s := scan{nameSSCC, text}
	if err := s.length(18); err != nil {
		return err
	}
	return s.gs1()
}

// gs1 tests digits with a check digit at the end.
func (s scan) gs1() error {
	if err := s.all(1, len(s.text), digits); err != nil {
		return err
	}
	return s.checkDigit(GS1CheckDigit)
}

// GS1CheckDigit returns the check digit for the digits before it, of any key of
// GS1: 7 digits for a GTIN-8, 12 for a GTIN-13 or GLN, 17 for an SSCC. It takes 1
// to 17 digits. The error is an *Error.
func GS1CheckDigit(body string) (byte, error) {
	s := scan{nameGS1, body}
	if len(body) < 1 || len(body) > 17 {
		return 0, s.fault(0, RuleLength)
	}
	if err := s.all(1, len(body), digits); err != nil {
		return 0, err
	}
	sum := 0
	for i := range len(body) {
		weight := 1
		if (len(body)-i)%2 == 1 { // 3 for the last, then in turn
			weight = 3
		}
		sum += int(body[i]-'0') * weight
	}
	return digits[(10-sum%10)%10], nil
}
