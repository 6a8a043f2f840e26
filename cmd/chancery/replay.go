package main

import (
	"encoding/hex"
	"fmt"
	"log/slog"
	"os"

	"github.com/spf13/cobra"

	"github.com/chancery-chain/chancery/abci/node"
	"github.com/chancery-chain/chancery/cmd/chancery/internal/terminal"
	"github.com/chancery-chain/chancery/runtime"
)

func (c *cli) replayCommand() *cobra.Command {
	var interpreter bool
	cmd := &cobra.Command{
		Use: "replay", Short: "Execute all blocks of a stopped node again and compare the app hashes", Args: args(0, 0),
		Long: "Execute all blocks of a home from the genesis on, in a temporary folder, and compare the app hash after each with the header that carries it. " +
			"The node of the home must be stopped; nothing in the home is changed.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			dir, err := os.MkdirTemp("", "chancery-replay-")
			if err != nil {
				return err
			}
			defer os.RemoveAll(dir)
			stop := c.term.Progress("executing the blocks of %s", c.home)
			r, err := node.Replay(cmd.Context(), node.ReplayOptions{
				Home: c.home, Dir: dir, Runtime: runtime.Config{Interpreter: interpreter}, Logger: slog.New(slog.DiscardHandler),
			})
			stop()
			if err != nil {
				return err
			}
			c.term.Fields(
				terminal.Pair{Name: "height", Value: r.Height},
				terminal.Pair{Name: "txs", Value: r.Txs},
				terminal.Pair{Name: "app hash", Value: fmt.Sprintf("%x, as the headers have it", r.AppHash)},
			)
			return c.term.Value(map[string]any{"height": r.Height, "txs": r.Txs, "app_hash": hex.EncodeToString(r.AppHash)})
		},
	}
	cmd.Flags().BoolVar(&interpreter, "interpreter", false, "run contracts with the interpreter instead of the compiler")
	return cmd
}
