package main

import (
	"fmt"

	"connectrpc.com/connect"
	"github.com/spf13/cobra"

	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/api/schema"
	"github.com/chancery-chain/chancery/cmd/chancery/internal/terminal"
)

func (c *cli) contractUpgrade() *cobra.Command {
	var migrateJSON string
	var breaking bool
	cmd := &cobra.Command{
		Use: "upgrade ORGANISATION/CONTRACT CODE_HASH|FILE.wasm", Short: "Point a contract at other uploaded code; needs role developer", Args: args(2, 2),
		Long: "Point a contract at other uploaded code and run its migrate method, if it declares one. The chain compares the new interface with the old one " +
			"and refuses what breaks callers or stored state unless --breaking says that it is meant; contract diff shows the same comparison beforehand.",
		Example: `  chancery contract upgrade records/evidence evidence-2.wasm
  chancery contract upgrade records/land-register 9a02… --migrate '{}' --breaking`,
		RunE: func(cmd *cobra.Command, args []string) error {
			hash, err := codeHash(args[1])
			if err != nil {
				return err
			}
			ctx, cancel := c.withTimeout(cmd)
			defer cancel()
			cl, err := c.dial()
			if err != nil {
				return err
			}
			s, err := c.signer(ctx, cl)
			if err != nil {
				return err
			}
			var payload []byte
			if migrateJSON != "" {
				if payload, err = c.specialPayload(cmd, cl.Contracts.GetCode, hash, schema.KindMigrate, migrateJSON); err != nil {
					return err
				}
			}
			stop := c.term.Progress("upgrading %s", args[0])
			u, r, err := s.Upgrade(ctx, args[0], hash[:], payload, breaking)
			stop()
			if err != nil {
				return err
			}
			c.term.Fields(
				terminal.Pair{Name: "contract", Value: args[0]},
				terminal.Pair{Name: "version", Value: u.Version},
				terminal.Pair{Name: "height", Value: r.Height},
				terminal.Pair{Name: "gas used", Value: r.GasUsed},
			)
			return c.term.Value(map[string]any{
				"contract": args[0], "version": u.Version, "tx_hash": fmt.Sprintf("%x", r.TxHash), "height": r.Height, "gas_used": r.GasUsed,
			})
		},
	}
	cmd.Flags().StringVar(&migrateJSON, "migrate", "", "request of the migrate method as JSON, @FILE or - for stdin")
	cmd.Flags().BoolVar(&breaking, "breaking", false, "accept changes that break callers or stored state")
	return cmd
}

func (c *cli) contractHistory() *cobra.Command {
	return &cobra.Command{
		Use: "history ORGANISATION/CONTRACT", Short: "List a contract's versions, newest first", Args: args(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx, cancel := c.withTimeout(cmd)
			defer cancel()
			cl, err := c.dial()
			if err != nil {
				return err
			}
			var rows [][]string
			for token := ""; ; {
				resp, err := cl.Contracts.ListVersions(ctx, connect.NewRequest(&chanceryv1.ListVersionsRequest{Contract: args[0], PageSize: 100, PageToken: token}))
				if err != nil {
					return err
				}
				for _, v := range resp.Msg.Versions {
					at := v.Time.AsTime().Format("2006-01-02 15:04:05 MST")
					how := ""
					if v.Breaking {
						how = "breaking"
					}
					rows = append(rows, []string{fmt.Sprint(v.Version), at, fmt.Sprint(v.Height), v.Origin, fmt.Sprintf("%x", v.CodeHash), how})
					if err := c.term.Value(map[string]any{
						"version": v.Version, "time": v.Time.AsTime(), "height": v.Height, "origin": v.Origin,
						"code_hash": fmt.Sprintf("%x", v.CodeHash), "breaking": v.Breaking,
					}); err != nil {
						return err
					}
				}
				if token = resp.Msg.NextPageToken; token == "" {
					break
				}
			}
			c.term.Table([]string{"VERSION", "SINCE", "HEIGHT", "BY", "CODE HASH", ""}, rows)
			return nil
		},
	}
}
