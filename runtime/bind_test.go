package runtime_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chancery-chain/chancery/runtime"
	"github.com/chancery-chain/chancery/runtime/abi"
	"github.com/chancery-chain/chancery/runtime/gas"
)

// TestBindingComplete compares the ABI's table with what is bound, both ways, and
// the prices with the names that exist.
func TestBindingComplete(t *testing.T) {
	var names []string
	for _, f := range abi.Functions {
		require.NotEmpty(t, f.Doc, f.Name)
		names = append(names, f.Name)
	}
	slices.Sort(names)
	hosts, wasi := runtime.Implemented()
	require.Equal(t, names, hosts)
	require.Equal(t, slices.Sorted(slices.Values(abi.WASI)), wasi)

	s := gas.Default()
	for _, n := range names {
		require.Contains(t, s.Host, n, "a host function without a price of its own")
	}
	for n := range s.Host {
		require.True(t, slices.Contains(names, n) || slices.Contains(wasi, n), "a price for %q, which is no host function", n)
	}
}

func TestImportType(t *testing.T) {
	for _, tt := range []struct {
		module, name string
		ok           bool
	}{
		{abi.Module, "state_get", true},
		{abi.WASIModule, "fd_write", true},
		{abi.WASIModule, "state_get", false},
		{abi.Module, "fd_write", false},
		{abi.WASIModule, "path_open", false},
		{"env", "abort", false},
		{"", "", false},
	} {
		_, _, ok := runtime.ImportType(tt.module, tt.name)
		require.Equal(t, tt.ok, ok, "%s.%s", tt.module, tt.name)
	}
}
