package org

import (
	"time"

	statev1 "github.com/chancery-chain/chancery/api/gen/chancery/state/v1"
	"github.com/chancery-chain/chancery/app/apperr"
	"github.com/chancery-chain/chancery/app/key"
	"github.com/chancery-chain/chancery/app/state"
)

// Platform roles. Every other role is an organisation's own and means something
// to contracts only.
const (
	RoleAdmin     = "admin"
	RoleDeveloper = "developer"
	RoleOperator  = "operator"
	RoleAuditor   = "auditor"
)

// Standing of an organisation; the numbers are those of chancery.v1.Standing, but
// for 0, which is active too.
const (
	active          = 0
	suspended       = 2
	suspendedByVote = 3
)

const (
	// maxMemberships bounds the organisations that are listed for an account.
	maxMemberships = 64
	// maxAdmins bounds the admins of an organisation, whom a change may have to
	// look through.
	maxAdmins = 64
	// maxDepth is how many organisations may stand in a line.
	maxDepth = 8
)

// Get returns an organisation or NotFound.
func Get(r state.Reader, name string) (*statev1.Org, error) {
	o, ok, err := orgs.Get(r, name)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, apperr.New(apperr.NotFound, "organisation %q does not exist", name)
	}
	return o, nil
}

// ByCode returns the name of the organisation that has a unified social credit
// code, or NotFound.
func ByCode(r state.Reader, uscc string) (string, error) {
	name, ok, err := codes.Get(r, uscc)
	if err == nil && !ok {
		err = apperr.New(apperr.NotFound, "no organisation has the unified social credit code %q", uscc)
	}
	return name, err
}

// List walks organisations in order of their names.
func List(r state.Reader, page state.Page[string], fn func(string, *statev1.Org) error) (more bool, err error) {
	return orgs.Iterate(r, page, fn)
}

// Children walks the organisations directly below one in order of their names.
func Children(r state.Reader, parent string, page state.Page[string], fn func(string) error) (more bool, err error) {
	return state.IteratePair(children, r, parent, page, func(name string, _ state.Empty) error { return fn(name) })
}

// Members walks an organisation's members in order of their addresses.
func Members(r state.Reader, name string, page state.Page[key.Address], fn func(key.Address, *statev1.Member) error) (more bool, err error) {
	return state.IteratePair(members, r, name, page, fn)
}

// GetMember returns a membership, whether or not it counts, or NotFound.
func GetMember(r state.Reader, name string, addr key.Address) (*statev1.Member, error) {
	m, ok, err := members.Get(r, state.PairOf(name, addr))
	if err == nil && !ok {
		if err = CheckExists(r, name); err == nil {
			err = apperr.New(apperr.NotFound, "account %s is no member of %q", addr, name)
		}
	}
	return m, err
}

// Of returns the organisations that an account is a member of, sorted; at most
// 64. A membership that does not count now is among them.
func Of(r state.Reader, addr key.Address) ([]string, error) {
	var names []string
	_, err := state.IteratePair(memberships, r, addr, state.Page[string]{Limit: maxMemberships}, func(name string, _ state.Empty) error {
		names = append(names, name)
		return nil
	})
	return names, err
}

// Roles returns a member's roles at a block time; none for an account that is no
// member then.
func Roles(r state.Reader, name string, addr key.Address, now time.Time) ([]string, error) {
	m, ok, err := members.Get(r, state.PairOf(name, addr))
	if err != nil || !ok || !Counts(m, now) {
		return nil, err
	}
	return m.Roles, nil
}
