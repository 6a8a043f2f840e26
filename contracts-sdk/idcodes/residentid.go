//go:build !wasip1

package idcodes

import "github.com/chancery-chain/chancery/contracts-sdk/date"

const nameResidentID = "resident ID"

var residentWeights = [17]int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2}

// ResidentID is a resident identity number (居民身份证号码, GB 11643-1999) in its
// parts. It is personal data: it belongs neither in a contract's arguments nor in
// its state or events, in clear or hashed (see the package comment).
type ResidentID struct {
	Region string    // 6 digits, the administrative division of first registration
	Birth  date.Date // date of birth
	Serial string    // 3 digits, odd for men
	Check  string    // check digit, 0 to 9 or X
}

// ParseResidentID takes apart a number that CheckResidentID accepts. For use off
// chain only. The error is an *Error.
func ParseResidentID(text string) (ResidentID, error) {
	if err := CheckResidentID(text); err != nil {
		return ResidentID{}, err
	}
	birth, err := date.ParseCompact(text[6:14])
	return ResidentID{text[:6], birth, text[14:17], text[17:]}, err
}

// String returns the number's 18 characters.
func (r ResidentID) String() string { return r.Region + r.Birth.Compact() + r.Serial + r.Check }

// CheckResidentID reports what is wrong with a resident identity number of 18
// characters, or nil. A check digit X is a capital letter. Which regions exist
// and whether the day of birth has come is not checked. For use off chain only.
// The error is an *Error.
func CheckResidentID(text string) error {
	s := scan{nameResidentID, text}
	if err := s.length(18); err != nil {
		return err
	}
	if err := s.all(1, 17, digits); err != nil {
		return err
	}
	if err := s.all(18, 18, digits+"X"); err != nil {
		return err
	}
	if _, err := date.ParseCompact(text[6:14]); err != nil {
		return s.fault(7, RuleDate)
	}
	return s.checkDigit(ResidentIDCheckDigit)
}

// ResidentIDCheckDigit returns the check digit, 0 to 9 or X, for the first 17
// digits of a resident identity number. For use off chain only. The error is an
// *Error.
func ResidentIDCheckDigit(body string) (byte, error) {
	s := scan{nameResidentID, body}
	if err := s.length(17); err != nil {
		return 0, err
	}
	if err := s.all(1, 17, digits); err != nil {
		return 0, err
	}
	sum := 0
	for i, weight := range residentWeights {
		sum += int(body[i]-'0') * weight
	}
	return "10X98765432"[sum%11], nil
}
