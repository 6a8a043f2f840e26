package contract

import (
	statev1 "github.com/chancery-chain/chancery/api/gen/chancery/state/v1"
	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/app/apperr"
	"github.com/chancery-chain/chancery/app/state"
)

// The statuses of contracts, as they stand in the state.
const (
	statusActive  = uint32(chanceryv1.ContractStatus_CONTRACT_STATUS_ACTIVE)
	statusFrozen  = uint32(chanceryv1.ContractStatus_CONTRACT_STATUS_FROZEN)
	statusRetired = uint32(chanceryv1.ContractStatus_CONTRACT_STATUS_RETIRED)
)

// LifecycleOf returns what was decided about a contract; the zero value when
// nothing was.
func LifecycleOf(r state.Reader, name string) (*statev1.Lifecycle, error) {
	l, ok, err := lifecycles.Get(r, name)
	if err != nil || !ok {
		return &statev1.Lifecycle{}, err
	}
	return l, nil
}

// open returns a contract's record and lifecycle.
func open(r state.Reader, name string) (*statev1.Contract, *statev1.Lifecycle, error) {
	rec, err := Get(r, name)
	if err != nil {
		return nil, nil, err
	}
	life, err := LifecycleOf(r, name)
	return rec, life, err
}

// checkActive refuses to execute or upgrade a contract that is frozen or retired.
func checkActive(name string, rec *statev1.Contract) error {
	switch rec.Status {
	case statusFrozen:
		return apperr.New(apperr.Frozen, "%s is frozen", name)
	case statusRetired:
		return apperr.New(apperr.Frozen, "%s is retired", name)
	}
	return nil
}

// CheckFrozen returns Frozen for a contract that is frozen, which may be lifted; not
// for one that is retired.
func CheckFrozen(r state.Reader, name string) error {
	rec, err := Get(r, name)
	if err == nil && rec.Status == statusFrozen {
		err = checkActive(name, rec)
	}
	return err
}

// CheckVersion refuses a call of a contract that has another version than the
// caller asks for; 0 asks for none.
func CheckVersion(r state.Reader, name string, want uint64) error {
	if want == 0 {
		return nil
	}
	rec, err := Get(r, name)
	if err != nil {
		return err
	}
	if rec.Version != want {
		return apperr.New(apperr.VersionChanged, "%s has version %d, the tx asks for %d", name, rec.Version, want)
	}
	return nil
}

// setLifecycle writes a contract's lifecycle, and its status where that changes.
func setLifecycle(w state.Writer, name string, rec *statev1.Contract, life *statev1.Lifecycle) error {
	status := statusActive
	switch {
	case life.Retired != nil:
		status = statusRetired
	case life.OwnerFreeze != nil || life.CommitteeFreeze != nil:
		status = statusFrozen
	}
	if rec.Status != status {
		rec.Status = status
		if err := contracts.Set(w, name, rec); err != nil {
			return err
		}
	}
	return lifecycles.Set(w, name, life)
}

func decision(by Author, reason string) *statev1.Decision {
	return &statev1.Decision{
		Org: by.Org, Origin: by.Origin, CommitteeProposal: by.CommitteeProposal,
		Height: by.Height, Time: by.Time.UnixNano(), Reason: reason,
	}
}

// Freeze stops a contract, in the name of its owner or, with a committee's
// proposal in by, of the committee. Each has a freeze of its own, so that neither
// can lift the other's.
func Freeze(w state.Writer, by Author, name, reason string) (*chanceryv1.ContractFrozen, error) {
	rec, life, err := open(w, name)
	if err != nil {
		return nil, err
	}
	if life.Retired != nil {
		return nil, checkActive(name, rec)
	}
	freeze := &life.OwnerFreeze
	if by.CommitteeProposal > 0 {
		freeze = &life.CommitteeFreeze
	}
	if *freeze != nil {
		return nil, apperr.New(apperr.AlreadyExists, "%s is frozen by %s since height %d", name, by.side(), (*freeze).Height)
	}
	*freeze = decision(by, reason)
	return &chanceryv1.ContractFrozen{
		Contract: name, Org: by.Org, Origin: by.Origin, CommitteeProposal: by.CommitteeProposal, Reason: reason,
	}, setLifecycle(w, name, rec, life)
}

