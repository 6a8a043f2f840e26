package idcodes

import (
	"strings"
	"testing"
)

// same reports whether err is the error want, or nil for nil.
func same(err error, want *Error) bool {
	if err == nil || want == nil {
		return err == nil && want == nil
	}
	got, ok := err.(*Error)
	return ok && *got == *want
}

// TestVectors has the vectors of the scenario catalogue, section 1.7, and its
// sample cast, and one row for each rule of each code.
func TestVectors(t *testing.T) {
	runChecks(t, []checkRow{
		{"uscc", CheckUSCC, "91350100M000100Y43", nil},
		{"uscc, known", CheckUSCC, "91440300708461136T", nil},
		{"uscc with a letter that is none of its own", CheckUSCC, "91350100M000100Y4Z", &Error{"USCC", 18, RuleCharacter}},
		{"uscc without the subtraction", CheckUSCC, "91350100M000100Y4X", &Error{"USCC", 18, RuleCheckDigit}},
		{"uscc, two characters swapped", CheckUSCC, "91440300704861136T", &Error{"USCC", 18, RuleCheckDigit}},
		{"uscc, first fault first", CheckUSCC, "91350100M0O0100Y4Z", &Error{"USCC", 11, RuleCharacter}},
		{"uscc, letter in the region", CheckUSCC, "913501A0M000100Y43", &Error{"USCC", 7, RuleCharacter}},
		{"uscc, small letter", CheckUSCC, "91350100m000100Y43", &Error{"USCC", 9, RuleCharacter}},
		{"uscc, short", CheckUSCC, "91350100M000100Y4", &Error{"USCC", 0, RuleLength}},
		{"uscc, long", CheckUSCC, "91350100M000100Y433", &Error{"USCC", 0, RuleLength}},
		{"uscc, empty", CheckUSCC, "", &Error{"USCC", 0, RuleLength}},
		{"uscc, other script", CheckUSCC, "９１３５０１", &Error{"USCC", 1, RuleCharacter}},

		{"org code", CheckOrgCode, "D2143569X", nil},
		{"org code of a uscc", CheckOrgCode, "M000100Y4", nil},
		{"org code, wrong digit", CheckOrgCode, "D21435690", &Error{"organisation code", 9, RuleCheckDigit}},
		{"org code, hyphen", CheckOrgCode, "D2143569-X", &Error{"organisation code", 0, RuleLength}},
		{"org code, letter at the end", CheckOrgCode, "D2143569Y", &Error{"organisation code", 9, RuleCharacter}},
		{"org code, space", CheckOrgCode, " 2143569X", &Error{"organisation code", 1, RuleCharacter}},

		{"unit", CheckUnitNumber, "440703001002GB00012F00010102", nil},
		{"unit without fixture", CheckUnitNumber, "440705103204JD00031W00000000", nil},
		{"unit, collective land", CheckUnitNumber, "440705103204JC00031F00010001", nil},
		{"unit, collective parcel on state land", CheckUnitNumber, "440705103204GC00031F00010001", &Error{"real-estate unit number", 14, RuleValue}},
		{"unit, same for A", CheckUnitNumber, "440705103204ZA00031W00000000", &Error{"real-estate unit number", 14, RuleValue}},
		{"unit, number without fixture", CheckUnitNumber, "440705103204JD00031W00000001", &Error{"real-estate unit number", 21, RuleValue}},
		{"unit, ownership", CheckUnitNumber, "440703001002XB00012F00010102", &Error{"real-estate unit number", 13, RuleCharacter}},
		{"unit, parcel", CheckUnitNumber, "440703001002GI00012F00010102", &Error{"real-estate unit number", 14, RuleCharacter}},
		{"unit, fixture", CheckUnitNumber, "440703001002GB00012X00010102", &Error{"real-estate unit number", 20, RuleCharacter}},
		{"unit, letter in zone", CheckUnitNumber, "44070300A002GB00012F00010102", &Error{"real-estate unit number", 9, RuleCharacter}},
		{"unit, letter at the end", CheckUnitNumber, "440703001002GB00012F0001010O", &Error{"real-estate unit number", 28, RuleCharacter}},
		{"unit, short", CheckUnitNumber, "440703001002GB00012F0001010", &Error{"real-estate unit number", 0, RuleLength}},

		{"gtin-13", CheckGTIN, "6901234500011", nil},
		{"gtin-14", CheckGTIN, "16901234500018", nil},
		{"gtin-8", CheckGTIN, "96385074", nil},
		{"gtin-12", CheckGTIN, "036000291452", nil},
		{"gtin, wrong digit", CheckGTIN, "6901234500012", &Error{"GTIN", 13, RuleCheckDigit}},
		{"gtin, no such length", CheckGTIN, "69012345000", &Error{"GTIN", 0, RuleLength}},
		{"gtin, letter", CheckGTIN, "69012345000I1", &Error{"GTIN", 12, RuleCharacter}},
		{"gln", CheckGLN, "6909999000012", nil},
		{"gln, wrong digit", CheckGLN, "6909999000013", &Error{"GLN", 13, RuleCheckDigit}},
		{"gln, length", CheckGLN, "16901234500018", &Error{"GLN", 0, RuleLength}},
		{"sscc", CheckSSCC, "069012345000000127", nil},
		{"sscc, wrong digit", CheckSSCC, "069012345000000128", &Error{"SSCC", 18, RuleCheckDigit}},
		{"sscc, with identifier", CheckSSCC, "00069012345000000127", &Error{"SSCC", 0, RuleLength}},

		{"air waybill", CheckAirWaybill, "999-12345675", nil},
		{"air waybill, other", CheckAirWaybill, "999-40718263", nil},
		{"air waybill, wrong digit", CheckAirWaybill, "999-12345676", &Error{"air waybill", 12, RuleCheckDigit}},
		{"air waybill, digit beyond 6", CheckAirWaybill, "999-12345679", &Error{"air waybill", 12, RuleCheckDigit}},
		{"air waybill, no hyphen", CheckAirWaybill, "999 12345675", &Error{"air waybill", 4, RuleCharacter}},
		{"air waybill, digits only", CheckAirWaybill, "99912345675", &Error{"air waybill", 0, RuleLength}},
		{"air waybill, letter in airline", CheckAirWaybill, "99X-12345675", &Error{"air waybill", 3, RuleCharacter}},

		{"container", CheckContainer, "CSQU3054383", nil},
		{"container, wrong digit", CheckContainer, "CSQU3054384", &Error{"container number", 11, RuleCheckDigit}},
		{"container, category", CheckContainer, "CSQA3054383", &Error{"container number", 4, RuleCharacter}},
		{"container, digit in owner", CheckContainer, "C5QU3054383", &Error{"container number", 2, RuleCharacter}},
		{"container, letter at the end", CheckContainer, "CSQU305438X", &Error{"container number", 11, RuleCharacter}},
		{"container, short", CheckContainer, "CSQU305438", &Error{"container number", 0, RuleLength}},

		{"customs", CheckCustomsDeclaration, "020220260000012345", nil},
		{"customs, import", CheckCustomsDeclaration, "020220261000012345", nil},
		{"customs, flow", CheckCustomsDeclaration, "020220262000012345", &Error{"customs declaration", 9, RuleCharacter}},
		{"customs, letter", CheckCustomsDeclaration, "02022026000001234X", &Error{"customs declaration", 18, RuleCharacter}},
		{"customs, short", CheckCustomsDeclaration, "02022026000001234", &Error{"customs declaration", 0, RuleLength}},

		{"bill", bill, "11060126 0000000001", nil},
		{"bill, zero", bill, "11060126 0000000000", &Error{"fiscal e-bill", 9, RuleValue}},
		{"bill, letter in code", bill, "1106012X 0000000001", &Error{"fiscal e-bill", 8, RuleCharacter}},
		{"bill, letter in number", bill, "11060126 000000000I", &Error{"fiscal e-bill", 18, RuleCharacter}},
		{"bill, digit moved from number to code", bill, "110601260 000000001", &Error{"fiscal e-bill", 0, RuleLength}},
		{"bill code", CheckFiscalBillCode, "11060126", nil},
		{"bill code, short", CheckFiscalBillCode, "1106012", &Error{"fiscal e-bill code", 0, RuleLength}},
		{"bill check code", CheckFiscalBillCheckCode, "a1B2c3", nil},
		{"bill check code, sign", CheckFiscalBillCheckCode, "a1B2c-", &Error{"fiscal e-bill check code", 6, RuleCharacter}},
		{"bill check code, long", CheckFiscalBillCheckCode, "a1B2c3d", &Error{"fiscal e-bill check code", 0, RuleLength}},

		{"licence", CheckLicenceID, licence, nil},
		{"licence, wrong digit", CheckLicenceID, licence[:len(licence)-1] + "M", &Error{"e-licence id", 72, RuleCheckDigit}},
		{"licence, other prefix", CheckLicenceID, "1.2.156.3005.3" + licence[14:], &Error{"e-licence id", 14, RuleCharacter}},
		{"licence, prefix alone", CheckLicenceID, LicencePrefix, &Error{"e-licence id", 16, RuleLength}},
		{"licence, short type", CheckLicenceID, LicencePrefix + licence[16:], &Error{"e-licence id", 16, RuleLength}},
		{"licence, small letter in type", CheckLicenceID, strings.Replace(licence, "W011", "w011", 1), &Error{"e-licence id", 33, RuleCharacter}},
		{"licence, issuer that is no uscc", CheckLicenceID, strings.Replace(licence, "00043D", "00043E", 1), &Error{"USCC", 55, RuleCheckDigit}},
		{"licence, part too many", CheckLicenceID, licence + ".0", &Error{"e-licence id", 72, RuleLength}},
		{"licence, dot at the end", CheckLicenceID, licence + ".", &Error{"e-licence id", 72, RuleLength}},
		{"licence, part too few", CheckLicenceID, licence[:len(licence)-2], &Error{"e-licence id", 68, RuleLength}},
		{"licence, empty serial", CheckLicenceID, strings.Replace(licence, "SN00000001", "", 1), &Error{"e-licence id", 57, RuleLength}},
		{"licence, long serial", CheckLicenceID, strings.Replace(licence, "SN00000001", strings.Repeat("0", 33), 1), &Error{"e-licence id", 57, RuleLength}},
		{"licence, empty", CheckLicenceID, "", &Error{"e-licence id", 0, RuleLength}},
	})
}

