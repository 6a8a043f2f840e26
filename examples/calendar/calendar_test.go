package calendar_test

import (
	"slices"
	"testing"
	"time"

	sdk "github.com/chancery-chain/chancery/contracts-sdk"
	"github.com/chancery-chain/chancery/contracts-sdk/sdktest"
	"github.com/chancery-chain/chancery/examples/calendar"
	"github.com/chancery-chain/chancery/examples/calendar/story"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// memory is a chain in memory as a world of stories.
type memory struct {
	chain   *sdktest.Chain
	parties map[string]*sdktest.Account
}

func newMemory() *memory {
	return &memory{chain: sdktest.New(), parties: map[string]*sdktest.Account{}}
}

func (m *memory) Party(name, org string, roles ...string) sdk.Executor {
	m.parties[name] = m.chain.Account("cy1"+name, org, roles...)
	return m.parties[name]
}

func (m *memory) Address(name string) string { return m.parties[name].Address }
func (m *memory) Nobody() sdk.Querier        { return m.chain.Anonymous() }
func (m *memory) At(t time.Time)             { m.chain.SetTime(t) }
func (m *memory) Permits() bool              { return true }

func (m *memory) Deploy(name, _ string, init sdk.Marshaler) error {
	dev := m.chain.Account("cy1dev", "city", "developer")
	return m.chain.DeployInit(dev, name, calendar.NewService(&calendar.Contract{}), "Init", init)
}

func TestStory(t *testing.T) {
	m := newMemory()
	story.Play(t, m)
	require.Len(t, m.chain.Events(), 2, "one event for each mutation")
	require.Equal(t, "chancery.examples.calendar.v1.AmendYear", m.chain.Events()[1].Type)
}

// deployed returns a chain with 2026 published, at the 12th of January.
func deployed(t require.TestingT) (*sdktest.Chain, calendar.CalendarServiceClient) {
	m := newMemory()
	m.At(story.Day(2026, 1, 12))
	require.NoError(t, m.Deploy(story.Name, "calendar", story.Init))
	operator := calendar.NewCalendarServiceClient(m.Party("operator", "city", "operator"), story.Name)
	_, err := operator.PublishYear(story.Year2026("first"))
	require.NoError(t, err)
	return m.chain, operator
}

func TestPublishRefuses(t *testing.T) {
	chain, operator := deployed(t)
	before := chain.State(story.Name)
	tests := []struct {
		name string
		edit func(*calendar.PublishYearRequest)
		want uint32
	}{
		{"no request id", func(r *calendar.PublishYearRequest) { r.ReqId = "" }, sdk.CodeInvalidField},
		{"request id with a space", func(r *calendar.PublishYearRequest) { r.ReqId = "a b" }, sdk.CodeInvalidField},
		{"year before 2000", func(r *calendar.PublishYearRequest) { r.Year = 1999 }, sdk.CodeInvalidField},
		{"no notice", func(r *calendar.PublishYearRequest) { r.NoticeRef = "" }, sdk.CodeInvalidField},
		{"65 holidays", func(r *calendar.PublishYearRequest) { r.Holidays = make([]int32, 65) }, sdk.CodeInvalidField},
		{"no day", func(r *calendar.PublishYearRequest) { r.Holidays = []int32{20270230} }, sdk.CodeInvalidField},
		{"day of another year", func(r *calendar.PublishYearRequest) { r.Holidays = []int32{20260101} }, calendar.CodeInvalid},
		{"out of order", func(r *calendar.PublishYearRequest) { r.Holidays = []int32{20270102, 20270101} }, calendar.CodeInvalid},
		{"twice", func(r *calendar.PublishYearRequest) { r.Holidays = []int32{20270101, 20270101} }, calendar.CodeInvalid},
		{"makeup Monday", func(r *calendar.PublishYearRequest) { r.Makeup = []int32{20270104} }, calendar.CodeInvalid},
		{"makeup holiday", func(r *calendar.PublishYearRequest) {
			r.Holidays, r.Makeup = []int32{20270102}, []int32{20270102}
		}, calendar.CodeInvalid},
		{"used request id", func(r *calendar.PublishYearRequest) { r.ReqId = "first" }, sdk.CodeReplayed},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			req := &calendar.PublishYearRequest{ReqId: "other", Year: 2027, NoticeRef: "x"}
			tt.edit(req)
			_, err := operator.PublishYear(req)
			require.Equal(t, tt.want, sdk.CodeOf(err), "%v", err)
			require.Equal(t, before, chain.State(story.Name), "a failed message changes nothing")
			require.Len(t, chain.Events(), 1)
		})
	}
}

