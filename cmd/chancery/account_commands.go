package main

import (
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"connectrpc.com/connect"
	"github.com/spf13/cobra"

	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/app/key"
	"github.com/chancery-chain/chancery/client"
	"github.com/chancery-chain/chancery/cmd/chancery/internal/terminal"
)

func (c *cli) accountCommand() *cobra.Command {
	cmd := group(&cobra.Command{Use: "account", Short: "See and change accounts: keys, recovery, delegation"})
	cmd.AddCommand(
		c.accountShow(), c.offline(c.accountSetKeys()), c.offline(c.accountGuardian()), c.accountConsent(),
		c.offline(c.accountRecover()), c.offline(c.accountCancelRecovery()),
		c.offline(c.accountStatus("suspend", true)), c.offline(c.accountStatus("resume", false)),
		c.offline(c.accountDelegate()), c.offline(c.accountRevoke()), c.accountDelegations(),
	)
	return cmd
}

type keyWeight struct {
	Key    string `json:"key"`
	Weight uint32 `json:"weight"`
}

func keyWeightOf(k *chanceryv1.PublicKey, weight uint32) keyWeight {
	return keyWeight{publicText(key.Public{Type: key.Type(k.GetKeyType()), Bytes: k.GetPublicKey()}), weight}
}

func (c *cli) accountShow() *cobra.Command {
	return &cobra.Command{
		Use: "show [ACCOUNT]", Short: "Show an account: its keys, its guardian, what waits for its time", Args: args(0, 1),
		Long: "Show an account, named by its address or the key that made it (default: that of --account or --key).",
		RunE: func(cmd *cobra.Command, args []string) error {
			name := c.account
			if len(args) > 0 {
				name = args[0]
			}
			var err error
			if name == "" {
				if name, err = c.keyName(); err != nil {
					return err
				}
			}
			address, err := c.address(name)
			if err != nil {
				return err
			}
			ctx, cancel := c.withTimeout(cmd)
			defer cancel()
			cl, err := c.dial()
			if err != nil {
				return err
			}
			resp, err := cl.Orgs.GetAccount(ctx, connect.NewRequest(&chanceryv1.GetAccountRequest{Address: address}))
			if err != nil {
				return err
			}
			return c.printAccount(resp.Msg)
		},
	}
}

func (c *cli) printAccount(a *chanceryv1.GetAccountResponse) error {
	view := map[string]any{
		"address": a.Address, "orgs": slices.Concat([]string{}, a.Orgs), "threshold": a.Threshold, "guardian": a.Guardian,
		"status": standingText(a.Standing),
	}
	pairs := []terminal.Pair{
		{Name: "address", Value: a.Address},
		{Name: "organisations", Value: orNone(strings.Join(a.Orgs, ", "))},
		{Name: "status", Value: standingText(a.Standing)},
		{Name: "guardian", Value: orNone(a.Guardian)},
		{Name: "threshold", Value: a.Threshold},
	}
	keys := []keyWeight{}
	var rows [][]string
	for i, k := range a.Keys {
		one := keyWeightOf(k, a.Weights[i])
		keys = append(keys, one)
		rows = append(rows, []string{one.Key, fmt.Sprint(one.Weight), "signs"})
	}
	view["keys"] = keys
	if r := a.Recovery; r != nil {
		var to []keyWeight
		for _, k := range r.Keys {
			one := keyWeightOf(k.Key, k.Weight)
			to = append(to, one)
			rows = append(rows, []string{one.Key, fmt.Sprint(one.Weight), "from " + timeText(r.Effective)})
		}
		view["recovery"] = map[string]any{"keys": to, "threshold": r.Threshold, "effective": r.Effective.AsTime(), "origin": r.Origin}
		pairs = append(pairs, terminal.Pair{Name: "recovery", Value: fmt.Sprintf("takes effect %s, started by %s; threshold %d",
			timeText(r.Effective), r.Origin, r.Threshold)})
	}
	if g := a.GuardianChange; g != nil {
		view["guardian_change"] = map[string]any{"org": g.Org, "effective": g.Effective.AsTime()}
		pairs = append(pairs, terminal.Pair{Name: "guardian change", Value: fmt.Sprintf("%s from %s", orNone(g.Org), timeText(g.Effective))})
	}
	c.term.Fields(pairs...)
	c.term.Table([]string{"KEY", "WEIGHT", ""}, rows)
	return c.term.Value(view)
}

