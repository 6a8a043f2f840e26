package node

import (
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"connectrpc.com/connect"
	"github.com/stretchr/testify/require"

	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/api/gen/chancery/v1/chanceryv1connect"
)

// BenchmarkSubmit submits small txs from many clients at once, each of which
// waits for its tx, over HTTP/1.1 in the same process. It reports txs a second
// and the median wait.
func BenchmarkSubmit(b *testing.B) {
	for _, clients := range []int{1, 512} {
		name := "one client"
		if clients > 1 {
			name = "512 clients"
		}
		b.Run(name, func(b *testing.B) { benchmarkSubmit(b, clients) })
	}
}

func benchmarkSubmit(b *testing.B, clients int) {
	n := start(b, newHome(b, testConfig()))
	httpClient := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: clients}}
	defer httpClient.CloseIdleConnections()
	service := chanceryv1connect.NewTxServiceClient(httpClient, "http://"+n.RPCAddr())
	raws := make(chan []byte, b.N)
	for range b.N {
		raw, _ := memberTx(b)
		raws <- raw
	}
	close(raws)
	waits := make([]time.Duration, 0, b.N)
	var mu sync.Mutex
	var wg sync.WaitGroup
	b.ResetTimer()
	for range clients {
		wg.Go(func() {
			for raw := range raws {
				began := time.Now()
				res, err := service.Submit(b.Context(), connect.NewRequest(&chanceryv1.SubmitRequest{Tx: raw}))
				if err != nil || res.Msg.Result.Code != 0 {
					b.Errorf("submit: %v %v", err, res)
					return
				}
				mu.Lock()
				waits = append(waits, time.Since(began))
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	b.StopTimer()
	require.Len(b, waits, b.N)
	slices.Sort(waits)
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "tx/s")
	b.ReportMetric(float64(waits[len(waits)/2].Microseconds())/1000, "p50-ms")
	b.ReportMetric(float64(n.Status().Height), "blocks")
}
