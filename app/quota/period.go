package quota

import (
	"math"
	"time"
)

// cityOffset is UTC+8, the time of the city's offices: its days are the days of
// the breakdown, and a quota's period of a day begins at its midnight.
const cityOffset = 8 * time.Hour

// Period returns the number of the period that a block time lies in; seconds is the
// length of a period. Times before 1970 count as 1970.
func Period(seconds uint64, t time.Time) uint64 { return citySeconds(t) / seconds }

// Bounds returns when a period begins and when the next one does.
func Bounds(seconds, period uint64) (start, end time.Time) {
	start = time.Unix(int64(period*seconds), 0).Add(-cityOffset).UTC()
	return start, start.Add(time.Duration(seconds) * time.Second)
}

func citySeconds(t time.Time) uint64 { return uint64(max(t.Add(cityOffset).Unix(), 0)) }

const daySeconds = 24 * 60 * 60

// Day is a day in UTC+8, counted from 1970-01-01.
type Day uint32

// LastDay is after all days that a block can have.
const LastDay Day = math.MaxUint32

// DayOf returns the day that a block time lies in.
func DayOf(t time.Time) Day { return Day(citySeconds(t) / daySeconds) }

// ParseDay reads a day such as "2026-03-02"; ok is false for anything else and for
// days before 1970.
func ParseDay(s string) (d Day, ok bool) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil || t.Unix() < 0 {
		return 0, false
	}
	return Day(t.Unix() / daySeconds), true
}

// String returns the day as ParseDay reads it.
func (d Day) String() string {
	return time.Unix(int64(d)*daySeconds, 0).UTC().Format(time.DateOnly)
}
