package contractbuild

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// ErrOtherCompiler is code that Rebuild cannot make: of a language other than Go,
// or without build data.
var ErrOtherCompiler = errors.New("this is no code that chancery builds")

// BuiltWith returns the compiler and its version, of code of any language. It is
// empty where the code has no build data.
func (d *Data) BuiltWith() string {
	if d.Compiler != "" {
		return d.Compiler
	}
	return d.Go
}

// compiler returns the compiler that made the code of Go sources.
func (d *Data) compiler() Compiler {
	if strings.HasPrefix(d.Go, string(TinyGo)) {
		return TinyGo
	}
	return StandardGo
}

// Rebuild builds the contract in dir to out with the compiler that d names, d
// being the build data of other code of it. The error names compiler, version and
// command where this machine cannot: it is ErrOtherCompiler for another language.
func Rebuild(ctx context.Context, d *Data, dir, out string) (*Report, error) {
	if d.Go == "" {
		if d.Compiler == "" {
			return nil, fmt.Errorf("%w: it does not say what it was built with", ErrOtherCompiler)
		}
		return nil, fmt.Errorf("%w: %s made it, with the command: %s; run it where that version is, and compare the code hash", ErrOtherCompiler, d.Compiler, d.Command)
	}
	report, err := BuildWith(ctx, d.compiler(), dir, out)
	if errors.Is(err, errNoTinyGo) {
		return nil, fmt.Errorf("it was built with %s: install that version (https://tinygo.org); %w", d.Go, err)
	}
	return report, err
}
