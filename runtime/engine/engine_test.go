package engine

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	w "github.com/chancery-chain/chancery/runtime/wasm/wasmtest"
)

// kinds are the engines that must agree.
var kinds = map[string]bool{"compiler": false, "interpreter": true}

func newEngine(t testing.TB, cfg Config, imports ...Import) *Engine {
	t.Helper()
	e, err := New(cfg, imports)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, e.Close()) })
	return e
}

var spec = Spec{Memory: "memory", MemoryMax: 16, Globals: []string{"counter"}, Entry: "chancery_v1_call"}

// counterModule has a counter global, beside what body does.
func counterModule(body ...w.Code) *w.Module {
	m := w.New().Memory(1, 16).ExportMemory("memory")
	m.ExportGlobal("counter", m.Global(w.I64, true, w.I64Const(5)))
	f := m.Func(w.Void, []byte{w.I32}, body...)
	return m.ExportFunc("chancery_v1_call", f)
}

func newImage(t testing.TB, e *Engine, m *w.Module) *Image {
	t.Helper()
	mod, err := e.Compile(m.Bytes())
	require.NoError(t, err)
	img, err := mod.NewImage(spec, func(in *Instance) error {
		in.Write(100, []byte("image"))
		in.SetGlobal(0, 7)
		return nil
	})
	require.NoError(t, err)
	return img
}

func newInstance(t testing.TB, img *Image) *Instance {
	t.Helper()
	in, err := img.NewInstance()
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, in.Close()) })
	return in
}

func TestTraps(t *testing.T) {
	div := func(op byte, a, b int32) w.Code { return w.Seq(w.I32Const(a), w.I32Const(b), w.Code{op}, w.Drop) }
	for _, tt := range []struct {
		name string
		body w.Code
		want Trap
	}{
		{"unreachable", w.Unreachable, TrapUnreachable},
		{"load past the end", w.Seq(w.I32Const(65536), w.Code{0x28, 2, 0}, w.Drop), TrapOutOfBounds},
		{"store past the end", w.Seq(w.I32Const(65533), w.I32Const(1), w.Code{0x36, 2, 0}), TrapOutOfBounds},
		{"load with an offset that wraps", w.Seq(w.I32Const(-1), w.Code{0x2d, 0, 0xff, 0xff, 0xff, 0xff, 0x0f}, w.Drop), TrapOutOfBounds},
		{"fill past the end", w.Seq(w.I32Const(65535), w.I32Const(0), w.I32Const(2), w.MemoryFill), TrapOutOfBounds},
		{"copy past the end", w.Seq(w.I32Const(0), w.I32Const(65535), w.I32Const(2), w.MemoryCopy), TrapOutOfBounds},
		{"div_s by zero", div(0x6d, 1, 0), TrapDivideByZero},
		{"rem_u by zero", div(0x70, 1, 0), TrapDivideByZero},
		{"div_s overflow", div(0x6d, -1<<31, -1), TrapOverflow},
		{"trunc of NaN", w.Seq(w.F32Bits(0x7fc00000), w.Code{0xa8}, w.Drop), TrapConversion},
		{"trunc out of range", w.Seq(w.F32Const(1e20), w.Code{0xa8}, w.Drop), TrapOverflow},
		{"table index", w.Seq(w.I32Const(9), w.CallIndirect(0)), TrapTable},
		{"empty element", w.Seq(w.I32Const(1), w.CallIndirect(0)), TrapTable},
		{"signature", w.Seq(w.I32Const(0), w.CallIndirect(1), w.Drop), TrapSignature},
	} {
		for kind, interpreter := range kinds {
			t.Run(tt.name+"/"+kind, func(t *testing.T) {
				e := newEngine(t, Config{Interpreter: interpreter})
				m := w.New().Memory(1, 16).ExportMemory("memory").Table(2)
				m.AddType(w.Void)
				m.AddType(w.Type()(w.I32))
				m.ExportGlobal("counter", m.Global(w.I64, true, w.I64Const(5)))
				m.ExportFunc("chancery_v1_call", m.Func(w.Void, nil, tt.body))
				m.Elem(0, 0)
				in := newInstance(t, newImage(t, e, m))
				stop := in.Call(context.Background())
				require.Equal(t, StopTrap, stop.Kind, "%v", stop.Err)
				require.Equal(t, tt.want, stop.Trap, "%v", stop.Err)
				// The handle works again.
				require.Equal(t, tt.want, in.Call(context.Background()).Trap)
			})
		}
	}
}

