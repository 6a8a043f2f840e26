package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"connectrpc.com/connect"
	"github.com/spf13/cobra"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/app/params"
	"github.com/chancery-chain/chancery/client"
	"github.com/chancery-chain/chancery/cmd/chancery/internal/terminal"
)

func (c *cli) govCommand() *cobra.Command {
	cmd := group(&cobra.Command{Use: "gov", Short: "Propose changes of the chain, vote on them, and see what was decided"})
	cmd.AddCommand(c.govCommittee(), c.offline(c.govPropose()), c.offline(c.govVote()), c.offline(c.govWithdraw()),
		c.govList(), c.govShow(), c.govSimulate())
	return cmd
}

func (c *cli) govCommittee() *cobra.Command {
	return &cobra.Command{
		Use: "committee", Short: "Show who votes, and how many votes each kind of change needs", Args: args(0, 0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx, cancel := c.withTimeout(cmd)
			defer cancel()
			cl, err := c.dial()
			if err != nil {
				return err
			}
			resp, err := cl.Governance.GetCommittee(ctx, connect.NewRequest(&chanceryv1.GetCommitteeRequest{}))
			if err != nil {
				return err
			}
			m := resp.Msg
			c.term.Fields(
				terminal.Pair{Name: "committee", Value: strings.Join(m.Orgs, ", ")},
				terminal.Pair{Name: "operating", Value: m.OperatorOrg},
				terminal.Pair{Name: "voting", Value: fmt.Sprintf("%s, at most %s", seconds(m.VotingSeconds), seconds(m.MaxVotingSeconds))},
				terminal.Pair{Name: "protocol upgrade", Value: upgradeText(m.Upgrade)},
			)
			var rows [][]string
			for _, r := range m.Rules {
				alone := ""
				if r.OperatorAlone {
					alone = "or an operator of " + m.OperatorOrg + " alone"
				}
				rows = append(rows, []string{enumText(r.Kind), fmt.Sprintf("%d of %d", r.Needed, len(m.Orgs)), alone})
			}
			c.term.Printf("")
			c.term.Table([]string{"KIND OF CHANGE", "VOTES", ""}, rows)
			b, err := protoJSON(m)
			if err != nil {
				return err
			}
			return c.term.Value(b)
		},
	}
}

// seconds is a period for people.
func seconds(n uint64) string {
	const day = 24 * 60 * 60
	if n%day == 0 {
		return fmt.Sprintf("%d days", n/day)
	}
	return (time.Duration(n) * time.Second).String()
}

func upgradeText(u *chanceryv1.UpgradePlan) string {
	if u == nil {
		return "none is planned"
	}
	return fmt.Sprintf("to version %d at height %d, by proposal %d; %s", u.Version, u.Height, u.Proposal, readinessText(u.Readiness))
}

const proposalHelp = `FILE is YAML or JSON; - is stdin. Its fields are those of chancery.v1.Propose:

  title: a fifth validator
  reference: decision 12/2026       the document that gives the reasons; may be missing
  voting_seconds: 604800            may be missing
  changes:                          all of them happen, or none
    - add_validator: {name: notary-1, org: notary, key: "ed25519:…", power: 10}
    - set_power: {name: city-1, power: 7}

A key is written as chancery key show or chancery validator key prints it; an account may be named by its key, a kind by
its word. A threshold is in hundredths of a percent, a quota in gas and bytes. The changes and their fields are

`

// changeHelp lists the changes of a proposal with their fields, as the API has them.
func changeHelp() string {
	var b strings.Builder
	fields := (&chanceryv1.Change{}).ProtoReflect().Descriptor().Fields()
	for i := range fields.Len() {
		f := fields.Get(i)
		fmt.Fprintf(&b, "  %s: {%s}\n", f.Name(), strings.Join(fieldNotes(f.Message()), ", "))
	}
	return strings.TrimRight(b.String(), "\n")
}

// fieldNotes names a message's fields and what can be written there where it is
// not plain: "kind government|…", "orgs […]".
func fieldNotes(m protoreflect.MessageDescriptor) []string {
	var notes []string
	for i := range m.Fields().Len() {
		f := m.Fields().Get(i)
		note := string(f.Name())
		if e := f.Enum(); e != nil {
			var words []string
			for j := 1; j < e.Values().Len(); j++ {
				word := strings.ToLower(strings.TrimPrefix(string(e.Values().Get(j).Name()), enumPrefix(e)))
				words = append(words, word)
			}
			note += " " + strings.Join(words, "|")
		}
		if f.IsList() {
			note += " […]"
		}
		notes = append(notes, note)
	}
	return notes
}

func (c *cli) govPropose() *cobra.Command {
	var anyway bool
	cmd := &cobra.Command{
		Use: "propose FILE", Short: "Put changes to the vote; needs role operator in an organisation of the committee", Args: args(1, 1),
		Long: "Put changes to the vote of the committee; that counts as a yes of your organisation. What cannot happen now is not proposed.\n\n" + proposalHelp + changeHelp(),
		RunE: func(cmd *cobra.Command, args []string) error {
			p, err := c.proposal(args[0])
			if err != nil {
				return err
			}
			if !anyway {
				if err := c.checkProposal(cmd, p); err != nil {
					return err
				}
			}
			return c.act(cmd, &chanceryv1.TxBody{Action: &chanceryv1.TxBody_Propose{Propose: p}},
				terminal.Pair{Name: "title", Value: p.Title})
		},
	}
	cmd.Flags().BoolVar(&anyway, "anyway", false, "propose it even if it cannot happen now")
	return cmd
}

