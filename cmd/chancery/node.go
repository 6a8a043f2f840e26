package main

import (
	"context"
	"fmt"
	"time"

	"connectrpc.com/connect"
	"github.com/spf13/cobra"

	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/client"
	"github.com/chancery-chain/chancery/cmd/chancery/internal/terminal"
)

func (c *cli) nodeCommand() *cobra.Command {
	cmd := group(&cobra.Command{Use: "node", Short: "Ask a node how it is, and connect it"})
	cmd.AddCommand(c.nodeBlock(), c.nodeStatus(), c.nodePeers(), c.nodeIdentity(), c.nodeConnect())
	return cmd
}

func (c *cli) nodeStatus() *cobra.Command {
	var maxAge time.Duration
	cmd := &cobra.Command{
		Use: "status", Short: "Show the node's view of the chain", Args: args(0, 0),
		Long: "Show the node's view of the chain. With --max-age it is a check for monitoring: it exits with 1 when no node answers, when the node " +
			"is behind its peers, or when its last block is older.",
		Example: `  chancery node status --max-age 30s --json`,
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
			if err := c.printStatus(ctx, cl, s); err != nil {
				return err
			}
			return unhealthy(s, maxAge)
		},
	}
	cmd.Flags().DurationVar(&maxAge, "max-age", 0, "fail when the node is behind, or its last block is older than this")
	return cmd
}

func (c *cli) printStatus(ctx context.Context, cl *client.Client, s *chanceryv1.StatusResponse) error {
	var plan *chanceryv1.UpgradePlan
	begun := "no block yet: it waits for its peers, or for the time of the genesis"
	if s.Height > 0 {
		gov, err := cl.Governance.GetCommittee(ctx, connect.NewRequest(&chanceryv1.GetCommitteeRequest{}))
		if err != nil {
			return err
		}
		plan = gov.Msg.Upgrade
		begun = s.BlockTime.AsTime().Format("2006-01-02 15:04:05 MST") + ", " + since(s.BlockTime.AsTime()) + " ago"
	}
	c.term.Fields(
		terminal.Pair{Name: "chain", Value: s.ChainId},
		terminal.Pair{Name: "height", Value: s.Height},
		terminal.Pair{Name: "block time", Value: begun},
		terminal.Pair{Name: "app hash", Value: fmt.Sprintf("%x", s.AppHash)},
		terminal.Pair{Name: "catching up", Value: s.CatchingUp},
		terminal.Pair{Name: "earliest height", Value: s.EarliestHeight},
		terminal.Pair{Name: "mempool", Value: fmt.Sprintf("%d txs", s.MempoolTxs)},
		terminal.Pair{Name: "peers", Value: s.Peers},
		terminal.Pair{Name: "software", Value: fmt.Sprintf("%s, which knows protocol versions up to %d", s.SoftwareVersion, s.LatestProtocolVersion)},
		terminal.Pair{Name: "protocol version", Value: s.ProtocolVersion},
		terminal.Pair{Name: "protocol upgrade", Value: upgradeText(plan)},
	)
	var planView any
	if plan != nil {
		ready, err := protoJSON(plan.Readiness)
		if err != nil {
			return err
		}
		planView = map[string]any{"version": plan.Version, "height": plan.Height, "proposal": plan.Proposal, "readiness": ready}
	}
	return c.term.Value(map[string]any{
		"chain_id": s.ChainId, "height": s.Height, "block_time": s.BlockTime.AsTime(), "app_hash": fmt.Sprintf("%x", s.AppHash),
		"catching_up": s.CatchingUp, "earliest_height": s.EarliestHeight, "mempool_txs": s.MempoolTxs, "peers": s.Peers,
		"software_version": s.SoftwareVersion, "protocol_version": s.ProtocolVersion,
		"latest_protocol_version": s.LatestProtocolVersion, "validator_address": s.ValidatorAddress, "protocol_upgrade": planView, "limits": s.Limits,
	})
}

// unhealthy says why a node is not as it should be; 0 asks nothing.
func unhealthy(s *chanceryv1.StatusResponse, maxAge time.Duration) error {
	switch age := time.Since(s.BlockTime.AsTime()); {
	case maxAge == 0:
		return nil
	case s.CatchingUp:
		return terminal.Hint(fmt.Errorf("the node fetches blocks that it missed"), "it takes part again when catching up is false; chancery node peers shows whom it fetches from")
	case s.Height == 0:
		return terminal.Hint(fmt.Errorf("there is no block yet"), "chancery node peers shows who is connected; a block needs more than two thirds of the power")
	case age > maxAge:
		return terminal.Hint(fmt.Errorf("the last block is %s old", age.Round(time.Second)),
			"chancery node peers shows who is connected, chancery validator signatures who is absent")
	}
	return nil
}
