package contractbuild_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chancery-chain/chancery/api/contractbuild"
	"github.com/chancery-chain/chancery/runtime"
	"github.com/stretchr/testify/require"
)

func TestCheck(t *testing.T) {
	v, err := contractbuild.Check(buildExample(t, "counter"))
	require.NoError(t, err)
	names := map[string]bool{}
	for _, u := range v.Limits {
		require.LessOrEqual(t, u.Used, u.Limit, u.Name)
		require.LessOrEqual(t, u.Share(), 100, u.Name)
		require.False(t, names[u.Name], u.Name)
		names[u.Name] = true
	}
	require.Positive(t, v.Nearest().Share())
	require.Positive(t, v.Floats, "standard Go links floats")
	require.Positive(t, v.MaxFrame)
	require.Less(t, v.MaxFrame, v.StackBytes)
	require.Positive(t, v.CompileTime)
	require.Positive(t, v.InitGas)
	require.Less(t, v.InitGas, v.InitLimit)

	_, err = contractbuild.Check([]byte("\x00asm\x01\x00\x00\x00"))
	var refused *runtime.InvalidCodeError
	require.ErrorAs(t, err, &refused)
	require.Equal(t, runtime.RuleEntryPoint, refused.Rule)
}

// TestTinyGoCommand builds with a program in TinyGo's place.
func TestTinyGoCommand(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "notes")
	require.NoError(t, contractbuild.New(dir, "records/notes"))
	out := filepath.Join(t.TempDir(), "notes.wasm")
	bin := t.TempDir()
	goBin, err := filepath.EvalSymlinks(filepath.Join(goRoot(t), "bin", "go"))
	require.NoError(t, err)
	require.NoError(t, os.Symlink(goBin, filepath.Join(bin, "go")))
	t.Setenv("PATH", bin)
	_, err = contractbuild.BuildWith(context.Background(), contractbuild.TinyGo, dir, out)
	require.ErrorContains(t, err, "tinygo is not installed; build without --tinygo")

	script := "#!/bin/sh\ncase $1 in\nversion) echo tinygo version 0.41.0 ;;\n--version) echo wasm-opt version 108 ;;\nenv) echo $0 ;;\n" +
		"*) while [ \"$1\" != -o ]; do shift; done\nprintf '\\000asm\\001\\000\\000\\000' >$2 ;;\nesac\n"
	require.NoError(t, os.WriteFile(filepath.Join(bin, "tinygo"), []byte(script), 0o755))
	r, err := contractbuild.BuildWith(context.Background(), contractbuild.TinyGo, dir, out)
	require.NoError(t, err)
	require.Equal(t, "tinygo version 0.41.0, wasm-opt version 108", r.Data.Go)
	require.Contains(t, r.Data.Command, `-opt=2 -ldflags="-extldflags '-z stack-size`)
	require.Less(t, r.Size, 100_000)
}

func goRoot(t *testing.T) string {
	t.Helper()
	root, err := exec.Command("go", "env", "GOROOT").Output()
	require.NoError(t, err)
	return strings.TrimSpace(string(root))
}
