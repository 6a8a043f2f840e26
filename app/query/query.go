// Package query has the read-only views of the committed state that the RPC
// service and ABCI Query share. It runs beside block execution and never holds
// it up. Errors are *apperr.Error.
package query

import (
	"context"
	"time"

	statev1 "github.com/chancery-chain/chancery/api/gen/chancery/state/v1"
	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/api/schema"
	"github.com/chancery-chain/chancery/app/apperr"
	"github.com/chancery-chain/chancery/app/contract"
	"github.com/chancery-chain/chancery/app/params"
	"github.com/chancery-chain/chancery/app/state"
)

// Page sizes of lists.
const (
	defaultPageSize = 50
	maxPageSize     = 100
)

// queryGas bounds one contract query: about 50 ms of one core.
const queryGas = 50_000_000

// Machine is what queries need of the state machine.
type Machine interface {
	// Result returns the result of a committed tx.
	Result(hash []byte) (*chanceryv1.TxResult, bool, error)
	// Block describes a committed block.
	Block(height int64) (*chanceryv1.GetBlockResponse, bool, error)
	// SimulateTx runs a tx over a view and keeps nothing.
	SimulateTx(view *state.View, raw []byte) (*chanceryv1.TxResult, error)
	// TraceTx is SimulateTx and tells what happened inside besides.
	TraceTx(view *state.View, raw []byte) (*chanceryv1.TxResult, *chanceryv1.Trace, error)
	// BlockTime returns the time of the last committed block.
	BlockTime() time.Time
}

// Query reads committed state. It is safe for several goroutines.
type Query struct {
	store   *state.Store
	exec    *contract.Executor
	machine Machine
}

// New returns the views of a store.
func New(store *state.Store, exec *contract.Executor, machine Machine) *Query {
	return &Query{store: store, exec: exec, machine: machine}
}

// EarliestHeight returns the oldest height that can be read.
func (q *Query) EarliestHeight() int64 { return q.store.EarliestHeight() }

// Limits returns the parameters that clients must keep; nil before the first
// block.
func (q *Query) Limits() *chanceryv1.Limits {
	p, err := at(q, 0, q.params)
	if err != nil {
		return nil
	}
	return &chanceryv1.Limits{MaxTxBytes: p.MaxTxBytes, MaxTxGas: p.MaxTxGas, MaxValidSeconds: uint32(p.MaxValidSeconds)}
}

// Tx returns the result of a committed tx.
func (q *Query) Tx(hash []byte) (*chanceryv1.TxResult, error) {
	if len(hash) != 32 {
		return nil, apperr.Invalid("tx_hash", "has %d bytes, not 32", len(hash))
	}
	res, ok, err := q.machine.Result(hash)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, apperr.New(apperr.NotFound, "tx %x is not committed, or its result is no longer kept", hash)
	}
	return res, nil
}

// Block describes a committed block, 0 for the last one.
func (q *Query) Block(height int64) (*chanceryv1.GetBlockResponse, error) {
	if height < 0 {
		return nil, apperr.Invalid("height", "is negative")
	}
	if height == 0 {
		view, err := q.store.View(0)
		if err != nil {
			return nil, err
		}
		height = view.Height()
		view.Close()
	}
	res, ok, err := q.machine.Block(height)
	if err == nil && !ok {
		err = apperr.New(apperr.NotFound, "block %d is not committed, or no longer kept", height)
	}
	return res, err
}

// Simulate runs a tx on the last committed state and keeps nothing.
func (q *Query) Simulate(_ context.Context, raw []byte) (*chanceryv1.TxResult, error) {
	return at(q, 0, func(v *state.View) (*chanceryv1.TxResult, error) {
		return q.machine.SimulateTx(v, raw)
	})
}

// Trace is Simulate and tells what happened inside besides.
func (q *Query) Trace(_ context.Context, raw []byte) (res *chanceryv1.TxResult, trace *chanceryv1.Trace, err error) {
	res, err = at(q, 0, func(v *state.View) (res *chanceryv1.TxResult, err error) {
		res, trace, err = q.machine.TraceTx(v, raw)
		return res, err
	})
	return res, trace, err
}

// CallContract runs a query method of a contract and returns its encoded
// response.
func (q *Query) CallContract(_ context.Context, name, method string, payload []byte) ([]byte, error) {
	return at(q, 0, func(v *state.View) ([]byte, error) {
		p, err := q.params(v)
		if err != nil {
			return nil, err
		}
		env := &contract.Env{ChainID: p.ChainId, Height: v.Height(), Time: q.machine.BlockTime()}
		done, err := q.exec.Query(v, env, name, method, payload, queryGas)
		return done.Data, err
	})
}

func (q *Query) params(v *state.View) (*statev1.Params, error) {
	p, ok, err := params.Load(v)
	if err == nil && !ok {
		err = apperr.New(apperr.Unavailable, "the chain has no block yet")
	}
	return p, err
}

// Schema returns a deployed contract's interface, version and code hash.
func (q *Query) Schema(name string) (s *schema.Contract, version uint64, codeHash []byte, err error) {
	view, err := q.store.View(0)
	if err != nil {
		return nil, 0, nil, err
	}
	defer view.Close()
	s, rec, _, err := q.exec.Schema(view, name)
	if err != nil {
		return nil, 0, nil, err
	}
	return s, rec.Version, rec.CodeHash, nil
}

// at runs f on the state of a height, 0 for the last one.
func at[T any](q *Query, height int64, f func(*state.View) (T, error)) (T, error) {
	view, err := q.store.View(height)
	if err != nil {
		var none T
		return none, err
	}
	defer view.Close()
	return f(view)
}

func pageSize(n uint32) int {
	if n == 0 {
		return defaultPageSize
	}
	return int(min(n, maxPageSize))
}
