package tx

import (
	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/app/apperr"
)

func checkSetSponsorship(actsFor string, m *chanceryv1.SetSponsorship) error {
	org, _, err := SplitContractName(m.GetContract())
	if err != nil {
		return err
	}
	if org != actsFor {
		return apperr.Invalid("contract", "belongs to %q, but the tx acts for %q", org, actsFor)
	}
	if err := CheckMethodName(m.GetMethod()); err != nil {
		return err
	}
	if m.GasPerPeriod == 0 && m.GasPerAccount == 0 && m.MaxGasPerTx == 0 {
		return nil
	}
	switch {
	case m.MaxGasPerTx == 0:
		return apperr.Invalid("max_gas_per_tx", "must be positive, or all three numbers 0 to end the sponsorship")
	case m.MaxGasPerTx > m.GasPerAccount:
		return apperr.Invalid("gas_per_account", "is %d, less than max_gas_per_tx", m.GasPerAccount)
	case m.GasPerAccount > m.GasPerPeriod:
		return apperr.Invalid("gas_per_period", "is %d, less than gas_per_account", m.GasPerPeriod)
	}
	return nil
}
