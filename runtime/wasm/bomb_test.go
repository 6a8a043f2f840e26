package wasm_test

import (
	"bytes"
	"context"
	"runtime"
	"slices"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/tetratelabs/wazero"

	"github.com/chancery-chain/chancery/runtime/wasm"
	w "github.com/chancery-chain/chancery/runtime/wasm/wasmtest"
)

func i32s(n int) []byte { return bytes.Repeat([]byte{w.I32}, n) }

// same returns modules of n equal functions that may call function 0.
func same(typ w.FuncType, locals []byte, body ...w.Code) func(n int) *w.Module {
	return func(n int) *w.Module {
		m := w.New().Memory(1).ExportMemory("memory")
		for range n {
			m.Declare(typ)
		}
		for i := range uint32(n) {
			m.Define(i, locals, body...)
		}
		return m
	}
}

// mix assigns every one of n locals from others.
func mix(n uint32) (c w.Code) {
	for i := range n {
		c = w.Seq(c, w.LocalGet(i), w.LocalGet((i+7)%n), w.I32Add, w.LocalSet(i))
	}
	return c
}

// ifs makes n ifs that each assign one of many locals, all of which are used
// afterwards.
func ifs(locals uint32, n int) (c w.Code) {
	for i := range n {
		l := uint32(i) % locals
		c = w.Seq(c, w.LocalGet(l), w.If(w.Empty, w.LocalGet(l), w.I32Const(3), w.I32Add, w.LocalSet(l)))
	}
	for i := range locals {
		c = w.Seq(c, w.I32Const(0), w.LocalGet(i), w.Mem(w.I32Store, 4*i))
	}
	return c
}

// nested nests n loops.
func nested(n int, inner w.Code) w.Code {
	for range n {
		inner = w.Loop(w.Empty, inner, w.LocalGet(0), w.BrIf(0))
	}
	return inner
}

// jumps makes a br_table of n labels to 1,000 blocks.
func jumps(n int) w.Code {
	labels := make([]uint32, n+1)
	for i := range labels {
		labels[i] = uint32(i % 1000)
	}
	c := w.Seq(w.Repeat(1000, w.Code{2, 0x40}), w.LocalGet(0), w.BrTable(labels...))
	for i := range uint32(1000) {
		c = w.Seq(c, w.End, w.LocalGet(i%10), w.I32Const(1), w.I32Add, w.LocalSet(i%10))
	}
	return c
}

func piles(height, n int) w.Code {
	return w.Repeat(n, w.Repeat(height, w.I32Const(0), w.Mem(w.I32Load, 0)), w.Repeat(height-1, w.I32Add), w.Drop)
}

func zeros(n int) w.Code { return w.Repeat(n, w.I32Const(0)) }

// bombs are shapes that are dear to compile.
var bombs = map[string]func(n int) *w.Module{
	"ifs with many locals":     same(w.Void, i32s(240), ifs(240, 80)),
	"ifs with some locals":     same(w.Void, i32s(16), ifs(16, 1000)),
	"loops in loops":           same(w.Void, i32s(60), w.Repeat(6, nested(31, mix(60)))),
	"br_table":                 same(w.Void, i32s(12), jumps(1900)),
	"straight loads":           same(w.Void, i32s(10), w.Repeat(6000, w.LocalGet(0), w.Mem(w.I32Load, 0), w.LocalSet(0))),
	"operands to the limit":    same(w.Void, nil, piles(250, 42)),
	"operands below the limit": same(w.Void, nil, piles(12, 800)),
	"calls with results":       same(w.FuncType{Results: i32s(16)}, nil, zeros(16), w.Repeat(3000, w.Repeat(16, w.Drop), w.Call(0))),
	"calls without":            same(w.Void, nil, w.Repeat(30_000, w.Call(0))),
	"memory.copy":              same(w.Void, nil, w.Repeat(1000, zeros(3), w.MemoryCopy)),
	"memory.grow":              same(w.Void, nil, w.Repeat(1000, zeros(1), w.MemoryGrow, w.Drop)),
	"truncations":              same(w.Void, []byte{w.I32, w.F64}, w.Repeat(1900, w.LocalGet(1), w.Code{0xaa}, w.LocalSet(0))),
	"tiny functions":           same(w.Void, nil),
}

// TestBombs compiles the largest module of every shape that is accepted. The
// goal is 2.5 s and 256 MB; the test has room for a busy machine.
func TestBombs(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles the largest modules")
	}
	names := make([]string, 0, len(bombs))
	for name := range bombs {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			p, n := largest(t, bombs[name])
			began := cpuTime(t)
			peak := peakHeap(func() {
				ctx := context.Background()
				r := wazero.NewRuntimeWithConfig(ctx, wazero.NewRuntimeConfigCompiler().WithCoreFeatures(features))
				_, err := r.CompileModule(ctx, p.Code)
				require.NoError(t, err)
				require.NoError(t, r.Close(ctx))
			})
			took := cpuTime(t) - began
			t.Logf("%d functions, %d bytes, compiled in %v CPU and %d MB", n, len(p.Code), took.Round(time.Millisecond), peak>>20)
			require.Less(t, took, 10*time.Second)
			require.Less(t, peak, uint64(400<<20))
		})
	}
}

// largest finds the most functions with which a shape is accepted.
func largest(t *testing.T, shape func(n int) *w.Module) (p *wasm.Prepared, n int) {
	t.Helper()
	low, high := 1, 10_001
	for high-low > 1+low/32 {
		mid := (low + high) / 2
		q, err := wasm.Prepare(shape(mid).Bytes(), testConfig())
		if err != nil {
			require.Contains(t, err.Error(), "limit.")
			high = mid
			continue
		}
		p, low = q, mid
	}
	if p == nil {
		var err error
		p, err = wasm.Prepare(shape(1).Bytes(), testConfig())
		require.NoError(t, err)
	}
	return p, low
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
