package quota_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chancery-chain/chancery/app/quota"
	"github.com/chancery-chain/chancery/app/state"
)

// indexed returns a store whose index has the rows of breakdowns, one commit each.
func indexed(t *testing.T, blocks ...quota.Breakdown) state.Index {
	s, err := state.Open(state.Options{Dir: t.TempDir(), NoSync: true})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	for i, b := range blocks {
		_, err := s.Stage(int64(i+1), nil)
		require.NoError(t, err)
		rows, err := b.Writes(s.Index())
		require.NoError(t, err)
		require.NoError(t, s.Commit(rows))
	}
	return s.Index()
}

func list(t *testing.T, x state.Index, p quota.Lines) (lines []quota.Line, sum quota.Count, pages int) {
	for {
		pages++
		next, err := quota.ListLines(x, p, func(l quota.Line, c quota.Count) {
			lines = append(lines, l)
			sum.Txs += c.Txs
			sum.Failed += c.Failed
			sum.Gas += c.Gas
			sum.SponsoredGas += c.SponsoredGas
			sum.Bytes += c.Bytes
		})
		require.NoError(t, err)
		if p.After = next; next == nil {
			return lines, sum, pages
		}
	}
}

func TestBreakdown(t *testing.T) {
	a := quota.Line{Org: "ab", Day: 10, Contract: "ab/x", Method: "M"}
	b := quota.Line{Org: "ab", Day: 10, Method: "set_member"}
	c := quota.Line{Org: "ab", Day: 300, Contract: "cd/x", Method: "M"}
	d := quota.Line{Org: "ab-c", Day: 9, Contract: "ab/x", Method: "M"}
	e := quota.Line{Org: "abc", Day: 10, Contract: "ab/x", Method: "M"}
	first, second := quota.Breakdown{}, quota.Breakdown{}
	first.Add(a, quota.Count{Txs: 1, Gas: 5, Bytes: -7})
	first.Add(a, quota.Count{Txs: 1, Failed: 1, Gas: 6, SponsoredGas: 6, Bytes: 2})
	first.Add(e, quota.Count{Txs: 1, Gas: 1})
	second.Add(a, quota.Count{Txs: 1, Gas: 1 << 40, Bytes: 1})
	for _, l := range []quota.Line{b, c, d} {
		second.Add(l, quota.Count{Txs: 1, Gas: 1})
	}
	x := indexed(t, first, second)

	all := quota.Lines{To: quota.LastDay, Limit: 2}
	lines, sum, pages := list(t, x, all)
	require.Equal(t, []quota.Line{b, a, c, d, e}, lines, "by organisation, day, contract and method")
	require.Equal(t, 3, pages)
	require.Equal(t, quota.Count{Txs: 7, Failed: 1, Gas: 5 + 6 + 1<<40 + 4, SponsoredGas: 6, Bytes: -4}, sum)

	for _, row := range []struct {
		name string
		p    quota.Lines
		want []quota.Line
	}{
		{"an organisation", quota.Lines{Org: "ab", To: quota.LastDay}, []quota.Line{b, a, c}},
		{"from a day", quota.Lines{Org: "ab", From: 11, To: quota.LastDay}, []quota.Line{c}},
		{"to a day", quota.Lines{Org: "ab", To: 299}, []quota.Line{b, a}},
		{"days of all", quota.Lines{From: 10, To: 10}, []quota.Line{b, a, e}},
		{"a contract", quota.Lines{Contract: "ab/x", To: quota.LastDay}, []quota.Line{a, d, e}},
		{"nobody", quota.Lines{Org: "zz", To: quota.LastDay}, nil},
		{"no day", quota.Lines{Org: "ab", From: 5, To: 4}, nil},
	} {
		row.p.Limit = 1
		got, _, _ := list(t, x, row.p)
		require.Equal(t, row.want, got, row.name)
	}
	_, sum, _ = list(t, x, quota.Lines{Org: "ab", From: 10, To: 10, Contract: "ab/x", Limit: 9})
	require.Equal(t, quota.Count{Txs: 3, Failed: 1, Gas: 11 + 1<<40, SponsoredGas: 6, Bytes: -4}, sum, "what two blocks had together")
}
