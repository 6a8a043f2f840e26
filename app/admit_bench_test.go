package app_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/app/apptest"
)

// BenchmarkCheckTx is what admitting a call costs once its signature is known:
// decoding, the replay window, account, membership, organisation and quota.
func BenchmarkCheckTx(b *testing.B) {
	for _, members := range []int{0, 2000} {
		b.Run(fmt.Sprintf("members=%d", members), func(b *testing.B) {
			c := apptest.New(b, nil)
			var txs [][]byte
			for i := range members {
				txs = append(txs, c.SetMember(recordsAdmin, "records", apptest.Key(fmt.Sprint(i), 1).Public(), true, "clerk"))
			}
			c.Block(txs...)
			body := c.Body(recordsDev, "records")
			body.Action = &chanceryv1.TxBody_Execute{Execute: &chanceryv1.Execute{Contract: "records/none", Method: "M", Payload: make([]byte, 64)}}
			raw := c.Sign(body, recordsDev)
			require.NoError(b, c.App.CheckTx(raw, false).Err)
			b.ReportAllocs()
			for b.Loop() {
				c.App.CheckTx(raw, true)
			}
		})
	}
}