func TestAmend(t *testing.T) {
	_, operator := deployed(t)
	change := func(day int32, kind calendar.DayKind) *calendar.DayChange {
		return &calendar.DayChange{Date: day, Kind: kind}
	}
	tests := []struct {
		name    string
		changes []*calendar.DayChange
		want    uint32
	}{
		{"none", nil, sdk.CodeInvalidField},
		{"no kind", []*calendar.DayChange{change(20260302, 0)}, sdk.CodeInvalidField},
		{"kind that is none", []*calendar.DayChange{change(20260302, 9)}, sdk.CodeInvalidField},
		{"holiday that is one", []*calendar.DayChange{change(20261001, calendar.DayKind_DAY_KIND_HOLIDAY)}, calendar.CodeInvalid},
		{"twice", []*calendar.DayChange{change(20260302, calendar.DayKind_DAY_KIND_HOLIDAY), change(20260302, calendar.DayKind_DAY_KIND_NORMAL)}, calendar.CodeInvalid},
		{"makeup Monday", []*calendar.DayChange{change(20260302, calendar.DayKind_DAY_KIND_MAKEUP)}, calendar.CodeInvalid},
		{"another year", []*calendar.DayChange{change(20270302, calendar.DayKind_DAY_KIND_HOLIDAY)}, calendar.CodeInvalid},
		{"today", []*calendar.DayChange{change(20260112, calendar.DayKind_DAY_KIND_HOLIDAY)}, calendar.CodeDeadline},
		{"first day that can", []*calendar.DayChange{change(20260116, calendar.DayKind_DAY_KIND_HOLIDAY)}, 0},
		{"both ways", []*calendar.DayChange{
			change(20261007, calendar.DayKind_DAY_KIND_NORMAL), change(20261010, calendar.DayKind_DAY_KIND_HOLIDAY),
			change(20261011, calendar.DayKind_DAY_KIND_MAKEUP),
		}, 0},
	}
	for i, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := operator.AmendYear(&calendar.AmendYearRequest{ReqId: string(rune('a' + i)), Year: 2026, Changes: tt.changes, NoticeRef: "x"})
			require.Equal(t, tt.want, sdk.CodeOf(err), "%v", err)
		})
	}
	year, err := operator.GetYear(&calendar.GetYearRequest{Year: 2026})
	require.NoError(t, err)
	require.Equal(t, uint32(3), year.Year.Rev)
	require.True(t, slices.IsSorted(year.Year.Holidays))
	require.Contains(t, year.Year.Makeup, int32(20261011))
	require.NotContains(t, year.Year.Makeup, int32(20261010))
	_, err = operator.AmendYear(&calendar.AmendYearRequest{ReqId: "z", Year: 2027, Changes: tests[8].changes, NoticeRef: "x"})
	require.Equal(t, calendar.CodeNotFound, sdk.CodeOf(err))
}

