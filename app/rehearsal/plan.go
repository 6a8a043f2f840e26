package rehearsal

import (
	"context"
	"time"

	"google.golang.org/protobuf/proto"

	statev1 "github.com/chancery-chain/chancery/api/gen/chancery/state/v1"
	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/app/apperr"
	"github.com/chancery-chain/chancery/app/contract"
	"github.com/chancery-chain/chancery/app/contract/storage"
	"github.com/chancery-chain/chancery/app/params"
	"github.com/chancery-chain/chancery/app/state"
	"github.com/chancery-chain/chancery/app/tx"
)

// Bounds of a rehearsal.
const (
	defaultCalls = 100
	maxCalls     = 1_000
	// maxBlocks bounds how far back calls are looked for: about a minute of reading.
	maxBlocks = 100_000
	// maxCounted bounds the entries that an estimate counts.
	maxCounted = 1_000_000
)

// What the estimate of the memory takes for an instance with its image, and of the
// time for making a code ready: measured in docs/benchmarks.md.
const (
	instanceBytes  = 16 << 20
	secondsPerLoad = 0.1
)

// Blocks has the txs of committed blocks.
type Blocks interface {
	// BlockTxs returns the encoded txs of a block and its time; ok is false when this
	// node does not keep it.
	BlockTxs(height int64) (txs [][]byte, at time.Time, ok bool)
}

// Store has the state after committed blocks.
type Store interface {
	View(height int64) (*state.View, error)
	EarliestHeight() int64
	Height() int64
}

// call is a call that is made once more.
type call struct {
	*tx.Tx
	exec   *chanceryv1.Execute
	height int64
	at     time.Time
}

// plan is a rehearsal that was looked into.
type plan struct {
	*chanceryv1.RehearsalPlan
	rehearsal *chanceryv1.Rehearsal // with its defaults filled in
	calls     []call                // oldest first
	live      *statev1.Contract
	params    *statev1.Params
}

// Rehearser makes rehearsals over a store.
type Rehearser struct {
	Store  Store
	Exec   *contract.Executor
	Blocks Blocks
	// Result returns the result of a committed tx, where it is kept.
	Result func(hash []byte) (*chanceryv1.TxResult, bool, error)
}

// Plan tells what a rehearsal would do and what it would take.
func (r *Rehearser) Plan(ctx context.Context, m *chanceryv1.Rehearsal) (*chanceryv1.RehearsalPlan, error) {
	p, err := r.plan(ctx, m)
	if err != nil {
		return nil, err
	}
	return p.RehearsalPlan, nil
}

func (r *Rehearser) plan(ctx context.Context, asked *chanceryv1.Rehearsal) (*plan, error) {
	m := proto.CloneOf(asked)
	if m.Height == 0 {
		m.Height = r.Store.Height()
	}
	if m.Calls == 0 {
		m.Calls = defaultCalls
	}
	if m.Calls > maxCalls {
		return nil, apperr.Invalid("rehearsal.calls", "is %d, more than %d", m.Calls, maxCalls)
	}
	if len(m.CodeHash) != 32 {
		return nil, apperr.Invalid("rehearsal.code_hash", "has %d bytes, not 32", len(m.CodeHash))
	}
	head, err := r.Store.View(m.Height)
	if err != nil {
		return nil, err
	}
	defer head.Close()
	p := &plan{rehearsal: m, RehearsalPlan: &chanceryv1.RehearsalPlan{ToHeight: m.Height, FromHeight: m.Height}}
	if p.live, err = contract.Get(head, m.Contract); err != nil {
		return nil, err
	}
	if _, err := contract.GetCode(head, m.CodeHash); err != nil {
		return nil, err
	}
	var ok bool
	if p.params, ok, err = params.Load(head); err != nil || !ok {
		return nil, apperr.Wrap(apperr.Internal, err, "parameters at height %d", m.Height)
	}
	since, err := contract.CurrentSince(head, m.Contract)
	if err != nil {
		return nil, err
	}
	// The state before a call must be kept, and must have the present version.
	oldest := max(since, r.Store.EarliestHeight()) + 1
	if m.FromHeight != 0 {
		if err := p.checkFrom(since); err != nil {
			return nil, err
		}
		oldest = m.FromHeight + 1
	}
	if err := p.find(ctx, r, oldest); err != nil {
		return nil, err
	}
	m.FromHeight = p.FromHeight // so that the report says how to make it again
	p.estimate(head)
	return p, nil
}

// checkFrom checks the height that a rehearsal is asked to start from; since is that of
// the contract's present version.
func (p *plan) checkFrom(since int64) error {
	if from := p.rehearsal.FromHeight; from < max(since, p.ToHeight-maxBlocks) || from > p.ToHeight {
		return apperr.Invalid("rehearsal.from_height", "is %d, not %d to %d: version %d stands since height %d, and %d blocks are looked at at most",
			from, max(since, p.ToHeight-maxBlocks), p.ToHeight, p.live.Version, since, maxBlocks)
	}
	return nil
}

// find looks for the calls, from the newest block back to oldest. A block that this
// node does not keep ends the search, unless it was asked how far to go.
func (p *plan) find(ctx context.Context, r *Rehearser, oldest int64) error {
	oldest = max(oldest, p.ToHeight-maxBlocks)
	for h := p.ToHeight; h >= oldest && len(p.calls) < int(p.rehearsal.Calls); h-- {
		if err := ctx.Err(); err != nil {
			return err
		}
		txs, at, ok := r.Blocks.BlockTxs(h)
		if !ok && p.rehearsal.FromHeight > 0 {
			return apperr.New(apperr.Pruned, "block %d is not kept by this node", h)
		}
		if !ok {
			break
		}
		for i := len(txs) - 1; i >= 0 && len(p.calls) < int(p.rehearsal.Calls); i-- {
			t, err := tx.Decode(txs[i])
			if err != nil {
				continue // it was refused then, too
			}
			exec := t.Body.GetExecute()
			if exec == nil || exec.Contract != p.rehearsal.Contract {
				continue
			}
			p.calls = append(p.calls, call{Tx: t, exec: exec, height: h, at: at})
			p.FromHeight = h - 1
			p.MostGas += 2 * t.Body.GasLimit
			used := t.Body.GasLimit
			if res, ok, err := r.Result(t.Hash[:]); err != nil {
				return err
			} else if ok {
				used = res.GasUsed
			}
			p.ExpectedGas += 2 * used
		}
	}
	for i, j := 0, len(p.calls)-1; i < j; i, j = i+1, j-1 {
		p.calls[i], p.calls[j] = p.calls[j], p.calls[i]
	}
	if from := p.rehearsal.FromHeight; from > 0 {
		p.FromHeight = from
	}
	p.RehearsalPlan.Calls = uint32(len(p.calls))
	p.MostGas += p.params.MaxTxGas
	return nil
}

// estimate counts the contract's storage and says what the rehearsal takes.
func (p *plan) estimate(head *state.View) {
	prefix := storage.Of(p.rehearsal.Contract)
	it := head.Scan(prefix, storage.End(prefix), false)
	defer it.Close()
	for p.StorageEntries < maxCounted && it.Next() {
		p.StorageEntries++
		p.StorageBytes += uint64(len(it.Key()) - len(prefix) + len(it.Value()))
	}
	var payloads uint64
	for _, c := range p.calls {
		payloads += uint64(len(c.exec.Payload))
	}
	p.Seconds = float64(p.ExpectedGas)/1e9 + 2*secondsPerLoad
	p.MemoryBytes = 2*p.StorageBytes + 2*instanceBytes + 8*payloads
}
