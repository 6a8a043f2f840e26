package rpc

import (
	"context"
	"time"

	"github.com/chancery-chain/chancery/app/apperr"
)

// gate lets a fixed number of callers through at once and a fixed number wait.
// Simulations, contract queries, proofs and what else reads much for a small question
// pass it, so that a flood of them cannot take every processor from consensus.
type gate struct {
	slots   chan struct{}
	queue   chan struct{}
	timeout time.Duration
}

func newGate(l Limits) *gate {
	return &gate{
		slots:   make(chan struct{}, l.Runs),
		queue:   make(chan struct{}, l.Runs+l.RunQueue),
		timeout: l.RunTimeout,
	}
}

// run calls f when it is its turn, with a context that ends with the gate's
// timeout. It fails with Busy when the queue is full or the turn does not come.
func (g *gate) run(ctx context.Context, f func(context.Context) error) error {
	select {
	case g.queue <- struct{}{}:
		defer func() { <-g.queue }()
	default:
		return apperr.New(apperr.Busy, "%d wait already", cap(g.queue))
	}
	limited, cancel := context.WithTimeout(ctx, g.timeout)
	defer cancel()
	select {
	case g.slots <- struct{}{}:
		defer func() { <-g.slots }()
	case <-limited.Done():
		if err := ctx.Err(); err != nil {
			return err
		}
		return apperr.New(apperr.Busy, "its turn did not come within %s", g.timeout)
	}
	err := f(limited)
	if err != nil && limited.Err() != nil && ctx.Err() == nil {
		return apperr.New(apperr.Busy, "it took longer than %s", g.timeout)
	}
	return err
}
