package main

import (
	"crypto/sha256"
	"fmt"
	"os"
	"slices"
	"strings"

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
			onChain := "now"
			if up.Existed {
				onChain = "since before"
			}
			c.term.Fields(append([]terminal.Pair{
				{Name: "code hash", Value: fmt.Sprintf("%x", up.CodeHash)},
				{Name: "on chain", Value: onChain},
				{Name: "height", Value: r.Height},
				{Name: "gas used", Value: r.GasUsed},
			}, reportFields(up.Report)...)...)
			report, err := protoJSON(up.Report)
			if err != nil {
				return err
			}
			return c.term.Value(map[string]any{
				"code_hash": fmt.Sprintf("%x", up.CodeHash), "existed": up.Existed,
				"tx_hash": fmt.Sprintf("%x", r.TxHash), "height": r.Height, "gas_used": r.GasUsed, "report": report,
			})
		},
	}
}

// reportFields shows how code stands within the limits.
func reportFields(r *chanceryv1.CodeReport) []terminal.Pair {
	if r == nil {
		return nil
	}
	of := func(name string, m *chanceryv1.CodeMeasure) terminal.Pair {
		share := 0.0
		if l := m.GetLimit(); l > 0 {
			share = 100 * float64(m.GetUsed()) / float64(l)
		}
		return terminal.Pair{Name: name, Value: fmt.Sprintf("%d of %d, %.0f %%", m.GetUsed(), m.GetLimit(), share)}
	}
	return []terminal.Pair{
		of("code bytes", r.CodeBytes), of("interface bytes", r.InterfaceBytes), of("image bytes", r.ImageBytes), of("start gas", r.ImageGas),
		{Name: "declares", Value: strings.Join([]string{
			count(r.Executes, "executing method"), queries(r.Queries), count(r.Collections, "collection"), count(r.Events, "event"), count(r.Errors, "error"),
		}, ", ")},
	}
}

func queries(n uint32) string {
	if n == 1 {
		return "1 query"
	}
	return fmt.Sprintf("%d queries", n)
}

// shortHash is a hash in a table: enough of it to tell it from others. --json has
// the whole.
func shortHash(hash []byte) string { return fmt.Sprintf("%.6x…", hash) }

// codeHash takes a code hash, or the file that it is of.
func codeHash(s string) ([32]byte, error) {
	b, err := os.ReadFile(s)
	if err == nil {
		return sha256.Sum256(b), nil
	}
	if strings.HasSuffix(s, ".wasm") {
		return [32]byte{}, terminal.Hint(usagef("%v", err), "chancery contract build makes it")
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
					rows = append(rows, []string{k.Name, fmt.Sprint(k.Version), enumText(k.Status), k.Service, shortHash(k.CodeHash)})
					if err := c.term.Value(contractView(k)); err != nil {
						return err
					}
				}
				if token = resp.Msg.NextPageToken; token == "" {
					break
				}
			}
			c.term.Table([]string{"CONTRACT", "VERSION", "STATUS", "SERVICE", "CODE"}, rows)
			return nil
		},
	}
	cmd.Flags().StringVar(&org, "of", "", "only this organisation's")
	return cmd
}

func contractView(k *chanceryv1.Contract) map[string]any {
	return map[string]any{
		"name": k.Name, "org": k.Org, "version": k.Version, "status": enumText(k.Status), "code_hash": fmt.Sprintf("%x", k.CodeHash), "service": k.Service,
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
			c.term.Fields(slices.Concat([]terminal.Pair{
				{Name: "contract", Value: k.Name},
				{Name: "version", Value: k.Version},
				{Name: "status", Value: statusText(k)},
				{Name: "upgrades", Value: policyText(k.UpgradePolicy)},
				{Name: "service", Value: k.Service},
				{Name: "code hash", Value: fmt.Sprintf("%x", k.CodeHash)},
			}, fromTemplate(k), []terminal.Pair{
				{Name: "deployer", Value: k.Deployer},
				{Name: "deployed", Value: fmt.Sprintf("%s, height %d", k.DeployedAt.AsTime().Format("2006-01-02 15:04:05 MST"), k.Height)},
				{Name: "served at", Value: cl.ContractURL(k.Name)},
			})...)
			c.term.Printf("")
			c.printSchema(s)
			v := contractView(k)
			v["schema"] = schemaView(s)
			v["upgrade_policy"], v["open_proposals"] = policyView(k.UpgradePolicy), slices.Concat([]uint64{}, k.OpenProposals)
			v["decisions"], v["template"] = decisionsView(k.Decisions), fromTemplateView(k.Template)
			return c.term.Value(v)
		},
	}
}

// statusText says whether a contract runs, and if not, by whose decision.
func statusText(k *chanceryv1.Contract) string {
	text := enumText(k.Status)
	for _, d := range k.Decisions {
		by := d.Org
		if d.CommitteeProposal > 0 {
			by = fmt.Sprintf("the committee, proposal %d", d.CommitteeProposal)
		}
		text += fmt.Sprintf("; %s by %s at height %d: %s", enumText(d.Status), by, d.Height, d.Reason)
	}
	return text
}

func decisionsView(list []*chanceryv1.ContractDecision) []any {
	out := []any{}
	for _, d := range list {
		out = append(out, map[string]any{
			"status": enumText(d.Status), "org": d.Org, "origin": d.Origin, "committee_proposal": d.CommitteeProposal,
			"height": d.Height, "time": d.Time.AsTime(), "reason": d.Reason,
		})
	}
	return out
}

// contractHint tells where to look when there is no such contract.
func (c *cli) contractHint(err error) error {
	if connect.CodeOf(err) == connect.CodeNotFound {
		return terminal.Hint(err, "chancery contract list shows the contracts there are")
	}
	return err
}
