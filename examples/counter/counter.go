// Package counter is the contract that benchmarks drive: amounts move between
// two counters of its state, and an event tells of it.
package counter

import (
	"math"

	sdk "github.com/chancery-chain/chancery/contracts-sdk"
)

const (
	// maxSeed is how many counters one Seed may write.
	maxSeed = 2_000
	// seedValue is what each begins with.
	seedValue = 1_000_000
)

// Contract implements CounterService.
type Contract struct{}

// Bump moves an amount from one counter to another.
func (*Contract) Bump(ctx *sdk.Ctx, req *BumpRequest) (*BumpResponse, error) {
	if req.From == req.To {
		return nil, invalid("to", "another counter than from")
	}
	amount := int64(req.Amount)
	counters := NewState(ctx).Counters
	from, to := load(counters.CountersView, req.From), load(counters.CountersView, req.To)
	if from.Value < math.MinInt64+amount {
		return nil, ErrOutOfRange(&OutOfRange{Id: req.From})
	}
	if to.Value > math.MaxInt64-amount {
		return nil, ErrOutOfRange(&OutOfRange{Id: req.To})
	}
	from.Value -= amount
	to.Value += amount
	if err := counters.Set(from); err != nil {
		return nil, err
	}
	if err := counters.Set(to); err != nil {
		return nil, err
	}
	EmitBumped(ctx, &Bumped{From: req.From, To: req.To, Amount: req.Amount})
	return &BumpResponse{FromValue: from.Value, ToValue: to.Value}, nil
}

// Seed writes counters with their first value.
func (*Contract) Seed(ctx *sdk.Ctx, req *SeedRequest) (*SeedResponse, error) {
	if req.First > math.MaxUint64-maxSeed {
		return nil, invalid("first", "at most 2^64 - 2001")
	}
	counters := NewState(ctx).Counters
	for i := range uint64(req.Count) {
		if err := counters.Set(&Counter{Id: req.First + i, Value: seedValue}); err != nil {
			return nil, err
		}
	}
	return &SeedResponse{}, nil
}

// Get returns a counter.
func (*Contract) Get(ctx *sdk.QueryCtx, req *GetRequest) (*GetResponse, error) {
	return &GetResponse{Counter: load(NewStateView(ctx).Counters, req.Id)}, nil
}

// load returns a counter, one of value 0 when nobody touched it.
func load(counters CountersView, id uint64) *Counter {
	if counter, ok := counters.Get(id); ok {
		return counter
	}
	return &Counter{Id: id}
}

func invalid(field, rule string) error {
	return ErrInvalid(&InvalidField{Field: field, Rule: rule})
}