// checkProposal refuses what a simulation refuses.
func (c *cli) checkProposal(cmd *cobra.Command, p *chanceryv1.Propose) error {
	ctx, cancel := c.withTimeout(cmd)
	defer cancel()
	cl, err := c.dial()
	if err != nil {
		return err
	}
	resp, err := cl.Governance.SimulateProposal(ctx, connect.NewRequest(&chanceryv1.SimulateProposalRequest{Propose: p}))
	if err != nil {
		return err
	}
	if m := resp.Msg; m.Code != 0 {
		return terminal.Hint(fmt.Errorf("%s: %s", changePlace(m.FailedChange, len(p.Changes)), m.Message),
			"if it will be possible when it is decided, propose it with --anyway")
	}
	return nil
}

func changePlace(failed uint32, all int) string {
	if int(failed) == all {
		return "the changes do not go together"
	}
	return fmt.Sprintf("change %d is not possible", failed+1)
}

func (c *cli) govVote() *cobra.Command {
	return &cobra.Command{
		Use: "vote ID yes|no", Short: "Vote for your organisation, or change its vote while the proposal is open", Args: args(2, 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := proposalID(args[0])
			if err != nil {
				return err
			}
			if args[1] != "yes" && args[1] != "no" {
				return usagef("%q is no vote: say yes or no", args[1])
			}
			return c.act(cmd, &chanceryv1.TxBody{Action: &chanceryv1.TxBody_Vote{Vote: &chanceryv1.Vote{Proposal: id, Yes: args[1] == "yes"}}},
				terminal.Pair{Name: "proposal", Value: id}, terminal.Pair{Name: "vote", Value: args[1]})
		},
	}
}

func (c *cli) govWithdraw() *cobra.Command {
	return &cobra.Command{
		Use: "withdraw ID", Short: "End an open proposal of your organisation", Args: args(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := proposalID(args[0])
			if err != nil {
				return err
			}
			return c.act(cmd, &chanceryv1.TxBody{Action: &chanceryv1.TxBody_Withdraw{Withdraw: &chanceryv1.Withdraw{Proposal: id}}},
				terminal.Pair{Name: "proposal", Value: id})
		},
	}
}

func proposalID(s string) (uint64, error) {
	id, err := strconv.ParseUint(s, 10, 64)
	if err != nil || id == 0 {
		return 0, terminal.Hint(usagef("%q is no number of a proposal", s), "chancery gov list shows them")
	}
	return id, nil
}

func (c *cli) govList() *cobra.Command {
	var status string
	cmd := &cobra.Command{
		Use: "list", Short: "List the proposals, newest first", Args: args(0, 0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			only, err := parseEnum[chanceryv1.ProposalStatus](status, "status")
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
				resp, err := cl.Governance.ListProposals(ctx, connect.NewRequest(&chanceryv1.ListProposalsRequest{
					Status: only, PageSize: 100, PageToken: token,
				}))
				if err != nil {
					return err
				}
				for _, p := range resp.Msg.Proposals {
					rows = append(rows, []string{
						fmt.Sprint(p.Id), enumText(p.Status), fmt.Sprintf("%d of %d", p.Yes, p.Needed), p.Org, kindsText(p.Kinds), p.Title,
					})
					b, err := protoJSON(p)
					if err != nil {
						return err
					}
					if err := c.term.Value(b); err != nil {
						return err
					}
				}
				if token = resp.Msg.NextPageToken; token == "" {
					break
				}
			}
			c.term.Table([]string{"ID", "STATUS", "YES", "BY", "KINDS", "TITLE"}, rows)
			return nil
		},
	}
	cmd.Flags().StringVar(&status, "status", "", "only those that are open, passed, rejected, failed, expired or withdrawn")
	return cmd
}

func kindsText(kinds []chanceryv1.ChangeKind) string {
	names := make([]string, len(kinds))
	for i, k := range kinds {
		names[i] = enumText(k)
	}
	return strings.Join(names, ", ")
}

func (c *cli) govShow() *cobra.Command {
	return &cobra.Command{
		Use: "show ID", Short: "Show a proposal, its changes and who voted what", Args: args(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := proposalID(args[0])
			if err != nil {
				return err
			}
			ctx, cancel := c.withTimeout(cmd)
			defer cancel()
			cl, err := c.dial()
			if err != nil {
				return err
			}
			resp, err := cl.Governance.GetProposal(ctx, connect.NewRequest(&chanceryv1.GetProposalRequest{Id: id}))
			if connect.CodeOf(err) == connect.CodeNotFound {
				return terminal.Hint(err, "chancery gov list shows the proposals")
			}
			if err != nil {
				return err
			}
			return c.printProposal(resp.Msg.Proposal)
		},
	}
}

