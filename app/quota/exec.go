package quota

import (
	statev1 "github.com/chancery-chain/chancery/api/gen/chancery/state/v1"
	"github.com/chancery-chain/chancery/app/state"
)

// Charge is what a tx or a scheduled call costs.
type Charge struct {
	// Payer is the organisation that pays the gas; empty when there is none.
	Payer string
	// Gas is what was used, which the payer's quota covers.
	Gas uint64
	// Sponsored is set when Payer pays for an account without an organisation.
	Sponsored *Call
	// Grown is what CheckGrowth passed, each organisation once.
	Grown []Growth
}

// Apply charges gas and stored bytes and returns who reached four fifths of a
// quota with it, in the order of Grown and then the payer. It writes a row for each
// organisation, and two more for a sponsored call.
func Apply(w state.Writer, c Charge, period uint64) ([]Warning, error) {
	var warnings []Warning
	paid := false
	for _, g := range c.Grown {
		gas := uint64(0)
		if g.Org == c.Payer {
			gas, paid = c.Gas, true
		}
		if err := apply(w, g, gas, c.Sponsored != nil, period, &warnings); err != nil {
			return nil, err
		}
	}
	if !paid && c.Payer != "" {
		if err := apply(w, Growth{Org: c.Payer}, c.Gas, c.Sponsored != nil, period, &warnings); err != nil {
			return nil, err
		}
	}
	if c.Sponsored == nil {
		return warnings, nil
	}
	return warnings, chargeSponsorship(w, *c.Sponsored, c.Gas, period)
}

func apply(w state.Writer, g Growth, gas uint64, sponsored bool, period uint64, warnings *[]Warning) error {
	q, u, err := Get(w, g.Org, period)
	if err != nil {
		return err
	}
	u.GasUsed += gas
	if sponsored {
		u.SponsoredGas += gas
	}
	if g.Bytes < 0 {
		// Never more than was counted, but a wrong number must not wrap around.
		u.BytesUsed -= min(u.BytesUsed, uint64(-g.Bytes))
	} else {
		u.BytesUsed += uint64(g.Bytes)
	}
	warn(g.Org, q, u, warnings)
	return usages.Set(w, g.Org, u)
}

// warn marks in u which warnings hold and adds those that are new.
func warn(org string, q *statev1.Quota, u *statev1.Usage, warnings *[]Warning) {
	low := isLow(u.GasUsed, q.GasPerPeriod)
	if low && !u.GasWarned {
		*warnings = append(*warnings, Warning{Org: org, Used: u.GasUsed, Quota: q.GasPerPeriod})
	}
	u.GasWarned = low
	low = isLow(u.BytesUsed, q.StoredBytes)
	if low && !u.BytesWarned {
		*warnings = append(*warnings, Warning{Org: org, StoredBytes: true, Used: u.BytesUsed, Quota: q.StoredBytes})
	}
	u.BytesWarned = low
}

// isLow reports whether four fifths of a quota are used. The quota is not
// multiplied, which could wrap.
func isLow(used, quota uint64) bool { return used > 0 && used >= quota-quota/5 }
