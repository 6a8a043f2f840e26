package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"connectrpc.com/connect"
	"github.com/spf13/cobra"

	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/api/schema"
	"github.com/chancery-chain/chancery/client"
	"github.com/chancery-chain/chancery/cmd/chancery/internal/terminal"
)

// upgradeFlags is what can be said about an upgrade.
type upgradeFlags struct {
	migrate   string
	breaking  bool
	rehearsal string
	unfreeze  bool
}

func (f *upgradeFlags) add(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.migrate, "migrate", "", "request of the migrate method as JSON, @FILE or - for stdin")
	f.addCommon(cmd)
}

// addCommon adds what a rollback, which runs no migrate, takes as well.
func (f *upgradeFlags) addCommon(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&f.breaking, "breaking", false, "accept changes that break callers or stored state")
	cmd.Flags().StringVar(&f.rehearsal, "rehearsal", "", "hash of the rehearsal's report, as contract rehearse prints it")
}

func (f *upgradeFlags) addUnfreeze(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&f.unfreeze, "unfreeze", false, "lift the owner's freeze in the same step; needs role admin")
}

// upgrade returns the upgrade that the flags describe.
func (c *cli) upgrade(cmd *cobra.Command, cl *client.Client, name string, hash [32]byte, f *upgradeFlags) (*chanceryv1.Upgrade, error) {
	m := &chanceryv1.Upgrade{Contract: name, CodeHash: hash[:], Breaking: f.breaking, Unfreeze: f.unfreeze}
	if f.rehearsal != "" {
		h, err := parseHash("report hash", f.rehearsal)
		if err != nil {
			return nil, err
		}
		m.RehearsalHash = h[:]
	}
	var err error
	if f.migrate != "" {
		m.MigratePayload, err = c.specialPayload(cmd, cl.Contracts.GetCode, hash, schema.KindMigrate, f.migrate)
	}
	return m, err
}

func (c *cli) contractUpgrade() *cobra.Command {
	var f upgradeFlags
	cmd := &cobra.Command{
		Use: "upgrade ORGANISATION/CONTRACT CODE_HASH|FILE.wasm", Short: "Point a contract at other uploaded code, or propose it; needs role developer", Args: args(2, 2),
		Long: "Point a contract at other uploaded code and run its migrate method, if it declares one. The chain compares the new interface with the old one " +
			"and refuses what breaks callers or stored state unless --breaking says that it is meant; contract diff shows the same comparison beforehand. " +
			"A contract with an upgrade policy is not upgraded at once: the upgrade is proposed.",
		Example: `  chancery contract upgrade records/evidence evidence-2.wasm
  chancery contract upgrade records/land-register 9a02… --migrate '{}' --breaking`,
		RunE: func(cmd *cobra.Command, args []string) error {
			hash, err := codeHash(args[1])
			if err != nil {
				return err
			}
			return c.withSigner(cmd, func(ctx context.Context, cl *client.Client, s *client.Signer) error {
				m, err := c.upgrade(cmd, cl, args[0], hash, &f)
				if err != nil {
					return err
				}
				return c.upgradeOrPropose(ctx, s, m)
			})
		},
	}
	f.add(cmd)
	f.addUnfreeze(cmd)
	return cmd
}

// withSigner runs f with a client and the signer that the flags name.
func (c *cli) withSigner(cmd *cobra.Command, f func(context.Context, *client.Client, *client.Signer) error) error {
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
	return f(ctx, cl, s)
}

// upgradeOrPropose does what the contract's upgrade policy lets its owner do.
func (c *cli) upgradeOrPropose(ctx context.Context, s *client.Signer, m *chanceryv1.Upgrade) error {
	resp, err := s.Client().Contracts.GetContract(ctx, connect.NewRequest(&chanceryv1.GetContractRequest{Contract: m.Contract}))
	if err != nil {
		return c.contractHint(err)
	}
	if resp.Msg.Contract.UpgradePolicy != nil {
		if m.Unfreeze {
			return usagef("%s has an upgrade policy: give --unfreeze to contract execute-upgrade", m.Contract)
		}
		return c.propose(ctx, s, &chanceryv1.ProposeUpgrade{
			Contract: m.Contract, CodeHash: m.CodeHash, MigratePayload: m.MigratePayload, Breaking: m.Breaking,
			RehearsalHash: m.RehearsalHash, RollbackTo: m.RollbackTo,
		})
	}
	stop := c.term.Progress("upgrading %s", m.Contract)
	u, r, err := s.Upgrade(ctx, m)
	stop()
	if err != nil {
		return err
	}
	return c.printUpgraded(m.Contract, u, r)
}

func (c *cli) printUpgraded(name string, u *chanceryv1.UpgradeResult, r *chanceryv1.TxResult) error {
	c.term.Fields(
		terminal.Pair{Name: "contract", Value: name},
		terminal.Pair{Name: "version", Value: u.Version},
		terminal.Pair{Name: "height", Value: r.Height},
		terminal.Pair{Name: "gas used", Value: r.GasUsed},
	)
	return c.term.Value(map[string]any{
		"contract": name, "version": u.Version, "tx_hash": fmt.Sprintf("%x", r.TxHash), "height": r.Height, "gas_used": r.GasUsed,
	})
}

