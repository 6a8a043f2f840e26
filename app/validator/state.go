package validator

import (
	statev1 "github.com/chancery-chain/chancery/api/gen/chancery/state/v1"
	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/app/apperr"
	"github.com/chancery-chain/chancery/app/state"
)

// Load returns the validators.
func Load(r state.Reader) (Set, error) {
	var s Set
	_, err := validators.Iterate(r, state.Page[string]{}, func(name string, v *statev1.Validator) error {
		s = append(s, fromState(name, v))
		return nil
	})
	return s, err
}

// Get returns a validator or NotFound.
func Get(r state.Reader, name string) (Validator, error) {
	v, ok, err := validators.Get(r, name)
	if err != nil {
		return Validator{}, err
	}
	if !ok {
		return Validator{}, apperr.New(apperr.NotFound, "there is no validator %q", name)
	}
	return fromState(name, v), nil
}

func fromState(name string, v *statev1.Validator) Validator {
	return Validator{
		Name: name, Org: v.Org, Key: Key{Type: KeyType(v.KeyType), Bytes: v.PublicKey}, Power: v.Power, Height: v.Height,
	}
}

func put(w state.Writer, v Validator) error {
	return validators.Set(w, v.Name, &statev1.Validator{
		Org: v.Org, KeyType: uint32(v.Key.Type), PublicKey: v.Key.Bytes, Power: v.Power, Height: v.Height,
	})
}

// RecordChange remembers that the block of a height changed the validators.
func RecordChange(w state.Writer, height int64) error { return changes.Set(w, height, state.Empty{}) }

// Changes walks the heights, above after, of blocks that changed the validators.
func Changes(r state.Reader, after int64, limit int, fn func(height int64) error) (more bool, err error) {
	page := state.Page[int64]{Limit: limit}
	if after > 0 {
		page.After = &after
	}
	return changes.Iterate(r, page, func(h int64, _ state.Empty) error { return fn(h) })
}

// EvidenceOf is evidence with its place.
type EvidenceOf struct {
	Address Address
	Height  int64 // of the misbehaviour
	*statev1.Evidence
}

// Evidence walks the evidence in order of addresses and heights. after is the last
// entry already seen, or nil.
func Evidence(r state.Reader, after *EvidenceOf, limit int, fn func(EvidenceOf) error) (more bool, err error) {
	page := state.Page[state.Pair[Address, int64]]{Limit: limit}
	if after != nil {
		at := state.PairOf(after.Address, after.Height)
		page.After = &at
	}
	return evidence.Iterate(r, page, func(k state.Pair[Address, int64], e *statev1.Evidence) error {
		return fn(EvidenceOf{Address: k.First, Height: k.Second, Evidence: e})
	})
}

// API converts the validator to the API's form.
func (v Validator) API() *chanceryv1.Validator {
	return &chanceryv1.Validator{
		Name: v.Name, Org: v.Org, Key: v.Key.API(), Address: v.Key.Address().String(), Power: v.Power, Height: v.Height,
	}
}

// API converts the set to the API's form.
func (s Set) API() *chanceryv1.ValidatorSet {
	out := &chanceryv1.ValidatorSet{TotalPower: s.Total()}
	if len(s) == 0 {
		return out
	}
	out.NeededPower = s.Needed()
	for _, v := range s {
		out.Validators = append(out.Validators, v.API())
	}
	for _, o := range s.Orgs() {
		out.Orgs = append(out.Orgs, &chanceryv1.OrgPower{
			Org: o.Org, Validators: uint32(o.Validators), Power: o.Power, StopsChain: s.StoppedBy(o.Power),
		})
	}
	n, orgs := s.Stopping()
	out.StoppingValidators, out.StoppingOrgs = uint32(n), uint32(orgs)
	return out
}
