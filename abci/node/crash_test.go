package node

import (
	"context"
	"errors"
	"testing"

	"connectrpc.com/connect"
	"github.com/stretchr/testify/require"

	"github.com/chancery-chain/chancery/abci"
	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/app"
	"github.com/chancery-chain/chancery/app/apperr"
)

var errCrash = errors.New("pulled the plug")

// crashing fails at one point of the first block that has txs. From then on it is
// as good as dead: the node stops.
type crashing struct {
	abci.StateMachine
	at    string
	armed bool
}

func (c *crashing) ExecuteBlock(b app.Block) (*app.BlockResult, error) {
	if len(b.Txs) == 0 {
		return c.StateMachine.ExecuteBlock(b)
	}
	if c.at == "before execute" {
		return nil, errCrash
	}
	res, err := c.StateMachine.ExecuteBlock(b)
	if c.at == "after execute" {
		return nil, errCrash
	}
	if c.at == "panic in execute" {
		panic("a bug")
	}
	c.armed = true
	return res, err
}

func (c *crashing) Commit() (int64, error) {
	if c.armed && c.at == "before commit" {
		return 0, errCrash
	}
	keep, err := c.StateMachine.Commit()
	if c.armed && c.at == "after commit" {
		return 0, errCrash
	}
	return keep, err
}

// A tx that is in a decided block must have the same result after a restart,
// wherever the node stopped on the way.
func TestCrashBetweenFinalizeAndCommit(t *testing.T) {
	for _, at := range []string{"before execute", "after execute", "panic in execute", "before commit", "after commit"} {
		t.Run(at, func(t *testing.T) {
			home := newHome(t, testConfig())
			n, err := New(Options{Home: home, Logger: testLogger()})
			require.NoError(t, err)
			n.wrap = func(m abci.StateMachine) abci.StateMachine { return &crashing{StateMachine: m, at: at} }
			require.NoError(t, n.Start(t.Context()))

			raw, h := memberTx(t)
			_, submitErr := connectTo(n).tx.Submit(t.Context(), connect.NewRequest(&chanceryv1.SubmitRequest{Tx: raw}))
			err = n.Wait()
			require.ErrorContains(t, err, "at height")
			if at != "panic in execute" {
				require.ErrorIs(t, err, errCrash)
			}
			if at == "after commit" {
				require.NoError(t, submitErr) // the block was committed before the plug was pulled
			} else {
				requireCode(t, submitErr, apperr.Unavailable)
			}

			n = start(t, home)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			got, err := connectTo(n).tx.Wait(ctx, connect.NewRequest(&chanceryv1.WaitRequest{TxHash: h[:]}))
			require.NoError(t, err)
			require.Zero(t, got.Msg.Result.Code, got.Msg.Result.Log)

			// The chain goes on and agrees with itself: CometBFT compares the app hash
			// of every block with the app's.
			more, _ := memberTx(t)
			require.Greater(t, submit(t, connectTo(n), more).Height, got.Msg.Result.Height)
		})
	}
}
