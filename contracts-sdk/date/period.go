package date

// AddDays returns the date n days after d, before it for a negative n. A period
// of n days that starts the day after d ends on it. The error is ErrInvalid when
// d is not valid, ErrRange when the result would be outside years 1 to 9999.
func (d Date) AddDays(n int64) (Date, error) {
	from, err := d.number()
	if err != nil {
		return 0, err
	}
	// The bound keeps the sum far from overflow.
	if n > maxNumber-minNumber || n < minNumber-maxNumber {
		return 0, ErrRange
	}
	return fromNumber(from + n)
}

// AddMonths returns the same day of the month n months later, earlier for a
// negative n, or the last day of that month when it is shorter. The errors are
// those of AddDays.
func (d Date) AddMonths(n int64) (Date, error) {
	if !d.Valid() {
		return 0, ErrInvalid
	}
	const months = maxYear * 12
	if n > months || n < -months {
		return 0, ErrRange
	}
	month := int64(d.Year())*12 + int64(d.Month()) - 1 + n
	year := month / 12
	if month < 12 || year > maxYear {
		return 0, ErrRange
	}
	return clip(int32(year), int32(month%12)+1, d.Day())
}

// AddYears returns the same day of the year n years later, earlier for a
// negative n; 28 February for a 29 February that the year has not. The errors
// are those of AddDays.
func (d Date) AddYears(n int64) (Date, error) {
	if !d.Valid() {
		return 0, ErrInvalid
	}
	if n > maxYear || n < -maxYear {
		return 0, ErrRange
	}
	return d.AddMonths(n * 12)
}

// clip returns a date, on the last day of the month where it has fewer days.
func clip(year, month, day int32) (Date, error) {
	return New(year, month, min(day, DaysIn(year, month)))
}

// DaysBetween returns how many days b is after a; negative when it is before.
// The error is ErrInvalid.
func DaysBetween(a, b Date) (int64, error) {
	from, err := a.number()
	if err != nil {
		return 0, err
	}
	to, err := b.number()
	if err != nil {
		return 0, err
	}
	return to - from, nil
}

// MonthsBetween returns how many whole months lie between a and b: the largest n
// for which a plus n months is not after b. For b before a it is minus
// MonthsBetween(b, a). The error is ErrInvalid.
func MonthsBetween(a, b Date) (int64, error) {
	if !a.Valid() || !b.Valid() {
		return 0, ErrInvalid
	}
	if b < a {
		n, err := MonthsBetween(b, a)
		return -n, err
	}
	n := int64(b.Year()-a.Year())*12 + int64(b.Month()-a.Month())
	reached, err := clip(b.Year(), b.Month(), a.Day())
	if err != nil {
		return 0, err
	}
	if reached > b {
		n--
	}
	return n, nil
}

// YearsBetween returns how many whole years lie between a and b, such as a
// person's age: a year is complete on the anniversary, on 28 February for a
// 29 February in years without one. For b before a it is minus
// YearsBetween(b, a). The error is ErrInvalid.
func YearsBetween(a, b Date) (int64, error) {
	months, err := MonthsBetween(a, b)
	return months / 12, err
}
