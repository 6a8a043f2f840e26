package contracttest_test

import (
	"context"
	"go/format"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chancery-chain/chancery/api/contractbuild"
	"github.com/chancery-chain/chancery/api/contracttest"
	"github.com/chancery-chain/chancery/api/schema"
	"github.com/stretchr/testify/require"
)

// TestTemplates lays down every template and tests it as a developer would,
// without any module from outside.
func TestTemplates(t *testing.T) {
	t.Setenv("GOPROXY", "off")
	t.Setenv("GOFLAGS", "-mod=mod")
	for _, template := range contractbuild.Templates {
		t.Run(template.Name, func(t *testing.T) {
			if testing.Short() && template.Name != "minimal" {
				t.Skip("builds a contract")
			}
			dir := filepath.Join(t.TempDir(), "land-register")
			require.NoError(t, contractbuild.NewFrom(template.Name, dir, "records/land-register"))
			r, err := contracttest.Run(context.Background(), contracttest.Options{Dir: dir})
			require.NoError(t, err)
			require.True(t, r.OK(), "%s %+v", r.Plain.Output, r.Wasm)
			require.NoError(t, r.Wasm.NoCalls())
			require.Empty(t, r.Wasm.Missing)
			require.Greater(t, r.Plain.Coverage(), 75.0, "not run: %v", r.Plain.Missed)
			t.Logf("%d tests, %.1f %% covered, %d calls, %d bytes", r.Plain.Passed, r.Plain.Coverage(), r.Wasm.Calls, r.Code.Size)

			called := map[string]bool{}
			for _, m := range r.Wasm.Methods {
				called[m.Method] = m.Calls > 0
			}
			for _, m := range r.Code.Schema.Methods {
				require.True(t, called[m.Name], "no test in which %s succeeds", m.Name)
			}
			requireBilingual(t, r.Code.Schema)
			requireFormatted(t, dir)
			readme, err := os.ReadFile(filepath.Join(dir, "README.md"))
			require.NoError(t, err)
			require.Contains(t, string(readme), template.About)
			require.NotContains(t, string(readme), "__")
		})
	}
	require.ErrorContains(t, contractbuild.NewFrom("none", t.TempDir(), "records/land-register"), "the templates are minimal, register, workflow, ledger")
}

func requireBilingual(t *testing.T, s *schema.Contract) {
	t.Helper()
	require.NotEmpty(t, s.Title)
	require.NotEmpty(t, s.TitleZH)
	for _, e := range s.Errors {
		require.NotEmpty(t, e.MessageZH, e.Name)
	}
}

func requireFormatted(t *testing.T, dir string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	require.NoError(t, err)
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		formatted, err := format.Source(text)
		require.NoError(t, err)
		require.Equal(t, string(formatted), string(text), file)
	}
}

// newContract lays down the minimal contract and changes its Go code.
func newContract(t *testing.T, pairs ...string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "notes")
	require.NoError(t, contractbuild.New(dir, "records/notes"))
	if len(pairs) > 0 {
		file := filepath.Join(dir, "notes.go")
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		require.Contains(t, string(text), pairs[0])
		require.NoError(t, os.WriteFile(file, []byte(strings.NewReplacer(pairs...).Replace(string(text))), 0o644))
	}
	return dir
}

func TestRunFindsFailures(t *testing.T) {
	t.Run("a test that fails", func(t *testing.T) {
		dir := newContract(t, "return nil, ErrNotOwner()", "_ = before")
		r, err := contracttest.Run(context.Background(), contracttest.Options{Dir: dir})
		require.NoError(t, err)
		require.False(t, r.OK())
		require.Equal(t, 1, r.Plain.Failed)
		require.Contains(t, r.Plain.Output, "another account changed the note")
		require.Nil(t, r.Wasm)
	})
	t.Run("code that does not build", func(t *testing.T) {
		dir := newContract(t, "return nil, ErrNotOwner()", "return ErrNotOwner()")
		r, err := contracttest.Run(context.Background(), contracttest.Options{Dir: dir, Plain: true})
		require.NoError(t, err)
		require.False(t, r.OK())
		require.Contains(t, r.Plain.Output, "not enough return values")
	})
	t.Run("a panic", func(t *testing.T) {
		dir := newContract(t)
		require.NoError(t, os.WriteFile(filepath.Join(dir, "panic_test.go"), []byte("package notes\n\nimport \"testing\"\n\nfunc TestPanic(*testing.T) { panic(\"out of order\") }\n"), 0o644))
		r, err := contracttest.Run(context.Background(), contracttest.Options{Dir: dir, Plain: true, Run: "TestPanic"})
		require.NoError(t, err)
		require.False(t, r.OK())
		require.Contains(t, r.Plain.Output, "out of order")
	})
	t.Run("no contract", func(t *testing.T) {
		_, err := contracttest.Run(context.Background(), contracttest.Options{Dir: t.TempDir()})
		require.ErrorContains(t, err, "is no contract's folder")
	})
	if testing.Short() {
		t.Skip("builds a contract")
	}
	t.Run("Wasm that does otherwise", func(t *testing.T) {
		// A package variable lives on between calls in plain Go, and does not in Wasm.
		dir := newContract(t,
			"type Contract struct{}", "type Contract struct{}\n\nvar puts int",
			"note := &Note{", "puts++\n\tnote := &Note{",
			"Text: req.Text}", "Text: req.Text + string(rune('0'+puts))}")
		file := filepath.Join(dir, "notes_test.go")
		require.NoError(t, os.WriteFile(file, []byte(`package notes

import (
	"testing"

	"github.com/chancery-chain/chancery/contracts-sdk/sdktest"
)

func TestTwice(t *testing.T) {
	chain := sdktest.New()
	if err := chain.Deploy("records/notes", NewService(&Contract{})); err != nil {
		t.Fatal(err)
	}
	alice := NewNotesServiceClient(chain.Account("cy1alice", "records"), "records/notes")
	for _, id := range []string{"a", "b"} {
		if _, err := alice.Put(&PutRequest{Id: id}); err != nil {
			t.Fatal(err)
		}
	}
}
`), 0o644))
		r, err := contracttest.Run(context.Background(), contracttest.Options{Dir: dir})
		require.NoError(t, err)
		require.False(t, r.OK())
		require.Len(t, r.Wasm.Differences, 1)
		require.Equal(t, "notes_test.go:16", r.Wasm.Differences[0].At)
		require.Equal(t, "Put", r.Wasm.Differences[0].Method)
	})
}
