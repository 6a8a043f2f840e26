package app

import (
	"google.golang.org/protobuf/proto"

	statev1 "github.com/chancery-chain/chancery/api/gen/chancery/state/v1"
	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/app/apperr"
	"github.com/chancery-chain/chancery/app/contract"
	"github.com/chancery-chain/chancery/app/governance"
	"github.com/chancery-chain/chancery/app/org"
	"github.com/chancery-chain/chancery/app/params"
	"github.com/chancery-chain/chancery/app/quota"
	"github.com/chancery-chain/chancery/app/state"
)

// performQuota runs the actions on quotas and sponsorships.
func (a *App) performQuota(w state.Writer, x *action, out outcome) (outcome, error) {
	switch act := x.tx.Body.Action.(type) {
	case *chanceryv1.TxBody_SetQuota:
		return out.platform(setQuota(w, act.SetQuota, x.authority()))
	case *chanceryv1.TxBody_SetSponsorship:
		return a.setSponsorship(w, x, act.SetSponsorship, out)
	}
	return out, apperr.Invalid("action", "is missing")
}

// setQuota changes a quota.
func setQuota(w state.Writer, m *chanceryv1.SetQuota, by authority) (proto.Message, error) {
	if err := org.CheckExists(w, m.Org); err != nil {
		return nil, err
	}
	p, _, err := params.Load(w)
	if err != nil {
		return nil, err
	}
	if (m.Org == p.OperatorOrg || governance.CheckMember(w, m.Org) == nil) && m.GasPerPeriod < p.MaxCallGas {
		// A slip could leave nobody who can pay for setting it back, and who votes must
		// be able to pay for that.
		return nil, apperr.Invalid("set_quota.gas_per_period", "the operating organisation and those of the committee need at least %d", p.MaxCallGas)
	}
	q, _, err := quota.Get(w, m.Org, 0)
	if err != nil {
		return nil, err
	}
	q.GasPerPeriod = m.GasPerPeriod
	if m.StoredBytes != nil {
		q.StoredBytes = *m.StoredBytes
	}
	return &chanceryv1.QuotaSet{
		Org: m.Org, GasPerPeriod: q.GasPerPeriod, StoredBytes: q.StoredBytes, Origin: by.origin, Proposal: by.proposal,
	}, quota.Set(w, m.Org, q)
}

// newQuota sets the quota of an organisation that is admitted.
func newQuota(w state.Writer, name string, gasPerPeriod uint64, storedBytes *uint64) error {
	q := &statev1.Quota{GasPerPeriod: gasPerPeriod}
	if storedBytes != nil {
		q.StoredBytes = *storedBytes
		return quota.Set(w, name, q)
	}
	p, _, err := params.Load(w)
	if err != nil {
		return err
	}
	q.StoredBytes = p.GetDefaultStoredBytes()
	return quota.Set(w, name, q)
}

// setSponsorship changes what the tx's organisation pays for calls of one of its
// methods. Reading the interface can mean unpacking the code, which is charged in
// any case, since other nodes may have to.
func (a *App) setSponsorship(w state.Writer, x *action, m *chanceryv1.SetSponsorship, out outcome) (outcome, error) {
	method := quota.Method{Contract: m.Contract, Name: m.Method}
	var s *statev1.Sponsorship
	if m.GasPerPeriod > 0 {
		left := x.tx.Body.GasLimit - out.gasUsed
		used, err := a.exec.CheckSponsored(w, m.Contract, m.Method, x.params.UnpackByteGas, left)
		if out, err = out.add(contract.Done{GasUsed: used}, err); err != nil {
			return out, err
		}
		s = &statev1.Sponsorship{GasPerPeriod: m.GasPerPeriod, GasPerAccount: m.GasPerAccount, MaxGasPerTx: m.MaxGasPerTx}
	}
	return out.platform(&chanceryv1.SponsorshipSet{
		Contract: m.Contract, Method: m.Method, GasPerPeriod: m.GasPerPeriod, GasPerAccount: m.GasPerAccount,
		MaxGasPerTx: m.MaxGasPerTx, Origin: x.tx.Body.Origin,
	}, quota.SetSponsorship(w, method, s))
}
