package money

import (
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// TestImportsStaySmall holds the packages of arithmetic and codes to imports
// that cost a Wasm contract next to nothing. fmt alone would double it, and time
// or rand would give it a clock or chance of its own.
func TestImportsStaySmall(t *testing.T) {
	const module = "github.com/chancery-chain/chancery/contracts-sdk/"
	allowed := []string{"math/bits", module + "date"}
	for _, folder := range []string{"money", "date", "idcodes", "commit"} {
		files, err := filepath.Glob(filepath.Join("..", folder, "*.go"))
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %d files, %v", folder, len(files), err)
		}
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
			if err != nil {
				t.Fatal(err)
			}
			for _, spec := range parsed.Imports {
				if path, _ := strconv.Unquote(spec.Path.Value); !slices.Contains(allowed, path) {
					t.Errorf("%s imports %s", file, path)
				}
			}
		}
	}
}
