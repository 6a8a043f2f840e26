package state

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

const (
	benchTxs     = 1000
	benchPerTx   = 3
	benchValue   = 100
	benchLoadMax = 100_000 // keys per block while filling
)

func benchKey(dst []byte, i uint64) []byte {
	// Spread like addresses are: a multiplication that permutes the numbers.
	dst = append(dst[:0], "bench/"...)
	return binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(dst, i*0x9e3779b97f4a7c15), i)
}

func fill(b testing.TB, s *Store, keys int) {
	b.Helper()
	value := make([]byte, benchValue)
	for from := 0; from < keys; from += benchLoadMax {
		o := NewOverlay(nil)
		for i := from; i < min(from+benchLoadMax, keys); i++ {
			binary.BigEndian.PutUint64(value, uint64(i))
			o.Set(benchKey(nil, uint64(i)), value)
		}
		_, err := s.Stage(s.Height()+1, o.Changes())
		require.NoError(b, err)
		require.NoError(b, s.Commit(nil))
	}
}

// runBlock reads and writes as 1,000 txs would, each on its own overlay, and
// commits.
func runBlock(b testing.TB, s *Store, keys int, random *rand.Rand) {
	view, err := s.View(0)
	require.NoError(b, err)
	block := NewOverlay(view)
	tx := NewOverlay(block)
	value := make([]byte, benchValue)
	var key []byte
	for range benchTxs {
		for range benchPerTx {
			key = benchKey(key, uint64(random.IntN(keys)))
			if _, ok := tx.Get(key); !ok {
				b.Fatal("key is missing")
			}
		}
		for range benchPerTx {
			key = benchKey(key, uint64(random.IntN(keys)))
			binary.BigEndian.PutUint64(value[8:], random.Uint64())
			tx.Set(key, value)
		}
		tx.ApplyTo(block)
		tx.Reset()
	}
	_, err = s.Stage(s.Height()+1, block.Changes())
	require.NoError(b, err)
	require.NoError(b, view.Close())
	require.NoError(b, s.Commit(nil))
}

func cpuMicros(b testing.TB) float64 {
	var u unix.Rusage
	require.NoError(b, unix.Getrusage(unix.RUSAGE_SELF, &u))
	return float64(u.Utime.Sec+u.Stime.Sec)*1e6 + float64(u.Utime.Usec+u.Stime.Usec)
}

// BenchmarkBlock reports the cost of a tx of 3 random reads and 3 random writes in
// blocks of 1,000, all threads and the writing of tree files included.
func BenchmarkBlock(b *testing.B) {
	for _, keys := range []int{10_000, 1_000_000} {
		for _, noSync := range []bool{true, false} {
			b.Run(fmt.Sprintf("keys=%d/noSync=%t", keys, noSync), func(b *testing.B) {
				s := open(b, Options{Dir: b.TempDir(), NoSync: noSync, Logf: b.Logf})
				fill(b, s, keys)
				settle(b, s)
				random := rand.New(rand.NewPCG(1, 2))
				runtime.GC()
				cpu := cpuMicros(b)
				b.ResetTimer()
				for b.Loop() {
					runBlock(b, s, keys, random)
				}
				b.StopTimer()
				cpu = cpuMicros(b) - cpu
				txs := float64(b.N * benchTxs)
				b.ReportMetric(float64(b.Elapsed().Microseconds())/txs, "µs/tx")
				b.ReportMetric(cpu/txs, "cpu-µs/tx")
				var m runtime.MemStats
				runtime.GC()
				runtime.ReadMemStats(&m)
				b.ReportMetric(float64(m.HeapAlloc)/(1<<20), "heap-MB")
			})
		}
	}
}

// settle waits for the tree file in the making, with empty blocks.
func settle(b testing.TB, s *Store) {
	b.Helper()
	for s.rewrite != nil {
		<-s.rewrite.done
		commit(b, s, s.Height()+1)
	}
}

// TestLatencyAtScale shows how long a block waits while tree files are written and
// adopted beside it, and how long Open takes after it.
func TestLatencyAtScale(t *testing.T) {
	if os.Getenv("CHANCERY_BENCH") == "" {
		t.Skip("set CHANCERY_BENCH=1 to measure")
	}
	const keys, blocks = 1_000_000, 400
	o := Options{Dir: t.TempDir(), Logf: t.Logf}
	s, err := Open(o)
	require.NoError(t, err)
	fill(t, s, keys)
	settle(t, s)
	random := rand.New(rand.NewPCG(1, 2))
	var times, beside []time.Duration
	for range blocks {
		writing := s.rewrite != nil
		start := time.Now()
		runBlock(t, s, keys, random)
		if took := time.Since(start); writing {
			beside = append(beside, took)
		} else {
			times = append(times, took)
		}
	}
	report := func(name string, d []time.Duration) {
		if slices.Sort(d); len(d) > 0 {
			t.Logf("%s: %d blocks, p50 %v, p99 %v, max %v", name, len(d), d[len(d)/2], d[len(d)*99/100], d[len(d)-1])
		}
	}
	report("alone", times)
	report("beside a tree file", beside)
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	t.Logf("heap %d MB, %d heights from %d, %d MB of changes since the tree file",
		m.HeapAlloc>>20, s.Height(), s.EarliestHeight(), s.sinceFile>>20)
	require.NoError(t, s.Close())
	start := time.Now()
	s, err = Open(o)
	require.NoError(t, err)
	t.Logf("open: %v", time.Since(start))
	require.NoError(t, s.Close())
}
