package runtime_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chancery-chain/chancery/runtime"
	"github.com/chancery-chain/chancery/runtime/runtimetest"
)

// BenchmarkCall measures calls of a standard Go contract, reset included.
func BenchmarkCall(b *testing.B) {
	for _, mode := range []string{"", "pagemap", "copy"} {
		for _, method := range []string{"Empty", "Transfer", "Format"} {
			name := mode
			if name == "" {
				name = "auto"
			}
			b.Run(name+"/"+method, func(b *testing.B) {
				w := goWorld(b, runtime.Config{Reset: mode})
				out := w.Execute("test/guest", method, nil)
				require.Equal(b, runtime.StatusOK, out.Status, "%v", out.Err)
				b.ReportMetric(float64(out.GasUsed), "gas/op")
				b.ReportAllocs()
				for b.Loop() {
					w.Execute("test/guest", method, nil)
					w.TakeEvents()
				}
			})
		}
	}
}

// BenchmarkParallel shows whether calls get in each other's way.
func BenchmarkParallel(b *testing.B) {
	w := goWorld(b, runtime.Config{})
	b.RunParallel(func(pb *testing.PB) {
		own := runtimetest.NewWorld(w.Runtime)
		own.Share(w)
		for pb.Next() {
			own.Execute("test/guest", "Transfer", nil)
			own.TakeEvents()
		}
	})
}

// BenchmarkNewInstance measures what a call pays that finds no idle instance.
func BenchmarkNewInstance(b *testing.B) {
	w := goWorld(b, runtime.Config{PoolBytes: 1})
	for b.Loop() {
		w.Execute("test/guest", "Empty", nil)
	}
}
