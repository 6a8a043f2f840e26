package main

import (
	"context"
	"encoding/csv"
	"fmt"
	"strconv"

	"connectrpc.com/connect"
	"github.com/spf13/cobra"

	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/client"
	"github.com/chancery-chain/chancery/cmd/chancery/internal/terminal"
)

func (c *cli) quotaCommand() *cobra.Command {
	cmd := group(&cobra.Command{Use: "quota", Short: "See and change what organisations may use, and whom they pay for"})
	cmd.AddCommand(c.quotaShow(), c.quotaSet(), c.quotaUsage(), c.quotaSponsor(), c.quotaSponsored())
	return cmd
}

func quotaView(q *chanceryv1.OrgQuota) map[string]any {
	return map[string]any{
		"org": q.Org, "gas_per_period": q.GasPerPeriod, "gas_used": q.GasUsed, "sponsored_gas": q.SponsoredGas,
		"stored_bytes": q.StoredBytes, "bytes_used": q.BytesUsed,
		"period_start": q.PeriodStart.AsTime(), "period_end": q.PeriodEnd.AsTime(),
	}
}

func (c *cli) quotaShow() *cobra.Command {
	return &cobra.Command{
		Use: "show [ORG]", Short: "Show an organisation's quota and what it uses, or everybody's", Args: args(0, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx, cancel := c.withTimeout(cmd)
			defer cancel()
			cl, err := c.dial()
			if err != nil {
				return err
			}
			if len(args) == 0 {
				return c.listQuotas(ctx, cl)
			}
			resp, err := cl.Quotas.GetQuota(ctx, connect.NewRequest(&chanceryv1.GetQuotaRequest{Org: args[0]}))
			if err != nil {
				return orgHint(err)
			}
			q := resp.Msg.Quota
			c.term.Fields(
				terminal.Pair{Name: "organisation", Value: q.Org},
				terminal.Pair{Name: "gas", Value: fmt.Sprintf("%d of %d (%s)", q.GasUsed, q.GasPerPeriod, percent(q.GasUsed, q.GasPerPeriod))},
				terminal.Pair{Name: "sponsored", Value: fmt.Sprintf("%d of that gas", q.SponsoredGas)},
				terminal.Pair{Name: "stored bytes", Value: fmt.Sprintf("%d of %d (%s)", q.BytesUsed, q.StoredBytes, percent(q.BytesUsed, q.StoredBytes))},
				terminal.Pair{Name: "next period", Value: q.PeriodEnd.AsTime().Local().Format("2006-01-02 15:04 MST")},
			)
			return c.term.Value(quotaView(q))
		},
	}
}

func (c *cli) listQuotas(ctx context.Context, cl *client.Client) error {
	var rows [][]string
	for token := ""; ; {
		resp, err := cl.Quotas.ListQuotas(ctx, connect.NewRequest(&chanceryv1.ListQuotasRequest{PageSize: 100, PageToken: token}))
		if err != nil {
			return err
		}
		for _, q := range resp.Msg.Quotas {
			rows = append(rows, []string{
				q.Org, fmt.Sprint(q.GasUsed), fmt.Sprint(q.GasPerPeriod), percent(q.GasUsed, q.GasPerPeriod),
				fmt.Sprint(q.BytesUsed), fmt.Sprint(q.StoredBytes), percent(q.BytesUsed, q.StoredBytes),
			})
			if err := c.term.Value(quotaView(q)); err != nil {
				return err
			}
		}
		if token = resp.Msg.NextPageToken; token == "" {
			break
		}
	}
	c.term.Table([]string{"ORGANISATION", "GAS USED", "OF", "", "BYTES STORED", "OF", ""}, rows)
	return nil
}

// percent is for people: the part of a whole, rounded down.
func percent(part, whole uint64) string {
	if whole == 0 {
		return "-"
	}
	return fmt.Sprintf("%.0f%%", 100*float64(part)/float64(whole))
}

