package app

import (
	"time"

	statev1 "github.com/chancery-chain/chancery/api/gen/chancery/state/v1"
	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/app/account"
	"github.com/chancery-chain/chancery/app/apperr"
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
// Membership, roles and quota are checked. A gas limit of 0 means the most that the
// chain allows and the quota covers. Code that is uploaded is priced, but of its
// rules only those of its interface are checked.
//
// The signature may be missing, wrong or too old. Then the origin is only claimed:
// it has at most maxClaimedGas instead of maxSimulatedGas, and contracts with gated
// queries refuse it with Unauthenticated.
func (a *App) SimulateTx(view *state.View, raw []byte) (*chanceryv1.TxResult, error) {
	s, err := a.simulate(view, raw, nil)
	if err != nil {
		return nil, err
	}
	return s.result, nil
}

// TraceTx is SimulateTx and tells what happened inside besides.
func (a *App) TraceTx(view *state.View, raw []byte) (*chanceryv1.TxResult, *chanceryv1.Trace, error) {
	s, err := a.simulate(view, raw, &runtime.Trace{})
	if err != nil {
		return nil, nil, err
	}
	return s.result, a.apiTrace(view, s), nil
}

// simulation is a simulated tx.
type simulation struct {
	body   *chanceryv1.TxBody
	result *chanceryv1.TxResult
	calls  *runtime.Trace // nil unless asked for
	// who and writes are nil for a tx that was not admitted.
	who    *actor
	writes *state.Overlay
}

func (a *App) simulate(view *state.View, raw []byte, trace *runtime.Trace) (*simulation, error) {
	t, err := tx.DecodeUnsigned(raw)
	if err != nil {
		return nil, err
	}
	tip := a.tip.Load()
	if tip.params == nil || view.Height() == 0 {
		return nil, errNotStarted
	}
	if t.Body.GasLimit == 0 {
		b, err := billOf(view, tip.params, t, tip.info.BlockTime)
		if err != nil {
			res := &chanceryv1.TxResult{TxHash: t.Hash[:]}
			return &simulation{body: t.Body, result: fail(res, err), calls: trace}, nil
		}
		t.Body.GasLimit = min(mostGas(tip.params, t), b.most())
	}
	acc, err := account.Get(view, t.Origin, tip.info.BlockTime)
	if err != nil {
		return nil, err
	}
	proved := a.proves(t, acc, tip)
	if n := account.SignaturesNeeded(acc) - len(t.Signatures); n > 0 {
		// The signatures that will be added are paid for, also by the byte.
		t.Signatures = append(t.Signatures, make([]tx.Signature, n)...)
		t.Size += n * signatureBytes
	}
	res := &chanceryv1.TxResult{TxHash: t.Hash[:], GasWanted: t.Body.GasLimit}
	x := &block{
		Block: Block{Height: view.Height() + 1, Time: tip.info.BlockTime}, params: tip.params,
		writes: state.NewOverlay(view), trace: trace, simulated: true,
	}
	out := &simulation{body: t.Body, result: res, calls: trace}
	if err := checkBounds(tip.params, t); err != nil {
		fail(res, err)
		return out, nil
	}
	if t.Body.GetUploadCode() == nil {
		// Anybody may ask for a simulation, and a running guest cannot be stopped.
		// An upload is only priced.
		t.Body.GasLimit = min(t.Body.GasLimit, maxSimulatedGas)
	}
	who, err := authorise(view, tip.params, t, acc, tip.info.BlockTime)
	if err != nil {
		fail(res, err)
		return out, nil
	}
	// Anybody makes a key, so that a signature alone is no reason to do more.
	stranger := !proved || t.Body.Org == ""
	capped := stranger && t.Body.GetUploadCode() == nil && t.Body.GasLimit > maxClaimedGas
	if capped {
		t.Body.GasLimit = maxClaimedGas
	}
	who.claimed = !proved
	out.who, out.writes = who, x.writes
	if err := a.run(x, t, who, res); err != nil {
		return nil, err
	}
	if capped && res.Code == uint32(apperr.OutOfGas) {
		res.Log += "; a tx that no member signed is simulated with so much at most: sign it, with gas_limit 0"
	}
	res.Height = 0
	return out, nil
}

// proves reports whether a simulated tx shows that its origin asks: it is signed as
// a block wants it, and not yet in one, where others read its bytes. What is signed
// with gas limit 0 is good for a simulation and never for a block.
func (a *App) proves(t *tx.Tx, acc *statev1.Account, tip *tip) bool {
	return len(t.Signatures) > 0 && t.Body.ChainId == tip.params.ChainId &&
		checkValidUntil(tip.params, t, a.checkTime(tip)) == nil && !a.replay.Seen(t.Hash) &&
		account.CheckSigners(acc, t.Origin, t.Signatures) == nil && t.VerifySignatures()
}

// Most gas of a simulation: about half a second of one core for a member that
// signed, a tenth of it for anybody else.
const (
	maxSimulatedGas = 500_000_000
	maxClaimedGas   = 50_000_000
)

// signatureBytes is what the largest signature adds to a tx.
const signatureBytes = 140
