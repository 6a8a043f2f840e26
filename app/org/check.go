package org

import (
	"slices"
	"time"

	statev1 "github.com/chancery-chain/chancery/api/gen/chancery/state/v1"
	"github.com/chancery-chain/chancery/app/apperr"
	"github.com/chancery-chain/chancery/app/key"
	"github.com/chancery-chain/chancery/app/state"
)

// CheckExists returns NotFound when there is no such organisation.
func CheckExists(r state.Reader, name string) error {
	_, err := Get(r, name)
	return err
}

// CheckActive checks that anybody may act for an organisation: that it is not
// suspended. The error is PermissionDenied, or NotFound.
func CheckActive(r state.Reader, name string) error {
	o, err := Get(r, name)
	if err == nil && o.Standing != active {
		err = apperr.New(apperr.PermissionDenied, "organisation %q is suspended", name)
	}
	return err
}

// NotSuspended returns those of some organisations that are not suspended, in their
// order. One that does not exist is not among them.
func NotSuspended(r state.Reader, names []string) ([]string, error) {
	var list []string
	for _, name := range names {
		o, ok, err := orgs.Get(r, name)
		if err != nil {
			return nil, err
		}
		if ok && o.Standing == active {
			list = append(list, name)
		}
	}
	return list, nil
}

// Active returns the roles of an account that may act for an organisation at a
// block time: the organisation is not suspended, and the membership has begun, has
// not ended and is not suspended. The error is PermissionDenied, or NotFound for
// the organisation.
func Active(r state.Reader, name string, addr key.Address, now time.Time) (roles []string, err error) {
	if err := CheckActive(r, name); err != nil {
		return nil, err
	}
	m, ok, err := members.Get(r, state.PairOf(name, addr))
	switch {
	case err != nil:
		return nil, err
	case !ok:
		return nil, apperr.New(apperr.PermissionDenied, "account %s is no member of %q", addr, name)
	case m.Suspended:
		return nil, apperr.New(apperr.PermissionDenied, "the membership of account %s in %q is suspended", addr, name)
	case now.UnixNano() < m.From:
		return nil, apperr.New(apperr.PermissionDenied, "the membership of account %s in %q begins at %s", addr, name, stamp(m.From))
	case m.Until != 0 && now.UnixNano() >= m.Until:
		return nil, apperr.New(apperr.PermissionDenied, "the membership of account %s in %q ended at %s", addr, name, stamp(m.Until))
	}
	return m.Roles, nil
}

func stamp(nanos int64) string { return time.Unix(0, nanos).UTC().Format(time.RFC3339) }

// Counts reports whether a membership counts at a block time.
func Counts(m *statev1.Member, now time.Time) bool {
	at := now.UnixNano()
	return !m.Suspended && at >= m.From && (m.Until == 0 || at < m.Until)
}

// CheckMember checks that an account may act for an organisation at a block time;
// see Active.
func CheckMember(r state.Reader, name string, addr key.Address, now time.Time) error {
	_, err := Active(r, name, addr, now)
	return err
}

// CheckRole checks that an account has a role in an organisation at a block
// time. Whether the organisation is suspended is CheckMember's matter.
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

// lastingAdmin reports whether an organisation has, beside one account, an admin
// whose membership counts now and has no end.
func lastingAdmin(r state.Reader, name string, beside key.Address, now time.Time) (found bool, err error) {
	_, err = state.IteratePair(admins, r, name, state.Page[key.Address]{Limit: maxAdmins}, func(addr key.Address, _ state.Empty) error {
		if addr == beside {
			return nil
		}
		m, _, err := members.Get(r, state.PairOf(name, addr))
		if err == nil && lasting(m, now) {
			found, err = true, state.Stop
		}
		return err
	})
	return found, err
}

// lasting reports whether a membership makes an admin now and without end.
func lasting(m *statev1.Member, now time.Time) bool {
	return m != nil && slices.Contains(m.Roles, RoleAdmin) && m.Until == 0 && Counts(m, now)
}

// countAdmins counts the admins of an organisation, at most maxAdmins.
func countAdmins(r state.Reader, name string) (n int, err error) {
	_, err = state.IteratePair(admins, r, name, state.Page[key.Address]{Limit: maxAdmins}, func(key.Address, state.Empty) error {
		n++
		return nil
	})
	return n, err
}

// line counts the organisations from one up to the top, itself included, and
// reports whether another stands among them. It stops at maxDepth.
func line(r state.Reader, name, other string) (depth int, meets bool, err error) {
	for name != "" && depth < maxDepth {
		o, err := Get(r, name)
		if err != nil {
			return depth, meets, err
		}
		meets = meets || name == other
		name = o.Parent
		depth++
	}
	return depth, meets, nil
}

// checkParent checks that an organisation may stand below a parent. A new one has
// no line yet: before is 0.
func checkParent(r state.Reader, name, parent string, before int) error {
	above, circle, err := line(r, parent, name)
	if err != nil {
		return err
	}
	if circle {
		return apperr.New(apperr.PermissionDenied, "%q stands above %q already", name, parent)
	}
	if above >= maxDepth {
		return apperr.New(apperr.LimitExceeded, "%q would be deeper than %d organisations in a line", name, maxDepth)
	}
	if before == 0 || above+1 <= before {
		return nil
	}
	// What stands below would move down with it, and how deep that is nobody
	// counts. Those below can be moved first.
	more, err := state.IteratePair(children, r, name, state.Page[string]{}, func(string, state.Empty) error { return state.Stop })
	if err == nil && more {
		err = apperr.New(apperr.LimitExceeded, "%q has organisations below it and would move further down; move those first", name)
	}
	return err
}
