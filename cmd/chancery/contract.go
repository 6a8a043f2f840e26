package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/chancery-chain/chancery/api/contractbuild"
	"github.com/chancery-chain/chancery/api/generate"
	"github.com/chancery-chain/chancery/api/schema"
	"github.com/chancery-chain/chancery/cmd/chancery/internal/terminal"
)

func (c *cli) contractCommand() *cobra.Command {
	cmd := group(&cobra.Command{
		Use: "contract", Short: "Write, build, deploy and call contracts",
		Example: `  chancery contract new records/land-register
  chancery contract build land-register
  chancery contract upload land-register/land-register.wasm
  chancery contract deploy records/land-register CODE_HASH
  chancery contract query records/land-register Get '{"id":"1"}'`,
	})
	cmd.AddCommand(
		c.contractNew(), c.contractGenerate(), c.contractBuild(), c.contractInspect(),
		c.contractUpload(), c.contractDeploy(), c.contractUpgrade(), c.contractHistory(), c.contractCall(), c.contractSimulate(), c.contractProfile(), c.contractQuery(), c.contractList(), c.contractShow(),
	)
	return cmd
}

func (c *cli) contractNew() *cobra.Command {
	return &cobra.Command{
		Use: "new ORGANISATION/CONTRACT [FOLDER]", Short: "Lay down a new contract to begin with", Args: args(1, 2),
		RunE: func(_ *cobra.Command, args []string) error {
			dir := filepath.Base(args[0])
			if len(args) > 1 {
				dir = args[1]
			}
			if err := contractbuild.New(dir, args[0]); err != nil {
				return err
			}
			c.term.Printf("made contract %s in %s", args[0], dir)
			c.term.Printf("next: change the .proto in %s, then chancery contract generate %s", filepath.Join(dir, "proto"), dir)
			return c.term.Value(map[string]any{"contract": args[0], "dir": dir})
		},
	}
}

func (c *cli) contractGenerate() *cobra.Command {
	var proto string
	var check bool
	cmd := &cobra.Command{
		Use: "generate [FOLDER]", Short: "Make the Go code of a contract's .proto", Args: args(0, 1),
		RunE: func(_ *cobra.Command, args []string) error {
			dir := folder(args)
			files, err := generate.Generate(dir, proto)
			if err != nil {
				return err
			}
			stale := generate.Stale(dir, files)
			if check && len(stale) > 0 {
				return terminal.Hint(fmt.Errorf("%s: %s does not match the .proto", dir, strings.Join(stale, ", ")), "run chancery contract generate %s", dir)
			}
			if err := generate.Write(dir, files); err != nil {
				return err
			}
			var names []string
			for _, f := range files {
				names = append(names, filepath.Join(dir, filepath.FromSlash(f.Name)))
			}
			c.term.Printf("%s", strings.Join(names, "\n"))
			return c.term.Value(map[string]any{"files": names, "changed": len(stale)})
		},
	}
	cmd.Flags().StringVar(&proto, "proto", "", "the contract's .proto below FOLDER/proto, when there are several")
	cmd.Flags().BoolVar(&check, "check", false, "change nothing; fail when a file is not as it should be")
	return cmd
}

func folder(args []string) string {
	if len(args) > 0 {
		return args[0]
	}
	return "."
}

func (c *cli) contractBuild() *cobra.Command {
	var out string
	cmd := &cobra.Command{
		Use: "build [FOLDER]", Short: "Build a contract to Wasm with standard Go", Args: args(0, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			dir := folder(args)
			abs, err := filepath.Abs(dir)
			if err != nil {
				return err
			}
			if out == "" {
				out = filepath.Join(dir, filepath.Base(abs)+".wasm")
			}
			stop := c.term.Progress("building %s", dir)
			r, err := contractbuild.Build(cmd.Context(), dir, out)
			stop()
			if err != nil {
				return err
			}
			c.term.Fields(
				terminal.Pair{Name: "file", Value: r.Out},
				terminal.Pair{Name: "service", Value: r.Schema.Service},
				terminal.Pair{Name: "code hash", Value: fmt.Sprintf("%x", r.CodeHash)},
				terminal.Pair{Name: "size", Value: fmt.Sprintf("%d bytes, %d packed", r.Size, r.GzipSize)},
				terminal.Pair{Name: "built with", Value: r.Data.Go},
			)
			return c.term.Value(map[string]any{
				"file": r.Out, "service": r.Schema.Service, "code_hash": fmt.Sprintf("%x", r.CodeHash),
				"size": r.Size, "gzip_size": r.GzipSize, "build": r.Data, "build_ms": r.BuildTime.Milliseconds(),
			})
		},
	}
	cmd.Flags().StringVar(&out, "out", "", "file to write (default FOLDER/FOLDER.wasm)")
	return cmd
}

