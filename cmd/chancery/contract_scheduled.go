package main

import (
	"context"
	"fmt"
	"strconv"

	"connectrpc.com/connect"
	"github.com/spf13/cobra"

	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/client"
	"github.com/chancery-chain/chancery/cmd/chancery/internal/terminal"
)

func (c *cli) contractScheduled() *cobra.Command {
	return &cobra.Command{
		Use: "scheduled ORGANISATION/CONTRACT [ID]", Short: "List the calls that a contract asked for at a time", Args: args(1, 2),
		Long: "List the calls that a contract asked for at a time and that wait, or, with an ID, tell what became of one of them.",
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx, cancel := c.withTimeout(cmd)
			defer cancel()
			cl, err := c.dial()
			if err != nil {
				return err
			}
			if len(args) == 2 {
				return c.showScheduled(ctx, cl, args[0], args[1])
			}
			var rows [][]string
			for token := ""; ; {
				resp, err := cl.Schedule.ListScheduled(ctx, connect.NewRequest(&chanceryv1.ListScheduledRequest{Contract: args[0], PageSize: 100, PageToken: token}))
				if err != nil {
					return err
				}
				for _, s := range resp.Msg.Calls {
					rows = append(rows, []string{fmt.Sprint(s.Id), scheduledTime(s), s.Method, fmt.Sprint(s.GasLimit), fmt.Sprint(s.Height)})
					if err := c.term.Value(scheduledView(s)); err != nil {
						return err
					}
				}
				if token = resp.Msg.NextPageToken; token == "" {
					break
				}
			}
			c.term.Table([]string{"ID", "DUE", "METHOD", "GAS LIMIT", "SINCE HEIGHT"}, rows)
			return nil
		},
	}
}

func scheduledTime(s *chanceryv1.ScheduledCall) string {
	return s.Time.AsTime().Format("2006-01-02 15:04:05 MST")
}

func scheduledView(s *chanceryv1.ScheduledCall) map[string]any {
	return map[string]any{
		"id": s.Id, "time": s.Time.AsTime(), "method": s.Method, "payload": s.Payload, "gas_limit": s.GasLimit, "height": s.Height,
	}
}

func (c *cli) showScheduled(ctx context.Context, cl *client.Client, contract, id string) error {
	n, err := strconv.ParseUint(id, 10, 64)
	if err != nil {
		return terminal.Hint(fmt.Errorf("%q is no id", id), "chancery contract scheduled %s lists the calls that wait", contract)
	}
	resp, err := cl.Schedule.GetScheduled(ctx, connect.NewRequest(&chanceryv1.GetScheduledRequest{Contract: contract, Id: n}))
	if err != nil {
		return err
	}
	if s := resp.Msg.Waiting; s != nil {
		c.term.Fields(
			terminal.Pair{Name: "state", Value: "waits"},
			terminal.Pair{Name: "due", Value: scheduledTime(s)},
			terminal.Pair{Name: "method", Value: s.Method},
			terminal.Pair{Name: "gas limit", Value: s.GasLimit},
		)
		return c.term.Value(scheduledView(s))
	}
	r := resp.Msg.Result
	state := "succeeded"
	if r.Code != 0 {
		state = "failed: " + r.Log
	}
	c.term.Fields(
		terminal.Pair{Name: "state", Value: state},
		terminal.Pair{Name: "height", Value: r.Height},
		terminal.Pair{Name: "gas used", Value: r.GasUsed},
	)
	return c.term.Value(map[string]any{
		"id": n, "height": r.Height, "code": r.Code, "code_name": r.CodeName, "gas_used": r.GasUsed, "tx_hash": fmt.Sprintf("%x", r.TxHash),
	})
}
