package app

import (
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	statev1 "github.com/chancery-chain/chancery/api/gen/chancery/state/v1"
	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/app/account"
	"github.com/chancery-chain/chancery/app/apperr"
	"github.com/chancery-chain/chancery/app/governance"
	"github.com/chancery-chain/chancery/app/key"
	"github.com/chancery-chain/chancery/app/org"
	"github.com/chancery-chain/chancery/app/state"
	"github.com/chancery-chain/chancery/app/tx"
)

// authority is who decided a change of an organisation or an account, and when:
// the account that signed for its organisation, or the vote on a proposal.
type authority struct {
	origin   string // empty for a vote
	proposal uint64 // 0 for a tx
	height   int64
	time     time.Time
}

func (x *action) authority() authority {
	return authority{origin: x.tx.Body.Origin, height: x.height, time: x.time}
}

// performOrg runs the actions on organisations and their members.
func performOrg(w state.Writer, x *action, out outcome) (outcome, error) {
	switch act := x.tx.Body.Action.(type) {
	case *chanceryv1.TxBody_SetMember:
		if len(act.SetMember.Consent) > 0 {
			if x.params.SignatureGas > x.tx.Body.GasLimit-out.gasUsed {
				out.gasUsed = x.tx.Body.GasLimit
				return out, apperr.New(apperr.OutOfGas, "checking the consent needs more than the gas limit")
			}
			out.gasUsed += x.params.SignatureGas
		}
		return out.platform(setMember(w, x, act.SetMember))
	case *chanceryv1.TxBody_CreateOrg:
		return out.platform(createOrg(w, act.CreateOrg, x.authority()))
	case *chanceryv1.TxBody_UpdateOrg:
		return out.platform(updateOrg(w, act.UpdateOrg, x.authority()))
	case *chanceryv1.TxBody_SetOrgStatus:
		return out.platform(setOrgStatus(w, x.params, act.SetOrgStatus, x.authority()))
	}
	return out, apperr.Invalid("action", "is missing")
}

func setMember(w state.Writer, x *action, m *chanceryv1.SetMember) (proto.Message, error) {
	addr, err := memberAccount(w, x, m)
	if err != nil {
		return nil, err
	}
	name := x.tx.Body.Org
	if !m.Member {
		err = org.RemoveMember(w, name, addr, x.time)
	} else {
		err = org.SetMember(w, name, addr, &statev1.Member{
			Roles: m.Roles, From: nanos(m.From), Until: nanos(m.Until), Suspended: m.Suspended,
		}, x.time)
	}
	if err != nil {
		return nil, err
	}
	return &chanceryv1.MemberSet{
		Org: name, Account: addr.String(), Roles: m.Roles, Member: m.Member, Origin: x.tx.Body.Origin,
		From: m.From, Until: m.Until, Suspended: m.Suspended,
	}, nil
}

// memberAccount returns the account that a SetMember is about, and makes that of a
// key that has none.
func memberAccount(w state.Writer, x *action, m *chanceryv1.SetMember) (key.Address, error) {
	if m.Account != "" {
		addr, err := key.ParseAddress(m.Account)
		if err == nil && m.Member {
			err = account.CheckExists(w, addr)
		}
		return addr, err
	}
	k, err := tx.PublicKey(m.Key)
	if err != nil {
		return key.Address{}, err
	}
	guardian := ""
	if len(m.Consent) > 0 {
		guardian = x.tx.Body.Org
		if !k.Verify(tx.GuardianBytes(k.Type, x.params.ChainId, guardian), m.Consent) {
			return key.Address{}, apperr.New(apperr.Unauthenticated, "the consent is no signature of this key that accepts %q as guardian", guardian)
		}
	}
	if !m.Member {
		return k.Address(), nil
	}
	return k.Address(), account.Create(w, k, x.tx.Body.Org, guardian)
}

