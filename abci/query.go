package abci

import (
	"context"
	"fmt"
	"runtime/debug"
	"strings"

	abci "github.com/cometbft/cometbft/abci/types"
	cmtcrypto "github.com/cometbft/cometbft/proto/tendermint/crypto"

	"github.com/chancery-chain/chancery/app/apperr"
)

// Paths and proof type of Query.
const (
	// StorePath reads one key of the state tree: data is the raw key.
	StorePath = "/store"
	// ProofType is the type of the one proof operation: its data is an encoded
	// cosmos.ics23.v1.CommitmentProof for the IAVL spec, against the app hash.
	ProofType = "ics23:iavl"

	// CometBFT asks at these whether an address and a node may connect, when its
	// settings say so (CometBFT 0.40, node/setup.go).
	filterAddressPath = "/p2p/filter/addr/"
	filterNodePath    = "/p2p/filter/id/"
)

// Query reads the state tree. Its only path is StorePath; height 0 is the last
// committed one. The value of a key that does not exist is empty, and with prove
// its absence is proved.
func (a *Application) Query(_ context.Context, req *abci.RequestQuery) (res *abci.ResponseQuery, err error) {
	defer func() {
		if r := recover(); r != nil {
			a.o.Logger.Error("query panicked", "path", req.Path, "panic", r, "stack", string(debug.Stack()))
			res, err = queryError(apperr.New(apperr.Internal, "panic")), nil
		}
	}()
	node, asked := strings.CutPrefix(req.Path, filterNodePath)
	switch {
	case asked && a.o.Admits != nil && !a.o.Admits(node):
		return queryError(apperr.New(apperr.PermissionDenied, "node %.50q may not connect", node)), nil
	case asked, strings.HasPrefix(req.Path, filterAddressPath): // an id is proved, an address is not
		return &abci.ResponseQuery{Codespace: codespace}, nil
	case req.Path != StorePath:
		return queryError(apperr.New(apperr.NotFound, "there is no path %.80q; the only path is %q", req.Path, StorePath)), nil
	case len(req.Data) == 0:
		return queryError(apperr.Invalid("data", "is empty; it must be a key of the state tree")), nil
	case req.Height < 0:
		return queryError(apperr.Invalid("height", "is negative")), nil
	}
	p, err := a.o.Store.RawProof(req.Data, req.Height)
	if err != nil {
		e := apperr.From(err)
		if e.Code == apperr.Internal {
			a.o.Logger.Error("query failed", "err", err)
		}
		return queryError(e), nil
	}
	res = &abci.ResponseQuery{Key: req.Data, Value: p.Value, Height: p.Height, Codespace: codespace}
	if req.Prove {
		res.ProofOps = &cmtcrypto.ProofOps{Ops: []cmtcrypto.ProofOp{{Type: ProofType, Key: req.Data, Data: p.Commitment}}}
	}
	return res, nil
}

func queryError(e *apperr.Error) *abci.ResponseQuery {
	info, _ := apperr.Lookup(e.Code)
	log := info.EN
	if e.Code != apperr.Internal && e.Msg != "" {
		log = fmt.Sprintf("%s. %s", e.Msg, info.EN)
	}
	return &abci.ResponseQuery{Code: uint32(e.Code), Log: log, Info: e.Field, Codespace: codespace}
}
