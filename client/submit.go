package client

import (
	"context"
	"errors"
	"fmt"
	"time"

	"connectrpc.com/connect"

	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/app/apperr"
	"github.com/chancery-chain/chancery/app/tx"
)

// Submit hands in a signed tx and waits until it is committed. A committed tx
// that failed is an error with its result as detail.
//
// While its fate is unknown (the node is busy, stopping or out of reach) Submit
// asks for the tx by hash and hands in the same bytes again. It gives up when ctx
// ends, with a *PendingError, or when the tx's valid_until has passed on the
// chain without it.
func (c *Client) Submit(ctx context.Context, signed *SignedTx) (*chanceryv1.TxResult, error) {
	wait := c.backoff
	for try := 1; ; try++ {
		r, err := c.submitOnce(ctx, signed)
		if r == nil && err != nil && try > 1 {
			// A refusal of a later try says nothing about the first, which may
			// have been committed in between.
			if first, getErr := c.Result(ctx, signed.Hash); getErr == nil {
				r, err = first, nil
			}
		}
		if err == nil {
			if err := c.failure(ctx, r); err != nil {
				return nil, err
			}
			return r, nil
		}
		if !uncertain(err) {
			return nil, fmt.Errorf("submit tx: %w", err)
		}
		if dead, e := c.outlived(ctx, signed); dead {
			return nil, e
		}
		if !sleep(ctx, wait) {
			return nil, &PendingError{Hash: signed.Hash, ValidUntil: signed.Body.ValidUntil.AsTime(), Err: errors.Join(ctx.Err(), err)}
		}
		wait = min(2*wait, maxBackoff)
	}
}

// submitOnce hands the tx in once. It returns the result when the tx is
// committed, also when it was committed before.
func (c *Client) submitOnce(ctx context.Context, signed *SignedTx) (*chanceryv1.TxResult, error) {
	resp, err := c.Tx.Submit(ctx, connect.NewRequest(&chanceryv1.SubmitRequest{
		Tx: signed.Raw, Wait: chanceryv1.WaitMode_WAIT_MODE_COMMIT,
	}))
	if err == nil {
		if resp.Msg.GetResult() == nil {
			return nil, connect.NewError(connect.CodeUnavailable, errors.New("the node answered without a result"))
		}
		return resp.Msg.GetResult(), nil
	}
	if connect.CodeOf(err) == connect.CodeAlreadyExists {
		if r := Result(err); r != nil && string(r.TxHash) == string(signed.Hash[:]) && r.Height > 0 {
			return r, nil
		}
		return c.Result(ctx, signed.Hash)
	}
	return nil, err
}

// uncertain reports whether an error of Submit leaves open whether the tx will
// be committed, or says that the node could not look at it at all.
func uncertain(err error) bool {
	var e *connect.Error
	if !errors.As(err, &e) {
		return true
	}
	switch e.Code() {
	case connect.CodeResourceExhausted:
		return Code(err) == apperr.Busy
	case connect.CodeUnavailable, connect.CodeCanceled, connect.CodeUnknown, connect.CodeAborted, connect.CodeInternal:
		return true
	case connect.CodeDeadlineExceeded:
		// The chain uses this code for an expired tx too, which is certain.
		return Code(err) != apperr.Expired
	}
	return false
}

// outlived reports whether the chain's time has passed the tx's valid_until
// without the tx. Then it can never be committed.
func (c *Client) outlived(ctx context.Context, signed *SignedTx) (bool, error) {
	until := signed.Body.ValidUntil.AsTime()
	t, err := c.chainTime(ctx)
	if err != nil || !t.After(until) {
		return false, nil
	}
	r, err := c.Result(ctx, signed.Hash)
	switch {
	case err == nil && r.GetCode() == 0:
		return false, nil // the next try answers it
	case err == nil:
		return true, c.failure(ctx, r)
	case connect.CodeOf(err) == connect.CodeNotFound:
		return true, connect.NewError(connect.CodeDeadlineExceeded, fmt.Errorf(
			"tx %x was not committed before its valid_until %s and never will be: sign it anew",
			signed.Hash[:], until.Format(time.RFC3339)))
	}
	return false, nil
}

// Result returns the result of a committed tx; a result with a code is no error
// here. The error has code not_found when no committed tx has this hash.
func (c *Client) Result(ctx context.Context, hash tx.Hash) (*chanceryv1.TxResult, error) {
	resp, err := c.Tx.Get(ctx, connect.NewRequest(&chanceryv1.GetRequest{TxHash: hash[:]}))
	if err != nil {
		return nil, err
	}
	return resp.Msg.GetResult(), nil
}

// Wait waits until the tx with this hash is committed and returns its result; a
// result with a code is no error here.
func (c *Client) Wait(ctx context.Context, hash tx.Hash) (*chanceryv1.TxResult, error) {
	resp, err := c.Tx.Wait(ctx, connect.NewRequest(&chanceryv1.WaitRequest{TxHash: hash[:]}))
	if err != nil {
		return nil, err
	}
	return resp.Msg.GetResult(), nil
}

// sleep waits for d and reports false when ctx ended first.
func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}
