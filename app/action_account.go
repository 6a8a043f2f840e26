package app

import (
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	statev1 "github.com/chancery-chain/chancery/api/gen/chancery/state/v1"
	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/app/account"
	"github.com/chancery-chain/chancery/app/apperr"
	"github.com/chancery-chain/chancery/app/key"
	"github.com/chancery-chain/chancery/app/org"
	"github.com/chancery-chain/chancery/app/state"
	"github.com/chancery-chain/chancery/app/tx"
)

// performAccount runs the actions on accounts and delegations.
func performAccount(w state.Writer, x *action, out outcome) (outcome, error) {
	switch act := x.tx.Body.Action.(type) {
	case *chanceryv1.TxBody_SetKeys:
		return out.platform(setKeys(w, x, act.SetKeys))
	case *chanceryv1.TxBody_StartRecovery:
		return out.platform(startRecovery(w, x, act.StartRecovery))
	case *chanceryv1.TxBody_CancelRecovery:
		return out.platform(cancelRecovery(w, x, act.CancelRecovery))
	case *chanceryv1.TxBody_SetAccountStatus:
		return out.platform(setAccountStatus(w, x, act.SetAccountStatus))
	case *chanceryv1.TxBody_SetGuardian:
		return out.platform(setGuardian(w, x, act.SetGuardian))
	case *chanceryv1.TxBody_Delegate:
		return out.platform(delegate(w, x, act.Delegate))
	case *chanceryv1.TxBody_RevokeDelegation:
		return out.platform(revokeDelegation(w, x, act.RevokeDelegation))
	}
	return out, apperr.Invalid("action", "is missing")
}

// accountKeys converts keys that tx.CheckKeys accepted.
func accountKeys(list []*chanceryv1.WeightedKey, threshold uint32) (account.Keys, error) {
	keys := account.Keys{Threshold: threshold}
	for _, k := range list {
		pub, err := tx.PublicKey(k.Key)
		if err != nil {
			return keys, err
		}
		keys.List = append(keys.List, account.Key{Public: pub, Weight: k.Weight})
	}
	return keys, nil
}

func setKeys(w state.Writer, x *action, m *chanceryv1.SetKeys) (proto.Message, error) {
	keys, err := accountKeys(m.Keys, m.Threshold)
	if err != nil {
		return nil, err
	}
	if err := account.SetKeys(w, x.tx.Origin, keys, x.time); err != nil {
		return nil, err
	}
	return &chanceryv1.KeysSet{Account: x.tx.Body.Origin, Keys: m.Keys, Threshold: m.Threshold}, nil
}

// change is what the origin does to an account, its own when address is empty.
func (x *action) change(address string) (account.Change, error) {
	c := account.Change{Account: x.tx.Origin, Org: x.tx.Body.Org, Origin: x.tx.Body.Origin, Now: x.time}
	var err error
	if address != "" {
		c.Account, err = key.ParseAddress(address)
	}
	return c, err
}

// recoveryDelay is how long a recovery waits, and a change of the guardian.
func (x *action) recoveryDelay() time.Duration {
	return time.Duration(x.params.RecoveryDelaySeconds) * time.Second
}

func startRecovery(w state.Writer, x *action, m *chanceryv1.StartRecovery) (proto.Message, error) {
	keys, err := accountKeys(m.Keys, m.Threshold)
	if err != nil {
		return nil, err
	}
	c, err := x.change(m.Account)
	if err != nil {
		return nil, err
	}
	effective, err := account.StartRecovery(w, c, keys, x.recoveryDelay())
	if err != nil {
		return nil, err
	}
	return &chanceryv1.RecoveryStarted{
		Account: m.Account, Keys: m.Keys, Threshold: m.Threshold, Effective: timestamppb.New(effective),
		Org: c.Org, Origin: c.Origin,
	}, nil
}

func cancelRecovery(w state.Writer, x *action, m *chanceryv1.CancelRecovery) (proto.Message, error) {
	c, err := x.change(m.Account)
	if err != nil {
		return nil, err
	}
	if c.Account != x.tx.Origin {
		if err := org.CheckRole(w, c.Org, x.tx.Origin, org.RoleAdmin, x.time); err != nil {
			return nil, err
		}
	}
	if err := account.CancelRecovery(w, c); err != nil {
		return nil, err
	}
	return &chanceryv1.RecoveryCancelled{Account: c.Account.String(), Org: c.Org, Origin: c.Origin}, nil
}

