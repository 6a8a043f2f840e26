package main

import "github.com/spf13/cobra"

func (c *cli) contractCommand() *cobra.Command {
	cmd := group(&cobra.Command{
		Use: "contract", Short: "Write, build, deploy and call contracts",
		Example: `  chancery contract new records/land-register --template register
  chancery contract test land-register
  chancery contract build land-register
  chancery contract upload land-register/land-register.wasm
  chancery contract deploy records/land-register land-register/land-register.wasm
  chancery contract call records/land-register Enter '{"reference":"plot-7","holder":"cy1…","documentSha256":"…"}'
  chancery contract query records/land-register Get '{"reference":"plot-7"}'`,
	})
	for _, part := range []struct {
		title    string
		commands []*cobra.Command
	}{
		{"Write and test, without a chain:", []*cobra.Command{
			c.contractNew(), c.contractGenerate(), c.contractBuild(), c.contractTest(), c.contractDev(), c.contractInspect(), c.contractProfile(),
		}},
		{"Put on chain, call and ask:", []*cobra.Command{
			c.contractUpload(), c.contractDeploy(), c.contractCall(), c.contractQuery(), c.contractPermit(), c.contractSimulate(), c.contractScheduled(), c.contractUsage(),
			c.contractList(), c.contractShow(), c.contractVerify(),
		}},
		{"Upgrade:", []*cobra.Command{
			c.contractDiff(), c.contractRehearse(), c.contractUpgrade(), c.contractRollback(), c.contractHistory(),
			c.contractProposeUpgrade(), c.contractProposePolicy(), c.contractApprove(), c.contractExecuteUpgrade(), c.contractCancel(), c.contractUpgrades(),
		}},
		{"Stop and tidy up:", []*cobra.Command{
			c.contractFreeze(), c.contractUnfreeze(), c.contractRetire(), c.contractPrune(),
		}},
	} {
		cmd.AddGroup(&cobra.Group{ID: part.title, Title: part.title})
		for _, sub := range part.commands {
			sub.GroupID = part.title
			cmd.AddCommand(sub)
		}
	}
	return cmd
}

// folder returns the contract's folder: the first argument, or here.
func folder(args []string) string {
	if len(args) > 0 {
		return args[0]
	}
	return "."
}
