package wasm_test

import (
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chancery-chain/chancery/runtime/wasm"
	w "github.com/chancery-chain/chancery/runtime/wasm/wasmtest"
)

const (
	canonical32 = uint64(0x7fc00000)
	canonical64 = uint64(0x7ff8 << 48)
)

// nans are expressions whose value is some NaN, of f32 and of f64.
func nans() (f32, f64 map[string]w.Code) {
	f32, f64 = map[string]w.Code{}, map[string]w.Code{}
	for _, bits := range []uint32{0x7fc00000, 0xffc00000, 0x7f800001, 0xff812345, 0x7fffffff} {
		c := w.F32Bits(bits)
		f32[fmt.Sprintf("const %#x", bits)] = c
		f32[fmt.Sprintf("reinterpreted %#x", bits)] = w.Seq(w.I32Const(int32(bits)), w.F32Reinterpret)
		for op := byte(0x8b); op <= 0x98; op++ { // abs .. copysign
			if op <= 0x91 {
				f32[fmt.Sprintf("unary %#x of %#x", op, bits)] = w.Seq(c, w.Code{op})
				continue
			}
			f32[fmt.Sprintf("binary %#x of %#x, 1", op, bits)] = w.Seq(c, w.F32Const(1), w.Code{op})
			if op != 0x98 {
				f32[fmt.Sprintf("binary %#x of 1, %#x", op, bits)] = w.Seq(w.F32Const(1), c, w.Code{op})
			}
		}
		f64[fmt.Sprintf("promoted %#x", bits)] = w.Seq(c, w.Code{0xbb})
	}
	inf := w.F32Const(float32(math.Inf(1)))
	f32["0/0"] = w.Seq(w.F32Const(0), w.F32Const(0), w.F32Div)
	f32["inf-inf"] = w.Seq(inf, inf, w.Code{0x93})
	f32["0*inf"] = w.Seq(w.F32Const(0), inf, w.Code{0x94})
	f32["sqrt -1"] = w.Seq(w.F32Const(-1), w.Code{0x91})
	for _, bits := range []uint64{0x7ff8 << 48, 0xfff8 << 48, 0x7ff0<<48 | 1, 0xfff0<<48 | 12345, math.MaxInt64} {
		c := w.F64Bits(bits)
		f64[fmt.Sprintf("const %#x", bits)] = c
		f64[fmt.Sprintf("reinterpreted %#x", bits)] = w.Seq(w.I64Const(int64(bits)), w.F64Reinterpret)
		for op := byte(0x99); op <= 0xa6; op++ {
			if op <= 0x9f {
				f64[fmt.Sprintf("unary %#x of %#x", op, bits)] = w.Seq(c, w.Code{op})
				continue
			}
			f64[fmt.Sprintf("binary %#x of %#x, 1", op, bits)] = w.Seq(c, w.F64Const(1), w.Code{op})
			if op != 0xa6 {
				f64[fmt.Sprintf("binary %#x of 1, %#x", op, bits)] = w.Seq(w.F64Const(1), c, w.Code{op})
			}
		}
		f32[fmt.Sprintf("demoted %#x", bits)] = w.Seq(c, w.Code{0xb6})
	}
	f64["0/0"] = w.Seq(w.F64Const(0), w.F64Const(0), w.F64Div)
	return f32, f64
}

