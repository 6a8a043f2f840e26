package engine

import (
	"context"

	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"
)

// Listener hears of a guest's functions. Function is an index in the module,
// imports counted. Of a call that ends by a trap or Halt, all functions that it
// was in are left.
type Listener interface {
	Enter(ctx context.Context, function uint32)
	Leave(ctx context.Context, function uint32)
}

// listening tells a Listener what wazero tells.
type listening struct{ Listener }

func (l listening) NewFunctionListener(api.FunctionDefinition) experimental.FunctionListener {
	return l
}

func (l listening) Before(ctx context.Context, _ api.Module, f api.FunctionDefinition, _ []uint64, _ experimental.StackIterator) {
	l.Enter(ctx, f.Index())
}

func (l listening) After(ctx context.Context, _ api.Module, f api.FunctionDefinition, _ []uint64) {
	l.Leave(ctx, f.Index())
}

func (l listening) Abort(ctx context.Context, _ api.Module, f api.FunctionDefinition, _ error) {
	l.Leave(ctx, f.Index())
}
