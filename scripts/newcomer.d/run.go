package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

// longest is how long one step may take, and a node to start.
const longest = 5 * time.Minute

// measure is a time that the guide promises, over some of its steps.
type measure struct {
	what  string
	steps []string
	limit time.Duration
}

// newcomer does the steps of the guide in a folder.
type newcomer struct {
	dir     string
	env     []string
	out     io.Writer
	verbose bool

	took    map[string]time.Duration
	running []background
	passed  int
	failed  int
}

// background is a step that runs.
type background struct {
	step string
	cmd  *exec.Cmd
}

// follow does all steps and stops at the first that fails, because the next ones
// need it.
func (n *newcomer) follow(ctx context.Context, steps []*step) {
	defer n.stop()
	for i, s := range steps {
		begin := time.Now()
		output, err := n.do(ctx, s)
		n.took[s.name] = time.Since(begin)
		if n.verbose && output != "" {
			fmt.Fprintf(n.out, "%s%s", s.text, indent(output))
		}
		switch {
		case errors.Is(err, errSkipped):
			fmt.Fprintf(n.out, "SKIP  %-28s %v\n", s.name, err)
		case err != nil:
			fmt.Fprintf(n.out, "FAIL  %-28s %6.2f s  line %d: %v\n%s%s", s.name, n.took[s.name].Seconds(), s.line, err, s.text, indent(output))
			fmt.Fprintf(n.out, "%d steps behind it were not done\n", len(steps)-i-1)
			n.failed++
			return
		default:
			fmt.Fprintf(n.out, "ok    %-28s %6.2f s\n", s.name, n.took[s.name].Seconds())
			n.passed++
		}
	}
}

var errSkipped = errors.New("left out")

func (n *newcomer) do(ctx context.Context, s *step) (string, error) {
	switch {
	case s.file != "":
		name := filepath.Join(n.dir, filepath.FromSlash(s.file))
		content, err := os.ReadFile(name)
		if err != nil {
			return "", err
		}
		changed, err := change(string(content), s.text)
		if err != nil {
			return "", fmt.Errorf("%s: %w", s.file, err)
		}
		return "", os.WriteFile(name, []byte(changed), 0o644)
	case s.background:
		return "", n.start(ctx, s)
	case s.stops != "":
		return "", n.interrupt(s.stops)
	}
	if strings.HasPrefix(s.text, "curl ") {
		if _, err := exec.LookPath("curl"); err != nil {
			return "", fmt.Errorf("%w: curl is not installed", errSkipped)
		}
	}
	ctx, cancel := context.WithTimeout(ctx, longest)
	defer cancel()
	for {
		output, err := n.once(ctx, s)
		if err == nil || !s.eventually || ctx.Err() != nil {
			return output, err
		}
		select {
		case <-time.After(200 * time.Millisecond):
		case <-ctx.Done():
		}
	}
}

// once runs a step's commands and compares what they print with the page.
func (n *newcomer) once(ctx context.Context, s *step) (string, error) {
	cmd := n.command(ctx, s.text)
	var output bytes.Buffer
	cmd.Stdout, cmd.Stderr = &output, &output
	err := cmd.Run()
	switch {
	case s.fails && err == nil:
		return output.String(), errors.New("it should have failed")
	case s.fails && cmd.ProcessState == nil, !s.fails && err != nil:
		return output.String(), err
	}
	if line := missing(output.String(), s.shows); line != "" {
		return output.String(), fmt.Errorf("the guide promises this line, which is missing: %s", line)
	}
	return output.String(), nil
}

// command is a shell in a process group of its own, so that all it started ends
// with it.
func (n *newcomer) command(ctx context.Context, text string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, "sh", "-e", "-c", text)
	cmd.Dir, cmd.Env = n.dir, n.env
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGINT) }
	cmd.WaitDelay = 20 * time.Second
	return cmd
}

// start begins what goes on to the end and waits until a node answers.
func (n *newcomer) start(ctx context.Context, s *step) error {
	log, err := os.Create(filepath.Join(n.dir, s.name+".log"))
	if err != nil {
		return err
	}
	defer log.Close()
	cmd := n.command(ctx, s.text)
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		return err
	}
	n.running = append(n.running, background{s.name, cmd})
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	limit := time.After(longest)
	for {
		if b, err := os.ReadFile(filepath.Join(n.dir, homeOf(s.text), "rpc_url")); err == nil && len(b) > 0 {
			return nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return ctx.Err()
		case <-limit:
			said, _ := os.ReadFile(log.Name())
			return fmt.Errorf("no node runs after %s; it said:\n%s", longest, said)
		}
	}
}

// homeOf returns the folder of the node that a command runs.
func homeOf(command string) string {
	words := strings.Fields(command)
	for i, w := range words[:max(len(words)-1, 0)] {
		if w == "--home" {
			return words[i+1]
		}
	}
	return "devnet"
}

// interrupt ends a step that runs in the background, as Ctrl-C does, and waits.
func (n *newcomer) interrupt(name string) error {
	for i, b := range n.running {
		if b.step != name {
			continue
		}
		n.running = slices.Delete(n.running, i, i+1)
		if err := b.cmd.Cancel(); err != nil {
			return err
		}
		_ = b.cmd.Wait() // it was interrupted
		return nil
	}
	return fmt.Errorf("step %s does not run", name)
}

// stop ends what runs in the background, the last one first.
func (n *newcomer) stop() {
	for i := len(n.running) - 1; i >= 0; i-- {
		cmd := n.running[i].cmd
		if err := cmd.Cancel(); err != nil {
			fmt.Fprintf(n.out, "stopping %s: %v\n", cmd, err)
		}
		_ = cmd.Wait() // it was interrupted
	}
}

// check compares times with what the guide promises. Steps that were not done
// fail it.
func (n *newcomer) check(m measure) {
	var sum time.Duration
	for _, name := range m.steps {
		took, done := n.took[name]
		if !done {
			fmt.Fprintf(n.out, "FAIL  %s: step %s was not done\n", m.what, name)
			n.failed++
			return
		}
		sum += took
	}
	word := "ok   "
	if sum > m.limit {
		word = "FAIL "
		n.failed++
	} else {
		n.passed++
	}
	fmt.Fprintf(n.out, "%s %s: %.2f s of %.0f s\n", word, m.what, sum.Seconds(), m.limit.Seconds())
}

func indent(text string) string {
	if text == "" {
		return ""
	}
	return "      " + strings.ReplaceAll(strings.TrimRight(text, "\n"), "\n", "\n      ") + "\n"
}
