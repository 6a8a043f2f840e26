// Package story is the acceptance story of the calendar, to be played on any
// chain: in memory, in the runtime, on a real one.
package story

import (
	"testing"
	"time"

	sdk "github.com/chancery-chain/chancery/contracts-sdk"
	"github.com/chancery-chain/chancery/examples/calendar"
	"github.com/stretchr/testify/require"
)

// World is a chain that stories play on.
type World interface {
	// Party returns who acts with these roles in an organisation. Its errors carry
	// the contract's code, as sdk.CodeOf reads it.
	Party(name, org string, roles ...string) sdk.Executor
	// Address returns the address of a party.
	Address(name string) string
	// Nobody asks without an account.
	Nobody() sdk.Querier
	// At sets the block time of what follows.
	At(t time.Time)
	// Deploy deploys a contract of examples/ as an account of the city.
	Deploy(name, example string, init sdk.Marshaler) error
	// Permits reports whether queries carry an account.
	Permits() bool
}

// Name of the contract.
const Name = "city/calendar"

// Day returns ten in the morning of a day in China.
func Day(year int, month time.Month, day int) time.Time {
	return time.Date(year, month, day, 10, 0, 0, 0, time.FixedZone("", 8*60*60))
}

// Year2026 is the calendar of the notice of 2025-11-04.
func Year2026(reqID string) *calendar.PublishYearRequest {
	return &calendar.PublishYearRequest{
		ReqId: reqID, Year: 2026, NoticeRef: "国办 2025-11-04",
		Holidays: []int32{
			20260101, 20260102, 20260103,
			20260215, 20260216, 20260217, 20260218, 20260219, 20260220, 20260221, 20260222, 20260223,
			20260404, 20260405, 20260406, 20260501, 20260502, 20260503, 20260504, 20260505,
			20260619, 20260620, 20260621, 20260925, 20260926, 20260927,
			20261001, 20261002, 20261003, 20261004, 20261005, 20261006, 20261007,
		},
		Makeup: []int32{20260104, 20260214, 20260228, 20260509, 20260920, 20261010},
	}
}

// Init is what the city deploys the calendar with.
var Init = &calendar.InitRequest{OperatorOrg: "city", NoticeDays: 3}

// Vectors are the catalogue's for 2026: the n-th workday after a day.
var Vectors = []struct {
	Day  int32
	N    uint32
	Want int32
}{
	{20260212, 2, 20260214},
	{20260212, 5, 20260226},
	{20260212, 15, 20260311},
	{20260401, 3, 20260407},
	{20260918, 1, 20260920},
	{20260309, 45, 20260514},
}

// Play plays the story.
func Play(t *testing.T, w World) {
	w.At(Day(2026, 1, 12))
	require.NoError(t, w.Deploy(Name, "calendar", Init))
	operator := calendar.NewCalendarServiceClient(w.Party("operator", "city", "operator"), Name)
	housing := calendar.NewCalendarServiceClient(w.Party("housing", "housing", "operator"), Name)
	anyone := calendar.NewCalendarServiceQueryClient(w.Nobody(), Name)

	// 1: the operator publishes 2026; the same request again changes nothing.
	published, err := operator.PublishYear(Year2026("publish-2026"))
	require.NoError(t, err)
	require.Equal(t, uint32(1), published.Rev)
	_, err = operator.PublishYear(Year2026("publish-2026"))
	require.Equal(t, sdk.CodeReplayed, sdk.CodeOf(err))
	_, err = operator.PublishYear(Year2026("publish-2026-again"))
	require.Equal(t, calendar.CodeExists, sdk.CodeOf(err))

	// 2: everybody counts, and all the same.
	for _, v := range Vectors {
		sum, err := anyone.Add(&calendar.AddRequest{Date: v.Day, Days: v.N})
		require.NoError(t, err)
		require.Equal(t, v.Want, sum.Date, "%d + %d", v.Day, v.N)
		between, err := anyone.Between(&calendar.BetweenRequest{From: v.Day, To: v.Want})
		require.NoError(t, err)
		require.Equal(t, v.N, between.Days)
	}
	for day, want := range map[int32]bool{20260214: true, 20260217: false, 20260104: true, 20260110: false, 20260112: true} {
		is, err := anyone.IsWorkday(&calendar.IsWorkdayRequest{Date: day})
		require.NoError(t, err)
		require.Equal(t, want, is.Workday, "%d", day)
	}

	// 3: forbidden.
	amend := func(reqID string, day int32) *calendar.AmendYearRequest {
		return &calendar.AmendYearRequest{
			ReqId: reqID, Year: 2026, NoticeRef: "国办 2026-01",
			Changes: []*calendar.DayChange{{Date: day, Kind: calendar.DayKind_DAY_KIND_HOLIDAY}},
		}
	}
	_, err = housing.AmendYear(amend("amend-1", 20260302))
	require.Equal(t, sdk.CodeMissingRole, sdk.CodeOf(err), "another organisation's operator")
	_, err = operator.AmendYear(amend("amend-1", 20260109))
	require.Equal(t, calendar.CodeDeadline, sdk.CodeOf(err), "a day that is over")
	_, err = operator.AmendYear(amend("amend-1", 20260115))
	require.Equal(t, calendar.CodeDeadline, sdk.CodeOf(err), "a day three days ahead")
	amended, err := operator.AmendYear(amend("amend-1", 20261231))
	require.NoError(t, err)
	require.Equal(t, uint32(2), amended.Rev)
	_, err = operator.AmendYear(amend("amend-1", 20261230))
	require.Equal(t, sdk.CodeReplayed, sdk.CodeOf(err), "another request with the same id")

	// The auditor sees every revision with its notice.
	revisions, err := anyone.ListRevisions(&calendar.ListRevisionsRequest{Year: 2026})
	require.NoError(t, err)
	require.Len(t, revisions.Revisions, 2)
	require.Equal(t, "国办 2025-11-04", revisions.Revisions[0].NoticeRef)
	require.Equal(t, w.Address("operator"), revisions.Revisions[1].By)

	year, err := anyone.GetYear(&calendar.GetYearRequest{Year: 2026})
	require.NoError(t, err)
	require.Contains(t, year.Year.Holidays, int32(20261231))

	// 4: a year that is not published is not guessed.
	_, err = anyone.Add(&calendar.AddRequest{Date: 20261230, Days: 5})
	require.Equal(t, calendar.CodeIndeterminate, sdk.CodeOf(err))
	fact, ok := sdk.DetailsOf[calendar.MissingFact](err, calendar.CodeIndeterminate)
	require.True(t, ok)
	require.Equal(t, "calendar2027", fact.Fact)
}
