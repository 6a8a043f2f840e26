package main

import (
	"github.com/spf13/cobra"
)

// maxPermitContracts is how many contracts a permit may name; see permit.proto.
const maxPermitContracts = 16

func (c *cli) contractPermit() *cobra.Command {
	var as string
	cmd := &cobra.Command{
		Use: "permit ORGANISATION/CONTRACT… --as KEY", Short: "Print the header by which any HTTP client asks gated queries", Args: args(1, maxPermitContracts),
		Long: `Sign a permit to ask gated queries of the named contracts, and print it as the header of an HTTP request. It is
good for some minutes, on this chain, for these contracts alone. With --org the contract sees the account as that
organisation's member; an account without organisation asks for itself.

Whoever gets the header can ask as this account until it expires: send it to nodes of the chain only.`,
		Example: `  curl -H 'Content-Type: application/json' -H "$(chancery contract permit hotline/orders --as citizen)" -d '{}' \
    "$URL/c/hotline/orders/hotline.orders.v1.OrdersService/ListOwn"`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if as == "" {
				return usagef("--as is missing: the name of the key to sign the permit with")
			}
			ctx, cancel := c.withTimeout(cmd)
			defer cancel()
			cl, err := c.dial()
			if err != nil {
				return err
			}
			signer, err := c.asker(ctx, cl, as)
			if err != nil {
				return err
			}
			value, err := signer.Permit(ctx, args...)
			if err != nil {
				return err
			}
			c.term.Printf("Authorization: %s", value)
			return c.term.Value(map[string]any{"header": "Authorization", "value": value, "contracts": args})
		},
	}
	cmd.Flags().StringVar(&as, "as", "", "name of the key to sign with")
	return cmd
}
