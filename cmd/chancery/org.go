package main

import (
	"fmt"
	"slices"
	"strings"

	"connectrpc.com/connect"
	"github.com/spf13/cobra"

	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/cmd/chancery/internal/terminal"
)

func (c *cli) orgCommand() *cobra.Command {
	cmd := group(&cobra.Command{Use: "org", Short: "See and change organisations and members"})
	cmd.AddCommand(c.orgList(), c.orgShow(), c.orgMembers(), c.orgSetMember(), c.orgCreate())
	return cmd
}

func orgView(o *chanceryv1.Org) map[string]any {
	return map[string]any{
		"name": o.Name, "title": o.Title, "gas_per_period": o.GasPerPeriod, "gas_used": o.GasUsed, "height": o.Height,
	}
}

func (c *cli) orgList() *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List the organisations", Args: args(0, 0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx, cancel := c.withTimeout(cmd)
			defer cancel()
			cl, err := c.dial()
			if err != nil {
				return err
			}
			var rows [][]string
			for token := ""; ; {
				resp, err := cl.Orgs.ListOrgs(ctx, connect.NewRequest(&chanceryv1.ListOrgsRequest{PageSize: 100, PageToken: token}))
				if err != nil {
					return err
				}
				for _, o := range resp.Msg.Orgs {
					rows = append(rows, []string{o.Name, o.Title, fmt.Sprint(o.GasUsed), fmt.Sprint(o.GasPerPeriod)})
					if err := c.term.Value(orgView(o)); err != nil {
						return err
					}
				}
				if token = resp.Msg.NextPageToken; token == "" {
					break
				}
			}
			c.term.Table([]string{"NAME", "TITLE", "GAS USED", "GAS PER PERIOD"}, rows)
			return nil
		},
	}
}

func (c *cli) orgShow() *cobra.Command {
	return &cobra.Command{
		Use: "show NAME", Short: "Show an organisation", Args: args(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx, cancel := c.withTimeout(cmd)
			defer cancel()
			cl, err := c.dial()
			if err != nil {
				return err
			}
			resp, err := cl.Orgs.GetOrg(ctx, connect.NewRequest(&chanceryv1.GetOrgRequest{Name: args[0]}))
			if err != nil {
				return orgHint(err)
			}
			o := resp.Msg.Org
			c.term.Fields(
				terminal.Pair{Name: "name", Value: o.Name},
				terminal.Pair{Name: "title", Value: o.Title},
				terminal.Pair{Name: "gas used", Value: fmt.Sprintf("%d of %d in this period", o.GasUsed, o.GasPerPeriod)},
				terminal.Pair{Name: "admitted", Value: fmt.Sprintf("height %d", o.Height)},
			)
			return c.term.Value(orgView(o))
		},
	}
}

func orgHint(err error) error {
	if connect.CodeOf(err) == connect.CodeNotFound {
		return terminal.Hint(err, "chancery org list shows the organisations there are")
	}
	return err
}

func (c *cli) orgMembers() *cobra.Command {
	return &cobra.Command{
		Use: "members NAME", Short: "List an organisation's members and their roles", Args: args(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx, cancel := c.withTimeout(cmd)
			defer cancel()
			cl, err := c.dial()
			if err != nil {
				return err
			}
			var rows [][]string
			for token := ""; ; {
				resp, err := cl.Orgs.ListMembers(ctx, connect.NewRequest(&chanceryv1.ListMembersRequest{Org: args[0], PageSize: 100, PageToken: token}))
				if err != nil {
					return orgHint(err)
				}
				for _, m := range resp.Msg.Members {
					rows = append(rows, []string{m.Account, strings.Join(m.Roles, ", ")})
					if err := c.term.Value(map[string]any{"account": m.Account, "roles": slices.Concat([]string{}, m.Roles)}); err != nil {
						return err
					}
				}
				if token = resp.Msg.NextPageToken; token == "" {
					break
				}
			}
			c.term.Table([]string{"ACCOUNT", "ROLES"}, rows)
			return nil
		},
	}
}

func (c *cli) orgSetMember() *cobra.Command {
	var roles []string
	var remove bool
	cmd := &cobra.Command{
		Use: "set-member KEY", Short: "Set what an account is in --org; needs role admin there", Args: args(1, 1),
		Long: "Set what an account is in the organisation of --org. KEY is a name in the keyring or a public key as chancery key show prints it. " +
			"Without roles the account may only call contracts.",
		Example: `  chancery org set-member clerk --key records-admin --roles clerk,registrar
  chancery org set-member sm2:04ab… --key records-admin --remove`,
		RunE: func(cmd *cobra.Command, args []string) error {
			pub, key, err := c.publicKey(args[0])
			if err != nil {
				return err
			}
			if remove && len(roles) > 0 {
				return usagef("give --roles or --remove, not both")
			}
			slices.Sort(roles)
			return c.act(cmd, &chanceryv1.TxBody{Action: &chanceryv1.TxBody_SetMember{SetMember: &chanceryv1.SetMember{
				Key: pub, Roles: slices.Compact(roles), Member: !remove,
			}}}, terminal.Pair{Name: "account", Value: key.Address().String()})
		},
	}
	cmd.Flags().StringSliceVar(&roles, "roles", nil, "roles the account has from now on")
	cmd.Flags().BoolVar(&remove, "remove", false, "it is no member any more")
	return cmd
}

func (c *cli) orgCreate() *cobra.Command {
	var title, admin string
	var gas uint64
	cmd := &cobra.Command{
		Use: "create NAME --admin KEY", Short: "Admit an organisation; needs role operator in the operating one", Args: args(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if admin == "" {
				return usagef("--admin is missing: the key of the organisation's first member")
			}
			pub, key, err := c.publicKey(admin)
			if err != nil {
				return err
			}
			return c.act(cmd, &chanceryv1.TxBody{Action: &chanceryv1.TxBody_CreateOrg{CreateOrg: &chanceryv1.CreateOrg{
				Name: args[0], Title: title, Admin: pub, GasPerPeriod: gas,
			}}}, terminal.Pair{Name: "organisation", Value: args[0]}, terminal.Pair{Name: "admin", Value: key.Address().String()})
		},
	}
	cmd.Flags().StringVar(&title, "title", "", "title for people")
	cmd.Flags().StringVar(&admin, "admin", "", "first member: a key's name or a public key")
	cmd.Flags().Uint64Var(&gas, "gas-per-period", 1_000_000_000_000, "gas it may use in a period")
	return cmd
}

// act signs and submits an action, and prints what it was and its tx.
func (c *cli) act(cmd *cobra.Command, body *chanceryv1.TxBody, what ...terminal.Pair) error {
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
	signed, err := s.Sign(ctx, body)
	if err != nil {
		return err
	}
	return c.submit(ctx, cl, signed, what...)
}
