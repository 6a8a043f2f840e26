package contractbuild

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"

	"github.com/chancery-chain/chancery/api/schema"
)

// CheckFolder returns an error for what is no contract's folder.
func CheckFolder(dir string) error {
	if _, err := os.Stat(dir); err != nil {
		return err
	}
	if info, err := os.Stat(filepath.Join(dir, "proto")); err != nil || !info.IsDir() {
		return fmt.Errorf("%s is no contract's folder: it has no folder proto; chancery contract new lays one down", dir)
	}
	return nil
}

// missingMethod is how Go's compiler says that type Contract lacks a method of the
// .proto, or has it otherwise.
var missingMethod = regexp.MustCompile(`\((?:missing method|wrong type for method) (\w+)\)`)

// withMissing adds to the error of a build what the method looks like that is missing:
// the compiler points at generated code, where nothing is wrong.
func withMissing(err error, contract *schema.Contract) error {
	found := missingMethod.FindStringSubmatch(err.Error())
	if found == nil {
		return err
	}
	m, ok := contract.Method(found[1])
	if !ok {
		return err
	}
	ctx := "Ctx"
	if m.Kind == schema.KindQuery {
		ctx = "QueryCtx"
	}
	return fmt.Errorf("%w\nthe .proto has method %s; write\n\tfunc (*Contract) %s(ctx *sdk.%s, req *%s) (*%s, error)",
		err, m.Name, m.Name, ctx, m.Input.Name(), m.Output.Name())
}
