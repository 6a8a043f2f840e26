package main

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/chancery-chain/chancery/api/contractbuild"
	"github.com/chancery-chain/chancery/cmd/chancery/internal/terminal"
)

func (c *cli) contractVerify() *cobra.Command {
	return &cobra.Command{
		Use: "verify ORGANISATION/CONTRACT|FILE.wasm [FOLDER]", Short: "Build from source and compare with the code on chain", Args: args(1, 2),
		Long: "Build the contract in FOLDER anew, outside of it, and compare the bytes with the code of a deployed contract or of a file. " +
			"When they differ, say what was not the same: compiler, SDK, sources or command. " +
			"Code of another language is not built: what made it is said, and the command.",
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx, cancel := c.withTimeout(cmd)
			defer cancel()
			code, err := os.ReadFile(args[0])
			if errors.Is(err, os.ErrNotExist) && !strings.HasSuffix(args[0], ".wasm") {
				cl, dialErr := c.dial()
				if dialErr != nil {
					return dialErr
				}
				var hash []byte
				if code, hash, err = codeOnChain(ctx, cl, args[0]); err != nil {
					return c.contractHint(err)
				}
				if sum := sha256.Sum256(code); !bytes.Equal(sum[:], hash) {
					return fmt.Errorf("the node gave code that does not have the hash %x", hash)
				}
			}
			if err != nil {
				return err
			}
			theirs, err := contractbuild.Inspect(code)
			if err != nil {
				return fmt.Errorf("%s: %w", args[0], err)
			}
			dir := folder(args[1:])
			temp, err := os.MkdirTemp("", "chancery-verify-")
			if err != nil {
				return err
			}
			defer os.RemoveAll(temp)
			stop := c.term.Progress("building %s", dir)
			ours, err := contractbuild.Rebuild(cmd.Context(), &theirs.Data, dir, filepath.Join(temp, "rebuilt.wasm"))
			stop()
			if err != nil {
				return fmt.Errorf("%s (code hash %x): %w", args[0], theirs.CodeHash, err)
			}
			return c.printRebuilt(args[0], dir, theirs, ours)
		},
	}
}

func (c *cli) printRebuilt(name, dir string, theirs *contractbuild.Info, ours *contractbuild.Report) error {
	same := theirs.CodeHash == ours.CodeHash
	var rows [][]string
	differences := []string{}
	for _, part := range []struct{ name, theirs, ours, hint string }{
		{"compiler", theirs.Data.Go, ours.Data.Go, "build with that version; GOTOOLCHAIN chooses Go's"},
		{"SDK", theirs.Data.SDK, ours.Data.SDK, "lay down the SDK of the chancery that built it"},
		{"sources", theirs.Data.Source, ours.Data.Source, "check out the sources that were built"},
		{"command", theirs.Data.Command, ours.Data.Command, "it was built by another chancery"},
	} {
		if part.theirs == part.ours {
			continue
		}
		differences = append(differences, part.name)
		rows = append(rows, []string{part.name, part.theirs, part.ours, part.hint})
	}
	if err := c.term.Value(map[string]any{
		"same": same, "code_hash": fmt.Sprintf("%x", theirs.CodeHash), "rebuilt": fmt.Sprintf("%x", ours.CodeHash),
		"differences": differences, "build": theirs.Data, "rebuild": ours.Data,
	}); err != nil {
		return err
	}
	if same {
		c.term.Printf("verified  %s is what %s gives with %s: code hash %x", name, dir, ours.Data.Go, ours.CodeHash)
		return nil
	}
	c.term.Printf("code hash  %x of %s\n           %x of %s\n", theirs.CodeHash, name, ours.CodeHash, dir)
	err := fmt.Errorf("%s is not what %s gives", name, dir)
	if len(rows) == 0 {
		return terminal.Hint(err, "the build data is the same, so one of them was changed after it was built: trust neither until you know which")
	}
	c.term.Table([]string{"DIFFERS", "BUILT", "HERE", "TRY"}, rows)
	return err
}