// nanos is a time in state, 0 for a missing one.
func nanos(t *timestamppb.Timestamp) int64 {
	if t == nil {
		return 0
	}
	return t.AsTime().UnixNano()
}

// createOrg admits an organisation with its first admin, whose account has no
// guardian until it names one.
func createOrg(w state.Writer, m *chanceryv1.CreateOrg, by authority) (proto.Message, error) {
	if err := org.Create(w, m.Name, &statev1.Org{
		Title: m.Title, Height: by.height, Kind: uint32(m.Kind), Uscc: m.Uscc, Parent: m.Parent,
	}); err != nil {
		return nil, err
	}
	if _, err := addAdmin(w, m.Name, m.Admin, []string{org.RoleAdmin, org.RoleDeveloper}, by.time); err != nil {
		return nil, err
	}
	if err := newQuota(w, m.Name, m.GasPerPeriod, m.StoredBytes); err != nil {
		return nil, err
	}
	return &chanceryv1.OrgCreated{Org: m.Name, Origin: by.origin, Proposal: by.proposal}, nil
}

// addAdmin makes the account of a key a member with roles, sorted.
func addAdmin(w state.Writer, name string, k *chanceryv1.PublicKey, roles []string, now time.Time) (key.Address, error) {
	pub, err := tx.PublicKey(k)
	if err != nil {
		return key.Address{}, err
	}
	if err := account.Create(w, pub, name, ""); err != nil {
		return key.Address{}, err
	}
	return pub.Address(), org.SetMember(w, name, pub.Address(), &statev1.Member{Roles: roles}, now)
}

// updateOrg changes what is said about an organisation. Only a vote gives it an
// admin: otherwise the operating organisation could act for every other.
func updateOrg(w state.Writer, m *chanceryv1.UpdateOrg, by authority) (proto.Message, error) {
	if m.Admin != nil && by.proposal == 0 {
		return nil, apperr.New(apperr.PermissionDenied, "only a vote gives an organisation an admin")
	}
	o, err := org.Update(w, m.Org, func(o *statev1.Org) {
		if m.Title != nil {
			o.Title = *m.Title
		}
		if m.Kind != nil {
			o.Kind = uint32(*m.Kind)
		}
		if m.Uscc != nil {
			o.Uscc = *m.Uscc
		}
		if m.Parent != nil {
			o.Parent = *m.Parent
		}
	})
	if err != nil {
		return nil, err
	}
	admin := ""
	if m.Admin != nil {
		addr, err := addAdmin(w, m.Org, m.Admin, []string{org.RoleAdmin}, by.time)
		if err != nil {
			return nil, err
		}
		admin = addr.String()
	}
	return &chanceryv1.OrgUpdated{
		Org: m.Org, Title: o.Title, Kind: chanceryv1.OrgKind(o.Kind), Uscc: o.Uscc, Parent: o.Parent,
		Admin: admin, Origin: by.origin, Proposal: by.proposal,
	}, nil
}

func setOrgStatus(w state.Writer, p *statev1.Params, m *chanceryv1.SetOrgStatus, by authority) (proto.Message, error) {
	if m.Suspended && m.Org == p.OperatorOrg {
		// Nobody could admit organisations or lift the suspension any more.
		return nil, apperr.New(apperr.PermissionDenied, "%q operates the chain and cannot be suspended", m.Org)
	}
	set := org.SetSuspended
	if by.proposal != 0 {
		set = org.SetSuspendedByVote
	} else if governance.CheckMember(w, m.Org) == nil {
		// Otherwise the operating organisation could silence whoever votes against it.
		return nil, apperr.New(apperr.PermissionDenied, "%q belongs to the committee: only a vote suspends it or lifts that", m.Org)
	}
	if err := set(w, m.Org, m.Suspended); err != nil {
		return nil, err
	}
	return &chanceryv1.OrgStatusSet{
		Org: m.Org, Suspended: m.Suspended, Reason: m.Reason, Origin: by.origin, Proposal: by.proposal,
	}, nil
}
