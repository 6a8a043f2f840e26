package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"connectrpc.com/connect"
	"github.com/spf13/cobra"

	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/app/apperr"
	"github.com/chancery-chain/chancery/client"
	"github.com/chancery-chain/chancery/cmd/chancery/internal/terminal"
)

// policy returns the policy that the flags describe.
func (f *policyFlags) policy() (*chanceryv1.UpgradePolicy, error) {
	if f.delay < 0 || f.delay%time.Second != 0 {
		return nil, usagef("--delay is a number of whole seconds, such as 90s, 12h")
	}
	p := &chanceryv1.UpgradePolicy{Approvers: slices.Compact(slices.Sorted(slices.Values(f.approvers))), Required: f.required, DelaySeconds: uint64(f.delay / time.Second)}
	if p.Required == 0 {
		p.Required = uint32(len(p.Approvers))
	}
	return p, nil
}

// propose opens a proposal and shows it.
func (c *cli) propose(ctx context.Context, s *client.Signer, m *chanceryv1.ProposeUpgrade) error {
	stop := c.term.Progress("proposing an upgrade of %s", m.Contract)
	p, r, err := s.ProposeUpgrade(ctx, m)
	stop()
	if err != nil {
		return err
	}
	u, err := s.Client().ProposedUpgrade(ctx, m.Contract, p.Id)
	if err != nil {
		return err
	}
	c.printUpgrade(u)
	c.term.Printf("\nnext: an admin of an approver runs chancery contract approve %s %d", u.Contract, u.Id)
	v := upgradeView(u)
	v["tx_hash"], v["gas_used"] = fmt.Sprintf("%x", r.TxHash), r.GasUsed
	return c.term.Value(v)
}

func (c *cli) contractProposeUpgrade() *cobra.Command {
	var f upgradeFlags
	cmd := &cobra.Command{
		Use: "propose-upgrade ORGANISATION/CONTRACT CODE_HASH|FILE.wasm", Short: "Ask a contract's approvers for an upgrade; needs role developer", Args: args(2, 2),
		Long: "Ask the organisations that a contract's upgrade policy names for an upgrade. What the chain would refuse as incompatible later is refused at once.",
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
				return c.propose(ctx, s, &chanceryv1.ProposeUpgrade{
					Contract: m.Contract, CodeHash: m.CodeHash, MigratePayload: m.MigratePayload, Breaking: m.Breaking, RehearsalHash: m.RehearsalHash,
				})
			})
		},
	}
	f.add(cmd)
	return cmd
}

func (c *cli) contractProposePolicy() *cobra.Command {
	var f policyFlags
	cmd := &cobra.Command{
		Use: "propose-policy ORGANISATION/CONTRACT", Short: "Ask a contract's approvers for another upgrade policy; needs role admin", Args: args(1, 1),
		Long: "Ask for another upgrade policy. The present one decides about it, as it does about an upgrade; without flags that is for the empty policy, by which the owner's developers upgrade at once.",
		Example: `  chancery contract propose-policy records/evidence --approvers records,city,housing --required 2 --delay 24h
  chancery contract execute-upgrade records/evidence 1`,
		RunE: func(cmd *cobra.Command, args []string) error {
			p, err := f.policy()
			if err != nil {
				return err
			}
			return c.withSigner(cmd, func(ctx context.Context, _ *client.Client, s *client.Signer) error {
				return c.propose(ctx, s, &chanceryv1.ProposeUpgrade{Contract: args[0], Policy: p})
			})
		},
	}
	f.add(cmd)
	return cmd
}

// upgradeID reads the number of a proposal of an upgrade.
func upgradeID(text string) (uint64, error) {
	id, err := strconv.ParseUint(text, 10, 64)
	if err != nil || id == 0 {
		return 0, usagef("%q is no proposal's number; chancery contract upgrades shows them", text)
	}
	return id, nil
}

// upgradeHint tells where proposals are listed.
func upgradeHint(err error, name string) error {
	switch {
	case connect.CodeOf(err) == connect.CodeNotFound:
		return terminal.Hint(err, "chancery contract upgrades %s shows the proposals there are", name)
	case apperr.Code(client.Detail(err).GetCode()) == apperr.NotReady:
		return terminal.Hint(err, "chancery contract upgrades %s shows what it waits for; time is that of the last block, which chancery node status shows", name)
	}
	return err
}

func (c *cli) contractApprove() *cobra.Command {
	return c.offline(&cobra.Command{
		Use: "approve ORGANISATION/CONTRACT PROPOSAL", Short: "Approve a proposed upgrade; needs role admin in an organisation that may", Args: args(2, 2),
		Long: "Show a proposed upgrade and approve it in the name of your organisation. What is signed is the digest of what is shown, so nothing else can be approved by it.",
		RunE: func(cmd *cobra.Command, args []string) error {
			u, err := c.proposed(cmd, args)
			if err != nil {
				return err
			}
			action, err := client.Approval(u)
			if err != nil {
				return err
			}
			if !slices.Equal(action.Digest, u.Digest) {
				return errors.New("the node shows another proposal than the chain has: do not trust it")
			}
			c.printUpgrade(u)
			c.term.Printf("")
			return c.act(cmd, &chanceryv1.TxBody{Action: &chanceryv1.TxBody_ApproveUpgrade{ApproveUpgrade: action}})
		},
	})
}