func (c *cli) quotaSet() *cobra.Command {
	var gas, bytes uint64
	cmd := &cobra.Command{
		Use: "set ORG", Short: "Set an organisation's quota; needs role operator in the operating one", Args: args(1, 1),
		Example: `  chancery quota set housing --gas 500000000000 --stored-bytes 2147483648 --key city-operator`,
		RunE: func(cmd *cobra.Command, args []string) error {
			hasGas, hasBytes := cmd.Flags().Changed("gas"), cmd.Flags().Changed("stored-bytes")
			if !hasGas && !hasBytes {
				return usagef("give --gas, --stored-bytes or both")
			}
			m := &chanceryv1.SetQuota{Org: args[0], GasPerPeriod: gas}
			if hasBytes {
				m.StoredBytes = &bytes
			}
			if !hasGas {
				ctx, cancel := c.withTimeout(cmd)
				defer cancel()
				cl, err := c.dial()
				if err != nil {
					return err
				}
				resp, err := cl.Quotas.GetQuota(ctx, connect.NewRequest(&chanceryv1.GetQuotaRequest{Org: args[0]}))
				if err != nil {
					return orgHint(err)
				}
				m.GasPerPeriod = resp.Msg.Quota.GasPerPeriod
			}
			what := []terminal.Pair{{Name: "organisation", Value: args[0]}, {Name: "gas per period", Value: m.GasPerPeriod}}
			if hasBytes {
				what = append(what, terminal.Pair{Name: "stored bytes", Value: bytes})
			}
			return c.act(cmd, &chanceryv1.TxBody{Action: &chanceryv1.TxBody_SetQuota{SetQuota: m}}, what...)
		},
	}
	cmd.Flags().Uint64Var(&gas, "gas", 0, "gas it may use in a period (default: as before)")
	cmd.Flags().Uint64Var(&bytes, "stored-bytes", 0, "bytes it may keep in state (default: as before)")
	return cmd
}

func (c *cli) quotaUsage() *cobra.Command {
	var asCSV bool
	req := &chanceryv1.ListUsageRequest{PageSize: 1000}
	cmd := &cobra.Command{
		Use: "usage [ORG]", Short: "Show who was charged for what, by day, contract and method", Args: args(0, 1),
		Long: "Show who was charged for what, by day (UTC+8), contract and method. Each node counts it as it executes blocks: " +
			"one that was started from a snapshot knows the days since then only.",
		Example: `  chancery quota usage records --from 2026-03-01 --to 2026-03-31 --csv > march.csv`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				req.Org = args[0]
			}
			return c.listUsage(cmd, req, asCSV)
		},
	}
	usageFlags(cmd, req, &asCSV)
	cmd.Flags().StringVar(&req.Contract, "contract", "", "only this contract")
	return cmd
}

func (c *cli) contractUsage() *cobra.Command {
	var asCSV bool
	req := &chanceryv1.ListUsageRequest{PageSize: 1000}
	cmd := &cobra.Command{
		Use: "usage ORGANISATION/CONTRACT", Short: "Show who was charged for calls of a contract, by day and method", Args: args(1, 1),
		Long: "Show who was charged for calls of a contract, by day (UTC+8) and method: quota usage for one contract.",
		RunE: func(cmd *cobra.Command, args []string) error {
			req.Contract = args[0]
			return c.listUsage(cmd, req, asCSV)
		},
	}
	usageFlags(cmd, req, &asCSV)
	return cmd
}

func usageFlags(cmd *cobra.Command, req *chanceryv1.ListUsageRequest, asCSV *bool) {
	cmd.Flags().StringVar(&req.FromDay, "from", "", "first day, such as 2026-03-01")
	cmd.Flags().StringVar(&req.ToDay, "to", "", "last day")
	cmd.Flags().BoolVar(asCSV, "csv", false, "write CSV with a header line")
}

// listUsage writes all pages of a request.
func (c *cli) listUsage(cmd *cobra.Command, req *chanceryv1.ListUsageRequest, asCSV bool) error {
	ctx, cancel := c.withTimeout(cmd)
	defer cancel()
	cl, err := c.dial()
	if err != nil {
		return err
	}
	out := c.usageTable()
	if asCSV {
		out = c.usageCSV()
	}
	for {
		resp, err := cl.Quotas.ListUsage(ctx, connect.NewRequest(req))
		if err != nil {
			return err
		}
		for _, r := range resp.Msg.Rows {
			if err := out.row(r); err != nil {
				return err
			}
		}
		if req.PageToken = resp.Msg.NextPageToken; req.PageToken == "" {
			return out.end()
		}
	}
}

// usageOutput writes rows of usage.
type usageOutput struct {
	row func(*chanceryv1.UsageRow) error
	end func() error
}

func usageFields(r *chanceryv1.UsageRow) []string {
	return []string{
		r.Day, r.Org, r.Contract, r.Method, fmt.Sprint(r.Txs), fmt.Sprint(r.Failed), fmt.Sprint(r.Gas),
		fmt.Sprint(r.SponsoredGas), fmt.Sprint(r.StoredBytes),
	}
}

