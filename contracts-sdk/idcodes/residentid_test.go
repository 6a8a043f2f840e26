//go:build !wasip1

package idcodes

import (
	"go/build"
	"testing"

	"github.com/chancery-chain/chancery/contracts-sdk/date"
)

// TestResidentIDStaysOffChain: the functions for resident identity numbers are
// not in what a contract can link.
func TestResidentIDStaysOffChain(t *testing.T) {
	guest := build.Default
	guest.GOOS, guest.GOARCH = "wasip1", "wasm"
	for file, want := range map[string]bool{"residentid.go": false, "uscc.go": true} {
		if got, err := guest.MatchFile(".", file); got != want || err != nil {
			t.Errorf("%s is in Wasm builds: %v, %v, want %v", file, got, err, want)
		}
	}
}

func TestResidentID(t *testing.T) {
	runChecks(t, []checkRow{
		{"resident id", CheckResidentID, "11010519491231002X", nil},
		{"resident id, other", CheckResidentID, "34052419800101001X", nil},
		{"resident id of the cast", CheckResidentID, "440703199003071016", nil},
		{"resident id, small x", CheckResidentID, "11010519491231002x", &Error{"resident ID", 18, RuleCharacter}},
		{"resident id, no such day", CheckResidentID, "11010519490231002X", &Error{"resident ID", 7, RuleDate}},
		{"resident id, wrong digit", CheckResidentID, "110105194912310021", &Error{"resident ID", 18, RuleCheckDigit}},
		{"resident id, old form", CheckResidentID, "110105491231002", &Error{"resident ID", 0, RuleLength}},
		{"resident id, letter", CheckResidentID, "1101051949123100XX", &Error{"resident ID", 17, RuleCharacter}},
	})
	runTypos(t, []typoRow{
		{"resident id", "11010519491231002X", digits + "X", 0, CheckResidentID, true},
	})
	runDigits(t, []digitRow{
		{"resident id", ResidentIDCheckDigit, "34052419800101001", 'X', nil},
		{"resident id, long", ResidentIDCheckDigit, "340524198001010011", 0, &Error{"resident ID", 0, RuleLength}},
		{"resident id, character", ResidentIDCheckDigit, "3405241980010100X", 0, &Error{"resident ID", 17, RuleCharacter}},
	})
	equal(t, mustParse(t, ParseResidentID, "11010519491231002X"), ResidentID{"110105", date.Date(1949_12_31), "002", "X"})
}

// FuzzParseResidentID: no text panics, every error is an *Error, and String undoes
// ParseResidentID.
func FuzzParseResidentID(f *testing.F) {
	f.Add("11010519491231002X")
	f.Add("110105194902310021")
	f.Fuzz(func(t *testing.T, text string) { identity(t, text, ParseResidentID) })
}
