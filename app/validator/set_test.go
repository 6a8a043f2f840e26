package validator_test

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/chancery-chain/chancery/app/apperr"
	"github.com/chancery-chain/chancery/app/validator"
)

func testKey(name string) validator.Key {
	b := sha256.Sum256([]byte("validator " + name))
	return validator.Key{Type: validator.Ed25519, Bytes: b[:]}
}

// set makes a set from "<name>@<org>=<power>".
func set(list ...string) validator.Set {
	var s validator.Set
	for _, text := range list {
		var power uint64
		at, eq := strings.Index(text, "@"), strings.Index(text, "=")
		fmt.Sscan(text[eq+1:], &power)
		s = append(s, validator.Validator{Name: text[:at], Org: text[at+1 : eq], Key: testKey(text[:at]), Power: power})
	}
	slices.SortFunc(s, func(a, b validator.Validator) int { return strings.Compare(a.Name, b.Name) })
	return s
}

func TestSetCheck(t *testing.T) {
	for _, row := range []struct {
		name string
		set  validator.Set
		want string // part of the error; empty for none
	}{
		{"nobody", nil, "last validator"},
		{"one", set("a@city=1"), ""},
		{"two, one above two thirds", set("a@city=9", "b@city=1"), ""},
		{"three, one of which stops the chain", set("a@city=10", "b@city=10", "c@city=10"), ""},
		{"four equal ones of one organisation", set("a@city=10", "b@city=10", "c@city=10", "d@city=10"), ""},
		{"four, one of which stops the chain", set("a@city=16", "b@city=10", "c@city=10", "d@city=10"), "whenever validator \"a\" stops"},
		{"four, the greatest just below a third", set("a@city=14", "b@city=10", "c@city=10", "d@city=10"), ""},
		{"four, the greatest a third", set("a@city=15", "b@city=10", "c@city=10", "d@city=10"), "whenever validator \"a\" stops"},
		{"four organisations, one with a third", set("a@w=5", "b@w=5", "c@x=7", "d@y=7", "e@z=6"), "\"w\" would hold 10 of 30"},
		{"four organisations, one just below a third", set("a@w=5", "b@w=5", "c@x=7", "d@y=7", "e@z=7"), ""},
		{"three organisations with a third each", set("a@w=5", "b@w=5", "c@x=5", "d@x=5", "e@y=5", "f@y=5"), ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			err := row.set.Check()
			if row.want == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorIs(t, err, apperr.UnsafeValidators.Err())
			require.ErrorContains(t, err, row.want)
		})
	}
	many := make([]string, validator.MaxValidators+1)
	for i := range many {
		many[i] = fmt.Sprintf("v%03d@city=1", i)
	}
	require.NoError(t, set(many[1:]...).Check())
	require.ErrorIs(t, set(many...).Check(), apperr.UnsafeValidators.Err())
}

func TestQuorum(t *testing.T) {
	s := set("a@w=10", "b@w=10", "c@x=10", "d@y=10")
	require.Equal(t, uint64(27), s.Needed())
	validators, orgs := s.Stopping()
	require.Equal(t, []int{2, 1}, []int{validators, orgs})
	for _, row := range []struct {
		names, orgs []string
		stops       bool
		spare       uint64
	}{
		{nil, nil, false, 13}, {[]string{"a"}, nil, false, 3}, {[]string{"a", "a"}, nil, false, 3},
		{[]string{"a", "c"}, nil, true, 0}, {nil, []string{"w"}, true, 0}, {[]string{"d"}, []string{"y"}, false, 3},
	} {
		res, err := s.Quorum(row.names, row.orgs)
		require.NoError(t, err)
		require.Equal(t, row.stops, res.StopsChain, "%v", row)
		require.Equal(t, row.spare, res.SparePower, "%v", row)
		require.Equal(t, uint64(40), res.StoppedPower+res.RunningPower)
	}
	_, err := s.Quorum([]string{"e"}, nil)
	require.ErrorIs(t, err, apperr.NotFound.Err())
	_, err = s.Quorum(nil, []string{"z"})
	require.ErrorIs(t, err, apperr.NotFound.Err())
}

func TestUpdates(t *testing.T) {
	before := set("a@w=10", "b@w=10", "c@x=10")
	after := set("a@w=10", "b@w=11", "d@y=5")
	got := make(map[string]uint64)
	var last string
	for _, u := range validator.Updates(before, after) {
		k, err := validator.KeyOf(u.Key)
		require.NoError(t, err)
		require.Less(t, last, k.Address().String(), "in order of addresses")
		last = k.Address().String()
		got[last] = u.Power
	}
	require.Equal(t, map[string]uint64{
		testKey("b").Address().String(): 11, testKey("c").Address().String(): 0, testKey("d").Address().String(): 5,
	}, got)
	require.Empty(t, validator.Updates(before, before))

	// Another organisation or name is nothing that consensus knows of; a key that
	// moves to another validator is not removed.
	renamed := slices.Clone(before)
	renamed[0].Org, renamed[0].Name = "z", "e"
	require.Empty(t, validator.Updates(before, renamed))
}

// TestBalanced looks for sets in which organisations are too powerful, and compares
// with the greatest cap that a search finds.
func TestBalanced(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 12).Draw(t, "validators")
		var list []string
		for i := range n {
			org := rapid.SampledFrom([]string{"u", "v", "w", "x", "y", "z"}).Draw(t, "org")
			power := rapid.OneOf(rapid.Uint64Range(1, 6), rapid.Uint64Range(1, 1_000_000_000)).Draw(t, "power")
			list = append(list, fmt.Sprintf("v%02d@%s=%d", i, org, power))
		}
		s := set(list...)
		got := s.Balanced()
		orgs := s.Orgs()
		if len(orgs) < 4 || 3*orgs[0].Power < s.Total() {
			require.Equal(t, s, got, "nothing to do")
			return
		}
		// The greatest cap, by search.
		lo, hi := uint64(1), orgs[0].Power
		for lo < hi {
			c := (lo + hi + 1) / 2
			var sum uint64
			for _, o := range orgs {
				sum += min(o.Power, c)
			}
			if 3*c < sum {
				lo = c
			} else {
				hi = c - 1
			}
		}
		var left validator.Set
		for i, v := range got {
			require.LessOrEqual(t, v.Power, s[i].Power)
			if v.Power > 0 {
				left = append(left, v)
			}
		}
		after := make(map[string]uint64)
		for _, o := range left.Orgs() {
			after[o.Org] = o.Power
			require.Less(t, 3*o.Power, left.Total(), "%s", o.Org)
		}
		for _, o := range orgs {
			require.Equal(t, min(o.Power, lo), after[o.Org], "organisation %s of %v", o.Org, orgs)
		}
	})
}
