package app

import "github.com/chancery-chain/chancery/app/state"

// Store returns the state, for tests that look at its rows.
func (a *App) Store() *state.Store { return a.store }
