// Package calendar is the contract for the working calendar: which days are
// workdays, and which day a limit of so many workdays ends on. README.md tells
// what it promises.
package calendar

import (
	"slices"
	"strconv"

	sdk "github.com/chancery-chain/chancery/contracts-sdk"
	"github.com/chancery-chain/chancery/contracts-sdk/date"
)

// maxBetween is the longest span of Between, in days: five years.
const maxBetween = 2000

// Contract implements CalendarService.
type Contract struct{}

// Init stores who publishes.
func (*Contract) Init(ctx *sdk.Ctx, req *InitRequest) (*InitResponse, error) {
	return nil, NewState(ctx).Config.Set(&Config{OperatorOrg: req.OperatorOrg, NoticeDays: req.NoticeDays})
}

// PublishYear makes the calendar of a year known.
func (*Contract) PublishYear(ctx *sdk.Ctx, req *PublishYearRequest) (*PublishYearResponse, error) {
	state := NewState(ctx)
	year := &Year{Year: req.Year, Rev: 1, Holidays: req.Holidays, Makeup: req.Makeup, NoticeRef: req.NoticeRef}
	if err := checkYear(year); err != nil {
		return nil, err
	}
	if state.Years.Has(req.Year) {
		return nil, ErrExists(&YearRef{Year: req.Year})
	}
	if err := store(ctx, state, year); err != nil {
		return nil, err
	}
	EmitPublishYear(ctx, &PublishYear{Id: number(year.Year), Org: ctx.Org(), Ver: year.Rev, NoticeRef: year.NoticeRef})
	return &PublishYearResponse{Rev: year.Rev}, nil
}

// AmendYear changes days that are far enough ahead.
func (*Contract) AmendYear(ctx *sdk.Ctx, req *AmendYearRequest) (*AmendYearResponse, error) {
	state := NewState(ctx)
	year, ok := state.Years.Get(req.Year)
	if !ok {
		return nil, ErrNotFound(&YearRef{Year: req.Year})
	}
	config, _ := state.Config.Get()
	after, err := date.FromUnix(ctx.Unix()).AddDays(int64(config.GetNoticeDays()))
	if err != nil {
		return nil, err
	}
	for i, change := range req.Changes {
		if err := amend(year, req.Changes[:i], change, after); err != nil {
			return nil, err
		}
	}
	year.Rev++
	year.NoticeRef = req.NoticeRef
	if err := checkYear(year); err != nil {
		return nil, err
	}
	if err := store(ctx, state, year); err != nil {
		return nil, err
	}
	EmitAmendYear(ctx, &AmendYear{Id: number(year.Year), Org: ctx.Org(), Ver: year.Rev, NoticeRef: year.NoticeRef})
	return &AmendYearResponse{Rev: year.Rev}, nil
}

// amend makes one change; before are the changes made before it.
func amend(year *Year, before []*DayChange, change *DayChange, after date.Date) error {
	day := date.Date(change.Date)
	switch {
	case uint32(day.Year()) != year.Year:
		return invalid("changes.date", "a day of the year")
	case day <= after:
		return ErrDeadline(&TooLate{Date: change.Date, After: int32(after)})
	}
	for _, other := range before {
		if other.Date == change.Date {
			return invalid("changes.date", "another day each time")
		}
	}
	if kindOf(year, day) == change.Kind {
		return invalid("changes.kind", "another kind than the day is")
	}
	year.Holidays, year.Makeup = without(year.Holidays, change.Date), without(year.Makeup, change.Date)
	switch change.Kind {
	case DayKind_DAY_KIND_NORMAL:
	case DayKind_DAY_KIND_HOLIDAY:
		year.Holidays = with(year.Holidays, change.Date)
	case DayKind_DAY_KIND_MAKEUP:
		year.Makeup = with(year.Makeup, change.Date)
	default:
		return invalid("changes.kind", "one of the declared kinds")
	}
	return nil
}

// without returns a sorted list without a day.
func without(list []int32, day int32) []int32 {
	if at, found := slices.BinarySearch(list, day); found {
		return slices.Delete(list, at, at+1)
	}
	return list
}

// with returns a sorted list with a day that is not in it.
func with(list []int32, day int32) []int32 {
	at, _ := slices.BinarySearch(list, day)
	return slices.Insert(list, at, day)
}

// store writes a year and its revision.
func store(ctx *sdk.Ctx, state State, year *Year) error {
	if err := state.Years.Set(year); err != nil {
		return err
	}
	return state.Revisions.Set(&Revision{
		Year: year.Year, Rev: year.Rev, Holidays: year.Holidays, Makeup: year.Makeup, NoticeRef: year.NoticeRef,
		By: ctx.Origin(), At: ctx.Unix(),
	})
}

func number(n uint32) string { return strconv.FormatUint(uint64(n), 10) }

func invalid(field, rule string) error {
	return ErrInvalid(&InvalidField{Field: field, Rule: rule})
}
