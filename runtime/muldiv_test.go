package runtime_test

import (
	"encoding/binary"
	"math"
	"math/big"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chancery-chain/chancery/runtime"
	"github.com/chancery-chain/chancery/runtime/abi"
	"github.com/chancery-chain/chancery/runtime/runtimetest"
)

const most = math.MaxUint64

// number is a 128-bit number as high and low half.
func number(n [2]uint64) *big.Int {
	v := new(big.Int).SetUint64(n[0])
	return v.Lsh(v, 64).Or(v, new(big.Int).SetUint64(n[1]))
}

// mulDivPlain is mul_div in the obvious way.
func mulDivPlain(a, b, c [2]uint64, rounding uint32) (*big.Int, uint32) {
	if c == [2]uint64{} {
		return nil, abi.MulDivByZero
	}
	q, r := new(big.Int).QuoRem(new(big.Int).Mul(number(a), number(b)), number(c), new(big.Int))
	half := new(big.Int).Lsh(r, 1).Cmp(number(c)) // of the remainder, against a half
	up := false
	switch rounding {
	case abi.RoundUp:
		up = r.Sign() > 0
	case abi.RoundHalfUp:
		up = half >= 0
	case abi.RoundHalfEven:
		up = half > 0 || half == 0 && q.Bit(0) == 1
	}
	if up {
		q.Add(q, big.NewInt(1))
	}
	if q.BitLen() > 128 {
		return nil, abi.MulDivOverflow
	}
	return q, abi.MulDivOK
}

func requireMulDiv(t require.TestingT, a, b, c [2]uint64) {
	for rounding := uint32(abi.RoundDown); rounding <= abi.RoundHalfEven; rounding++ {
		want, wantResult := mulDivPlain(a, b, c, rounding)
		got, result := runtime.MulDiv(a, b, c, rounding)
		require.Equal(t, wantResult, result, "%x * %x / %x, rounding %d", a, b, c, rounding)
		if want != nil {
			require.Zero(t, want.Cmp(number(got)), "%x * %x / %x, rounding %d: %x, want %x", a, b, c, rounding, got, want)
		}
	}
}

var corners = []uint64{0, 1, 3, 1 << 32, 1 << 63, 1<<63 - 1, 1<<63 + 1, most - 1, most}

// TestMulDiv compares every combination of corners with arithmetic of any length.
func TestMulDiv(t *testing.T) {
	var numbers [][2]uint64
	for _, hi := range corners {
		for _, lo := range corners {
			numbers = append(numbers, [2]uint64{hi, lo})
		}
	}
	for i := range numbers {
		for j := range i + 1 {
			for _, c := range numbers {
				requireMulDiv(t, numbers[i], numbers[j], c)
			}
		}
	}
}

func FuzzMulDiv(f *testing.F) {
	f.Add(uint64(0), uint64(1), uint64(2), uint64(3), uint64(4), uint64(5))
	f.Add(uint64(most), uint64(most), uint64(most), uint64(most), uint64(1)<<63, uint64(0))
	f.Fuzz(func(t *testing.T, a1, a0, b1, b0, c1, c0 uint64) {
		requireMulDiv(t, [2]uint64{a1, a0}, [2]uint64{b1, b0}, [2]uint64{c1, c0})
		requireMulDiv(t, [2]uint64{a1 >> 60, a0}, [2]uint64{b1, b0}, [2]uint64{c1, c0})
	})
}

// TestMulDivCall holds the order of arguments and that nothing is written without
// a result.
func TestMulDivCall(t *testing.T) {
	for _, tt := range []struct {
		name     string
		a, b, c  [2]uint64
		rounding int
		result   int32
		want     [2]uint64
	}{
		{"a share of an amount", [2]uint64{0, 100}, [2]uint64{0, 33}, [2]uint64{0, 10_000}, abi.RoundDown, abi.MulDivOK, [2]uint64{0, 0}},
		{"rounded up", [2]uint64{0, 100}, [2]uint64{0, 33}, [2]uint64{0, 10_000}, abi.RoundUp, abi.MulDivOK, [2]uint64{0, 1}},
		{"halves differ", [2]uint64{7, 9}, [2]uint64{0, 4}, [2]uint64{0, 2}, abi.RoundHalfEven, abi.MulDivOK, [2]uint64{14, 18}},
		{"overflow", [2]uint64{1, 0}, [2]uint64{1, 0}, [2]uint64{0, 1}, abi.RoundDown, abi.MulDivOverflow, [2]uint64{most, most}},
		{"zero", [2]uint64{0, 1}, [2]uint64{0, 1}, [2]uint64{0, 0}, abi.RoundDown, abi.MulDivByZero, [2]uint64{most, most}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			engines(t, func(t *testing.T, world *runtimetest.World) {
				g := newGuest(1)
				g.Data(64, []byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff})
				half := func(n [2]uint64, i int) int64 { return int64(n[i]) }
				deploy(t, world, g.entry(
					expect32(g.do("mul_div", half(tt.a, 1), half(tt.a, 0), half(tt.b, 1), half(tt.b, 0), half(tt.c, 1), half(tt.c, 0), tt.rounding, 64), tt.result),
					g.do("output", 64, 16)))
				out := world.Query("c", "M", nil)
				require.Equal(t, ok, out.Status, "%v", out.Err)
				want := binary.LittleEndian.AppendUint64(binary.LittleEndian.AppendUint64(nil, tt.want[1]), tt.want[0])
				require.Equal(t, want, out.Output)
			})
		})
	}
}
