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
//   - The stack has 128 KiB, and memory 256 KiB from the start: a call whose memory
//     grows costs a new instance, and every call pays for the pages that are there.
var tinyGoArgs = []string{
	"build", "-target=wasip1", "-buildmode=c-shared", "-scheduler=none", "-gc=leaking", "-panic=trap",
	"-opt=2", "-no-debug", "-ldflags=-extldflags '-z stack-size=131072 --initial-memory=262144'",
}

// tinyGoCommand returns how TinyGo is run.
func tinyGoCommand(ctx context.Context, dir string) (command, error) {
	if _, err := exec.LookPath(string(TinyGo)); err != nil {
		return command{}, errNoTinyGo
	}
	version, err := tinyGoVersion(ctx, dir)
	if err != nil {
		return command{}, err
	}
	return command{
		name: string(TinyGo), version: version, tags: "tinygo",
		args: tinyGoArgs, env: []string{"GOFLAGS=", "GOWORK=off", "GOOS=", "GOARCH=", "GOEXPERIMENT=", "GODEBUG="},
	}, nil
}

// tinyGoVersion returns the versions of all that shapes TinyGo's code: its own,
// Go's and LLVM's as "tinygo version" tells them, and that of wasm-opt, which is a
// program of its own.
func tinyGoVersion(ctx context.Context, dir string) (string, error) {
	own, err := run(ctx, string(TinyGo), dir, nil, "version")
	if err != nil {
		return "", err
	}
	optimiser, err := run(ctx, string(TinyGo), dir, nil, "env", "WASMOPT")
	if err != nil {
		return "", err
	}
	version, err := run(ctx, strings.TrimSpace(string(optimiser)), dir, nil, "--version")
	if err != nil {
		return "", err
	}
	return strings.TrimSpace(string(own)) + ", " + strings.TrimSpace(string(version)), nil
}
