package main

import (
	"fmt"
	"strings"

	"connectrpc.com/connect"
	"github.com/spf13/cobra"

	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/app/tx"
	"github.com/chancery-chain/chancery/cmd/chancery/internal/terminal"
)

func (c *cli) orgCommand() *cobra.Command {
	cmd := group(&cobra.Command{Use: "org", Short: "See and change organisations"})
	list, set := c.memberList(), c.memberSet()
	list.Use, list.Short = "members NAME", "The same as chancery member list"
	set.Use, set.Short = "set-member KEY", "The same as chancery member set"
	cmd.AddCommand(c.orgList(), c.orgShow(), list, set, c.offline(c.orgCreate()), c.offline(c.orgUpdate()),
		c.offline(c.orgStatus("suspend", true)), c.offline(c.orgStatus("resume", false)))
	return cmd
}

func orgView(o *chanceryv1.Org) map[string]any {
	return map[string]any{
		"name": o.Name, "title": o.Title, "gas_per_period": o.GasPerPeriod, "gas_used": o.GasUsed, "height": o.Height,
		"kind": kindText(o.Kind), "uscc": o.Uscc, "parent": o.Parent, "status": standingText(o.Standing),
	}
}

// kindText and standingText are the API's names as this program writes them.
func kindText(k chanceryv1.OrgKind) string {
	if k == chanceryv1.OrgKind_ORG_KIND_UNSPECIFIED {
		return ""
	}
	return strings.ToLower(strings.TrimPrefix(k.String(), "ORG_KIND_"))
}

func standingText(s chanceryv1.Standing) string {
	return strings.ReplaceAll(strings.ToLower(strings.TrimPrefix(s.String(), "STANDING_")), "_", " ")
}

// parseKind is the inverse of kindText.
func parseKind(s string) (chanceryv1.OrgKind, error) {
	var names []string
	for n := range len(chanceryv1.OrgKind_name) {
		k := chanceryv1.OrgKind(n)
		if kindText(k) == s {
			return k, nil
		}
		names = append(names, kindText(k))
	}
	return 0, terminal.Hint(usagef("%q is no kind of organisation", s), "the kinds are %s", strings.Join(names[1:], ", "))
}

func (c *cli) orgList() *cobra.Command {
	var parent string
	cmd := &cobra.Command{
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
				resp, err := cl.Orgs.ListOrgs(ctx, connect.NewRequest(&chanceryv1.ListOrgsRequest{PageSize: 100, PageToken: token, Parent: parent}))
				if err != nil {
					return err
				}
				for _, o := range resp.Msg.Orgs {
					rows = append(rows, []string{o.Name, o.Title, kindText(o.Kind), o.Parent, standingText(o.Standing), fmt.Sprint(o.GasUsed), fmt.Sprint(o.GasPerPeriod)})
					if err := c.term.Value(orgView(o)); err != nil {
						return err
					}
				}
				if token = resp.Msg.NextPageToken; token == "" {
					break
				}
			}
			c.term.Table([]string{"NAME", "TITLE", "KIND", "PARENT", "STATUS", "GAS USED", "GAS PER PERIOD"}, rows)
			return nil
		},
	}
	cmd.Flags().StringVar(&parent, "parent", "", "only those directly below this one")
	return cmd
}