func TestHostEndsCall(t *testing.T) {
	for kind, interpreter := range kinds {
		t.Run(kind, func(t *testing.T) {
			var do func()
			im := Import{Module: "host", Name: "do", Func: func(context.Context, []uint64) { do() }}
			e := newEngine(t, Config{Interpreter: interpreter}, im)
			m := w.New()
			do1 := m.ImportFunc("host", "do", w.Void)
			m.Memory(1, 16).ExportMemory("memory")
			m.ExportGlobal("counter", m.Global(w.I64, true, w.I64Const(5)))
			m.ExportFunc("chancery_v1_call", m.Func(w.Void, nil, w.Call(do1)))
			in := newInstance(t, newImage(t, e, m))

			for _, tt := range []struct {
				name string
				do   func()
				want StopKind
			}{
				{"returns", func() {}, StopReturn},
				{"halts", Halt, StopHalt},
				{"panics with an error", func() { panic(errors.New("bug")) }, StopFault},
				{"panics with text", func() { panic("bug") }, StopFault},
				{"nil pointer", func() { var p *int; *p = 1 }, StopFault},
				{"panics with a trap's text", func() { panic(errors.New("unreachable")) }, StopFault},
			} {
				do = tt.do
				stop := in.Call(context.Background())
				require.Equal(t, tt.want, stop.Kind, tt.name)
				require.Equal(t, tt.want == StopReturn, stop.Err == nil, tt.name)
			}
		})
	}
}

// TestReset holds every way to put an instance back to the same measure: after a
// call that wrote anywhere, it equals its image byte for byte.
func TestReset(t *testing.T) {
	scribble := w.Seq( // writes at 8, at 40,000 and over the image's text; reads elsewhere
		w.I32Const(8), w.I64Const(-1), w.Code{0x37, 3, 0},
		w.I32Const(40_000), w.I32Const(0xee), w.I32Const(5_000), w.MemoryFill,
		w.I32Const(100), w.I32Const(0x55), w.Code{0x3a, 0, 0},
		w.I32Const(20_000), w.Code{0x2d, 0, 0}, w.Drop,
		w.GlobalGet(0), w.I64Const(1), w.I64Add, w.GlobalSet(0),
	)
	for _, mode := range []ResetMode{ResetScan, ResetPagemap, ResetCopy} {
		for _, end := range []struct {
			name string
			code w.Code
		}{{"return", nil}, {"trap", w.Unreachable}} {
			t.Run(fmt.Sprintf("%s/%s", mode, end.name), func(t *testing.T) {
				if runtime.GOOS != "linux" && mode != ResetCopy {
					t.Skip("needs Linux")
				}
				e, err := New(Config{Reset: mode}, nil)
				if err != nil && mode == ResetScan {
					t.Skipf("this kernel cannot: %v", err)
				}
				require.NoError(t, err)
				t.Cleanup(func() { require.NoError(t, e.Close()) })
				img := newImage(t, e, counterModule(scribble, end.code))
				in := newInstance(t, img)
				require.Empty(t, in.Diff())
				for range 5 {
					in.Call(context.Background())
					require.NotEmpty(t, in.Diff())
					require.True(t, in.Reset())
					require.Empty(t, in.Diff())
				}
				other := newInstance(t, img)
				in.Call(context.Background())
				require.Empty(t, other.Diff(), "instances share nothing that they write")
			})
		}
	}
}

