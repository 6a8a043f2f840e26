package idcodes

// Names of the codes in errors.
const (
	nameAirWaybill = "air waybill"
	nameContainer  = "container number"
	nameCustoms    = "customs declaration"
)

// AirWaybill is an air waybill number in its parts.
type AirWaybill struct {
	Airline string // 3 digits, the airline's prefix
	Serial  string // 7 digits
	Check   string // the check digit, 0 to 6
}

// ParseAirWaybill takes apart a number that CheckAirWaybill accepts. The error is
// an *Error.
func ParseAirWaybill(text string) (AirWaybill, error) {
	if err := CheckAirWaybill(text); err != nil {
		return AirWaybill{}, err
	}
	return AirWaybill{text[:3], text[4:11], text[11:]}, nil
}

// String returns the number with its hyphen, "999-12345675".
func (a AirWaybill) String() string { return a.Airline + "-" + a.Serial + a.Check }

// Digits returns the number's 11 digits without the hyphen.
func (a AirWaybill) Digits() string { return a.Airline + a.Serial + a.Check }

// CheckAirWaybill reports what is wrong with an air waybill number in the form
// "999-12345675", or nil. The error is an *Error.
func CheckAirWaybill(text string) error {
	s := scan{nameAirWaybill, text}
	if err := s.length(12); err != nil {
		return err
	}
	if err := s.all(1, 3, digits); err != nil {
		return err
	}
	if err := s.all(4, 4, "-"); err != nil {
		return err
	}
	if err := s.all(5, 12, digits); err != nil {
		return err
	}
	want, err := AirWaybillCheckDigit(text[4:11])
	if err != nil {
		return err
	}
	if text[11] != want {
		return s.fault(12, RuleCheckDigit)
	}
	return nil
}

// AirWaybillCheckDigit returns the check digit for a serial of 7 digits. The
// error is an *Error.
func AirWaybillCheckDigit(serial string) (byte, error) {
	s := scan{nameAirWaybill, serial}
	if err := s.length(7); err != nil {
		return 0, err
	}
	if err := s.all(1, 7, digits); err != nil {
		return 0, err
	}
	return digits[number(serial)%7], nil
}

// Container is a container number (ISO 6346) in its parts.
type Container struct {
	Owner    string // 3 letters
	Category string // 1 letter: U container, J detachable equipment, Z trailer or chassis
	Serial   string // 6 digits
	Check    string // the check digit
}

// ParseContainer takes apart a number that CheckContainer accepts. The error is
// an *Error.
func ParseContainer(text string) (Container, error) {
	if err := CheckContainer(text); err != nil {
		return Container{}, err
	}
	return Container{text[:3], text[3:4], text[4:10], text[10:]}, nil
}

// String returns the number's 11 characters, "CSQU3054383".
func (c Container) String() string { return c.Owner + c.Category + c.Serial + c.Check }

// CheckContainer reports what is wrong with a container number of ISO 6346, or
// nil. The error is an *Error.
func CheckContainer(text string) error {
	s := scan{nameContainer, text}
	if err := s.length(11); err != nil {
		return err
	}
	if err := containerBody(s); err != nil {
		return err
	}
	if err := s.all(11, 11, digits); err != nil {
		return err
	}
	return s.checkDigit(ContainerCheckDigit)
}

// ContainerCheckDigit returns the check digit for the first 10 characters of a
// container number. The error is an *Error.
func ContainerCheckDigit(body string) (byte, error) {
	s := scan{nameContainer, body}
	if err := s.length(10); err != nil {
		return 0, err
	}
	if err := containerBody(s); err != nil {
		return 0, err
	}
	sum := 0
	for i := range len(body) {
		v := value(alphaDigit, body[i])
		if v >= 10 {
			// Letters begin at 10 and pass over the multiples of 11, so that every
			// letter changes the rest.
			v += (v - 1) / 10
		}
		sum += v << i
	}
	return digits[sum%11%10], nil
}

func containerBody(s scan) error {
	if err := s.all(1, 3, letters); err != nil {
		return err
	}
	if err := s.all(4, 4, "UJZ"); err != nil {
		return err
	}
	return s.all(5, 10, digits)
}

// CustomsDeclaration is a customs declaration number (报关单号) in its parts. It
// has no check digit.
type CustomsDeclaration struct {
	Customs string // 4 digits, the customs office
	Year    int32  // year of acceptance; compare it with that of the declaration
	Import  bool   // whether it is an import, else an export
	Serial  string // 9 digits
}

// ParseCustomsDeclaration takes apart a number that CheckCustomsDeclaration
// accepts. The error is an *Error.
func ParseCustomsDeclaration(text string) (CustomsDeclaration, error) {
	if err := CheckCustomsDeclaration(text); err != nil {
		return CustomsDeclaration{}, err
	}
	return CustomsDeclaration{text[:4], int32(number(text[4:8])), text[8] == '1', text[9:]}, nil
}

// String returns the number's 18 digits. Years outside 0 to 9999 are cut.
func (c CustomsDeclaration) String() string {
	flow := "0"
	if c.Import {
		flow = "1"
	}
	return c.Customs + padded(uint64(c.Year), 4) + flow + c.Serial
}

// CheckCustomsDeclaration reports what is wrong with a customs declaration
// number, or nil: 18 digits, of which the ninth is 0 or 1. The error is an
// *Error.
func CheckCustomsDeclaration(text string) error {
	s := scan{nameCustoms, text}
	if err := s.length(18); err != nil {
		return err
	}
	if err := s.all(1, 8, digits); err != nil {
		return err
	}
	if err := s.all(9, 9, "01"); err != nil {
		return err
	}
	return s.all(10, 18, digits)
}