// checkRow is a text, and what its check says of it.
type checkRow struct {
	name  string
	check func(string) error
	text  string
	want  *Error
}

func runChecks(t *testing.T, rows []checkRow) {
	t.Helper()
	for _, tt := range rows {
		t.Run(tt.name, func(t *testing.T) {
			if err := tt.check(tt.text); !same(err, tt.want) {
				t.Errorf("%q: got %v, want %v", tt.text, err, tt.want)
			}
		})
	}
}

// licence is the vector of the catalogue.
const licence = "1.2.156.3005.2.11100000000013338W011.11440700MB2T00043D.SN00000001.001.L"

// bill checks a code and a number with a space between.
func bill(text string) error {
	code, num, _ := strings.Cut(text, " ")
	return CheckFiscalBill(code, num)
}

// cast are the organisations of the catalogue, section 1.10.
var cast = strings.Fields(`
	11440700MB2T00019W 11440700MB2T00027P 11440700MB2T00035J 11440700MB2T00043D 11440700MB2T000518
	11440700MB2T0006X0 11440700MB2T000780 11440700MB2T00094M 11440700MB2T00107B 11440700MB2T001231
	11440700MB2T00131U 12440700MB2T0014XG 11440700MB2T00158K 11440604MB2T001663 11110000MB2T00174L
	11110000MB2T00182F 11110000MB2T00190A 11120000MB2T002034 91440700MA5T10016K 91440700MA5T10024E
	91440703MA5T10032L 93440705MA5T100406 91440705MA5T100599 91440703MA5T100677 51440700MJ5T10078L
	12440700MB5T100875 12440700MB5T100950 52440703MJ5T101078 91110108MA5T101121 91110108MA5T10120U
	91110105MA5T10139D`)

