package app

import (
	"errors"
	"time"

	"google.golang.org/protobuf/proto"

	statev1 "github.com/chancery-chain/chancery/api/gen/chancery/state/v1"
	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/app/apperr"
	"github.com/chancery-chain/chancery/app/contract"
	"github.com/chancery-chain/chancery/app/org"
	"github.com/chancery-chain/chancery/app/quota"
	"github.com/chancery-chain/chancery/app/schedule"
	"github.com/chancery-chain/chancery/app/state"
	"github.com/chancery-chain/chancery/app/tx"
	"github.com/chancery-chain/chancery/runtime"
	"github.com/chancery-chain/chancery/runtime/abi"
)

// maxScheduledCalls bounds the scheduled calls of a block beside their gas: each
// also costs the platform's own work.
const maxScheduledCalls = 500

// scheduler joins the contracts to package schedule.
type scheduler struct{}

// Add implements contract.Scheduler.
func (scheduler) Add(w state.Writer, name string, c *statev1.ScheduledCall) (id uint64, ok bool, err error) {
	owner, _, err := tx.SplitContractName(name)
	if err != nil {
		return 0, false, err
	}
	if most, err := quota.PerPeriod(w, owner); err != nil || c.GasLimit > most {
		return 0, false, err // it could never be paid
	}
	id, err = schedule.Add(w, name, c)
	if errors.Is(err, schedule.ErrFull) {
		err = &runtime.HostLimit{What: abi.LimitScheduled}
	}
	return id, err == nil, err
}

// Cancel implements contract.Scheduler.
func (scheduler) Cancel(w state.Writer, name string, id uint64) (bool, error) {
	return schedule.Cancel(w, name, id)
}

// runScheduled runs the scheduled calls that are due, before the block's txs: a
// round over the contracts in line, one call each, then the next round, until
// nothing is due or the block's share is used. What is left keeps its place in
// the line. A call whose limit is more than what is left of the share is passed
// over for this block, which the first in line never is: otherwise contracts that
// ask for much and use little would hold up everybody behind them. The error is for
// faults of this node alone.
func (a *App) runScheduled(x *block) ([]*chanceryv1.ScheduledResult, error) {
	if x.params.MaxScheduledGas == 0 {
		return nil, nil // the committee paused them; they wait
	}
	names, err := schedule.InLine(x.writes, x.Time, maxScheduledCalls)
	if err != nil || len(names) == 0 {
		return nil, err
	}
	var results []*chanceryv1.ScheduledResult
	gas := x.params.MaxScheduledGas
	served := map[string]turn{} // contracts to put back into the line
	waiting := names
	for full := false; len(waiting) > 0 && !full; {
		var again []string
		for _, name := range waiting {
			c, ok, err := schedule.Due(x.writes, name, x.Time, served[name].done)
			if err != nil {
				return nil, err
			}
			if full = ok && len(results) == maxScheduledCalls; full {
				break
			}
			if ok && min(c.GasLimit, x.params.MaxScheduledGas) > gas {
				continue
			}
			if !ok {
				served[name] = turn{until: x.Time, done: served[name].done}
				continue
			}
			res, until, err := a.runOneScheduled(x, name, c)
			if err != nil {
				return nil, err
			}
			results = append(results, res)
			gas -= res.Result.GasUsed
			if res.Postponed {
				served[name] = turn{until: until, done: served[name].done}
				continue
			}
			served[name] = turn{until: x.Time, done: c.Place()}
			again = append(again, name)
		}
		waiting = again
	}
	for _, name := range names {
		if t, ok := served[name]; ok {
			if err := schedule.Requeue(x.writes, name, t.until, t.done); err != nil {
				return nil, err
			}
		}
	}
	return results, nil
}

// turn is how far a block served a contract's queue.
type turn struct {
	until time.Time      // the next turn is not before that
	done  schedule.Place // all calls up to here are gone
}

// postponed is how long the calls of a contract wait at most that is frozen, or whose
// organisation is suspended or has no quota left, before they are looked at again.
const postponed = time.Hour