func (c *cli) printProposal(p *chanceryv1.Proposal) error {
	status := enumText(p.Status)
	if p.Code != 0 {
		status += fmt.Sprintf(" with %s: %s", p.CodeName, changePlace(p.FailedChange, len(p.Changes)))
	}
	if p.DecidedHeight != 0 {
		status += fmt.Sprintf(" at height %d", p.DecidedHeight)
	}
	c.term.Fields(
		terminal.Pair{Name: "proposal", Value: p.Id},
		terminal.Pair{Name: "title", Value: p.Title},
		terminal.Pair{Name: "reference", Value: p.Reference},
		terminal.Pair{Name: "by", Value: p.Org + ", " + p.Origin},
		terminal.Pair{Name: "proposed", Value: fmt.Sprintf("%s, height %d", stampText(p.Time.AsTime()), p.Height)},
		terminal.Pair{Name: "until", Value: stampText(p.Deadline.AsTime())},
		terminal.Pair{Name: "status", Value: status},
		terminal.Pair{Name: "votes", Value: fmt.Sprintf("%d yes of %d needed, %d no", p.Yes, p.Needed, p.No)},
	)
	c.term.Printf("")
	var rows [][]string
	for _, b := range p.Ballots {
		rows = append(rows, []string{b.Org, map[bool]string{true: "yes", false: "no"}[b.Yes], fmt.Sprint(b.Height), b.Origin})
	}
	c.term.Table([]string{"ORGANISATION", "VOTE", "HEIGHT", "BY"}, rows)
	c.term.Printf("")
	for i, ch := range p.Changes {
		text, err := compactJSON(ch)
		if err != nil {
			return err
		}
		c.term.Printf("change %d  %s", i+1, text)
	}
	b, err := protoJSON(p)
	if err != nil {
		return err
	}
	return c.term.Value(b)
}

// plannedBy returns the protocol version that events plan to switch to, or 0.
func plannedBy(events []*chanceryv1.Event) uint64 {
	planned := new(chanceryv1.ProtocolUpgradePlanned)
	for _, e := range events {
		if e.Contract == "" && e.Type == string(planned.ProtoReflect().Descriptor().FullName()) && proto.Unmarshal(e.Payload, planned) == nil {
			return planned.Version
		}
	}
	return 0
}

func stampText(t time.Time) string { return t.Format("2006-01-02 15:04:05 MST") }

func (c *cli) govSimulate() *cobra.Command {
	return &cobra.Command{
		Use: "simulate FILE|ID", Short: "Show what a proposal would do now, before anybody votes", Args: args(1, 1),
		Long: "Make the changes of a proposal on the last state, keep nothing, and show what comes of it: the events, or why it cannot happen, and the " +
			"validators afterwards.\n\n" + proposalHelp + changeHelp(),
		RunE: func(cmd *cobra.Command, args []string) error {
			req := &chanceryv1.SimulateProposalRequest{}
			var err error
			if req.Id, err = strconv.ParseUint(args[0], 10, 64); err != nil {
				if req.Propose, err = c.proposal(args[0]); err != nil {
					return err
				}
			}
			ctx, cancel := c.withTimeout(cmd)
			defer cancel()
			cl, err := c.dial()
			if err != nil {
				return err
			}
			resp, err := cl.Governance.SimulateProposal(ctx, connect.NewRequest(req))
			if err != nil {
				return err
			}
			changes := len(req.GetPropose().GetChanges())
			if req.Id != 0 {
				p, err := cl.Governance.GetProposal(ctx, connect.NewRequest(&chanceryv1.GetProposalRequest{Id: req.Id}))
				if err != nil {
					return err
				}
				changes = len(p.Msg.Proposal.GetChanges())
			}
			return c.printSimulated(ctx, cl, resp.Msg, changes)
		},
	}
}

func (c *cli) printSimulated(ctx context.Context, cl *client.Client, m *chanceryv1.SimulateProposalResponse, changes int) error {
	c.term.Printf("needs %d of %d votes", m.Needed, m.Committee)
	if u := plannedBy(m.Events); u > params.LatestProtocol {
		c.term.Printf("this program knows protocol versions up to %d: nodes of this software stop before that height if the switch happens, and must be replaced before", params.LatestProtocol)
	}
	if plannedBy(m.Events) != 0 {
		c.term.Printf("as of now, %s", readinessText(m.After.GetReadiness()))
	}
	if m.Code != 0 {
		c.term.Printf("it cannot happen now: %s: %s", changePlace(m.FailedChange, changes), m.Message)
	} else {
		c.term.Printf("it can happen now")
	}
	for _, e := range m.Events {
		c.term.Printf("event  %s %s", e.Type, decodeEvent(ctx, cl, e))
	}
	if !sameSet(m.Before, m.After) {
		c.term.Printf("\nvalidators before")
		c.printSet(m.Before)
		c.term.Printf("\nvalidators after")
		c.printSet(m.After)
	}
	b, err := protoJSON(m)
	if err != nil {
		return err
	}
	return c.term.Value(b)
}
