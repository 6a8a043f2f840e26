package date

// Seconds of a day, and by how many seconds UTC+8 is ahead of UTC. China has had
// no summer time since 1991; the few summers before are counted without it.
const (
	daySeconds = 24 * 60 * 60
	offset     = 8 * 60 * 60
)

// Day numbers count from 1 January 1970.
const (
	minNumber = -719162 // Min
	maxNumber = 2932896 // Max
)

// FromUnix returns the day in UTC+8 of an instant in seconds since 1970, such as
// Ctx.Unix(). It returns zero, which is not valid, outside years 1 to 9999; a
// block time never is.
func FromUnix(seconds int64) Date {
	day := floorDiv(seconds, daySeconds)
	// Not floorDiv(seconds+offset): the sum could overflow.
	if seconds-day*daySeconds >= daySeconds-offset {
		day++
	}
	d, err := fromNumber(day)
	if err != nil {
		return 0
	}
	return d
}

// Start returns the first second of the day, 00:00 in UTC+8, in seconds since
// 1970. The error is ErrInvalid.
func (d Date) Start() (int64, error) {
	n, err := d.number()
	if err != nil {
		return 0, err
	}
	return n*daySeconds - offset, nil
}

// End returns the first second after the day, 24:00 in UTC+8, in seconds since
// 1970: t is within the day when Start <= t and t < End. A limit that includes
// its day has passed when the block time reaches End. The error is ErrInvalid.
func (d Date) End() (int64, error) {
	start, err := d.Start()
	if err != nil {
		return 0, err
	}
	return start + daySeconds, nil
}

// number returns how many days d is after 1 January 1970.
//
// Years are counted from March, so that the leap day is the last of its year:
// then days before a month follow one formula, and leap years need no case.
func (d Date) number() (int64, error) {
	if !d.Valid() {
		return 0, ErrInvalid
	}
	year, month := int64(d.Year()), int64(d.Month())
	if month < 3 {
		year--
		month += 12
	}
	beforeMonth := (153*(month-3) + 2) / 5 // days from 1 March
	beforeYear := 365*year + year/4 - year/100 + year/400
	return beforeYear + beforeMonth + int64(d.Day()) - 1 - marchDays, nil
}

// marchDays is the number of 1 January 1970 when days are counted from 1 March
// of year 0.
const marchDays = 719468

// fromNumber is the inverse of number. The error is ErrRange.
func fromNumber(n int64) (Date, error) {
	if n < minNumber || n > maxNumber {
		return 0, ErrRange
	}
	days := n + marchDays
	// An average year has 146097/400 days. Dividing by it may be one year too
	// many just before 1 March, which shows in a negative rest.
	year := days * 400 / 146097
	rest := days - (365*year + year/4 - year/100 + year/400)
	if rest < 0 {
		year--
		rest = days - (365*year + year/4 - year/100 + year/400)
	} else if length := 365 + leapDay(year+1); rest >= length {
		year++
		rest -= length
	}
	month := (5*rest + 2) / 153
	day := rest - (153*month+2)/5 + 1
	month += 3
	if month > 12 {
		month -= 12
		year++
	}
	return New(int32(year), int32(month), int32(day))
}

// leapDay returns 1 when the year that ends with February of year has a leap
// day.
func leapDay(year int64) int64 {
	if IsLeap(int32(year)) {
		return 1
	}
	return 0
}

// floorDiv is division rounded down, for b > 0.
func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

// floorMod is the rest of floorDiv.
func floorMod(a, b int64) int64 { return a - floorDiv(a, b)*b }
