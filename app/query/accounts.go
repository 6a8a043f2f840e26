package query

import (
	"strings"

	statev1 "github.com/chancery-chain/chancery/api/gen/chancery/state/v1"
	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/app/account"
	"github.com/chancery-chain/chancery/app/apperr"
	"github.com/chancery-chain/chancery/app/key"
	"github.com/chancery-chain/chancery/app/org"
	"github.com/chancery-chain/chancery/app/state"
)

// Account describes an account as it is at the time of the last block.
func (q *Query) Account(address string) (*chanceryv1.GetAccountResponse, error) {
	addr, err := key.ParseAddress(address)
	if err != nil {
		return nil, err
	}
	return at(q, 0, func(v *state.View) (*chanceryv1.GetAccountResponse, error) {
		if err := account.CheckExists(v, addr); err != nil {
			return nil, err
		}
		a, err := account.Get(v, addr, q.machine.BlockTime())
		if err != nil {
			return nil, err
		}
		res := &chanceryv1.GetAccountResponse{
			Address: address, Threshold: a.Threshold, Guardian: a.Guardian, Standing: apiStanding(a.Standing),
		}
		for _, k := range account.KeysOf(a).List {
			res.Keys = append(res.Keys, apiKey(k.Public))
			res.Weights = append(res.Weights, k.Weight)
		}
		if p := a.Recovery; p != nil {
			res.Recovery = &chanceryv1.PendingRecovery{Threshold: p.Threshold, Effective: apiTime(p.Effective), Origin: p.Origin}
			for _, k := range account.RecoveryKeys(p).List {
				res.Recovery.Keys = append(res.Recovery.Keys, &chanceryv1.WeightedKey{Key: apiKey(k.Public), Weight: k.Weight})
			}
		}
		if g := a.GuardianChange; g != nil {
			res.GuardianChange = &chanceryv1.PendingGuardian{Org: g.Org, Effective: apiTime(g.Effective)}
		}
		res.Orgs, err = org.Of(v, addr)
		return res, err
	})
}

func apiKey(k key.Public) *chanceryv1.PublicKey {
	return &chanceryv1.PublicKey{KeyType: chanceryv1.KeyType(k.Type), PublicKey: k.Bytes}
}

// Delegations lists the delegations that an account gave, in order of delegate and
// organisation.
func (q *Query) Delegations(principal string, size uint32, token string) (list []*chanceryv1.Delegation, next string, err error) {
	addr, err := key.ParseAddress(principal)
	if err != nil {
		return nil, "", err
	}
	after, err := pageAfter(token)
	if err != nil {
		return nil, "", err
	}
	page := state.Page[account.DelegationKey]{Limit: pageSize(size)}
	if after != "" {
		delegate, name, _ := strings.Cut(after, "/")
		to, err := key.ParseAddress(delegate)
		if err != nil {
			return nil, "", apperr.Invalid("page_token", "was not given by this node")
		}
		page.After = &account.DelegationKey{First: to, Second: name}
	}
	view, err := q.store.View(0)
	if err != nil {
		return nil, "", err
	}
	defer view.Close()
	var bytes pageBytes
	more, err := account.Delegations(view, addr, page, func(k account.DelegationKey, d *statev1.Delegation) error {
		a := &chanceryv1.Delegation{
			Principal: principal, Delegate: k.First.String(), Org: k.Second, Until: apiTime(d.Until), Height: d.Height,
		}
		for _, g := range d.Grants {
			a.Grants = append(a.Grants, &chanceryv1.Grant{Contract: g.Contract, Methods: g.Methods})
		}
		list = append(list, a)
		return bytes.add(d.SizeVT())
	})
	if err != nil || !more {
		return list, "", err
	}
	last := list[len(list)-1]
	return list, pageToken(last.Delegate + "/" + last.Org), nil
}