// runOneScheduled runs a due call. One that cannot run now is not lost: it is postponed,
// for an hour at most, until a freeze or a suspension is lifted or the quota's next
// period begins; until says when the contract's next turn is at the earliest. A call
// whose limit is more than a whole period's quota would wait for ever and all of the
// contract's calls behind it, so it fails.
func (a *App) runOneScheduled(x *block, name string, c schedule.Call) (res *chanceryv1.ScheduledResult, until time.Time, err error) {
	hash := tx.Hash(schedule.Hash(x.params.ChainId, name, c.ID))
	limit := min(c.GasLimit, x.params.MaxScheduledGas) // the parameter may be lower by now
	res = &chanceryv1.ScheduledResult{Contract: name, Id: c.ID, Method: c.Method, Result: &chanceryv1.TxResult{
		TxHash: hash[:], Height: x.Height, GasWanted: limit,
	}}
	owner, _, err := tx.SplitContractName(name)
	if err != nil {
		return nil, until, err
	}
	if err := mayRun(x.writes, name, owner); apperr.CodeOf(err) == apperr.Frozen || apperr.CodeOf(err) == apperr.PermissionDenied {
		fail(res.Result, err)
		res.Postponed = true
		return res, x.Time.Add(postponed), nil
	} else if err != nil {
		return nil, until, err
	}
	b, err := scheduledBill(x.writes, owner, name, c.Method, quotaPeriod(x.params, x.Time))
	if err != nil {
		return nil, until, err
	}
	most, err := quota.PerPeriod(x.writes, owner)
	if err != nil {
		return nil, until, err
	}
	if err := b.check(limit, nil); err != nil && limit <= most {
		fail(res.Result, err)
		res.Postponed = true
		// Not later than what is frozen: the quota may be raised before its period ends.
		if _, until = quota.Bounds(x.params.QuotaPeriodSeconds, b.period); until.After(x.Time.Add(postponed)) {
			until = x.Time.Add(postponed)
		}
		return res, until, nil
	}
	taken := state.NewOverlay(x.writes)
	if err := schedule.Remove(taken, name, c); err != nil {
		return nil, until, err
	}
	if b.freed, err = growth(x.writes, taken, nil); err != nil {
		return nil, until, err
	}
	taken.ApplyTo(x.writes)
	writes := state.NewOverlay(x.writes)
	if limit > most {
		err := apperr.New(apperr.QuotaExceeded, "%q may use %d gas in a period, and the call asks for a limit of %d: it can never be paid", owner, most, limit)
		if err := x.settle(&b, writes, outcome{}, err, res.Result); err != nil {
			return nil, until, err
		}
		x.scheduled = append(x.scheduled, hash)
		return res, until, x.indexResult(res.Result)
	}
	out, err := a.guarded(x, hash, limit, func() (outcome, error) {
		return outcome{}.add(a.exec.Execute(writes, &contract.Env{
			ChainID: x.params.ChainId, Height: x.Height, Time: x.Time, TxHash: hash,
			Org: owner, Caller: name, MaxScheduledGas: x.params.MaxScheduledGas,
		}, name, c.Method, c.Payload, limit))
	})
	if fault := (*nodeFault)(nil); asFault(err, &fault) {
		return nil, until, fault.err
	}
	if err == nil {
		err = out.payResult(x.params, limit)
	}
	if err := x.settle(&b, writes, out, err, res.Result); err != nil {
		return nil, until, err
	}
	x.scheduled = append(x.scheduled, hash)
	return res, x.Time, x.indexResult(res.Result)
}

// mayRun returns why no call of a contract may run for now.
func mayRun(r state.Reader, name, owner string) error {
	if err := contract.CheckFrozen(r, name); err != nil {
		return err
	}
	return org.CheckActive(r, owner)
}

// scheduledEvents are the block's events for scheduled calls that failed or wait
// on.
func scheduledEvents(results []*chanceryv1.ScheduledResult) ([]*chanceryv1.Event, error) {
	var messages []proto.Message
	for _, r := range results {
		if r.Result.Code != uint32(apperr.OK) {
			messages = append(messages, &chanceryv1.ScheduledCallFailed{
				Contract: r.Contract, Id: r.Id, Method: r.Method, Code: r.Result.Code, Postponed: r.Postponed,
			})
		}
	}
	events, err := platformEvents(messages)
	return apiEvents(events), err
}
