package main

import (
	"context"
	"fmt"
	"strings"

	"connectrpc.com/connect"
	"github.com/spf13/cobra"

	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/client"
	"github.com/chancery-chain/chancery/cmd/chancery/internal/terminal"
)

func (c *cli) validatorReady() *cobra.Command {
	var withdraw bool
	cmd := &cobra.Command{
		Use: "ready", Short: "Confirm that your validator's node knows the next protocol version", Args: args(0, 0),
		Long: "Ask the node of --node or --home which protocol versions its software knows, and confirm on chain that the validator whose key it has " +
			"knows the next one. A voted switch happens when validators with more than two thirds of the power have confirmed; otherwise it lapses. " +
			"Needs role operator in the organisation that runs the validator. Ask the validator's own node, after its software was replaced; " +
			"confirm again when the validator gets another key.",
		Example: `  chancery --home /srv/node --key records-operator validator ready
  chancery --home /srv/node --key records-operator validator ready --withdraw`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			m, err := c.confirmation(cmd, withdraw)
			if err != nil {
				return err
			}
			version := terminal.Pair{Name: "protocol version", Value: m.Version}
			if withdraw {
				version = terminal.Pair{Name: "confirmation", Value: "taken back"}
			}
			return c.act(cmd, &chanceryv1.TxBody{Action: &chanceryv1.TxBody_ConfirmProtocol{ConfirmProtocol: m}},
				terminal.Pair{Name: "validator", Value: m.Validator}, version)
		},
	}
	cmd.Flags().BoolVar(&withdraw, "withdraw", false, "take the confirmation back, for example before older software is installed again")
	return cmd
}

// confirmation is what can be said truthfully about the node that is asked.
func (c *cli) confirmation(cmd *cobra.Command, withdraw bool) (*chanceryv1.ConfirmProtocol, error) {
	ctx, cancel := c.withTimeout(cmd)
	defer cancel()
	cl, err := c.dial()
	if err != nil {
		return nil, err
	}
	s, err := cl.Status(ctx)
	if err != nil {
		return nil, err
	}
	v, err := validatorOf(ctx, cl, s.ValidatorAddress)
	if err != nil {
		return nil, err
	}
	m := &chanceryv1.ConfirmProtocol{Validator: v.Name, Address: v.Address}
	if withdraw {
		return m, nil
	}
	if m.Version = s.ProtocolVersion + 1; s.LatestProtocolVersion < m.Version {
		return nil, terminal.Hint(
			fmt.Errorf("the software of this node, %s, knows protocol versions up to %d, and the next one is %d", s.SoftwareVersion, s.LatestProtocolVersion, m.Version),
			"replace it by software that knows version %d, start the node again, and confirm then", m.Version)
	}
	return m, nil
}

// validatorOf returns the validator that signs with a key.
func validatorOf(ctx context.Context, cl *client.Client, address string) (*chanceryv1.Validator, error) {
	list, err := cl.Validators.ListValidators(ctx, connect.NewRequest(&chanceryv1.ListValidatorsRequest{}))
	if err != nil {
		return nil, err
	}
	for _, v := range list.Msg.Set.GetValidators() {
		if v.Address == address {
			return v, nil
		}
	}
	return nil, terminal.Hint(fmt.Errorf("the node that answers is no validator: nobody signs with its key %s", address),
		"name the validator's own node with --home or --node; chancery validator list shows who signs")
}

// readinessText says who has confirmed the next protocol version, and what is missing.
func readinessText(r *chanceryv1.ProtocolReadiness) string {
	text := fmt.Sprintf("%d of %d power has confirmed version %d, %d is needed", r.GetReadyPower(), r.GetTotalPower(), r.GetVersion(), r.GetNeededPower())
	if r.GetMissingPower() == 0 {
		return text
	}
	return text + fmt.Sprintf(": %d is missing; not yet: %s", r.MissingPower, namesText(r.Waiting))
}

// namesText is a list of names for one line.
func namesText(names []string) string {
	const most = 8
	if len(names) <= most {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
}
