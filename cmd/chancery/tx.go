package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"connectrpc.com/connect"
	"github.com/spf13/cobra"
	"google.golang.org/protobuf/proto"

	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/app/apperr"
	"github.com/chancery-chain/chancery/app/tx"
	"github.com/chancery-chain/chancery/client"
	"github.com/chancery-chain/chancery/cmd/chancery/internal/terminal"
)

func (c *cli) txCommand() *cobra.Command {
	cmd := group(&cobra.Command{Use: "tx", Short: "Look at txs, sign and submit them"})
	cmd.AddCommand(c.txShow(), c.txWait(), c.txSubmit(), c.txSimulate(), c.txSign(), c.txInspect())
	return cmd
}

func (c *cli) txShow() *cobra.Command {
	return &cobra.Command{
		Use: "show TX_HASH", Short: "Show the result of a committed tx", Args: args(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.lookUp(cmd, args[0], func(ctx context.Context, cl *client.Client, h tx.Hash) (*chanceryv1.TxResult, error) {
				r, err := cl.Result(ctx, h)
				if connect.CodeOf(err) == connect.CodeNotFound {
					err = terminal.Hint(err, "a tx that waits for its block is not found yet: chancery tx wait %x", h[:])
				}
				return r, err
			})
		},
	}
}

func (c *cli) txWait() *cobra.Command {
	return &cobra.Command{
		Use: "wait TX_HASH", Short: "Wait until a tx is committed and show its result", Args: args(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.lookUp(cmd, args[0], func(ctx context.Context, cl *client.Client, h tx.Hash) (*chanceryv1.TxResult, error) {
				defer c.term.Progress("waiting for tx %x", h[:])()
				return cl.Wait(ctx, h)
			})
		},
	}
}

type finder = func(context.Context, *client.Client, tx.Hash) (*chanceryv1.TxResult, error)

func (c *cli) lookUp(cmd *cobra.Command, hash string, find finder) error {
	h, err := parseHash("tx hash", hash)
	if err != nil {
		return err
	}
	ctx, cancel := c.withTimeout(cmd)
	defer cancel()
	cl, err := c.dial()
	if err != nil {
		return err
	}
	r, err := find(ctx, cl, h)
	if err != nil {
		return err
	}
	return c.printResult(ctx, cl, r, nil)
}

// readTx reads a signed or unsigned tx from a file.
func (c *cli) readTx(name string) (*tx.Tx, []byte, error) {
	raw, err := c.file(name)
	if err != nil {
		return nil, nil, err
	}
	t, err := tx.DecodeUnsigned(raw)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", name, err)
	}
	return t, raw, nil
}

func (c *cli) txSubmit() *cobra.Command {
	return &cobra.Command{
		Use: "submit FILE", Short: "Submit a signed tx, as chancery contract call --sign-only writes it, and wait", Args: args(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			t, raw, err := c.readTx(args[0])
			if err != nil {
				return err
			}
			if len(t.Signatures) == 0 {
				return fmt.Errorf("%s: %w", args[0], apperr.New(apperr.Unauthenticated, "the tx has no signature"))
			}
			ctx, cancel := c.withTimeout(cmd)
			defer cancel()
			cl, err := c.dial()
			if err != nil {
				return err
			}
			return signHint(c.submit(ctx, cl, &client.SignedTx{Raw: raw, Hash: t.Hash, Body: t.Body}), args[0])
		},
	}
}

func (c *cli) txSimulate() *cobra.Command {
	return &cobra.Command{
		Use: "simulate FILE", Short: "Run a signed or unsigned tx on the committed state and keep nothing", Args: args(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			t, raw, err := c.readTx(args[0])
			if err != nil {
				return err
			}
			ctx, cancel := c.withTimeout(cmd)
			defer cancel()
			cl, err := c.dial()
			if err != nil {
				return err
			}
			resp, err := cl.Tx.Simulate(ctx, connect.NewRequest(&chanceryv1.SimulateRequest{Tx: raw}))
			if err != nil {
				return err
			}
			return c.printResult(ctx, cl, resp.Msg.Result, t.Body)
		},
	}
}