func (c *cli) contractRollback() *cobra.Command {
	var f upgradeFlags
	cmd := &cobra.Command{
		Use: "rollback ORGANISATION/CONTRACT [VERSION]", Short: "Go back to an earlier version's code, or propose it; needs role developer", Args: args(1, 2),
		Long: "Go back to the code of an earlier version, the one before the present without VERSION. It becomes a new version. No migrate method runs. What later versions " +
			"added to the stored state stays there, unread: --breaking says that this is meant. Code that would misread what is stored is refused. " +
			"A contract with an upgrade policy is not rolled back at once: the rollback is proposed.",
		Example: `  chancery contract rollback records/evidence
  chancery contract rollback records/evidence 3 --breaking`,
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.withSigner(cmd, func(ctx context.Context, cl *client.Client, s *client.Signer) error {
				v, err := earlier(ctx, cl, args)
				if err != nil {
					return c.contractHint(err)
				}
				m, err := c.upgrade(cmd, cl, args[0], [32]byte(v.CodeHash), &f)
				if err != nil {
					return err
				}
				m.RollbackTo = v.Version
				return c.upgradeOrPropose(ctx, s, m)
			})
		},
	}
	f.addCommon(cmd)
	f.addUnfreeze(cmd)
	return cmd
}

// earlier returns the version to go back to.
func earlier(ctx context.Context, cl *client.Client, args []string) (*chanceryv1.ContractVersion, error) {
	var want uint64
	if len(args) > 1 {
		var err error
		if want, err = strconv.ParseUint(args[1], 10, 64); err != nil || want == 0 {
			return nil, usagef("%q is no version: expected a number, as contract history shows it", args[1])
		}
	}
	var found *chanceryv1.ContractVersion
	first := true
	err := versions(ctx, cl, args[0], func(v *chanceryv1.ContractVersion) (more bool, err error) {
		if want == v.Version || want == 0 && !first {
			found = v
		}
		first = false
		return found == nil, nil
	})
	if err == nil && found == nil {
		what := "no version " + strconv.FormatUint(want, 10)
		if want == 0 {
			what = "no version before this one"
		}
		err = terminal.Hint(usagef("%s has %s", args[0], what), "chancery contract history %s shows the versions there are", args[0])
	}
	return found, err
}

// versions walks a contract's versions, newest first, until f says stop.
func versions(ctx context.Context, cl *client.Client, name string, f func(*chanceryv1.ContractVersion) (more bool, err error)) error {
	for token := ""; ; {
		resp, err := cl.Contracts.ListVersions(ctx, connect.NewRequest(&chanceryv1.ListVersionsRequest{Contract: name, PageSize: 100, PageToken: token}))
		if err != nil {
			return err
		}
		for _, v := range resp.Msg.Versions {
			if more, err := f(v); err != nil || !more {
				return err
			}
		}
		if token = resp.Msg.NextPageToken; token == "" {
			return nil
		}
	}
}

func (c *cli) contractHistory() *cobra.Command {
	return &cobra.Command{
		Use: "history ORGANISATION/CONTRACT", Short: "List a contract's versions, newest first", Args: args(1, 1),
		Long: "List a contract's versions, newest first: since when, by whom, the beginning of the code hash, and how they came about. --json has the whole hashes.",
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx, cancel := c.withTimeout(cmd)
			defer cancel()
			cl, err := c.dial()
			if err != nil {
				return err
			}
			var rows [][]string
			err = versions(ctx, cl, args[0], func(v *chanceryv1.ContractVersion) (bool, error) {
				rows = append(rows, []string{
					fmt.Sprint(v.Version), stampText(v.Time.AsTime()), fmt.Sprint(v.Height), v.Origin, shortHash(v.CodeHash), versionText(v),
				})
				return true, c.term.Value(versionView(v))
			})
			if err != nil {
				return err
			}
			c.term.Table([]string{"VERSION", "SINCE", "HEIGHT", "BY", "CODE", "HOW"}, rows)
			return nil
		},
	}
}

// versionText says how a version came about.
func versionText(v *chanceryv1.ContractVersion) string {
	var words []string
	if v.RollbackTo > 0 {
		words = append(words, fmt.Sprintf("back to %d", v.RollbackTo))
	}
	if v.Breaking {
		words = append(words, "breaking")
	}
	if v.Proposal > 0 {
		words = append(words, fmt.Sprintf("proposal %d%s", v.Proposal, approvalsText(v.Approvals)))
	}
	if len(v.RehearsalHash) > 0 {
		words = append(words, fmt.Sprintf("rehearsed %x…", v.RehearsalHash[:4]))
	}
	return strings.Join(words, ", ")
}

func approvalsText(list []*chanceryv1.Approval) string {
	var orgs []string
	for _, a := range list {
		orgs = append(orgs, a.Org)
	}
	if orgs == nil {
		return ""
	}
	return " approved by " + strings.Join(orgs, " and ")
}

func versionView(v *chanceryv1.ContractVersion) map[string]any {
	return map[string]any{
		"version": v.Version, "time": v.Time.AsTime(), "height": v.Height, "origin": v.Origin, "org": v.Org,
		"code_hash": fmt.Sprintf("%x", v.CodeHash), "breaking": v.Breaking, "rollback_to": v.RollbackTo,
		"proposal": v.Proposal, "approvals": approvalsView(v.Approvals), "rehearsal_hash": fmt.Sprintf("%x", v.RehearsalHash),
	}
}

func approvalsView(list []*chanceryv1.Approval) []any {
	out := []any{}
	for _, a := range list {
		out = append(out, map[string]any{"org": a.Org, "origin": a.Origin, "height": a.Height, "time": a.Time.AsTime()})
	}
	return out
}

// policyFlags describe an upgrade policy.
type policyFlags struct {
	approvers []string
	required  uint32
	delay     time.Duration
}

func (f *policyFlags) add(cmd *cobra.Command) {
	cmd.Flags().StringSliceVar(&f.approvers, "approvers", nil, "organisations whose admins may approve upgrades")
	cmd.Flags().Uint32Var(&f.required, "required", 0, "how many of them must; all of them without it")
	cmd.Flags().DurationVar(&f.delay, "delay", 0, "how long an upgrade waits from its proposal on, for example 24h")
}
