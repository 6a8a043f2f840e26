// Package names implements a contract whose names are those of Go and of generated
// code. TestNamesCompile compiles it with what is generated.
package names

import sdk "github.com/chancery-chain/chancery/contracts-sdk"

// Contract implements NamesService.
type Contract struct{}

// Init does nothing.
func (Contract) Init(*sdk.Ctx, *A) (*A, error) { return &A{}, nil }

// Migrate does nothing.
func (Contract) Migrate(*sdk.Ctx, *A) (*A, error) { return &A{}, nil }

// Querier does nothing.
func (Contract) Querier(*sdk.QueryCtx, *A) (*A, error) { return &A{}, nil }

// Executor does nothing.
func (Contract) Executor(*sdk.Ctx, *B) (*A, error) { return &A{}, nil }

// New does nothing.
func (Contract) New(*sdk.Ctx, *B) (*Page, error) { return &Page{}, nil }
