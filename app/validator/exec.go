package validator

import (
	statev1 "github.com/chancery-chain/chancery/api/gen/chancery/state/v1"
	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/app/apperr"
	"github.com/chancery-chain/chancery/app/state"
)

// Vote is what a change of validators was decided by, and where.
type Vote struct {
	Proposal uint64
	Height   int64
}

// Add gives a node voting power. The organisation must exist; that is the caller's
// to check. Whether the set is still safe is Set.Check's matter, after all changes
// of a proposal.
func Add(w state.Writer, by Vote, m *chanceryv1.AddValidator) (*chanceryv1.ValidatorChanged, error) {
	k, err := KeyOf(m.Key)
	if err != nil {
		return nil, err
	}
	if validators.Has(w, m.Name) {
		return nil, apperr.New(apperr.AlreadyExists, "there is a validator %q", m.Name)
	}
	if err := checkFree(w, k); err != nil {
		return nil, err
	}
	formerKeys.Delete(w, k.Address())
	v := Validator{Name: m.Name, Org: m.Org, Key: k, Power: m.Power, Height: by.Height}
	return changed(nil, &v, by), put(w, v)
}

// Remove takes a node's voting power away.
func Remove(w state.Writer, by Vote, m *chanceryv1.RemoveValidator) (*chanceryv1.ValidatorChanged, error) {
	v, err := Get(w, m.Name)
	if err != nil {
		return nil, err
	}
	return changed(&v, nil, by), drop(w, v, &statev1.FormerKey{Height: by.Height})
}

// SetPower changes a validator's voting power.
func SetPower(w state.Writer, by Vote, m *chanceryv1.SetPower) (*chanceryv1.ValidatorChanged, error) {
	before, err := Get(w, m.Name)
	if err != nil {
		return nil, err
	}
	after := before
	after.Power = m.Power
	return changed(&before, &after, by), put(w, after)
}

// RotateKey changes the key that a validator signs with. The old key still answers
// for the validator: its misbehaviour costs the validator its place.
func RotateKey(w state.Writer, by Vote, m *chanceryv1.RotateKey) (*chanceryv1.ValidatorChanged, error) {
	before, err := Get(w, m.Name)
	if err != nil {
		return nil, err
	}
	after := before
	if after.Key, err = KeyOf(m.Key); err != nil {
		return nil, err
	}
	if err := checkFree(w, after.Key); err != nil {
		return nil, err
	}
	next := after.Key.Address()
	formerKeys.Delete(w, next)
	if err := drop(w, before, &statev1.FormerKey{Height: by.Height, Next: next[:]}); err != nil {
		return nil, err
	}
	return changed(&before, &after, by), put(w, after)
}

// drop takes a validator out of the set and keeps its key in mind. What was confirmed
// for the key is gone.
func drop(w state.Writer, v Validator, f *statev1.FormerKey) error {
	validators.Delete(w, v.Name)
	confirmations.Delete(w, v.Key.Address())
	f.Name, f.Org = v.Name, v.Org
	return formerKeys.Set(w, v.Key.Address(), f)
}
