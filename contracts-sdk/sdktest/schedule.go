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

// Keys beside the calls themselves: the number of a contract's last one, and its
// turn, the time from which a block looks at the contract; no turn when no call
// waits.
const (
	lastID  = "last"
	turnKey = "turn"
)

// number returns a number of the store; 0 when there is none.
func (s *store) number(key string) uint64 {
	if b, ok := s.get(key); ok {
		return binary.BigEndian.Uint64(b)
	}
	return 0
}

func (f *frame) Schedule(unixNano int64, method string, payload []byte, gas uint64) (uint64, bool) {
	f.mustWrite()
	if unixNano < 0 || gas == 0 {
		panic("a scheduled call before 1970, or without gas")
	}
	within(len(method), MaxName, limitName)
	within(len(payload), MaxPayload, limitPayload)
	if !f.contract.service.Has(method, sdk.KindExecute) || gas > MaxScheduledGas {
		return 0, false
	}
	s := &f.contract.scheduled
	within(s.waiting()+1, MaxScheduled, limitScheduled)
	id := s.number(lastID) + 1
	at := max(unixNano, f.chain.time.UnixNano(), 1) // a time that has passed means now
	f.chain.write(s, lastID, binary.BigEndian.AppendUint64(nil, id), false)
	if turn := s.number(turnKey); turn == 0 || uint64(at) < turn {
		f.chain.write(s, turnKey, binary.BigEndian.AppendUint64(nil, uint64(at)), false)
	}
	call := binary.BigEndian.AppendUint64(nil, uint64(at))
	call = append(append(call, byte(len(method))), method...)
	f.chain.write(s, scheduledKey(id), append(call, payload...), false)
	return id, true
}

// waiting returns how many calls wait.
func (s *store) waiting() int {
	n := len(s.keys)
	for _, key := range []string{lastID, turnKey} {
		if _, ok := s.get(key); ok {
			n--
		}
	}
	return n
}

func (f *frame) Unschedule(id uint64) bool {
	f.mustWrite()
	s := &f.contract.scheduled
	_, ok := s.get(scheduledKey(id))
	f.chain.write(s, scheduledKey(id), nil, true)
	// The turn stays as it is, unless nobody is left to have it.
	if ok && s.waiting() == 0 {
		f.chain.write(s, turnKey, nil, true)
	}
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
	for _, key := range target.scheduled.keys {
		if id, ok := strings.CutPrefix(key, "id"); ok {
			calls = append(calls, target.waitingCall(binary.BigEndian.Uint64([]byte(id))))
		}
	}
	slices.SortFunc(calls, func(a, b ScheduledCall) int { return cmp.Or(a.Time.Compare(b.Time), cmp.Compare(a.ID, b.ID)) })
	return calls
}

// waitingCall reads a call that waits.
func (t *contract) waitingCall(id uint64) ScheduledCall {
	value, _ := t.scheduled.get(scheduledKey(id))
	n := int(value[8])
	return ScheduledCall{
		Contract: t.name, ID: id, Time: time.Unix(0, int64(binary.BigEndian.Uint64(value))).UTC(),
		Method: string(value[9 : 9+n]), Payload: slices.Clone(value[9+n:]),
	}
}

// first returns the time and the id of the call that is due first; ok is false when
// none waits.
func (t *contract) first() (at int64, id uint64, ok bool) {
	for _, key := range t.scheduled.keys {
		if !strings.HasPrefix(key, "id") {
			continue
		}
		// In order of the ids, so the first of several for one time stays.
		if when := int64(binary.BigEndian.Uint64(t.scheduled.values[key])); !ok || when < at {
			at, id, ok = when, binary.BigEndian.Uint64([]byte(key[2:])), true
		}
	}
	return at, id, ok
}

// Scheduled returns the scheduled calls that were made so far, in order.
func (c *Chain) Scheduled() []ScheduledCall { return slices.Clone(c.made) }

// postponed is how long the calls of a frozen contract wait before they are looked at
// again.
const postponed = time.Hour

// maxCalls bounds what a block makes of calls that schedule themselves at once.
const maxCalls = 100_000

// runScheduled makes the calls that are due as a block does: a round over the
// contracts in the order of their turns, one call each, and again. A contract that
// has its first call to wait for only since this block began has its turn in the
// next.
func (c *Chain) runScheduled() {
	now := uint64(c.time.UnixNano())
	var line []*contract
	for _, target := range c.contracts {
		if turn := target.scheduled.number(turnKey); turn != 0 && turn <= now {
			line = append(line, target)
		}
	}
	slices.SortFunc(line, func(a, b *contract) int {
		return cmp.Or(cmp.Compare(a.scheduled.number(turnKey), b.scheduled.number(turnKey)), strings.Compare(a.name, b.name))
	})
	notBefore := map[*contract]int64{}
	for made, round := 0, line; len(round) > 0; {
		var again []*contract
		for _, target := range round {
			notBefore[target] = int64(now)
			at, id, ok := target.first()
			switch {
			case !ok || at > int64(now):
				continue
			case target.status == frozen:
				notBefore[target] = c.time.Add(postponed).UnixNano()
				continue
			}
			if made++; made > maxCalls {
				panic("sdktest: scheduled calls that are always due")
			}
			c.call(target, id)
			again = append(again, target)
		}
		round = again
	}
	for _, target := range line {
		at, _, ok := target.first()
		if !ok {
			target.scheduled.remove(turnKey)
			continue
		}
		target.scheduled.set(turnKey, binary.BigEndian.AppendUint64(nil, uint64(max(at, notBefore[target]))))
	}
}

// call makes a scheduled call. It is done with, however it ends.
func (c *Chain) call(target *contract, id uint64) {
	call := target.waitingCall(id)
	org, _, _ := strings.Cut(call.Contract, "/")
	target.scheduled.remove(scheduledKey(id))
	c.txs++
	root := &frame{
		chain: c, kind: sdk.KindExecute, method: call.Method, payload: call.Payload,
		caller: call.Contract, org: org, depth: 1, scheduled: call.ID,
		txHash: sha256.Sum256(binary.BigEndian.AppendUint64([]byte(c.ID), c.txs)),
	}
	_, call.Err = c.outermost(root, call.Contract)
	c.journal = c.journal[:0]
	c.made = append(c.made, call)
}
