package quota

import (
	statev1 "github.com/chancery-chain/chancery/api/gen/chancery/state/v1"
	"github.com/chancery-chain/chancery/app/state"
)

// Get returns an organisation's quota and what it uses of it, both zero for an
// organisation without. Gas of a period that is over is not in the usage.
func Get(r state.Reader, org string, period uint64) (*statev1.Quota, *statev1.Usage, error) {
	q, ok, err := quotas.Get(r, org)
	if err != nil {
		return nil, nil, err
	}
	if !ok {
		q = &statev1.Quota{}
	}
	u, ok, err := usages.Get(r, org)
	if err != nil {
		return nil, nil, err
	}
	if !ok {
		u = &statev1.Usage{}
	}
	if u.Period != period {
		u.Period, u.GasUsed, u.SponsoredGas, u.GasWarned = period, 0, 0, false
	}
	return q, u, nil
}

// PerPeriod returns the gas that an organisation may use in a whole period; 0 for one
// without a quota.
func PerPeriod(r state.Reader, org string) (uint64, error) {
	q, _, err := quotas.Get(r, org)
	return q.GetGasPerPeriod(), err
}

// Set changes an organisation's quota, from the next tx on.
func Set(w state.Writer, org string, q *statev1.Quota) error { return quotas.Set(w, org, q) }
