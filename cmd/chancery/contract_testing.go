package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/chancery-chain/chancery/api/contracttest"
	"github.com/chancery-chain/chancery/api/schema"
	"github.com/chancery-chain/chancery/cmd/chancery/internal/terminal"
)

func (c *cli) contractTest() *cobra.Command {
	var o contracttest.Options
	var tiny bool
	cmd := &cobra.Command{
		Use: "test [FOLDER]", Short: "Run a contract's tests in plain Go, and do the same in Wasm", Args: args(0, 1),
		Long: "Run a contract's tests in plain Go with coverage. What they call on chains of sdktest is then done once more with the contract's Wasm: " +
			"results, errors, events and state must be the same. Contracts that the tests deploy beside it are given by --with; " +
			"chains with a contract that is not given are left out, and said to be.",
		RunE: func(cmd *cobra.Command, args []string) error {
			o.Dir, o.Compiler = folder(args), compiler(tiny)
			stop := c.term.Progress("testing %s", o.Dir)
			r, err := contracttest.Run(cmd.Context(), o)
			stop()
			if err != nil {
				return err
			}
			return c.printTests(r)
		},
	}
	cmd.Flags().StringArrayVar(&o.With, "with", nil, "folder of another contract that the tests deploy")
	cmd.Flags().StringVar(&o.Run, "run", "", "only the tests that this regular expression finds")
	cmd.Flags().BoolVar(&o.Plain, "plain", false, "only plain Go")
	cmd.Flags().BoolVar(&tiny, "tinygo", false, "compile the Wasm with TinyGo, which must be installed")
	return cmd
}

// maxMissed is how many places without a test are listed.
const maxMissed = 8

// printTests writes how tests went, and returns an error when not all went well.
func (c *cli) printTests(r *contracttest.Result) error {
	p := r.Plain
	if !p.OK() {
		c.term.Printf("%s", strings.TrimSpace(p.Output))
		if err := c.term.Value(testView(r)); err != nil {
			return err
		}
		if p.Failed == 0 {
			return errors.New("the tests do not build or did not end")
		}
		return fmt.Errorf("%d of %d tests failed in plain Go", p.Failed, p.Passed+p.Failed)
	}
	c.term.Printf("plain Go  %s passed in %.1f s; %.1f %% of %d statements covered", count(p.Passed, "test"), r.PlainFor.Seconds(), p.Coverage(), p.Statements)
	if len(p.Missed) > 0 {
		missed, more := p.Missed, ""
		if len(missed) > maxMissed {
			missed, more = missed[:maxMissed], fmt.Sprintf(" and %d more", len(p.Missed)-maxMissed)
		}
		c.term.Printf("          not run: %s%s", strings.Join(missed, ", "), more)
	}
	if r.Wasm != nil {
		c.printReplay(r)
	}
	if err := c.term.Value(testView(r)); err != nil {
		return err
	}
	if !r.OK() {
		return terminal.Hint(errors.New("the Wasm does not do the same as plain Go"),
			"look for what differs between nodes: package variables, ranges over maps, sizes of int, time and randomness")
	}
	return nil
}

func (c *cli) printReplay(r *contracttest.Result) {
	w := r.Wasm
	switch {
	case w.NoCalls() != nil:
		c.term.Printf("Wasm      nothing to compare: %v", w.NoCalls())
		return
	case len(w.Differences) == 0:
		c.term.Printf("Wasm      %s gave the same results, errors, events and state in %.1f s", count(w.Calls, "call"), r.WasmFor.Seconds())
	default:
		c.term.Printf("Wasm      %s, %s:", count(w.Calls, "call"), count(len(w.Differences), "difference"))
		for _, d := range w.Differences {
			c.term.Printf("          %s: %s %s: %s", d.At, d.Contract, d.Method, d.What)
		}
	}
	if w.Skipped > 0 {
		c.term.Printf("          left out: %s, for want of the code of %s; give its folder by --with", count(w.Skipped, "call"), strings.Join(w.Missing, ", "))
	}
	c.term.Printf("")
	var rows [][]string
	for _, m := range w.Methods {
		row := []string{m.Method, schema.Kind(m.Kind).String(), fmt.Sprint(m.Calls), fmt.Sprint(m.Failed), "-", "-", "-"}
		if m.Calls > 0 { // the gas is that of calls that were not refused
			row = append(row[:4], fmt.Sprint(m.Min), fmt.Sprint(m.Median), fmt.Sprint(m.Max))
		}
		rows = append(rows, row)
	}
	c.term.Table([]string{"METHOD", "KIND", "CALLS", "REFUSED", "LEAST GAS", "MEDIAN", "MOST"}, rows)
}

// count writes a number with what is counted: "1 call", "2 calls".
func count[N int | uint32](n N, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// testView is how tests went for programs.
func testView(r *contracttest.Result) map[string]any {
	v := map[string]any{
		"ok": r.OK(), "passed": r.Plain.Passed, "failed": r.Plain.Failed, "skipped": r.Plain.Skipped, "output": r.Plain.Output,
		"statements": r.Plain.Statements, "covered": r.Plain.Covered, "not_run": r.Plain.Missed,
		"plain_ms": r.PlainFor.Milliseconds(), "total_ms": r.TotalFor.Milliseconds(),
	}
	if w := r.Wasm; w != nil {
		methods, differences := []any{}, []any{}
		for _, m := range w.Methods {
			methods = append(methods, map[string]any{
				"service": m.Service, "method": m.Method, "kind": schema.Kind(m.Kind).String(), "calls": m.Calls, "refused": m.Failed,
				"gas_min": m.Min, "gas_median": m.Median, "gas_max": m.Max,
			})
		}
		for _, d := range w.Differences {
			differences = append(differences, map[string]any{"at": d.At, "contract": d.Contract, "method": d.Method, "what": d.What})
		}
		v["wasm"] = map[string]any{
			"calls": w.Calls, "left_out": w.Skipped, "missing": w.Missing, "differences": differences, "methods": methods,
			"replay_ms": r.WasmFor.Milliseconds(), "code_hash": fmt.Sprintf("%x", r.Code.CodeHash),
		}
	}
	return v
}
