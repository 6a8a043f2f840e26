package date

import (
	"math"
	"testing"
)

func TestAdd(t *testing.T) {
	tests := []struct {
		name    string
		add     func(Date, int64) (Date, error)
		from    Date
		n       int64
		want    Date
		wantErr error
	}{
		{"days over a leap day", Date.AddDays, 2024_02_28, 2, 2024_03_01, nil},
		{"days over a new year", Date.AddDays, 2025_12_31, 1, 2026_01_01, nil},
		{"days back", Date.AddDays, 2026_03_01, -1, 2026_02_28, nil},
		{"no days", Date.AddDays, 2026_03_01, 0, 2026_03_01, nil},
		{"all days", Date.AddDays, Min, maxNumber - minNumber, Max, nil},
		{"a day too many", Date.AddDays, Max, 1, 0, ErrRange},
		{"a day too few", Date.AddDays, Min, -1, 0, ErrRange},
		{"days without end", Date.AddDays, Max, math.MaxInt64, 0, ErrRange},
		{"days without beginning", Date.AddDays, Min, math.MinInt64, 0, ErrRange},
		{"a month", Date.AddMonths, 2026_03_15, 1, 2026_04_15, nil},
		{"month without the day", Date.AddMonths, 2026_01_31, 1, 2026_02_28, nil},
		{"leap month without the day", Date.AddMonths, 2024_01_31, 1, 2024_02_29, nil},
		{"two months at once", Date.AddMonths, 2026_01_31, 2, 2026_03_31, nil},
		{"end of a short month does not stick", Date.AddMonths, 2026_02_28, 1, 2026_03_28, nil},
		{"month back", Date.AddMonths, 2026_03_31, -1, 2026_02_28, nil},
		{"months back over a new year", Date.AddMonths, 2026_01_31, -2, 2025_11_30, nil},
		{"months to the first", Date.AddMonths, Max, -9998*12 - 11, 1_01_31, nil},
		{"a month too early", Date.AddMonths, 1_01_31, -1, 0, ErrRange},
		{"a month too late", Date.AddMonths, 9999_12_01, 1, 0, ErrRange},
		{"months without end", Date.AddMonths, Min, math.MaxInt64, 0, ErrRange},
		{"months without beginning", Date.AddMonths, Max, math.MinInt64, 0, ErrRange},
		{"a year", Date.AddYears, 2026_03_15, 1, 2027_03_15, nil},
		{"leap day to a common year", Date.AddYears, 2024_02_29, 1, 2025_02_28, nil},
		{"leap day to a leap year", Date.AddYears, 2024_02_29, -4, 2020_02_29, nil},
		{"a year too late", Date.AddYears, 9999_01_01, 1, 0, ErrRange},
		{"a year too early", Date.AddYears, 1_12_31, -1, 0, ErrRange},
		{"years without end", Date.AddYears, Min, math.MaxInt64, 0, ErrRange},
		{"years without beginning", Date.AddYears, Max, math.MinInt64, 0, ErrRange},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got, err := tt.add(tt.from, tt.n); got != tt.want || err != tt.wantErr {
				t.Errorf("got %v, %v, want %v, %v", got, err, tt.want, tt.wantErr)
			}
		})
	}
}

func TestBetween(t *testing.T) {
	tests := []struct {
		a, b                Date
		days, months, years int64
	}{
		{2026_03_01, 2026_03_01, 0, 0, 0},
		{2026_03_01, 2026_03_31, 30, 0, 0},
		{2026_03_01, 2026_04_01, 31, 1, 0},
		{2026_01_31, 2026_02_27, 27, 0, 0},
		{2026_01_31, 2026_02_28, 28, 1, 0},
		{2024_02_29, 2025_02_27, 364, 11, 0},
		{2024_02_29, 2025_02_28, 365, 12, 1},
		{2024_02_29, 2028_02_28, 1460, 47, 3},
		{2024_02_29, 2028_02_29, 1461, 48, 4},
		{1990_03_07, 2026_03_06, 13148, 431, 35},
		{1990_03_07, 2026_03_07, 13149, 432, 36},
		{Min, Max, maxNumber - minNumber, 9998*12 + 11, 9998},
	}
	for _, tt := range tests {
		days, err := DaysBetween(tt.a, tt.b)
		if days != tt.days || err != nil {
			t.Errorf("days from %v to %v = %d, %v, want %d", tt.a, tt.b, days, err, tt.days)
		}
		months, err := MonthsBetween(tt.a, tt.b)
		if months != tt.months || err != nil {
			t.Errorf("months from %v to %v = %d, %v, want %d", tt.a, tt.b, months, err, tt.months)
		}
		years, err := YearsBetween(tt.a, tt.b)
		if years != tt.years || err != nil {
			t.Errorf("years from %v to %v = %d, %v, want %d", tt.a, tt.b, years, err, tt.years)
		}
		if back, err := MonthsBetween(tt.b, tt.a); back != -tt.months || err != nil {
			t.Errorf("months back from %v to %v = %d, %v, want %d", tt.b, tt.a, back, err, -tt.months)
		}
		if back, err := DaysBetween(tt.b, tt.a); back != -tt.days || err != nil {
			t.Errorf("days back from %v to %v = %d, %v, want %d", tt.b, tt.a, back, err, -tt.days)
		}
	}
}

func TestMonthBounds(t *testing.T) {
	for month, last := range []Date{31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31} {
		middle := Date(2024_00_15 + (month+1)*100)
		if got, err := middle.MonthStart(); got != middle-14 || err != nil {
			t.Errorf("month of %v starts %v, %v", middle, got, err)
		}
		if got, err := middle.MonthEnd(); got != middle-15+last || err != nil {
			t.Errorf("month of %v ends %v, %v", middle, got, err)
		}
	}
	if DaysIn(2026, 0) != 0 || DaysIn(2026, 13) != 0 {
		t.Error("months 0 and 13 have days")
	}
}

// FuzzPeriods holds the rules that contracts rely on for any two days.
func FuzzPeriods(f *testing.F) {
	f.Add(int64(0), int64(59))
	f.Add(int64(738945), int64(365))
	f.Fuzz(func(t *testing.T, first, span int64) {
		const all = maxNumber - minNumber + 1
		a, err := fromNumber(minNumber + floorMod(first, all))
		if err != nil {
			t.Fatal(err)
		}
		b, err := fromNumber(minNumber + floorMod(first/2+span, all))
		if err != nil {
			t.Fatal(err)
		}
		if b < a {
			a, b = b, a
		}
		days, err := DaysBetween(a, b)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := a.AddDays(days); got != b || err != nil {
			t.Errorf("%v + %d days = %v, %v, want %v", a, days, got, err, b)
		}
		months, err := MonthsBetween(a, b)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := a.AddMonths(months); got > b || err != nil {
			t.Errorf("%v + %d months = %v, %v, after %v", a, months, got, err, b)
		}
		if got, err := a.AddMonths(months + 1); got <= b && err != ErrRange {
			t.Errorf("%v + %d months = %v, %v, not after %v", a, months+1, got, err, b)
		}
		end, err := a.End()
		if err != nil {
			t.Fatal(err)
		}
		if FromUnix(end-1) != a || FromUnix(end) == a {
			t.Errorf("%v ends at %d", a, end)
		}
	})
}
