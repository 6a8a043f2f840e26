package contractbuild_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chancery-chain/chancery/api/contractbuild"
	"github.com/chancery-chain/chancery/runtime"
	"github.com/chancery-chain/chancery/runtime/runtimetest"
	"github.com/stretchr/testify/require"
)

// TestTinyGoCrashes: what ends standard Go's code ends TinyGo's, and what does
// not gives the same. A call that ends so leaves no state.
func TestTinyGoCrashes(t *testing.T) {
	needTinyGo(t)
	dir := filepath.Join(t.TempDir(), "notes")
	require.NoError(t, contractbuild.New(dir, "records/notes"))
	require.NoError(t, os.CopyFS(dir, os.DirFS("testdata/crashes")))
	cases, err := os.ReadFile(filepath.Join(dir, "crashes.go"))
	require.NoError(t, err)
	file := filepath.Join(dir, "notes.go")
	source, err := os.ReadFile(file)
	require.NoError(t, err)
	const end = "\treturn &PutResponse{Note: note}, nil"
	changed := strings.Replace(string(source), end, "\tnote.Text = do(req.Text, len(req.Id)-1)\n"+end, 1)
	require.NotEqual(t, string(source), changed)
	require.NoError(t, os.WriteFile(file, []byte(changed), 0o600))

	rt, err := sharedRuntime()
	require.NoError(t, err)
	worlds := map[string]*runtimetest.World{}
	for name, code := range map[string][]byte{"Go": buildGo(t, dir), "TinyGo": buildTiny(t, dir)} {
		world := runtimetest.NewWorld(rt)
		require.NoError(t, world.Deploy("records/notes", code))
		world.Context.Origin, world.Context.Caller = shop.address, shop.address
		worlds[name] = world
	}
	put := func(world *runtimetest.World, text string) runtime.Outcome {
		payload := append([]byte{0x0a, 1, 'n', 0x12, byte(len(text))}, text...)
		return world.Execute("records/notes", "Put", payload)
	}
	crashes := true
	for _, text := range strings.Split(string(cases), "\tcase \"")[1:] {
		name, body, _ := strings.Cut(text, `"`)
		crashes = crashes && name != "nil map is read"
		crash := crashes
		t.Run(name, func(t *testing.T) {
			want, got := put(worlds["Go"], name), put(worlds["TinyGo"], name)
			t.Logf("Go: %v, %d gas; TinyGo: %v, %d gas", want.Status, want.GasUsed, got.Status, got.GasUsed)
			if crash {
				require.NotEqual(t, runtime.StatusOK, want.Status, body)
				if name == "recursion in memory" {
					// TinyGo's stack in memory ends before the limit of frames.
					require.Equal(t, runtime.StatusTrap, got.Status)
				} else {
					require.Equal(t, want.Status, got.Status, body)
				}
				require.Empty(t, worlds["TinyGo"].State("records/notes"))
				return
			}
			require.Equal(t, runtime.StatusOK, want.Status, "%v", want.Err)
			require.Equal(t, runtime.StatusOK, got.Status, "%v", got.Err)
			require.Equal(t, string(want.Output), string(got.Output))
			require.NotContains(t, string(got.Output), "did not crash")
		})
	}
}

func buildGo(t *testing.T, dir string) []byte {
	t.Helper()
	out := filepath.Join(t.TempDir(), "go.wasm")
	_, err := contractbuild.Build(t.Context(), dir, out)
	require.NoError(t, err)
	code, err := os.ReadFile(out)
	require.NoError(t, err)
	return code
}
