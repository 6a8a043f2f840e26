package quota_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chancery-chain/chancery/app/quota"
	"github.com/chancery-chain/chancery/app/state"
)

func TestFirstKept(t *testing.T) {
	require.EqualValues(t, 601, quota.FirstKept(1_000, 400))
	require.EqualValues(t, 1_000, quota.FirstKept(1_000, 1))
	require.EqualValues(t, 1_000, quota.FirstKept(1_000, 0))
	require.Zero(t, quota.FirstKept(3, 400))
}

// TestSweep drops the rows of past days in bounded steps, and no other, for any number
// of organisations and rows.
func TestSweep(t *testing.T) {
	for _, n := range []struct{ orgs, rows int }{{0, 0}, {1, 1}, {3, 20}, {150, 1}, {1, 300}, {70, 3}} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			b := quota.Breakdown{}
			kept, past := 0, 0
			for o := range n.orgs {
				org := fmt.Sprintf("org%s-%d", []string{"", "a"}[o%2], o)
				for day := quota.Day(8); day < 13; day++ {
					for row := range n.rows {
						b.Add(quota.Line{Org: org, Day: day, Contract: org + "/x", Method: fmt.Sprint(row)}, quota.Count{Txs: 1})
						if day < 11 {
							past++
						} else {
							kept++
						}
					}
				}
			}
			s, err := state.Open(state.Options{Dir: t.TempDir(), NoSync: true})
			require.NoError(t, err)
			defer s.Close()
			height := int64(0)
			commit := func(rows []state.IndexWrite) {
				height++
				_, err := s.Stage(height, nil)
				require.NoError(t, err)
				require.NoError(t, s.Commit(rows))
			}
			rows, err := b.Writes(s.Index())
			require.NoError(t, err)
			commit(rows)
			var sweep quota.Sweep
			dropped, quiet := 0, 0
			for steps := 0; quiet < 3; steps++ {
				require.Less(t, steps, n.orgs+past+10)
				drop, next, err := sweep.Step(s.Index(), 11)
				require.NoError(t, err)
				require.LessOrEqual(t, len(drop), 64)
				if quiet++; fmt.Sprint(next) != fmt.Sprint(sweep) {
					quiet = 0
				}
				sweep = next
				dropped += len(drop)
				commit(drop)
			}
			require.Equal(t, past, dropped, "each once")
			lines, _, _ := list(t, s.Index(), quota.Lines{To: quota.LastDay, Limit: 1_000})
			require.Len(t, lines, kept)
			for _, l := range lines {
				require.GreaterOrEqual(t, l.Day, quota.Day(11))
			}
			drop, _, err := sweep.Step(s.Index(), 12)
			require.NoError(t, err)
			require.Equal(t, n.orgs > 0, len(drop) > 0, "a day later it begins anew")
		})
	}
}
