package app

import (
	"slices"

	"google.golang.org/protobuf/proto"

	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/app/account"
	"github.com/chancery-chain/chancery/app/apperr"
	"github.com/chancery-chain/chancery/app/org"
	"github.com/chancery-chain/chancery/app/quota"
	"github.com/chancery-chain/chancery/app/state"
	"github.com/chancery-chain/chancery/app/tx"
)

// performOrg runs the actions on organisations and their members.
func performOrg(w state.Writer, x *action, out outcome) (outcome, error) {
	switch act := x.tx.Body.Action.(type) {
	case *chanceryv1.TxBody_SetMember:
		return out.platform(setMember(w, x, act.SetMember))
	case *chanceryv1.TxBody_CreateOrg:
		return out.platform(createOrg(w, x, act.CreateOrg))
	}
	return out, apperr.Invalid("action", "is missing")
}

func setMember(w state.Writer, x *action, m *chanceryv1.SetMember) (proto.Message, error) {
	k, err := tx.PublicKey(m.Key)
	if err != nil {
		return nil, err
	}
	addr := k.Address()
	if addr == x.tx.Origin && !slices.Contains(m.Roles, org.RoleAdmin) {
		// Otherwise a slip could leave the organisation without an admin.
		return nil, apperr.New(apperr.PermissionDenied, "an admin cannot take the role admin from itself; another admin must")
	}
	if m.Member {
		if err := account.Ensure(w, addr, k); err != nil {
			return nil, err
		}
	}
	if err := org.SetMember(w, x.tx.Body.Org, addr, m.Roles, m.Member); err != nil {
		return nil, err
	}
	return &chanceryv1.MemberSet{
		Org: x.tx.Body.Org, Account: addr.String(), Roles: m.Roles, Member: m.Member, Origin: x.tx.Body.Origin,
	}, nil
}

func createOrg(w state.Writer, x *action, m *chanceryv1.CreateOrg) (proto.Message, error) {
	k, err := tx.PublicKey(m.Admin)
	if err != nil {
		return nil, err
	}
	if err := org.Create(w, m.Name, m.Title, x.height); err != nil {
		return nil, err
	}
	addr := k.Address()
	if err := account.Ensure(w, addr, k); err != nil {
		return nil, err
	}
	if err := org.SetMember(w, m.Name, addr, []string{org.RoleAdmin, org.RoleDeveloper}, true); err != nil {
		return nil, err
	}
	if err := quota.Set(w, m.Name, m.GasPerPeriod); err != nil {
		return nil, err
	}
	return &chanceryv1.OrgCreated{Org: m.Name, Origin: x.tx.Body.Origin}, nil
}