func TestQueriesRefuse(t *testing.T) {
	_, c := deployed(t)
	_, err := c.IsWorkday(&calendar.IsWorkdayRequest{Date: 20260230})
	require.Equal(t, sdk.CodeInvalidField, sdk.CodeOf(err))
	_, err = c.IsWorkday(&calendar.IsWorkdayRequest{Date: 20270101})
	require.Equal(t, calendar.CodeIndeterminate, sdk.CodeOf(err))
	for _, n := range []uint32{0, 1001} {
		_, err = c.Add(&calendar.AddRequest{Date: 20260101, Days: n})
		require.Equal(t, sdk.CodeInvalidField, sdk.CodeOf(err))
	}
	for to, want := range map[int32]uint32{0: sdk.CodeInvalidField, 20260100: sdk.CodeInvalidField, 20251231: sdk.CodeInvalidField, 20320101: calendar.CodeInvalid} {
		_, err = c.Between(&calendar.BetweenRequest{From: 20260101, To: to})
		require.Equal(t, want, sdk.CodeOf(err), "%d", to)
	}
	_, err = c.Add(&calendar.AddRequest{Date: 99991231, Days: 1})
	require.Equal(t, calendar.CodeInvalid, sdk.CodeOf(err))
	_, err = c.GetYear(&calendar.GetYearRequest{Year: 2027})
	require.Equal(t, calendar.CodeNotFound, sdk.CodeOf(err))
}

// TestInvariants holds random calendars, amended at random, to C1 to C5.
func TestInvariants(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		chain, c := deployed(t)
		anyDay := rapid.Custom(func(t *rapid.T) int32 {
			d := time.Date(2026, 1, 1+rapid.IntRange(0, 364).Draw(t, "day"), 0, 0, 0, 0, time.UTC)
			return int32(d.Year()*10000 + int(d.Month())*100 + d.Day())
		})
		add := func(day int32, n uint32) (int32, bool) {
			sum, err := c.Add(&calendar.AddRequest{Date: day, Days: n})
			if err != nil {
				require.Equal(t, calendar.CodeIndeterminate, sdk.CodeOf(err))
				return 0, false
			}
			return sum.Date, true
		}
		revision := uint32(1)
		for step := range rapid.IntRange(1, 12).Draw(t, "steps") {
			if rapid.Bool().Draw(t, "amend") {
				before, events := chain.State(story.Name), len(chain.Events())
				resp, err := c.AmendYear(&calendar.AmendYearRequest{
					ReqId: string(rune('a' + step)), Year: 2026, NoticeRef: "x",
					Changes: []*calendar.DayChange{{Date: anyDay.Draw(t, "changed"), Kind: calendar.DayKind(rapid.IntRange(1, 3).Draw(t, "kind"))}},
				})
				if err != nil {
					require.Equal(t, before, chain.State(story.Name))
					require.Len(t, chain.Events(), events)
				} else {
					revision++
					require.Equal(t, revision, resp.Rev)
					require.Len(t, chain.Events(), events+1)
				}
				continue
			}
			day, n := anyDay.Draw(t, "from"), uint32(rapid.IntRange(1, 60).Draw(t, "n"))
			sum, ok := add(day, n)
			if !ok {
				continue
			}
			is, err := c.IsWorkday(&calendar.IsWorkdayRequest{Date: sum})
			require.NoError(t, err)
			require.True(t, is.Workday, "C1")
			between, err := c.Between(&calendar.BetweenRequest{From: day, To: sum})
			require.NoError(t, err)
			require.Equal(t, n, between.Days, "C2")
			if more, ok := add(day, n+1); ok {
				require.Greater(t, more, sum, "C3, in n")
			}
			if later := anyDay.Draw(t, "later"); later > day {
				if more, ok := add(later, n); ok {
					require.GreaterOrEqual(t, more, sum, "C3, in the day")
				}
			}
		}
		year, err := c.GetYear(&calendar.GetYearRequest{Year: 2026})
		require.NoError(t, err)
		require.Equal(t, revision, year.Year.Rev)
		for _, day := range year.Year.Makeup {
			is, err := c.IsWorkday(&calendar.IsWorkdayRequest{Date: day})
			require.NoError(t, err)
			require.True(t, is.Workday, "C4")
		}
		for _, day := range year.Year.Holidays {
			is, err := c.IsWorkday(&calendar.IsWorkdayRequest{Date: day})
			require.NoError(t, err)
			require.False(t, is.Workday, "C4")
		}
	})
}