// weightedKeys reads KEY[=WEIGHT] arguments.
func (c *cli) weightedKeys(list []string) (keys []*chanceryv1.WeightedKey, err error) {
	for _, s := range list {
		text, number, has := strings.Cut(s, "=")
		weight := uint64(1)
		if has {
			if weight, err = strconv.ParseUint(number, 10, 32); err != nil {
				return nil, usagef("%q: what follows = is no weight", s)
			}
		}
		pub, _, err := c.publicKey(text)
		if err != nil {
			return nil, err
		}
		keys = append(keys, &chanceryv1.WeightedKey{Key: pub, Weight: uint32(weight)})
	}
	return keys, nil
}

func (c *cli) accountSetKeys() *cobra.Command {
	var threshold uint32
	cmd := &cobra.Command{
		Use: "set-keys KEY[=WEIGHT]…", Short: "Replace the account's own keys", Args: args(1, -1),
		Long: "Replace all keys of the account, from the next tx on; a pending recovery is cancelled. Each KEY is a name in the keyring or a public key, " +
			"with what its signature counts (1 if not said). The keys that sign this are the old ones.",
		Example: `  chancery account set-keys new-token --key old-token
  chancery account set-keys alice bob carol --threshold 2 --key alice --org records`,
		RunE: func(cmd *cobra.Command, args []string) error {
			keys, err := c.weightedKeys(args)
			if err != nil {
				return err
			}
			return c.act(cmd, &chanceryv1.TxBody{Action: &chanceryv1.TxBody_SetKeys{SetKeys: &chanceryv1.SetKeys{Keys: keys, Threshold: threshold}}},
				terminal.Pair{Name: "keys", Value: len(keys)}, terminal.Pair{Name: "threshold", Value: threshold})
		},
	}
	cmd.Flags().Uint32Var(&threshold, "threshold", 1, "sum of weights that the signatures of a tx must reach")
	return cmd
}

func (c *cli) accountGuardian() *cobra.Command {
	var none bool
	cmd := &cobra.Command{
		Use: "guardian ORGANISATION", Short: "Name the organisation whose admins may recover and suspend the account", Args: args(0, 1),
		Long: "Name the organisation whose admins may recover and suspend the account. The first guardian is so at once. Another one, or none, takes effect after the " +
			"chain's recovery delay, 72 hours by default, in which the present guardian can still recover the account; account show tells from when on. " +
			"Naming the present guardian drops a change that waits.",
		RunE: func(cmd *cobra.Command, args []string) error {
			if none == (len(args) == 1) {
				return usagef("name an organisation, or give --none")
			}
			to := strings.Join(args, "")
			return c.act(cmd, &chanceryv1.TxBody{Action: &chanceryv1.TxBody_SetGuardian{SetGuardian: &chanceryv1.SetGuardian{Org: to}}},
				terminal.Pair{Name: "guardian", Value: orNone(to)})
		},
	}
	cmd.Flags().BoolVar(&none, "none", false, "have no guardian: lost keys are lost for good")
	return cmd
}

func (c *cli) accountConsent() *cobra.Command {
	return &cobra.Command{
		Use: "consent ORGANISATION", Short: "Sign that an organisation may be the guardian of the account that --key will make", Args: args(1, 1),
		Long: "Print in hex what a new member gives to the admin who adds it with chancery member set --consent: the organisation may then recover the account " +
			"when its keys are lost, and suspend it.",
		RunE: func(cmd *cobra.Command, args []string) error {
			name, err := c.keyName()
			if err != nil {
				return err
			}
			sig, err := c.signConsent(cmd, name, args[0])
			if err != nil {
				return err
			}
			c.term.Printf("%x", sig)
			return c.term.Value(map[string]any{"consent": hex.EncodeToString(sig), "key": name, "org": args[0]})
		},
	}
}

