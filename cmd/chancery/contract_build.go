package main

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/chancery-chain/chancery/api/contractbuild"
	"github.com/chancery-chain/chancery/cmd/chancery/internal/terminal"
	"github.com/chancery-chain/chancery/runtime"
)

// nearLimits is how many limits a report shows unless all are asked for.
const nearLimits = 5

func (c *cli) contractBuild() *cobra.Command {
	var out string
	var tiny, all bool
	cmd := &cobra.Command{
		Use: "build [FOLDER]", Short: "Build a contract to Wasm, and say how the chain will take it", Args: args(0, 1),
		Long: "Build a contract to Wasm and say how the chain will take it: size, imports, stack, gas of its initialisation, the limits that it comes nearest to, and the Go packages that take most space.",
		RunE: func(cmd *cobra.Command, args []string) error {
			dir := folder(args)
			if out == "" {
				abs, err := filepath.Abs(dir)
				if err != nil {
					return err
				}
				out = filepath.Join(dir, filepath.Base(abs)+".wasm")
			}
			stop := c.term.Progress("building %s", dir)
			r, err := contractbuild.BuildWith(cmd.Context(), compiler(tiny), dir, out)
			stop()
			if err != nil {
				return err
			}
			v, err := verdict(r.Out)
			if err != nil {
				return err
			}
			c.term.Fields(append([]terminal.Pair{
				{Name: "file", Value: r.Out},
				{Name: "service", Value: r.Schema.Service},
				{Name: "code hash", Value: fmt.Sprintf("%x", r.CodeHash)},
				{Name: "source", Value: r.Data.Source},
				{Name: "built with", Value: fmt.Sprintf("%s in %.1f s", r.Data.Go, r.BuildTime.Seconds())},
				{Name: "size", Value: sizes(r.Size, r.GzipSize)},
			}, verdictPairs(v, r.Imports)...)...)
			c.term.Printf("")
			c.printLimits(v, all)
			c.printSizes(r)
			return c.term.Value(map[string]any{
				"file": r.Out, "sizes": r.Sizes, "service": r.Schema.Service, "code_hash": fmt.Sprintf("%x", r.CodeHash),
				"size": r.Size, "gzip_size": r.GzipSize, "build": r.Data, "build_ms": r.BuildTime.Milliseconds(),
				"imports": r.Imports, "verdict": v,
			})
		},
	}
	cmd.Flags().StringVar(&out, "out", "", "file to write (default FOLDER/FOLDER.wasm)")
	cmd.Flags().BoolVar(&tiny, "tinygo", false, "compile with TinyGo, which must be installed")
	cmd.Flags().BoolVar(&all, "limits", false, "list all limits of the chain, not only the nearest")
	return cmd
}

// compiler returns the compiler that flag --tinygo asks for.
func compiler(tiny bool) contractbuild.Compiler {
	if tiny {
		return contractbuild.TinyGo
	}
	return contractbuild.StandardGo
}

func sizes(plain, packed int) string { return fmt.Sprintf("%d bytes, %d packed", plain, packed) }

// verdict checks a file as the chain will.
func verdict(file string) (*contractbuild.Verdict, error) {
	code, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	v, err := contractbuild.Check(code)
	var refused *runtime.InvalidCodeError
	if errors.As(err, &refused) {
		return nil, terminal.Hint(fmt.Errorf("%s: the chain refuses this code: %w", file, err), "docs/contracts.md lists what code may not do")
	}
	return v, err
}

// verdictPairs are the lines about what the chain makes of code.
func verdictPairs(v *contractbuild.Verdict, imports []string) []terminal.Pair {
	return []terminal.Pair{
		{Name: "imports", Value: importText(imports)},
		{Name: "floats", Value: fmt.Sprintf("%d operations, made the same on every CPU", v.Floats)},
		{Name: "stack", Value: fmt.Sprintf("%d bytes in the largest frame; %d bytes hold so many: %s", v.MaxFrame, v.StackBytes, v.Frames())},
		{Name: "compile time", Value: fmt.Sprintf("about %.1f s for each node, for %d bytes", v.CompileTime.Seconds(), v.Prepared)},
		{Name: "initialisation", Value: fmt.Sprintf("%d of %d gas, once, when the code is uploaded", v.InitGas, v.InitLimit)},
		{Name: "memory", Value: fmt.Sprintf("%d bytes for an instance", v.ImageBytes)},
	}
}

// importText counts imports by module.
func importText(imports []string) string {
	counts := map[string]int{}
	var modules []string
	for _, name := range imports {
		module, _, _ := strings.Cut(name, ".")
		if counts[module] == 0 {
			modules = append(modules, module)
		}
		counts[module]++
	}
	slices.Sort(modules)
	for i, module := range modules {
		modules[i] = fmt.Sprintf("%d of %s", counts[module], module)
	}
	return fmt.Sprintf("%d functions: %s", len(imports), strings.Join(modules, ", "))
}

// largestPackages is how many packages a report names.
const largestPackages = 10

// printSizes writes what takes the space in code, if that is known.
func (c *cli) printSizes(r *contractbuild.Report) {
	s := r.Sizes
	if s == nil {
		return
	}
	var rows [][]string
	row := func(what string, bytes int) {
		rows = append(rows, []string{what, fmt.Sprint(bytes), fmt.Sprintf("%.1f %%", 100*float64(bytes)/float64(r.Size))})
	}
	largest, others, bytes := s.Largest(largestPackages)
	for _, p := range largest {
		row(p.Package, p.Bytes)
	}
	if others > 0 {
		row(fmt.Sprintf("%d other packages", others), bytes)
	}
	row("data: constants, types and tables of functions", s.Data)
	row("the interface, build data and all else", s.Other)
	c.term.Printf("")
	c.term.Table([]string{"CODE OF PACKAGE", "BYTES", "SHARE"}, rows)
}

// printLimits writes how much of the limits code uses, the nearest first.
func (c *cli) printLimits(v *contractbuild.Verdict, all bool) {
	uses := slices.Clone(v.Limits)
	slices.SortStableFunc(uses, func(a, b contractbuild.Use) int { return cmp.Compare(b.Share(), a.Share()) })
	if !all {
		uses = uses[:min(nearLimits, len(uses))]
	}
	var rows [][]string
	for _, u := range uses {
		rows = append(rows, []string{u.Name, fmt.Sprint(u.Used), fmt.Sprint(u.Limit), fmt.Sprintf("%d %%", 100-u.Share())})
	}
	c.term.Table([]string{"LIMIT", "USED", "OF", "LEFT"}, rows)
}