func setAccountStatus(w state.Writer, x *action, m *chanceryv1.SetAccountStatus) (proto.Message, error) {
	c, err := x.change(m.Account)
	if err != nil {
		return nil, err
	}
	if err := account.SetSuspended(w, c, m.Suspended); err != nil {
		return nil, err
	}
	return &chanceryv1.AccountStatusSet{
		Account: m.Account, Suspended: m.Suspended, Reason: m.Reason, Org: c.Org, Origin: c.Origin,
	}, nil
}

// voteAccountStatus is setAccountStatus by a vote.
func voteAccountStatus(w state.Writer, m *chanceryv1.SetAccountStatus, proposal uint64, now time.Time) (proto.Message, error) {
	addr, err := key.ParseAddress(m.Account)
	if err != nil {
		return nil, err
	}
	if err := account.SetSuspendedByVote(w, addr, m.Suspended, now); err != nil {
		return nil, err
	}
	return &chanceryv1.AccountStatusSet{Account: m.Account, Suspended: m.Suspended, Reason: m.Reason, Proposal: proposal}, nil
}

func setGuardian(w state.Writer, x *action, m *chanceryv1.SetGuardian) (proto.Message, error) {
	if m.Org != "" {
		if err := org.CheckExists(w, m.Org); err != nil {
			return nil, err
		}
	}
	effective, err := account.SetGuardian(w, x.tx.Origin, m.Org, x.time, x.recoveryDelay())
	if err != nil {
		return nil, err
	}
	e := &chanceryv1.GuardianSet{Account: x.tx.Body.Origin, Org: m.Org}
	if !effective.IsZero() {
		e.Effective = timestamppb.New(effective)
	}
	return e, nil
}

func delegate(w state.Writer, x *action, m *chanceryv1.Delegate) (proto.Message, error) {
	to, err := key.ParseAddress(m.Delegate)
	if err != nil {
		return nil, err
	}
	until := m.Until.AsTime()
	if !until.After(x.time) || until.After(x.time.Add(tx.MaxDelegation)) {
		return nil, apperr.Invalid("delegate.until", "is %s, not within %d days after the block time %s",
			stamp(until), int(tx.MaxDelegation.Hours()/24), stamp(x.time))
	}
	d := account.Delegation{Principal: x.tx.Origin, Delegate: to, Org: x.tx.Body.Org}
	v := &statev1.Delegation{Until: until.UnixNano(), Height: x.height, Time: x.time.UnixNano()}
	for _, g := range m.Grants {
		v.Grants = append(v.Grants, &statev1.Grant{Contract: g.Contract, Methods: g.Methods})
	}
	if err := account.Delegate(w, d, v); err != nil {
		return nil, err
	}
	return &chanceryv1.Delegated{
		Principal: x.tx.Body.Origin, Delegate: m.Delegate, Org: x.tx.Body.Org, Grants: m.Grants, Until: m.Until,
	}, nil
}

func revokeDelegation(w state.Writer, x *action, m *chanceryv1.RevokeDelegation) (proto.Message, error) {
	to, err := key.ParseAddress(m.Delegate)
	if err != nil {
		return nil, err
	}
	d := account.Delegation{Principal: x.tx.Origin, Delegate: to, Org: x.tx.Body.Org}
	if m.Principal != "" {
		if d.Principal, err = key.ParseAddress(m.Principal); err != nil {
			return nil, err
		}
	}
	if d.Principal != x.tx.Origin {
		if err := org.CheckRole(w, d.Org, x.tx.Origin, org.RoleAdmin, x.time); err != nil {
			return nil, err
		}
	}
	if err := account.Revoke(w, d); err != nil {
		return nil, err
	}
	return &chanceryv1.DelegationRevoked{
		Principal: d.Principal.String(), Delegate: m.Delegate, Org: d.Org, Origin: x.tx.Body.Origin,
	}, nil
}
