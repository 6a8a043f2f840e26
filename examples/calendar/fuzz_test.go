package calendar_test

import (
	"testing"

	"github.com/chancery-chain/chancery/contracts-sdk/sdktest"
	"github.com/chancery-chain/chancery/examples/calendar"
	"github.com/chancery-chain/chancery/examples/calendar/story"
	"github.com/chancery-chain/chancery/examples/internal/fuzzcall"
	"github.com/stretchr/testify/require"
)

// FuzzDispatch calls the calendar with whatever method, party and payload.
func FuzzDispatch(f *testing.F) {
	deploy := func(t require.TestingT) (*sdktest.Chain, []*sdktest.Account, []fuzzcall.Call) {
		chain, calls := sdktest.New(), []fuzzcall.Call{}
		chain.SetTime(story.Day(2026, 1, 12))
		accounts := []*sdktest.Account{
			chain.Account("cy1operator", "city", "operator"), chain.Account("cy1other", "housing", "operator"), chain.Account("cy1nobody", ""),
		}
		require.NoError(t, chain.DeployInit(accounts[0], story.Name, calendar.NewService(&calendar.Contract{}), "Init", story.Init))
		c := calendar.NewCalendarServiceClient(fuzzcall.Recorder{Account: accounts[0], Calls: &calls}, story.Name)
		must := func(_ any, err error) { require.NoError(t, err) }
		must(c.PublishYear(story.Year2026("y")))
		must(c.AmendYear(&calendar.AmendYearRequest{ReqId: "a", Year: 2026, NoticeRef: "n", Changes: []*calendar.DayChange{
			{Date: 20261010, Kind: calendar.DayKind_DAY_KIND_NORMAL}, {Date: 20261231, Kind: calendar.DayKind_DAY_KIND_HOLIDAY},
		}}))
		must(c.IsWorkday(&calendar.IsWorkdayRequest{Date: 20260214}))
		must(c.Add(&calendar.AddRequest{Date: 20260212, Days: 15}))
		must(c.Between(&calendar.BetweenRequest{From: 20260101, To: 20261231}))
		must(c.GetYear(&calendar.GetYearRequest{Year: 2026}))
		page, err := c.ListRevisions(&calendar.ListRevisionsRequest{Year: 2026, PageSize: 1})
		require.NoError(t, err)
		must(c.ListRevisions(&calendar.ListRevisionsRequest{Year: 2026, PageSize: 1, PageToken: page.NextPageToken}))
		return chain, accounts, calls
	}
	_, _, calls := deploy(f)
	methods := append(fuzzcall.Seeds(f, calls, 3), "Init", "none", "")
	codes := []uint32{calendar.CodeNotFound, calendar.CodeExists, calendar.CodeInvalid, calendar.CodeIndeterminate, calendar.CodeDeadline}
	f.Fuzz(func(t *testing.T, method, party byte, query bool, payload []byte) {
		chain, accounts, _ := deploy(t)
		fuzzcall.Check(t, fuzzcall.Call{
			Chain: chain, Account: accounts[int(party)%len(accounts)], Contract: story.Name,
			Method: methods[int(method)%len(methods)], Query: query, Payload: payload,
		}, codes, story.Name)
	})
}
