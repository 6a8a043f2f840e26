package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/api/schema"
	"github.com/chancery-chain/chancery/app/apperr"
	"github.com/chancery-chain/chancery/client"
	"github.com/chancery-chain/chancery/cmd/chancery/internal/terminal"
)

func (c *cli) contractDeploy() *cobra.Command {
	var f deployFlags
	var from string
	cmd := &cobra.Command{
		Use: "deploy ORGANISATION/CONTRACT [CODE_HASH|FILE.wasm]", Short: "Make a contract from uploaded code, or from a template; needs role developer, for a template admin will do", Args: args(1, 2),
		Long: "Make a contract from code that was uploaded, named by its hash or by the file that was uploaded, or from a template that an organisation published. " +
			"With approvers or a delay it has an upgrade policy: its upgrades are proposed, and approved by the organisations that the policy names.",
		Example: `  chancery contract deploy records/evidence evidence.wasm
  chancery contract deploy records/evidence evidence.wasm --approvers records,city,housing --required 2 --delay 24h
  chancery contract deploy records/land-register 9a02… --init '{"registrar":"cy1…"}'
  chancery contract deploy housing/land-register --template records/land-register`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if (from == "") == (len(args) == 1) {
				return usagef("name the code by its hash or its file, or a template with --template; one of them")
			}
			m := &chanceryv1.Deploy{Contract: args[0]}
			if from != "" {
				return c.deployFrom(cmd, m, from, &f)
			}
			hash, err := codeHash(args[1])
			if err != nil {
				return err
			}
			m.CodeHash = hash[:]
			return c.deploy(cmd, m, &f)
		},
	}
	cmd.Flags().StringVar(&from, "template", "", "template to take the code from, ORGANISATION/TEMPLATE[@VERSION]")
	f.add(cmd)
	return cmd
}

// deployFlags is what can be said about a deploy beside the code.
type deployFlags struct {
	init   string
	policy policyFlags
}

func (f *deployFlags) add(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.init, "init", "", "request of the init method as JSON, @FILE or - for stdin")
	f.policy.add(cmd)
}

// deployFrom deploys from a template, NAME[@VERSION]. The tx names the version and the
// code that stand there now: what was looked at is what is deployed.
func (c *cli) deployFrom(cmd *cobra.Command, m *chanceryv1.Deploy, from string, f *deployFlags) error {
	name, version, err := parseTemplate(from)
	if err != nil {
		return err
	}
	ctx, cancel := c.withTimeout(cmd)
	defer cancel()
	cl, err := c.dial()
	if err != nil {
		return err
	}
	resp, err := cl.Template(ctx, name, version)
	if err != nil {
		return templateHint(err, name)
	}
	m.Template, m.TemplateVersion, m.CodeHash = name, resp.Version.Version, resp.Version.CodeHash
	err = c.deploy(cmd, m, f)
	if client.Code(err) == apperr.Withdrawn {
		return terminal.Hint(err, "chancery template versions %s shows what is left", name)
	}
	return err
}

func (c *cli) deploy(cmd *cobra.Command, m *chanceryv1.Deploy, f *deployFlags) error {
	return c.withSigner(cmd, func(ctx context.Context, cl *client.Client, s *client.Signer) error {
		if f.init != "" {
			var err error
			if m.InitPayload, err = c.specialPayload(cmd, cl.Contracts.GetCode, [32]byte(m.CodeHash), schema.KindInit, f.init); err != nil {
				return err
			}
		}
		p, err := f.policy.policy()
		if err != nil {
			return err
		}
		if len(p.Approvers) > 0 || p.DelaySeconds > 0 {
			m.UpgradePolicy = p
		}
		stop := c.term.Progress("deploying %s", m.Contract)
		d, r, err := s.DeployWith(ctx, m)
		stop()
		if client.Detail(err).GetContractError() != nil && f.init == "" {
			return terminal.Hint(err, "its init method refused the empty request: give it another by --init JSON")
		}
		if err != nil {
			return err
		}
		fields := []terminal.Pair{{Name: "contract", Value: m.Contract}, {Name: "version", Value: d.Version}}
		v := map[string]any{
			"contract": m.Contract, "version": d.Version, "tx_hash": fmt.Sprintf("%x", r.TxHash),
			"height": r.Height, "gas_used": r.GasUsed, "url": cl.ContractURL(m.Contract),
		}
		if m.Template != "" {
			fields = append(fields, terminal.Pair{Name: "template", Value: fmt.Sprintf("%s, version %d", m.Template, d.TemplateVersion)})
			v["template"], v["template_version"], v["code_hash"] = m.Template, d.TemplateVersion, fmt.Sprintf("%x", d.CodeHash)
		}
		c.term.Fields(append(fields,
			terminal.Pair{Name: "height", Value: r.Height},
			terminal.Pair{Name: "gas used", Value: r.GasUsed},
			terminal.Pair{Name: "served at", Value: cl.ContractURL(m.Contract)},
		)...)
		return c.term.Value(v)
	})
}
