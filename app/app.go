package app

import (
	"fmt"
	"log/slog"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"

	statev1 "github.com/chancery-chain/chancery/api/gen/chancery/state/v1"
	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/app/account"
	"github.com/chancery-chain/chancery/app/contract"
	"github.com/chancery-chain/chancery/app/governance"
	"github.com/chancery-chain/chancery/app/org"
	"github.com/chancery-chain/chancery/app/params"
	"github.com/chancery-chain/chancery/app/query"
	"github.com/chancery-chain/chancery/app/quota"
	"github.com/chancery-chain/chancery/app/replay"
	"github.com/chancery-chain/chancery/app/schedule"
	"github.com/chancery-chain/chancery/app/state"
	"github.com/chancery-chain/chancery/app/template"
	"github.com/chancery-chain/chancery/app/tx"
	"github.com/chancery-chain/chancery/app/validator"
	"github.com/chancery-chain/chancery/runtime"
)

// DefaultResultsKept is for how many blocks tx results can be looked up.
const DefaultResultsKept = 1_000_000

// DefaultUsageDays is for how many days usage by contract and method can be looked up:
// a year, and a month to close its books.
const DefaultUsageDays = 400

// Options says where an App lies and how it keeps house. None of it touches
// consensus: nodes may differ.
type Options struct {
	// Dir is the folder of the state and the index; it is made if missing.
	Dir string
	// Runtime configures the contract runtime. An empty CacheDir becomes a folder
	// in Dir.
	Runtime runtime.Config
	// ViewsKept is how many past heights can be read and proved; 0 means the
	// default of package state.
	ViewsKept int
	// ResultsKept is for how many blocks tx results are kept; 0 means
	// DefaultResultsKept.
	ResultsKept int64
	// UsageDays is for how many days, today included, usage by contract and method is
	// kept; 0 means DefaultUsageDays.
	UsageDays int
	// PoolTxs and PoolBytes are the size of the mempool, of which a payer's txs take at
	// most a quarter; 0 bounds nothing.
	PoolTxs   int
	PoolBytes int64
	// NoSync lets Commit return before the block is on disk: for tests and
	// benchmarks.
	NoSync bool
	// Now tells the time to CheckTx, which must judge valid_until on a chain
	// whose last block is old. It never reaches a block. Nil means the time of the
	// last block.
	Now func() time.Time
	// Logger gets faults of the node and refused code. Nil means slog.Default.
	Logger *slog.Logger
}

// App is the state machine. ExecuteBlock and Commit belong to one goroutine; all
// else is safe for several.
type App struct {
	opts    Options
	log     *slog.Logger
	store   *state.Store
	runtime *runtime.Runtime
	exec    *contract.Executor
	queries *query.Query
	replay  *replay.Set
	known   *known

	// waiting is what the txs in the mempool may use.
	waiting reservations

	tip    atomic.Pointer[tip]
	staged *staged
	sweep  quota.Sweep // of past days, as far as the last commit went

	subMu sync.Mutex
	subs  map[int]func(*BlockResult)
	subID int
}

// Info is the last committed block.
type Info struct {
	ChainID         string
	Height          int64
	AppHash         []byte
	BlockTime       time.Time
	ProtocolVersion uint64
}

// tip is what is known of the last committed block. Before the first block is
// committed it holds the genesis state, which txs are checked against.
type tip struct {
	info    Info
	params  *statev1.Params // nil before the genesis
	genesis *state.Overlay
	// genesisChanges are its writes: they are committed with the first block.
	genesisChanges []state.Change
	initial        int64
}

// staged is an executed block that waits for Commit.
type staged struct {
	result *BlockResult
	hashes []tx.Hash
	index  []state.IndexWrite
	params *statev1.Params
	sweep  quota.Sweep
}

// BlockResult is an executed block. Code, Data, GasWanted and GasUsed of a result
// are the same on every node and are hashed into the next header.
type BlockResult struct {
	Height  int64
	Time    time.Time
	AppHash []byte
	Results []*chanceryv1.TxResult
	// Scheduled are the scheduled calls that ran before the txs, in their order.
	Scheduled []*chanceryv1.ScheduledResult
	// NextProtocol is the protocol version that begins with the next block; 0 when
	// none does.
	NextProtocol uint64
	// Events are what the platform did beside the txs, in their order.
	Events []*chanceryv1.Event
	// ValidatorUpdates are the validators whose power changed, for consensus; in
	// order of their keys' addresses.
	ValidatorUpdates []*chanceryv1.ValidatorUpdate
}

