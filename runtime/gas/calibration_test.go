package gas

import (
	"encoding/json"
	"os"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

const (
	worstNsPerGas       = 2.0
	leastContractMedian = 0.2
	mostContractMedian  = 1.0
)

// beyond are classes that no price brings to worstNsPerGas, with the bound that
// they keep. docs/benchmarks.md, "gas", explains each.
var beyond = map[string]float64{
	// A load that misses all caches takes 100 to 160 ns, one that hits takes 1.
	"random_load": 40, // in more memory than this call's share of the caches
	"cold_load":   60, // in memory that others have pushed out of them
}

func readCalibration(t *testing.T) (c Calibration) {
	t.Helper()
	b, err := os.ReadFile("calibration.json")
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(b, &c))
	return c
}

// TestCalibration fails when a price was changed and not measured, and when what
// was measured is not what the package promises.
func TestCalibration(t *testing.T) {
	c := readCalibration(t)
	s := Default()
	require.Equal(t, s.Version, c.Version)
	require.Equal(t, s.Table(), c.Schedule, "measure the schedule: scripts/bench gas -write")

	measured := map[string]bool{}
	for _, m := range c.Classes {
		measured[m.Name] = true
		most := worstNsPerGas
		if bound, ok := beyond[m.Name]; ok {
			most = bound
		}
		require.Positive(t, m.NsPerGas, m.Name)
		require.LessOrEqual(t, m.NsPerGas, most, "%s: %s", m.Name, m.Case)
	}
	for class := Class(0); class < Classes; class++ {
		if s.Op[class] > 0 {
			require.True(t, measured[class.String()], "no case for %s", class)
		}
	}
	// These run only together with another function, or under host_wasi.
	elsewhere := []string{"scan_close", "random_get", "fd_write"}
	for name := range s.Host {
		if !slices.Contains(elsewhere, name) {
			require.True(t, measured["host_"+name], "no case for %s", name)
		}
	}
	require.True(t, measured["host_wasi"])

	var contracts []float64
	for _, m := range c.Contracts {
		contracts = append(contracts, m.NsPerGas)
	}
	require.GreaterOrEqual(t, len(contracts), 4)
	slices.Sort(contracts)
	n := len(contracts)
	median := (contracts[(n-1)/2] + contracts[n/2]) / 2
	require.GreaterOrEqual(t, median, leastContractMedian)
	require.LessOrEqual(t, median, mostContractMedian)
}

func TestInstanceCost(t *testing.T) {
	s := Schedule{ImagePage: 3, LargeImagePage: 50}
	for size, want := range map[int]uint64{0: 0, 1: 3, 1 << 16: 3, 1<<16 + 1: 6, ImageKept << 16: 3 * ImageKept, ImageKept<<16 + 1: 50 * (ImageKept + 1)} {
		require.Equal(t, want, s.InstanceCost(size), "%d bytes", size)
	}
}

func TestRebuildCost(t *testing.T) {
	s := Schedule{Rebuild: 1_000, RebuildElement: 3, RebuildPage: 50}
	require.EqualValues(t, 1_000, s.RebuildCost(0, 0))
	require.EqualValues(t, 1_000+30+100, s.RebuildCost(10, 1<<16+1))
	require.EqualValues(t, 1_000+30+50*ImageKept, s.RebuildCost(10, ImageKept<<16))
	require.EqualValues(t, 1_000+30, s.RebuildCost(10, ImageKept<<16+1), "LargeImagePage pays for the pages")
}
