package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/chancery-chain/chancery/abci/node"
	"github.com/chancery-chain/chancery/app"
	"github.com/chancery-chain/chancery/cmd/chancery/internal/host"
	"github.com/chancery-chain/chancery/cmd/chancery/internal/terminal"
)

func (c *cli) initCommand() *cobra.Command {
	var o initOptions
	cmd := &cobra.Command{
		Use: "init", Short: "Make a node's home: keys, settings and genesis", Args: args(0, 0),
		Long: "Make a node's home folder. A new chain begins with one operating organisation, whose first member is --operator-key; " +
			"with --genesis the node joins a chain that exists.",
		Example: `  chancery key new operator
  chancery init --chain-id my-city --operator-org city --operator-key operator
  chancery init --genesis genesis.json`,
		RunE: func(*cobra.Command, []string) error { return c.initHome(o) },
	}
	f := cmd.Flags()
	f.StringVar(&o.chainID, "chain-id", "", "id of a new chain")
	f.StringVar(&o.org, "operator-org", "city", "operating organisation of a new chain")
	f.StringVar(&o.title, "operator-title", "", "its title for people")
	f.StringVar(&o.key, "operator-key", "", "its first member: a key's name or a public key")
	f.Uint64Var(&o.gas, "gas-per-period", 1_000_000_000_000, "its gas per period")
	f.StringVar(&o.state, "app-state", "", "file with the whole app_state as JSON, instead of the operator flags")
	f.StringVar(&o.genesis, "genesis", "", "genesis.json of a chain to join")
	f.StringVar(&o.moniker, "moniker", "", "the node's name for people")
	return cmd
}

type initOptions struct {
	chainID, org, title, key, state, genesis, moniker string
	gas                                               uint64
}

func (c *cli) initHome(o initOptions) error {
	config := node.DefaultConfig()
	if o.moniker != "" {
		config.Moniker = o.moniker
	}
	opts := node.InitOptions{Config: &config, ChainID: o.chainID}
	var err error
	switch {
	case o.genesis != "":
		if opts.Genesis, err = os.ReadFile(o.genesis); err != nil {
			return err
		}
	case o.chainID == "":
		return terminal.Hint(usagef("--chain-id is missing"), "name a new chain with --chain-id, or join one with --genesis")
	default:
		if opts.App, err = c.genesisState(o); err != nil {
			return err
		}
	}
	id, err := node.Init(c.home, opts)
	if errors.Is(err, node.ErrExists) {
		return terminal.Hint(err, "choose another folder with --home")
	}
	if err != nil {
		return err
	}
	c.term.Fields(
		terminal.Pair{Name: "home", Value: c.home},
		terminal.Pair{Name: "node id", Value: id.NodeID},
		terminal.Pair{Name: "genesis", Value: host.Genesis(c.home)},
		terminal.Pair{Name: "settings", Value: node.ConfigFile(c.home)},
	)
	return c.term.Value(map[string]any{
		"home": c.home, "node_id": id.NodeID, "genesis": host.Genesis(c.home), "settings": node.ConfigFile(c.home),
	})
}

// genesisState makes the state of a new chain.
func (c *cli) genesisState(o initOptions) (*app.Genesis, error) {
	if o.state != "" {
		b, err := os.ReadFile(o.state)
		if err != nil {
			return nil, err
		}
		return app.ParseGenesis(b)
	}
	if o.key == "" {
		return nil, terminal.Hint(usagef("--operator-key is missing"), "make one with chancery key new operator --home %s", c.home)
	}
	_, pub, err := c.publicKey(o.key)
	if err != nil {
		return nil, err
	}
	if o.title == "" {
		o.title = o.org
	}
	g := &app.Genesis{OperatorOrg: o.org, Orgs: []app.GenesisOrg{{
		Name: o.org, Title: o.title, GasPerPeriod: o.gas,
		Members: []app.GenesisMember{{KeyType: pub.Type.String(), PublicKey: pub.Bytes, Roles: []string{"admin", "operator"}}},
	}}}
	return g, g.Validate()
}

func (c *cli) startCommand() *cobra.Command {
	return &cobra.Command{
		Use: "start", Short: "Run the node of --home until Ctrl-C", Args: args(0, 0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if _, err := os.Stat(host.Genesis(c.home)); errors.Is(err, os.ErrNotExist) {
				return terminal.Hint(fmt.Errorf("%s is no node's home", c.home), "make it with chancery init, or try chancery devnet")
			}
			ctx := cmd.Context()
			r, err := host.Start(ctx, node.Options{Home: c.home, Version: version()})
			if err != nil {
				return err
			}
			c.term.Printf("node of chain %s runs at %s; Ctrl-C stops it", r.Node.Status().ChainID, r.URL)
			if err := c.term.Value(map[string]any{"url": r.URL, "p2p": r.Node.P2PAddr()}); err != nil {
				return errors.Join(err, r.Stop())
			}
			return r.Wait(ctx)
		},
	}
}
