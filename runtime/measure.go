package runtime

import (
	"errors"

	"github.com/chancery-chain/chancery/runtime/wasm"
)

// Measure validates and rewrites code as Check does and says how much of each
// limit it uses, without compiling or running it. The error is a
// *InvalidCodeError when the code is refused.
func Measure(code []byte, limits Limits) (*wasm.Stats, error) {
	r := &Runtime{limits: limits}
	p, err := wasm.Prepare(code, r.prepareConfig())
	var refused *wasm.Error
	switch {
	case errors.As(err, &refused):
		return nil, &InvalidCodeError{Func: refused.Func, Offset: refused.Offset, Rule: refused.Rule, Msg: refused.Msg}
	case err != nil:
		return nil, err
	}
	if err := checkEntryPoints(p); err != nil {
		return nil, err
	}
	return &p.Stats, nil
}
