// Package testbed runs the real binary as a process of its own, for the scripts
// that measure it or kill it.
package testbed

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/chancery-chain/chancery/abci/node"
	"github.com/chancery-chain/chancery/app"
	"github.com/chancery-chain/chancery/app/key"
	"github.com/chancery-chain/chancery/client"
)

// Orgs and accounts of a test chain: organisation "city" operates, "bench-00"
// and so on hold the accounts, and the first account of bench-00 is its
// developer.
const (
	Operator = "city"
	ChainID  = "bench-1"
)

// Account is a key and the organisation that it acts for.
type Account struct {
	Key *key.Private
	Org string
}

// Accounts returns n accounts over n/100 organisations, at least one.
func Accounts(n int) ([]Account, error) {
	orgs := max(n/100, 1)
	accounts := make([]Account, n)
	for i := range accounts {
		seed := sha256.Sum256(fmt.Appendf(nil, "testbed account %d", i))
		k, err := key.FromSeed(key.Ed25519, seed[:])
		if err != nil {
			return nil, err
		}
		accounts[i] = Account{Key: k, Org: fmt.Sprintf("bench-%02d", i%orgs)}
	}
	return accounts, nil
}

// Genesis returns a genesis in which all accounts are members and quotas do not
// bind.
func Genesis(accounts []Account) *app.Genesis {
	const plenty = 1 << 60
	g := &app.Genesis{OperatorOrg: Operator, Orgs: []app.GenesisOrg{{Name: Operator, Title: Operator, GasPerPeriod: plenty}}}
	at := make(map[string]int)
	for i, a := range accounts {
		j, ok := at[a.Org]
		if !ok {
			j = len(g.Orgs)
			at[a.Org] = j
			g.Orgs = append(g.Orgs, app.GenesisOrg{Name: a.Org, Title: a.Org, GasPerPeriod: plenty})
		}
		var roles []string
		if i == 0 {
			roles = []string{"admin", "developer"}
		}
		g.Orgs[j].Members = append(g.Orgs[j].Members, app.GenesisMember{
			KeyType: "ed25519", PublicKey: a.Key.Public().Bytes, Roles: roles,
		})
	}
	return g
}

// Init makes a home with default settings, but that the node chooses its ports.
func Init(home string, g *app.Genesis) error {
	cfg := node.DefaultConfig()
	cfg.RPC.Listen, cfg.P2P.Listen = "127.0.0.1:0", "127.0.0.1:0"
	_, err := node.Init(home, node.InitOptions{Config: &cfg, ChainID: ChainID, App: g})
	return err
}

// Node is a running process.
type Node struct {
	cmd  *exec.Cmd
	done chan error
	log  *bytes.Buffer
	URL  string // another one at every start
}

// startLimit is the longest time that a node may take to start. It may have blocks
// to replay, and the machine other things to do.
const startLimit = 3 * time.Minute

// Start runs "binary start" on a home and waits until the node answers and has a
// block.
func Start(ctx context.Context, binary, home string) (*Node, error) {
	// A node that was killed has left the file.
	urlFile := filepath.Join(home, "rpc_url")
	if err := os.Remove(urlFile); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	n := &Node{log: new(bytes.Buffer), done: make(chan error, 1)}
	n.cmd = exec.Command(binary, "start", "--home", home)
	n.cmd.Stdout, n.cmd.Stderr = io.Discard, n.log
	if err := n.cmd.Start(); err != nil {
		return nil, err
	}
	go func() { n.done <- n.cmd.Wait() }()
	ctx, cancel := context.WithTimeout(ctx, startLimit)
	defer cancel()
	for {
		if b, err := os.ReadFile(urlFile); err == nil {
			n.URL = strings.TrimSpace(string(b))
			if answers(ctx, n.URL) {
				return n, nil
			}
		}
		select {
		case err := <-n.done:
			return nil, fmt.Errorf("the node ended: %w\n%s", err, n.log)
		case <-ctx.Done():
			n.Kill()
			return nil, fmt.Errorf("the node does not answer: %w", ctx.Err())
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// answers says whether a node is there and has a block.
func answers(ctx context.Context, url string) bool {
	c, err := client.Dial(url)
	if err != nil {
		return false
	}
	s, err := c.Status(ctx)
	return err == nil && s.Height > 0
}

// Kill ends the process with SIGKILL.
func (n *Node) Kill() {
	n.cmd.Process.Signal(syscall.SIGKILL)
	<-n.done
}

// Stop ends the process as an operator would, and reports how it ended.
func (n *Node) Stop() error {
	if err := n.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	if err := <-n.done; err != nil {
		return fmt.Errorf("%w\n%s", err, n.log)
	}
	return nil
}

// ticksPerSecond is USER_HZ, which is 100 on every Linux that Go runs on.
const ticksPerSecond = 100

// CPU returns the processor time that the process has used.
func (n *Node) CPU() (time.Duration, error) {
	f, err := n.stat()
	if err != nil {
		return 0, err
	}
	user, err1 := strconv.ParseInt(f[11], 10, 64)
	system, err2 := strconv.ParseInt(f[12], 10, 64)
	return time.Duration(user+system) * time.Second / ticksPerSecond, errors.Join(err1, err2)
}

// Memory returns the process's resident memory in bytes.
func (n *Node) Memory() (int64, error) {
	f, err := n.stat()
	if err != nil {
		return 0, err
	}
	pages, err := strconv.ParseInt(f[21], 10, 64)
	return pages * int64(os.Getpagesize()), err
}

// stat returns the fields of /proc/PID/stat after the process's name.
func (n *Node) stat() ([]string, error) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", n.cmd.Process.Pid))
	if err != nil {
		return nil, err
	}
	_, rest, _ := bytes.Cut(b, []byte(") "))
	var fields []string
	for _, f := range bytes.Fields(rest) {
		fields = append(fields, string(f))
	}
	if len(fields) < 22 {
		return nil, errors.New("unexpected /proc/PID/stat")
	}
	return fields, nil
}

// CommitTimeout returns a home's pause between blocks as text.
func CommitTimeout(home string) (string, error) {
	cfg, err := node.LoadConfig(home)
	return cfg.Consensus.Commit.String(), err
}
