package query

import (
	"strings"

	statev1 "github.com/chancery-chain/chancery/api/gen/chancery/state/v1"
	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/app/account"
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
	period := uint64(max(q.machine.BlockTime().Unix(), 0)) / p.QuotaPeriodSeconds
	perPeriod, used, err := quota.Get(v, name, period)
	return &chanceryv1.Org{Name: name, Title: o.Title, GasPerPeriod: perPeriod, GasUsed: used, Height: o.Height}, err
}

// Orgs lists organisations in order of their names.
func (q *Query) Orgs(size uint32, token string) (list []*chanceryv1.Org, next string, err error) {
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
	more, err := org.List(view, page, func(name string, o *statev1.Org) error {
		a, err := q.apiOrg(view, name, o)
		list = append(list, a)
		return err
	})
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
	more, err := org.Members(view, name, page, func(addr key.Address, m *statev1.Member) error {
		list = append(list, &chanceryv1.Member{Account: addr.String(), Roles: m.Roles})
		return nil
	})
	if err != nil || !more {
		return list, "", err
	}
	return list, pageToken(list[len(list)-1].Account), nil
}

// Account describes an account.
func (q *Query) Account(address string) (*chanceryv1.GetAccountResponse, error) {
	addr, err := key.ParseAddress(address)
	if err != nil {
		return nil, err
	}
	return at(q, 0, func(v *state.View) (*chanceryv1.GetAccountResponse, error) {
		keys, err := account.Keys(v, addr)
		if err != nil {
			return nil, err
		}
		res := &chanceryv1.GetAccountResponse{Address: address}
		for _, k := range keys {
			res.Keys = append(res.Keys, &chanceryv1.PublicKey{KeyType: chanceryv1.KeyType(k.Type), PublicKey: k.Bytes})
		}
		res.Orgs, err = org.Of(v, addr)
		return res, err
	})
}
