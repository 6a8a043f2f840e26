package app

import (
	"google.golang.org/protobuf/proto"

	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/app/apperr"
	"github.com/chancery-chain/chancery/app/org"
	"github.com/chancery-chain/chancery/app/quota"
	"github.com/chancery-chain/chancery/app/state"
)

// performQuota runs the actions on quotas.
func performQuota(w state.Writer, x *action, out outcome) (outcome, error) {
	switch act := x.tx.Body.Action.(type) {
	case *chanceryv1.TxBody_SetQuota:
		return out.platform(setQuota(w, act.SetQuota, x.authority()))
	}
	return out, apperr.Invalid("action", "is missing")
}

func setQuota(w state.Writer, m *chanceryv1.SetQuota, by authority) (proto.Message, error) {
	if err := org.CheckExists(w, m.Org); err != nil {
		return nil, err
	}
	if err := quota.Set(w, m.Org, m.GasPerPeriod); err != nil {
		return nil, err
	}
	return &chanceryv1.QuotaSet{Org: m.Org, GasPerPeriod: m.GasPerPeriod, Origin: by.origin, Proposal: by.proposal}, nil
}
