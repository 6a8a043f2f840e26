package wasm_test

import (
	"context"
	"maps"
	"runtime"
	"slices"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/experimental"

	"github.com/chancery-chain/chancery/runtime/wasm"
)

const (
	// bombCPU and bombHeap are what the largest accepted module of any shape may
	// take: seconds of one core of the reference machine, and bytes.
	bombCPU  = 2500 * time.Millisecond
	bombHeap = 256 << 20
	// calibrationCPU is what calibration takes on the reference machine when it is
	// idle. Other machines, and busy ones, are measured against that.
	calibrationCPU = 250 * time.Millisecond
)

// TestBombs prepares and compiles the largest accepted module of every shape. CPU
// time is that of the process. Where it is too much it is scaled by a calibration
// in the same second, because a busy machine makes a second of CPU time shorter.
func TestBombs(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles the largest modules")
	}
	plain, err := wasm.Prepare(calibration().Bytes(), testConfig())
	require.NoError(t, err)
	for _, name := range slices.Sorted(maps.Keys(bombs)) {
		t.Run(name, func(t *testing.T) {
			code, n := largest(t, bombs[name])
			// Others disturb the measurement but never make it better.
			best, peak := time.Duration(1<<62), uint64(1<<62)
			for try := 0; try < 6 && (best > bombCPU || peak > bombHeap); try++ {
				took, heap := compile(t, func() []byte {
					p, err := wasm.Prepare(code, testConfig())
					require.NoError(t, err)
					return p.Code
				})
				scaled := took
				if took > bombCPU {
					calibrated, _ := compile(t, func() []byte { return plain.Code })
					scaled = time.Duration(float64(took) * min(1, float64(calibrationCPU)/float64(calibrated)))
				}
				t.Logf("%d functions, %d bytes: %v CPU (%v scaled), %d MB", n, len(code), took.Round(time.Millisecond), scaled.Round(time.Millisecond), heap>>20)
				best, peak = min(best, scaled), min(peak, heap)
			}
			require.LessOrEqual(t, best, bombCPU)
			require.LessOrEqual(t, peak, uint64(bombHeap))
		})
	}
}

// compile compiles as runtime/engine does, and returns CPU time and heap.
func compile(t *testing.T, code func() []byte) (took time.Duration, heap uint64) {
	t.Helper()
	var began time.Duration
	heap = peakHeap(func() {
		began = cpuTime(t)
		ctx := experimental.WithCompilationWorkers(context.Background(), min(runtime.GOMAXPROCS(0), 4))
		r := wazero.NewRuntimeWithConfig(ctx, wazero.NewRuntimeConfigCompiler().WithCoreFeatures(features))
		_, err := r.CompileModule(ctx, code())
		require.NoError(t, err)
		require.NoError(t, r.Close(ctx))
		took = cpuTime(t) - began
	})
	return took, heap
}

// largest finds the largest n with which a shape is accepted.
func largest(t *testing.T, shape shape) (code []byte, n int) {
	t.Helper()
	accepted := func(n int) bool {
		b := shape(n).Bytes()
		_, err := wasm.Prepare(b, testConfig())
		if err == nil {
			code = b
			return true
		}
		require.Contains(t, err.Error(), "limit.")
		return false
	}
	require.True(t, accepted(1), "not even one")
	low, high := 1, 2
	for accepted(high) {
		low, high = high, 2*high
	}
	for high-low > 1+low/64 {
		if mid := (low + high) / 2; accepted(mid) {
			low = mid
		} else {
			high = mid
		}
	}
	return code, low
}

func cpuTime(t *testing.T) time.Duration {
	t.Helper()
	var u syscall.Rusage
	require.NoError(t, syscall.Getrusage(syscall.RUSAGE_SELF, &u))
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// peakHeap runs do and returns how far the heap in use rose, sampled.
func peakHeap(do func()) uint64 {
	runtime.GC()
	var base runtime.MemStats
	runtime.ReadMemStats(&base)
	var peak atomic.Uint64
	peak.Store(base.HeapInuse)
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		tick := time.NewTicker(10 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-stop:
				return
			case <-tick.C:
				var s runtime.MemStats
				runtime.ReadMemStats(&s)
				peak.Store(max(peak.Load(), s.HeapInuse))
			}
		}
	}()
	do()
	close(stop)
	<-stopped
	return peak.Load() - base.HeapInuse
}
