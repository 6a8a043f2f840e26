// Package host runs a node in this process until it is told to stop, and leaves
// word in its home where it can be reached.
package host

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/chancery-chain/chancery/abci/node"
	"github.com/chancery-chain/chancery/app"
)

// Keys returns the folder of a home's keyring.
func Keys(home string) string { return filepath.Join(home, "keys") }

// Genesis returns the path of a home's genesis.
func Genesis(home string) string { return filepath.Join(home, "config", "genesis.json") }

func urlFile(home string) string { return filepath.Join(home, "rpc_url") }

// RunningURL returns the URL of the node that runs in a home, or "" when none
// does. After a crash it may name a node that is gone.
func RunningURL(home string) string {
	b, err := os.ReadFile(urlFile(home))
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(b))
}

// Running is a node that runs.
type Running struct {
	Node *node.Node
	URL  string // of its Connect API
	home string
}

// Start starts a node and leaves its URL in its home.
func Start(ctx context.Context, o node.Options) (*Running, error) {
	r, err := start(ctx, o)
	if err != nil {
		return nil, err
	}
	return r, r.leaveURL()
}

// StartAlone is Start for a chain with no other validator. It waits for the first
// block, so that the state can be read.
func StartAlone(ctx context.Context, o node.Options) (*Running, error) {
	r, err := start(ctx, o)
	if err != nil {
		return nil, err
	}
	if err := r.firstBlock(ctx); err != nil {
		return nil, errors.Join(err, r.Node.Stop())
	}
	return r, r.leaveURL()
}

func start(ctx context.Context, o node.Options) (*Running, error) {
	n, err := node.New(o)
	if err != nil {
		return nil, err
	}
	if err := n.Start(ctx); err != nil {
		return nil, err
	}
	return &Running{Node: n, URL: "http://" + n.RPCAddr(), home: o.Home}, nil
}

// leaveURL stops the node when it cannot. Who waits for the file finds all of it
// or none.
func (r *Running) leaveURL() error {
	part := urlFile(r.home) + ".part"
	err := os.WriteFile(part, []byte(r.URL+"\n"), 0o644)
	if err == nil {
		err = os.Rename(part, urlFile(r.home))
	}
	if err != nil {
		return errors.Join(fmt.Errorf("leave the node's URL: %w", err), r.Node.Stop())
	}
	return nil
}

// firstBlock waits until the chain has a block, so that its state can be read.
func (r *Running) firstBlock(ctx context.Context) error {
	committed := make(chan struct{}, 1)
	cancel := r.Node.App().Subscribe(func(*app.BlockResult) {
		select {
		case committed <- struct{}{}:
		default:
		}
	})
	defer cancel()
	if r.Node.Status().Height > 0 {
		return nil
	}
	stopped := make(chan error, 1)
	go func() { stopped <- r.Node.Wait() }()
	select {
	case <-committed:
		return nil
	case err := <-stopped:
		return errors.Join(errors.New("the node stopped before its first block"), err)
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Wait returns when ctx has ended and the node has stopped, or when the node
// stopped by a fault of its own, which is the error.
func (r *Running) Wait(ctx context.Context) error {
	fault := make(chan error, 1)
	go func() { fault <- r.Node.Wait() }()
	select {
	case err := <-fault:
		return errors.Join(err, r.forget())
	case <-ctx.Done():
		return r.Stop()
	}
}

// Stop stops the node.
func (r *Running) Stop() error { return errors.Join(r.Node.Stop(), r.forget()) }

func (r *Running) forget() error {
	if err := os.Remove(urlFile(r.home)); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}
