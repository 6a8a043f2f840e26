package node

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"

	cmtcfg "github.com/cometbft/cometbft/config"
	"github.com/cometbft/cometbft/store"
	"github.com/cometbft/cometbft/types"

	"github.com/chancery-chain/chancery/abci"
	"github.com/chancery-chain/chancery/app"
	"github.com/chancery-chain/chancery/runtime"
)

// ReplayOptions say what to execute again.
type ReplayOptions struct {
	// Home of a node that is not running; its blocks are read and nothing of it is
	// changed.
	Home string
	// Dir is an empty folder for the new state.
	Dir string
	// Runtime configures the contract runtime; another engine must give the same
	// hashes.
	Runtime runtime.Config
	// Progress is told of each executed height; may be nil.
	Progress func(height, last int64)
	Logger   *slog.Logger
}

// Replayed is what a replay came to.
type Replayed struct {
	Height  int64
	AppHash []byte
	Txs     int
}

// Replay executes all blocks of a home from the genesis on and compares the app
// hash after each with the header that carries it. Its error names the first
// height that differs.
func Replay(ctx context.Context, o ReplayOptions) (r Replayed, err error) {
	k := cometConfig(o.Home, DefaultConfig())
	doc, err := types.GenesisDocFromFile(k.GenesisFile())
	if err != nil {
		return r, fmt.Errorf("replay: %w", err)
	}
	db, err := cmtcfg.DefaultDBProvider(&cmtcfg.DBContext{ID: "blockstore", Config: k})
	if err != nil {
		return r, fmt.Errorf("replay: open blocks (is the node still running?): %w", err)
	}
	blocks := store.NewBlockStore(db)
	defer func() { err = errors.Join(err, blocks.Close()) }()
	if base := blocks.Base(); base > doc.InitialHeight {
		return r, fmt.Errorf("replay: this home keeps no block before height %d", base)
	}
	a, err := app.Open(app.Options{Dir: o.Dir, Runtime: o.Runtime, NoSync: true, Logger: o.Logger})
	if err != nil {
		return r, fmt.Errorf("replay: %w", err)
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	genesis := app.GenesisRequest{
		ChainID: doc.ChainID, Time: doc.GenesisTime, InitialHeight: doc.InitialHeight, AppState: doc.AppState,
		ProtocolVersion:   doc.ConsensusParams.Version.App,
		ValidatorKeyTypes: doc.ConsensusParams.Validator.PubKeyTypes,
	}
	for _, v := range doc.Validators {
		genesis.Validators = append(genesis.Validators, app.ConsensusValidator{
			KeyType: v.PubKey.Type(), PublicKey: v.PubKey.Bytes(), Power: v.Power,
		})
	}
	r.AppHash, err = a.InitChain(genesis)
	if err != nil {
		return r, fmt.Errorf("replay: %w", err)
	}
	last := blocks.Height()
	for h := doc.InitialHeight; h <= last && ctx.Err() == nil; h++ {
		b := blocks.LoadBlock(h)
		if b == nil {
			return r, fmt.Errorf("replay: block %d is missing", h)
		}
		if !bytes.Equal(b.AppHash, r.AppHash) {
			return r, fmt.Errorf("replay: after height %d the app hash is %x, the next header has %X", r.Height, r.AppHash, b.AppHash)
		}
		if err := r.execute(a, b); err != nil {
			return r, fmt.Errorf("replay: %w", err)
		}
		if o.Progress != nil {
			o.Progress(h, last)
		}
	}
	return r, ctx.Err()
}

func (r *Replayed) execute(a *app.App, b *types.Block) error {
	txs := make([][]byte, len(b.Txs))
	for i, raw := range b.Txs {
		txs[i] = raw
	}
	res, err := a.ExecuteBlock(app.Block{
		Height: b.Height, Time: b.Time, Txs: txs, Misbehaviour: abci.Misbehaviour(b.Evidence.Evidence.ToABCI()),
	})
	if err != nil {
		return err
	}
	if _, err := a.Commit(); err != nil {
		return err
	}
	r.Height, r.AppHash = res.Height, res.AppHash
	r.Txs += len(txs)
	return nil
}
