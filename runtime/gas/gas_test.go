package gas

import (
	"math"
	"math/big"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestArithNeverWraps(t *testing.T) {
	values := []uint64{0, 1, 2, 3, 1023, 1 << 31, 1 << 32, 1<<32 + 1, math.MaxInt64 - 1, math.MaxInt64, math.MaxInt64 + 1, math.MaxUint64 - 1, math.MaxUint64}
	limit := new(big.Int).SetUint64(math.MaxUint64)
	clamp := func(x *big.Int) uint64 {
		if x.Cmp(limit) > 0 {
			return math.MaxUint64
		}
		return x.Uint64()
	}
	for _, a := range values {
		for _, b := range values {
			x, y := new(big.Int).SetUint64(a), new(big.Int).SetUint64(b)
			require.Equal(t, clamp(new(big.Int).Add(x, y)), Add(a, b), "%d+%d", a, b)
			require.Equal(t, clamp(new(big.Int).Mul(x, y)), Mul(a, b), "%d*%d", a, b)
		}
	}
}

func TestCharge(t *testing.T) {
	lefts := []int64{math.MinInt64, math.MinInt64 + 1, -1, 0, 1, 100, math.MaxInt64 - 1, math.MaxInt64}
	costs := []uint64{0, 1, 99, 100, 101, math.MaxInt64 - 1, math.MaxInt64, math.MaxInt64 + 1, math.MaxUint64}
	for _, left := range lefts {
		for _, cost := range costs {
			got := Charge(left, cost)
			enough := left >= 0 && cost <= uint64(left)
			require.Equal(t, enough, got >= 0, "left %d cost %d gives %d", left, cost, got)
			require.LessOrEqual(t, got, left)
			if enough {
				require.Equal(t, uint64(left)-cost, uint64(got))
			}
		}
	}
}

func TestUsed(t *testing.T) {
	require.Equal(t, uint64(30), Used(100, 70))
	require.Equal(t, uint64(100), Used(100, 0))
	require.Equal(t, uint64(100), Used(100, -5))
	require.Equal(t, uint64(0), Used(100, 100))
	require.Equal(t, uint64(0), Used(100, 200))
}

func TestParts(t *testing.T) {
	for gas, parts := range map[uint64]int64{0: 0, 1: Parts, 1_000: 1_000 * Parts, MaxLimit: MaxLimit * Parts, MaxLimit + 1: MaxLimit * Parts, math.MaxUint64: MaxLimit * Parts} {
		require.Equal(t, parts, ToParts(gas), "%d gas", gas)
		require.Equal(t, int64(min(gas, MaxLimit)), FromParts(parts))
	}
	for parts, gas := range map[int64]int64{1: 0, Parts - 1: 0, Parts: 1, 2*Parts - 1: 1, -1: -1, -Parts: -1, -Parts - 1: -2, math.MinInt64: math.MinInt64 / Parts} {
		require.Equal(t, gas, FromParts(parts), "%d parts", parts)
	}
	require.Equal(t, uint64(1), Used(10, FromParts(ToParts(10)-1)), "a part that was used counts as a gas")
}

func TestHostCost(t *testing.T) {
	h := HostCost{Base: 10, PerKiB: 512}
	for n, want := range map[uint64]uint64{0: 10, 1: 11, 2: 11, 3: 12, 1024: 522, 1025: 523} {
		require.Equal(t, want, h.Cost(n), "%d bytes", n)
	}
	require.Equal(t, uint64(math.MaxUint64), HostCost{Base: 1, PerKiB: math.MaxUint64}.Cost(math.MaxUint64))
	s := Default()
	require.Equal(t, s.HostDefault, s.HostCost("sched_yield"))
	require.Equal(t, s.Host["state_get"], s.HostCost("state_get"))
}

func TestScheduleValidate(t *testing.T) {
	s := Default()
	require.NoError(t, s.Validate())
	s.Op[ClassBranch] = 0
	s.Entry = 0
	s.GrowPage = maxOpCost + 1
	err := s.Validate()
	require.ErrorContains(t, err, "branch is 0")
	require.ErrorContains(t, err, "entry is 0")
	require.ErrorContains(t, err, "grow_page")
}

func TestClasses(t *testing.T) {
	for c := Class(0); c < Classes; c++ {
		require.NotEmpty(t, c.String())
	}
	seen := map[byte]bool{}
	for _, r := range opRanges {
		for op := int(r.first); op <= int(r.last); op++ {
			require.False(t, seen[byte(op)], "opcode %#x is in two ranges", op)
			seen[byte(op)] = true
		}
	}
}
