package abci

import (
	"context"
	"errors"
	"fmt"

	abci "github.com/cometbft/cometbft/abci/types"
	cmtproto "github.com/cometbft/cometbft/proto/tendermint/types"
	"github.com/cometbft/cometbft/types"

	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/app"
	"github.com/chancery-chain/chancery/app/apperr"
	"github.com/chancery-chain/chancery/app/params"
	"github.com/chancery-chain/chancery/app/tx"
)

// MinBlockBytes is the smallest block size a genesis may set: room for the
// largest tx, and 512 KiB for the header and the commit of 100 validators, each of
// which CometBFT 0.40 reckons with an ML-DSA-65 signature of 3,309 bytes.
const MinBlockBytes = tx.MaxBytes + 512<<10

// InitChain makes the genesis state. Validators are taken as the genesis names
// them and become state; consensus parameters are checked and not changed.
func (a *Application) InitChain(_ context.Context, req *abci.RequestInitChain) (*abci.ResponseInitChain, error) {
	return guard(a, "InitChain", req.InitialHeight, func() (*abci.ResponseInitChain, error) {
		if err := CheckConsensusParams(req.ConsensusParams); err != nil {
			return nil, err
		}
		validators, err := genesisValidators(req.Validators)
		if err != nil {
			return nil, err
		}
		hash, err := a.o.App.InitChain(app.GenesisRequest{
			ChainID:           req.ChainId,
			Time:              req.Time,
			InitialHeight:     req.InitialHeight,
			AppState:          req.AppStateBytes,
			Validators:        validators,
			ProtocolVersion:   genesisProtocol(req.ConsensusParams),
			ValidatorKeyTypes: req.ConsensusParams.Validator.PubKeyTypes,
		})
		if err != nil {
			return nil, err
		}
		// CometBFT would take the version that Info tells, which is this software's.
		return &abci.ResponseInitChain{AppHash: hash, ConsensusParams: protocolUpdate(genesisProtocol(req.ConsensusParams))}, nil
	})
}

// genesisProtocol returns the protocol version that a chain begins with.
func genesisProtocol(p *cmtproto.ConsensusParams) uint64 {
	if v := p.GetVersion().GetApp(); v != 0 {
		return v
	}
	return params.FirstProtocol
}

// protocolUpdate has CometBFT write a protocol version into the headers from the
// next block on.
func protocolUpdate(version uint64) *cmtproto.ConsensusParams {
	return &cmtproto.ConsensusParams{Version: &cmtproto.VersionParams{App: version}}
}

// CheckConsensusParams reports every reason why this software cannot run a chain
// with these parameters.
func CheckConsensusParams(p *cmtproto.ConsensusParams) error {
	if p == nil || p.Block == nil || p.Validator == nil {
		return errors.New("consensus params: block and validator are required")
	}
	var errs []error
	bad := func(format string, args ...any) {
		errs = append(errs, fmt.Errorf("consensus params: "+format, args...))
	}
	if p.Block.MaxBytes != -1 && p.Block.MaxBytes < MinBlockBytes {
		bad("block.max_bytes is %d; a tx of %d bytes needs %d", p.Block.MaxBytes, tx.MaxBytes, MinBlockBytes)
	}
	if p.Block.MaxGas != -1 {
		// CometBFT would drop txs above it without a word to the client; the chain
		// has limits of its own, in its state.
		bad("block.max_gas must be -1; gas limits are parameters of the chain")
	}
	if p.Abci != nil && p.Abci.VoteExtensionsEnableHeight != 0 {
		bad("abci.vote_extensions_enable_height must be 0: %v", apperr.New(apperr.NotActive, "vote extensions"))
	}
	if v := genesisProtocol(p); v > params.LatestProtocol {
		bad("version.app is %d; this software knows protocol versions up to %d", v, params.LatestProtocol)
	}
	for _, t := range p.Validator.PubKeyTypes {
		if t != types.ABCIPubKeyTypeEd25519 && t != types.ABCIPubKeyTypeMlDsa65 {
			bad("validator.pub_key_types: %q is not supported", t)
		}
	}
	return errors.Join(errs...)
}

// PrepareProposal picks the txs of a block.
func (a *Application) PrepareProposal(_ context.Context, req *abci.RequestPrepareProposal) (*abci.ResponsePrepareProposal, error) {
	return guard(a, "PrepareProposal", req.Height, func() (*abci.ResponsePrepareProposal, error) {
		return &abci.ResponsePrepareProposal{Txs: a.o.App.PrepareTxs(req.Txs, req.MaxTxBytes, req.Height, req.Time)}, nil
	})
}

