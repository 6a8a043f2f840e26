package main

import (
	"fmt"

	"connectrpc.com/connect"
	"github.com/spf13/cobra"

	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/cmd/chancery/internal/terminal"
)

func (c *cli) nodeCommand() *cobra.Command {
	cmd := group(&cobra.Command{Use: "node", Short: "Ask a node how it is"})
	cmd.AddCommand(c.nodeBlock(), &cobra.Command{
		Use: "status", Short: "Show the node's view of the chain", Args: args(0, 0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx, cancel := c.withTimeout(cmd)
			defer cancel()
			cl, err := c.dial()
			if err != nil {
				return err
			}
			s, err := cl.Status(ctx)
			if err != nil {
				return err
			}
			gov, err := cl.Governance.GetCommittee(ctx, connect.NewRequest(&chanceryv1.GetCommitteeRequest{}))
			if err != nil {
				return err
			}
			plan := gov.Msg.Upgrade
			c.term.Fields(
				terminal.Pair{Name: "chain", Value: s.ChainId},
				terminal.Pair{Name: "height", Value: s.Height},
				terminal.Pair{Name: "block time", Value: s.BlockTime.AsTime().Format("2006-01-02 15:04:05 MST") + ", " + since(s.BlockTime.AsTime()) + " ago"},
				terminal.Pair{Name: "app hash", Value: fmt.Sprintf("%x", s.AppHash)},
				terminal.Pair{Name: "catching up", Value: s.CatchingUp},
				terminal.Pair{Name: "earliest height", Value: s.EarliestHeight},
				terminal.Pair{Name: "mempool", Value: fmt.Sprintf("%d txs", s.MempoolTxs)},
				terminal.Pair{Name: "peers", Value: s.Peers},
				terminal.Pair{Name: "software", Value: fmt.Sprintf("%s, protocol version %d", s.SoftwareVersion, s.ProtocolVersion)},
				terminal.Pair{Name: "protocol upgrade", Value: upgradeText(plan)},
			)
			var planView any
			if plan != nil {
				planView = map[string]any{"version": plan.Version, "height": plan.Height, "proposal": plan.Proposal}
			}
			return c.term.Value(map[string]any{
				"chain_id": s.ChainId, "height": s.Height, "block_time": s.BlockTime.AsTime(), "app_hash": fmt.Sprintf("%x", s.AppHash),
				"catching_up": s.CatchingUp, "earliest_height": s.EarliestHeight, "mempool_txs": s.MempoolTxs, "peers": s.Peers,
				"software_version": s.SoftwareVersion, "protocol_version": s.ProtocolVersion, "protocol_upgrade": planView, "limits": s.Limits,
			})
		},
	})
	return cmd
}