func (c *cli) orgShow() *cobra.Command {
	return &cobra.Command{
		Use: "show NAME|CODE", Short: "Show an organisation, named or by its unified social credit code", Args: args(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx, cancel := c.withTimeout(cmd)
			defer cancel()
			cl, err := c.dial()
			if err != nil {
				return err
			}
			req := &chanceryv1.GetOrgRequest{Name: args[0]}
			if tx.CheckOrgName(args[0]) != nil {
				req = &chanceryv1.GetOrgRequest{Uscc: args[0]}
			}
			resp, err := cl.Orgs.GetOrg(ctx, connect.NewRequest(req))
			if err != nil {
				return orgHint(err)
			}
			o := resp.Msg.Org
			c.term.Fields(
				terminal.Pair{Name: "name", Value: o.Name},
				terminal.Pair{Name: "title", Value: o.Title},
				terminal.Pair{Name: "kind", Value: orNone(kindText(o.Kind))},
				terminal.Pair{Name: "uscc", Value: orNone(o.Uscc)},
				terminal.Pair{Name: "parent", Value: orNone(o.Parent)},
				terminal.Pair{Name: "status", Value: standingText(o.Standing)},
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

func (c *cli) orgCreate() *cobra.Command {
	var title, admin, kind, uscc, parent string
	var gas uint64
	cmd := &cobra.Command{
		Use: "create NAME --admin KEY", Short: "Admit an organisation; needs role operator in the operating one", Args: args(1, 1),
		Example: `  chancery org create housing --title 住房和城乡建设局 --kind government --uscc 11440700MB2T00027P --admin ed25519:3b6a… --key city-operator`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if admin == "" {
				return usagef("--admin is missing: the key of the organisation's first member")
			}
			pub, key, err := c.publicKey(admin)
			if err != nil {
				return err
			}
			k, err := parseKind(kind)
			if err != nil {
				return err
			}
			return c.act(cmd, &chanceryv1.TxBody{Action: &chanceryv1.TxBody_CreateOrg{CreateOrg: &chanceryv1.CreateOrg{
				Name: args[0], Title: title, Admin: pub, GasPerPeriod: gas, Kind: k, Uscc: uscc, Parent: parent,
			}}}, terminal.Pair{Name: "organisation", Value: args[0]}, terminal.Pair{Name: "admin", Value: key.Address().String()})
		},
	}
	orgFlags(cmd, &title, &kind, &uscc, &parent)
	cmd.Flags().StringVar(&admin, "admin", "", "first member: a key's name or a public key")
	cmd.Flags().Uint64Var(&gas, "gas-per-period", 1_000_000_000_000, "gas it may use in a period")
	return cmd
}

func orgFlags(cmd *cobra.Command, title, kind, uscc, parent *string) {
	cmd.Flags().StringVar(title, "title", "", "title for people")
	cmd.Flags().StringVar(kind, "kind", "", "government, institution, enterprise, social, collective or body")
	cmd.Flags().StringVar(uscc, "uscc", "", "unified social credit code")
	cmd.Flags().StringVar(parent, "parent", "", "organisation above it")
}

func (c *cli) orgUpdate() *cobra.Command {
	var title, kind, uscc, parent string
	cmd := &cobra.Command{
		Use: "update NAME", Short: "Change what is said about an organisation; needs role operator in the operating one", Args: args(1, 1),
		Long: "Change what is said about an organisation. What no flag names stays; an empty value takes it away.",
		RunE: func(cmd *cobra.Command, args []string) error {
			m := &chanceryv1.UpdateOrg{Org: args[0]}
			set := func(flag string, to **string, v *string) {
				if cmd.Flags().Changed(flag) {
					*to = v
				}
			}
			set("title", &m.Title, &title)
			set("uscc", &m.Uscc, &uscc)
			set("parent", &m.Parent, &parent)
			if cmd.Flags().Changed("kind") {
				k, err := parseKind(kind)
				if err != nil {
					return err
				}
				m.Kind = &k
			}
			if m.Title == nil && m.Uscc == nil && m.Parent == nil && m.Kind == nil {
				return usagef("give at least one of --title, --kind, --uscc and --parent")
			}
			return c.act(cmd, &chanceryv1.TxBody{Action: &chanceryv1.TxBody_UpdateOrg{UpdateOrg: m}},
				terminal.Pair{Name: "organisation", Value: args[0]})
		},
	}
	orgFlags(cmd, &title, &kind, &uscc, &parent)
	return cmd
}

func (c *cli) orgStatus(name string, suspend bool) *cobra.Command {
	var reason string
	short := "Suspend an organisation: nobody may act for it; needs role operator in the operating one"
	if !suspend {
		short = "Lift the suspension of an organisation; needs role operator in the operating one"
	}
	cmd := &cobra.Command{
		Use: name + " NAME", Short: short, Args: args(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.act(cmd, &chanceryv1.TxBody{Action: &chanceryv1.TxBody_SetOrgStatus{SetOrgStatus: &chanceryv1.SetOrgStatus{
				Org: args[0], Suspended: suspend, Reason: reason,
			}}}, terminal.Pair{Name: "organisation", Value: args[0]})
		},
	}
	cmd.Flags().StringVar(&reason, "reason", "", "why, for people")
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
	if body.ValidUntil, err = c.until(); err != nil {
		return err
	}
	signed, err := s.Sign(ctx, body)
	if err != nil {
		return err
	}
	if c.signOnly != "" {
		return c.writeTx(c.signOnly, signed)
	}
	return c.submit(ctx, cl, signed, what...)
}