// signConsent signs a consent for the node's chain.
func (c *cli) signConsent(cmd *cobra.Command, keyName, org string) ([]byte, error) {
	ctx, cancel := c.withTimeout(cmd)
	defer cancel()
	cl, err := c.dial()
	if err != nil {
		return nil, err
	}
	chain, err := cl.ChainID(ctx)
	if err != nil {
		return nil, err
	}
	k, err := c.unlock(ctx, keyName)
	if err != nil {
		return nil, err
	}
	return client.GuardianConsent(k, chain, org)
}

func (c *cli) accountRecover() *cobra.Command {
	var threshold uint32
	cmd := &cobra.Command{
		Use: "recover ACCOUNT KEY[=WEIGHT]…", Short: "Give an account new keys after the chain's delay; needs role admin in its guardian", Args: args(2, -1),
		Long: "Start the recovery of an account whose keys are lost. The new keys are the account's after the chain's recovery delay, 72 hours by default. " +
			"Until then the old keys and the guardian's admins can cancel it.",
		RunE: func(cmd *cobra.Command, args []string) error {
			address, err := c.address(args[0])
			if err != nil {
				return err
			}
			keys, err := c.weightedKeys(args[1:])
			if err != nil {
				return err
			}
			return c.act(cmd, &chanceryv1.TxBody{Action: &chanceryv1.TxBody_StartRecovery{StartRecovery: &chanceryv1.StartRecovery{
				Account: address, Keys: keys, Threshold: threshold,
			}}}, terminal.Pair{Name: "account", Value: address})
		},
	}
	cmd.Flags().Uint32Var(&threshold, "threshold", 1, "sum of weights that the signatures of a tx must reach")
	return cmd
}

func (c *cli) accountCancelRecovery() *cobra.Command {
	return &cobra.Command{
		Use: "cancel-recovery [ACCOUNT]", Short: "Cancel a pending recovery: of the own account, or as admin of the guardian", Args: args(0, 1),
		Long: "Cancel a pending recovery. For the own account, name no ACCOUNT and give its guardian as --org: that works even when the account is suspended " +
			"or no member any more.",
		RunE: func(cmd *cobra.Command, args []string) error {
			m := &chanceryv1.CancelRecovery{}
			if len(args) > 0 {
				var err error
				if m.Account, err = c.address(args[0]); err != nil {
					return err
				}
			}
			return c.act(cmd, &chanceryv1.TxBody{Action: &chanceryv1.TxBody_CancelRecovery{CancelRecovery: m}})
		},
	}
}

func (c *cli) accountStatus(name string, suspend bool) *cobra.Command {
	var reason string
	short := "Suspend an account: it signs nothing; needs role admin in its guardian"
	if !suspend {
		short = "Lift the suspension of an account; needs role admin in its guardian"
	}
	cmd := &cobra.Command{
		Use: name + " ACCOUNT", Short: short, Args: args(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			address, err := c.address(args[0])
			if err != nil {
				return err
			}
			return c.act(cmd, &chanceryv1.TxBody{Action: &chanceryv1.TxBody_SetAccountStatus{SetAccountStatus: &chanceryv1.SetAccountStatus{
				Account: address, Suspended: suspend, Reason: reason,
			}}}, terminal.Pair{Name: "account", Value: address})
		},
	}
	cmd.Flags().StringVar(&reason, "reason", "", "why, for people")
	return cmd
}

