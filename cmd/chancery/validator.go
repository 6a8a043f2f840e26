package main

import (
	"fmt"
	"strings"

	"connectrpc.com/connect"
	"github.com/spf13/cobra"
	"google.golang.org/protobuf/proto"

	"github.com/chancery-chain/chancery/abci/node"
	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/cmd/chancery/internal/terminal"
)

func (c *cli) validatorCommand() *cobra.Command {
	cmd := group(&cobra.Command{Use: "validator", Short: "See who signs blocks, and what happens when some of them stop"})
	cmd.AddCommand(c.validatorList(), c.offline(c.validatorReady()), c.validatorQuorum(), c.validatorEvidence(), c.validatorSignatures(),
		c.validatorKey(), c.validatorNextKey(), c.validatorUseNextKey(), c.validatorSignAfter())
	return cmd
}

func (c *cli) validatorList() *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List the validators and the power of their organisations", Args: args(0, 0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx, cancel := c.withTimeout(cmd)
			defer cancel()
			cl, err := c.dial()
			if err != nil {
				return err
			}
			resp, err := cl.Validators.ListValidators(ctx, connect.NewRequest(&chanceryv1.ListValidatorsRequest{}))
			if err != nil {
				return err
			}
			c.printSet(resp.Msg.Set)
			b, err := protoJSON(resp.Msg.Set)
			if err != nil {
				return err
			}
			return c.term.Value(b)
		},
	}
}

// printSet writes validators for people.
func (c *cli) printSet(s *chanceryv1.ValidatorSet) {
	var rows [][]string
	for _, v := range s.GetValidators() {
		ready := ""
		if v.Ready {
			ready = "yes"
		}
		rows = append(rows, []string{v.Name, v.Org, fmt.Sprint(v.Power), share(v.Power, s.TotalPower), ready, v.Address})
	}
	c.term.Table([]string{"VALIDATOR", "ORGANISATION", "POWER", "SHARE", fmt.Sprintf("READY FOR VERSION %d", s.GetReadiness().GetVersion()), "ADDRESS"}, rows)
	rows = nil
	for _, o := range s.GetOrgs() {
		stops := ""
		if o.StopsChain {
			stops = "the chain stops without it"
		}
		rows = append(rows, []string{o.Org, fmt.Sprint(o.Validators), fmt.Sprint(o.Power), share(o.Power, s.TotalPower), stops})
	}
	c.term.Printf("")
	c.term.Table([]string{"ORGANISATION", "VALIDATORS", "POWER", "SHARE", ""}, rows)
	c.term.Printf("\na block needs %d of %d power; the chain stops when the greatest stop: %s, or %s",
		s.GetNeededPower(), s.GetTotalPower(), count(s.GetStoppingValidators(), "validator"), count(s.GetStoppingOrgs(), "organisation"))
	if s.GetReadiness().GetReadyPower() > 0 {
		c.term.Printf("protocol upgrade: %s", readinessText(s.Readiness))
	}
}

func share(power, total uint64) string {
	if total == 0 {
		return ""
	}
	return fmt.Sprintf("%d.%d %%", power*100/total, power*1000/total%10)
}

func sameSet(a, b *chanceryv1.ValidatorSet) bool { return proto.Equal(a, b) }

