package contracttest

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// PlainResult is how the plain Go tests went.
type PlainResult struct {
	Passed, Failed, Skipped int // tests, subtests included
	// Output is what failed tests and packages wrote, or the compiler.
	Output string
	broken bool // a package did not build, or ended otherwise than by its tests
	// Statements counts those that people wrote, and Covered those of them that the
	// tests ran. Generated code is left out.
	Statements, Covered int
	// Missed are the places that the tests did not run, "order.go:41-43".
	Missed []string
}

// OK reports whether every test passed.
func (p *PlainResult) OK() bool { return p.Failed == 0 && !p.broken }

// Coverage is the covered part of the statements in percent.
func (p *PlainResult) Coverage() float64 {
	if p.Statements == 0 {
		return 100
	}
	return 100 * float64(p.Covered) / float64(p.Statements)
}

// testEvent is a line of "go test -json".
type testEvent struct {
	Action, Package, ImportPath, Test, Output string
}

// runPlain runs the Go tests below dir.
func runPlain(ctx context.Context, dir, run, record, profile string) (*PlainResult, error) {
	args := []string{"test", "-json", "-count=1", "-coverprofile=" + profile}
	if run != "" {
		args = append(args, "-run="+run)
	}
	cmd := exec.CommandContext(ctx, "go", append(args, "./...")...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), recordEnv(record), "GOWORK=off") // as contract build does
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	runErr := cmd.Run()
	var exit *exec.ExitError
	switch {
	case errors.Is(runErr, exec.ErrNotFound):
		return nil, errors.New("the go command is not installed; contracts are tested with Go 1.26 or newer (https://go.dev/dl)")
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case runErr != nil && !errors.As(runErr, &exit):
		return nil, runErr
	}
	p := &PlainResult{}
	if err := p.read(&stdout); err != nil {
		return nil, err
	}
	if runErr != nil && p.OK() {
		p.broken = true
	}
	if !p.OK() {
		p.Output += stderr.String()
		return p, nil
	}
	return p, p.readProfile(dir, profile)
}

// read counts tests and keeps what failed ones wrote.
func (p *PlainResult) read(out *bytes.Buffer) error {
	type key struct{ pkg, test string }
	written := map[key]string{}
	lines := bufio.NewScanner(out)
	lines.Buffer(nil, maxLine)
	for lines.Scan() {
		var e testEvent
		if json.Unmarshal(lines.Bytes(), &e) != nil {
			p.Output += lines.Text() + "\n" // the go command's own complaint
			continue
		}
		k := key{e.Package, e.Test}
		switch e.Action {
		case "build-output":
			p.Output += e.Output
		case "build-fail":
			p.broken = true
		case "output":
			if e.Test == "" || !strings.HasPrefix(strings.TrimSpace(e.Output), "=== ") {
				written[k] += e.Output
			}
		case "pass":
			if e.Test != "" {
				p.Passed++
			}
		case "skip":
			if e.Test != "" {
				p.Skipped++
			}
		case "fail":
			p.Output += written[k]
			if e.Test != "" {
				p.Failed++
			} else {
				p.broken = p.broken || p.Failed == 0
			}
		}
	}
	return lines.Err()
}

// readProfile counts the statements of a coverage profile, whose lines are
// "<import path>/<file>:<line>.<column>,<line>.<column> <statements> <count>".
func (p *PlainResult) readProfile(dir, name string) error {
	text, err := os.ReadFile(name)
	if errors.Is(err, os.ErrNotExist) {
		return nil // no test was built
	}
	if err != nil {
		return err
	}
	root, err := modulePath(dir)
	if err != nil {
		return err
	}
	generated := map[string]bool{}
	type gap struct {
		file        string
		first, last int
	}
	var gaps []gap
	for line := range strings.Lines(string(text)) {
		file, rest, ok := strings.Cut(strings.TrimSpace(line), ":")
		var first, last, statements, count, skip int
		if !ok || file == "mode" {
			continue
		}
		if _, err := fmt.Sscanf(rest, "%d.%d,%d.%d %d %d", &first, &skip, &last, &skip, &statements, &count); err != nil {
			return fmt.Errorf("coverage profile: %q: %w", line, err)
		}
		file = strings.TrimPrefix(strings.TrimPrefix(file, root), "/")
		if _, known := generated[file]; !known {
			generated[file] = isGenerated(filepath.Join(dir, filepath.FromSlash(file)))
		}
		if generated[file] {
			continue
		}
		p.Statements += statements
		if count > 0 {
			p.Covered += statements
		} else {
			gaps = append(gaps, gap{file, first, last})
		}
	}
	slices.SortFunc(gaps, func(a, b gap) int { return cmp.Or(cmp.Compare(a.file, b.file), a.first-b.first) })
	for _, g := range gaps {
		place := fmt.Sprintf("%s:%d", g.file, g.first)
		if g.last > g.first {
			place += fmt.Sprintf("-%d", g.last)
		}
		p.Missed = append(p.Missed, place)
	}
	return nil
}

// modulePath returns the import path of the package in dir.
func modulePath(dir string) (string, error) {
	at, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	for below := ""; ; {
		mod, err := os.ReadFile(filepath.Join(at, "go.mod"))
		if err == nil {
			for line := range strings.Lines(string(mod)) {
				if name, ok := strings.CutPrefix(strings.TrimSpace(line), "module "); ok {
					return path.Join(strings.Trim(name, `" `), below), nil
				}
			}
			return "", fmt.Errorf("%s names no module", filepath.Join(at, "go.mod"))
		}
		parent := filepath.Dir(at)
		if parent == at {
			return "", fmt.Errorf("%s is in no Go module; lay down a contract with chancery contract new", dir)
		}
		below, at = path.Join(filepath.Base(at), below), parent
	}
}

// isGenerated reports whether a file says of itself that it is generated.
func isGenerated(name string) bool {
	text, err := os.ReadFile(name)
	if err != nil {
		return true // not one of the contract's files
	}
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "package ") {
			return false
		}
		if strings.HasPrefix(line, "// Code generated ") && strings.HasSuffix(line, " DO NOT EDIT.") {
			return true
		}
	}
	return false
}
