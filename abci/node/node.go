package node

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	dbm "github.com/cometbft/cometbft-db"
	cmtcfg "github.com/cometbft/cometbft/config"
	cmtnode "github.com/cometbft/cometbft/node"
	"github.com/cometbft/cometbft/p2p"
	"github.com/cometbft/cometbft/types"

	"github.com/chancery-chain/chancery/abci"
	"github.com/chancery-chain/chancery/app"
	"github.com/chancery-chain/chancery/app/rpc"
	"github.com/chancery-chain/chancery/app/tx"
	"github.com/chancery-chain/chancery/runtime"
)

// shutdownTimeout is how long Stop waits for requests to be answered.
const shutdownTimeout = 10 * time.Second

// Options say which node to run.
type Options struct {
	// Home is the folder that Init made.
	Home string
	// Config replaces the home's settings; nil reads them.
	Config *Config
	// Version is the software version: git tag or commit.
	Version string
	// FreePorts takes a free port where a configured one is busy: for devnets and
	// tests. RPCAddr and P2PAddr tell which.
	FreePorts bool
	// Runtime configures the contract runtime.
	Runtime runtime.Config
	// Logger gets everything; nil writes text to stderr from the configured level
	// on.
	Logger *slog.Logger
}

// Node is a running node. Make it with New; Start it once.
type Node struct {
	o       Options
	cfg     Config
	log     *slog.Logger
	chainID string
	genesis *types.GenesisDoc
	// wrap lets a test stand between CometBFT and the app.
	wrap func(abci.StateMachine) abci.StateMachine

	app      *app.App
	comet    *cmtnode.Node
	dbs      databases
	chain    *chain
	rounds   rounds
	server   *rpc.Server
	listener net.Listener
	nodeID   p2p.ID
	p2pAddr  string

	stopping atomic.Bool
	failure  atomic.Pointer[error] // of consensus
	faults   chan error            // the first fault
	stopOnce sync.Once
	stopErr  error
	ready    chan struct{}
	quit     chan struct{}  // closed when the node begins to stop
	tasks    sync.WaitGroup // end with quit
	refusals refusals
	done     chan struct{}
}

// New reads and checks a home's settings. It opens nothing yet.
func New(o Options) (*Node, error) {
	var cfg Config
	if o.Config != nil {
		cfg = *o.Config
		if err := cfg.Validate(); err != nil {
			return nil, fmt.Errorf("settings:\n%w", err)
		}
	} else {
		var err error
		if cfg, err = LoadConfig(o.Home); err != nil {
			return nil, err
		}
	}
	log := o.Logger
	if log == nil {
		level, err := parseLevel(cfg.Log.Level)
		if err != nil {
			return nil, err
		}
		log = slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: level}))
	}
	return &Node{o: o, cfg: cfg, log: log, faults: make(chan error, 1), ready: make(chan struct{}), quit: make(chan struct{}), done: make(chan struct{})}, nil
}

// Start opens the app, replays what a crash has left, and starts consensus and
// the RPC server. ctx ends the start, not the node. After an error nothing runs.
func (n *Node) Start(ctx context.Context) (err error) {
	defer func() {
		if err != nil {
			n.stop(err)
			err = n.stopErr
		}
	}()
	k := cometConfig(n.o.Home, n.cfg)
	raw, err := HomeGenesis(n.o.Home)
	if err != nil {
		return err
	}
	doc, err := types.GenesisDocFromJSON(raw)
	if err != nil {
		return fmt.Errorf("%s: %w", k.GenesisFile(), err)
	}
	n.chainID, n.genesis = doc.ChainID, doc
	if n.listener, err = Listen(n.cfg.RPC.Listen, n.o.FreePorts); err != nil {
		return fmt.Errorf("start RPC: %w", err)
	}
	n.app, err = app.Open(app.Options{
		Dir: appDir(n.o.Home), Runtime: n.o.Runtime, ViewsKept: n.cfg.Storage.States, UsageDays: n.cfg.Storage.UsageDays, Now: time.Now, Logger: n.log,
		PoolTxs: n.cfg.Mempool.MaxTxs, PoolBytes: n.cfg.Mempool.MaxBytes,
	})
	if locked(err) {
		return fmt.Errorf("%s: %w", n.o.Home, ErrRunning)
	}
	if err != nil {
		return fmt.Errorf("start app: %w", err)
	}
	n.chain = &chain{node: n}
	n.server = rpc.New(rpc.Options{
		Query: n.app.Query(), Broadcaster: n.chain, Headers: n.chain, Blocks: n.chain, Node: n.chain, Logger: n.log,
		Limits: rpc.Limits{
			MaxWait: time.Duration(n.cfg.RPC.MaxWait), MaxConnections: n.cfg.RPC.MaxConnections, Runs: n.cfg.RPC.Runs,
		},
	})
	n.app.Subscribe(func(b *app.BlockResult) { n.server.Committed(b.Results) })
	if err := n.startComet(ctx, k, doc); err != nil {
		return err
	}
	go n.serve()
	n.tasks.Go(n.report) // before anything may stop the node
	n.tasks.Go(n.redial)
	go n.watch()
	n.log.Info("node started", "chain", n.chainID, "height", n.app.Info().Height, "rpc", n.RPCAddr(), "p2p", n.P2PAddr())
	return nil
}

