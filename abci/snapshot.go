package abci

import (
	"context"

	abci "github.com/cometbft/cometbft/abci/types"

	"github.com/chancery-chain/chancery/app/apperr"
)

// errSnapshots is why a node joins by replaying blocks for now.
func errSnapshots() error { return apperr.New(apperr.NotActive, "snapshots") }

// ListSnapshots returns none, which tells peers not to ask for one.
func (a *Application) ListSnapshots(context.Context, *abci.RequestListSnapshots) (*abci.ResponseListSnapshots, error) {
	return &abci.ResponseListSnapshots{}, nil
}

// OfferSnapshot ends the state sync of this node. Not REJECT: CometBFT would go
// on searching for another snapshot for ever.
func (a *Application) OfferSnapshot(context.Context, *abci.RequestOfferSnapshot) (*abci.ResponseOfferSnapshot, error) {
	a.o.Logger.Error("state sync is enabled and cannot work", "err", errSnapshots())
	return &abci.ResponseOfferSnapshot{Result: abci.ResponseOfferSnapshot_ABORT}, nil
}

// LoadSnapshotChunk returns no chunk: a peer asked for a snapshot that
// ListSnapshots never named. No error, which any peer could fill the log with.
func (a *Application) LoadSnapshotChunk(context.Context, *abci.RequestLoadSnapshotChunk) (*abci.ResponseLoadSnapshotChunk, error) {
	return &abci.ResponseLoadSnapshotChunk{}, nil
}

// ApplySnapshotChunk fails: OfferSnapshot accepts none.
func (a *Application) ApplySnapshotChunk(context.Context, *abci.RequestApplySnapshotChunk) (*abci.ResponseApplySnapshotChunk, error) {
	return nil, errSnapshots()
}
