package org

import (
	"slices"
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

// maxMemberships bounds the organisations that are listed for an account.
const maxMemberships = 64

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

// List walks organisations in order of their names.
func List(r state.Reader, page state.Page[string], fn func(string, *statev1.Org) error) (more bool, err error) {
	return orgs.Iterate(r, page, fn)
}

// Members walks an organisation's members in order of their addresses.
func Members(r state.Reader, name string, page state.Page[key.Address], fn func(key.Address, *statev1.Member) error) (more bool, err error) {
	return state.IteratePair(members, r, name, page, fn)
}

// Of returns the organisations that an account is a member of, sorted; at most
// 64.
func Of(r state.Reader, addr key.Address) ([]string, error) {
	var names []string
	_, err := state.IteratePair(memberships, r, addr, state.Page[string]{Limit: maxMemberships}, func(name string, _ []byte) error {
		names = append(names, name)
		return nil
	})
	return names, err
}

// Roles returns a member's roles at a block time; none for an account that is no
// member then.
func Roles(r state.Reader, name string, addr key.Address, now time.Time) ([]string, error) {
	m, _, err := members.Get(r, state.PairOf(name, addr))
	if err != nil {
		return nil, err
	}
	return m.GetRoles(), nil
}

// Create admits an organisation.
func Create(w state.Writer, name, title string, height int64) error {
	if orgs.Has(w, name) {
		return apperr.New(apperr.AlreadyExists, "organisation %q exists", name)
	}
	return orgs.Set(w, name, &statev1.Org{Title: title, Height: height})
}

// SetMember sets a member's roles, which are sorted, or removes the member.
func SetMember(w state.Writer, name string, addr key.Address, roles []string, member bool) error {
	at := state.PairOf(name, addr)
	if !member {
		if !members.Has(w, at) {
			return apperr.New(apperr.NotFound, "account %s is no member of %q", addr, name)
		}
		members.Delete(w, at)
		memberships.Delete(w, state.PairOf(addr, name))
		return nil
	}
	if err := members.Set(w, at, &statev1.Member{Roles: slices.Clone(roles)}); err != nil {
		return err
	}
	return memberships.Set(w, state.PairOf(addr, name), []byte{})
}