func (n *Node) startComet(ctx context.Context, k *cmtcfg.Config, doc *types.GenesisDoc) error {
	address, err := ReserveAddress(n.cfg.P2P.Listen, n.o.FreePorts)
	if err != nil {
		return fmt.Errorf("start p2p: %w", err)
	}
	defer address.Release() // CometBFT listens when it has started
	n.p2pAddr = address.Addr
	k.P2P.ListenAddress = "tcp://" + address.Addr
	if err := k.ValidateBasic(); err != nil {
		return fmt.Errorf("settings of CometBFT: %w", err)
	}
	nodeKey, err := p2p.LoadNodeKey(k.NodeKeyFile())
	if err != nil {
		return fmt.Errorf("node key: %w", err)
	}
	n.nodeID = nodeKey.ID()
	validator, err := loadValidator(k)
	if err != nil {
		return err
	}
	n.chain.address = strings.ToUpper(validator.GetAddress().String())
	level, err := parseLevel(n.cfg.Log.CometBFT)
	if err != nil {
		return err
	}
	var machine abci.StateMachine = n.app
	if n.wrap != nil {
		machine = n.wrap(machine)
	}
	application := abci.New(abci.Options{
		App: machine, Store: n.app.Query(), SoftwareVersion: n.o.Version, RetainBlocks: n.cfg.Storage.RetainBlocks, Logger: n.log,
		OnEvict: func(h tx.Hash, err error) { n.server.Evicted(h, err) },
		OnFault: n.fault, Admits: n.admits,
	})
	comet, err := cmtnode.NewNodeWithContext(ctx, k, validator, nodeKey, abci.ClientCreator{App: application},
		func() (*types.GenesisDoc, error) { return doc, nil }, n.openDatabase(doc),
		cmtnode.DefaultMetricsProvider(k.Instrumentation), cometLogger{log: n.log, min: level, quiet: &n.stopping, failure: &n.failure})
	if err != nil {
		return fmt.Errorf("start CometBFT: %w", err)
	}
	env, err := comet.ConfigureRPC()
	if err != nil {
		return fmt.Errorf("start CometBFT: %w", err)
	}
	n.chain.pool, n.chain.blocks, n.chain.states = comet.Mempool(), env.BlockStore, env.StateStore
	n.comet = comet
	n.rounds, _ = env.ConsensusState.(rounds)
	first, err := comet.EventBus().Subscribe(ctx, "ready", types.EventQueryNewRound)
	if err != nil {
		return fmt.Errorf("start CometBFT: %w", err)
	}
	go n.awaitRound(first)
	if err := comet.Start(); err != nil {
		n.comet = nil
		return fmt.Errorf("start CometBFT: %w", err)
	}
	// CometBFT goes on without a word when its consensus stops by a panic.
	if consensus, ok := env.ConsensusState.(interface{ Wait() }); ok {
		go func() {
			consensus.Wait()
			if !n.stopping.Load() {
				n.fault(n.consensusStopped())
			}
		}()
	}
	return nil
}