// resultView is a tx result for programs.
type resultView struct {
	TxHash    string      `json:"tx_hash"`
	Height    int64       `json:"height"`
	Index     uint32      `json:"index"`
	Code      uint32      `json:"code"`
	CodeName  string      `json:"code_name,omitempty"`
	Log       string      `json:"log,omitempty"`
	GasWanted uint64      `json:"gas_wanted"`
	GasUsed   uint64      `json:"gas_used"`
	Payer     string      `json:"payer,omitempty"`
	Response  any         `json:"response,omitempty"`
	Events    []eventView `json:"events,omitempty"`
	Contract  any         `json:"contract_error,omitempty"`
}

type eventView struct {
	Contract string `json:"contract,omitempty"`
	Type     string `json:"type"`
	Payload  any    `json:"payload"`
}

// printResult writes a tx's result. Body, where it is known, tells how to decode
// the response.
func (c *cli) printResult(ctx context.Context, cl *client.Client, r *chanceryv1.TxResult, body *chanceryv1.TxBody, what ...terminal.Pair) error {
	v := resultView{
		TxHash: fmt.Sprintf("%x", r.TxHash), Height: r.Height, Index: r.Index, Code: r.Code, CodeName: r.CodeName,
		Log: r.Log, GasWanted: r.GasWanted, GasUsed: r.GasUsed, Payer: r.Payer, Response: decodeResponse(ctx, cl, r, body),
	}
	for _, e := range r.Events {
		v.Events = append(v.Events, eventView{Contract: e.Contract, Type: e.Type, Payload: decodeEvent(ctx, cl, e)})
	}
	if r.ContractError != nil {
		b, err := protoJSON(r.ContractError)
		if err != nil {
			return err
		}
		v.Contract = b
	}
	status := "committed"
	switch {
	case r.Code != 0:
		status = fmt.Sprintf("failed: %s %d", r.CodeName, r.Code)
	case r.Height == 0:
		status = "simulated"
	}
	gas := fmt.Sprintf("%d of %d", r.GasUsed, r.GasWanted)
	if r.Payer != "" {
		gas += ", paid by " + r.Payer
	}
	c.term.Fields(append(what,
		terminal.Pair{Name: "tx hash", Value: v.TxHash},
		terminal.Pair{Name: "status", Value: status},
		terminal.Pair{Name: "height", Value: r.Height},
		terminal.Pair{Name: "gas used", Value: gas},
	)...)
	if r.Log != "" {
		c.term.Printf("%s", r.Log)
	}
	for _, e := range v.Events {
		c.term.Printf("event     %s %s", strings.TrimSpace(e.Contract+" "+e.Type), e.Payload)
	}
	if v.Response != nil {
		c.term.Printf("response  %s", v.Response)
	}
	if id := proposalOf(r, body); id > 0 {
		c.term.Printf("next: chancery gov show %d tells what became of it", id)
	}
	return c.term.Value(v)
}

// proposalOf returns the proposal that a tx made or voted on, or 0. What is decided
// happens at the end of the block, after the result.
func proposalOf(r *chanceryv1.TxResult, body *chanceryv1.TxBody) uint64 {
	if r.Code != 0 || r.Height == 0 {
		return 0
	}
	switch a := body.GetAction().(type) {
	case *chanceryv1.TxBody_Propose:
		m := new(chanceryv1.ProposeResult)
		if proto.Unmarshal(r.Data, m) == nil {
			return m.Proposal
		}
	case *chanceryv1.TxBody_Vote:
		return a.Vote.GetProposal()
	}
	return 0
}

// since is a duration for people.
func since(t time.Time) string { return time.Since(t).Round(time.Second).String() }
