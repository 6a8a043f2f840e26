package contractbuild_test

import (
	"context"
	"crypto/sha256"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/chancery-chain/chancery/api/contractbuild"
	"github.com/chancery-chain/chancery/api/schema"
	"github.com/chancery-chain/chancery/runtime/abi"
	"github.com/stretchr/testify/require"
)

const examples = "../../examples"

func TestBuildExamples(t *testing.T) {
	for _, name := range []string{"evidence", "counter"} {
		t.Run(name, func(t *testing.T) {
			out := filepath.Join(t.TempDir(), name+".wasm")
			report, err := contractbuild.Build(context.Background(), filepath.Join(examples, name), out)
			require.NoError(t, err)
			t.Logf("%d bytes, %d packed, built in %v", report.Size, report.GzipSize, report.BuildTime)
			code, err := os.ReadFile(out)
			require.NoError(t, err)
			require.Equal(t, sha256.Sum256(code), report.CodeHash)
			require.Len(t, code, report.Size)

			info, err := contractbuild.Inspect(code)
			require.NoError(t, err)
			require.Equal(t, report.Data, info.Data)
			require.Equal(t, report.Imports, info.Imports)
			require.Equal(t, report.Schema.Service, info.Schema.Service)
			require.Equal(t, report.GzipSize, info.GzipSize)
			requireKnownImports(t, info.Imports)
		})
	}
}

// requireKnownImports checks that code asks for nothing but what the ABI has.
func requireKnownImports(t *testing.T, imports []string) {
	t.Helper()
	known := map[string]bool{}
	for _, f := range abi.Functions {
		known[abi.Module+"."+f.Name] = true
	}
	for _, name := range abi.WASI {
		known[abi.WASIModule+"."+name] = true
	}
	for _, name := range imports {
		require.True(t, known[name], "import %s is not in the ABI", name)
	}
}

// TestBuildReproducible builds one contract in two folders.
func TestBuildReproducible(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the same contract twice")
	}
	var builds [][]byte
	for _, parent := range []string{"a", "some/other/place"} {
		dir := filepath.Join(t.TempDir(), parent, "contract")
		require.NoError(t, contractbuild.New(dir, "records/land-register"))
		out := filepath.Join(t.TempDir(), "contract.wasm")
		_, err := contractbuild.Build(context.Background(), dir, out)
		require.NoError(t, err)
		code, err := os.ReadFile(out)
		require.NoError(t, err)
		builds = append(builds, code)
	}
	require.True(t, slices.Equal(builds[0], builds[1]), "two builds of the same sources differ")

	// A change of a source changes the source hash, so the code.
	dir := filepath.Join(t.TempDir(), "changed")
	require.NoError(t, contractbuild.New(dir, "records/land-register"))
	file := filepath.Join(dir, "landregister.go")
	source, err := os.ReadFile(file)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(file, append(source, "\n// A remark.\n"...), 0o644))
	out := filepath.Join(t.TempDir(), "contract.wasm")
	_, err = contractbuild.Build(context.Background(), dir, out)
	require.NoError(t, err)
	changed, err := os.ReadFile(out)
	require.NoError(t, err)
	first, err := contractbuild.Inspect(builds[0])
	require.NoError(t, err)
	second, err := contractbuild.Inspect(changed)
	require.NoError(t, err)
	require.NotEqual(t, first.Data.Source, second.Data.Source)
	require.Equal(t, first.Data.SDK, second.Data.SDK)
}

// TestNewWorksOffline lays down a contract, tests and builds it, without any
// module from outside.
func TestNewWorksOffline(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "evidence")
	require.NoError(t, contractbuild.New(dir, "civil-affairs/evidence"))
	t.Setenv("GOPROXY", "off")
	t.Setenv("GOMODCACHE", filepath.Join(t.TempDir(), "empty"))
	t.Setenv("GOFLAGS", "-modcacherw")

	for _, args := range [][]string{{"vet", "./..."}, {"test", "./..."}} {
		cmd := exec.Command("go", args...)
		cmd.Dir = dir
		out, err := cmd.CombinedOutput()
		require.NoError(t, err, "go %v: %s", args, out)
	}
	_, err := contractbuild.Build(context.Background(), dir, filepath.Join(dir, "evidence.wasm"))
	require.NoError(t, err)

	require.ErrorContains(t, contractbuild.New(dir, "civil-affairs/evidence"), "not empty")
}

func TestNewRefusesNames(t *testing.T) {
	for _, name := range []string{"", "evidence", "/evidence", "records/", "Records/evidence", "records/evi dence", "../evidence", "a/b/c", "records/1st", "records/t", "records/notes-"} {
		require.ErrorContains(t, contractbuild.New(t.TempDir(), name), "is no contract name", name)
	}
}

func TestBuildRefusesStaleCode(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "evidence")
	require.NoError(t, contractbuild.New(dir, "records/evidence"))
	require.NoError(t, os.Remove(filepath.Join(dir, "evidence.contract.go")))
	_, err := contractbuild.Build(context.Background(), dir, filepath.Join(t.TempDir(), "x.wasm"))
	require.ErrorContains(t, err, "evidence.contract.go does not match the .proto; run: chancery contract generate")
}

// TestBuildShowsCompilerErrors: what the Go compiler says reaches the developer.
func TestBuildShowsCompilerErrors(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "evidence")
	require.NoError(t, contractbuild.New(dir, "records/evidence"))
	file := filepath.Join(dir, "evidence.go")
	source, err := os.ReadFile(file)
	require.NoError(t, err)
	without := strings.Replace(string(source), "func (*Contract) Get(", "func (*Contract) Fetch(", 1)
	require.NoError(t, os.WriteFile(file, []byte(without), 0o644))
	_, err = contractbuild.Build(context.Background(), dir, filepath.Join(t.TempDir(), "x.wasm"))
	require.ErrorContains(t, err, "missing method Get")

	canceled, cancel := context.WithCancel(context.Background())
	cancel()
	_, err = contractbuild.Build(canceled, filepath.Join(examples, "counter"), filepath.Join(t.TempDir(), "x.wasm"))
	require.ErrorIs(t, err, context.Canceled)
}

func TestInspectRefuses(t *testing.T) {
	_, err := contractbuild.Inspect([]byte("no module"))
	require.Error(t, err)
	_, err = contractbuild.Inspect([]byte("\x00asm\x01\x00\x00\x00"))
	require.ErrorIs(t, err, schema.ErrNoSection)
}
