package app_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/app/apptest"
)

// BenchmarkProposal is what a tx costs that a proposer picks, and what it costs the
// others to accept it, once their nodes know its signature.
func BenchmarkProposal(b *testing.B) {
	c := apptest.New(b, nil)
	var txs [][]byte
	for i := range 200 {
		txs = append(txs, c.SetMember(recordsAdmin, "records", apptest.Key(fmt.Sprint(i), 1).Public(), true, "clerk"))
	}
	c.Block(txs...)
	txs = txs[:0]
	for i := range 200 {
		k := apptest.Key(fmt.Sprint(i), 1)
		body := c.Body(k, "records")
		body.GasLimit = 1_000_000
		body.Action = &chanceryv1.TxBody_Execute{Execute: &chanceryv1.Execute{Contract: "records/none", Method: "M", Payload: make([]byte, 64)}}
		txs = append(txs, c.Sign(body, k))
		require.NoError(b, c.App.CheckTx(txs[i], false).Err)
	}
	at := c.Time.Add(time.Second)
	for _, row := range []struct {
		name string
		do   func() bool
	}{
		{"prepare", func() bool { return len(c.App.PrepareTxs(txs, 1<<20, c.Height+1, at)) == len(txs) }},
		{"check", func() bool { return c.App.CheckProposal(txs, c.Height+1, at) == nil }},
	} {
		b.Run(row.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				require.True(b, row.do())
			}
			b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*len(txs)), "µs/tx")
		})
	}
}
