package app_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/app"
	"github.com/chancery-chain/chancery/app/apptest"
	"github.com/chancery-chain/chancery/app/key"
)

// usageDays returns the days of which a node has usage, and all of its rows.
func usageDays(t *testing.T, a *app.App) (days []string, rows []*chanceryv1.UsageRow) {
	t.Helper()
	for token := ""; ; {
		list, next, err := a.Query().Usage(&chanceryv1.ListUsageRequest{PageSize: 1000, PageToken: token})
		require.NoError(t, err)
		for _, r := range list {
			if len(days) == 0 || days[len(days)-1] != r.Day {
				days = append(days, r.Day)
			}
		}
		rows = append(rows, list...)
		if token = next; token == "" {
			return days, rows
		}
	}
}

// TestUsageIsKeptForDays: usage of past days is dropped, also by blocks without txs,
// and that changes no app hash.
func TestUsageIsKeptForDays(t *testing.T) {
	o := app.Options{Dir: t.TempDir(), UsageDays: 3}
	c := apptest.NewWith(t, nil, o)
	for day := range 6 {
		c.Time = apptest.Start.Add(time.Duration(day) * 24 * time.Hour)
		c.Must(c.SetMember(recordsAdmin, "records", apptest.Key("m", key.Ed25519).Public(), true, "clerk"))
		if day == 3 {
			c.Restart()
		}
	}
	days, _ := usageDays(t, c.App)
	require.Equal(t, []string{"2026-03-05", "2026-03-06", "2026-03-07"}, days)
	c.BlockAt(c.Time.Add(24 * time.Hour))
	days, _ = usageDays(t, c.App)
	require.Equal(t, []string{"2026-03-06", "2026-03-07"}, days)
	c.BlockAt(c.Time.Add(30 * 24 * time.Hour))
	days, _ = usageDays(t, c.App)
	require.Empty(t, days)
	require.Equal(t, c.App.Info().AppHash, c.Replay(app.Options{Dir: t.TempDir()}), "a node that keeps more has the same state")
}

// TestUsageIsRebuilt: a node that executes the blocks once more has the same usage, and
// one that stopped between executing a block and committing it counts it once.
func TestUsageIsRebuilt(t *testing.T) {
	c := newVaultChain(t, nil)
	ann := apptest.Key("ann", key.Ed25519)
	for n := range uint64(6) {
		c.Time = c.Time.Add(10 * time.Hour)
		c.Block(
			c.Sign(c.put(recordsClerk, "records", "Put", n%3+1, uint32(100*n)), recordsClerk),
			c.Sign(c.put(ann, "", "Give", n+10, 5), ann),
			c.Upload(recordsDev, "records", []byte{1}),
		)
	}
	raw := c.Sign(c.put(recordsClerk, "records", "Put", 1, 7), recordsClerk)
	_, err := c.App.ExecuteBlock(app.Block{Height: c.Height + 1, Time: c.Time.Add(time.Second), Txs: [][]byte{raw}})
	require.NoError(t, err)
	c.Restart()
	c.Block(raw)

	days, rows := usageDays(t, c.App)
	require.Len(t, days, 3)
	again := app.Options{Dir: t.TempDir()}
	require.Equal(t, c.App.Info().AppHash, c.Replay(again))
	other, err := app.Open(again)
	require.NoError(t, err)
	defer other.Close()
	otherDays, otherRows := usageDays(t, other)
	require.Equal(t, days, otherDays)
	require.Len(t, otherRows, len(rows))
	for i := range rows {
		require.Equal(t, rows[i].String(), otherRows[i].String())
	}
}