// proposed returns the proposal that a command's arguments name.
func (c *cli) proposed(cmd *cobra.Command, args []string) (*chanceryv1.ContractUpgrade, error) {
	id, err := upgradeID(args[1])
	if err != nil {
		return nil, err
	}
	ctx, cancel := c.withTimeout(cmd)
	defer cancel()
	cl, err := c.dial()
	if err != nil {
		return nil, err
	}
	u, err := cl.ProposedUpgrade(ctx, args[0], id)
	return u, upgradeHint(err, args[0])
}

func (c *cli) contractCancel() *cobra.Command {
	return c.offline(&cobra.Command{
		Use: "cancel ORGANISATION/CONTRACT PROPOSAL", Short: "Close a proposed upgrade: as its proposer or an admin of the owner", Args: args(2, 2),
		Long: "Close a proposed upgrade. Whoever proposed it may, and admins of the contract's organisation; once it has expired, anybody.",
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := upgradeID(args[1])
			if err != nil {
				return err
			}
			return upgradeHint(c.act(cmd, &chanceryv1.TxBody{Action: &chanceryv1.TxBody_CancelUpgrade{
				CancelUpgrade: &chanceryv1.CancelUpgrade{Contract: args[0], Id: id},
			}}, terminal.Pair{Name: "contract", Value: args[0]}, terminal.Pair{Name: "proposal", Value: id}), args[0])
		},
	})
}

func (c *cli) contractExecuteUpgrade() *cobra.Command {
	var f upgradeFlags
	cmd := &cobra.Command{
		Use: "execute-upgrade ORGANISATION/CONTRACT PROPOSAL", Short: "Do what an approved proposal says; needs role developer or admin", Args: args(2, 2),
		Long: "Do what a proposal says, once it has its approvals and its delay is over. When it fails, the contract and the proposal are as they were.",
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := upgradeID(args[1])
			if err != nil {
				return err
			}
			return c.withSigner(cmd, func(ctx context.Context, _ *client.Client, s *client.Signer) error {
				stop := c.term.Progress("upgrading %s", args[0])
				u, r, err := s.ExecuteUpgrade(ctx, &chanceryv1.ExecuteUpgrade{Contract: args[0], Id: id, Unfreeze: f.unfreeze})
				stop()
				if err != nil {
					return upgradeHint(err, args[0])
				}
				if u.Version > 0 {
					return c.printUpgraded(args[0], u, r)
				}
				c.term.Fields(
					terminal.Pair{Name: "contract", Value: args[0]},
					terminal.Pair{Name: "status", Value: "another upgrade policy"},
					terminal.Pair{Name: "height", Value: r.Height},
				)
				return c.term.Value(map[string]any{"contract": args[0], "proposal": id, "tx_hash": fmt.Sprintf("%x", r.TxHash), "height": r.Height})
			})
		},
	}
	f.addUnfreeze(cmd)
	return cmd
}

func (c *cli) contractUpgrades() *cobra.Command {
	return &cobra.Command{
		Use: "upgrades ORGANISATION/CONTRACT [PROPOSAL]", Short: "List the proposed upgrades of a contract, newest first, or show one", Args: args(1, 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 2 {
				u, err := c.proposed(cmd, args)
				if err != nil {
					return err
				}
				c.printUpgrade(u)
				return c.term.Value(upgradeView(u))
			}
			ctx, cancel := c.withTimeout(cmd)
			defer cancel()
			cl, err := c.dial()
			if err != nil {
				return err
			}
			var rows [][]string
			for token := ""; ; {
				resp, err := cl.Contracts.ListUpgrades(ctx, connect.NewRequest(&chanceryv1.ListUpgradesRequest{Contract: args[0], PageSize: 100, PageToken: token}))
				if err != nil {
					return c.contractHint(err)
				}
				for _, u := range resp.Msg.Upgrades {
					rows = append(rows, []string{
						fmt.Sprint(u.Id), enumText(u.Status), proposedText(u.Proposed), stampText(u.Earliest.AsTime()), strings.Join(approvers(u), ", "), u.WaitsFor,
					})
					if err := c.term.Value(upgradeView(u)); err != nil {
						return err
					}
				}
				if token = resp.Msg.NextPageToken; token == "" {
					break
				}
			}
			c.term.Table([]string{"PROPOSAL", "STATUS", "WHAT", "EARLIEST", "APPROVED BY", "WAITS"}, rows)
			return nil
		},
	}
}
