package idcodes

const (
	nameLicence = "e-licence id"
	nameMod3736 = "MOD 37,36"
)

// LicencePrefix is the object identifier that every e-licence id begins with.
const LicencePrefix = "1.2.156.3005.2."

// Lengths of an e-licence id's parts.
const (
	licenceTypeLen    = 21
	licenceIssuerLen  = 18
	maxLicenceSerial  = 32
	maxLicenceVersion = 8
	maxMod3736Body    = licenceTypeLen + licenceIssuerLen + maxLicenceSerial + maxLicenceVersion
)

// LicenceID is an e-licence id (电子证照标识, laid out as in GB/T 36904) in its
// parts, which dots separate.
type LicenceID struct {
	Type    string // 21 digits or capital letters, the type of licence
	Issuer  string // USCC of the issuing department
	Serial  string // 1 to 32 digits or capital letters
	Version string // 1 to 8 digits or capital letters
	Check   string // the check character
}

// ParseLicenceID takes apart an id and checks each part: the lengths and
// characters, the issuer's USCC, the check character. The error is an *Error;
// for a fault in the issuer its Code is that of CheckUSCC, while Position counts
// within the id.
func ParseLicenceID(text string) (LicenceID, error) {
	s := scan{nameLicence, text}
	if len(text) < len(LicencePrefix) {
		return LicenceID{}, s.fault(0, RuleLength)
	}
	for i := range len(LicencePrefix) {
		if text[i] != LicencePrefix[i] {
			return LicenceID{}, s.fault(i+1, RuleCharacter)
		}
	}
	var id LicenceID
	at := len(LicencePrefix)
	parts := []struct {
		field    *string
		min, max int
	}{
		{&id.Type, licenceTypeLen, licenceTypeLen},
		{&id.Issuer, licenceIssuerLen, licenceIssuerLen},
		{&id.Serial, 1, maxLicenceSerial},
		{&id.Version, 1, maxLicenceVersion},
		{&id.Check, 1, 1},
	}
	for i, part := range parts {
		end := at
		for end < len(text) && text[end] != '.' {
			end++
		}
		if last := i == len(parts)-1; end-at < part.min || end-at > part.max || (end == len(text)) != last {
			return LicenceID{}, s.fault(at+1, RuleLength)
		}
		if err := s.all(at+1, end, alphaDigit); err != nil {
			return LicenceID{}, err
		}
		*part.field = text[at:end]
		at = end + 1
	}
	if err := CheckUSCC(id.Issuer); err != nil {
		fault := err.(*Error) // CheckUSCC returns nothing else
		const before = len(LicencePrefix) + licenceTypeLen + 1
		return LicenceID{}, &Error{Code: fault.Code, Position: before + fault.Position, Rule: fault.Rule}
	}
	want, err := id.CheckDigit()
	if err != nil {
		return LicenceID{}, err
	}
	if id.Check[0] != want {
		return LicenceID{}, s.fault(len(text), RuleCheckDigit)
	}
	return id, nil
}

// CheckLicenceID is ParseLicenceID for its error alone.
func CheckLicenceID(text string) error {
	_, err := ParseLicenceID(text)
	return err
}

// String returns the id with its prefix and dots.
func (l LicenceID) String() string {
	return LicencePrefix + l.Type + "." + l.Issuer + "." + l.Serial + "." + l.Version + "." + l.Check
}

// CheckDigit returns the check character for the parts before it, for whoever
// issues an id. The error is that of Mod3736CheckDigit.
func (l LicenceID) CheckDigit() (byte, error) {
	return Mod3736CheckDigit(l.Type + l.Issuer + l.Serial + l.Version)
}

// Mod3736CheckDigit returns the check character of ISO 7064 MOD 37,36 for 1 to 79
// digits and capital letters. The error is an *Error.
func Mod3736CheckDigit(body string) (byte, error) {
	s := scan{nameMod3736, body}
	if len(body) < 1 || len(body) > maxMod3736Body {
		return 0, s.fault(0, RuleLength)
	}
	if err := s.all(1, len(body), alphaDigit); err != nil {
		return 0, err
	}
	product := 36
	for i := range len(body) {
		product = (product + value(alphaDigit, body[i])) % 36
		if product == 0 {
			product = 36
		}
		product = product * 2 % 37
	}
	return alphaDigit[(37-product)%36], nil
}
