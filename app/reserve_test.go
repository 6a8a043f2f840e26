package app_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/app"
	"github.com/chancery-chain/chancery/app/apperr"
	"github.com/chancery-chain/chancery/app/apptest"
	"github.com/chancery-chain/chancery/app/key"
	"github.com/chancery-chain/chancery/app/tx"
)

// TestPayersShareTheMempool: one organisation cannot fill the mempool, by number or by
// bytes, and what waits already is not thrown out by a recheck.
func TestPayersShareTheMempool(t *testing.T) {
	for _, row := range []struct {
		name    string
		options app.Options
		payload int
		fit     int // of 20
	}{
		{"txs", app.Options{PoolTxs: 8}, 0, 2},
		{"bytes", app.Options{PoolBytes: 4 * tx.MaxBytes}, tx.MaxPayloadBytes, 19},
		{"the smallest", app.Options{PoolTxs: 1, PoolBytes: 1}, tx.MaxPayloadBytes, 1},
		{"nothing is known of it", app.Options{}, tx.MaxPayloadBytes, 20},
	} {
		t.Run(row.name, func(t *testing.T) {
			row.options.Dir = t.TempDir()
			c := apptest.NewWith(t, nil, row.options)
			c.Block()
			ask := func(org string) []byte {
				signer := apptest.Key(org+"-admin", key.Ed25519)
				b := c.Body(signer, org)
				b.Action = &chanceryv1.TxBody_Execute{Execute: &chanceryv1.Execute{
					Contract: "records/xx", Method: "M", Payload: make([]byte, row.payload),
				}}
				return c.Sign(b, signer)
			}
			var in [][]byte
			for range row.fit {
				in = append(in, ask("records"))
				require.NoError(t, c.App.CheckTx(in[len(in)-1], false).Err)
			}
			one := ask("records")
			if row.fit < 20 {
				require.ErrorIs(t, c.App.CheckTx(one, false).Err, apperr.Unavailable.Err())
			}
			require.NoError(t, c.App.CheckTx(in[0], false).Err, "it is counted already")
			require.NoError(t, c.App.CheckTx(ask("housing"), false).Err)

			c.Block()
			require.NoError(t, c.App.CheckTx(one, false).Err, "there is room after a block")
			for _, raw := range in {
				require.NoError(t, c.App.CheckTx(raw, true).Err, "what waits keeps its room")
			}
		})
	}
}
