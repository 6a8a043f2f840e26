package org

import (
	"slices"
	"time"

	statev1 "github.com/chancery-chain/chancery/api/gen/chancery/state/v1"
	"github.com/chancery-chain/chancery/app/apperr"
	"github.com/chancery-chain/chancery/app/key"
	"github.com/chancery-chain/chancery/app/state"
)

// Create admits an organisation. The error is AlreadyExists for a name or a
// unified social credit code that another has, NotFound for the parent,
// LimitExceeded for a line of more than 8.
func Create(w state.Writer, name string, o *statev1.Org) error {
	if orgs.Has(w, name) {
		return apperr.New(apperr.AlreadyExists, "organisation %q exists", name)
	}
	if o.Parent == name {
		return apperr.New(apperr.NotFound, "organisation %q does not exist", name)
	}
	if err := place(w, name, &statev1.Org{}, o, 0); err != nil {
		return err
	}
	return orgs.Set(w, name, o)
}

// Update changes what is said about an organisation: edit gets it and may change
// title, kind, code and parent. Errors are those of Create, and PermissionDenied
// for a parent that stands below.
func Update(w state.Writer, name string, edit func(*statev1.Org)) (*statev1.Org, error) {
	o, err := Get(w, name)
	if err != nil {
		return nil, err
	}
	old := o.CloneVT()
	edit(o)
	depth, _, err := line(w, name, "")
	if err != nil {
		return nil, err
	}
	if err := place(w, name, old, o, depth); err != nil {
		return nil, err
	}
	return o, orgs.Set(w, name, o)
}

// place keeps the indexes of codes and children with a change of an organisation
// that stood depth deep, 0 for a new one.
func place(w state.Writer, name string, from, to *statev1.Org, depth int) error {
	if from.Uscc != to.Uscc {
		if to.Uscc != "" {
			other, ok, err := codes.Get(w, to.Uscc)
			if err != nil {
				return err
			}
			if ok {
				return apperr.New(apperr.AlreadyExists, "%q has the unified social credit code %s", other, to.Uscc)
			}
			if err := codes.Set(w, to.Uscc, name); err != nil {
				return err
			}
		}
		if from.Uscc != "" {
			codes.Delete(w, from.Uscc)
		}
	}
	if from.Parent == to.Parent {
		return nil
	}
	if to.Parent != "" {
		if err := checkParent(w, name, to.Parent, depth); err != nil {
			return err
		}
		if err := children.Set(w, state.PairOf(to.Parent, name), state.Empty{}); err != nil {
			return err
		}
	}
	if from.Parent != "" {
		children.Delete(w, state.PairOf(from.Parent, name))
	}
	return nil
}

// SetSuspended suspends an organisation or lifts that. What a vote suspended, only
// a vote lifts: PermissionDenied.
func SetSuspended(w state.Writer, name string, suspend bool) error {
	o, err := Get(w, name)
	if err != nil {
		return err
	}
	if o.Standing == suspendedByVote {
		return apperr.New(apperr.PermissionDenied, "%q was suspended by a vote, and only a vote lifts that", name)
	}
	o.Standing = active
	if suspend {
		o.Standing = suspended
	}
	return orgs.Set(w, name, o)
}

// SetSuspendedByVote suspends an organisation or lifts any suspension, by a vote.
func SetSuspendedByVote(w state.Writer, name string, suspend bool) error {
	o, err := Get(w, name)
	if err != nil {
		return err
	}
	o.Standing = active
	if suspend {
		o.Standing = suspendedByVote
	}
	return orgs.Set(w, name, o)
}

// SetMember makes an account a member, or changes what it is. Roles are sorted.
// The error is PermissionDenied when the organisation would be left without an
// admin, LimitExceeded for more than 64 admins.
func SetMember(w state.Writer, name string, addr key.Address, m *statev1.Member, now time.Time) error {
	at := state.PairOf(name, addr)
	if err := setAdmin(w, name, addr, m, now); err != nil {
		return err
	}
	if err := members.Set(w, at, m); err != nil {
		return err
	}
	return memberships.Set(w, state.PairOf(addr, name), state.Empty{})
}

// RemoveMember ends a membership. The error is NotFound for no member, and that of
// SetMember for the last admin.
func RemoveMember(w state.Writer, name string, addr key.Address, now time.Time) error {
	at := state.PairOf(name, addr)
	if !members.Has(w, at) {
		return apperr.New(apperr.NotFound, "account %s is no member of %q", addr, name)
	}
	if err := setAdmin(w, name, addr, nil, now); err != nil {
		return err
	}
	members.Delete(w, at)
	memberships.Delete(w, state.PairOf(addr, name))
	return nil
}

// setAdmin keeps the list of admins with a change of a membership, nil for its
// end. It refuses to take the last lasting admin; an organisation that had none,
// of the genesis, is left alone.
func setAdmin(w state.Writer, name string, addr key.Address, to *statev1.Member, now time.Time) error {
	at := state.PairOf(name, addr)
	from, _, err := members.Get(w, at)
	if err != nil {
		return err
	}
	if lasting(from, now) && !lasting(to, now) {
		other, err := lastingAdmin(w, name, addr, now)
		if err != nil {
			return err
		}
		if !other {
			return apperr.New(apperr.PermissionDenied, "%q would be left without an admin whose membership has no end; another must be there first", name)
		}
	}
	is := to != nil && slices.Contains(to.Roles, RoleAdmin)
	switch was := admins.Has(w, at); {
	case was && !is:
		admins.Delete(w, at)
	case is && !was:
		n, err := countAdmins(w, name)
		if err != nil {
			return err
		}
		if n >= maxAdmins {
			return apperr.New(apperr.LimitExceeded, "%q has %d admins already", name, n)
		}
		return admins.Set(w, at, state.Empty{})
	}
	return nil
}
