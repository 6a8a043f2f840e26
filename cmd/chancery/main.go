// Command chancery is the whole of Chancery in one binary: the node, the tools
// for contracts, and the client.
//
// It exits with 0 for success, 1 for a failure and 2 for wrong usage. Results go
// to stdout, for people or with --json as one JSON value a line; progress and
// errors go to stderr.
package main

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"syscall"

	"github.com/chancery-chain/chancery/cmd/chancery/internal/terminal"
)

// Exit codes.
const (
	exitFailure = 1
	exitUsage   = 2
)

func main() { os.Exit(run()) }

func run() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	// After the first signal the default is back: a second one ends the process.
	context.AfterFunc(ctx, stop)

	c := &cli{term: &terminal.Terminal{Out: os.Stdout, Err: os.Stderr, In: os.Stdin}}
	err := c.root().ExecuteContext(ctx)
	if err == nil {
		return 0
	}
	c.term.Fail(err)
	var u *usageError
	if errors.As(err, &u) || !c.ran {
		return exitUsage
	}
	return exitFailure
}
