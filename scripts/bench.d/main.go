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
}

func (f figure) print() {
	b, err := json.Marshal(f)
	if err != nil {
		panic(err) // a figure has only numbers and text
	}
	fmt.Println(string(b))
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if len(os.Args) < 2 || os.Args[1] != "chain" {
		fmt.Fprintln(os.Stderr, "usage: scripts/bench chain [options]")
		os.Exit(2)
	}
	if err := chain(ctx, os.Args[2:]); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}
