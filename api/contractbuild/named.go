package contractbuild

import (
	"context"
	"os"
	"path/filepath"

	"github.com/chancery-chain/chancery/api/generate"
	"github.com/chancery-chain/chancery/api/schema"
)

// BuildNamed compiles the contract in dir with the names of its functions in it,
// for profiles. Such code is larger than what Build makes, has another code hash
// and uses the same gas; it is not for a chain.
func BuildNamed(ctx context.Context, dir string) ([]byte, error) {
	if err := CheckFolder(dir); err != nil {
		return nil, err
	}
	set, _, err := generate.Descriptors(dir, "")
	if err != nil {
		return nil, err
	}
	temp, err := os.MkdirTemp("", "chancery-build-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(temp)
	out := filepath.Join(temp, "contract.wasm")
	if _, err := runGo(ctx, dir, "build", "-buildmode=c-shared", "-trimpath", "-buildvcs=false", "-ldflags=-w", "-o", out, "./wasm"); err != nil {
		return nil, err
	}
	code, err := os.ReadFile(out)
	if err != nil {
		return nil, err
	}
	return appendSection(code, schema.SectionDescriptors, set), nil
}
