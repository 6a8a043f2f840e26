package idcodes

import (
	"testing"
)

// mustParse returns what parse makes of text.
func mustParse[T any](t *testing.T, parse func(string) (T, error), text string) T {
	t.Helper()
	parsed, err := parse(text)
	if err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	return parsed
}

func equal[T comparable](t *testing.T, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestParseParts(t *testing.T) {
	equal(t, mustParse(t, ParseUSCC, "91440300708461136T"), USCC{"9", "1", "440300", "708461136", "T"})
	equal(t, mustParse(t, ParseUnitNumber, "440703001002GB00012F00010102"), UnitNumber{
		County: "440703", Zone: "001", Subzone: "002", Ownership: "G", Parcel: "B", Sequence: "00012",
		Fixture: "F", FixtureUnit: "00010102",
	})
	equal(t, mustParse(t, ParseAirWaybill, "999-12345675"), AirWaybill{"999", "1234567", "5"})
	equal(t, mustParse(t, ParseAirWaybill, "999-12345675").Digits(), "99912345675")
	equal(t, mustParse(t, ParseContainer, "CSQU3054383"), Container{"CSQ", "U", "305438", "3"})
	equal(t, mustParse(t, ParseCustomsDeclaration, "020220260000012345"), CustomsDeclaration{"0202", 2026, false, "000012345"})
	equal(t, mustParse(t, ParseCustomsDeclaration, "000100011999999999"), CustomsDeclaration{"0001", 1, true, "999999999"})
	equal(t, mustParse(t, ParseLicenceID, licence), LicenceID{
		"11100000000013338W011", "11440700MB2T00043D", "SN00000001", "001", "L",
	})
	got, err := ParseFiscalBill("11060126", "0000000001")
	if err != nil {
		t.Fatal(err)
	}
	equal(t, got, FiscalBill{"11", "06", "01", "26", 1})
	equal(t, got.String(), "110601260000000001")
}

func TestUnitLettersOfARegister(t *testing.T) {
	own := UnitLetters{Ownership: "G", Parcel: "BK", Collective: "", Fixture: "FW"}
	if err := own.Check("440703001002GK00012F00010102"); err != nil {
		t.Error(err)
	}
	if err := own.Check("440703001002JB00012F00010102"); !same(err, &Error{nameUnit, 13, RuleCharacter}) {
		t.Errorf("letter that this register has not: %v", err)
	}
}

func TestGTIN14(t *testing.T) {
	tests := []struct {
		text, want string
		wantErr    *Error
	}{
		{"96385074", "00000096385074", nil},
		{"036000291452", "00036000291452", nil},
		{"6901234500011", "06901234500011", nil},
		{"16901234500018", "16901234500018", nil},
		{"6901234500012", "", &Error{nameGTIN, 13, RuleCheckDigit}},
	}
	for _, tt := range tests {
		got, err := GTIN14(tt.text)
		if got != tt.want || !same(err, tt.wantErr) {
			t.Errorf("GTIN14(%s) = %q, %v, want %q, %v", tt.text, got, err, tt.want, tt.wantErr)
		}
		if err == nil && CheckGTIN(got) != nil {
			t.Errorf("%s has a wrong check digit", got)
		}
	}
}

// identity holds that a text that parses is written back the same.
func identity[T interface{ String() string }](t *testing.T, text string, parse func(string) (T, error)) {
	t.Helper()
	parsed, err := parse(text)
	if err != nil {
		if _, ok := err.(*Error); !ok {
			t.Errorf("%q: error %v is no *Error", text, err)
		}
		return
	}
	if parsed.String() != text {
		t.Errorf("%q parses as %q", text, parsed.String())
	}
}

// FuzzParse: no text panics, every error is an *Error, and String undoes Parse.
func FuzzParse(f *testing.F) {
	for _, text := range []string{
		"91440300708461136T", "D2143569X", "11010519491231002X", "440703001002GB00012F00010102", "6901234500011",
		"96385074", "069012345000000127", "999-12345675", "CSQU3054383", "020220260000012345", "110601260000000001",
		licence, "", ".", LicencePrefix,
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		identity(t, text, ParseUSCC)
		identity(t, text, ParseUnitNumber)
		identity(t, text, ParseAirWaybill)
		identity(t, text, ParseContainer)
		identity(t, text, ParseCustomsDeclaration)
		identity(t, text, ParseLicenceID)
		identity(t, text, func(text string) (FiscalBill, error) {
			cut := min(8, len(text))
			return ParseFiscalBill(text[:cut], text[cut:])
		})
		checks := []func(string) error{
			CheckOrgCode, CheckGTIN, CheckGLN, CheckSSCC, CheckFiscalBillCode, CheckFiscalBillCheckCode,
		}
		for _, check := range checks {
			if err := check(text); err != nil {
				if _, ok := err.(*Error); !ok {
					t.Errorf("%q: error %v is no *Error", text, err)
				}
			}
		}
		// A body with the check digit computed for it passes.
		if digit, err := USCCCheckDigit(text); err == nil && CheckUSCC(text+string(digit)) != nil {
			t.Errorf("%q with %c fails", text, digit)
		}
		if digit, err := OrgCodeCheckDigit(text); err == nil && CheckOrgCode(text+string(digit)) != nil {
			t.Errorf("%q with %c fails", text, digit)
		}
		if digit, err := ContainerCheckDigit(text); err == nil && CheckContainer(text+string(digit)) != nil {
			t.Errorf("%q with %c fails", text, digit)
		}
		if digit, err := GS1CheckDigit(text); err == nil && len(text) == 12 && CheckGLN(text+string(digit)) != nil {
			t.Errorf("%q with %c fails", text, digit)
		}
	})
}
