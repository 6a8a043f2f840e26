package main

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/chancery-chain/chancery/api/contractbuild"
	"github.com/chancery-chain/chancery/api/generate"
	"github.com/chancery-chain/chancery/cmd/chancery/internal/terminal"
)

func (c *cli) contractNew() *cobra.Command {
	var from string
	var about []string
	for _, t := range contractbuild.Templates {
		about = append(about, fmt.Sprintf("  %-9s %s", t.Name, t.About))
	}
	cmd := &cobra.Command{
		Use: "new ORGANISATION/CONTRACT [FOLDER]", Short: "Lay down a new contract to begin with", Args: args(1, 2),
		Long: "Lay down a new contract to begin with: its .proto, Go, tests, and the SDK. Nothing is downloaded, now or later.\n\n" +
			"The templates are\n" + strings.Join(about, "\n"),
		RunE: func(_ *cobra.Command, args []string) error {
			dir := filepath.Base(args[0])
			if len(args) > 1 {
				dir = args[1]
			}
			if err := contractbuild.NewFrom(from, dir, args[0]); err != nil {
				return err
			}
			c.term.Printf("made contract %s in %s, from template %s", args[0], dir, from)
			c.term.Printf("next: chancery contract test %s, and change the .proto in %s", dir, filepath.Join(dir, "proto"))
			return c.term.Value(map[string]any{"contract": args[0], "dir": dir, "template": from})
		},
	}
	cmd.Flags().StringVar(&from, "template", contractbuild.Templates[0].Name, "what to begin with: minimal, register, workflow or ledger")
	return cmd
}

func (c *cli) contractGenerate() *cobra.Command {
	var proto string
	var check bool
	cmd := &cobra.Command{
		Use: "generate [FOLDER]", Short: "Make the Go code of a contract's .proto", Args: args(0, 1),
		RunE: func(_ *cobra.Command, args []string) error {
			dir := folder(args)
			if proto == "" {
				if err := contractbuild.CheckFolder(dir); err != nil {
					return err
				}
			}
			files, err := generate.Generate(dir, proto)
			if err != nil {
				return err
			}
			stale, err := generate.Stale(dir, files)
			if err != nil {
				return err
			}
			if check && len(stale) > 0 {
				return terminal.Hint(fmt.Errorf("%s: %s does not match the .proto", dir, strings.Join(stale, ", ")), "run chancery contract generate %s", dir)
			}
			leftovers, err := generate.Leftovers(dir, files)
			if err != nil {
				return err
			}
			if err := generate.Write(dir, files); err != nil {
				return err
			}
			names := []string{} // JSON lists, never null
			for _, f := range files {
				names = append(names, filepath.Join(dir, filepath.FromSlash(f.Name)))
			}
			c.term.Printf("%s", strings.Join(names, "\n"))
			removed := []string{}
			for _, name := range leftovers {
				removed = append(removed, filepath.Join(dir, filepath.FromSlash(name)))
				c.term.Printf("removed %s, which is no longer generated", removed[len(removed)-1])
			}
			return c.term.Value(map[string]any{"files": names, "changed": len(stale), "removed": removed})
		},
	}
	cmd.Flags().StringVar(&proto, "proto", "", "the contract's .proto below FOLDER/proto, when there are several")
	cmd.Flags().BoolVar(&check, "check", false, "change nothing; fail when a file is not as it should be")
	return cmd
}
