package main

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/chancery-chain/chancery/abci/node"
	"github.com/chancery-chain/chancery/app/tx"
	"github.com/chancery-chain/chancery/cmd/chancery/internal/genesis"
	"github.com/chancery-chain/chancery/cmd/chancery/internal/terminal"
)

func (c *cli) nodeIdentity() *cobra.Command {
	var admins []string
	var out string
	cmd := &cobra.Command{
		Use: "identity --org ORGANISATION", Short: "Say who the node of --home is, as a file for the others", Args: args(0, 0),
		Long: "Say who the node of --home is: its name, organisation, address and public keys, and with --admin the first admins of its organisation. " +
			"The file is what chancery genesis new and chancery node connect take. Nothing in it is secret.",
		Example: `  chancery node identity --org records --admin records-admin --out records-1.yaml`,
		RunE: func(*cobra.Command, []string) error {
			n, err := c.identity(admins)
			if err != nil {
				return err
			}
			if err := n.Validate(); err != nil {
				return err
			}
			b, err := n.Encode()
			if err != nil {
				return err
			}
			if out != "" {
				if err := os.WriteFile(out, b, 0o644); err != nil {
					return err
				}
				c.term.Printf("who this node is was written to %s", out)
				return c.term.Value(n)
			}
			if c.term.JSON {
				return c.term.Value(n)
			}
			_, err = c.term.Out.Write(b)
			return err
		},
	}
	cmd.Flags().StringSliceVar(&admins, "admin", nil, "first admins of the organisation: keys' names or public keys")
	cmd.Flags().StringVar(&out, "out", "", "file to write instead of stdout")
	return cmd
}

func (c *cli) identity(admins []string) (genesis.NodeFile, error) {
	var n genesis.NodeFile
	id, err := node.HomeIdentity(c.home)
	if err != nil {
		return n, terminal.Hint(err, "make it with chancery init --moniker NAME --address HOST:PORT")
	}
	config, err := node.LoadConfig(c.home)
	if err != nil {
		return n, err
	}
	switch {
	case c.org == "":
		return n, terminal.Hint(usagef("--org is missing"), "name the organisation that runs the node")
	case config.P2P.External == "":
		return n, terminal.Hint(errors.New("the settings do not say how other nodes reach this one"),
			"set p2p.external in %s to its host:port", node.ConfigFile(c.home))
	case tx.CheckValidatorName(config.Moniker) != nil:
		return n, terminal.Hint(tx.CheckValidatorName(config.Moniker), "set moniker in %s to such a name, %s-1 for example", node.ConfigFile(c.home), c.org)
	}
	n = genesis.NodeFile{
		Name: config.Moniker, Org: c.org, NodeID: id.NodeID, Address: config.P2P.External,
		Key: fmt.Sprintf("%s:%x", id.Validator.Type(), id.Validator.Bytes()),
	}
	for _, a := range admins {
		_, pub, err := c.publicKey(a)
		if err != nil {
			return n, err
		}
		n.Admins = append(n.Admins, publicText(pub))
	}
	return n, nil
}

func (c *cli) nodeConnect() *cobra.Command {
	var only bool
	cmd := &cobra.Command{
		Use: "connect FILE…", Short: "Set which nodes the one of --home stays connected to, from their files", Args: args(1, 100),
		Long: "Set in the node's settings which nodes it stays connected to. Give all nodes the same files: of two nodes one dials the other, the one with the " +
			"greater id, because two that dial each other at the same moment lose both connections. A node that is not among the files itself dials all of them. " +
			"With --only no other node may connect; without, whoever reaches the port can follow the chain and read all of it. A node that was closed so stays closed, " +
			"to all but the files' nodes, until --only=false. It holds from the node's next start on; the settings' file is written anew.",
		Example: `  chancery node connect --only nodes/*.yaml`,
		RunE: func(cmd *cobra.Command, files []string) error {
			id, err := node.HomeIdentity(c.home)
			if err != nil {
				return terminal.Hint(err, "make it with chancery init --moniker NAME --address HOST:PORT")
			}
			config, err := node.LoadConfig(c.home)
			if err != nil {
				return err
			}
			var nodes []genesis.NodeFile
			for _, file := range files {
				n, err := genesis.ReadNodeFile(file)
				if err != nil {
					return err
				}
				if slices.ContainsFunc(nodes, func(o genesis.NodeFile) bool { return o.NodeID == n.NodeID }) {
					return fmt.Errorf("%s: node_id: is another node's of these files", file)
				}
				nodes = append(nodes, n)
			}
			slices.SortFunc(nodes, func(a, b genesis.NodeFile) int { return strings.Compare(a.NodeID, b.NodeID) })
			self := slices.IndexFunc(nodes, func(n genesis.NodeFile) bool { return n.NodeID == id.NodeID })
			peers := []string{}
			var rows [][]string
			for i, n := range nodes {
				how := "this one dials"
				switch {
				case i == self:
					how = "this node"
				case self >= 0 && i > self:
					how = "that one dials"
				default:
					peers = append(peers, n.Peer())
				}
				rows = append(rows, []string{n.Name, n.Org, n.Address, n.NodeID, how})
			}
			config.P2P.PersistentPeers = peers
			if !cmd.Flags().Changed("only") {
				only = len(config.P2P.Only) > 0
			}
			config.P2P.Only = []string{}
			for _, n := range nodes {
				if only {
					config.P2P.Only = append(config.P2P.Only, n.NodeID)
				}
			}
			if err := config.Save(c.home); err != nil {
				return err
			}
			c.term.Table([]string{"NODE", "ORGANISATION", "ADDRESS", "ID", "CONNECTION"}, rows)
			return c.term.Value(map[string]any{"persistent_peers": peers, "only": config.P2P.Only, "settings": node.ConfigFile(c.home)})
		},
	}
	cmd.Flags().BoolVar(&only, "only", false, "let no other node connect")
	return cmd
}
