package generate_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chancery-chain/chancery/api/generate"
	"github.com/stretchr/testify/require"
)

// FuzzGenerate: no .proto makes the generator crash, answers are the same at every
// run, and what is refused says where.
func FuzzGenerate(f *testing.F) {
	for _, text := range []string{
		whole, small, small + collection(`{name: "by_b" number: 1 fields: ["b", "a"] unique: true}`), small + "message {",
		strings.Replace(whole, `message: "There is no {id}."`, `message: "{ is no {id}"`, 1),
		strings.Replace(whole, `int64 at = 3;`, `oneof at { int64 a = 3 [(chancery.contract.v1.field).min = 1]; Row b = 4; }`, 1),
		strings.Replace(whole, `int64 at = 3;`, `repeated Error at = 3 [(chancery.contract.v1.field) = {max_items: 1 defined: true}];`, 1),
		strings.Replace(whole, `max_bytes: 64`, `code: [CODE_FORMAT_USCC, CODE_FORMAT_GLN]`, 1),
		strings.Replace(whole, `required: true max_bytes: 64`, `request_id: true`, 1),
		strings.Replace(whole, `roles: ["clerk@housing"]`, `roles: ["clerk@{config.office}"]`, 1),
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		dir := t.TempDir()
		require.NoError(t, os.Mkdir(filepath.Join(dir, "proto"), 0o755))
		require.NoError(t, os.WriteFile(filepath.Join(dir, "go.mod"), []byte(goMod), 0o644))
		require.NoError(t, os.WriteFile(filepath.Join(dir, "proto", "t.proto"), []byte(text), 0o644))
		files, err := generate.Generate(dir, "")
		again, errAgain := generate.Generate(dir, "")
		require.Equal(t, files, again)
		if err != nil {
			require.EqualError(t, errAgain, err.Error())
			require.Contains(t, err.Error(), "t.proto")
			return
		}
		require.NoError(t, generate.Write(dir, files))
		require.Empty(t, stale(t, dir, files))
	})
}
