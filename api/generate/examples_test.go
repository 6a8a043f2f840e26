package generate_test

import (
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/chancery-chain/chancery/api/generate"
	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write generated files anew")

// TestExamplesFresh holds the generated code of the examples to their .proto.
// They are the generator's golden files: go test ./api/generate -update.
func TestExamplesFresh(t *testing.T) {
	protos, err := filepath.Glob("../../examples/*/proto")
	require.NoError(t, err)
	require.NotEmpty(t, protos)
	for _, proto := range protos {
		dir := filepath.Dir(proto)
		t.Run(filepath.Base(dir), func(t *testing.T) {
			files, err := generate.Generate(dir, "")
			require.NoError(t, err)
			if *update {
				require.NoError(t, generate.Write(dir, files))
			}
			for _, file := range files {
				have, err := os.ReadFile(filepath.Join(dir, file.Name))
				require.NoError(t, err)
				require.Equal(t, string(have), string(file.Content), file.Name)
			}
			leftovers, err := generate.Leftovers(dir, files)
			require.NoError(t, err)
			require.Empty(t, leftovers)
		})
	}
}
