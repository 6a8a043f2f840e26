package generate_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/chancery-chain/chancery/api/generate"
	"github.com/stretchr/testify/require"
)

// TestNamesCompile: fields, messages, collections and methods may be named as
// keywords of Go, as what Go predeclares, and as what generated code uses itself.
func TestNamesCompile(t *testing.T) {
	dir, err := filepath.Abs("testdata/names")
	require.NoError(t, err)
	// Not named as a .proto, which buf would hold to its rules.
	proto, err := os.ReadFile(filepath.Join(dir, "names.proto.txt"))
	require.NoError(t, err)
	files, err := generate.Generate(folder(t, map[string]string{
		"go.mod":        "module github.com/chancery-chain/chancery/api/generate/testdata/names\n",
		"proto/n.proto": string(proto),
	}), "")
	require.NoError(t, err)
	made := t.TempDir()
	require.NoError(t, generate.Write(made, files))
	replace := map[string]string{}
	for _, file := range files {
		replace[filepath.Join(dir, file.Name)] = filepath.Join(made, file.Name)
	}
	overlay, err := json.Marshal(map[string]any{"Replace": replace})
	require.NoError(t, err)
	list := filepath.Join(made, "overlay.json")
	require.NoError(t, os.WriteFile(list, overlay, 0o600))

	cmd := exec.CommandContext(t.Context(), "go", "vet", "-overlay", list, dir)
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
	cmd = exec.CommandContext(t.Context(), "go", "build", "-overlay", list, "-o", os.DevNull, filepath.Join(dir, "wasm"))
	cmd.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm")
	out, err = cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
}
