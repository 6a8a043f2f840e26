package contractbuild_test

import (
	"context"
	"errors"
	"path/filepath"
	"testing"

	"github.com/chancery-chain/chancery/api/contractbuild"
	"github.com/stretchr/testify/require"
)

// TestRebuildNamesWhatItNeeds: code that cannot be built here says what built it.
func TestRebuildNamesWhatItNeeds(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "notes")
	require.NoError(t, contractbuild.New(dir, "records/notes"))
	t.Setenv("PATH", t.TempDir())
	for name, row := range map[string]struct {
		data  contractbuild.Data
		with  string
		want  []string
		other bool
	}{
		"packed": {
			contractbuild.Data{Compiler: "clang 19.1.7", Command: "./build stamp.wasm"}, "clang 19.1.7",
			[]string{"clang 19.1.7 made it", "./build stamp.wasm"}, true,
		},
		"no build data": {contractbuild.Data{}, "", []string{"does not say what it was built with"}, true},
		"TinyGo": {
			contractbuild.Data{Go: "tinygo version 0.41.1 linux/amd64"}, "tinygo version 0.41.1 linux/amd64",
			[]string{"built with tinygo version 0.41.1 linux/amd64: install that version", "tinygo is not installed"}, false,
		},
		"Go": {contractbuild.Data{Go: "go1.26.8"}, "go1.26.8", []string{"the go command is not installed"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, row.with, row.data.BuiltWith())
			_, err := contractbuild.Rebuild(context.Background(), &row.data, dir, filepath.Join(t.TempDir(), "out.wasm"))
			for _, want := range row.want {
				require.ErrorContains(t, err, want)
			}
			require.Equal(t, row.other, errors.Is(err, contractbuild.ErrOtherCompiler))
		})
	}
}