// Unfreeze lifts the freeze of the owner or, with a committee's proposal in by, of
// the committee.
func Unfreeze(w state.Writer, by Author, name string) (*chanceryv1.ContractUnfrozen, error) {
	rec, life, err := open(w, name)
	if err != nil {
		return nil, err
	}
	if by.CommitteeProposal == 0 {
		// The owner's own freeze is all that an owner lifts.
		by.Admin = true
		return unfreeze(w, by, name, rec, life)
	}
	if life.CommitteeFreeze == nil {
		return nil, notFrozen(name, by)
	}
	life.CommitteeFreeze = nil
	return unfrozen(w, by, name, rec, life)
}

// unfreeze lifts the owner's freeze.
func unfreeze(w state.Writer, by Author, name string, rec *statev1.Contract, life *statev1.Lifecycle) (*chanceryv1.ContractUnfrozen, error) {
	switch {
	case life.Retired != nil:
		return nil, checkActive(name, rec)
	case !by.Admin:
		return nil, apperr.New(apperr.PermissionDenied, "account %s may not unfreeze %s; an admin of %q may", by.Origin, name, by.Org)
	case life.OwnerFreeze == nil && life.CommitteeFreeze != nil:
		return nil, apperr.New(apperr.PermissionDenied, "%s is frozen by the committee, which alone can lift that", name)
	case life.OwnerFreeze == nil:
		return nil, notFrozen(name, by)
	}
	life.OwnerFreeze = nil
	return unfrozen(w, by, name, rec, life)
}

func unfrozen(w state.Writer, by Author, name string, rec *statev1.Contract, life *statev1.Lifecycle) (*chanceryv1.ContractUnfrozen, error) {
	return &chanceryv1.ContractUnfrozen{
		Contract: name, Org: by.Org, Origin: by.Origin, CommitteeProposal: by.CommitteeProposal,
	}, setLifecycle(w, name, rec, life)
}

func notFrozen(name string, by Author) error {
	return apperr.New(apperr.NotFound, "%s is not frozen by %s", name, by.side())
}

// side names whose decision it is.
func (by *Author) side() string {
	if by.CommitteeProposal > 0 {
		return "the committee"
	}
	return "its owner"
}

// Retire ends a contract: its proposals are closed and the code of its earlier
// versions is let go.
func Retire(w state.Writer, by Author, m *chanceryv1.RetireContract, gas uint64) (Done, error) {
	b := &budget{limit: gas}
	return b.done(retire(w, by, m, b))
}

func retire(w state.Writer, by Author, m *chanceryv1.RetireContract, b *budget) (Done, error) {
	rec, life, err := open(w, m.Contract)
	if err != nil {
		return Done{}, err
	}
	if life.Retired != nil {
		return Done{}, checkActive(m.Contract, rec)
	}
	if life.CommitteeFreeze != nil {
		return Done{}, apperr.New(apperr.Frozen, "%s is frozen by the committee", m.Contract)
	}
	if err := b.pay(rowGas*(2+rec.Version+uint64(len(life.OpenProposals))), "letting go of its versions"); err != nil {
		return Done{}, err
	}
	if err := closeAll(w, by, m.Contract, life, 0, upgradeCancelled); err != nil {
		return Done{}, err
	}
	_, err = state.IteratePair(versions, w, m.Contract, state.Page[uint64]{}, func(n uint64, v *statev1.Version) error {
		if n == rec.Version {
			return nil
		}
		return release(w, v.CodeHash)
	})
	if err != nil {
		return Done{}, err
	}
	life.Retired = decision(by, m.Reason)
	if err := setLifecycle(w, m.Contract, rec, life); err != nil {
		return Done{}, err
	}
	ev, err := PlatformEvent(&chanceryv1.ContractRetired{Contract: m.Contract, Org: by.Org, Origin: by.Origin, Reason: m.Reason})
	return Done{Events: []Event{ev}}, err
}
