package main

import (
	"github.com/spf13/cobra"

	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/cmd/chancery/internal/terminal"
)

var errNoReason = usagef("say why with --reason: it stands beside the contract for all to see")

func (c *cli) contractFreeze() *cobra.Command {
	var reason string
	cmd := &cobra.Command{
		Use: "freeze ORGANISATION/CONTRACT --reason TEXT", Short: "Stop a contract: it answers queries only; needs role admin", Args: args(1, 1),
		Long: "Stop a contract of your organisation. Nobody executes it any more, not even another contract or the clock, and nobody upgrades it. Queries stay open. " +
			"Another organisation's contract is frozen by a vote: chancery gov propose.",
		Example: `  chancery contract freeze records/evidence --reason 'entries go missing'`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if reason == "" {
				return errNoReason
			}
			return c.act(cmd, &chanceryv1.TxBody{Action: &chanceryv1.TxBody_FreezeContract{
				FreezeContract: &chanceryv1.FreezeContract{Contract: args[0], Reason: reason},
			}}, terminal.Pair{Name: "contract", Value: args[0]})
		},
	}
	cmd.Flags().StringVar(&reason, "reason", "", "why, for people")
	return c.offline(cmd)
}

func (c *cli) contractUnfreeze() *cobra.Command {
	return c.offline(&cobra.Command{
		Use: "unfreeze ORGANISATION/CONTRACT", Short: "Let a frozen contract run again; needs role admin", Args: args(1, 1),
		Long: "Lift the owner's freeze. What the committee froze, it alone can lift.",
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.act(cmd, &chanceryv1.TxBody{Action: &chanceryv1.TxBody_UnfreezeContract{
				UnfreezeContract: &chanceryv1.UnfreezeContract{Contract: args[0]},
			}}, terminal.Pair{Name: "contract", Value: args[0]})
		},
	})
}

func (c *cli) contractRetire() *cobra.Command {
	var reason string
	cmd := &cobra.Command{
		Use: "retire ORGANISATION/CONTRACT --reason TEXT", Short: "End a contract for good; needs role admin", Args: args(1, 1),
		Long: "End a contract for good: it can never be executed or upgraded again, and its name is not given again. Queries stay open. Nobody can undo it.",
		RunE: func(cmd *cobra.Command, args []string) error {
			if reason == "" {
				return errNoReason
			}
			return c.act(cmd, &chanceryv1.TxBody{Action: &chanceryv1.TxBody_RetireContract{
				RetireContract: &chanceryv1.RetireContract{Contract: args[0], Reason: reason},
			}}, terminal.Pair{Name: "contract", Value: args[0]})
		},
	}
	cmd.Flags().StringVar(&reason, "reason", "", "why, for people")
	return c.offline(cmd)
}

func (c *cli) contractPrune() *cobra.Command {
	return c.offline(&cobra.Command{
		Use: "prune CODE_HASH|FILE.wasm", Short: "Remove code that nothing uses any more; needs role developer", Args: args(1, 1),
		Long: "Remove code that your organisation uploaded from the chain. Code that a version of a contract or an open proposal refers to stays.",
		RunE: func(cmd *cobra.Command, args []string) error {
			hash, err := codeHash(args[0])
			if err != nil {
				return err
			}
			return c.act(cmd, &chanceryv1.TxBody{Action: &chanceryv1.TxBody_PruneCode{PruneCode: &chanceryv1.PruneCode{CodeHash: hash[:]}}})
		},
	})
}
