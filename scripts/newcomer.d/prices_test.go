package main

import (
	"flag"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chancery-chain/chancery/app/params"
	"github.com/chancery-chain/chancery/runtime"
	"github.com/chancery-chain/chancery/runtime/gas"
)

var update = flag.Bool("update", false, "write the table of prices in docs/contracts.md anew")

const (
	pricesBegin = "<!-- written by go test ./scripts/newcomer.d -update -->\n"
	pricesEnd   = "<!-- until here -->\n"
)

// TestGuidePrices holds the guide's table of prices to the chain's parameters and
// gas schedule.
func TestGuidePrices(t *testing.T) {
	b, err := os.ReadFile(guidePage)
	require.NoError(t, err)
	head, rest, ok := strings.Cut(string(b), pricesBegin)
	require.True(t, ok, "docs/contracts.md has no place for the prices")
	was, tail, ok := strings.Cut(rest, pricesEnd)
	require.True(t, ok, "docs/contracts.md has no end of the prices")
	if *update {
		require.NoError(t, os.WriteFile(guidePage, []byte(head+pricesBegin+prices()+pricesEnd+tail), 0o644))
		return
	}
	require.Equal(t, prices(), was, "run go test ./scripts/newcomer.d -update")
}

// prices is the guide's table of what a contract's developer pays for.
func prices() string {
	limits, p := runtime.DefaultLimits(), params.Default()
	perByte := func(perKiB uint64) string {
		return strconv.FormatFloat(float64(perKiB)/1024, 'g', 3, 64)
	}
	host := func(name, what string) string {
		c := limits.Schedule.HostCost(name)
		return thousands(c.Base) + " and " + perByte(c.PerKiB) + " a byte" + what
	}
	op := limits.Schedule.Op
	parts := func(n uint64) string { return strconv.FormatFloat(float64(n)/gas.Parts, 'g', 2, 64) }
	batch := limits.Schedule.HostCost("verify_batch")
	var b strings.Builder
	b.WriteString("| what | gas |\n| --- | --- |\n")
	for _, row := range [][2]string{
		{"a tx, before anything of yours runs", fmt.Sprintf("%s, %s for its signature and %d a byte", thousands(p.TxBaseGas), thousands(p.SignatureGas), p.TxByteGas)},
		{"entering a contract whose image has 3.5 MiB, as Go's do", thousands(limits.Schedule.HostCost("call").Base + limits.Schedule.InstanceCost(7<<19))},
		{"entering one with 256 KiB, as TinyGo's", thousands(limits.Schedule.HostCost("call").Base + limits.Schedule.InstanceCost(256<<10))},
		{"`Get`: reading a key, found or not", host("state_get", "")},
		{"`Set`, `Delete`: writing a key", host("state_set", "")},
		{"`Page`: opening a list", host("state_scan", " of its bounds")},
		{"each entry of a list", host("scan_next", "; of an index, the `Get` of the entry besides")},
		{"an event", host("emit", "")},
		{"calling another contract", host("call", ", what it uses, and entering it")},
		{"`ctx.SHA256`, `ctx.SM3`", host("hash", "")},
		{"checking one signature", host("verify", "")},
		{"checking many Ed25519 signatures at once", thousands(batch.Base) + " and " + thousands(batch.PerItem) + " each"},
		{"who calls, what time it is", thousands(limits.Schedule.HostCost("context_int").Base)},
		{"an instruction of your code", fmt.Sprintf("about %s; a load %s, a store %s, a division %s", parts(op[gas.ClassSimple]), parts(op[gas.ClassLoad]), parts(op[gas.ClassStore]), parts(op[gas.ClassDivide]))},
		{"a call whose memory had to grow, in Go", fmt.Sprintf("about %s", thousands(limits.Schedule.RebuildCost(2_000, 4<<20)))},
		{"uploading code", fmt.Sprintf("%s and %d a byte; %d a byte when it is there already", thousands(limits.ImageGas), p.CodeByteGas+p.UnpackByteGas, p.UnpackByteGas)},
	} {
		fmt.Fprintf(&b, "| %s | %s |\n", row[0], row[1])
	}
	return b.String()
}

// thousands writes 16000 as "16,000".
func thousands(n uint64) string {
	text := strconv.FormatUint(n, 10)
	for at := len(text) - 3; at > 0; at -= 3 {
		text = text[:at] + "," + text[at:]
	}
	return text
}
