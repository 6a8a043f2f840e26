package quota

import (
	"github.com/chancery-chain/chancery/app/apperr"
	"github.com/chancery-chain/chancery/app/state"
)

// Left returns the gas that a quota still covers in a period.
func Left(r state.Reader, org string, period uint64) (uint64, error) {
	q, u, err := Get(r, org, period)
	if err != nil {
		return 0, err
	}
	return left(q.GasPerPeriod, u.GasUsed), nil
}

// left is what remains of a quota that may have been lowered below its use.
func left(quota, used uint64) uint64 { return quota - min(used, quota) }

// Growth is by how many bytes the rows that count to an organisation grew, or shrank
// when negative.
type Growth struct {
	Org   string
	Bytes int64
}

// CheckGrowth checks that every organisation's quota covers what its state grew
// by. Whoever frees bytes or leaves their number passes, also over the quota. r has
// what grew, so that an organisation that is admitted by it has its quota.
func CheckGrowth(r state.Reader, grown []Growth) error {
	for _, g := range grown {
		if g.Bytes <= 0 {
			continue
		}
		q, _, err := quotas.Get(r, g.Org)
		if err != nil {
			return err
		}
		u, _, err := usages.Get(r, g.Org)
		if err != nil {
			return err
		}
		if free := left(q.GetStoredBytes(), u.GetBytesUsed()); uint64(g.Bytes) > free {
			return apperr.New(apperr.QuotaExceeded, "%q may store %d bytes more, this tx needs %d", g.Org, free, g.Bytes)
		}
	}
	return nil
}