// ProcessProposal accepts every block that a correct proposer could have made.
func (a *Application) ProcessProposal(_ context.Context, req *abci.RequestProcessProposal) (*abci.ResponseProcessProposal, error) {
	return guard(a, "ProcessProposal", req.Height, func() (*abci.ResponseProcessProposal, error) {
		status := abci.ResponseProcessProposal_ACCEPT
		if err := a.o.App.CheckProposal(req.Txs, req.Height, req.Time); err != nil {
			a.o.Logger.Warn("refused a proposal", "height", req.Height, "proposer", fmt.Sprintf("%X", req.ProposerAddress), "err", err)
			status = abci.ResponseProcessProposal_REJECT
		}
		return &abci.ResponseProcessProposal{Status: status}, nil
	})
}

// FinalizeBlock executes a decided block. Nothing is durable until Commit.
func (a *Application) FinalizeBlock(_ context.Context, req *abci.RequestFinalizeBlock) (*abci.ResponseFinalizeBlock, error) {
	return guard(a, "FinalizeBlock", req.Height, func() (*abci.ResponseFinalizeBlock, error) {
		res, err := a.o.App.ExecuteBlock(app.Block{
			Height: req.Height, Time: req.Time, Txs: req.Txs, Misbehaviour: Misbehaviour(req.Misbehavior),
		})
		if err != nil {
			return nil, err
		}
		updates, err := validatorUpdates(res.ValidatorUpdates)
		if err != nil {
			return nil, err
		}
		out := make([]*abci.ExecTxResult, len(res.Results))
		for i, r := range res.Results {
			out[i] = execResult(r)
		}
		response := &abci.ResponseFinalizeBlock{
			TxResults: out, AppHash: res.AppHash, ValidatorUpdates: updates, Events: abciEvents(res.Events),
		}
		if res.NextProtocol != 0 {
			response.ConsensusParamUpdates = protocolUpdate(res.NextProtocol)
		}
		return response, nil
	})
}

// execResult translates a result. CometBFT hashes Code, Data, GasWanted and
// GasUsed; the rest is for people.
func execResult(r *chanceryv1.TxResult) *abci.ExecTxResult {
	out := &abci.ExecTxResult{
		Code:      r.Code,
		Data:      r.Data,
		Log:       r.Log,
		GasWanted: clampGas(r.GasWanted),
		GasUsed:   clampGas(r.GasUsed),
	}
	if r.Code != uint32(apperr.OK) {
		out.Codespace = codespace
	}
	out.Events = abciEvents(r.Events)
	return out
}

func abciEvents(events []*chanceryv1.Event) []abci.Event {
	var out []abci.Event
	for _, e := range events {
		// The payload stays in the app's own index: CometBFT would store it again.
		out = append(out, abci.Event{
			Type:       e.Type,
			Attributes: []abci.EventAttribute{{Key: "contract", Value: e.Contract, Index: true}},
		})
	}
	return out
}

// Commit makes the executed block durable and says which blocks may go.
func (a *Application) Commit(context.Context, *abci.RequestCommit) (*abci.ResponseCommit, error) {
	return guard(a, "Commit", a.o.App.Info().Height+1, func() (*abci.ResponseCommit, error) {
		needed, err := a.o.App.Commit()
		if err != nil {
			return nil, err
		}
		if err := a.o.App.CheckSoftware(); err != nil {
			a.fail(err) // the block stands; the next one is not for this software
		}
		return &abci.ResponseCommit{RetainHeight: retainHeight(needed, a.o.App.Info().Height, a.o.RetainBlocks)}, nil
	})
}

// retainHeight returns the oldest height that CometBFT must keep, 0 for all. It
// keeps every block that the state machine needs, and the newest keep blocks; a
// zero asks for nothing.
func retainHeight(needed, height, keep int64) int64 {
	switch {
	case keep <= 0:
		return max(needed, 0)
	case needed <= 0:
		return max(height-keep+1, 0)
	}
	return max(min(needed, height-keep+1), 0)
}

// ExtendVote fails: InitChain refuses chains that enable vote extensions.
func (a *Application) ExtendVote(context.Context, *abci.RequestExtendVote) (*abci.ResponseExtendVote, error) {
	return nil, apperr.New(apperr.NotActive, "vote extensions")
}

// VerifyVoteExtension accepts the empty extension only.
func (a *Application) VerifyVoteExtension(_ context.Context, req *abci.RequestVerifyVoteExtension) (*abci.ResponseVerifyVoteExtension, error) {
	status := abci.ResponseVerifyVoteExtension_ACCEPT
	if len(req.VoteExtension) > 0 {
		status = abci.ResponseVerifyVoteExtension_REJECT
	}
	return &abci.ResponseVerifyVoteExtension{Status: status}, nil
}
