package contractbuild_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/chancery-chain/chancery/api/contractbuild"
	sdk "github.com/chancery-chain/chancery/contracts-sdk"
	"github.com/chancery-chain/chancery/examples/counter"
	"github.com/chancery-chain/chancery/examples/evidence"
	"github.com/chancery-chain/chancery/runtime"
	"github.com/chancery-chain/chancery/runtime/runtimetest"
	"github.com/stretchr/testify/require"
)

// BenchmarkExamples measures calls of the examples in the runtime: time and gas.
func BenchmarkExamples(b *testing.B) {
	material := 0
	benchmarks := []struct {
		name, example, method string
		query                 bool
		request               func() sdk.Marshaler
	}{
		{"counter.Bump", "counter", "Bump", false, func() sdk.Marshaler { return &counter.BumpRequest{From: 1, To: 2, Amount: 1} }},
		{"counter.Get", "counter", "Get", true, func() sdk.Marshaler { return &counter.GetRequest{Id: 1} }},
		{"evidence.Anchor", "evidence", "Anchor", false, func() sdk.Marshaler {
			material++
			return anchorRequest(material, "order")
		}},
		{"evidence.Get", "evidence", "Get", true, func() sdk.Marshaler { return &evidence.GetRequest{Id: idOf(1, "order")} }},
	}
	for _, bb := range benchmarks {
		b.Run(bb.name, func(b *testing.B) {
			out := filepath.Join(b.TempDir(), "code.wasm")
			_, err := contractbuild.Build(context.Background(), filepath.Join(examples, bb.example), out)
			require.NoError(b, err)
			code, err := os.ReadFile(out)
			require.NoError(b, err)
			rt, err := runtime.New(runtime.Config{}, runtime.DefaultLimits())
			require.NoError(b, err)
			defer rt.Close()
			world := runtimetest.NewWorld(rt)
			require.NoError(b, world.Deploy("bench/x", code))
			world.Context.Time = begin
			if bb.example == "evidence" {
				payload, _ := anchorRequest(1, "order").MarshalVT()
				require.Equal(b, runtime.StatusOK, world.Execute("bench/x", "Anchor", payload).Status)
				material = 1
			}
			var gas uint64
			b.ResetTimer()
			for range b.N {
				payload, _ := bb.request().MarshalVT()
				run := world.Execute
				if bb.query {
					run = world.Query
				}
				outcome := run("bench/x", bb.method, payload)
				if outcome.Status != runtime.StatusOK {
					b.Fatalf("%+v", outcome)
				}
				gas += outcome.GasUsed
			}
			b.ReportMetric(float64(gas)/float64(b.N), "gas/op")
		})
	}
}
