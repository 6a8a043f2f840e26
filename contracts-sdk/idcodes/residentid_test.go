package idcodes

import (
	"go/build"
	"testing"
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
