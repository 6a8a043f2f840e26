package app

import (
	"cmp"
	"slices"
	"strconv"

	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/app/apperr"
	"github.com/chancery-chain/chancery/app/contract"
	"github.com/chancery-chain/chancery/app/quota"
	"github.com/chancery-chain/chancery/app/state"
)

// settle ends what ran on writes, a tx or a scheduled call: it takes the writes
// over or, after an error, drops them, charges the bill's payer and fills the
// result. Gas that was used is charged in any case; stored bytes only for what
// stays. The error returned is for faults of this node alone.
func (x *block) settle(b *bill, writes *state.Overlay, out outcome, err error, res *chanceryv1.TxResult) error {
	grown := b.freed
	if err == nil {
		var broken error
		if grown, broken = growth(x.writes, writes, b.freed); broken != nil {
			return broken
		}
		err = quota.CheckGrowth(writes, grown)
	}
	res.GasUsed, res.Payer = out.gasUsed, b.payer
	if err == nil {
		writes.ApplyTo(x.writes)
		res.Data = out.data
		res.Events = apiEvents(out.events)
	} else {
		fail(res, err)
		grown = b.freed
	}
	warnings, err := quota.Apply(x.writes, quota.Charge{
		Payer: b.payer, Gas: out.gasUsed, Sponsored: b.sponsored, Grown: grown,
	}, b.period)
	if err != nil {
		return err
	}
	for _, w := range warnings {
		e, err := contract.PlatformEvent(w.Event())
		if err != nil {
			return err
		}
		res.Events = append(res.Events, apiEvents([]contract.Event{e})...)
	}
	x.count(b, res, grown)
	return nil
}

// count adds a result to the breakdown of usage.
func (x *block) count(b *bill, res *chanceryv1.TxResult, grown []quota.Growth) {
	if x.simulated {
		return
	}
	c := quota.Count{Txs: 1, Gas: res.GasUsed}
	if b.sponsored != nil {
		c.SponsoredGas = res.GasUsed
		x.sponsored++
	}
	if res.Code != uint32(apperr.OK) {
		c.Failed = 1
	}
	for _, g := range grown {
		c.Bytes += g.Bytes
	}
	if x.usage == nil {
		x.usage = make(quota.Breakdown)
	}
	x.usage.Add(b.line(quota.DayOf(x.Time), apperr.Code(res.Code)), c)
}

// dropPast drops rows of sponsored accounts whose period is over, twice as many as
// the block can have added, so that they do not pile up.
func (x *block) dropPast() error {
	if x.sponsored == 0 {
		return nil
	}
	return quota.DropPast(x.writes, quotaPeriod(x.params, x.Time), 2*x.sponsored)
}

// settled sorts by organisation and leaves out those whose bytes stay the same.
func settled(list []quota.Growth) []quota.Growth {
	list = slices.DeleteFunc(list, func(g quota.Growth) bool { return g.Bytes == 0 })
	slices.SortFunc(list, func(a, b quota.Growth) int { return cmp.Compare(a.Org, b.Org) })
	return list
}

func decimal(n uint64) string { return strconv.FormatUint(n, 10) }
