package main

import (
	"bytes"
	"context"
	"encoding/hex"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/chancery-chain/chancery/app/key"
	"github.com/chancery-chain/chancery/client"
	"github.com/chancery-chain/chancery/cmd/chancery/internal/terminal"
)

func (c *cli) keyCommand() *cobra.Command {
	cmd := group(&cobra.Command{Use: "key", Short: "Make and keep keys"})
	cmd.AddCommand(c.keyNew(), c.keyList(), c.keyShow(), c.keyImport(), c.keyExport(), c.keyDelete())
	return cmd
}

// keyView is a key for programs.
func keyView(k *client.KeyInfo) map[string]any {
	return map[string]any{
		"name": k.Name, "key_type": k.Public.Type.String(), "address": k.Address.String(),
		"public_key": publicText(k.Public), "encrypted": k.Encrypted,
	}
}

func (c *cli) printKey(k *client.KeyInfo) error {
	kept := "encrypted with a passphrase"
	if !k.Encrypted {
		kept = "NOT ENCRYPTED, for a devnet only"
	}
	c.term.Fields(
		terminal.Pair{Name: "name", Value: k.Name},
		terminal.Pair{Name: "address", Value: k.Address},
		terminal.Pair{Name: "public key", Value: publicText(k.Public)},
		terminal.Pair{Name: "private key", Value: kept},
	)
	return c.term.Value(keyView(k))
}

// protection asks how a new key is to be kept.
func (c *cli) protection(ctx context.Context, name string, clear bool) (client.Protection, error) {
	if clear {
		return client.Unencrypted(), nil
	}
	if c.passphraseFile != "" {
		p, err := terminal.PassphraseFile(c.passphraseFile)
		return client.Passphrase(p), err
	}
	p, err := c.term.NewPassphrase(ctx, "Passphrase for key "+name)
	return client.Passphrase(p), err
}

func (c *cli) keyNew() *cobra.Command {
	var typ string
	var clear bool
	cmd := &cobra.Command{
		Use: "new NAME", Short: "Make a key", Args: args(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			t, err := key.ParseType(typ)
			if err != nil {
				return err
			}
			if _, err := c.keyring().Show(args[0]); err == nil {
				return fmt.Errorf("key %q: %w", args[0], client.ErrKeyExists) // before a passphrase is asked for
			}
			p, err := c.protection(cmd.Context(), args[0], clear)
			if err != nil {
				return err
			}
			info, err := c.keyring().Create(args[0], t, p)
			if err != nil {
				return err
			}
			return c.printKey(info)
		},
	}
	cmd.Flags().StringVar(&typ, "type", "ed25519", "ed25519 or sm2")
	cmd.Flags().BoolVar(&clear, "unencrypted", false, "keep it in clear: for a devnet only")
	return cmd
}

func (c *cli) keyList() *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List the keys", Args: args(0, 0),
		RunE: func(*cobra.Command, []string) error {
			keys, err := c.keyring().List()
			if err != nil {
				return err
			}
			var rows [][]string
			for _, k := range keys {
				kept := "yes"
				if !k.Encrypted {
					kept = "NO"
				}
				rows = append(rows, []string{k.Name, k.Public.Type.String(), k.Address.String(), kept})
				if err := c.term.Value(keyView(k)); err != nil {
					return err
				}
			}
			c.term.Table([]string{"NAME", "TYPE", "ADDRESS", "ENCRYPTED"}, rows)
			return nil
		},
	}
}

func (c *cli) keyShow() *cobra.Command {
	return &cobra.Command{
		Use: "show NAME", Short: "Show a key's public part", Args: args(1, 1),
		RunE: func(_ *cobra.Command, args []string) error {
			info, err := c.keyring().Show(args[0])
			if err != nil {
				return err
			}
			return c.printKey(info)
		},
	}
}

func (c *cli) keyImport() *cobra.Command {
	var typ string
	var clear bool
	cmd := &cobra.Command{
		Use: "import NAME FILE", Short: "Take in an exported key, or 32 secret bytes in hex; FILE - is stdin", Args: args(2, 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			b, err := c.file(args[1])
			if err != nil {
				return err
			}
			info, err := c.importKey(cmd.Context(), args[0], bytes.TrimSpace(b), typ, clear)
			if err != nil {
				return err
			}
			return c.printKey(info)
		},
	}
	cmd.Flags().StringVar(&typ, "type", "ed25519", "type of a key in hex: ed25519 or sm2")
	cmd.Flags().BoolVar(&clear, "unencrypted", false, "keep a key in hex in clear: for a devnet only")
	return cmd
}

func (c *cli) importKey(ctx context.Context, name string, b []byte, typ string, clear bool) (*client.KeyInfo, error) {
	if len(b) > 0 && b[0] == '{' {
		return c.keyring().ImportFile(name, b)
	}
	seed, err := hex.DecodeString(string(b))
	if err != nil || len(seed) != 32 {
		return nil, fmt.Errorf("the file is neither an exported key nor 64 hex digits")
	}
	t, err := key.ParseType(typ)
	if err != nil {
		return nil, err
	}
	k, err := key.FromSeed(t, seed)
	if err != nil {
		return nil, err
	}
	p, err := c.protection(ctx, name, clear)
	if err != nil {
		return nil, err
	}
	return c.keyring().Import(name, k, p)
}

func (c *cli) keyExport() *cobra.Command {
	var out string
	cmd := &cobra.Command{
		Use: "export NAME", Short: "Write a key's file, encrypted as it is kept", Args: args(1, 1),
		RunE: func(_ *cobra.Command, args []string) error {
			b, err := c.keyring().Export(args[0])
			if err != nil {
				return err
			}
			if out == "" {
				_, err = c.term.Out.Write(b)
				return err
			}
			return os.WriteFile(out, b, 0o600)
		},
	}
	cmd.Flags().StringVar(&out, "out", "", "file to write instead of stdout")
	return cmd
}

func (c *cli) keyDelete() *cobra.Command {
	var yes bool
	cmd := &cobra.Command{
		Use: "delete NAME", Short: "Delete a key for good", Args: args(1, 1),
		RunE: func(_ *cobra.Command, args []string) error {
			if !yes {
				return terminal.Hint(usagef("key %q would be lost for good", args[0]),
					"keep a copy with chancery key export %s, then repeat with --yes", args[0])
			}
			if err := c.keyring().Delete(args[0]); err != nil {
				return err
			}
			c.term.Printf("deleted key %s", args[0])
			return c.term.Value(map[string]any{"deleted": args[0]})
		},
	}
	cmd.Flags().BoolVar(&yes, "yes", false, "do it")
	return cmd
}
