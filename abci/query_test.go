package abci

import (
	"testing"

	abci "github.com/cometbft/cometbft/abci/types"
	"github.com/stretchr/testify/require"

	"github.com/chancery-chain/chancery/app/apperr"
)

// CometBFT takes any code but 0 for a refusal.
func TestQueryWhoMayConnect(t *testing.T) {
	code := func(a *Application, path string) uint32 {
		res, err := a.Query(t.Context(), &abci.RequestQuery{Path: path})
		require.NoError(t, err)
		return res.Code
	}
	open, closed := New(Options{}), New(Options{Admits: func(id string) bool { return id == "aa" }})
	require.Zero(t, code(open, "/p2p/filter/id/bb"))
	require.Zero(t, code(closed, "/p2p/filter/id/aa"))
	require.Equal(t, uint32(apperr.PermissionDenied), code(closed, "/p2p/filter/id/bb"))
	require.Equal(t, uint32(apperr.PermissionDenied), code(closed, "/p2p/filter/id/"))
	require.Zero(t, code(closed, "/p2p/filter/addr/10.0.0.1:7"))
	require.Equal(t, uint32(apperr.NotFound), code(closed, "/p2p/filter/x"))
}