func TestCast(t *testing.T) {
	for _, text := range cast {
		u, err := ParseUSCC(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if err := CheckOrgCode(u.OrgCode); err != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// TestCheckDigitsCatchTypos: one wrong character, and for all but two codes two
// neighbours swapped, is always noticed.
func TestCheckDigitsCatchTypos(t *testing.T) {
	runTypos(t, []typoRow{
		{"uscc", cast[0], usccAlphabet, 0, CheckUSCC, true},
		{"org code", "D2143569X", alphaDigit, 0, CheckOrgCode, false}, // letters may differ by 11
		{"gtin", "6901234500011", digits, 0, CheckGTIN, false},        // neighbours may differ by 5
		{"licence", licence, alphaDigit, len(LicencePrefix), CheckLicenceID, true},
	})
}

// typoRow is a text of which every typo is to be noticed.
type typoRow struct {
	name, text, alphabet string
	from                 int // characters before it are left alone
	check                func(string) error
	swaps                bool
}

func runTypos(t *testing.T, rows []typoRow) {
	t.Helper()
	for _, tt := range rows {
		t.Run(tt.name, func(t *testing.T) {
			for i := tt.from; i < len(tt.text); i++ {
				for j := range len(tt.alphabet) {
					typo := tt.text[:i] + tt.alphabet[j:j+1] + tt.text[i+1:]
					congruent := tt.name == "org code" && (value(alphaDigit, typo[i])-value(alphaDigit, tt.text[i]))%11 == 0
					if typo != tt.text && tt.text[i] != '.' && !congruent && tt.check(typo) == nil {
						t.Errorf("%s passes", typo)
					}
				}
				if i == tt.from || !tt.swaps || tt.text[i] == '.' || tt.text[i-1] == '.' {
					continue
				}
				swapped := tt.text[:i-1] + tt.text[i:i+1] + tt.text[i-1:i] + tt.text[i+1:]
				if swapped != tt.text && tt.check(swapped) == nil {
					t.Errorf("%s passes", swapped)
				}
			}
		})
	}
}

func TestCheckDigits(t *testing.T) {
	runDigits(t, []digitRow{
		{"uscc", USCCCheckDigit, "91350100M000100Y4", '3', nil},
		{"uscc, rest 0", USCCCheckDigit, "11440700MB2T0006X", '0', nil},
		{"uscc, short", USCCCheckDigit, "9135", 0, &Error{"USCC", 0, RuleLength}},
		{"uscc, character", USCCCheckDigit, "9135010OM000100Y4", 0, &Error{"USCC", 8, RuleCharacter}},
		{"org code", OrgCodeCheckDigit, "D2143569", 'X', nil},
		{"org code, 11 is 0", OrgCodeCheckDigit, "00000000", '0', nil},
		{"org code, short", OrgCodeCheckDigit, "", 0, &Error{"organisation code", 0, RuleLength}},
		{"org code, character", OrgCodeCheckDigit, "D214356x", 0, &Error{"organisation code", 8, RuleCharacter}},
		{"gs1", GS1CheckDigit, "690123450001", '1', nil},
		{"gs1, 10 is 0", GS1CheckDigit, "0", '0', nil},
		{"gs1, empty", GS1CheckDigit, "", 0, &Error{"GS1 key", 0, RuleLength}},
		{"gs1, long", GS1CheckDigit, "069012345000000127", 0, &Error{"GS1 key", 0, RuleLength}},
		{"gs1, character", GS1CheckDigit, "1.", 0, &Error{"GS1 key", 2, RuleCharacter}},
		{"air waybill", AirWaybillCheckDigit, "4071826", '3', nil},
		{"air waybill, short", AirWaybillCheckDigit, "407182", 0, &Error{"air waybill", 0, RuleLength}},
		{"air waybill, character", AirWaybillCheckDigit, "407182X", 0, &Error{"air waybill", 7, RuleCharacter}},
		{"container", ContainerCheckDigit, "CSQU305438", '3', nil},
		{"container, 10 is 0", ContainerCheckDigit, "AAAU000044", '0', nil},
		{"container, short", ContainerCheckDigit, "CSQU", 0, &Error{"container number", 0, RuleLength}},
		{"container, character", ContainerCheckDigit, "CSQU30543X", 0, &Error{"container number", 10, RuleCharacter}},
		{"mod 37,36", Mod3736CheckDigit, "123AB", 'X', nil},
		{"mod 37,36, other", Mod3736CheckDigit, "A12425GABC1234002", 'M', nil},
		{"mod 37,36, empty", Mod3736CheckDigit, "", 0, &Error{"MOD 37,36", 0, RuleLength}},
		{"mod 37,36, long", Mod3736CheckDigit, strings.Repeat("0", 80), 0, &Error{"MOD 37,36", 0, RuleLength}},
		{"mod 37,36, character", Mod3736CheckDigit, "12a", 0, &Error{"MOD 37,36", 3, RuleCharacter}},
	})
}

// digitRow is a text and its check digit.
type digitRow struct {
	name    string
	compute func(string) (byte, error)
	body    string
	want    byte
	wantErr *Error
}

func runDigits(t *testing.T, rows []digitRow) {
	t.Helper()
	for _, tt := range rows {
		t.Run(tt.name, func(t *testing.T) {
			if got, err := tt.compute(tt.body); got != tt.want || !same(err, tt.wantErr) {
				t.Errorf("got %c, %v, want %c, %v", got, err, tt.want, tt.wantErr)
			}
		})
	}
}

func TestErrorTexts(t *testing.T) {
	tests := []struct {
		err  Error
		want string
	}{
		{Error{"USCC", 0, RuleLength}, "USCC: wrong length"},
		{Error{"USCC", 18, RuleCheckDigit}, "USCC: position 18: check digit does not match"},
		{Error{"USCC", 9, RuleCharacter}, "USCC: position 9: character not allowed here"},
		{Error{"resident ID", 7, RuleDate}, "resident ID: position 7: no such day"},
		{Error{"fiscal e-bill", 9, RuleValue}, "fiscal e-bill: position 9: value not allowed here"},
		{Error{"x", 100, 0}, "x: position 100: unknown rule"},
	}
	for _, tt := range tests {
		if got := tt.err.Error(); got != tt.want {
			t.Errorf("got %q, want %q", got, tt.want)
		}
	}
}
