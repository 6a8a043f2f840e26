package main

import (
	"encoding/json"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/chancery-chain/chancery/app/apperr"
	"github.com/chancery-chain/chancery/app/tx"
	"github.com/chancery-chain/chancery/client"
	"github.com/chancery-chain/chancery/cmd/chancery/internal/terminal"
)

// offline lets a command that signs with act write its tx to a file instead, so
// that several officers can sign it, and look at it, one after the other.
func (c *cli) offline(cmd *cobra.Command) *cobra.Command {
	cmd.Flags().StringVar(&c.signOnly, "sign-only", "", "write the signed tx to this file and do not submit it")
	cmd.Flags().StringVar(&c.validUntil, "valid-until", "", "last time for the tx to enter a block: it can in the ten minutes before (default: a minute ahead)")
	return cmd
}

// until is the time of --valid-until, nil when it was not given.
func (c *cli) until() (*timestamppb.Timestamp, error) { return parseTime("valid-until", c.validUntil) }

func (c *cli) txSign() *cobra.Command {
	var out string
	var yes bool
	cmd := &cobra.Command{
		Use: "sign FILE", Short: "Add the signature of --key to a tx that another key signed; needs no node", Args: args(1, 1),
		Long: `Add the signature of --key to a tx in a file, and write the file again. What is signed is shown first, and must be
confirmed with --yes: the tx does what it says, whoever wrote the file. No node is needed.`,
		Example: `  chancery account set-keys clerk backup --threshold 2 --key clerk --sign-only keys.tx --valid-until 30m
  chancery tx sign keys.tx --key backup         shows it
  chancery tx sign keys.tx --key backup --yes   signs it
  chancery tx submit keys.tx                    within ten minutes before its valid_until`,
		RunE: func(cmd *cobra.Command, args []string) error {
			raw, err := c.file(args[0])
			if err != nil {
				return err
			}
			t, sigs, err := client.ParseTx(raw)
			if err != nil {
				return fmt.Errorf("%s: %w", args[0], err)
			}
			if !yes {
				if err := c.printTx(t, sigs); err != nil {
					return err
				}
				return terminal.Hint(usagef("nothing is signed yet"), "when this is what you want, repeat with --yes")
			}
			name, err := c.keyName()
			if err != nil {
				return err
			}
			k, err := c.unlock(cmd.Context(), name)
			if err != nil {
				return err
			}
			if t, err = client.CoSign(t, k); err != nil {
				return err
			}
			if out == "" {
				out = args[0]
			}
			if err := os.WriteFile(out, t.Raw, 0o600); err != nil {
				return err
			}
			if _, sigs, err = client.ParseTx(t.Raw); err != nil {
				return err
			}
			return c.printTx(t, sigs)
		},
	}
	cmd.Flags().StringVar(&out, "out", "", "file to write instead of FILE")
	cmd.Flags().BoolVar(&yes, "yes", false, "sign it")
	return cmd
}

func (c *cli) txInspect() *cobra.Command {
	return &cobra.Command{
		Use: "inspect FILE", Short: "Show what a tx in a file does and who signed it; needs no node", Args: args(1, 1),
		RunE: func(_ *cobra.Command, args []string) error {
			raw, err := c.file(args[0])
			if err != nil {
				return err
			}
			t, sigs, err := client.ParseTx(raw)
			if err != nil {
				return fmt.Errorf("%s: %w", args[0], err)
			}
			return c.printTx(t, sigs)
		},
	}
}

// printTx writes a tx and who signed it, with names where the keyring has them.
func (c *cli) printTx(t *client.SignedTx, sigs []tx.Signature) error {
	body, err := protoJSON(t.Body)
	if err != nil {
		return err
	}
	names := map[string]string{}
	if keys, err := c.keyring().List(); err == nil {
		for _, k := range keys {
			names[publicText(k.Public)] = k.Name
		}
	}
	right, err := signaturesRight(t.Raw)
	if err != nil {
		return err
	}
	signers := []any{}
	var rows [][]string
	for i, s := range sigs {
		text := publicText(s.Key)
		state := "right"
		if !right[i] {
			state = "WRONG"
		}
		rows = append(rows, []string{orNone(names[text]), text, state})
		signers = append(signers, map[string]any{"key": text, "name": names[text], "right": right[i]})
	}
	until := t.Body.ValidUntil.AsTime()
	c.term.Fields(
		terminal.Pair{Name: "tx hash", Value: fmt.Sprintf("%x", t.Hash[:])},
		terminal.Pair{Name: "chain", Value: t.Body.ChainId},
		terminal.Pair{Name: "account", Value: t.Body.Origin},
		terminal.Pair{Name: "in place of", Value: orNone(t.Body.Principal)},
		terminal.Pair{Name: "acts for", Value: orNone(t.Body.Org)},
		terminal.Pair{Name: "valid until", Value: until.Local().Format(time.RFC3339)},
		terminal.Pair{Name: "gas limit", Value: t.Body.GasLimit},
	)
	if !c.term.JSON {
		pretty, err := json.MarshalIndent(json.RawMessage(body), "", "  ")
		if err != nil {
			return err
		}
		c.term.Printf("%s", pretty)
	}
	c.term.Table([]string{"KEY", "PUBLIC KEY", "SIGNATURE"}, rows)
	return c.term.Value(map[string]any{"tx_hash": fmt.Sprintf("%x", t.Hash[:]), "body": body, "signatures": signers})
}

// signaturesRight checks each signature of a tx.
func signaturesRight(raw []byte) ([]bool, error) {
	t, err := tx.DecodeUnsigned(raw)
	if err != nil {
		return nil, err
	}
	all := t.Signatures
	right := make([]bool, len(all))
	for i := range all {
		t.Signatures = all[i : i+1]
		right[i] = t.VerifySignatures()
	}
	return right, nil
}

// signHint says what a tx lacks that its account's keys do not cover.
func signHint(err error, file string) error {
	if client.Code(err) == apperr.Unauthenticated {
		return terminal.Hint(err, "chancery tx inspect %s shows who signed; chancery tx sign %s --key NAME adds a signature", file, file)
	}
	return err
}