func (c *cli) accountDelegate() *cobra.Command {
	var until string
	cmd := &cobra.Command{
		Use: "delegate ACCOUNT ORGANISATION/CONTRACT:METHOD[,METHOD]…", Short: "Let another account execute methods in your place", Args: args(2, -1),
		Long: "Let another account, such as a service, execute the named methods with your membership and roles in --org, on its quota, until a time. " +
			"The delegate signs with --in-place-of. A second delegation to the same account for the same organisation replaces the first.",
		Example: `  chancery account delegate cy1… records/evidence:Anchor,Annotate --until 90d --key records-clerk
  chancery contract call records/evidence Anchor @x.json --key gateway --in-place-of cy1… --org records`,
		RunE: func(cmd *cobra.Command, args []string) error {
			to, err := c.address(args[0])
			if err != nil {
				return err
			}
			m := &chanceryv1.Delegate{Delegate: to}
			if m.Grants, err = parseGrants(args[1:]); err != nil {
				return err
			}
			if until == "" {
				return usagef("--until is missing: when the delegation ends")
			}
			if m.Until, err = parseTime("until", until); err != nil {
				return err
			}
			return c.act(cmd, &chanceryv1.TxBody{Action: &chanceryv1.TxBody_Delegate{Delegate: m}},
				terminal.Pair{Name: "delegate", Value: to}, terminal.Pair{Name: "until", Value: timeText(m.Until)})
		},
	}
	cmd.Flags().StringVar(&until, "until", "", "when it ends: a date, a time, or how far ahead; at most 366 days")
	return cmd
}

// parseGrants reads CONTRACT:METHOD,METHOD arguments in the order that a tx needs.
func parseGrants(list []string) ([]*chanceryv1.Grant, error) {
	methods := map[string][]string{}
	var names []string
	for _, s := range list {
		name, text, ok := strings.Cut(s, ":")
		if !ok || text == "" {
			return nil, usagef("%q is no grant: expected ORGANISATION/CONTRACT:METHOD,METHOD", s)
		}
		if methods[name] == nil {
			names = append(names, name)
		}
		methods[name] = append(methods[name], strings.Split(text, ",")...)
	}
	slices.Sort(names)
	var grants []*chanceryv1.Grant
	for _, name := range names {
		slices.Sort(methods[name])
		grants = append(grants, &chanceryv1.Grant{Contract: name, Methods: slices.Compact(methods[name])})
	}
	return grants, nil
}

func (c *cli) accountRevoke() *cobra.Command {
	var principal string
	cmd := &cobra.Command{
		Use: "revoke DELEGATE", Short: "End a delegation for --org: your own, or any as admin there", Args: args(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			to, err := c.address(args[0])
			if err != nil {
				return err
			}
			m := &chanceryv1.RevokeDelegation{Delegate: to}
			if principal != "" {
				if m.Principal, err = c.address(principal); err != nil {
					return err
				}
			}
			return c.act(cmd, &chanceryv1.TxBody{Action: &chanceryv1.TxBody_RevokeDelegation{RevokeDelegation: m}},
				terminal.Pair{Name: "delegate", Value: to})
		},
	}
	cmd.Flags().StringVar(&principal, "principal", "", "account that gave it (default: your own)")
	return cmd
}

func (c *cli) accountDelegations() *cobra.Command {
	return &cobra.Command{
		Use: "delegations ACCOUNT", Short: "List the delegations that an account gave", Args: args(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			address, err := c.address(args[0])
			if err != nil {
				return err
			}
			ctx, cancel := c.withTimeout(cmd)
			defer cancel()
			cl, err := c.dial()
			if err != nil {
				return err
			}
			var rows [][]string
			for token := ""; ; {
				resp, err := cl.Orgs.ListDelegations(ctx, connect.NewRequest(&chanceryv1.ListDelegationsRequest{Principal: address, PageSize: 100, PageToken: token}))
				if err != nil {
					return err
				}
				for _, d := range resp.Msg.Delegations {
					grants := []any{}
					for _, g := range d.Grants {
						rows = append(rows, []string{d.Delegate, d.Org, g.Contract, strings.Join(g.Methods, ", "), timeText(d.Until)})
						grants = append(grants, map[string]any{"contract": g.Contract, "methods": g.Methods})
					}
					if err := c.term.Value(map[string]any{
						"principal": d.Principal, "delegate": d.Delegate, "org": d.Org, "grants": grants, "until": d.Until.AsTime(), "height": d.Height,
					}); err != nil {
						return err
					}
				}
				if token = resp.Msg.NextPageToken; token == "" {
					break
				}
			}
			c.term.Table([]string{"DELEGATE", "ORG", "CONTRACT", "METHODS", "UNTIL"}, rows)
			return nil
		},
	}
}
