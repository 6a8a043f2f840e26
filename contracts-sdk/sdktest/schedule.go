package sdktest

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"slices"
	"strings"
	"time"

	sdk "github.com/chancery-chain/chancery/contracts-sdk"
)

// ScheduledCall is a call that a contract asked for.
type ScheduledCall struct {
	Contract string
	ID       uint64
	Time     time.Time // from which it is due
	Method   string
	Payload  []byte
	// Err is what the call failed with; nil while it waits and when it succeeded.
	Err error
}

// lastID is the key of the number of a contract's last scheduled call, beside the
// calls themselves.
const lastID = "last"

func (f *frame) Schedule(unixNano int64, method string, payload []byte, _ uint64) (uint64, bool) {
	f.mustWrite()
	if unixNano < 0 {
		panic("a scheduled call before 1970")
	}
	if !f.contract.service.Has(method, sdk.KindExecute) {
		return 0, false
	}
	id := uint64(1)
	if last, ok := f.contract.scheduled.get(lastID); ok {
		id += binary.BigEndian.Uint64(last)
	}
	f.chain.write(&f.contract.scheduled, lastID, binary.BigEndian.AppendUint64(nil, id), false)
	at := max(unixNano, f.chain.time.UnixNano()) // a time that has passed means now
	call := binary.BigEndian.AppendUint64(nil, uint64(at))
	call = append(append(call, byte(len(method))), method...)
	f.chain.write(&f.contract.scheduled, scheduledKey(id), append(call, payload...), false)
	return id, true
}

func (f *frame) Unschedule(id uint64) bool {
	f.mustWrite()
	_, ok := f.contract.scheduled.get(scheduledKey(id))
	f.chain.write(&f.contract.scheduled, scheduledKey(id), nil, true)
	return ok
}

func scheduledKey(id uint64) string { return string(binary.BigEndian.AppendUint64([]byte("id"), id)) }

// Waiting returns the calls that a contract asked for and that were not made yet,
// in the order in which they are due.
func (c *Chain) Waiting(contract string) []ScheduledCall {
	target := c.contracts[contract]
	if target == nil {
		return nil
	}
	var calls []ScheduledCall
	for _, e := range target.scheduled.entries("id", nil) {
		if !strings.HasPrefix(string(e.Key), "id") {
			continue
		}
		nanos, n := int64(binary.BigEndian.Uint64(e.Value)), int(e.Value[8])
		calls = append(calls, ScheduledCall{
			Contract: contract, ID: binary.BigEndian.Uint64(e.Key[2:]), Time: time.Unix(0, nanos).UTC(),
			Method: string(e.Value[9 : 9+n]), Payload: e.Value[9+n:],
		})
	}
	slices.SortFunc(calls, func(a, b ScheduledCall) int { return cmp.Or(a.Time.Compare(b.Time), cmp.Compare(a.ID, b.ID)) })
	return calls
}

// Scheduled returns the scheduled calls that were made so far, in order.
func (c *Chain) Scheduled() []ScheduledCall { return slices.Clone(c.made) }

// maxRounds bounds what a block makes of calls that schedule themselves at once.
const maxRounds = 1000

// runScheduled makes the calls that are due as a block does: a round over the
// contracts by the time of their first call, one call each, and again.
func (c *Chain) runScheduled() {
	for range maxRounds {
		var due []ScheduledCall
		for name := range c.contracts {
			if calls := c.Waiting(name); len(calls) > 0 && !calls[0].Time.After(c.time) {
				due = append(due, calls[0])
			}
		}
		if len(due) == 0 {
			return
		}
		slices.SortFunc(due, func(a, b ScheduledCall) int {
			return cmp.Or(a.Time.Compare(b.Time), strings.Compare(a.Contract, b.Contract))
		})
		for _, call := range due {
			c.call(call)
		}
	}
	panic("sdktest: scheduled calls that are always due")
}

func (c *Chain) call(call ScheduledCall) {
	org, _, _ := strings.Cut(call.Contract, "/")
	c.contracts[call.Contract].scheduled.remove(scheduledKey(call.ID))
	c.txs++
	root := &frame{
		chain: c, kind: sdk.KindExecute, method: call.Method, payload: call.Payload,
		caller: call.Contract, org: org, depth: 1, scheduled: call.ID,
		txHash: sha256.Sum256(binary.BigEndian.AppendUint64([]byte(c.ID), c.txs)),
	}
	events := len(c.events)
	out, err := c.enter(root, call.Contract)
	c.recording.call(root, call.Contract, c.events[events:], out, err)
	c.journal = c.journal[:0]
	call.Err = err
	c.made = append(c.made, call)
}
