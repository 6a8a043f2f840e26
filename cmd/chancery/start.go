package main

import (
	"errors"
	"fmt"
	"net"
	"os"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/chancery-chain/chancery/abci/node"
	"github.com/chancery-chain/chancery/app"
	"github.com/chancery-chain/chancery/cmd/chancery/internal/genesis"
	"github.com/chancery-chain/chancery/cmd/chancery/internal/host"
	"github.com/chancery-chain/chancery/cmd/chancery/internal/terminal"
)

func (c *cli) initCommand() *cobra.Command {
	var o initOptions
	cmd := &cobra.Command{
		Use: "init", Short: "Make a node's home: keys and settings, and the genesis of a chain of its own", Args: args(0, 0),
		Long: "Make a node's home folder. Without --chain-id the node waits for the genesis of a chain that several organisations begin, or that exists " +
			"(chancery genesis install). With --chain-id it is the one validator of a new chain, which begins with one operating organisation, whose " +
			"first member is --operator-key.",
		Example: `  chancery init --moniker records-1 --address 10.0.1.12:26656

  chancery key new operator
  chancery init --chain-id my-city --operator-org city --operator-key operator`,
		RunE: func(cmd *cobra.Command, _ []string) error { return c.initHome(cmd, o) },
	}
	f := cmd.Flags()
	f.StringVar(&o.moniker, "moniker", "", "the node's name for people; a validator's is of the form of an organisation's name")
	f.StringVar(&o.address, "address", "", "host:port by which other nodes reach this one, in one private network")
	f.StringVar(&o.rpc, "rpc", "", "host:port of the API (default 127.0.0.1:26680)")
	f.StringVar(&o.chainID, "chain-id", "", "id of a new chain")
	f.StringVar(&o.org, "operator-org", "city", "operating organisation of a new chain")
	f.StringVar(&o.title, "operator-title", "", "its title for people")
	f.StringVar(&o.key, "operator-key", "", "its first member: a key's name or a public key")
	f.Uint64Var(&o.gas, "gas-per-period", 1_000_000_000_000, "its gas per period")
	f.StringVar(&o.state, "app-state", "", "file with the whole app_state as JSON, instead of the operator flags")
	return cmd
}

type initOptions struct {
	chainID, org, title, key, state, moniker, address, rpc string
	gas                                                    uint64
}

func (c *cli) initHome(cmd *cobra.Command, o initOptions) error {
	opts := node.InitOptions{ChainID: o.chainID}
	if o.chainID == "" {
		for _, name := range []string{"operator-org", "operator-title", "operator-key", "gas-per-period", "app-state"} {
			if cmd.Flags().Changed(name) {
				return terminal.Hint(usagef("--chain-id is missing"), "--%s is for a new chain: name it with --chain-id", name)
			}
		}
		if o.moniker == "" {
			return terminal.Hint(usagef("--moniker is missing"), "name the node with --moniker, and its --address, where it joins others; for a chain of its own give --chain-id")
		}
	}
	_, err := os.Stat(node.ConfigFile(c.home))
	set := err == nil
	if set && o.chainID == "" {
		return terminal.Hint(fmt.Errorf("%s: %w", c.home, node.ErrExists), "change its settings in %s, or choose another folder with --home", node.ConfigFile(c.home))
	}
	if !set || o.moniker != "" || o.address != "" || o.rpc != "" {
		if opts.Config, err = c.settings(o, set); err != nil {
			return err
		}
	}
	if o.chainID != "" {
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
	file := host.Genesis(c.home)
	if o.chainID == "" {
		file = ""
	}
	c.term.Fields(
		terminal.Pair{Name: "home", Value: c.home},
		terminal.Pair{Name: "node id", Value: id.NodeID},
		terminal.Pair{Name: "genesis", Value: orNone(file)},
		terminal.Pair{Name: "settings", Value: node.ConfigFile(c.home)},
	)
	if file == "" {
		c.term.Printf("next: chancery node identity prints what the others must know, chancery genesis install takes their genesis")
	}
	return c.term.Value(map[string]any{
		"home": c.home, "node_id": id.NodeID, "genesis": file, "settings": node.ConfigFile(c.home),
	})
}

// settings are the flags' on top of the defaults, or of what the home has.
func (c *cli) settings(o initOptions, has bool) (*node.Config, error) {
	config := node.DefaultConfig()
	if has {
		var err error
		if config, err = node.LoadConfig(c.home); err != nil {
			return nil, err
		}
	}
	if o.moniker != "" {
		config.Moniker = o.moniker
	}
	if o.rpc != "" {
		config.RPC.Listen = o.rpc
	}
	if o.address == "" {
		return &config, nil
	}
	if err := genesis.CheckAddress(o.address); err != nil {
		return nil, usagef("--address: %v", err)
	}
	// Under a name a machine listens at whatever address it has.
	hostname, port, err := net.SplitHostPort(o.address)
	config.P2P.Listen, config.P2P.External, config.P2P.Private = o.address, o.address, true
	if net.ParseIP(hostname) == nil {
		config.P2P.Listen = net.JoinHostPort("0.0.0.0", port)
	}
	return &config, err
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
		Use: "start", Short: "Run the node of --home until Ctrl-C or SIGTERM", Args: args(0, 0),
		Long: "Run the node of --home until Ctrl-C or SIGTERM, on which it answers the requests at hand, finishes its block and exits with 0. " +
			"A second signal ends it at once; like a crash that loses nothing.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx := cmd.Context()
			r, err := host.Start(ctx, node.Options{Home: c.home, Version: version()})
			if err != nil {
				return c.startHint(err)
			}
			c.term.Printf("node of chain %s runs at %s; Ctrl-C stops it", r.Node.Status().ChainID, r.URL)
			if err := c.term.Value(map[string]any{"url": r.URL, "p2p": r.Node.P2PAddr()}); err != nil {
				return errors.Join(err, r.Stop())
			}
			return c.startHint(r.Wait(ctx))
		},
	}
}

// startHint adds to an error of a node what its operator can do.
func (c *cli) startHint(err error) error {
	if err == nil {
		return nil
	}
	if _, stat := os.Stat(node.ConfigFile(c.home)); errors.Is(stat, os.ErrNotExist) {
		return terminal.Hint(fmt.Errorf("%s is %w", c.home, node.ErrNoHome), "make it with chancery init, or try chancery devnet")
	}
	switch {
	case errors.Is(err, node.ErrNoGenesis):
		return terminal.Hint(err, "put it there with chancery genesis install")
	case errors.Is(err, node.ErrOtherGenesis):
		return terminal.Hint(err, "put the right genesis.json back, or move data/ away to begin with this one; keep data/priv_validator_state.json")
	case errors.Is(err, node.ErrRunning):
		return terminal.Hint(err, "chancery node status shows it")
	case errors.Is(err, node.ErrNoSigned):
		return signingHint(err)
	case errors.Is(err, syscall.EADDRINUSE):
		return terminal.Hint(err, "another program listens there; change rpc.listen or p2p.listen in %s", node.ConfigFile(c.home))
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		return terminal.Hint(err, "this machine does not have that address; change p2p.listen or rpc.listen in %s", node.ConfigFile(c.home))
	case errors.Is(err, syscall.ENOSPC):
		return terminal.Hint(err, "the disk is full: make room, then start the node again; nothing is lost")
	}
	return err
}
