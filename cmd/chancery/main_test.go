package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/stretchr/testify/require"
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
