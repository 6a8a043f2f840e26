// Command spectest replays the official WebAssembly test suite. Every module
// that the runtime's policy accepts runs four times: plain and rewritten, on
// wazero's compiler and on its interpreter. All must agree with the suite, with
// one another in results, traps and memory, and the two engines in gas.
//
// The one difference that is meant is NaN: a rewritten module shows the
// canonical NaN where the plain one shows the bits of another.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// script is one file of the suite.
type script struct {
	Commands []command `json:"commands"`
}

type command struct {
	Type       string  `json:"type"`
	Line       int     `json:"line"`
	Name       string  `json:"name"`
	As         string  `json:"as"`
	Filename   string  `json:"filename"`
	ModuleType string  `json:"module_type"`
	Text       string  `json:"text"`
	Action     action  `json:"action"`
	Expected   []value `json:"expected"`
}

type action struct {
	Type   string  `json:"type"`
	Module string  `json:"module"`
	Field  string  `json:"field"`
	Args   []value `json:"args"`
}

// tally counts what happened.
type tally struct {
	scripts, modules, accepted int
	refused                    map[string]int // modules by rule
	skipped                    int            // assertions on refused modules
	passed, failed             int
	canonical                  int // assertions met by a canonical NaN
	gas                        int // calls whose gas was equal on both engines
}

func main() {
	verbose := flag.Bool("v", false, "print every refused module")
	flag.Parse()
	t := &tally{refused: map[string]int{}}
	for _, dir := range flag.Args() {
		files, err := filepath.Glob(filepath.Join(dir, "*.json"))
		if err != nil || len(files) == 0 {
			fmt.Fprintf(os.Stderr, "spectest: no test scripts in %s\n", dir)
			os.Exit(2)
		}
		for _, file := range files {
			if err := run(file, t, *verbose); err != nil {
				fmt.Fprintf(os.Stderr, "spectest: %s: %v\n", file, err)
				os.Exit(2)
			}
		}
	}
	t.print()
	if t.failed > 0 || t.passed == 0 {
		os.Exit(1)
	}
}

func (t *tally) print() {
	fmt.Printf("%d scripts, %d modules: %d accepted, %d refused by policy\n", t.scripts, t.modules, t.accepted, t.modules-t.accepted)
	for _, rule := range slices.Sorted(maps.Keys(t.refused)) {
		fmt.Printf("  refused by %-20s %d\n", rule, t.refused[rule])
	}
	fmt.Printf("%d calls with equal gas on compiler and interpreter\n", t.gas)
	fmt.Printf("%d assertions met by a canonical NaN in place of another\n", t.canonical)
	fmt.Printf("%d assertions on refused modules or on text skipped\n", t.skipped)
	fmt.Printf("%d passed, %d failed\n", t.passed, t.failed)
}

func run(file string, t *tally, verbose bool) error {
	raw, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	var s script
	if err := json.Unmarshal(raw, &s); err != nil {
		return err
	}
	t.scripts++
	ctx := context.Background()
	b, err := newBench(ctx)
	if err != nil {
		return err
	}
	defer b.close(ctx)
	for _, c := range s.Commands {
		report := func(err error) {
			if err != nil {
				t.failed++
				fmt.Printf("FAIL %s:%d %s %s: %v\n", filepath.Base(file), c.Line, c.Type, c.Action.Field, err)
				return
			}
			t.passed++
		}
		var code []byte
		if strings.HasSuffix(c.Filename, ".wasm") {
			if code, err = os.ReadFile(filepath.Join(filepath.Dir(file), c.Filename)); err != nil {
				return err
			}
		}
		switch c.Type {
		case "module":
			t.modules++
			rule, err := b.load(ctx, c.Name, code)
			switch {
			case err != nil:
				report(fmt.Errorf("load: %w", err))
			case rule != "":
				t.refused[rule]++
				if verbose {
					fmt.Printf("refused %s:%d %s\n", filepath.Base(file), c.Line, rule)
				}
			default:
				t.accepted++
			}
		case "register":
			b.register(c.Name, c.As)
		case "action", "assert_return", "assert_trap", "assert_exhaustion":
			if b.find(c.Action.Module) == nil {
				t.skipped++
				continue
			}
			report(b.assert(ctx, c, t))
		case "assert_invalid", "assert_malformed", "assert_unlinkable", "assert_uninstantiable":
			if code == nil {
				t.skipped++ // text format
				continue
			}
			report(b.assertRefused(ctx, c.Type, code))
		default:
			return fmt.Errorf("line %d: unknown command %q", c.Line, c.Type)
		}
	}
	return nil
}
