package abci

import (
	"context"
	"runtime/debug"

	abci "github.com/cometbft/cometbft/abci/types"

	"github.com/chancery-chain/chancery/app"
	"github.com/chancery-chain/chancery/app/apperr"
)

// CheckTx checks a tx for the mempool. The Go error is always nil, because
// CometBFT's mempool panics on one.
func (a *Application) CheckTx(_ context.Context, req *abci.RequestCheckTx) (*abci.ResponseCheckTx, error) {
	recheck := req.Type == abci.CheckTxType_Recheck
	res := a.check(req.Tx, recheck)
	if res.Err == nil {
		return &abci.ResponseCheckTx{Data: res.Hash[:], GasWanted: clampGas(res.GasWanted)}, nil
	}
	e := apperr.From(res.Err)
	if recheck && a.o.OnEvict != nil {
		a.o.OnEvict(res.Hash, e)
	}
	log := e.Msg
	if e.Code == apperr.Internal {
		// The cause is for this node's operator alone.
		a.o.Logger.Error("tx check failed", "tx", res.Hash, "err", e)
		log = ""
	}
	return &abci.ResponseCheckTx{Code: uint32(e.Code), Data: res.Hash[:], Log: log, Info: e.Field, Codespace: codespace}, nil
}

// check keeps a panic from reaching CometBFT. Unlike a panic in a block it stops
// nothing: a check writes no state, and any peer can send a tx.
func (a *Application) check(raw []byte, recheck bool) (res app.CheckResult) {
	defer func() {
		if r := recover(); r != nil {
			a.o.Logger.Error("tx check panicked", "panic", r, "stack", string(debug.Stack()))
			res = app.CheckResult{Err: apperr.New(apperr.Internal, "panic")}
		}
	}()
	return a.o.App.CheckTx(raw, recheck)
}

// CheckError returns the error that an answer of CheckTx stands for, nil for an
// accepted tx.
func CheckError(res *abci.ResponseCheckTx) error {
	if res.Code == uint32(apperr.OK) {
		return nil
	}
	return &apperr.Error{Code: apperr.Code(res.Code), Msg: res.Log, Field: res.Info}
}

// InsertTx belongs to CometBFT's mempool of type "app", which is not used.
func (a *Application) InsertTx(context.Context, *abci.RequestInsertTx) (*abci.ResponseInsertTx, error) {
	return &abci.ResponseInsertTx{Code: uint32(apperr.NotActive)}, nil
}

// ReapTxs belongs to CometBFT's mempool of type "app", which is not used.
func (a *Application) ReapTxs(context.Context, *abci.RequestReapTxs) (*abci.ResponseReapTxs, error) {
	return nil, apperr.New(apperr.NotActive, "the app's mempool")
}
