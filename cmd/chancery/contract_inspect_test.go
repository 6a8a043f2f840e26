package main

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chancery-chain/chancery/api/generate"
)

// TestCallers: who may call a method, and what besides must be known of it.
func TestCallers(t *testing.T) {
	_, contract, err := generate.Descriptors("../../examples/conformance", "")
	require.NoError(t, err)
	for method, want := range map[string]string{
		"Init":    "deploy alone",
		"Migrate": "upgrade alone",
		"Put":     "anybody",
		"Once":    "anybody; once for each id",
		"Ring":    "itself, scheduled",
		"Inner":   "contracts",
		"Members": "any member of an organisation; with a permit",
		"Office":  "clerk@{config.office}, *@{config.guests}; sponsored",
		"Sound":   "anybody; asked after an upgrade",
	} {
		m, ok := contract.Method(method)
		require.True(t, ok, method)
		require.Equal(t, want, callers(m), method)
	}
}
