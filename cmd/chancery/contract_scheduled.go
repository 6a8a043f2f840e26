package main

import (
	"context"
	"fmt"
	"strconv"

	"connectrpc.com/connect"
	"github.com/spf13/cobra"

	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/api/schema"
	"github.com/chancery-chain/chancery/client"
	"github.com/chancery-chain/chancery/cmd/chancery/internal/terminal"
)

// scheduled asks for the calls that a contract asked for.
type scheduled struct {
	c        *cli
	cl       *client.Client
	contract string
	schema   *schema.Contract
	permit   string // header; empty for nobody's
}

func (c *cli) contractScheduled() *cobra.Command {
	var as string
	cmd := &cobra.Command{
		Use: "scheduled ORGANISATION/CONTRACT [ID]", Short: "List the calls that a contract asked for at a time", Args: args(1, 2),
		Long: `List the calls that a contract asked for at a time and that wait, in the order of their ids, or, with an
ID, tell what became of one of them: its request while it waits, its result once it ran.

Requests of a contract with gated queries are for members of its organisation and for auditors of
the committee's: --as names the key.`,
		Example: `  chancery contract scheduled records/notes
  chancery contract scheduled hotline/orders 17 --as city-auditor`,
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx, cancel := c.withTimeout(cmd)
			defer cancel()
			cl, err := c.dial()
			if err != nil {
				return err
			}
			s := scheduled{c: c, cl: cl, contract: args[0]}
			if s.schema, err = cl.Schema(ctx, args[0]); err != nil {
				return c.contractHint(err)
			}
			if as != "" {
				signer, err := c.asker(ctx, cl, as)
				if err != nil {
					return err
				}
				if s.permit, err = signer.Permit(ctx, args[0]); err != nil {
					return err
				}
			}
			if len(args) == 2 {
				return s.show(ctx, args[1])
			}
			return s.list(ctx)
		},
	}
	cmd.Flags().StringVar(&as, "as", "", "name of the key to sign a permit with, for a contract with gated queries")
	return cmd
}

func (s *scheduled) list(ctx context.Context) error {
	var rows [][]string
	for token := ""; ; {
		req := connect.NewRequest(&chanceryv1.ListScheduledRequest{Contract: s.contract, PageSize: 100, PageToken: token})
		s.authorise(req)
		resp, err := s.cl.Schedule.ListScheduled(ctx, req)
		if err != nil {
			return err
		}
		for _, w := range resp.Msg.Calls {
			rows = append(rows, []string{fmt.Sprint(w.Id), scheduledTime(w), w.Method, fmt.Sprint(w.GasLimit), fmt.Sprint(w.Height)})
			if err := s.c.term.Value(s.view(w)); err != nil {
				return err
			}
		}
		if token = resp.Msg.NextPageToken; token == "" {
			break
		}
	}
	s.c.term.Table([]string{"ID", "DUE", "METHOD", "GAS LIMIT", "ASKED AT HEIGHT"}, rows)
	return nil
}

func (s *scheduled) show(ctx context.Context, id string) error {
	n, err := strconv.ParseUint(id, 10, 64)
	if err != nil {
		return terminal.Hint(usagef("%q is no id of a scheduled call", id), "chancery contract scheduled %s lists the calls that wait", s.contract)
	}
	req := connect.NewRequest(&chanceryv1.GetScheduledRequest{Contract: s.contract, Id: n})
	s.authorise(req)
	resp, err := s.cl.Schedule.GetScheduled(ctx, req)
	if connect.CodeOf(err) == connect.CodeNotFound {
		return terminal.Hint(err, "chancery contract scheduled %s lists the calls that wait", s.contract)
	}
	if err != nil {
		return err
	}
	if w := resp.Msg.Waiting; w != nil {
		request := any("not shown: the contract has gated queries; --as KEY shows it to members of its organisation and to auditors")
		if r, ok := s.request(w); ok {
			request = fmt.Sprintf("%s", r)
		}
		s.c.term.Fields(
			terminal.Pair{Name: "state", Value: "waits"},
			terminal.Pair{Name: "due", Value: scheduledTime(w)},
			terminal.Pair{Name: "method", Value: w.Method},
			terminal.Pair{Name: "request", Value: request},
			terminal.Pair{Name: "gas limit", Value: w.GasLimit},
			terminal.Pair{Name: "asked at height", Value: w.Height},
		)
		return s.c.term.Value(s.view(w))
	}
	r := resp.Msg.Result
	state := "succeeded"
	if r.Code != 0 {
		state = "failed: " + r.Log
	}
	s.c.term.Fields(
		terminal.Pair{Name: "state", Value: state},
		terminal.Pair{Name: "height", Value: r.Height},
		terminal.Pair{Name: "gas used", Value: r.GasUsed},
	)
	return s.c.term.Value(map[string]any{
		"id": n, "state": "ran", "height": r.Height, "code": r.Code, "code_name": r.CodeName, "log": r.Log,
		"gas_used": r.GasUsed, "tx_hash": fmt.Sprintf("%x", r.TxHash),
	})
}

func (s *scheduled) authorise(req connect.AnyRequest) {
	if s.permit != "" {
		req.Header().Set("Authorization", s.permit)
	}
}

// request returns a call's request as JSON, or in hex where the contract's code of
// today does not know it. It is not ok where the node kept it to itself.
func (s *scheduled) request(w *chanceryv1.ScheduledCall) (v any, ok bool) {
	if s.schema.Gated() && s.permit == "" {
		return nil, false
	}
	m, known := s.schema.Method(w.Method)
	if !known {
		return orHex(nil, w.Payload), true
	}
	text, err := schema.EncodeJSON(m.Input, w.Payload)
	if err != nil {
		return orHex(nil, w.Payload), true
	}
	return orHex(compactOr(text), w.Payload), true
}

func (s *scheduled) view(w *chanceryv1.ScheduledCall) map[string]any {
	v := map[string]any{
		"id": w.Id, "state": "waits", "time": w.Time.AsTime(), "method": w.Method, "gas_limit": w.GasLimit, "height": w.Height,
	}
	if r, ok := s.request(w); ok {
		v["request"], v["payload"] = r, w.Payload
	}
	return v
}

func scheduledTime(w *chanceryv1.ScheduledCall) string {
	return w.Time.AsTime().Format("2006-01-02 15:04:05 MST")
}
