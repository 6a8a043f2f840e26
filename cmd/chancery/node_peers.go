package main

import (
	"slices"
	"strings"

	"connectrpc.com/connect"
	"github.com/spf13/cobra"

	"github.com/chancery-chain/chancery/abci/node"
	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
)

func (c *cli) nodePeers() *cobra.Command {
	return &cobra.Command{
		Use: "peers", Short: "List the nodes that are connected, and those that should be", Args: args(0, 0),
		Long: "List the nodes that are connected to this one, under the names that they give themselves. For the node of --home, those are listed too " +
			"that its settings name and that are not connected.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx, cancel := c.withTimeout(cmd)
			defer cancel()
			cl, err := c.dial()
			if err != nil {
				return err
			}
			resp, err := cl.Node.ListPeers(ctx, connect.NewRequest(&chanceryv1.ListPeersRequest{}))
			if err != nil {
				return err
			}
			var rows [][]string
			for _, p := range resp.Msg.Peers {
				how := "that one dialled"
				if p.Outbound {
					how = "this one dialled"
				}
				rows = append(rows, []string{p.Name, p.NodeId, "for " + since(p.Since.AsTime()), how})
				if err := c.term.Value(map[string]any{
					"node_id": p.NodeId, "name": p.Name, "connected": true, "outbound": p.Outbound, "since": p.Since.AsTime(),
				}); err != nil {
					return err
				}
			}
			for _, peer := range c.missingPeers(resp.Msg.Peers) {
				id, address, _ := strings.Cut(peer, "@")
				rows = append(rows, []string{"-", id, "NOT CONNECTED", "this one dials " + address})
				if err := c.term.Value(map[string]any{"node_id": id, "connected": false, "address": address}); err != nil {
					return err
				}
			}
			c.term.Table([]string{"NAME", "ID", "CONNECTED", ""}, rows)
			return nil
		},
	}
}

// missingPeers are those that the settings of --home name and that are not
// connected, as "id@host:port".
func (c *cli) missingPeers(connected []*chanceryv1.Peer) []string {
	config, err := node.LoadConfig(c.home)
	if c.node != "" || err != nil {
		return nil // another node is asked, or there is none here
	}
	return slices.DeleteFunc(config.P2P.PersistentPeers, func(peer string) bool {
		return slices.ContainsFunc(connected, func(p *chanceryv1.Peer) bool { return strings.HasPrefix(peer, p.NodeId+"@") })
	})
}
