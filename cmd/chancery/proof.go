package main

import (
	"context"
	"encoding/hex"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/chancery-chain/chancery/api/schema"
	"github.com/chancery-chain/chancery/client"
	"github.com/chancery-chain/chancery/client/proof"
	"github.com/chancery-chain/chancery/cmd/chancery/internal/terminal"
)

func (c *cli) proofCommand() *cobra.Command {
	cmd := group(&cobra.Command{Use: "proof", Short: "Get proofs of contracts' state, and verify them offline"})
	cmd.AddCommand(c.proofGet(), c.proofVerify())
	return cmd
}

func (c *cli) proofGet() *cobra.Command {
	var raw, out, as string
	var height int64
	cmd := &cobra.Command{
		Use: "get ORGANISATION/CONTRACT [COLLECTION KEY…]", Short: "Get a proof of an entry, or of its absence", Args: args(1, -1),
		Long: "Get a proof of an entry of a state collection, named by its key's parts, or of any storage key in hex. Bytes in a key are given in hex.\n\n" +
			"Storage of a contract with gated queries is for members of its organisation and for auditors of the committee's: --as names the key.",
		Example: `  chancery proof get records/evidence records 7d0c… --out evidence.proof.json
  chancery proof get records/evidence --raw 0001007d0c`,
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx, cancel := c.withTimeout(cmd)
			defer cancel()
			cl, err := c.dial()
			if err != nil {
				return err
			}
			key, err := c.storageKey(ctx, cl, args, raw)
			if err != nil {
				return err
			}
			prove := cl.Prove
			if as != "" {
				signer, err := c.asker(ctx, cl, as)
				if err != nil {
					return err
				}
				prove = signer.Prove
			}
			stop := c.term.Progress("waiting for a proof")
			p, err := prove(ctx, args[0], key, height)
			stop()
			if err != nil {
				return err
			}
			b, err := proof.Encode(p)
			if err != nil {
				return err
			}
			if out == "" {
				return c.printJSON(b)
			}
			if err := os.WriteFile(out, b, 0o644); err != nil {
				return err
			}
			c.term.Printf("proof of height %d written to %s: chancery proof verify %s --genesis GENESIS", p.Height, out, out)
			return c.term.Value(map[string]any{"file": out, "height": p.Height, "absent": p.Absent, "bytes": len(b)})
		},
	}
	cmd.Flags().StringVar(&raw, "raw", "", "storage key in hex, instead of a collection's key")
	cmd.Flags().StringVar(&out, "out", "", "file to write instead of stdout")
	cmd.Flags().StringVar(&as, "as", "", "name of the key to sign a permit with, for a contract with gated queries")
	cmd.Flags().Int64Var(&height, "height", 0, "state after this block (default: the last one, once the next is signed)")
	return cmd
}

func (c *cli) storageKey(ctx context.Context, cl *client.Client, args []string, raw string) ([]byte, error) {
	if raw != "" {
		if len(args) > 1 {
			return nil, usagef("give a collection's key or --raw, not both")
		}
		b, err := hex.DecodeString(raw)
		if err != nil {
			return nil, usagef("--raw %q is not hex", raw)
		}
		return b, nil
	}
	s, err := cl.Schema(ctx, args[0])
	if err != nil {
		return nil, c.contractHint(err)
	}
	var names []string
	for _, col := range s.Collections {
		names = append(names, strings.TrimSpace(col.Name+" "+strings.ToUpper(strings.Join(keyFields(&col), " "))))
	}
	if len(args) < 2 {
		return nil, terminal.Hint(usagef("name a collection of %s and a key, or give --raw", args[0]), "its collections are %s", strings.Join(names, ", "))
	}
	key, err := s.CollectionKey(args[1], args[2:])
	if err != nil {
		return nil, terminal.Hint(usagef("%v", err), "the collections of %s are %s", args[0], strings.Join(names, ", "))
	}
	return key, nil
}

func (c *cli) proofVerify() *cobra.Command {
	var genesis, code string
	cmd := &cobra.Command{
		Use: "verify FILE --genesis GENESIS", Short: "Verify a proof offline", Args: args(1, 1),
		Long: "Verify a proof against the validators of a genesis.json. No node is asked. With the contract's code the value is shown as JSON.",
		RunE: func(_ *cobra.Command, args []string) error {
			if genesis == "" {
				return terminal.Hint(usagef("--genesis is missing"), "it is config/genesis.json in a node's home; get it from somebody you trust")
			}
			g, err := os.ReadFile(genesis)
			if err != nil {
				return err
			}
			trust, err := proof.TrustFromGenesis(g)
			if err != nil {
				return err
			}
			b, err := c.file(args[0])
			if err != nil {
				return err
			}
			p, err := proof.Decode(b)
			if err != nil {
				return err
			}
			v, err := proof.Verify(p, trust)
			if err != nil {
				return err
			}
			return c.printVerified(v, code)
		},
	}
	cmd.Flags().StringVar(&genesis, "genesis", "", "genesis.json of the chain, which is trusted")
	cmd.Flags().StringVar(&code, "code", "", "the contract's .wasm, to show the value as JSON")
	return cmd
}

func (c *cli) printVerified(v *proof.Verified, code string) error {
	entry, err := entryJSON(v, code)
	if err != nil {
		return err
	}
	value := "none: the key is absent"
	if !v.Absent {
		value = hex.EncodeToString(v.Value)
	}
	signed := fmt.Sprintf("%d of %d voting power", v.Signed, v.Power)
	switch {
	case v.Steps == 1:
		signed += "; the validators changed once since the genesis"
	case v.Steps > 1:
		signed += fmt.Sprintf("; the validators changed %d times since the genesis", v.Steps)
	}
	c.term.Fields(
		terminal.Pair{Name: "proof", Value: "verified"},
		terminal.Pair{Name: "chain", Value: v.ChainID},
		terminal.Pair{Name: "contract", Value: v.Contract},
		terminal.Pair{Name: "height", Value: v.Height},
		terminal.Pair{Name: "time", Value: v.Time.UTC().Format(time.RFC3339)},
		terminal.Pair{Name: "signed by", Value: signed},
		terminal.Pair{Name: "app hash", Value: hex.EncodeToString(v.AppHash)},
		terminal.Pair{Name: "key", Value: hex.EncodeToString(v.Key)},
		terminal.Pair{Name: "value", Value: value},
	)
	out := map[string]any{
		"proof": "verified", "chain_id": v.ChainID, "contract": v.Contract, "height": v.Height, "time": v.Time,
		"signed_power": v.Signed, "total_power": v.Power, "validator_changes": v.Steps, "app_hash": hex.EncodeToString(v.AppHash),
		"key": hex.EncodeToString(v.Key), "absent": v.Absent, "value": hex.EncodeToString(v.Value),
	}
	if entry != nil {
		c.term.Printf("")
		if !c.term.JSON {
			if err := c.printJSON(entry); err != nil {
				return err
			}
		}
		out["entry"] = compactOr(entry)
	}
	return c.term.Value(out)
}

// entryJSON decodes a proved value by the contract's code; nil without code.
func entryJSON(v *proof.Verified, code string) ([]byte, error) {
	if code == "" || v.Absent {
		return nil, nil
	}
	b, err := os.ReadFile(code)
	if err != nil {
		return nil, err
	}
	s, _, err := schema.FromCode(b)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", code, err)
	}
	col, _, ok := s.ParseKey(v.Key)
	if !ok {
		return nil, fmt.Errorf("%s: the proved key is of no collection of this contract", code)
	}
	return schema.EncodeJSON(col.Value, v.Value)
}
