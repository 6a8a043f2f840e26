package calendar

import (
	"slices"

	sdk "github.com/chancery-chain/chancery/contracts-sdk"
	"github.com/chancery-chain/chancery/contracts-sdk/date"
)

// IsWorkday says whether a day is a workday.
func (*Contract) IsWorkday(ctx *sdk.QueryCtx, req *IsWorkdayRequest) (*IsWorkdayResponse, error) {
	day := date.Date(req.Date)
	c := counter{years: NewStateView(ctx).Years}
	workday, err := c.workday(day, day.Weekday())
	if err != nil {
		return nil, err
	}
	return &IsWorkdayResponse{Workday: workday, Kind: kindOf(c.year, day)}, nil
}

// Add returns the n-th workday after a day.
func (*Contract) Add(ctx *sdk.QueryCtx, req *AddRequest) (*AddResponse, error) {
	day := date.Date(req.Date)
	c := counter{years: NewStateView(ctx).Years}
	weekday := day.Weekday()
	for left := req.Days; left > 0; {
		var err error
		if day, weekday, err = next(day, weekday); err != nil {
			return nil, err
		}
		workday, err := c.workday(day, weekday)
		if err != nil {
			return nil, err
		}
		if workday {
			left--
		}
	}
	return &AddResponse{Date: int32(day)}, nil
}

// Between counts the workdays after one day, up to and with another.
func (*Contract) Between(ctx *sdk.QueryCtx, req *BetweenRequest) (*BetweenResponse, error) {
	from, to := date.Date(req.From), date.Date(req.To)
	span, err := date.DaysBetween(from, to)
	switch {
	case err != nil:
		return nil, err
	case span > maxBetween:
		return nil, invalid("to", "at most 2000 days after from")
	}
	c := counter{years: NewStateView(ctx).Years}
	resp := &BetweenResponse{}
	for day, weekday := from, from.Weekday(); day < to; {
		if day, weekday, err = next(day, weekday); err != nil {
			return nil, err
		}
		workday, err := c.workday(day, weekday)
		if err != nil {
			return nil, err
		}
		if workday {
			resp.Days++
		}
	}
	return resp, nil
}

// GetYear returns the calendar of a year.
func (*Contract) GetYear(ctx *sdk.QueryCtx, req *GetYearRequest) (*GetYearResponse, error) {
	year, ok := NewStateView(ctx).Years.Get(req.Year)
	if !ok {
		return nil, ErrNotFound(&YearRef{Year: req.Year})
	}
	return &GetYearResponse{Year: year}, nil
}

// ListRevisions returns a page of a year's revisions.
func (*Contract) ListRevisions(ctx *sdk.QueryCtx, req *ListRevisionsRequest) (*ListRevisionsResponse, error) {
	list, next, err := NewStateView(ctx).Revisions.Under(req.Year).Page(req.PageToken, req.PageSize)
	if err != nil {
		return nil, err
	}
	return &ListRevisionsResponse{Revisions: list, NextPageToken: next}, nil
}

// counter looks days up and keeps the year that it looked at last.
type counter struct {
	years YearsView
	year  *Year
}

// workday reports whether a day is a workday. The weekday comes along because
// next counts it cheaply.
func (c *counter) workday(day date.Date, weekday date.Weekday) (bool, error) {
	if n := uint32(day.Year()); c.year == nil || c.year.Year != n {
		year, ok := c.years.Get(n)
		if !ok {
			return false, ErrIndeterminate(&MissingFact{Fact: "calendar" + number(n)})
		}
		c.year = year
	}
	if weekend(weekday) {
		return contains(c.year.Makeup, day), nil
	}
	return !contains(c.year.Holidays, day), nil
}

// next returns the day after and its weekday.
func next(day date.Date, weekday date.Weekday) (date.Date, date.Weekday, error) {
	weekday = weekday%7 + 1
	if day.Day() < 28 { // the day after is in the same month
		return day + 1, weekday, nil
	}
	day, err := day.AddDays(1)
	if err != nil {
		return 0, 0, invalid("date", "a day before year 10000")
	}
	return day, weekday, nil
}

// kindOf returns what a year's calendar says of a day.
func kindOf(year *Year, day date.Date) DayKind {
	switch {
	case contains(year.Holidays, day):
		return DayKind_DAY_KIND_HOLIDAY
	case contains(year.Makeup, day):
		return DayKind_DAY_KIND_MAKEUP
	}
	return DayKind_DAY_KIND_NORMAL
}

func weekend(w date.Weekday) bool { return w == date.Saturday || w == date.Sunday }

func contains(list []int32, day date.Date) bool {
	_, found := slices.BinarySearch(list, int32(day))
	return found
}