// Open opens the state in o.Dir, or makes it.
func Open(o Options) (*App, error) {
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	if o.ResultsKept == 0 {
		o.ResultsKept = DefaultResultsKept
	}
	if o.UsageDays == 0 {
		o.UsageDays = DefaultUsageDays
	}
	if o.Runtime.CacheDir == "" {
		o.Runtime.CacheDir = filepath.Join(o.Dir, "compiled")
	}
	if _, err := state.JoinSchemas(params.Schema, account.Schema, org.Schema, quota.Schema, contract.Schema, replay.Schema, schedule.Schema, governance.Schema, validator.Schema, template.Schema); err != nil {
		return nil, err // two components whose keys could collide
	}
	limits := runtime.DefaultLimits()
	limits.InputBytes = tx.MaxPayloadBytes
	rt, err := runtime.New(o.Runtime, limits)
	if err != nil {
		return nil, fmt.Errorf("open runtime: %w", err)
	}
	store, err := state.Open(state.Options{
		Dir: filepath.Join(o.Dir, "state"), ViewsKept: o.ViewsKept, NoSync: o.NoSync,
		Logf: func(format string, args ...any) { o.Logger.Info(fmt.Sprintf(format, args...)) },
	})
	if err != nil {
		return nil, closing(rt.Close, fmt.Errorf("open state: %w", err))
	}
	known, err := lru.New[[32]byte, *tx.Tx](knownTxs)
	if err != nil {
		return nil, err
	}
	a := &App{
		opts: o, log: o.Logger, store: store, runtime: rt, known: known,
		exec:    contract.NewExecutor(rt, scheduler{}, o.Logger),
		subs:    make(map[int]func(*BlockResult)),
		waiting: reservations{most: shareOf(o.PoolTxs, o.PoolBytes)},
	}
	if err := a.loadTip(); err != nil {
		return nil, closing(a.Close, err)
	}
	a.queries = query.New(store, a.exec, a)
	return a, nil
}

func closing(f func() error, err error) error {
	if cerr := f(); cerr != nil {
		return fmt.Errorf("%w (and closing: %v)", err, cerr)
	}
	return err
}

// Close releases the state and the runtime. A block that was executed and not
// committed is forgotten; the next start executes it again.
func (a *App) Close() error {
	err := a.runtime.Close()
	if serr := a.store.Close(); serr != nil {
		err = serr
	}
	return err
}

// loadTip reads what was committed last.
func (a *App) loadTip() error {
	t := &tip{}
	view, err := a.store.View(0)
	if err != nil {
		return err
	}
	defer view.Close()
	if view.Height() > 0 {
		if t.params, _, err = params.Load(view); err != nil {
			return err
		}
		blockTime, err := loadBlockTime(a.store, view.Height())
		if err != nil {
			return err
		}
		t.info = Info{
			ChainID: t.params.GetChainId(), Height: view.Height(), AppHash: view.AppHash(),
			BlockTime: blockTime, ProtocolVersion: t.params.GetProtocolVersion(),
		}
	} else {
		t.info.ProtocolVersion = params.LatestProtocol
	}
	if err := checkSoftware(view, t.params, view.Height()+1); err != nil {
		return err
	}
	if a.replay, err = replay.Load(view); err != nil {
		return err
	}
	a.tip.Store(t)
	return nil
}

// Info returns the last committed block; Height is 0 before the first.
func (a *App) Info() Info { return a.tip.Load().info }

// Query returns the read-only views of the committed state.
func (a *App) Query() *query.Query { return a.queries }

// Subscribe has f called after each Commit, in order of height. f must not block.
func (a *App) Subscribe(f func(*BlockResult)) (cancel func()) {
	a.subMu.Lock()
	defer a.subMu.Unlock()
	a.subID++
	id := a.subID
	a.subs[id] = f
	return func() {
		a.subMu.Lock()
		defer a.subMu.Unlock()
		delete(a.subs, id)
	}
}

// checkState returns the state that txs are checked against, and the tip it
// belongs to. release must be called. It fails before the genesis.
func (a *App) checkState() (r state.Reader, t *tip, release func(), err error) {
	t = a.tip.Load()
	if t.params == nil {
		return nil, nil, nil, errNotStarted
	}
	if t.genesis != nil {
		return t.genesis, t, func() {}, nil
	}
	view, err := a.store.View(0)
	if err != nil {
		return nil, nil, nil, err
	}
	return view, t, func() { view.Close() }, nil
}
