// Package stamp numbers the papers that come into an office. It is the Go
// version of a contract that examples/stamp-c and examples/stamp-as have in C and
// AssemblyScript: all three answer, store and emit the same bytes.
package stamp

import (
	"bytes"

	sdk "github.com/chancery-chain/chancery/contracts-sdk"
)

const (
	digestBytes  = 32
	maxKindBytes = 32
)

// Contract implements StampService.
type Contract struct{}

// Stamp gives a paper the next number of its kind.
func (*Contract) Stamp(ctx *sdk.Ctx, req *StampRequest) (*StampResponse, error) {
	if len(req.Digest) != digestBytes {
		return nil, ErrInvalid(&InvalidField{Field: "digest", Rule: "32 bytes"})
	}
	if err := checkKind(req.Kind); err != nil {
		return nil, err
	}
	counters := NewState(ctx).Counters
	counter, found := counters.Get(req.Kind)
	if !found {
		counter = &Counter{Kind: req.Kind}
	} else if bytes.Equal(counter.Digest, req.Digest) {
		return nil, ErrAlreadyStamped(&AlreadyStamped{Number: counter.Number})
	}
	counter.Number++ // by one for each tx: 64 bits are never used up
	counter.Digest = req.Digest
	counter.StampedAt, counter.StampedBy = ctx.Unix(), ctx.Origin()
	if err := counters.Set(counter); err != nil {
		return nil, err
	}
	EmitStamped(ctx, &Stamped{Kind: req.Kind, Number: counter.Number, Digest: req.Digest})
	return &StampResponse{Number: counter.Number}, nil
}

// Last returns the last stamp of a kind.
func (*Contract) Last(ctx *sdk.QueryCtx, req *LastRequest) (*LastResponse, error) {
	if err := checkKind(req.Kind); err != nil {
		return nil, err
	}
	counter, found := NewStateView(ctx).Counters.Get(req.Kind)
	if !found {
		return nil, ErrNeverStamped()
	}
	return &LastResponse{Counter: counter}, nil
}

func checkKind(kind string) error {
	if len(kind) < 1 || len(kind) > maxKindBytes {
		return ErrInvalid(&InvalidField{Field: "kind", Rule: "1 to 32 bytes"})
	}
	return nil
}
