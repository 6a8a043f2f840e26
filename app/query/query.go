// Package query has the read-only views of the committed state that the RPC
// service and ABCI Query share. It runs beside block execution and never holds
// it up. Errors are *apperr.Error.
package query

import (
	"context"
	"runtime"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"

	statev1 "github.com/chancery-chain/chancery/api/gen/chancery/state/v1"
	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/api/schema"
	"github.com/chancery-chain/chancery/app/apperr"
	"github.com/chancery-chain/chancery/app/contract"
	"github.com/chancery-chain/chancery/app/params"
	"github.com/chancery-chain/chancery/app/permit"
	"github.com/chancery-chain/chancery/app/rehearsal"
	"github.com/chancery-chain/chancery/app/state"
)

// Page sizes of lists, in rows.
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
	// TryProposal makes changes on a view and keeps nothing.
	TryProposal(view *state.View, proposal uint64, list []*chanceryv1.Change) (*chanceryv1.SimulateProposalResponse, error)
	// BlockTime returns the time of the last committed block.
	BlockTime() time.Time
	// Now returns the node's time, or the block time where that is later.
	Now() time.Time
}

// Query reads committed state. It is safe for several goroutines.
type Query struct {
	store   *state.Store
	exec    *contract.Executor
	machine Machine
	// permits remembers permits whose signatures are right, by the SHA-256 of all
	// their bytes.
	permits *lru.Cache[[32]byte, *permit.Permit]
	// rehearsals share the node.
	rehearsals *rehearsal.Slots
}

// New returns the views of a store.
func New(store *state.Store, exec *contract.Executor, machine Machine) *Query {
	permits, err := lru.New[[32]byte, *permit.Permit](permitsKept)
	if err != nil {
		panic(err) // only for a size that is not positive
	}
	return &Query{
		store: store, exec: exec, machine: machine, permits: permits,
		rehearsals: rehearsal.NewSlots(rehearsal.DefaultLimits(runtime.NumCPU())),
	}
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
	return &chanceryv1.Limits{MaxTxBytes: p.MaxTxBytes, MaxTxGas: p.MaxTxGas, MaxCallGas: p.MaxCallGas, MaxValidSeconds: uint32(p.MaxValidSeconds)}
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

// Call is a call of a contract's query method.
type Call struct {
	Contract, Method string
	Payload          []byte // the encoded request
	Permit           []byte // who asks: an encoded permit; nil for an anonymous call
}

// CallContract runs a query method of a contract and returns its encoded
// response. A gated method without a permit is Unauthenticated. A permit that does
// not hold is refused for public methods too: Unauthenticated, PermissionDenied,
// Expired or InvalidTx.
func (q *Query) CallContract(_ context.Context, c Call) ([]byte, error) {
	return at(q, 0, func(v *state.View) ([]byte, error) {
		p, err := q.params(v)
		if err != nil {
			return nil, err
		}
		env := &contract.Env{ChainID: p.ChainId, Height: v.Height(), Time: q.machine.BlockTime()}
		if c.Permit == nil {
			if err := q.checkPublic(v, c); err != nil {
				return nil, err
			}
		} else {
			who, err := q.admit(v, p, c.Permit, c.Contract)
			if err != nil {
				return nil, err
			}
			env.Origin, env.Org, env.Roles = who.Origin.String(), who.Org, who.roles
			env.Sight.Only = who.Contracts
		}
		done, err := q.exec.Query(v, env, c.Contract, c.Method, c.Payload, queryGas)
		return done.Data, err
	})
}

// checkPublic refuses a gated method. A contract refuses it too; but not every SDK
// may, and an instance is dearer than a look.
func (q *Query) checkPublic(v *state.View, c Call) error {
	s, _, _, err := q.exec.Schema(v, c.Contract)
	if err != nil {
		return err
	}
	if m, ok := s.Method(c.Method); ok && m.Gated {
		return needsPermit("method "+c.Method, c.Contract)
	}
	return nil
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

// maxPageBytes bounds the rows of a page together, but for the last: those of some
// lists have a quarter of a megabyte, and anybody may ask for a hundred, thousands of
// times at once.
const maxPageBytes = 1 << 20

// pageBytes counts the bytes of a page's rows.
type pageBytes int

// add counts a row and returns state.Stop when the page is full.
func (n *pageBytes) add(row int) error {
	if *n += pageBytes(row); *n >= maxPageBytes {
		return state.Stop
	}
	return nil
}

func pageSize(n uint32) int {
	if n == 0 {
		return defaultPageSize
	}
	return int(min(n, maxPageSize))
}
