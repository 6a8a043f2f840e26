package org

import (
	"slices"

	"github.com/chancery-chain/chancery/app/apperr"
	"github.com/chancery-chain/chancery/app/key"
	"github.com/chancery-chain/chancery/app/state"
)

// CheckExists returns NotFound when there is no such organisation.
func CheckExists(r state.Reader, name string) error {
	_, err := Get(r, name)
	return err
}

// CheckMember checks that an account may act for an organisation.
func CheckMember(r state.Reader, name string, addr key.Address) error {
	if members.Has(r, state.PairOf(name, addr)) {
		return nil
	}
	if err := CheckExists(r, name); err != nil {
		return err
	}
	return apperr.New(apperr.PermissionDenied, "account %s is no member of %q", addr, name)
}

// CheckRole checks that an account has a role in an organisation.
func CheckRole(r state.Reader, name string, addr key.Address, role string) error {
	roles, err := Roles(r, name, addr)
	if err != nil {
		return err
	}
	if !slices.Contains(roles, role) {
		return apperr.New(apperr.PermissionDenied, "account %s lacks the role %q in %q", addr, role, name)
	}
	return nil
}