func TestGrowth(t *testing.T) {
	for _, mode := range []ResetMode{ResetAuto, ResetCopy} {
		t.Run(string(mode), func(t *testing.T) {
			e := newEngine(t, Config{Reset: mode})
			img := newImage(t, e, counterModule(
				w.I32Const(3), w.MemoryGrow, w.Drop, // to 4 pages
				w.I32Const(4*65536-1), w.I32Const(1), w.Code{0x3a, 0, 0}, // its last byte
				w.I32Const(13), w.MemoryGrow, w.I32Const(-1), w.I32Ne, w.If(w.Empty, w.Unreachable), // one too many
				w.I32Const(12), w.MemoryGrow, w.I32Const(4), w.I32Ne, w.If(w.Empty, w.Unreachable),
				w.I32Const(16*65536-1), w.I32Const(1), w.Code{0x3a, 0, 0},
			))
			in := newInstance(t, img)
			stop := in.Call(context.Background())
			require.Equal(t, StopReturn, stop.Kind, "%v", stop.Err)
			require.False(t, in.Reset(), "an instance that grew is not reused")
			require.Empty(t, newInstance(t, img).Diff())
		})
	}
}

// TestImageLargerThanModule covers memory that grew while the image was made.
func TestImageLargerThanModule(t *testing.T) {
	for _, mode := range []ResetMode{ResetAuto, ResetCopy} {
		t.Run(string(mode), func(t *testing.T) {
			e := newEngine(t, Config{Reset: mode})
			m, err := e.Compile(counterModule(w.I32Const(3*65536+5), w.I32Const(9), w.Code{0x3a, 0, 0}).Bytes())
			require.NoError(t, err)
			img, err := m.NewImage(spec, func(in *Instance) error {
				_, ok := in.mem.Grow(3)
				require.True(t, ok)
				require.True(t, in.Write(4*65536-3, []byte("end")))
				return nil
			})
			require.NoError(t, err)
			require.Equal(t, 4*65536, img.Size())
			in := newInstance(t, img)
			require.Empty(t, in.Diff())
			require.Equal(t, StopReturn, in.Call(context.Background()).Kind)
			require.Contains(t, in.Diff(), "byte 196613")
			require.True(t, in.Reset())
			require.Empty(t, in.Diff())
		})
	}
}

func TestRefusedModule(t *testing.T) {
	for kind, interpreter := range kinds {
		t.Run(kind, func(t *testing.T) {
			e := newEngine(t, Config{Interpreter: interpreter, CacheDir: t.TempDir()})
			_, err := e.Compile(counterModule(w.I32Add).Bytes())
			require.ErrorIs(t, err, ErrRefused)
			_, err = e.Compile(nil)
			require.ErrorIs(t, err, ErrRefused)
		})
	}
}

func BenchmarkReset(b *testing.B) {
	for _, mode := range []ResetMode{ResetScan, ResetPagemap, ResetCopy} {
		b.Run(string(mode), func(b *testing.B) {
			e, err := New(Config{Reset: mode}, nil)
			if err != nil {
				b.Skip(err)
			}
			defer e.Close()
			// 4 MiB of image; one byte in each of 30 pages written.
			store := func(at int32) w.Code { return w.Seq(w.I32Const(at), w.I32Const(1), w.Code{0x3a, 0, 0}) }
			var body w.Code
			for i := range int32(30) {
				body = w.Seq(body, store(i*131072+77))
			}
			m := w.New().Memory(64, 64).ExportMemory("memory")
			m.ExportGlobal("counter", m.Global(w.I64, true, w.I64Const(5)))
			m.ExportFunc("chancery_v1_call", m.Func(w.Void, nil, body))
			mod, err := e.Compile(m.Bytes())
			require.NoError(b, err)
			s := spec
			s.MemoryMax = 64
			img, err := mod.NewImage(s, func(in *Instance) error {
				for i := range uint32(1024) {
					in.WriteUint32(i*4096, i)
				}
				return nil
			})
			require.NoError(b, err)
			in := newInstance(b, img)
			for b.Loop() {
				in.Call(context.Background())
				if !in.Reset() {
					b.Fatal("reset failed")
				}
			}
		})
	}
}
