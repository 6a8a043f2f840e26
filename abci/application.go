package abci

import (
	"context"
	"fmt"
	"log/slog"
	"math"
	"runtime/debug"
	"sync/atomic"
	"time"

	abci "github.com/cometbft/cometbft/abci/types"

	"github.com/chancery-chain/chancery/app"
	"github.com/chancery-chain/chancery/app/query"
	"github.com/chancery-chain/chancery/app/tx"
)

// codespace stands beside every code of ours in ABCI answers.
const codespace = "chancery"

// StateMachine is what CometBFT drives. CheckTx must be safe beside all other
// methods; the others are called one at a time.
type StateMachine interface {
	Info() app.Info
	InitChain(g app.GenesisRequest) (appHash []byte, err error)
	CheckTx(raw []byte, recheck bool) app.CheckResult
	PrepareTxs(txs [][]byte, maxBytes int64, height int64, t time.Time) [][]byte
	CheckProposal(txs [][]byte, height int64, t time.Time) error
	ExecuteBlock(b app.Block) (*app.BlockResult, error)
	Commit() (retainHeight int64, err error)
	// CheckSoftware returns an error when this software cannot execute the block
	// after the last committed one.
	CheckSoftware() error
}

// Store reads the state tree by its raw keys.
type Store interface {
	RawProof(storeKey []byte, height int64) (*query.StateProof, error)
}

// Options are what an Application is made of.
type Options struct {
	App   StateMachine
	Store Store
	// SoftwareVersion is the git tag or commit that Info tells.
	SoftwareVersion string
	// RetainBlocks is how many of the newest blocks CometBFT keeps, beside those
	// that the state machine needs; 0 leaves it to the state machine.
	RetainBlocks int64
	// OnEvict is told of a tx that was in the mempool and is refused by a recheck.
	// It must not block. May be nil.
	OnEvict func(h tx.Hash, err error)
	// OnFault is told once of the fault after which this node must stop. It must
	// not block. May be nil.
	OnFault func(error)
	// Admits says whether a node may connect, by its id; nil admits all. It is called
	// by several goroutines.
	Admits func(nodeID string) bool
	Logger *slog.Logger
}

// Application implements CometBFT v0.40's ABCI.
type Application struct {
	o     Options
	fault atomic.Pointer[error]
}

var _ abci.Application = (*Application)(nil)

// New returns an Application.
func New(o Options) *Application {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return &Application{o: o}
}

// Info tells CometBFT where the state machine stands, from which the handshake
// replays blocks after a crash.
func (a *Application) Info(context.Context, *abci.RequestInfo) (*abci.ResponseInfo, error) {
	i := a.o.App.Info()
	return &abci.ResponseInfo{
		Data:             codespace,
		Version:          a.o.SoftwareVersion,
		AppVersion:       i.ProtocolVersion,
		LastBlockHeight:  i.Height,
		LastBlockAppHash: i.AppHash,
	}, nil
}

// guard runs a consensus method. A panic becomes an error, so that a half-done
// block is dropped with the process instead of being committed.
func guard[R any](a *Application, method string, height int64, f func() (*R, error)) (res *R, err error) {
	if p := a.fault.Load(); p != nil {
		return nil, fmt.Errorf("%s: the node failed before: %w", method, *p)
	}
	defer func() {
		if r := recover(); r != nil {
			a.o.Logger.Error("the state machine panicked", "method", method, "height", height, "panic", r, "stack", string(debug.Stack()))
			res, err = nil, fmt.Errorf("panic: %v", r)
		}
		if err != nil {
			err = fmt.Errorf("%s at height %d: %w", method, height, err)
			a.fail(err)
		}
	}()
	return f()
}

func (a *Application) fail(err error) {
	if a.fault.CompareAndSwap(nil, &err) && a.o.OnFault != nil {
		a.o.OnFault(err)
	}
}

// clampGas converts gas for ABCI, whose numbers are signed.
func clampGas(g uint64) int64 { return int64(min(g, math.MaxInt64)) }
