package quota

import (
	statev1 "github.com/chancery-chain/chancery/api/gen/chancery/state/v1"
	"github.com/chancery-chain/chancery/app/apperr"
	"github.com/chancery-chain/chancery/app/state"
)

// Get returns an organisation's quota and what it used of it in a period, both
// in gas units.
func Get(r state.Reader, org string, period uint64) (perPeriod, used uint64, err error) {
	q, _, err := quotas.Get(r, org)
	if err != nil {
		return 0, 0, err
	}
	u, _, err := usages.Get(r, org)
	if err != nil {
		return 0, 0, err
	}
	if u.GetPeriod() == period {
		used = u.GetGasUsed()
	}
	return q.GetGasPerPeriod(), used, nil
}

// Set changes an organisation's quota, from the next tx on.
func Set(w state.Writer, org string, perPeriod uint64) error {
	return quotas.Set(w, org, &statev1.Quota{GasPerPeriod: perPeriod})
}

// Left returns the gas that a quota still covers in a period.
func Left(r state.Reader, org string, period uint64) (uint64, error) {
	quota, used, err := Get(r, org, period)
	if err != nil || used > quota {
		return 0, err
	}
	return quota - used, nil
}

// Check checks that a quota covers a gas limit. The subtraction cannot wrap,
// which the sum could.
func Check(r state.Reader, org string, gasLimit, period uint64) error {
	left, err := Left(r, org, period)
	if err == nil && gasLimit > left {
		err = apperr.New(apperr.QuotaExceeded, "%q has %d gas left in this period, which does not cover a gas limit of %d", org, left, gasLimit)
	}
	return err
}

// Charge adds gas that Check covered.
func Charge(w state.Writer, org string, gas, period uint64) error {
	_, used, err := Get(w, org, period)
	if err != nil {
		return err
	}
	return usages.Set(w, org, &statev1.Usage{Period: period, GasUsed: used + gas})
}
