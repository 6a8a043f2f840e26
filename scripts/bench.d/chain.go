package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/chancery-chain/chancery/scripts/internal/testbed"
)

// settings of a run; they are printed with its figures.
type settings struct {
	Accounts    int           `json:"accounts"`
	Workers     int           `json:"workers"`
	Seconds     int           `json:"seconds"`
	Keys        uint64        `json:"keys_small"`
	KeysLarge   uint64        `json:"keys_large"`
	Rate        float64       `json:"latency_rate_per_s"`
	LatencyTxs  int           `json:"latency_txs"`
	IdleSeconds int           `json:"idle_seconds"`
	Cores       int           `json:"cores"`
	Go          string        `json:"go"`
	Commit      string        `json:"timeout_commit"`
	Binary      string        `json:"-"`
	Home        string        `json:"-"`
	drain       time.Duration // longest wait for the last txs
}

func chain(ctx context.Context, args []string) error {
	s := settings{Cores: runtime.NumCPU(), Go: runtime.Version(), drain: time.Minute}
	f := flag.NewFlagSet("chain", flag.ExitOnError)
	f.IntVar(&s.Accounts, "accounts", 10_000, "accounts that sign")
	f.IntVar(&s.Workers, "workers", 768, "requests in flight")
	f.IntVar(&s.Seconds, "seconds", 40, "length of each load")
	f.Uint64Var(&s.Keys, "keys", 10_000, "counters that the first load touches")
	f.Uint64Var(&s.KeysLarge, "large", 1_000_000, "counters written before the second load; 0 leaves it out")
	f.Float64Var(&s.Rate, "rate", 5, "txs a second while latency is measured")
	f.IntVar(&s.LatencyTxs, "latency-txs", 100, "txs of the latency measurement; 0 leaves it out")
	f.IntVar(&s.IdleSeconds, "idle", 30, "seconds at rest; 0 leaves it out")
	f.StringVar(&s.Binary, "binary", "bin/chancery", "the binary to run")
	f.StringVar(&s.Home, "home", "", "folder for the chain; empty makes a temporary one")
	if err := f.Parse(args); err != nil {
		return err
	}
	if s.Home == "" {
		dir, err := os.MkdirTemp("", "chancery-bench-")
		if err != nil {
			return err
		}
		defer os.RemoveAll(dir)
		s.Home = filepath.Join(dir, "home")
	}
	accounts, err := testbed.Accounts(s.Accounts)
	if err != nil {
		return err
	}
	if err := testbed.Init(s.Home, testbed.Genesis(accounts)); err != nil {
		return err
	}
	if s.Commit, err = testbed.CommitTimeout(s.Home); err != nil {
		return err
	}
	return run(ctx, &s, accounts)
}

// run starts the node and takes the measurements one after the other.
func run(ctx context.Context, s *settings, accounts []testbed.Account) (err error) {
	progress("starting a node with %d accounts", s.Accounts)
	n, err := testbed.Start(ctx, s.Binary, s.Home)
	if err != nil {
		return err
	}
	defer func() {
		if serr := n.Stop(); err == nil {
			err = serr
		}
	}()
	l, err := newLoad(n, accounts, s)
	if err != nil {
		return err
	}
	progress("building and deploying the contract")
	if err := l.deploy(ctx); err != nil {
		return err
	}
	if s.IdleSeconds > 0 {
		progress("resting %d s", s.IdleSeconds)
		if err := idle(ctx, n, s); err != nil {
			return err
		}
	}
	if s.LatencyTxs > 0 {
		progress("%d txs at %g a second", s.LatencyTxs, s.Rate)
		if err := l.latency(ctx); err != nil {
			return err
		}
	}
	progress("load of %d s over %d counters", s.Seconds, s.Keys)
	small, err := l.steady(ctx, s.Keys)
	if err != nil {
		return err
	}
	figure{Name: "chain.steady_tps", Value: small.tps, Unit: "tx/s"}.print()
	figure{Name: "chain.p50_ms", Value: small.p50, Unit: "ms"}.print()
	figure{Name: "chain.p99_ms", Value: small.p99, Unit: "ms"}.print()
	figure{Name: "chain.cpu_ms_per_tx", Value: small.cpu, Unit: "ms"}.print()
	if s.KeysLarge > 0 {
		progress("writing %d counters", s.KeysLarge)
		if err := l.seed(ctx, s.KeysLarge); err != nil {
			return err
		}
		progress("load of %d s over %d counters", s.Seconds, s.KeysLarge)
		large, err := l.steady(ctx, s.KeysLarge)
		if err != nil {
			return err
		}
		figure{Name: "chain.steady_tps_1m", Value: large.tps, Unit: "tx/s"}.print()
		figure{Name: "chain.p50_ms_1m", Value: large.p50, Unit: "ms"}.print()
		figure{Name: "chain.p99_ms_1m", Value: large.p99, Unit: "ms"}.print()
		figure{Name: "chain.cpu_ms_per_tx_1m", Value: large.cpu, Unit: "ms"}.print()
	}
	mem, err := n.Memory()
	if err != nil {
		return err
	}
	figure{Name: "chain.memory_mb", Value: float64(mem) / (1 << 20), Unit: "MB"}.print()
	b, err := json.Marshal(map[string]any{"settings": s})
	if err != nil {
		return err
	}
	fmt.Println(string(b))
	return nil
}

// idle measures the node's use of a core while nobody asks anything of it.
func idle(ctx context.Context, n *testbed.Node, s *settings) error {
	// The block after the last tx, and what follows a start, should be over.
	if err := pause(ctx, 3*time.Second); err != nil {
		return err
	}
	before, err := n.CPU()
	if err != nil {
		return err
	}
	start := time.Now()
	if err := pause(ctx, time.Duration(s.IdleSeconds)*time.Second); err != nil {
		return err
	}
	after, err := n.CPU()
	if err != nil {
		return err
	}
	figure{Name: "devnet.idle_cpu_percent", Value: 100 * (after - before).Seconds() / time.Since(start).Seconds(), Unit: "% of a core"}.print()
	return nil
}

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

func progress(format string, args ...any) {
	fmt.Fprintf(os.Stderr, "bench: "+format+"\n", args...)
}
