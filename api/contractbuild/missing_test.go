package contractbuild

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestMissingMethod: a method of the .proto that nobody wrote is shown as it must be
// written.
func TestMissingMethod(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "plots")
	require.NoError(t, NewFrom("register", dir, "records/plots"))
	file := filepath.Join(dir, "plots.go")
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	for method, want := range map[string]string{
		"Strike": "\n\tfunc (*Contract) Strike(ctx *sdk.Ctx, req *StrikeRequest) (*StrikeResponse, error)",
		"Get":    "\n\tfunc (*Contract) Get(ctx *sdk.QueryCtx, req *GetRequest) (*GetResponse, error)",
	} {
		broken := strings.Replace(string(text), "func (*Contract) "+method+"(", "func (*Contract) Other(", 1)
		require.NotEqual(t, string(text), broken)
		require.NoError(t, os.WriteFile(file, []byte(broken), 0o600))
		_, err := Build(t.Context(), dir, filepath.Join(dir, "plots.wasm"))
		require.ErrorContains(t, err, "missing method "+method)
		require.ErrorContains(t, err, want)
	}
}

func TestCheckFolder(t *testing.T) {
	dir := t.TempDir()
	require.ErrorIs(t, CheckFolder(filepath.Join(dir, "none")), os.ErrNotExist)
	require.ErrorContains(t, CheckFolder(dir), "is no contract's folder")
	_, err := Build(t.Context(), dir, filepath.Join(dir, "x.wasm"))
	require.ErrorContains(t, err, "chancery contract new")
	require.NoError(t, CheckFolder("../../examples/counter"))
}
