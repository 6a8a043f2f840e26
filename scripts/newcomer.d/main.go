// Command newcomer.d does what docs/contracts.md tells a newcomer to do, block by
// block, in an empty folder without network; scripts/newcomer runs it.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"time"
)

// measures are what issue and guide promise for a warm Go cache.
var measures = []measure{
	{"the first contract, new to tested", []string{"new", "generate", "build", "test"}, 20 * time.Second},
	{"contract test after an edit", []string{"test-again"}, 5 * time.Second},
	{"go test of the plain tests", []string{"go-test"}, 2 * time.Second},
}

type options struct {
	guide, chancery string
	times, keep     bool
	verbose         bool
	other           []string // texts of the page and what to put in their place, in turns
}

func main() {
	var o options
	flag.StringVar(&o.guide, "guide", "docs/contracts.md", "the page to follow")
	flag.StringVar(&o.chancery, "chancery", "bin/chancery", "the binary to follow it with")
	flag.BoolVar(&o.times, "times", true, "fail when a step takes longer than promised")
	flag.BoolVar(&o.keep, "keep", false, "keep the folder")
	flag.BoolVar(&o.verbose, "v", false, "print what the steps print")
	flag.Func("set", "OLD=NEW to put into the page first, such as an address; may be given often", func(s string) error {
		old, text, ok := strings.Cut(s, "=")
		if !ok || old == "" {
			return errors.New("expected OLD=NEW")
		}
		o.other = append(o.other, old, text)
		return nil
	})
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	failed, err := run(ctx, os.Stdout, o)
	if err != nil {
		fmt.Fprintln(os.Stderr, "newcomer:", err)
		os.Exit(1)
	}
	if failed > 0 {
		os.Exit(1)
	}
}

func run(ctx context.Context, out io.Writer, o options) (failed int, err error) {
	steps, err := readGuide(o.guide, strings.NewReplacer(o.other...))
	if err != nil {
		return 0, err
	}
	dir, err := os.MkdirTemp("", "chancery-newcomer-")
	if err != nil {
		return 0, err
	}
	if o.keep {
		fmt.Fprintf(out, "in %s\n", dir)
	} else {
		defer os.RemoveAll(dir)
	}
	env, err := environment(dir, o.chancery)
	if err != nil {
		return 0, err
	}
	work := filepath.Join(dir, "work")
	if err := os.Mkdir(work, 0o755); err != nil {
		return 0, err
	}
	n := &newcomer{dir: work, env: env, out: out, verbose: o.verbose, took: map[string]time.Duration{}}
	if o.times { // which are promised for a warm cache
		if err := n.warm(ctx, filepath.Join(dir, "warm")); err != nil {
			return 0, err
		}
	}
	begin := time.Now()
	n.follow(ctx, steps)
	fmt.Fprintf(out, "the guide's commands took %.1f s\n", time.Since(begin).Seconds())
	if o.times && n.failed == 0 {
		for _, m := range measures {
			n.check(m)
		}
	}
	fmt.Fprintf(out, "%d passed, %d failed\n", n.passed, n.failed)
	return n.failed, nil
}

// environment is a fresh home without network: no settings of this machine's
// user, no module that was downloaded before. The Go build cache is the
// machine's, because the promised times are for a warm one. What asks for another
// machine than this one gets a proxy that is not there.
func environment(dir, chancery string) ([]string, error) {
	binary, err := filepath.Abs(chancery)
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(binary); err != nil {
		return nil, fmt.Errorf("%w; scripts/build makes it", err)
	}
	cache, err := exec.Command("go", "env", "GOCACHE").Output()
	if err != nil {
		return nil, fmt.Errorf("go env: %w", err)
	}
	bin, home := filepath.Join(dir, "bin"), filepath.Join(dir, "home")
	for _, folder := range []string{bin, home} {
		if err := os.Mkdir(folder, 0o755); err != nil {
			return nil, err
		}
	}
	// Not a link: a program may look at its own name.
	run := fmt.Sprintf("#!/bin/sh\nexec '%s' \"$@\"\n", strings.ReplaceAll(binary, "'", `'\''`))
	if err := os.WriteFile(filepath.Join(bin, "chancery"), []byte(run), 0o755); err != nil {
		return nil, err
	}
	const nowhere = "http://127.0.0.1:9"
	return []string{
		"PATH=" + bin + string(os.PathListSeparator) + os.Getenv("PATH"),
		"HOME=" + home, "TMPDIR=" + os.TempDir(), "LANG=C.UTF-8",
		"GOCACHE=" + strings.TrimSpace(string(cache)), "GOMODCACHE=" + filepath.Join(home, "mod"),
		"GOPROXY=off", "GOSUMDB=off", "GOTOOLCHAIN=local", "GOFLAGS=", "GOENV=off", "GOTELEMETRY=off",
		"http_proxy=" + nowhere, "https_proxy=" + nowhere, "HTTP_PROXY=" + nowhere, "HTTPS_PROXY=" + nowhere,
		"no_proxy=127.0.0.1,localhost", "NO_PROXY=127.0.0.1,localhost",
	}, nil
}

// warm builds and tests another contract, so that the Go cache holds the standard
// library and the SDK.
func (n *newcomer) warm(ctx context.Context, dir string) error {
	ctx, cancel := context.WithTimeout(ctx, 2*longest)
	defer cancel()
	begin := time.Now()
	cmd := n.command(ctx, fmt.Sprintf("chancery contract new records/warm '%[1]s' && chancery contract build '%[1]s' && cd '%[1]s' && go test ./...", dir))
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("warming the Go cache: %w\n%s", err, out)
	}
	fmt.Fprintf(n.out, "      %-28s %6.2f s\n", "(another contract, to warm)", time.Since(begin).Seconds())
	return nil
}
