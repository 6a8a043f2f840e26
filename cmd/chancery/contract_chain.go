package main

import (
	"crypto/sha256"
	"fmt"
	"os"

	"connectrpc.com/connect"
	"github.com/spf13/cobra"

	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/api/schema"
	"github.com/chancery-chain/chancery/cmd/chancery/internal/terminal"
)

func (c *cli) contractUpload() *cobra.Command {
	return &cobra.Command{
		Use: "upload FILE.wasm", Short: "Put code on chain; needs role developer", Args: args(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			code, err := os.ReadFile(args[0])
			if err != nil {
				return err
			}
			if _, _, err := schema.FromCode(code); err != nil {
				return terminal.Hint(fmt.Errorf("%s: %w", args[0], err), "build contracts with chancery contract build")
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
			stop := c.term.Progress("uploading %s", args[0])
			up, r, err := s.Upload(ctx, code)
			stop()
			if err != nil {
				return err
			}
			c.term.Fields(
				terminal.Pair{Name: "code hash", Value: fmt.Sprintf("%x", up.CodeHash)},
				terminal.Pair{Name: "existed", Value: up.Existed},
				terminal.Pair{Name: "height", Value: r.Height},
				terminal.Pair{Name: "gas used", Value: r.GasUsed},
			)
			return c.term.Value(map[string]any{
				"code_hash": fmt.Sprintf("%x", up.CodeHash), "existed": up.Existed,
				"tx_hash": fmt.Sprintf("%x", r.TxHash), "height": r.Height, "gas_used": r.GasUsed,
			})
		},
	}
}

func (c *cli) contractDeploy() *cobra.Command {
	var initJSON string
	cmd := &cobra.Command{
		Use: "deploy ORGANISATION/CONTRACT CODE_HASH|FILE.wasm", Short: "Make a contract from uploaded code; needs role developer", Args: args(2, 2),
		Long: "Make a contract from code that was uploaded, named by its hash or by the file that was uploaded.",
		Example: `  chancery contract deploy records/evidence evidence.wasm
  chancery contract deploy records/land-register 9a02… --init '{"registrar":"cy1…"}'`,
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
			if initJSON != "" {
				if payload, err = c.specialPayload(cmd, cl.Contracts.GetCode, hash, schema.KindInit, initJSON); err != nil {
					return err
				}
			}
			stop := c.term.Progress("deploying %s", args[0])
			d, r, err := s.Deploy(ctx, args[0], hash[:], payload)
			stop()
			if err != nil {
				return err
			}
			c.term.Fields(
				terminal.Pair{Name: "contract", Value: args[0]},
				terminal.Pair{Name: "version", Value: d.Version},
				terminal.Pair{Name: "height", Value: r.Height},
				terminal.Pair{Name: "gas used", Value: r.GasUsed},
				terminal.Pair{Name: "served at", Value: cl.ContractURL(args[0])},
			)
			return c.term.Value(map[string]any{
				"contract": args[0], "version": d.Version, "tx_hash": fmt.Sprintf("%x", r.TxHash),
				"height": r.Height, "gas_used": r.GasUsed, "url": cl.ContractURL(args[0]),
			})
		},
	}
	cmd.Flags().StringVar(&initJSON, "init", "", "request of the init method as JSON, @FILE or - for stdin")
	return cmd
}

// codeHash takes a code hash, or the file that it is of.
func codeHash(s string) ([32]byte, error) {
	if b, err := os.ReadFile(s); err == nil {
		return sha256.Sum256(b), nil
	}
	h, err := parseHash("code hash", s)
	return h, terminal.Hint(err, "name the code by its hash, as contract upload prints it, or by its file")
}

func (c *cli) contractList() *cobra.Command {
	var org string
	cmd := &cobra.Command{
		Use: "list", Short: "List the contracts on chain", Args: args(0, 0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx, cancel := c.withTimeout(cmd)
			defer cancel()
			cl, err := c.dial()
			if err != nil {
				return err
			}
			var rows [][]string
			for token := ""; ; {
				resp, err := cl.Contracts.List(ctx, connect.NewRequest(&chanceryv1.ListRequest{Org: org, PageSize: 100, PageToken: token}))
				if err != nil {
					return err
				}
				for _, k := range resp.Msg.Contracts {
					rows = append(rows, []string{k.Name, fmt.Sprint(k.Version), k.Service, fmt.Sprintf("%x", k.CodeHash)})
					if err := c.term.Value(contractView(k)); err != nil {
						return err
					}
				}
				if token = resp.Msg.NextPageToken; token == "" {
					break
				}
			}
			c.term.Table([]string{"CONTRACT", "VERSION", "SERVICE", "CODE HASH"}, rows)
			return nil
		},
	}
	cmd.Flags().StringVar(&org, "of", "", "only this organisation's")
	return cmd
}

func contractView(k *chanceryv1.Contract) map[string]any {
	return map[string]any{
		"name": k.Name, "org": k.Org, "version": k.Version, "code_hash": fmt.Sprintf("%x", k.CodeHash), "service": k.Service,
		"deployer": k.Deployer, "height": k.Height, "deployed_at": k.DeployedAt.AsTime(),
	}
}

func (c *cli) contractShow() *cobra.Command {
	return &cobra.Command{
		Use: "show ORGANISATION/CONTRACT", Short: "Show a contract and its methods", Args: args(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx, cancel := c.withTimeout(cmd)
			defer cancel()
			cl, err := c.dial()
			if err != nil {
				return err
			}
			resp, err := cl.Contracts.GetContract(ctx, connect.NewRequest(&chanceryv1.GetContractRequest{Contract: args[0]}))
			if err != nil {
				return c.contractHint(err)
			}
			s, err := schema.Parse(resp.Msg.DescriptorSet)
			if err != nil {
				return err
			}
			k := resp.Msg.Contract
			c.term.Fields(
				terminal.Pair{Name: "contract", Value: k.Name},
				terminal.Pair{Name: "version", Value: k.Version},
				terminal.Pair{Name: "service", Value: k.Service},
				terminal.Pair{Name: "code hash", Value: fmt.Sprintf("%x", k.CodeHash)},
				terminal.Pair{Name: "deployer", Value: k.Deployer},
				terminal.Pair{Name: "deployed", Value: fmt.Sprintf("%s, height %d", k.DeployedAt.AsTime().Format("2006-01-02 15:04:05 MST"), k.Height)},
				terminal.Pair{Name: "served at", Value: cl.ContractURL(k.Name)},
			)
			c.term.Printf("")
			c.printSchema(s)
			v := contractView(k)
			v["schema"] = schemaView(s)
			return c.term.Value(v)
		},
	}
}

// contractHint tells where to look when there is no such contract.
func (c *cli) contractHint(err error) error {
	if connect.CodeOf(err) == connect.CodeNotFound {
		return terminal.Hint(err, "chancery contract list shows the contracts there are")
	}
	return err
}
