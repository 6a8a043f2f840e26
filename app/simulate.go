package app

import (
	"time"

	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/app/account"
	"github.com/chancery-chain/chancery/app/state"
	"github.com/chancery-chain/chancery/app/tx"
	"github.com/chancery-chain/chancery/runtime"
)

// BlockTime returns the time of the last committed block.
func (a *App) BlockTime() time.Time { return a.Info().BlockTime }

// Now returns the node's time, or the last block's where that is later. It judges
// what reaches no block.
func (a *App) Now() time.Time { return a.checkTime(a.tip.Load()) }

// SimulateTx runs a tx over a view as the next block would and keeps nothing.
// Signature, expiry and replay are not checked; membership, roles and quota are.
// A gas limit of 0 means the most that the chain allows and the quota covers; a
// deploy or upgrade is simulated with at most 500 million gas. Code
// that is uploaded is priced, but of its rules only those of its interface are
// checked.
func (a *App) SimulateTx(view *state.View, raw []byte) (*chanceryv1.TxResult, error) {
	res, _, err := a.simulate(view, raw, nil)
	return res, err
}

// TraceTx is SimulateTx and tells what happened inside besides.
func (a *App) TraceTx(view *state.View, raw []byte) (*chanceryv1.TxResult, *chanceryv1.Trace, error) {
	calls := &runtime.Trace{}
	res, writes, err := a.simulate(view, raw, calls)
	if err != nil {
		return nil, nil, err
	}
	return res, a.apiTrace(view, res, calls, writes), nil
}

// simulate also returns what the tx would write; nil when it did not run.
func (a *App) simulate(view *state.View, raw []byte, trace *runtime.Trace) (*chanceryv1.TxResult, *state.Overlay, error) {
	t, err := tx.DecodeUnsigned(raw)
	if err != nil {
		return nil, nil, err
	}
	tip := a.tip.Load()
	if tip.params == nil || view.Height() == 0 {
		return nil, nil, errNotStarted
	}
	if t.Body.GasLimit == 0 {
		b, err := billOf(view, tip.params, t, tip.info.BlockTime)
		if err != nil {
			return fail(&chanceryv1.TxResult{TxHash: t.Hash[:]}, err), nil, nil
		}
		t.Body.GasLimit = min(mostGas(tip.params, t), b.most())
	}
	acc, err := account.Get(view, t.Origin, tip.info.BlockTime)
	if err != nil {
		return nil, nil, err
	}
	if len(t.Signatures) == 0 {
		// The signatures that will be added are paid for, also by the byte.
		n := account.SignaturesNeeded(acc)
		t.Signatures = make([]tx.Signature, n)
		t.Size += n * signatureBytes
	}
	res := &chanceryv1.TxResult{TxHash: t.Hash[:], GasWanted: t.Body.GasLimit}
	x := &block{
		Block: Block{Height: view.Height() + 1, Time: tip.info.BlockTime}, params: tip.params,
		writes: state.NewOverlay(view), trace: trace, simulated: true,
	}
	if err := checkBounds(tip.params, t); err != nil {
		return fail(res, err), nil, nil
	}
	if t.Body.GetUploadCode() == nil {
		// Anybody may ask for a simulation, and a running guest cannot be stopped.
		// An upload is only priced.
		t.Body.GasLimit = min(t.Body.GasLimit, maxSimulatedGas)
	}
	who, err := authorise(view, tip.params, t, acc, tip.info.BlockTime)
	if err != nil {
		return fail(res, err), nil, nil
	}
	if err := a.run(x, t, who, res); err != nil {
		return nil, nil, err
	}
	res.Height = 0
	return res, x.writes, nil
}

// maxSimulatedGas bounds a simulated deploy or upgrade: about half a second of one core.
const maxSimulatedGas = 500_000_000

// signatureBytes is what the largest signature adds to a tx.
const signatureBytes = 140
