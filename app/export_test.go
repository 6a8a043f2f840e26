package app

import "github.com/chancery-chain/chancery/app/state"

// Store returns the state, for tests that look at its rows.
func (a *App) Store() *state.Store { return a.store }

// StoredOf returns how many bytes the rows of the committed state count to each
// organisation.
func StoredOf(a *App) (map[string]uint64, error) {
	view, err := a.store.View(0)
	if err != nil {
		return nil, err
	}
	defer view.Close()
	return storedOf(view)
}

func storedOf(r state.Reader) (map[string]uint64, error) {
	sums := map[string]uint64{}
	it := r.Scan(nil, nil, false)
	defer it.Close()
	for it.Next() {
		owner, n, err := storedBytes(it.Key(), it.Value())
		if err != nil {
			return nil, err
		}
		if len(owner) > 0 {
			sums[string(owner)] += uint64(n)
		}
	}
	return sums, nil
}
