package app

import (
	"fmt"
	"runtime/debug"
	"strings"
	"time"

	statev1 "github.com/chancery-chain/chancery/api/gen/chancery/state/v1"
	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/app/apperr"
	"github.com/chancery-chain/chancery/app/contract"
	"github.com/chancery-chain/chancery/app/params"
	"github.com/chancery-chain/chancery/app/quota"
	"github.com/chancery-chain/chancery/app/replay"
	"github.com/chancery-chain/chancery/app/state"
	"github.com/chancery-chain/chancery/app/tx"
	"github.com/chancery-chain/chancery/app/validator"
	"github.com/chancery-chain/chancery/runtime"
)

// Block is a decided block.
type Block struct {
	Height int64
	Time   time.Time
	Txs    [][]byte
	// Misbehaviour is the evidence that the block carries.
	Misbehaviour []validator.Misbehaviour
}

// block is a block while it is executed.
type block struct {
	Block
	params *statev1.Params
	start  state.Reader // the state before it
	writes *state.Overlay
	hashes []tx.Hash // of authenticated txs, in order
	// scheduled has the hashes of the scheduled calls that ran.
	scheduled []tx.Hash
	seen      map[tx.Hash]bool
	index     []state.IndexWrite
	usage     quota.Breakdown
	sponsored int            // calls that were
	trace     *runtime.Trace // nil but in traced simulations
	// simulated is true for the block of a simulation.
	simulated bool
}

// ExecuteBlock runs txs in order on top of the last committed height and
// returns one result per tx, in the same order. Nothing is durable until Commit.
//
// A failing tx still has a result: its writes are reverted, its gas is charged
// and Result.Code says why. The error is for faults of this node alone, such as
// a full disk; the caller must then stop the process. A block may be executed
// again, with the same outcome, as long as it is not committed.
func (a *App) ExecuteBlock(b Block) (*BlockResult, error) {
	base, t, release, err := a.checkState()
	if err != nil {
		return nil, fmt.Errorf("execute block %d: %w", b.Height, err)
	}
	defer release()
	if want := t.nextHeight(); b.Height != want {
		return nil, fmt.Errorf("execute block %d: the next height is %d", b.Height, want)
	}
	x := &block{Block: b, params: t.params, start: base, writes: state.NewOverlay(base), seen: make(map[tx.Hash]bool)}
	res := &BlockResult{Height: b.Height, Time: b.Time, Results: make([]*chanceryv1.TxResult, len(b.Txs))}
	if err := a.startProtocol(x, res); err != nil {
		return nil, fmt.Errorf("execute block %d: %w", b.Height, err)
	}
	if res.Scheduled, err = a.runScheduled(x); err != nil {
		return nil, fmt.Errorf("execute block %d, scheduled calls: %w", b.Height, err)
	}
	failed, err := scheduledEvents(res.Scheduled)
	if err != nil {
		return nil, err
	}
	res.Events = append(res.Events, failed...)
	for i, raw := range b.Txs {
		if res.Results[i], err = a.deliver(x, i, raw); err != nil {
			return nil, fmt.Errorf("execute block %d, tx %d: %w", b.Height, i, err)
		}
	}
	if err := x.dropPast(); err != nil {
		return nil, err
	}
	if len(x.hashes) > 0 {
		if err := replay.Add(x.writes, b.Height, b.Time, x.hashes, params.ReplayWindow(x.params)); err != nil {
			return nil, err
		}
	}
	// The validators of before the block's end sign the next block, those of after it
	// sign the one behind that.
	signers, err := readiness(x)
	if err != nil {
		return nil, err
	}
	if err := a.endBlock(x, res); err != nil {
		return nil, fmt.Errorf("end block %d: %w", b.Height, err)
	}
	if res.NextProtocol, err = a.decideProtocol(x, signers, res); err != nil {
		return nil, fmt.Errorf("end block %d: %w", b.Height, err)
	}
	if res.AppHash, err = a.store.Stage(b.Height, x.changes(t)); err != nil {
		return nil, fmt.Errorf("stage block %d: %w", b.Height, err)
	}
	if err := x.indexBlock(a.store, a.opts.ResultsKept); err != nil {
		return nil, fmt.Errorf("index block %d: %w", b.Height, err)
	}
	if err := x.indexBlockEvents(res); err != nil {
		return nil, fmt.Errorf("index block %d: %w", b.Height, err)
	}
	drop, sweep, err := a.sweep.Step(a.store.Index(), quota.FirstKept(quota.DayOf(x.Time), a.opts.UsageDays))
	if err != nil {
		return nil, fmt.Errorf("drop usage of past days: %w", err)
	}
	a.staged = &staged{result: res, hashes: x.hashes, index: append(x.index, drop...), params: x.params, sweep: sweep}
	return res, nil
}

// nextHeight is the height that must be executed next.
func (t *tip) nextHeight() int64 {
	if t.genesis != nil {
		return t.initial
	}
	return t.info.Height + 1
}

// changes returns the block's writes; those of the first block include the
// genesis state.
func (x *block) changes(t *tip) []state.Change {
	if t.genesis == nil {
		return x.writes.Changes()
	}
	all := state.NewOverlay(t.genesis)
	for _, c := range t.genesisChanges {
		all.Set(c.Key, c.Value)
	}
	x.writes.ApplyTo(all)
	return all.Changes()
}

