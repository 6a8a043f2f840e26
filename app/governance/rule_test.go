package governance_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/app/apperr"
	"github.com/chancery-chain/chancery/app/governance"
	"github.com/chancery-chain/chancery/app/params"
)

// TestNeeded holds that the thresholds mean what their names say for every size of
// committee there can be.
func TestNeeded(t *testing.T) {
	p := params.Default()
	p.Rules = governance.DefaultRules()
	for n := 1; n <= governance.MaxCommittee; n++ {
		half := governance.Needed(p, []governance.Kind{governance.Quota}, n)
		require.Greater(t, 2*half, n)
		require.LessOrEqual(t, 2*(half-1), n, "no more than a majority")
		thirds := governance.Needed(p, []governance.Kind{governance.Validators}, n)
		require.GreaterOrEqual(t, 3*thirds, 2*n)
		require.Less(t, 3*(thirds-1), 2*n, "no more than two thirds of %d", n)
		require.Equal(t, thirds, governance.Needed(p, []governance.Kind{governance.Quota, governance.Validators}, n), "the strictest counts")
	}
	governance.SetRule(p, &chanceryv1.SetRule{Kind: governance.Quota, Threshold: 9_999})
	require.Len(t, p.Rules, 11)
	for n := 1; n <= governance.MaxCommittee; n++ {
		require.Equal(t, n, governance.Needed(p, []governance.Kind{governance.Quota}, n), "all")
	}
}

// TestRuleOfARuleNeedsItsThreshold: whoever could lower the threshold of a kind
// with fewer votes than the kind needs would decide that kind.
func TestRuleOfARuleNeedsItsThreshold(t *testing.T) {
	p := params.Default()
	p.Rules = governance.DefaultRules()
	governance.SetRule(p, &chanceryv1.SetRule{Kind: governance.Validators, Threshold: 9_000})
	lower := []*chanceryv1.Change{{Change: &chanceryv1.Change_SetRule{SetRule: &chanceryv1.SetRule{Kind: governance.Validators, Threshold: 5_000}}}}
	require.Equal(t, 10, governance.NeededFor(p, lower, 10))
	lower[0].GetSetRule().Kind = governance.Quota
	require.Equal(t, 7, governance.NeededFor(p, lower, 10))
}

// TestWhoVotesNeedsTheHighestThreshold: who could change the committee, or take over one
// of its organisations, with fewer votes than some kind needs would decide that kind.
func TestWhoVotesNeedsTheHighestThreshold(t *testing.T) {
	p := params.Default()
	p.Rules = governance.DefaultRules()
	title := "x"
	seat := &chanceryv1.Change{Change: &chanceryv1.Change_SetCommittee{SetCommittee: &chanceryv1.SetCommittee{Org: "land"}}}
	admin := &chanceryv1.Change{Change: &chanceryv1.Change_UpdateOrg{UpdateOrg: &chanceryv1.UpdateOrg{Org: "land", Admin: &chanceryv1.PublicKey{}}}}
	named := &chanceryv1.Change{Change: &chanceryv1.Change_UpdateOrg{UpdateOrg: &chanceryv1.UpdateOrg{Org: "land", Title: &title}}}
	for _, row := range []struct {
		c           *chanceryv1.Change
		before, now int // of ten, with a threshold of nine tenths for protocol versions
	}{{seat, 7, 10}, {admin, 7, 10}, {named, 6, 6}} {
		require.Equal(t, row.before, governance.NeededFor(p, []*chanceryv1.Change{row.c}, 10), "%v", row.c)
		strict := p.CloneVT()
		governance.SetRule(strict, &chanceryv1.SetRule{Kind: governance.Protocol, Threshold: 9_000})
		require.Equal(t, row.now, governance.NeededFor(strict, []*chanceryv1.Change{row.c}, 10), "%v", row.c)
	}
}

func TestOperatorAlone(t *testing.T) {
	p := params.Default()
	p.Rules = governance.DefaultRules()
	for k := governance.OrgAdmission; k <= governance.Protocol; k++ {
		err := governance.CheckOperatorAlone(p, k)
		switch k {
		case governance.OrgAdmission, governance.OrgStatus, governance.OrgData, governance.Quota:
			require.NoError(t, err, k)
		default:
			require.ErrorIs(t, err, apperr.PermissionDenied.Err(), k)
		}
	}
	governance.SetRule(p, &chanceryv1.SetRule{Kind: governance.Quota, Threshold: 5_000})
	require.ErrorIs(t, governance.CheckOperatorAlone(p, governance.Quota), apperr.PermissionDenied.Err())
}

// TestEveryChangeHasAKind walks the message, so that a new kind of change cannot be
// decided by no rule.
func TestEveryChangeHasAKind(t *testing.T) {
	m := (&chanceryv1.Change{}).ProtoReflect()
	fields := m.Descriptor().Oneofs().ByName("change").Fields()
	for i := range fields.Len() {
		c := &chanceryv1.Change{}
		c.ProtoReflect().Set(fields.Get(i), c.ProtoReflect().NewField(fields.Get(i)))
		require.NotZero(t, governance.KindOf(c), fields.Get(i).Name())
	}
}
