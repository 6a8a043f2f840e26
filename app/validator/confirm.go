package validator

import (
	statev1 "github.com/chancery-chain/chancery/api/gen/chancery/state/v1"
	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/app/apperr"
	"github.com/chancery-chain/chancery/app/state"
)

// Operator is who speaks for a validator, and at which height. That Origin is an
// operator of Org is the caller's to check.
type Operator struct {
	Org    string
	Origin string
	Height int64
}

// Confirm writes that a validator's node knows a protocol version, or that it does
// not. next is the version after the present one. PermissionDenied for a validator of
// another organisation, InvalidTx for another key than it has now or another version,
// AlreadyExists for what is confirmed, NotFound for what is to be taken back and is not
// there.
func Confirm(w state.Writer, by Operator, m *chanceryv1.ConfirmProtocol, next uint64) (*chanceryv1.ProtocolConfirmed, error) {
	v, err := Get(w, m.Validator)
	if err != nil {
		return nil, err
	}
	if v.Org != by.Org {
		return nil, apperr.New(apperr.PermissionDenied, "validator %q is run by %q, not by %q", v.Name, v.Org, by.Org)
	}
	address := v.Key.Address()
	if m.Address != address.String() {
		return nil, apperr.Invalid("address", "is %s, but validator %q signs with key %s", m.Address, v.Name, address)
	}
	row, ok, err := confirmations.Get(w, address)
	if err != nil {
		return nil, err
	}
	e := &chanceryv1.ProtocolConfirmed{Validator: v.Name, Org: v.Org, Address: m.Address, Version: m.Version, Origin: by.Origin}
	switch {
	case m.Version == 0 && !ok:
		return nil, apperr.New(apperr.NotFound, "validator %q has confirmed nothing that could be taken back", v.Name)
	case m.Version == 0:
		confirmations.Delete(w, address)
		return e, nil
	case m.Version != next:
		return nil, apperr.Invalid("version", "is %d, but the next protocol version is %d", m.Version, next)
	case ok && row.Version == m.Version:
		return nil, apperr.New(apperr.AlreadyExists, "validator %q has confirmed protocol version %d at height %d", v.Name, row.Version, row.Height)
	}
	return e, confirmations.Set(w, address, &statev1.ProtocolConfirmation{Version: m.Version, Height: by.Height})
}

// confirmed reports whether the node of a validator is said to know a version.
func confirmed(r state.Reader, v Validator, version uint64) (bool, error) {
	row, ok, err := confirmations.Get(r, v.Key.Address())
	return ok && row.Version == version, err
}

// DropConfirmations forgets all: a protocol version has begun, and they were about it.
func DropConfirmations(w state.Writer) error {
	var addresses []Address
	_, err := confirmations.Iterate(w, state.Page[Address]{}, func(a Address, _ *statev1.ProtocolConfirmation) error {
		addresses = append(addresses, a)
		return nil
	})
	for _, a := range addresses {
		confirmations.Delete(w, a)
	}
	return err
}

// Readiness tells who of the set has confirmed a protocol version.
func (s Set) Readiness(r state.Reader, version uint64) (*chanceryv1.ProtocolReadiness, error) {
	out := &chanceryv1.ProtocolReadiness{Version: version, TotalPower: s.Total()}
	if len(s) == 0 {
		return out, nil // nobody signs the blocks, so nobody can fail to
	}
	out.NeededPower = s.Needed()
	for _, v := range s {
		ready, err := confirmed(r, v, version)
		if err != nil {
			return nil, err
		}
		if ready {
			out.ReadyPower += v.Power
		} else {
			out.Waiting = append(out.Waiting, v.Name)
		}
	}
	out.MissingPower = out.NeededPower - min(out.NeededPower, out.ReadyPower)
	return out, nil
}

// Describe is API with what is confirmed of the next protocol version.
func (s Set) Describe(r state.Reader, next uint64) (*chanceryv1.ValidatorSet, error) {
	out := s.API()
	var err error
	if out.Readiness, err = s.Readiness(r, next); err != nil {
		return nil, err
	}
	for i, v := range s {
		if out.Validators[i].Ready, err = confirmed(r, v, next); err != nil {
			return nil, err
		}
	}
	return out, nil
}