func (c *cli) contractInspect() *cobra.Command {
	return &cobra.Command{
		Use: "inspect FILE.wasm", Short: "Show what code tells about itself", Args: args(1, 1),
		RunE: func(_ *cobra.Command, args []string) error {
			code, err := os.ReadFile(args[0])
			if err != nil {
				return err
			}
			i, err := contractbuild.Inspect(code)
			if err != nil {
				return fmt.Errorf("%s: %w", args[0], err)
			}
			c.term.Fields(
				terminal.Pair{Name: "service", Value: i.Schema.Service},
				terminal.Pair{Name: "title", Value: strings.TrimSpace(i.Schema.Title + "  " + i.Schema.TitleZH)},
				terminal.Pair{Name: "code hash", Value: fmt.Sprintf("%x", i.CodeHash)},
				terminal.Pair{Name: "size", Value: fmt.Sprintf("%d bytes, %d packed", i.Size, i.GzipSize)},
				terminal.Pair{Name: "built with", Value: i.Data.Go},
				terminal.Pair{Name: "source", Value: i.Data.Source},
			)
			c.term.Printf("")
			c.printSchema(i.Schema)
			return c.term.Value(map[string]any{
				"service": i.Schema.Service, "code_hash": fmt.Sprintf("%x", i.CodeHash), "size": i.Size, "gzip_size": i.GzipSize,
				"build": i.Data, "imports": i.Imports, "schema": schemaView(i.Schema),
			})
		},
	}
}

// printSchema writes a contract's methods, collections and errors for people.
func (c *cli) printSchema(s *schema.Contract) {
	var rows [][]string
	for _, m := range s.Methods {
		roles := strings.Join(m.Roles, ", ")
		if roles == "" {
			roles = "anybody"
		}
		rows = append(rows, []string{m.Name, m.Kind.String(), string(m.Input.Name()), string(m.Output.Name()), roles})
	}
	c.term.Table([]string{"METHOD", "KIND", "REQUEST", "RESPONSE", "CALLERS"}, rows)
	rows = nil
	for _, col := range s.Collections {
		rows = append(rows, []string{col.Name, strings.Join(keyFields(&col), ", "), string(col.Value.Name())})
	}
	c.term.Printf("")
	c.term.Table([]string{"COLLECTION", "KEY", "VALUE"}, rows)
	rows = nil
	for _, e := range s.Errors {
		rows = append(rows, []string{fmt.Sprint(e.Code), e.Name, e.ConnectCode, e.Message})
	}
	c.term.Printf("")
	c.term.Table([]string{"ERROR", "NAME", "CONNECT CODE", "MEANING"}, rows)
}

func keyFields(col *schema.Collection) []string {
	names := make([]string, 0, len(col.Key))
	for _, f := range col.Key {
		names = append(names, string(f.Name()))
	}
	return names
}

// schemaView is a schema for programs.
func schemaView(s *schema.Contract) map[string]any {
	methods, collections, errs := []any{}, []any{}, []any{}
	for _, m := range s.Methods {
		methods = append(methods, map[string]any{
			"name": m.Name, "kind": m.Kind.String(), "request": m.Input.FullName(), "response": m.Output.FullName(), "roles": m.Roles,
		})
	}
	for _, col := range s.Collections {
		collections = append(collections, map[string]any{
			"name": col.Name, "number": col.Number, "key": keyFields(&col), "value": col.Value.FullName(),
		})
	}
	for _, e := range s.Errors {
		errs = append(errs, map[string]any{"code": e.Code, "name": e.Name, "connect_code": e.ConnectCode, "message": e.Message})
	}
	return map[string]any{"title": s.Title, "title_zh": s.TitleZH, "methods": methods, "collections": collections, "errors": errs}
}
