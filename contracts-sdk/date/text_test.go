package date

import "testing"

func TestParse(t *testing.T) {
	tests := []struct {
		name    string
		parse   func(string) (Date, error)
		text    string
		want    Date
		wantErr error
	}{
		{"hyphens", Parse, "2026-03-01", 2026_03_01, nil},
		{"first", Parse, "0001-01-01", Min, nil},
		{"last", Parse, "9999-12-31", Max, nil},
		{"no such day", Parse, "2026-02-29", 0, ErrInvalid},
		{"year zero", Parse, "0000-01-01", 0, ErrInvalid},
		{"compact in Parse", Parse, "20260301", 0, ErrSyntax},
		{"slashes", Parse, "2026/03/01", 0, ErrSyntax},
		{"short month", Parse, "2026-3-01", 0, ErrSyntax},
		{"sign", Parse, "2026-+3-01", 0, ErrSyntax},
		{"behind", Parse, "2026-03-01 ", 0, ErrSyntax},
		{"empty", Parse, "", 0, ErrSyntax},
		{"compact", ParseCompact, "20260301", 2026_03_01, nil},
		{"no such month", ParseCompact, "20261301", 0, ErrInvalid},
		{"hyphens in ParseCompact", ParseCompact, "2026-03-01", 0, ErrSyntax},
		{"letter", ParseCompact, "2026030l", 0, ErrSyntax},
		{"empty compact", ParseCompact, "", 0, ErrSyntax},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got, err := tt.parse(tt.text); got != tt.want || err != tt.wantErr {
				t.Errorf("got %v, %v, want %v, %v", got, err, tt.want, tt.wantErr)
			}
		})
	}
}

// FuzzParse: no text panics, and only what String and Compact write is read.
func FuzzParse(f *testing.F) {
	for _, text := range []string{"2026-03-01", "20260301", "0000-00-00", "2026-02-30", "", "-"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if d, err := Parse(text); err == nil && d.String() != text {
			t.Errorf("%q reads as %v", text, d)
		}
		if d, err := ParseCompact(text); err == nil && d.Compact() != text {
			t.Errorf("%q reads as %v", text, d)
		}
	})
}
