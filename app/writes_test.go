package app_test

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chancery-chain/chancery/app"
	"github.com/chancery-chain/chancery/app/contract"
	"github.com/chancery-chain/chancery/app/state"
)

// rows returns every row of the state after a height.
func rows(t *testing.T, s *state.Store, height int64) map[string][]byte {
	t.Helper()
	view, err := s.View(height)
	require.NoError(t, err)
	defer view.Close()
	all := map[string][]byte{}
	it := view.Scan(nil, nil, false)
	for it.Next() {
		all[string(it.Key())] = bytes.Clone(it.Value())
	}
	require.NoError(t, it.Close())
	return all
}

// TestTreeWritesOfACall: beside what the contract writes, a call writes one row,
// its organisation's usage; the block adds one, for replays.
func TestTreeWritesOfACall(t *testing.T) {
	c, code := deployCounter(t, app.Options{Dir: t.TempDir()})
	call := func(from, to string) []byte {
		return c.Execute(recordsClerk, "records", "records/counter", "Bump", message(t, code, "Bump", `{"from":`+from+`,"to":`+to+`,"amount":1}`))
	}
	c.Must(call("1", "2"))
	before := rows(t, c.App.Store(), c.Height)
	res := c.Block(call("1", "2"), call("3", "4"), call("5", "6"))
	for _, r := range res.Results {
		require.Zero(t, r.Code, r.Log)
	}
	after := rows(t, c.App.Store(), c.Height)
	var own, platform []string
	for k, v := range after {
		if old, ok := before[k]; ok && bytes.Equal(old, v) {
			continue
		}
		if _, _, ok := contract.ParseStoreKey([]byte(k)); ok {
			own = append(own, k)
		} else {
			platform = append(platform, k)
		}
	}
	require.Len(t, own, 6, "six counters")
	require.Len(t, platform, 2, "one usage row, one leaf of the replay window: %q", platform)
	for k := range before {
		require.Contains(t, after, k, "a call deletes nothing")
	}
}