func (c *cli) usageTable() usageOutput {
	var rows [][]string
	return usageOutput{
		row: func(r *chanceryv1.UsageRow) error {
			rows = append(rows, usageFields(r))
			return c.term.Value(map[string]any{
				"day": r.Day, "org": r.Org, "contract": r.Contract, "method": r.Method, "txs": r.Txs, "failed": r.Failed,
				"gas": r.Gas, "sponsored_gas": r.SponsoredGas, "stored_bytes": r.StoredBytes,
			})
		},
		end: func() error {
			c.term.Table([]string{"DAY", "ORGANISATION", "CONTRACT", "METHOD", "TXS", "FAILED", "GAS", "SPONSORED", "STORED BYTES"}, rows)
			return nil
		},
	}
}

func (c *cli) usageCSV() usageOutput {
	w := csv.NewWriter(c.term.Out)
	err := w.Write([]string{"day", "org", "contract", "method", "txs", "failed", "gas", "sponsored_gas", "stored_bytes"})
	return usageOutput{
		row: func(r *chanceryv1.UsageRow) error {
			if err == nil {
				err = w.Write(usageFields(r))
			}
			return err
		},
		end: func() error {
			w.Flush()
			return w.Error()
		},
	}
}

func (c *cli) quotaSponsor() *cobra.Command {
	var perPeriod, perAccount, perTx uint64
	var stop bool
	cmd := &cobra.Command{
		Use: "sponsor CONTRACT METHOD", Short: "Pay for calls by accounts without an organisation; needs role admin", Args: args(2, 2),
		Long: "Pay, from the quota of the contract's organisation, for calls of a method by accounts without an organisation. " +
			"The method must be declared with option sponsored.",
		Example: `  chancery quota sponsor records/evidence Anchor --gas 10000000000 --per-account 50000000 --per-tx 5000000
  chancery quota sponsor records/evidence Anchor --stop`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if stop && (perPeriod > 0 || perAccount > 0 || perTx > 0) {
				return usagef("give --stop or amounts of gas, not both")
			}
			if !stop && (perPeriod == 0 || perAccount == 0 || perTx == 0) {
				return usagef("give --gas, --per-account and --per-tx, or --stop")
			}
			err := c.act(cmd, &chanceryv1.TxBody{Action: &chanceryv1.TxBody_SetSponsorship{SetSponsorship: &chanceryv1.SetSponsorship{
				Contract: args[0], Method: args[1], GasPerPeriod: perPeriod, GasPerAccount: perAccount, MaxGasPerTx: perTx,
			}}}, terminal.Pair{Name: "method", Value: args[0] + "." + args[1]},
				terminal.Pair{Name: "gas per period", Value: strconv.FormatUint(perPeriod, 10)})
			if connect.CodeOf(err) == connect.CodePermissionDenied && !stop {
				return terminal.Hint(err, "an admin of the contract's organisation sponsors methods that its .proto declares with option (chancery.contract.v1.method).sponsored")
			}
			return err
		},
	}
	cmd.Flags().Uint64Var(&perPeriod, "gas", 0, "gas in a period, for all accounts together")
	cmd.Flags().Uint64Var(&perAccount, "per-account", 0, "gas in a period for one account, at most --gas")
	cmd.Flags().Uint64Var(&perTx, "per-tx", 0, "largest gas limit of a tx, at most --per-account")
	cmd.Flags().BoolVar(&stop, "stop", false, "pay no more")
	return cmd
}

func (c *cli) quotaSponsored() *cobra.Command {
	return &cobra.Command{
		Use: "sponsored [ORG]", Short: "List the methods whose calls are paid for by the contract's organisation", Args: args(0, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx, cancel := c.withTimeout(cmd)
			defer cancel()
			cl, err := c.dial()
			if err != nil {
				return err
			}
			req := &chanceryv1.ListSponsorshipsRequest{PageSize: 100}
			if len(args) > 0 {
				req.Org = args[0]
			}
			var rows [][]string
			for {
				resp, err := cl.Quotas.ListSponsorships(ctx, connect.NewRequest(req))
				if err != nil {
					return err
				}
				for _, s := range resp.Msg.Sponsorships {
					rows = append(rows, []string{
						s.Contract, s.Method, fmt.Sprint(s.GasUsed), fmt.Sprint(s.GasPerPeriod), fmt.Sprint(s.GasPerAccount), fmt.Sprint(s.MaxGasPerTx),
					})
					if err := c.term.Value(map[string]any{
						"contract": s.Contract, "method": s.Method, "gas_used": s.GasUsed, "gas_per_period": s.GasPerPeriod,
						"gas_per_account": s.GasPerAccount, "max_gas_per_tx": s.MaxGasPerTx,
					}); err != nil {
						return err
					}
				}
				if req.PageToken = resp.Msg.NextPageToken; req.PageToken == "" {
					break
				}
			}
			c.term.Table([]string{"CONTRACT", "METHOD", "GAS USED", "GAS PER PERIOD", "PER ACCOUNT", "PER TX"}, rows)
			return nil
		},
	}
}
