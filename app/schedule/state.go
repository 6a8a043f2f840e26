package schedule

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"time"

	statev1 "github.com/chancery-chain/chancery/api/gen/chancery/state/v1"
	"github.com/chancery-chain/chancery/app/apperr"
	"github.com/chancery-chain/chancery/app/state"
)

// MaxWaiting bounds the calls of one contract that wait: as many as a city's
// hotline has open cases, with room.
const MaxWaiting = 1_000_000

// ErrFull means that a contract has MaxWaiting calls waiting.
var ErrFull = errors.New("schedule: too many calls wait")

// Call is a call that waits.
type Call struct {
	ID uint64
	*statev1.ScheduledCall
}

// Place is where a call stands in its contract's queue: its time in unix nanoseconds,
// then its id. The zero value is before all calls.
type Place = at

// Place returns the call's place.
func (c Call) Place() Place { return Place{First: uint64(c.Time), Second: c.ID} }

// Add puts a call into a contract's queue and returns its id.
func Add(w state.Writer, contract string, c *statev1.ScheduledCall) (id uint64, err error) {
	s, err := load(w, contract)
	if err != nil {
		return 0, err
	}
	c.Time = max(c.Time, 1) // a turn of 0 means none
	if s.Waiting >= MaxWaiting {
		return 0, ErrFull
	}
	s.LastId++
	s.Waiting++
	if err := calls.Set(w, state.PairOf(contract, s.LastId), c); err != nil {
		return 0, err
	}
	if err := queue.Set(w, place(contract, c.Time, s.LastId), []byte{}); err != nil {
		return 0, err
	}
	if s.Turn == 0 || c.Time < s.Turn {
		err = setTurn(w, contract, s, c.Time)
	}
	if err != nil {
		return 0, err
	}
	return s.LastId, schedules.Set(w, contract, s)
}

// Cancel removes a contract's call. ok is false when none with this id waits.
func Cancel(w state.Writer, contract string, id uint64) (ok bool, err error) {
	c, ok, err := calls.Get(w, state.PairOf(contract, id))
	if err != nil || !ok {
		return false, err
	}
	s, err := load(w, contract)
	if err != nil {
		return false, err
	}
	remove(w, contract, s, Call{id, c})
	// The turn stays as it is, unless nobody is left to have it: one that comes too
	// early costs a look, a search for the next would cost more.
	if s.Waiting == 0 {
		if err := setTurn(w, contract, s, 0); err != nil {
			return false, err
		}
	}
	return true, schedules.Set(w, contract, s)
}

// InLine returns, in order, the contracts whose turn has come, at most limit.
func InLine(r state.Reader, now time.Time, limit int) ([]string, error) {
	var names []string
	_, err := line.Iterate(r, state.Page[state.Pair[uint64, string]]{Limit: limit}, func(k state.Pair[uint64, string], _ []byte) error {
		if int64(k.First) > now.UnixNano() {
			return state.Stop
		}
		names = append(names, k.Second)
		return nil
	})
	return names, err
}

// Due returns a contract's next call after a place; ok is false when it has none that
// is due. Where a block has removed all calls up to a place it should say so: else each
// look would go over the removed ones again.
func Due(r state.Reader, contract string, now time.Time, after Place) (c Call, ok bool, err error) {
	k, ok, err := first(r, contract, after)
	if err != nil || !ok || int64(k.First) > now.UnixNano() {
		return Call{}, false, err
	}
	call, ok, err := calls.Get(r, state.PairOf(contract, k.Second))
	if err == nil && !ok {
		err = apperr.New(apperr.Internal, "scheduled call %d of %s has no entry", k.Second, contract)
	}
	return Call{k.Second, call}, ok, err
}

// Remove takes a call that Due returned out of its contract's queue. Requeue must
// follow.
func Remove(w state.Writer, contract string, c Call) error {
	s, err := load(w, contract)
	if err != nil {
		return err
	}
	remove(w, contract, s, c)
	return schedules.Set(w, contract, s)
}

// Requeue gives a contract its next turn: when its next call after a place is due, but
// not before notBefore. No call may be left up to that place.
func Requeue(w state.Writer, contract string, notBefore time.Time, after Place) error {
	s, err := load(w, contract)
	if err != nil {
		return err
	}
	k, ok, err := first(w, contract, after)
	if err != nil {
		return err
	}
	var turn int64
	if ok {
		turn = max(int64(k.First), notBefore.UnixNano())
	}
	if turn == s.Turn {
		return nil
	}
	if err := setTurn(w, contract, s, turn); err != nil {
		return err
	}
	return schedules.Set(w, contract, s)
}

// Waiting walks a contract's calls in order of their ids.
func Waiting(r state.Reader, contract string, page state.Page[uint64], fn func(Call) error) (more bool, err error) {
	return state.IteratePair(calls, r, contract, page, func(id uint64, c *statev1.ScheduledCall) error {
		return fn(Call{id, c})
	})
}

// Get returns a call that waits.
func Get(r state.Reader, contract string, id uint64) (c Call, ok bool, err error) {
	call, ok, err := calls.Get(r, state.PairOf(contract, id))
	return Call{id, call}, ok, err
}

// Hash is the tx hash that a scheduled call has: nobody can sign a tx with this
// hash, and no two calls share one.
func Hash(chainID, contract string, id uint64) [32]byte {
	b := append([]byte("chancery/scheduled/v1\x00"), chainID...)
	b = append(append(append(b, 0), contract...), 0)
	return sha256.Sum256(binary.BigEndian.AppendUint64(b, id))
}

func load(r state.Reader, contract string) (*statev1.ContractSchedule, error) {
	s, ok, err := schedules.Get(r, contract)
	if !ok {
		s = &statev1.ContractSchedule{}
	}
	return s, err
}

func first(r state.Reader, contract string, after Place) (k at, ok bool, err error) {
	var page state.Page[at]
	if after != (Place{}) {
		page.After = &after
	}
	_, err = state.IteratePair(queue, r, contract, page, func(found at, _ []byte) error {
		k, ok = found, true
		return state.Stop
	})
	return k, ok, err
}

func remove(w state.Writer, contract string, s *statev1.ContractSchedule, c Call) {
	calls.Delete(w, state.PairOf(contract, c.ID))
	queue.Delete(w, place(contract, c.Time, c.ID))
	s.Waiting--
}

// setTurn moves a contract within the line; a turn of 0 takes it out.
func setTurn(w state.Writer, contract string, s *statev1.ContractSchedule, turn int64) error {
	if s.Turn != 0 {
		line.Delete(w, state.PairOf(uint64(s.Turn), contract))
	}
	if s.Turn = turn; turn == 0 {
		return nil
	}
	return line.Set(w, state.PairOf(uint64(turn), contract), []byte{})
}

func place(contract string, time int64, id uint64) state.Pair[string, at] {
	return state.PairOf(contract, state.PairOf(uint64(time), id))
}
