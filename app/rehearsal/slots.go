package rehearsal

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/chancery-chain/chancery/app/apperr"
)

// Limits bound the rehearsals of a node: each takes a core for seconds up to minutes,
// and whoever decides about one contract may ask for as many as they like.
type Limits struct {
	// Running is how many run at once. Of one organisation one runs.
	Running int
	// PerOrg and PerAccount are how many an organisation and an account may have, those
	// that wait included.
	PerOrg, PerAccount int
	// Waiting is how many wait in all.
	Waiting int
	// Patience is for how long one waits, Longest for how long one runs.
	Patience, Longest time.Duration
}

// DefaultLimits returns the limits of a node with a number of cores. Waiting and running
// together stay below the ten minutes for which a client waits, and a permit lives.
func DefaultLimits(cores int) Limits {
	return Limits{
		Running: max(1, cores/4), PerOrg: 2, PerAccount: 1, Waiting: 16,
		Patience: 5 * time.Minute, Longest: 5 * time.Minute,
	}
}

// Asker is who asks for a rehearsal.
type Asker struct{ Org, Account string }

// Slots gives rehearsals their turns. It is safe for several goroutines.
type Slots struct {
	limits Limits

	mu      sync.Mutex
	running map[string]bool // by organisation
	has     map[string]int  // running and waiting, by organisation or account
	line    []*turn         // that wait, the first came first
}

// turn is a rehearsal that waits.
type turn struct {
	org  string
	come chan struct{} // closed when it may run
}

// NewSlots returns slots of which all are free.
func NewSlots(l Limits) *Slots {
	return &Slots{limits: l, running: make(map[string]bool), has: make(map[string]int)}
}

// Do runs f when its turn comes, under the longest time that a rehearsal may run. Turns
// come in the order of asking, but an organisation that has one running waits. The error
// is Busy when who asks has as many as it may, when too many wait, or when the turn does
// not come in time; LimitExceeded when f takes too long; and else that of f or ctx.
func (s *Slots) Do(ctx context.Context, who Asker, f func(context.Context) error) error {
	t, err := s.queue(who)
	if err != nil {
		return err
	}
	waiting, cancel := context.WithTimeout(ctx, s.limits.Patience)
	defer cancel()
	select {
	case <-t.come:
	case <-waiting.Done():
		if s.leave(t, who) {
			if err := ctx.Err(); err != nil {
				return err
			}
			return apperr.New(apperr.Busy, "other rehearsals took this node %s; try again, or at another node", s.limits.Patience)
		}
		// The turn came in the same moment.
	}
	defer s.done(t, who)
	run, stop := context.WithTimeout(ctx, s.limits.Longest)
	defer stop()
	err = f(run)
	if errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil {
		return apperr.New(apperr.LimitExceeded, "the rehearsal took longer than %s; rehearse fewer calls", s.limits.Longest)
	}
	return err
}

// Keys of Slots.has: an organisation's name is no address.
func (w Asker) keys() [2]string { return [2]string{w.Org, w.Account} }

func (s *Slots) queue(who Asker) (*turn, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.has[who.Account] >= s.limits.PerAccount:
		return nil, apperr.New(apperr.Busy, "account %s has a rehearsal on this node already; try again when it is done", who.Account)
	case s.has[who.Org] >= s.limits.PerOrg:
		return nil, apperr.New(apperr.Busy, "%q has %d rehearsals on this node already; try again when one is done", who.Org, s.limits.PerOrg)
	case len(s.line) >= s.limits.Waiting:
		return nil, apperr.New(apperr.Busy, "%d rehearsals wait on this node already; try again, or at another node", len(s.line))
	}
	for _, k := range who.keys() {
		s.has[k]++
	}
	t := &turn{org: who.Org, come: make(chan struct{})}
	s.line = append(s.line, t)
	s.start()
	return t, nil
}

// start lets those run whose turn has come.
func (s *Slots) start() {
	for i := 0; i < len(s.line) && len(s.running) < s.limits.Running; {
		t := s.line[i]
		if s.running[t.org] {
			i++
			continue
		}
		s.line = append(s.line[:i], s.line[i+1:]...)
		s.running[t.org] = true
		close(t.come)
	}
}

// leave takes a turn out of the line; false when it has come.
func (s *Slots) leave(t *turn, who Asker) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, other := range s.line {
		if other == t {
			s.line = append(s.line[:i], s.line[i+1:]...)
			s.forget(who)
			return true
		}
	}
	return false
}

func (s *Slots) done(t *turn, who Asker) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.running, t.org)
	s.forget(who)
	s.start()
}

func (s *Slots) forget(who Asker) {
	for _, k := range who.keys() {
		if s.has[k]--; s.has[k] == 0 {
			delete(s.has, k)
		}
	}
}
