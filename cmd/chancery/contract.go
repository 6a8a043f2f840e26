package main

import "github.com/spf13/cobra"

func (c *cli) contractCommand() *cobra.Command {
	cmd := group(&cobra.Command{
		Use: "contract", Short: "Write, build, deploy and call contracts",
		Example: `  chancery contract new records/land-register --template register
  chancery contract test land-register
  chancery contract build land-register
  chancery contract upload land-register/land-register.wasm
  chancery contract deploy records/land-register CODE_HASH
  chancery contract query records/land-register Get '{"id":"1"}'`,
	})
	cmd.AddCommand(
		c.contractNew(), c.contractGenerate(), c.contractBuild(), c.contractTest(), c.contractDev(),
		c.contractInspect(), c.contractDiff(), c.contractVerify(),
		c.contractUpload(), c.contractDeploy(), c.contractUpgrade(), c.contractRollback(), c.contractHistory(),
		c.contractProposeUpgrade(), c.contractProposePolicy(), c.contractApprove(), c.contractCancel(), c.contractExecuteUpgrade(), c.contractUpgrades(),
		c.contractFreeze(), c.contractUnfreeze(), c.contractRetire(), c.contractPrune(),
		c.contractScheduled(), c.contractRehearse(), c.contractCall(), c.contractSimulate(), c.contractProfile(), c.contractQuery(), c.contractList(), c.contractShow(),
	)
	return cmd
}

// folder returns the contract's folder: the first argument, or here.
func folder(args []string) string {
	if len(args) > 0 {
		return args[0]
	}
	return "."
}
