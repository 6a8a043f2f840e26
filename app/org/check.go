package org

import (
	"slices"
	"time"

	"github.com/chancery-chain/chancery/app/apperr"
	"github.com/chancery-chain/chancery/app/key"
	"github.com/chancery-chain/chancery/app/state"
)

// CheckExists returns NotFound when there is no such organisation.
func CheckExists(r state.Reader, name string) error {
	_, err := Get(r, name)
	return err
}

// CheckMember checks that an account may act for an organisation at a block
// time: its membership has begun, has not ended and is not suspended.
func CheckMember(r state.Reader, name string, addr key.Address, now time.Time) error {
	if members.Has(r, state.PairOf(name, addr)) {
		return nil
	}
	if err := CheckExists(r, name); err != nil {
		return err
	}
	return apperr.New(apperr.PermissionDenied, "account %s is no member of %q", addr, name)
}

// CheckRole checks that an account has a role in an organisation at a block
// time.
func CheckRole(r state.Reader, name string, addr key.Address, role string, now time.Time) error {
	roles, err := Roles(r, name, addr, now)
	if err != nil {
		return err
	}
	if !slices.Contains(roles, role) {
		return apperr.New(apperr.PermissionDenied, "account %s lacks the role %q in %q", addr, role, name)
	}
	return nil
}
