package node

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	cmtabci "github.com/cometbft/cometbft/abci/types"
	"github.com/cometbft/cometbft/mempool"
	"github.com/cometbft/cometbft/p2p"
	sm "github.com/cometbft/cometbft/state"
	"github.com/cometbft/cometbft/types"

	"github.com/chancery-chain/chancery/abci"
	"github.com/chancery-chain/chancery/app/apperr"
	"github.com/chancery-chain/chancery/app/params"
	"github.com/chancery-chain/chancery/app/rpc"
)

// chain is what CometBFT knows, in the terms of app/rpc.
type chain struct {
	node   *Node
	pool   mempool.Mempool
	blocks sm.BlockStore
	states sm.Store
	// address is that of the key which the node would sign blocks with.
	address string
}

var (
	_ rpc.Broadcaster = (*chain)(nil)
	_ rpc.Headers     = (*chain)(nil)
	_ rpc.NodeInfo    = (*chain)(nil)
)

// Broadcast implements rpc.Broadcaster. The check runs on the caller's goroutine.
func (c *chain) Broadcast(_ context.Context, raw []byte) error {
	var answer *cmtabci.ResponseCheckTx
	err := c.pool.CheckTx(raw, func(res *cmtabci.ResponseCheckTx) { answer = res }, mempool.TxInfo{})
	var full mempool.ErrMempoolIsFull
	var large mempool.ErrTxTooLarge
	switch {
	case err == nil && answer == nil:
		return apperr.New(apperr.Internal, "the mempool did not answer")
	case err == nil:
		return abci.CheckError(answer)
	case errors.Is(err, mempool.ErrTxInCache):
		return rpc.ErrKnown
	case errors.As(err, &full):
		return apperr.New(apperr.Unavailable, "the mempool holds %d txs of %d bytes", full.NumTxs, full.TxsBytes)
	case errors.Is(err, mempool.ErrRecheckFull):
		return apperr.New(apperr.Unavailable, "the mempool is checking its txs again after a block")
	case errors.As(err, &large):
		return apperr.Invalid("tx", "has %d bytes, more than %d", large.Actual, large.Max)
	case mempool.IsPreCheckError(err):
		return apperr.Invalid("tx", "is larger than a block")
	}
	return fmt.Errorf("mempool: %w", err)
}

// LastHeader implements rpc.Headers.
func (c *chain) LastHeader() int64 { return c.blocks.Height() }

// SignedHeader implements rpc.Headers.
func (c *chain) SignedHeader(height int64) (header, validators []byte, err error) {
	if height < c.blocks.Base() || height > c.blocks.Height() {
		return nil, nil, apperr.New(apperr.Pruned, "this node keeps headers %d to %d, not %d", c.blocks.Base(), c.blocks.Height(), height)
	}
	meta := c.blocks.LoadBlockMeta(height)
	// The commit of the newest block stands in no block yet; this node's own view
	// of it is as good a proof.
	commit := c.blocks.LoadBlockCommit(height)
	if commit == nil {
		commit = c.blocks.LoadSeenCommit(height)
	}
	if meta == nil || commit == nil {
		return nil, nil, apperr.New(apperr.Pruned, "header %d", height)
	}
	set, err := c.states.LoadValidators(height)
	if err != nil {
		return nil, nil, apperr.Wrap(apperr.Pruned, err, "validators of height %d", height)
	}
	signed := types.SignedHeader{Header: &meta.Header, Commit: commit}
	if header, err = signed.ToProto().Marshal(); err != nil {
		return nil, nil, fmt.Errorf("encode header %d: %w", height, err)
	}
	setProto, err := set.ToProto()
	if err != nil {
		return nil, nil, fmt.Errorf("encode validators of height %d: %w", height, err)
	}
	if validators, err = setProto.Marshal(); err != nil {
		return nil, nil, fmt.Errorf("encode validators of height %d: %w", height, err)
	}
	return header, validators, nil
}

// BlockTxs implements rehearsal.Blocks.
func (c *chain) BlockTxs(height int64) (txs [][]byte, at time.Time, ok bool) {
	if height < c.blocks.Base() || height > c.blocks.Height() {
		return nil, at, false
	}
	b := c.blocks.LoadBlock(height)
	if b == nil {
		return nil, at, false
	}
	for _, raw := range b.Txs {
		txs = append(txs, raw)
	}
	return txs, b.Time, true
}

// Status implements rpc.NodeInfo.
func (c *chain) Status() rpc.Status {
	i := c.node.app.Info()
	return rpc.Status{
		ChainID:         c.node.chainID,
		SoftwareVersion: c.node.o.Version,
		ProtocolVersion: i.ProtocolVersion,
		LatestProtocol:  params.LatestProtocol,
		Height:          i.Height,

		ValidatorAddress: c.address,
		AppHash:          i.AppHash,
		BlockTime:        i.BlockTime,
		CatchingUp:       c.node.comet.ConsensusReactor().WaitSync(),
		MempoolTxs:       c.pool.Size(),
		Peers:            c.node.comet.Switch().Peers().Size(),
	}
}

// Peers implements rpc.NodeInfo.
func (c *chain) Peers() []rpc.Peer {
	now := time.Now()
	var out []rpc.Peer
	for _, p := range c.node.comet.Switch().Peers().Copy() {
		info, _ := p.NodeInfo().(p2p.DefaultNodeInfo)
		out = append(out, rpc.Peer{
			NodeID: string(p.ID()), Name: info.Moniker, Outbound: p.IsOutbound(), Since: now.Add(-p.Status().Duration),
		})
	}
	slices.SortFunc(out, func(a, b rpc.Peer) int { return strings.Compare(a.NodeID, b.NodeID) })
	return out
}

// Signers implements rpc.NodeInfo.
func (c *chain) Signers(height int64) ([]rpc.Signer, bool) {
	commit := c.blocks.LoadBlockCommit(height)
	if commit == nil {
		return nil, false
	}
	set, err := c.states.LoadValidators(height)
	if err != nil || len(set.Validators) != len(commit.Signatures) {
		return nil, false
	}
	out := make([]rpc.Signer, len(set.Validators))
	for i, v := range set.Validators {
		out[i] = rpc.Signer{Address: v.Address.String(), Signed: commit.Signatures[i].BlockIDFlag == types.BlockIDFlagCommit}
	}
	return out, true
}
