package main

import (
	"errors"
	"fmt"
	"strconv"

	"connectrpc.com/connect"
	"github.com/spf13/cobra"

	"github.com/chancery-chain/chancery/abci/node"
	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/cmd/chancery/internal/terminal"
)

func (c *cli) validatorSignatures() *cobra.Command {
	var blocks uint32
	cmd := &cobra.Command{
		Use: "signatures", Short: "Count who signed the last blocks", Args: args(0, 0),
		Long: "Count who signed the last blocks, as the node has them. A validator that misses some is slow or has a bad connection; one that signs none is away.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx, cancel := c.withTimeout(cmd)
			defer cancel()
			cl, err := c.dial()
			if err != nil {
				return err
			}
			counted, err := cl.Node.CountSignatures(ctx, connect.NewRequest(&chanceryv1.CountSignaturesRequest{Blocks: blocks}))
			if err != nil {
				return err
			}
			list, err := cl.Validators.ListValidators(ctx, connect.NewRequest(&chanceryv1.ListValidatorsRequest{}))
			if err != nil {
				return err
			}
			now := make(map[string]*chanceryv1.Validator)
			for _, v := range list.Msg.Set.GetValidators() {
				now[v.Address] = v
			}
			var rows [][]string
			for _, s := range counted.Msg.Validators {
				name, org, last := "(no validator any more, or under another key)", "", "none of them"
				if v := now[s.Address]; v != nil {
					name, org = v.Name, v.Org
				}
				if s.LastSignedHeight > 0 {
					last = fmt.Sprint(s.LastSignedHeight)
				}
				rows = append(rows, []string{name, org, fmt.Sprintf("%d of %d", s.Signed, s.Blocks), last, s.Address})
				if err := c.term.Value(map[string]any{
					"name": now[s.Address].GetName(), "org": now[s.Address].GetOrg(), "address": s.Address,
					"blocks": s.Blocks, "signed": s.Signed, "last_signed_height": s.LastSignedHeight,
				}); err != nil {
					return err
				}
			}
			c.term.Table([]string{"VALIDATOR", "ORGANISATION", "SIGNED", "LAST HEIGHT", "ADDRESS"}, rows)
			c.term.Printf("\nblocks %d to %d", counted.Msg.FromHeight, counted.Msg.ToHeight)
			return nil
		},
	}
	cmd.Flags().Uint32Var(&blocks, "blocks", 100, "number of blocks to look back, at most 100")
	return cmd
}

func (c *cli) validatorNextKey() *cobra.Command {
	var typ string
	cmd := &cobra.Command{
		Use: "next-key", Short: "Make the key to which the validator of --home is to change", Args: args(0, 0),
		Long: "Make the key to which the validator of --home is to change, or print the one that was made. The node goes on with its key. " +
			"Have rotate_key voted for this one, stop the node, run chancery validator use-next-key and start it again.",
		RunE: func(*cobra.Command, []string) error {
			pub, err := node.NextKey(c.home, typ)
			if err != nil {
				return signingHint(err)
			}
			text := fmt.Sprintf("%s:%x", pub.Type(), pub.Bytes())
			c.term.Fields(
				terminal.Pair{Name: "next key", Value: text},
				terminal.Pair{Name: "address", Value: pub.Address()},
			)
			return c.term.Value(map[string]any{"key": text, "address": pub.Address().String()})
		},
	}
	cmd.Flags().StringVar(&typ, "type", "ed25519", "ed25519 or ml_dsa_65")
	return cmd
}

func (c *cli) validatorUseNextKey() *cobra.Command {
	return &cobra.Command{
		Use: "use-next-key", Short: "Have the stopped node of --home sign with its next key", Args: args(0, 0),
		RunE: func(*cobra.Command, []string) error {
			pub, err := node.UseNextKey(c.home)
			if err != nil {
				return signingHint(err)
			}
			text := fmt.Sprintf("%s:%x", pub.Type(), pub.Bytes())
			c.term.Printf("from its next start on the node signs with %s", text)
			c.term.Printf("the key before is config/priv_validator_key.old.json; delete it when all is well")
			return c.term.Value(map[string]any{"key": text, "address": pub.Address().String()})
		},
	}
}

func (c *cli) validatorSignAfter() *cobra.Command {
	return &cobra.Command{
		Use: "sign-after HEIGHT", Short: "Have the stopped node of --home sign nothing up to a height", Args: args(1, 1),
		Long: "Have the stopped node of --home sign nothing up to a height. A validator that signs a second time where it signed before loses its place, so its node " +
			"does not start when the record of what it signed is missing. Write it anew with a height above all that it signed: what another node shows in " +
			"chancery node status, where the chain has gone on since this one stopped, and two more.",
		RunE: func(_ *cobra.Command, args []string) error {
			height, err := strconv.ParseInt(args[0], 10, 64)
			if err != nil {
				return usagef("%q is no height", args[0])
			}
			at, err := node.SignAfter(c.home, height)
			if err != nil {
				return signingHint(err)
			}
			if at > height {
				c.term.Printf("its record stands at height %d already, and stays there", at)
			} else {
				c.term.Printf("this validator signs nothing up to height %d", at)
			}
			return c.term.Value(map[string]any{"signs_after": at})
		},
	}
}

// signingHint adds what to do about errors of a home's keys and records.
func signingHint(err error) error {
	switch {
	case errors.Is(err, node.ErrRunning):
		return terminal.Hint(err, "stop it first")
	case errors.Is(err, node.ErrNoHome):
		return terminal.Hint(err, "name its folder with --home")
	case errors.Is(err, node.ErrNoNextKey):
		return terminal.Hint(err, "make it with chancery validator next-key")
	case errors.Is(err, node.ErrNoSigned):
		return terminal.Hint(err, "put the file back if you have it; if it is lost, see chancery validator sign-after --help")
	}
	return err
}