// TestNaNIsCanonical makes NaNs in every way and looks at their bits in every
// way, on both engines.
func TestNaNIsCanonical(t *testing.T) {
	f32, f64 := nans()
	m := w.New().Memory(1).ExportMemory("memory")
	want := map[string]uint64{}
	export := func(name string, result byte, expect uint64, body ...w.Code) {
		want[name] = expect
		m.ExportFunc(name, m.Func(w.Type()(result), nil, body...))
	}
	for name, nan := range f32 {
		export("f32 reinterpret "+name, w.I32, canonical32, nan, w.I32Reinterpret)
		export("f32 store "+name, w.I32, canonical32, w.I32Const(8), nan, w.Mem(w.F32Store, 0), w.I32Const(8), w.Mem(w.I32Load, 0))
		export("f32 sign "+name, w.F32, uint64(math.Float32bits(5)), w.F32Const(-5), nan, w.F32Copysign)
	}
	for name, nan := range f64 {
		export("f64 reinterpret "+name, w.I64, canonical64, nan, w.I64Reinterpret)
		export("f64 store "+name, w.I64, canonical64, w.I32Const(8), nan, w.Mem(w.F64Store, 0), w.I32Const(8), w.Mem(w.I64Load, 0))
		export("f64 sign "+name, w.F64, math.Float64bits(5), w.F64Const(-5), nan, w.F64Copysign)
	}
	eachEngine(t, func(t *testing.T, engine string) {
		g := start(t, engine, m, testConfig())
		for name, bits := range want {
			res, _, err := g.call(name, 1_000)
			require.NoError(t, err)
			require.Equal(t, bits, res[0], name)
		}
	})
}

// TestNumbersStay shows that the rule leaves everything but NaN as it is.
func TestNumbersStay(t *testing.T) {
	values := []float64{0, math.Copysign(0, -1), 1, -1.5, math.Inf(1), math.Inf(-1), math.MaxFloat64, math.SmallestNonzeroFloat64, 5e-320}
	m := one(w.Type(w.F64)(w.I64), nil,
		w.I32Const(0), w.LocalGet(0), w.Mem(w.F64Store, 0), w.I32Const(0), w.Mem(w.F64Load, 0), w.I64Reinterpret)
	m.ExportFunc("f32", m.Func(w.Type(w.F32)(w.I32), nil,
		w.I32Const(0), w.LocalGet(0), w.Mem(w.F32Store, 0), w.I32Const(0), w.Mem(w.F32Load, 0), w.I32Reinterpret))
	m.ExportFunc("sign", m.Func(w.Type(w.F64)(w.F64), nil, w.F64Const(3), w.LocalGet(0), w.F64Copysign))
	eachEngine(t, func(t *testing.T, engine string) {
		g := start(t, engine, m, testConfig())
		for _, v := range values {
			res, _, err := g.call("f", 1_000, math.Float64bits(v))
			require.NoError(t, err)
			require.Equal(t, math.Float64bits(v), res[0])
			small := uint64(math.Float32bits(float32(v)))
			res, _, err = g.call("f32", 1_000, small)
			require.NoError(t, err)
			require.Equal(t, small, res[0])
			res, _, err = g.call("sign", 1_000, math.Float64bits(v))
			require.NoError(t, err)
			require.Equal(t, math.Float64bits(math.Copysign(3, v)), res[0])
		}
	})
}

// TestNoNaNRuleWhereNoneIsNeeded counts the rules of values that are never NaN.
func TestNoNaNRuleWhereNoneIsNeeded(t *testing.T) {
	for name, k := range map[string]struct {
		body w.Code
		want int
	}{
		"constant":     {w.Seq(w.F32Const(1), w.I32Reinterpret, w.Drop), 0},
		"NaN constant": {w.Seq(w.F32Bits(0x7fc00000), w.I32Reinterpret, w.Drop), 1},
		"converted":    {w.Seq(w.I32Const(0), w.I32Const(0), w.F32ConvertI32S, w.Mem(w.F32Store, 0)), 0},
		"sum":          {w.Seq(w.F32Const(1), w.F32Const(1), w.F32Add, w.I32Reinterpret, w.Drop), 1},
		"loaded":       {w.Seq(w.I32Const(0), w.Mem(w.F32Load, 0), w.I32Reinterpret, w.Drop), 1},
		"unreachable":  {w.Seq(w.Return, w.F32Const(1), w.F32Const(1), w.F32Add, w.I32Reinterpret, w.Drop), 0},
	} {
		p, err := wasm.Prepare(void(k.body).Bytes(), testConfig())
		require.NoError(t, err)
		require.Equal(t, k.want, p.Stats.NaNRules, name)
	}
}
