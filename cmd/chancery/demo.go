package main

import (
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/chancery-chain/chancery/cmd/chancery/internal/demo"
	"github.com/chancery-chain/chancery/cmd/chancery/internal/terminal"
)

func (c *cli) demoCommand() *cobra.Command {
	var o demo.Options
	cmd := &cobra.Command{
		Use: "demo --file FILE", Short: "Show everything once: a chain, a contract, a file anchored, a proof verified offline", Args: args(0, 0),
		Long: "Start a chain in a fresh folder, build the evidence contract with standard Go, upload and deploy it, anchor the digests of a file, " +
			"read the record back, fetch a proof, stop the chain, and verify the proof offline. The last line is a JSON value.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			if o.File == "" {
				return terminal.Hint(usagef("--file is missing"), "name any file: its digests are anchored, its content never leaves this machine")
			}
			if _, err := os.Stat(filepath.Join(o.Contract, "proto")); err != nil {
				return terminal.Hint(fmt.Errorf("%s holds no contract", o.Contract), "run the demo in the project's folder, or name examples/evidence with --contract")
			}
			o.Home, o.Version = c.home, version()
			if !cmd.Flags().Changed("home") {
				dir, err := os.MkdirTemp("", "chancery-demo-")
				if err != nil {
					return err
				}
				defer os.RemoveAll(dir)
				o.Home = dir
			}
			if !cmd.Flags().Changed("timeout") {
				c.timeout = 10 * time.Minute // a first build of the contract compiles Go's library
			}
			ctx, cancel := c.withTimeout(cmd)
			defer cancel()
			sum, err := demo.Run(ctx, c.term, o)
			if err != nil {
				return err
			}
			return c.term.Line(sum)
		},
	}
	cmd.Flags().StringVar(&o.File, "file", "", "file whose digests are anchored")
	cmd.Flags().StringVar(&o.Contract, "contract", "examples/evidence", "folder of the evidence contract")
	return cmd
}
