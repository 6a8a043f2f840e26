package main

import (
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/chancery-chain/chancery/abci/node"
	"github.com/chancery-chain/chancery/cmd/chancery/internal/devnet"
	"github.com/chancery-chain/chancery/cmd/chancery/internal/host"
)

func (c *cli) devnetCommand() *cobra.Command {
	var fresh, verbose bool
	cmd := &cobra.Command{
		Use: "devnet", Short: "Keep a chain running to try things on, with ready-made accounts", Args: args(0, 0),
		Long: "Run a chain with one validator in the folder devnet, or that of --home, until Ctrl-C. " +
			"The next run goes on where it stopped. Its keys are not encrypted. A busy port is replaced by a free one.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			if !cmd.Flags().Changed("home") {
				c.home = "devnet"
			}
			return c.devnet(cmd, fresh, verbose)
		},
	}
	cmd.Flags().BoolVar(&fresh, "fresh", false, "begin a new chain: delete the old one and its keys")
	cmd.Flags().BoolVar(&verbose, "verbose", false, "write the node's log on stderr from info on, not only warnings")
	return cmd
}

func (c *cli) devnet(cmd *cobra.Command, fresh, verbose bool) error {
	if fresh {
		if err := devnet.Wipe(c.home); err != nil {
			return err
		}
	}
	accounts, made, err := devnet.Prepare(c.home)
	if err != nil {
		return err
	}
	level := slog.LevelWarn
	if verbose {
		level = slog.LevelInfo
	}
	ctx := cmd.Context()
	stop := c.term.Progress("starting the chain")
	r, err := host.StartAlone(ctx, node.Options{
		Home: c.home, Version: version(), FreePorts: true,
		Logger: slog.New(slog.NewTextHandler(c.term.Err, &slog.HandlerOptions{Level: level})),
	})
	stop()
	if err != nil {
		return err
	}
	if err := c.printDevnet(accounts, made, r); err != nil {
		return errors.Join(err, r.Stop())
	}
	if err := r.Wait(ctx); err != nil {
		return err
	}
	c.term.Printf("stopped; chancery devnet goes on with it")
	return nil
}

func (c *cli) printDevnet(accounts []devnet.Account, made bool, r *host.Running) error {
	var rows [][]string
	view := []any{}
	for _, a := range accounts {
		rows = append(rows, []string{a.Name, a.Org, strings.Join(a.Roles, ", "), a.Address.String()})
		view = append(view, map[string]any{"key": a.Name, "org": a.Org, "roles": a.Roles, "address": a.Address.String()})
	}
	c.term.Table([]string{"KEY", "ORG", "ROLES", "ADDRESS"}, rows)
	how := "a new one"
	if !made {
		how = "kept from before"
	}
	self := "chancery"
	if exe, err := os.Executable(); err == nil && filepath.Base(os.Args[0]) != os.Args[0] {
		self = relative(exe)
	}
	with := self + " --home " + c.home
	c.term.Printf(`
chain     %[1]s, %[2]s, in %[3]s
RPC       %[4]s

Try next, in another terminal:
  %[5]s contract new records/notes
  %[5]s contract build notes
  %[6]s --key records-dev contract upload notes/notes.wasm
  %[6]s --key records-dev contract deploy records/notes notes/notes.wasm
  %[6]s --key records-clerk contract call records/notes Put '{"id":"1","text":"good morning"}'
  %[6]s contract query records/notes Get '{"id":"1"}'
  curl -H 'Content-Type: application/json' -d '{"id":"1"}' \
    %[4]s/c/records/notes/records.notes.v1.NotesService/Get

Ctrl-C stops the chain.`, devnet.ChainID, how, c.home, r.URL, self, with)
	return c.term.Value(map[string]any{
		"chain_id": devnet.ChainID, "url": r.URL, "home": c.home, "made": made, "accounts": view,
	})
}

// relative shortens a path below the working folder.
func relative(path string) string {
	wd, err := os.Getwd()
	if err != nil {
		return path
	}
	if rel, err := filepath.Rel(wd, path); err == nil && !strings.HasPrefix(rel, "..") {
		return rel
	}
	return path
}