// consensusStopped is the fault of a consensus that stopped by itself.
func (n *Node) consensusStopped() error {
	if cause := n.failure.Load(); cause != nil {
		return fmt.Errorf("consensus stopped: %w", *cause)
	}
	return errors.New("consensus stopped; the log says why")
}

// openDatabase is a CometBFT DBProvider that refuses data of another genesis.
func (n *Node) openDatabase(doc *types.GenesisDoc) cmtcfg.DBProvider {
	return func(ctx *cmtcfg.DBContext) (dbm.DB, error) {
		db, err := n.dbs.open(ctx)
		if err != nil || ctx.ID != "state" {
			return db, err
		}
		began, err := db.Get(genesisKey)
		if err != nil {
			return nil, err
		}
		return db, checkGenesis(began, doc)
	}
}

// awaitRound closes ready at the first round of consensus.
func (n *Node) awaitRound(round types.Subscription) {
	select {
	case <-round.Out():
		close(n.ready)
		_ = n.comet.EventBus().UnsubscribeAll(context.Background(), "ready")
	case <-n.done:
	}
}

func (n *Node) serve() {
	if err := n.server.Serve(n.listener); err != nil {
		n.fault(fmt.Errorf("serve RPC: %w", err))
	}
}

// fault remembers the first fault; watch stops the node for it.
func (n *Node) fault(err error) {
	select {
	case n.faults <- err:
	default:
	}
}

func (n *Node) watch() {
	select {
	case err := <-n.faults:
		n.log.Error("the node stops", "err", err)
		n.stop(err)
	case <-n.done:
	}
}

// Ready is closed when the node has fetched the blocks it missed and takes part
// in consensus, from when on it takes txs.
func (n *Node) Ready() <-chan struct{} { return n.ready }

// Stop ends the node: it answers the requests that are waiting, stops consensus
// after the block at hand, and closes the state. It returns the fault that
// stopped the node before, if there was one.
func (n *Node) Stop() error {
	n.stop(nil)
	return n.Wait()
}

// Wait returns when the node has stopped, with the fault that stopped it or nil
// after Stop.
func (n *Node) Wait() error {
	<-n.done
	return n.stopErr
}

func (n *Node) stop(cause error) {
	n.stopOnce.Do(func() {
		n.stopErr = errors.Join(cause, n.release())
		close(n.done)
	})
}

// release stops and closes what runs, in the order in which the parts need each
// other.
func (n *Node) release() error {
	n.stopping.Store(true)
	close(n.quit)
	n.tasks.Wait()
	var errs []error
	if n.server != nil {
		ctx, cancel := context.WithTimeout(context.Background(), shutdownTimeout)
		defer cancel()
		if err := n.server.Shutdown(ctx); err != nil {
			errs = append(errs, fmt.Errorf("stop RPC: %w", err))
		}
	}
	if n.comet != nil {
		if err := n.comet.Stop(); err != nil {
			errs = append(errs, fmt.Errorf("stop CometBFT: %w", err))
		}
		// The mempool checks its txs again after a block, on a goroutine of its
		// own that holds this lock; the app must not close under it.
		n.comet.Mempool().Lock()
		defer n.comet.Mempool().Unlock()
		if err := n.comet.ProxyApp().Stop(); err != nil {
			errs = append(errs, fmt.Errorf("stop CometBFT: %w", err))
		}
	}
	if err := n.dbs.close(); err != nil {
		errs = append(errs, fmt.Errorf("close CometBFT's databases: %w", err))
	}
	if n.listener != nil {
		if err := n.listener.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
			errs = append(errs, err)
		}
	}
	if n.app != nil {
		if err := n.app.Close(); err != nil {
			errs = append(errs, fmt.Errorf("close app: %w", err))
		}
	}
	return errors.Join(errs...)
}

// RPCAddr returns host:port of the Connect API.
func (n *Node) RPCAddr() string { return n.listener.Addr().String() }

// P2PAddr returns "id@host:port", as other nodes name this one.
func (n *Node) P2PAddr() string { return fmt.Sprintf("%s@%s", n.nodeID, n.p2pAddr) }

// Status returns the node's view of the chain.
func (n *Node) Status() rpc.Status { return n.chain.Status() }

// App returns the state machine, for what runs in the same process. It is closed
// by Stop.
func (n *Node) App() *app.App { return n.app }
