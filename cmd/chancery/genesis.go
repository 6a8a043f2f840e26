package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/chancery-chain/chancery/abci/node"
	"github.com/chancery-chain/chancery/cmd/chancery/internal/genesis"
	"github.com/chancery-chain/chancery/cmd/chancery/internal/host"
	"github.com/chancery-chain/chancery/cmd/chancery/internal/terminal"
)

func (c *cli) genesisCommand() *cobra.Command {
	cmd := group(&cobra.Command{Use: "genesis", Short: "Begin a chain of several organisations"})
	cmd.AddCommand(c.genesisNew(), c.genesisShow(), c.genesisInstall())
	return cmd
}

func (c *cli) genesisNew() *cobra.Command {
	var out string
	cmd := &cobra.Command{
		Use: "new FILE", Short: "Make a genesis.json from a file that people can read", Args: args(1, 1),
		Long: `Make a genesis.json from a file of YAML that says how a chain begins:

  chain_id: my-city
  genesis_time: 2026-03-02T09:00:00+08:00   # nodes wait for it; left out: now
  operator_org: city                        # admits organisations, sets quotas
  orgs:
    - name: city
      title: City government
      kind: government                      # kind, uscc, parent, stored_bytes: as wanted
      gas_per_period: 1000000000000
      members:                              # beside the admins that its nodes' files name
        - {key: "ed25519:…", roles: [auditor]}
  committee: [city, records, housing, land]
  validators:
    - {node: city-1.yaml, power: 10}        # what chancery node identity wrote
  rules:                                    # where they differ from the usual ones
    - {kind: quota, threshold: 6666, operator_alone: false}
  params: {voting_seconds: 604800}

The admins that a node's file names get the roles admin and operator in its organisation.
The same files make the same genesis.json, if genesis_time is given.`,
		Example: `  chancery genesis new city.yaml --out genesis.json`,
		RunE: func(_ *cobra.Command, args []string) error {
			o, err := genesis.Read(args[0])
			if err != nil {
				return terminal.Hint(err, "chancery genesis new --help shows the fields")
			}
			doc, err := node.NewGenesis(o)
			if err != nil {
				return err
			}
			g, err := node.ReadGenesis(doc)
			if err != nil {
				return err
			}
			f, err := os.OpenFile(out, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
			if errors.Is(err, os.ErrExist) {
				return terminal.Hint(err, "move the old one away, or name another with --out")
			}
			if err != nil {
				return err
			}
			if _, err := f.Write(doc); err != nil {
				return errors.Join(err, f.Close())
			}
			if err := f.Close(); err != nil {
				return err
			}
			if err := c.printGenesis(g); err != nil {
				return err
			}
			c.term.Printf("\nnext: give %s and the nodes' files to all; they look at it with chancery genesis show", out)
			return nil
		},
	}
	cmd.Flags().StringVar(&out, "out", "genesis.json", "file to write")
	return cmd
}

func (c *cli) genesisShow() *cobra.Command {
	return &cobra.Command{
		Use: "show [FILE]", Short: "Check a genesis.json and say what it begins", Args: args(0, 1),
		Long: "Check a genesis.json, or the one in --home, as a node does that starts with it, and say what it begins: its hash, the validators, " +
			"organisations, members and committee, and what differs from the usual rules and parameters.",
		RunE: func(_ *cobra.Command, args []string) error {
			file := host.Genesis(c.home)
			if len(args) > 0 {
				file = args[0]
			}
			g, err := readGenesis(file)
			if err != nil {
				return err
			}
			return c.printGenesis(g)
		},
	}
}

func readGenesis(file string) (*node.Genesis, error) {
	doc, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	g, err := node.ReadGenesis(doc)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return g, nil
}

func (c *cli) genesisInstall() *cobra.Command {
	var hash string
	cmd := &cobra.Command{
		Use: "install FILE", Short: "Put a genesis.json into the home of a node that waits for one", Args: args(1, 1),
		Example: `  chancery init --moniker records-1 --address 10.0.1.12:26656
  chancery genesis install genesis.json --sha256 9f86d081…`,
		RunE: func(_ *cobra.Command, args []string) error {
			doc, err := os.ReadFile(args[0])
			if err != nil {
				return err
			}
			g, err := node.ReadGenesis(doc)
			if err != nil {
				return fmt.Errorf("%s: %w", args[0], err)
			}
			is := fmt.Sprintf("%x", g.SHA256)
			if hash != "" {
				want, err := parseHash("SHA-256", hash)
				if err != nil {
					return err
				}
				if want != g.SHA256 {
					return terminal.Hint(fmt.Errorf("%s has the hash %s, not %s", args[0], is, hash), "ask who made it for the file again")
				}
			}
			switch err := node.InstallGenesis(c.home, doc); {
			case errors.Is(err, node.ErrNoHome):
				return terminal.Hint(err, "make it with chancery init --moniker NAME --address HOST:PORT")
			case errors.Is(err, node.ErrOtherGenesis):
				return terminal.Hint(err, "a node belongs to one chain: choose another --home, or delete %s if that chain never began", host.Genesis(c.home))
			case err != nil:
				return err
			}
			role := c.roleIn(g)
			c.term.Fields(
				terminal.Pair{Name: "chain", Value: g.ChainID},
				terminal.Pair{Name: "sha256", Value: is},
				terminal.Pair{Name: "genesis", Value: host.Genesis(c.home)},
				terminal.Pair{Name: "this node", Value: role},
			)
			c.term.Printf("next: chancery node connect with the files of the nodes, then chancery start")
			return c.term.Value(map[string]any{"chain_id": g.ChainID, "sha256": is, "genesis": host.Genesis(c.home), "this_node": role})
		},
	}
	cmd.Flags().StringVar(&hash, "sha256", "", "hash that the file must have")
	return cmd
}

// roleIn says what the node of --home is in a chain; "" when there is no node.
func (c *cli) roleIn(g *node.Genesis) string {
	id, err := node.HomeIdentity(c.home)
	if err != nil {
		return ""
	}
	for _, v := range g.Validators {
		if v.PubKey.Equals(id.Validator) {
			return fmt.Sprintf("validator %s of %s", v.Name, v.Org)
		}
	}
	return "no validator of the genesis: it follows the chain"
}
