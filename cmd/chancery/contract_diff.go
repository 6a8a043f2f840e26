package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"os"
	"strings"

	"connectrpc.com/connect"
	"github.com/spf13/cobra"

	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/api/schema"
	"github.com/chancery-chain/chancery/api/schema/compat"
	"github.com/chancery-chain/chancery/client"
	"github.com/chancery-chain/chancery/cmd/chancery/internal/terminal"
)

func (c *cli) contractDiff() *cobra.Command {
	var fail bool
	cmd := &cobra.Command{
		Use: "diff OLD NEW", Short: "Say what an upgrade would break, as the chain will", Args: args(2, 2),
		Long: "Compare two declarations of a contract and say what an upgrade from OLD to NEW would break: callers (breaking), values that stay stored and unread (lossy) or stored state that would be misread (state-breaking). " +
			"The chain applies the same rules. OLD and NEW are files of code, or names of deployed contracts.",
		Example: `  chancery contract diff records/land-register land-register.wasm
  chancery contract diff old.wasm new.wasm --fail`,
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx, cancel := c.withTimeout(cmd)
			defer cancel()
			from, err := c.declared(ctx, args[0])
			if err != nil {
				return err
			}
			to, err := c.declared(ctx, args[1])
			if err != nil {
				return err
			}
			findings := compat.Compare(from, to)
			if err := c.printFindings(findings); err != nil {
				return err
			}
			if worst := compat.Worst(findings); fail && worst > compat.Compatible {
				return terminal.Hint(fmt.Errorf("an upgrade from %s to %s is %s", args[0], args[1], worst),
					"it needs contract upgrade --breaking, and a migrate method where it is state-breaking")
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&fail, "fail", false, "exit with 1 when something would break, for scripts")
	return cmd
}

func (c *cli) printFindings(findings []compat.Finding) error {
	counts := map[compat.Severity]int{}
	var rows [][]string
	view := []any{}
	for _, f := range findings {
		counts[f.Severity]++
		rows = append(rows, []string{f.Severity.String(), f.Rule, f.Subject, f.Detail})
		view = append(view, map[string]any{"severity": f.Severity.String(), "rule": f.Rule, "subject": f.Subject, "detail": f.Detail})
	}
	if len(rows) == 0 {
		c.term.Printf("the same declaration: nothing would break")
	} else {
		c.term.Table([]string{"SEVERITY", "RULE", "WHAT", "HOW"}, rows)
		c.term.Printf("\n%d state-breaking, %d lossy, %d breaking, %d compatible", counts[compat.StateBreaking], counts[compat.Lossy], counts[compat.Breaking], counts[compat.Compatible])
	}
	return c.term.Value(map[string]any{"worst": compat.Worst(findings).String(), "findings": view})
}

// declared reads what a file of code or a deployed contract declares.
func (c *cli) declared(ctx context.Context, what string) (*schema.Contract, error) {
	code, err := os.ReadFile(what)
	if err == nil {
		s, _, err := schema.FromCode(code)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", what, err)
		}
		return s, nil
	}
	if strings.HasSuffix(what, ".wasm") || !os.IsNotExist(err) {
		return nil, err
	}
	cl, err := c.dial()
	if err != nil {
		return nil, err
	}
	s, err := cl.Schema(ctx, what)
	return s, c.contractHint(err)
}

// codeOnChain returns the code of a deployed contract.
func codeOnChain(ctx context.Context, cl *client.Client, contract string) (code, hash []byte, err error) {
	shown, err := cl.Contracts.GetContract(ctx, connect.NewRequest(&chanceryv1.GetContractRequest{Contract: contract}))
	if err != nil {
		return nil, nil, err
	}
	hash = shown.Msg.Contract.CodeHash
	resp, err := cl.Contracts.GetCode(ctx, connect.NewRequest(&chanceryv1.GetCodeRequest{CodeHash: hash}))
	if err != nil {
		return nil, nil, fmt.Errorf("code %x: %w", hash, err)
	}
	z, err := gzip.NewReader(bytes.NewReader(resp.Msg.CodeGzip))
	if err != nil {
		return nil, nil, fmt.Errorf("code %x: %w", hash, err)
	}
	code, err = io.ReadAll(io.LimitReader(z, maxInput))
	if err != nil {
		return nil, nil, fmt.Errorf("code %x: %w", hash, err)
	}
	return code, hash, nil
}
