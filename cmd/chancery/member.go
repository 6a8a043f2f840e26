package main

import (
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"connectrpc.com/connect"
	"github.com/spf13/cobra"
	"google.golang.org/protobuf/types/known/timestamppb"

	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/cmd/chancery/internal/terminal"
)

func (c *cli) memberCommand() *cobra.Command {
	cmd := group(&cobra.Command{Use: "member", Short: "See and change the members of an organisation"})
	cmd.AddCommand(c.memberList(), c.memberShow(), c.offline(c.memberSet()), c.offline(c.memberRemove()),
		c.offline(c.memberRest("suspend", true)), c.offline(c.memberRest("resume", false)))
	return cmd
}

func memberView(m *chanceryv1.Member) map[string]any {
	v := map[string]any{
		"account": m.Account, "roles": slices.Concat([]string{}, m.Roles), "suspended": m.Suspended, "active": m.Active,
	}
	if m.From != nil {
		v["from"] = m.From.AsTime()
	}
	if m.Until != nil {
		v["until"] = m.Until.AsTime()
	}
	return v
}

// orNone is a text for people that may be empty.
func orNone(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

func timeText(t *timestamppb.Timestamp) string {
	if t == nil {
		return "-"
	}
	return t.AsTime().Local().Format("2006-01-02 15:04 MST")
}

// countsText says whether a membership counts.
func countsText(m *chanceryv1.Member) string {
	switch {
	case m.Suspended:
		return "suspended"
	case !m.Active && m.From != nil && m.From.AsTime().After(time.Now()):
		return "not yet"
	case !m.Active:
		return "ended"
	}
	return "active"
}

func (c *cli) memberList() *cobra.Command {
	return &cobra.Command{
		Use: "list [ORGANISATION]", Short: "List the members of an organisation, or of --org, and their roles", Args: args(0, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			org := c.org
			if len(args) > 0 {
				org = args[0]
			}
			if org == "" {
				return errNoOrg
			}
			ctx, cancel := c.withTimeout(cmd)
			defer cancel()
			cl, err := c.dial()
			if err != nil {
				return err
			}
			var rows [][]string
			for token := ""; ; {
				resp, err := cl.Orgs.ListMembers(ctx, connect.NewRequest(&chanceryv1.ListMembersRequest{Org: org, PageSize: 100, PageToken: token}))
				if err != nil {
					return orgHint(err)
				}
				for _, m := range resp.Msg.Members {
					rows = append(rows, []string{m.Account, strings.Join(m.Roles, ", "), countsText(m), timeText(m.From), timeText(m.Until)})
					if err := c.term.Value(memberView(m)); err != nil {
						return err
					}
				}
				if token = resp.Msg.NextPageToken; token == "" {
					break
				}
			}
			c.term.Table([]string{"ACCOUNT", "ROLES", "STATUS", "FROM", "UNTIL"}, rows)
			return nil
		},
	}
}

// errNoOrg asks for the organisation, which no key tells here.
var errNoOrg = usagef("--org is missing: the organisation whose member this is")

// member asks for a member of --org: a name in the keyring or an address.
func (c *cli) member(cmd *cobra.Command, name string) (*chanceryv1.Member, error) {
	if c.org == "" {
		return nil, errNoOrg
	}
	account, err := c.address(name)
	if err != nil {
		return nil, err
	}
	ctx, cancel := c.withTimeout(cmd)
	defer cancel()
	cl, err := c.dial()
	if err != nil {
		return nil, err
	}
	resp, err := cl.Orgs.GetMember(ctx, connect.NewRequest(&chanceryv1.GetMemberRequest{Org: c.org, Account: account}))
	if connect.CodeOf(err) == connect.CodeNotFound {
		return nil, terminal.Hint(err, "chancery member list %s shows its members", c.org)
	}
	if err != nil {
		return nil, err
	}
	return resp.Msg.Member, nil
}

func (c *cli) memberShow() *cobra.Command {
	return &cobra.Command{
		Use: "show ACCOUNT", Short: "Show what an account is in --org", Args: args(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			m, err := c.member(cmd, args[0])
			if err != nil {
				return err
			}
			c.term.Fields(
				terminal.Pair{Name: "account", Value: m.Account},
				terminal.Pair{Name: "roles", Value: orNone(strings.Join(m.Roles, ", "))},
				terminal.Pair{Name: "status", Value: countsText(m)},
				terminal.Pair{Name: "from", Value: timeText(m.From)},
				terminal.Pair{Name: "until", Value: timeText(m.Until)},
			)
			return c.term.Value(memberView(m))
		},
	}
}

func (c *cli) memberSet() *cobra.Command {
	var roles []string
	var from, until, consent string
	var remove bool
	cmd := &cobra.Command{
		Use: "set KEY|ADDRESS", Short: "Set what an account is in --org; needs role admin there", Args: args(1, 1),
		Long: `Set what an account is in the organisation of --org: all of it, so that a role or a time that is not given is
taken away. KEY is a name in the keyring or a public key as chancery key show prints it, and its account is made
if it does not exist; ADDRESS is an account that exists. Without roles the account may only call contracts.

The organisation becomes the guardian of an account that is made, able to recover it, when the new member's key
agrees: by --consent, which chancery account consent prints for the member, or because the key is in this keyring
and its passphrase is given (--consent sign).`,
		Example: `  chancery member set clerk --key records-admin --roles clerk,registrar --until 2026-12-31
  chancery member set sm2:04ab… --key records-admin --roles clerk --consent 9f07…
  chancery member set cy1… --key records-admin --roles auditor --from 24h --until 30d`,
		RunE: func(cmd *cobra.Command, args []string) error {
			m := &chanceryv1.SetMember{Member: !remove}
			address := args[0]
			if strings.HasPrefix(address, "cy1") {
				m.Account = address
			} else {
				pub, key, err := c.publicKey(args[0])
				if err != nil {
					return err
				}
				m.Key, address = pub, key.Address().String()
			}
			if remove && (len(roles) > 0 || from != "" || until != "") {
				return usagef("give what the member is or --remove, not both")
			}
			slices.Sort(roles)
			m.Roles = slices.Compact(roles)
			var err error
			if m.From, err = parseTime("from", from); err != nil {
				return err
			}
			if m.Until, err = parseTime("until", until); err != nil {
				return err
			}
			if m.Consent, err = c.consent(cmd, args[0], consent); err != nil {
				return err
			}
			return c.act(cmd, &chanceryv1.TxBody{Action: &chanceryv1.TxBody_SetMember{SetMember: m}}, terminal.Pair{Name: "account", Value: address})
		},
	}
	f := cmd.Flags()
	f.StringSliceVar(&roles, "roles", nil, "roles the account has from now on")
	f.StringVar(&from, "from", "", "when it begins to be a member: a date, a time, or how far ahead (default: now)")
	f.StringVar(&until, "until", "", "when it ends to be one (default: never)")
	f.StringVar(&consent, "consent", "", "the member's consent to the organisation as guardian, in hex, or sign")
	f.BoolVar(&remove, "remove", false, "it is no member any more")
	return cmd
}

// consent reads a consent, or signs it with the member's key.
func (c *cli) consent(cmd *cobra.Command, keyName, text string) ([]byte, error) {
	if text != "sign" {
		b, err := hex.DecodeString(text)
		if err != nil {
			return nil, usagef("--consent %q is neither hex nor sign", text)
		}
		return b, nil
	}
	if c.org == "" {
		return nil, usagef("--consent sign needs --org: what the key agrees to must be said")
	}
	return c.signConsent(cmd, keyName, c.org)
}

func (c *cli) memberRemove() *cobra.Command {
	return &cobra.Command{
		Use: "remove ACCOUNT", Short: "End a membership in --org; needs role admin there", Args: args(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			account, err := c.address(args[0])
			if err != nil {
				return err
			}
			return c.act(cmd, &chanceryv1.TxBody{Action: &chanceryv1.TxBody_SetMember{SetMember: &chanceryv1.SetMember{Account: account}}},
				terminal.Pair{Name: "account", Value: account})
		},
	}
}

// memberRest changes whether a membership rests, and keeps the rest of it.
func (c *cli) memberRest(name string, suspend bool) *cobra.Command {
	short := "Let a membership in --org rest, with its roles kept; needs role admin there"
	if !suspend {
		short = "Let a membership in --org count again; needs role admin there"
	}
	return &cobra.Command{
		Use: name + " ACCOUNT", Short: short, Args: args(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			m, err := c.member(cmd, args[0])
			if err != nil {
				return err
			}
			return c.act(cmd, &chanceryv1.TxBody{Action: &chanceryv1.TxBody_SetMember{SetMember: &chanceryv1.SetMember{
				Account: m.Account, Roles: m.Roles, Member: true, From: m.From, Until: m.Until, Suspended: suspend,
			}}}, terminal.Pair{Name: "account", Value: m.Account}, terminal.Pair{Name: "roles", Value: orNone(strings.Join(m.Roles, ", "))})
		},
	}
}

// parseTime reads a date (its midnight here), a time with zone, or how far ahead
// of this machine's clock: 90m, 24h, 30d. Empty is none.
func parseTime(flag, s string) (*timestamppb.Timestamp, error) {
	if s == "" {
		return nil, nil
	}
	now := time.Now().Truncate(time.Second)
	if days, ok := strings.CutSuffix(s, "d"); ok {
		if n, err := strconv.ParseUint(days, 10, 16); err == nil {
			return timestamppb.New(now.AddDate(0, 0, int(n))), nil
		}
	}
	if d, err := time.ParseDuration(s); err == nil {
		return timestamppb.New(now.Add(d)), nil
	}
	if t, err := time.ParseInLocation("2006-01-02", s, time.Local); err == nil {
		return timestamppb.New(t), nil
	}
	if t, err := time.Parse(time.RFC3339, s); err == nil {
		return timestamppb.New(t), nil
	}
	return nil, terminal.Hint(usagef("--%s %q is no time", flag, s), "%s", fmt.Sprintf("write 2026-12-31, %s, 24h or 30d", time.RFC3339))
}
