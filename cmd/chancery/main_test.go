package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/stretchr/testify/require"

	"github.com/chancery-chain/chancery/abci/node"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"chancery": main})
}

func TestScript(t *testing.T) {
	examples, err := filepath.Abs("../../examples")
	require.NoError(t, err)
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata",
		RequireExplicitExec: true,
		Setup: func(e *testscript.Env) error {
			e.Setenv("HOME", e.Getenv("WORK"))
			e.Setenv("EXAMPLES", examples)
			return goEnv(e)
		},
		Condition: func(cond string) (bool, error) {
			if cond == "long" {
				return !testing.Short(), nil
			}
			return false, fmt.Errorf("unknown condition %q", cond)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"await":   await,
			"jsonenv": jsonenv,
			"exits":   exits,
			"reserve": reserve,
			"until":   until,
		},
	})
}

// goEnv lets builds of contracts in a script use this machine's caches.
func goEnv(e *testscript.Env) error {
	for _, name := range []string{"GOCACHE", "GOMODCACHE", "GOPROXY", "GOTOOLCHAIN"} {
		out, err := exec.Command("go", "env", name).Output()
		if err != nil {
			return err
		}
		e.Setenv(name, strings.TrimSpace(string(out)))
	}
	// TinyGo keeps the libraries that it builds there.
	cache, err := os.UserCacheDir()
	if err != nil {
		return err
	}
	e.Setenv("XDG_CACHE_HOME", cache)
	return nil
}

// longest is what a script waits for: far more than is needed, since the machine
// may run much else and only a script that fails waits so long.
const longest = 3 * time.Minute

// await FILE [TEXT] waits until a file exists, is not empty and holds a text.
func await(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: await FILE [TEXT]")
	}
	text := strings.Join(args[1:], " ")
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	limit := time.After(longest)
	for {
		if b, err := os.ReadFile(ts.MkAbs(args[0])); err == nil && len(b) > 0 && strings.Contains(string(b), text) {
			return
		}
		select {
		case <-tick.C:
		case <-limit:
			ts.Fatalf("%s %s did not appear within %s", args[0], text, longest)
		}
	}
}

// jsonenv NAME FIELD keeps a field of the last line of stdout in a variable.
func jsonenv(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: jsonenv NAME FIELD")
	}
	lines := strings.Split(strings.TrimSpace(ts.ReadFile("stdout")), "\n")
	var v map[string]any
	ts.Check(json.Unmarshal([]byte(lines[len(lines)-1]), &v))
	var at any = v
	for _, name := range strings.Split(args[1], ".") {
		m, ok := at.(map[string]any)
		if !ok || m[name] == nil {
			ts.Fatalf("no field %s in %s", args[1], lines[len(lines)-1])
		}
		at = m[name]
	}
	ts.Setenv(args[0], fmt.Sprint(at))
}

// exits CODE COMMAND… runs a command, which writes to the script's stdout and
// stderr, and checks its exit code.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE COMMAND…")
	}
	script := append([]string{"-c", `code=$1; shift; "$@"; test $? = "$code"`, "sh"}, args...)
	if err := ts.Exec("sh", script...); err != nil {
		ts.Fatalf("%v did not exit with %s", args[1:], args[0])
	}
}

// reserve NAME… keeps addresses on loopback, that no node or program takes until the
// script ends, in variables: for nodes that must know each other before they start.
func reserve(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: reserve NAME…")
	}
	for _, name := range args {
		a, err := node.ReserveAddress("127.0.0.1:0", false)
		ts.Check(err)
		ts.Defer(a.Release)
		ts.Setenv(name, a.Addr)
	}
}

// until PATTERN COMMAND… repeats a command until it succeeds and a line of its stdout
// matches.
func until(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: until PATTERN COMMAND…")
	}
	pattern, err := regexp.Compile("(?m)" + args[0])
	ts.Check(err)
	limit := time.Now().Add(3 * time.Minute)
	for {
		if ts.Exec(args[1], args[2:]...) == nil && pattern.MatchString(ts.ReadFile("stdout")) {
			return
		}
		if time.Now().After(limit) {
			ts.Fatalf("%q did not come to print %s within three minutes", args[1:], args[0])
		}
		time.Sleep(100 * time.Millisecond)
	}
}