// deliver runs one tx of a block.
func (a *App) deliver(x *block, i int, raw []byte) (*chanceryv1.TxResult, error) {
	res := &chanceryv1.TxResult{Height: x.Height, Index: uint32(i)}
	t, seen, err := a.decode(raw)
	if err != nil {
		return fail(res, err), nil
	}
	res.GasWanted = t.Body.GasLimit
	// Until the signature is checked nothing may be remembered or told under the
	// tx's hash: a proposer can put the same body into a block with a wrong
	// signature, or before its time, and the tx may still be committed later.
	if err := a.checkEnvelope(x.params, t, x.Time); err != nil {
		return fail(res, err), nil
	}
	if x.seen[t.Hash] || a.replay.Seen(t.Hash) {
		return fail(res, apperr.New(apperr.Replayed, "tx %x", t.Hash)), nil
	}
	acc, refused := signers(x.writes, t, x.Time)
	if refused != nil {
		// A tx before it may have changed the keys; it is its signer's all the same.
		if _, err := signers(x.start, t, x.Time); err != nil {
			return fail(res, refused), nil
		}
	}
	if err := a.verify(t, seen); err != nil {
		return fail(res, err), nil
	}
	res.TxHash = t.Hash[:]
	x.seen[t.Hash] = true
	x.hashes = append(x.hashes, t.Hash)

	var who *actor
	if refused == nil {
		who, refused = authorise(x.writes, x.params, t, acc, x.Time)
	}
	if refused != nil {
		err = x.refuse(t, refused, res)
	} else {
		err = a.run(x, t, who, res)
	}
	if err != nil {
		return nil, err
	}
	return res, x.indexResult(res)
}

// run executes an authorised tx, charges its gas and fills its result. The
// error is for faults of this node alone.
func (a *App) run(x *block, t *tx.Tx, who *actor, res *chanceryv1.TxResult) error {
	writes := state.NewOverlay(x.writes)
	out, err := a.act(writes, x, t, who)
	if fault := (*nodeFault)(nil); asFault(err, &fault) {
		return fault.err
	}
	if err == nil {
		err = out.payResult(x.params, t.Body.GasLimit)
	}
	return x.settle(&who.bill, writes, out, err, res)
}

// act runs the tx's action on writes. A panic of ours is caught here, once: it
// becomes an Internal result that pays its whole gas limit, so that a bug which
// one tx can reach does not stop every node.
func (a *App) act(writes *state.Overlay, x *block, t *tx.Tx, who *actor) (out outcome, err error) {
	return a.guarded(x, t.Hash, t.Body.GasLimit, func() (outcome, error) {
		return a.perform(writes, &action{
			tx: t, actor: who, params: x.params, height: x.Height, time: x.Time, trace: x.trace, simulated: x.simulated,
		})
	})
}

// guarded runs f, which a panic of ours ends as act says.
func (a *App) guarded(x *block, hash tx.Hash, gasLimit uint64, f func() (outcome, error)) (out outcome, err error) {
	defer func() {
		if p := recover(); p != nil {
			a.log.Error("panic while executing a tx", "height", x.Height, "tx", fmt.Sprintf("%x", hash), "panic", p, "stack", string(debug.Stack()))
			out, err = outcome{gasUsed: gasLimit}, apperr.New(apperr.Internal, "")
		}
	}()
	return f()
}

func fail(res *chanceryv1.TxResult, err error) *chanceryv1.TxResult {
	e := apperr.From(err)
	res.Code, res.CodeName, res.Log = uint32(e.Code), e.Code.String(), logText(e.Error())
	if e.Code == apperr.Internal {
		res.Log = e.Code.String() // the cause is for this node's log alone
	}
	res.Data, res.Events = nil, nil
	if e.Contract != nil {
		res.ContractError = &chanceryv1.ContractError{
			Contract: e.Contract.Contract, Code: e.Contract.Code, Name: e.Contract.Name, Message: e.Contract.Message,
			Details: e.Contract.Details,
		}
	}
	return res
}

// maxLogBytes bounds a result's log: it is kept with the result and nobody pays
// for it.
const maxLogBytes = 4 << 10

// logText makes an error's text fit for a result. What a contract's author wrote
// may stand in it, in any length and cut anywhere, and a result whose text is not
// valid UTF-8 does not encode: the block could not be executed on any node.
func logText(s string) string {
	if len(s) > maxLogBytes {
		s = s[:maxLogBytes] + "…"
	}
	return strings.ToValidUTF8(s, "\uFFFD")
}

func apiEvents(events []contract.Event) []*chanceryv1.Event {
	out := make([]*chanceryv1.Event, len(events))
	for i, e := range events {
		out[i] = &chanceryv1.Event{Contract: e.Contract, Type: e.Type, Payload: e.Payload}
	}
	return out
}

// Commit makes the executed block durable and tells the subscribers. It returns
// the oldest height whose block this node still wants to be kept; 0 keeps all.
func (a *App) Commit() (retainHeight int64, err error) {
	s := a.staged
	if s == nil {
		return 0, fmt.Errorf("commit without an executed block")
	}
	a.staged = nil
	if err := a.store.Commit(s.index); err != nil {
		return 0, err
	}
	a.sweep = s.sweep
	a.waiting.reset()
	a.replay.Commit(s.result.Time, s.hashes, params.ReplayWindow(s.params))
	a.tip.Store(&tip{params: s.params, info: Info{
		ChainID: s.params.ChainId, Height: s.result.Height, AppHash: s.result.AppHash,
		BlockTime: s.result.Time, ProtocolVersion: s.params.ProtocolVersion,
	}})
	a.subMu.Lock()
	defer a.subMu.Unlock()
	for _, f := range a.subs {
		f(s.result)
	}
	return 0, nil
}
