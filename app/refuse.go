package app

import (
	"github.com/chancery-chain/chancery/app/apperr"
	"github.com/chancery-chain/chancery/app/key"
	"github.com/chancery-chain/chancery/app/quota"
	"github.com/chancery-chain/chancery/app/state"
	"github.com/chancery-chain/chancery/app/tx"

	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
)

// refuse ends a tx that may not run for a reason that a tx before it made. Whoever
// would have paid for it when the block began pays what it costs before it runs, as
// far as the quota still goes: otherwise an organisation could fill blocks for nothing
// by taking their author's rights in the first tx. What nobody vouched for then is
// free, and stands in no block that correct nodes accept. The error is for faults of
// this node alone.
func (x *block) refuse(t *tx.Tx, why error, res *chanceryv1.TxResult) error {
	fail(res, why)
	acc, err := signers(x.start, t, x.Time)
	if err != nil {
		return nil
	}
	who, err := authorise(x.start, x.params, t, acc, x.Time)
	if err != nil {
		return nil
	}
	b := &who.bill
	gas, err := b.rest(x.writes, intrinsicGas(x.params, t))
	if err != nil || gas == 0 {
		return err
	}
	if b.executes {
		b.contract, b.method = "", executeAction // nobody looked whether they exist
	}
	return x.settle(b, state.NewOverlay(x.writes), outcome{gasUsed: gas}, why, res)
}

// rest returns what a bill of an earlier state still pays of an amount of gas. A
// sponsorship that has ended since leaves the organisation to pay for what it let in.
func (b *bill) rest(r state.Reader, gas uint64) (uint64, error) {
	if b.sponsored != nil {
		s, err := quota.SponsoredLeft(r, *b.sponsored, b.period)
		switch {
		case apperr.CodeOf(err) == apperr.PermissionDenied:
			b.sponsored = nil
		case err != nil:
			return 0, err
		default:
			gas = min(gas, s.All, s.Account)
		}
	}
	left, err := quota.Left(r, b.payer, b.period)
	return min(gas, left), err
}

// right names something that lets a tx run and that another tx can take away.
type right struct {
	kind             rightKind
	account, another key.Address
	name             string // of an organisation or a sponsored method
}

type rightKind uint8

const (
	rightOfKeys rightKind = iota
	rightOfAccount
	rightOfMember // of account in organisation name
	rightOfDelegation
	rightOfOrg
	rightOfQuota
	rightOfSponsorship
	rightOfRecovery // of account to cancel its own
)

// rights are those that the txs of a proposal change.
type rights map[right]struct{}

// change adds the right that a tx may take from others, if it can.
func (s rights) change(t *tx.Tx) {
	other := func(address string) key.Address {
		a, _ := key.ParseAddress(address) // what is wrong with it fails the tx
		return a
	}
	b := t.Body
	var r right
	switch act := b.Action.(type) {
	case *chanceryv1.TxBody_SetKeys:
		r = right{kind: rightOfKeys, account: t.Origin}
	case *chanceryv1.TxBody_SetAccountStatus:
		r = right{kind: rightOfAccount, account: other(act.SetAccountStatus.Account)}
	case *chanceryv1.TxBody_CancelRecovery:
		// Each further one would be paid by the guardian, and whoever has the keys can
		// sign thousands.
		if r = (right{kind: rightOfRecovery, account: t.Origin}); act.CancelRecovery.Account != "" {
			r.account = other(act.CancelRecovery.Account)
		}
	case *chanceryv1.TxBody_SetMember:
		r = right{kind: rightOfMember, name: b.Org}
		if m := act.SetMember; m.Account != "" {
			r.account = other(m.Account)
		} else if k, err := tx.PublicKey(m.Key); err == nil {
			r.account = k.Address()
		}
	case *chanceryv1.TxBody_Delegate:
		r = right{kind: rightOfDelegation, account: t.Origin, another: other(act.Delegate.Delegate), name: b.Org}
	case *chanceryv1.TxBody_RevokeDelegation:
		r = right{kind: rightOfDelegation, account: t.Origin, another: other(act.RevokeDelegation.Delegate), name: b.Org}
		if p := act.RevokeDelegation.Principal; p != "" {
			r.account = other(p)
		}
	case *chanceryv1.TxBody_SetOrgStatus:
		r = right{kind: rightOfOrg, name: act.SetOrgStatus.Org}
	case *chanceryv1.TxBody_SetQuota:
		r = right{kind: rightOfQuota, name: act.SetQuota.Org}
	case *chanceryv1.TxBody_SetSponsorship:
		m := quota.Method{Contract: act.SetSponsorship.Contract, Name: act.SetSponsorship.Method}
		r = right{kind: rightOfSponsorship, name: m.String()}
	default:
		return
	}
	s[r] = struct{}{}
}

// touch reports whether a tx runs by a right that is among them.
func (s rights) touch(t *tx.Tx, b *bill) bool {
	if len(s) == 0 {
		return false
	}
	member := t.Origin
	needs := []right{
		{kind: rightOfKeys, account: t.Origin}, {kind: rightOfAccount, account: t.Origin},
		{kind: rightOfOrg, name: b.payer}, {kind: rightOfQuota, name: b.payer},
	}
	if t.Body.Principal != "" {
		member = t.Principal
		needs = append(needs, right{kind: rightOfAccount, account: member},
			right{kind: rightOfDelegation, account: member, another: t.Origin, name: t.Body.Org})
	}
	if cancelsOwnRecovery(t) {
		needs = append(needs, right{kind: rightOfRecovery, account: t.Origin})
	}
	if b.sponsored != nil {
		needs = append(needs, right{kind: rightOfSponsorship, name: b.sponsored.Method.String()})
	} else {
		needs = append(needs, right{kind: rightOfMember, account: member, name: t.Body.Org})
	}
	for _, r := range needs {
		if _, is := s[r]; is {
			return true
		}
	}
	return false
}