func (c *cli) validatorQuorum() *cobra.Command {
	var orgs []string
	cmd := &cobra.Command{
		Use: "quorum [VALIDATOR…]", Short: "Tell whether the chain stops when validators stop", Args: args(0, 100),
		Long: "Tell whether the chain stops when the validators that are named stop, and all those of the organisations in --of. " +
			"Without any, tell for each alone.",
		Example: `  chancery validator quorum
  chancery validator quorum records-1 --of housing`,
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx, cancel := c.withTimeout(cmd)
			defer cancel()
			cl, err := c.dial()
			if err != nil {
				return err
			}
			ask := func(names, orgs []string) (*chanceryv1.SimulateQuorumResponse, error) {
				resp, err := cl.Validators.SimulateQuorum(ctx, connect.NewRequest(&chanceryv1.SimulateQuorumRequest{Validators: names, Orgs: orgs}))
				if err != nil {
					return nil, terminal.Hint(err, "chancery validator list shows the validators and their organisations")
				}
				return resp.Msg, nil
			}
			if len(args)+len(orgs) > 0 {
				m, err := ask(args, orgs)
				if err != nil {
					return err
				}
				return c.printQuorum(m)
			}
			list, err := cl.Validators.ListValidators(ctx, connect.NewRequest(&chanceryv1.ListValidatorsRequest{}))
			if err != nil {
				return err
			}
			var rows [][]string
			add := func(what, name string, m *chanceryv1.SimulateQuorumResponse) error {
				effect := fmt.Sprintf("goes on; %d more power may stop", m.SparePower)
				if m.StopsChain {
					effect = "STOPS"
				}
				rows = append(rows, []string{what, name, fmt.Sprint(m.StoppedPower), effect})
				return c.term.Value(map[string]any{what: name, "stopped_power": m.StoppedPower, "stops_chain": m.StopsChain, "spare_power": m.SparePower})
			}
			for _, v := range list.Msg.Set.Validators {
				m, err := ask([]string{v.Name}, nil)
				if err != nil {
					return err
				}
				if err := add("validator", v.Name, m); err != nil {
					return err
				}
			}
			for _, o := range list.Msg.Set.Orgs {
				m, err := ask(nil, []string{o.Org})
				if err != nil {
					return err
				}
				if err := add("organisation", o.Org, m); err != nil {
					return err
				}
			}
			c.term.Table([]string{"WHEN STOPS", "", "POWER", "THE CHAIN"}, rows)
			return nil
		},
	}
	cmd.Flags().StringSliceVar(&orgs, "of", nil, "organisations all of whose validators stop")
	return cmd
}

func (c *cli) printQuorum(m *chanceryv1.SimulateQuorumResponse) error {
	effect := fmt.Sprintf("the chain goes on; %d more power may stop", m.SparePower)
	if m.StopsChain {
		effect = "the chain stops"
	}
	c.term.Fields(
		terminal.Pair{Name: "stops", Value: fmt.Sprintf("%d of %d power", m.StoppedPower, m.TotalPower)},
		terminal.Pair{Name: "goes on", Value: fmt.Sprintf("%d, and a block needs %d", m.RunningPower, m.NeededPower)},
		terminal.Pair{Name: "so", Value: effect},
	)
	b, err := protoJSON(m)
	if err != nil {
		return err
	}
	return c.term.Value(b)
}

func (c *cli) validatorEvidence() *cobra.Command {
	return &cobra.Command{
		Use: "evidence", Short: "List the misbehaviour of validators that blocks carry proof of", Args: args(0, 0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx, cancel := c.withTimeout(cmd)
			defer cancel()
			cl, err := c.dial()
			if err != nil {
				return err
			}
			var rows [][]string
			for token := ""; ; {
				resp, err := cl.Validators.ListEvidence(ctx, connect.NewRequest(&chanceryv1.ListEvidenceRequest{PageSize: 100, PageToken: token}))
				if err != nil {
					return err
				}
				for _, e := range resp.Msg.Evidence {
					removed := "stayed"
					if e.Removed {
						removed = "removed"
					}
					rows = append(rows, []string{e.Name, e.Org, enumText(e.Kind), fmt.Sprint(e.Height), fmt.Sprint(e.RecordedHeight), removed, e.Address})
					b, err := protoJSON(e)
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
			c.term.Table([]string{"VALIDATOR", "ORGANISATION", "WHAT", "AT HEIGHT", "PROVED AT", "THEN", "ADDRESS"}, rows)
			return nil
		},
	}
}

func (c *cli) validatorKey() *cobra.Command {
	return &cobra.Command{
		Use: "key", Short: "Print the key that the node of --home signs blocks with, as a proposal takes it", Args: args(0, 0),
		RunE: func(*cobra.Command, []string) error {
			pub, err := node.ValidatorKey(c.home)
			if err != nil {
				return terminal.Hint(err, "make the node's home with chancery init")
			}
			text := fmt.Sprintf("%s:%x", pub.Type(), pub.Bytes())
			c.term.Fields(
				terminal.Pair{Name: "key", Value: text},
				terminal.Pair{Name: "address", Value: strings.ToUpper(pub.Address().String())},
			)
			return c.term.Value(map[string]any{"key": text, "address": pub.Address().String()})
		},
	}
}
