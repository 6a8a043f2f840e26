package date

// Date is a day in UTC+8, written as the integer yyyymmdd. Any int32 can be
// converted to it; Valid says whether it is a day.
type Date int32

// Error is what can go wrong in this package.
type Error uint8

// The errors.
const (
	// ErrInvalid: a Date is no day of the calendar, such as 20260230 or zero.
	ErrInvalid Error = iota + 1
	// ErrRange: the result lies outside years 1 to 9999.
	ErrRange
	// ErrSyntax: text is not of the form that the parser's comment gives.
	ErrSyntax
)

// Error returns a sentence fragment for people.
func (e Error) Error() string {
	switch e {
	case ErrInvalid:
		return "date: no such day"
	case ErrRange:
		return "date: outside years 1 to 9999"
	case ErrSyntax:
		return "date: not a date"
	}
	return "date: unknown error"
}

// First and last date.
const (
	Min Date = 1_01_01
	Max Date = 9999_12_31
)

const maxYear = 9999

// New returns the date of year 1 to 9999, month 1 to 12 and day 1 to 31, or
// ErrInvalid.
func New(year, month, day int32) (Date, error) {
	if year < 1 || year > maxYear || month < 1 || month > 12 || day < 1 || day > DaysIn(year, month) {
		return 0, ErrInvalid
	}
	return Date(year*10000 + month*100 + day), nil
}

// Valid reports whether d is a day of the calendar. Zero is not.
func (d Date) Valid() bool {
	_, err := New(d.Year(), d.Month(), d.Day())
	return err == nil
}

// Year returns the year, 1 to 9999 of a valid date.
func (d Date) Year() int32 { return int32(d) / 10000 }

// Month returns the month, 1 to 12 of a valid date.
func (d Date) Month() int32 { return int32(d) / 100 % 100 }

// Day returns the day of the month, 1 to 31 of a valid date.
func (d Date) Day() int32 { return int32(d) % 100 }

// Compare returns -1 when d is before e, 0 when they are the same, +1 when d is
// after e. d < e says the same.
func (d Date) Compare(e Date) int {
	switch {
	case d < e:
		return -1
	case d > e:
		return 1
	}
	return 0
}

// Weekday is a day of the week, numbered as in ISO 8601: Monday is 1.
type Weekday uint8

// The days of the week. Zero is none of them.
const (
	Monday Weekday = iota + 1
	Tuesday
	Wednesday
	Thursday
	Friday
	Saturday
	Sunday
)

// Weekday returns the day of the week, or 0 when d is not valid.
func (d Date) Weekday() Weekday {
	n, err := d.number()
	if err != nil {
		return 0
	}
	return Weekday(floorMod(n+3, 7)) + 1 // 1 January 1970 was a Thursday
}

// IsLeap reports whether a year has a 29 February.
func IsLeap(year int32) bool {
	return year%4 == 0 && (year%100 != 0 || year%400 == 0)
}

// DaysIn returns how many days a month of 1 to 12 has, and 0 for other months.
func DaysIn(year, month int32) int32 {
	switch month {
	case 1, 3, 5, 7, 8, 10, 12:
		return 31
	case 4, 6, 9, 11:
		return 30
	case 2:
		if IsLeap(year) {
			return 29
		}
		return 28
	}
	return 0
}

// MonthStart returns the first day of d's month, or ErrInvalid.
func (d Date) MonthStart() (Date, error) {
	if !d.Valid() {
		return 0, ErrInvalid
	}
	return New(d.Year(), d.Month(), 1)
}

// MonthEnd returns the last day of d's month, or ErrInvalid.
func (d Date) MonthEnd() (Date, error) {
	if !d.Valid() {
		return 0, ErrInvalid
	}
	return New(d.Year(), d.Month(), DaysIn(d.Year(), d.Month()))
}
