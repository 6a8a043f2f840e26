package date

import (
	"math"
	"testing"
	"time"
)

var china = time.FixedZone("UTC+8", 8*60*60)

func ofTime(t time.Time) Date {
	return Date(t.Year()*10000 + int(t.Month())*100 + t.Day())
}

// TestEveryDay compares all days of years 1 to 9999 with the standard library.
func TestEveryDay(t *testing.T) {
	at := time.Date(1, 1, 1, 0, 0, 0, 0, china)
	want := Min
	for n := int64(minNumber); n <= maxNumber; n++ {
		got, err := fromNumber(n)
		if got != want || err != nil {
			t.Fatalf("day %d = %v, %v, want %v", n, got, err, want)
		}
		if back, err := got.number(); back != n || err != nil {
			t.Fatalf("number of %v = %d, %v, want %d", got, back, err, n)
		}
		if start, err := got.Start(); start != at.Unix() || err != nil {
			t.Fatalf("%v starts at %d, %v, want %d", got, start, err, at.Unix())
		}
		if weekday := time.Weekday(got.Weekday() % 7); weekday != at.Weekday() {
			t.Fatalf("%v is a %v, want %v", got, weekday, at.Weekday())
		}
		at = at.AddDate(0, 0, 1)
		want = ofTime(at)
	}
	if want != Date(10000_01_01) {
		t.Errorf("ended before %v", want)
	}
}

func TestValid(t *testing.T) {
	valid := []Date{Min, Max, 2024_02_29, 2000_02_29, 2026_12_31}
	for _, d := range valid {
		if !d.Valid() {
			t.Errorf("%d is not valid", int32(d))
		}
	}
	invalid := []Date{
		0, -1, 1, 101, 2026_00_01, 2026_13_01, 2026_01_00, 2026_01_32, 2026_02_29, 1900_02_29, 2026_04_31,
		-2026_01_01, Max + 1, 10000_01_01, math.MaxInt32, math.MinInt32,
	}
	for _, d := range invalid {
		if d.Valid() {
			t.Errorf("%d is valid", int32(d))
		}
		calls := []struct {
			name string
			call func() error
		}{
			{"AddDays", func() error { _, err := d.AddDays(1); return err }},
			{"AddMonths", func() error { _, err := d.AddMonths(1); return err }},
			{"AddYears", func() error { _, err := d.AddYears(1); return err }},
			{"Start", func() error { _, err := d.Start(); return err }},
			{"End", func() error { _, err := d.End(); return err }},
			{"MonthStart", func() error { _, err := d.MonthStart(); return err }},
			{"MonthEnd", func() error { _, err := d.MonthEnd(); return err }},
			{"DaysBetween", func() error { _, err := DaysBetween(d, Min); return err }},
			{"DaysBetween", func() error { _, err := DaysBetween(Min, d); return err }},
			{"MonthsBetween", func() error { _, err := MonthsBetween(Max, d); return err }},
			{"YearsBetween", func() error { _, err := YearsBetween(d, Max); return err }},
		}
		for _, c := range calls {
			if err := c.call(); err != ErrInvalid {
				t.Errorf("%s of %d: %v", c.name, int32(d), err)
			}
		}
		if d.Weekday() != 0 || d.String() != "invalid date" || d.Compact() != "invalid date" {
			t.Errorf("%d has weekday %d and text %q", int32(d), d.Weekday(), d)
		}
	}
}

func TestFromUnix(t *testing.T) {
	tests := []struct {
		name string
		unix int64
		want Date
	}{
		{"1970", 0, 1970_01_01},
		{"before midnight", time.Date(2026, 3, 1, 23, 59, 59, 0, china).Unix(), 2026_03_01},
		{"midnight", time.Date(2026, 3, 2, 0, 0, 0, 0, china).Unix(), 2026_03_02},
		{"midnight UTC is eight in the morning", time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC).Unix(), 2026_03_02},
		{"still yesterday in UTC", time.Date(2026, 3, 1, 16, 0, 0, 0, time.UTC).Unix(), 2026_03_02},
		{"before 1970", -8*60*60 - 1, 1969_12_31},
		{"first second", time.Date(1, 1, 1, 0, 0, 0, 0, china).Unix(), Min},
		{"second before the first", time.Date(1, 1, 1, 0, 0, 0, 0, china).Unix() - 1, 0},
		{"last second", time.Date(9999, 12, 31, 23, 59, 59, 0, china).Unix(), Max},
		{"second after the last", time.Date(9999, 12, 31, 23, 59, 59, 0, china).Unix() + 1, 0},
		{"far past", math.MinInt64, 0},
		{"far future", math.MaxInt64, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := FromUnix(tt.unix); got != tt.want {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

func TestCompare(t *testing.T) {
	if Min.Compare(Max) != -1 || Max.Compare(Min) != 1 || Min.Compare(Min) != 0 {
		t.Error("order of Min and Max")
	}
}

func TestErrorTexts(t *testing.T) {
	seen := make(map[string]bool)
	for e := ErrInvalid; e <= ErrSyntax; e++ {
		if seen[e.Error()] || e.Error() == Error(0).Error() {
			t.Errorf("error %d has no text of its own: %q", e, e.Error())
		}
		seen[e.Error()] = true
	}
}
