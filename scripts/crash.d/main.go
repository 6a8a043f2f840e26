// Command crash.d kills a node under load, again and again, and checks what is
// left; scripts/crash runs it.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"time"

	"github.com/chancery-chain/chancery/scripts/internal/testbed"
)

func main() {
	rounds := flag.Int("rounds", 20, "how often to kill the node")
	seed := flag.Uint64("seed", uint64(time.Now().UnixNano()), "seed of the moments to kill at")
	binary := flag.String("binary", "bin/chancery", "the binary to run")
	arm64 := flag.String("arm64", "", "qemu-aarch64, to replay on arm64 with bin/chancery-arm64")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := crash(ctx, *binary, *arm64, *rounds, *seed); err != nil {
		fmt.Fprintf(os.Stderr, "crash: seed %d: %v\n", *seed, err)
		os.Exit(1)
	}
	fmt.Printf("%d passed, 0 failed\n", *rounds)
}

func crash(ctx context.Context, binary, qemu string, rounds int, seed uint64) error {
	random := rand.New(rand.NewPCG(seed, 1))
	dir, err := os.MkdirTemp("", "chancery-crash-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	home := filepath.Join(dir, "home")
	accounts, err := testbed.Accounts(64)
	if err != nil {
		return err
	}
	if err := testbed.Init(home, testbed.Genesis(accounts)); err != nil {
		return err
	}
	l := &ledger{accounts: accounts, results: make(map[string]committed)}
	for round := 1; round <= rounds; round++ {
		n, err := testbed.Start(ctx, binary, home)
		if err != nil {
			return fmt.Errorf("round %d: %w", round, err)
		}
		if err := l.check(ctx, n, random); err != nil {
			n.Kill()
			return fmt.Errorf("round %d: %w", round, err)
		}
		if round == 1 {
			if err := l.deploy(ctx, n); err != nil {
				n.Kill()
				return err
			}
		}
		// The moment is drawn over a few blocks, so that it falls into every part
		// of one.
		after := 150*time.Millisecond + time.Duration(random.IntN(1500))*time.Millisecond
		count, err := l.load(ctx, n, after)
		if err != nil {
			return fmt.Errorf("round %d: %w", round, err)
		}
		fmt.Printf("round %d: killed after %v, %d txs committed before, %d in all\n", round, after, count, len(l.results))
	}
	n, err := testbed.Start(ctx, binary, home)
	if err != nil {
		return err
	}
	if err := l.check(ctx, n, nil); err != nil {
		n.Kill()
		return err
	}
	fmt.Printf("all %d committed txs are there with their results\n", len(l.results))
	if err := n.Stop(); err != nil {
		return fmt.Errorf("stop: %w", err)
	}
	return replays(ctx, binary, qemu, home)
}

// replays executes the chain's blocks again in every way there is and compares
// the app hashes.
func replays(ctx context.Context, binary, qemu, home string) error {
	ways := []struct {
		name string
		args []string
	}{
		{"compiler", []string{binary, "replay"}},
		{"interpreter", []string{binary, "replay", "--interpreter"}},
		{"arm64", []string{qemu, binary + "-arm64", "replay"}},
	}
	var hash string
	for _, w := range ways {
		if w.args[0] == "" {
			continue
		}
		start := time.Now()
		cmd := exec.CommandContext(ctx, w.args[0], append(w.args[1:], "--home", home, "--json")...)
		var stderr bytes.Buffer
		cmd.Stderr = &stderr
		out, err := cmd.Output()
		if err != nil {
			return fmt.Errorf("replay by %s: %w\n%s", w.name, err, stderr.String())
		}
		var r struct {
			Height  int64  `json:"height"`
			AppHash string `json:"app_hash"`
			Txs     int    `json:"txs"`
		}
		if err := json.Unmarshal(out, &r); err != nil {
			return fmt.Errorf("replay by %s: %w: %s", w.name, err, out)
		}
		if r.Txs == 0 {
			return errors.New("the replay had no txs")
		}
		fmt.Printf("replayed %d blocks with %d txs by %s in %v: app hash %s\n", r.Height, r.Txs, w.name, time.Since(start).Round(time.Millisecond), r.AppHash)
		if hash == "" {
			hash = r.AppHash
		}
		if r.AppHash != hash {
			return fmt.Errorf("app hashes differ: %s and %s", hash, r.AppHash)
		}
	}
	return nil
}
