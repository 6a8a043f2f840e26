package validator

import (
	"cmp"
	"math/bits"
	"slices"
)

// Balanced returns the set with the powers of its greatest organisations cut so
// that, where four or more have validators, each holds less than a third. It cuts
// as little as possible and touches nobody else. A validator may be left with
// power 0: it loses its place.
func (s Set) Balanced() Set {
	orgs := s.Orgs()
	if len(orgs) < manyOrgs || 3*orgs[0].Power < s.Total() {
		return s
	}
	most := limit(s.Total(), orgs)
	out := slices.Clone(s)
	for _, o := range orgs {
		if o.Power > most {
			out.cut(o, most)
		}
	}
	return out
}

// limit returns the most power c for which organisations cut to c hold less than a
// third each: 3c < Σ min(power, c). At most two of four or more can be too
// powerful, since a third one at the same height leaves something to a fourth.
func limit(total uint64, orgs []OrgPower) uint64 {
	rest := total - orgs[0].Power
	if c := (rest - 1) / 2; c >= orgs[1].Power { // one is cut: 3c < c + rest
		return c
	}
	return rest - orgs[1].Power - 1 // two are cut: 3c < 2c + rest
}

// cut leaves an organisation's validators a power of most together, each in
// proportion; what division leaves over goes to the greatest.
func (s Set) cut(o OrgPower, most uint64) {
	var own []int
	left := most
	for i := range s {
		if s[i].Org == o.Org {
			own = append(own, i)
		}
	}
	slices.SortFunc(own, func(a, b int) int {
		return cmp.Or(cmp.Compare(s[b].Power, s[a].Power), cmp.Compare(s[a].Name, s[b].Name))
	})
	for _, i := range own {
		hi, lo := bits.Mul64(s[i].Power, most)
		s[i].Power, _ = bits.Div64(hi, lo, o.Power) // < the power before, for most < o.Power
		left -= s[i].Power
	}
	for _, i := range own {
		if left == 0 {
			return
		}
		s[i].Power++ // less than one is left over for each
		left--
	}
}
