package app_test

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const module = "github.com/chancery-chain/chancery/"

// TestImports holds the direction of the arrows in docs/architecture.md. It asks
// the go command what each package reaches, tests left aside.
func TestImports(t *testing.T) {
	out, err := exec.Command("go", "list", "-f", "{{.ImportPath}} {{join .Deps \" \"}}", module+"...").Output()
	require.NoError(t, err)
	deps := make(map[string][]string)
	direct := make(map[string][]string)
	for _, line := range strings.Split(strings.TrimSpace(string(out)), "\n") {
		f := strings.Fields(line)
		deps[strings.TrimPrefix(f[0], module)] = f[1:]
	}
	out, err = exec.Command("go", "list", "-f", "{{.ImportPath}} {{join .Imports \" \"}}", module+"...").Output()
	require.NoError(t, err)
	for _, line := range strings.Split(strings.TrimSpace(string(out)), "\n") {
		f := strings.Fields(line)
		direct[strings.TrimPrefix(f[0], module)] = f[1:]
	}
	under := func(pkg, dir string) bool { return pkg == dir || strings.HasPrefix(pkg, dir+"/") }
	components := []string{"app/account", "app/org", "app/quota", "app/params", "app/replay", "app/contract", "app/governance", "app/validator", "app/schedule", "app/template"}

	// Nothing in a room of the first column reaches a package of the second.
	rules := []struct {
		room   string
		except string
		never  []string
	}{
		{"runtime", "", []string{module + "app", module + "abci", module + "api", "github.com/cometbft", "connectrpc.com"}},
		{"app", "app/rpc", []string{module + "abci", module + "client", "github.com/cometbft/cometbft", "connectrpc.com"}},
		{"app/rpc", "", []string{module + "abci", "github.com/cometbft/cometbft"}},
		{"abci", "abci/node", []string{module + "app/rpc", "connectrpc.com"}},
		{"client", "client/proof", []string{module + "abci", module + "runtime", "github.com/cometbft/cometbft"}},
		{"client/proof", "", []string{module + "abci", module + "runtime"}},
		{"api", "", []string{module + "app", module + "abci", "github.com/cometbft"}},
	}
	for _, r := range rules {
		checked := false
		for pkg, list := range deps {
			if !under(pkg, r.room) || r.except != "" && under(pkg, r.except) {
				continue
			}
			checked = true
			for _, d := range list {
				for _, n := range r.never {
					require.False(t, d == n || strings.HasPrefix(d, n+"/"), "%s reaches %s", pkg, d)
				}
			}
		}
		require.True(t, checked, "no package in %s", r.room)
	}
	// A contract links what the SDK imports, and every byte of it is loaded with it.
	for pkg, list := range deps {
		if !under(pkg, "contracts-sdk") && !(under(pkg, "examples") && strings.HasSuffix(pkg, "/wasm")) {
			continue
		}
		for _, d := range list {
			first, _, _ := strings.Cut(d, "/")
			in, own := strings.CutPrefix(d, module)
			ours := own && (under(in, "contracts-sdk") || under(in, "examples"))
			require.True(t, ours || !strings.Contains(first, "."), "%s reaches %s", pkg, d)
		}
	}
	for pkg, list := range direct {
		for _, d := range list {
			d, own := strings.CutPrefix(d, module)
			if d == "github.com/tetratelabs/wazero" || strings.HasPrefix(d, "github.com/tetratelabs/wazero/") {
				require.True(t, under(pkg, "runtime/engine") || under(pkg, "scripts"), "%s imports wazero", pkg)
			}
			if !own {
				continue
			}
			if under(pkg, "app") && under(d, "runtime") {
				require.Contains(t, []string{"app", "app/contract"}, pkg, "%s imports %s", pkg, d)
			}
			for _, c := range components {
				for _, other := range components {
					require.False(t, c != other && pkg == c && d == other, "component %s imports component %s", pkg, d)
				}
			}
		}
	}
}
