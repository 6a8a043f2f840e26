package contractbuild

import (
	"context"
	"errors"
	"os/exec"
	"strings"
)

var errNoTinyGo = errors.New("tinygo is not installed; build without --tinygo, or install TinyGo 0.41 or newer (https://tinygo.org)")

// tinyGoArgs are chosen by measurement; docs/benchmarks.md, "TinyGo", has it.
//
//   - The target is standard Go's, so that build constraints choose the same files.
//   - Memory is never freed (leaking): an instance is reset after every call, so a
//     collector would run for nothing, and it takes a quarter of the code and half
//     of the time of a call.
//   - A panic is a trap at once. TinyGo cannot recover on Wasm, so nothing is lost.
//   - Optimised for speed (2): against s, an upload is a tenth larger, and a call
//     takes a fifth less time and 5 to 13 % less gas.
//   - With debug data: TinyGo's own run of wasm-opt changes little then. It would put
//     all that has one caller into its caller, and the chain refuses what becomes of
//     a large contract. wasmOptArgs do the same within bounds.
//   - The stack has 128 KiB, and memory 256 KiB from the start: a call whose memory
//     grows costs a new instance, and every call pays for the pages that are there.
var tinyGoArgs = []string{
	"build", "-target=wasip1", "-buildmode=c-shared", "-scheduler=none", "-gc=leaking", "-panic=trap",
	"-opt=2", "-ldflags=-extldflags '-z stack-size=131072 --initial-memory=262144'",
}

// wasmOptArgs are those of the run of wasm-opt that follows. TinyGo's target says
// which features of Wasm there are.
var wasmOptArgs = []string{
	"-O2", "--one-caller-inline-max-function-size=300",
	"--enable-bulk-memory", "--enable-mutable-globals", "--enable-nontrapping-float-to-int", "--enable-sign-ext",
}

// tinyGoCommand returns how TinyGo is run.
func tinyGoCommand(ctx context.Context, dir string) (command, error) {
	if _, err := exec.LookPath(string(TinyGo)); err != nil {
		return command{}, errNoTinyGo
	}
	optimiser, version, err := tinyGoVersion(ctx, dir)
	if err != nil {
		return command{}, err
	}
	return command{
		name: string(TinyGo), version: version, tags: "tinygo", after: append([]string{optimiser}, wasmOptArgs...),
		args: tinyGoArgs, env: []string{"GOFLAGS=", "GOWORK=off", "GOOS=", "GOARCH=", "GOEXPERIMENT=", "GODEBUG="},
	}, nil
}

// tinyGoVersion returns the versions of all that shapes TinyGo's code: its own,
// Go's and LLVM's as "tinygo version" tells them, and that of the wasm-opt that
// TinyGo uses, which is a program of its own.
func tinyGoVersion(ctx context.Context, dir string) (optimiser, version string, err error) {
	own, err := run(ctx, string(TinyGo), dir, nil, "version")
	if err != nil {
		return "", "", err
	}
	file, err := run(ctx, string(TinyGo), dir, nil, "env", "WASMOPT")
	if err != nil {
		return "", "", err
	}
	optimiser = strings.TrimSpace(string(file))
	its, err := run(ctx, optimiser, dir, nil, "--version")
	if err != nil {
		return "", "", err
	}
	return optimiser, strings.TrimSpace(string(own)) + ", " + strings.TrimSpace(string(its)), nil
}
