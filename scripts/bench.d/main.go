// Command bench.d measures this tree; scripts/bench runs it.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/signal"
)

// figure is one measured value, printed as a JSON line.
type figure struct {
	Name  string  `json:"name"`
	Value float64 `json:"value"`
	Unit  string  `json:"unit"`
	// Case is what of several things the value is of.
	Case string `json:"case,omitempty"`
}

func (f figure) print() {
	b, err := json.Marshal(f)
	if err != nil {
		panic(err) // a figure has only numbers and text
	}
	fmt.Println(string(b))
}

// commands are the subcommands; the comment in scripts/bench says what each is.
var commands = map[string]func(context.Context, []string) error{
	"chain":    chain,
	"gas":      gasBench,
	"platform": platformBench,
	"runtime":  runtimeBench,
	"child":    childProcess, // of runtime, for measurements in a process of their own
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	var run func(context.Context, []string) error
	if len(os.Args) > 1 {
		run = commands[os.Args[1]]
	}
	if run == nil {
		fmt.Fprintln(os.Stderr, "usage: scripts/bench chain|gas|platform|runtime [options]")
		os.Exit(2)
	}
	if err := run(ctx, os.Args[2:]); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}
