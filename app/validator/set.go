package validator

import (
	"cmp"
	"slices"

	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/app/apperr"
)

const (
	// MaxValidators bounds the set: every vote is gossiped to every node, and the
	// last commit of so many ML-DSA-65 signatures has 340 KB.
	MaxValidators = 100
	// manyOrgs is the number of organisations with validators from which on none
	// may hold a third of the power.
	manyOrgs = 4
	// manyValidators is the number of validators from which on the chain must
	// survive the loss of any one.
	manyValidators = 4
)

// Validator is a node with voting power.
type Validator struct {
	Name   string
	Org    string
	Key    Key
	Power  uint64 // at least 1
	Height int64  // at which it joined
}

// Set is all validators, sorted by name.
type Set []Validator

// Find returns the place of a validator in the set.
func (s Set) Find(name string) (int, bool) {
	return slices.BinarySearchFunc(s, name, func(v Validator, name string) int { return cmp.Compare(v.Name, name) })
}

// byAddress returns the place of the validator whose key has the address.
func (s Set) byAddress(a Address) (int, bool) {
	i := slices.IndexFunc(s, func(v Validator) bool { return v.Key.Address() == a })
	return i, i >= 0
}

// Total returns the power of all validators.
func (s Set) Total() uint64 {
	var sum uint64
	for _, v := range s {
		sum += v.Power
	}
	return sum
}

// Needed returns the least power that decides a block: more than two thirds.
func (s Set) Needed() uint64 { return s.Total()*2/3 + 1 }

// StoppedBy reports whether the chain stops when so much power stops.
func (s Set) StoppedBy(power uint64) bool { return s.Total()-power < s.Needed() }

// OrgPower is the power of an organisation.
type OrgPower struct {
	Org        string
	Validators int
	Power      uint64
}

// Orgs returns the organisations' powers, greatest first.
func (s Set) Orgs() []OrgPower {
	var out []OrgPower
	for _, v := range s {
		i := slices.IndexFunc(out, func(o OrgPower) bool { return o.Org == v.Org })
		if i < 0 {
			out = append(out, OrgPower{Org: v.Org})
			i = len(out) - 1
		}
		out[i].Validators++
		out[i].Power += v.Power
	}
	slices.SortFunc(out, func(a, b OrgPower) int {
		return cmp.Or(cmp.Compare(b.Power, a.Power), cmp.Compare(a.Org, b.Org))
	})
	return out
}

// Stopping returns the least number of validators, and of organisations, whose
// stop stops the chain; 0 for an empty set.
func (s Set) Stopping() (validators, orgs int) {
	powers := make([]uint64, len(s))
	for i, v := range s {
		powers[i] = v.Power
	}
	slices.Sort(powers)
	slices.Reverse(powers)
	byOrg := make([]uint64, 0, len(s))
	for _, o := range s.Orgs() {
		byOrg = append(byOrg, o.Power)
	}
	return s.stopping(powers), s.stopping(byOrg)
}

// stopping returns how many of the greatest powers stop the chain together.
func (s Set) stopping(greatestFirst []uint64) int {
	var sum uint64
	for i, p := range greatestFirst {
		if sum += p; s.StoppedBy(sum) {
			return i + 1
		}
	}
	return 0
}

// Check refuses a set that a vote must not make, with code UnsafeValidators: an
// empty or too large one, one in which an organisation could stop the chain where
// there are four or more, and one that the loss of a single validator would stop
// where there are four or more.
func (s Set) Check() error {
	if len(s) == 0 {
		return unsafe("the last validator must stay: nobody would be left to decide a block")
	}
	if len(s) > MaxValidators {
		return unsafe("%d validators are more than %d", len(s), MaxValidators)
	}
	total := s.Total()
	if orgs := s.Orgs(); len(orgs) >= manyOrgs && 3*orgs[0].Power >= total {
		return unsafe("%q would hold %d of %d voting power, a third or more, where %d organisations have validators", orgs[0].Org, orgs[0].Power, total, len(orgs))
	}
	greatest := slices.MaxFunc(s, func(a, b Validator) int { return cmp.Compare(a.Power, b.Power) })
	if len(s) >= manyValidators && s.StoppedBy(greatest.Power) {
		return unsafe("the chain would stop whenever validator %q stops: it would hold %d of %d voting power", greatest.Name, greatest.Power, total)
	}
	return nil
}

func unsafe(format string, args ...any) error {
	return apperr.New(apperr.UnsafeValidators, format, args...)
}

// Updates returns what consensus must be told to get from one set to another, in
// order of addresses.
func Updates(before, after Set) []*chanceryv1.ValidatorUpdate {
	was, is := before.byKey(), after.byKey()
	var changed []Address
	updates := make(map[Address]*chanceryv1.ValidatorUpdate)
	for _, v := range slices.Concat(before, after) {
		a := v.Key.Address()
		if _, seen := updates[a]; seen || was[a] == is[a] {
			continue
		}
		changed = append(changed, a)
		updates[a] = &chanceryv1.ValidatorUpdate{Key: v.Key.API(), Power: is[a]}
	}
	slices.SortFunc(changed, func(a, b Address) int { return slices.Compare(a[:], b[:]) })
	out := make([]*chanceryv1.ValidatorUpdate, len(changed))
	for i, a := range changed {
		out[i] = updates[a]
	}
	return out
}

// byKey returns the powers by address.
func (s Set) byKey() map[Address]uint64 {
	powers := make(map[Address]uint64, len(s))
	for _, v := range s {
		powers[v.Key.Address()] = v.Power
	}
	return powers
}
