package query

import (
	"strings"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	statev1 "github.com/chancery-chain/chancery/api/gen/chancery/state/v1"
	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/app/key"
	"github.com/chancery-chain/chancery/app/org"
	"github.com/chancery-chain/chancery/app/quota"
	"github.com/chancery-chain/chancery/app/state"
)

func cutName(name string) (org, contract string, ok bool) { return strings.Cut(name, "/") }

// Org describes an organisation.
func (q *Query) Org(name string) (*chanceryv1.Org, error) {
	return at(q, 0, func(v *state.View) (*chanceryv1.Org, error) {
		o, err := org.Get(v, name)
		if err != nil {
			return nil, err
		}
		return q.apiOrg(v, name, o)
	})
}

func (q *Query) apiOrg(v *state.View, name string, o *statev1.Org) (*chanceryv1.Org, error) {
	p, err := q.params(v)
	if err != nil {
		return nil, err
	}
	limit, used, err := quota.Get(v, name, quota.Period(p.QuotaPeriodSeconds, q.machine.BlockTime()))
	if err != nil {
		return nil, err
	}
	return &chanceryv1.Org{
		Name: name, Title: o.Title, GasPerPeriod: limit.GasPerPeriod, GasUsed: used.GasUsed, Height: o.Height,
		Kind: chanceryv1.OrgKind(o.Kind), Uscc: o.Uscc, Parent: o.Parent, Standing: apiStanding(o.Standing),
	}, nil
}

// apiStanding converts a standing in state, where 0 is active.
func apiStanding(s uint32) chanceryv1.Standing {
	if s == 0 {
		return chanceryv1.Standing_STANDING_ACTIVE
	}
	return chanceryv1.Standing(s)
}

// OrgByCode describes the organisation that has a unified social credit code.
func (q *Query) OrgByCode(uscc string) (*chanceryv1.Org, error) {
	return at(q, 0, func(v *state.View) (*chanceryv1.Org, error) {
		name, err := org.ByCode(v, uscc)
		if err != nil {
			return nil, err
		}
		o, err := org.Get(v, name)
		if err != nil {
			return nil, err
		}
		return q.apiOrg(v, name, o)
	})
}

// Orgs lists organisations in order of their names: those directly below parent,
// or all when parent is empty.
func (q *Query) Orgs(parent string, size uint32, token string) (list []*chanceryv1.Org, next string, err error) {
	after, err := pageAfter(token)
	if err != nil {
		return nil, "", err
	}
	view, err := q.store.View(0)
	if err != nil {
		return nil, "", err
	}
	defer view.Close()
	page := state.Page[string]{Limit: pageSize(size)}
	if after != "" {
		page.After = &after
	}
	add := func(name string, o *statev1.Org) error {
		a, err := q.apiOrg(view, name, o)
		list = append(list, a)
		return err
	}
	var more bool
	if parent == "" {
		more, err = org.List(view, page, add)
	} else {
		more, err = org.Children(view, parent, page, func(name string) error {
			o, err := org.Get(view, name)
			if err != nil {
				return err
			}
			return add(name, o)
		})
	}
	if err != nil || !more {
		return list, "", err
	}
	return list, pageToken(list[len(list)-1].Name), nil
}

// Members lists an organisation's members in order of their addresses' bytes.
func (q *Query) Members(name string, size uint32, token string) (list []*chanceryv1.Member, next string, err error) {
	after, err := pageAfter(token)
	if err != nil {
		return nil, "", err
	}
	page := state.Page[key.Address]{Limit: pageSize(size)}
	if after != "" {
		addr, err := key.ParseAddress(after)
		if err != nil {
			return nil, "", err
		}
		page.After = &addr
	}
	view, err := q.store.View(0)
	if err != nil {
		return nil, "", err
	}
	defer view.Close()
	if err := org.CheckExists(view, name); err != nil {
		return nil, "", err
	}
	now := q.machine.BlockTime()
	more, err := org.Members(view, name, page, func(addr key.Address, m *statev1.Member) error {
		list = append(list, apiMember(addr, m, now))
		return nil
	})
	if err != nil || !more {
		return list, "", err
	}
	return list, pageToken(list[len(list)-1].Account), nil
}

// Member describes one account's place in an organisation.
func (q *Query) Member(name, address string) (*chanceryv1.Member, error) {
	addr, err := key.ParseAddress(address)
	if err != nil {
		return nil, err
	}
	return at(q, 0, func(v *state.View) (*chanceryv1.Member, error) {
		m, err := org.GetMember(v, name, addr)
		if err != nil {
			return nil, err
		}
		return apiMember(addr, m, q.machine.BlockTime()), nil
	})
}

func apiMember(addr key.Address, m *statev1.Member, now time.Time) *chanceryv1.Member {
	return &chanceryv1.Member{
		Account: addr.String(), Roles: m.Roles, From: apiTime(m.From), Until: apiTime(m.Until),
		Suspended: m.Suspended, Active: org.Counts(m, now),
	}
}

// apiTime converts a time in state, where 0 is none.
func apiTime(nanos int64) *timestamppb.Timestamp {
	if nanos == 0 {
		return nil
	}
	return timestamppb.New(time.Unix(0, nanos))
}
