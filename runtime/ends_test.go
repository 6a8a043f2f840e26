package runtime_test

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chancery-chain/chancery/runtime"
	"github.com/chancery-chain/chancery/runtime/abi"
	"github.com/chancery-chain/chancery/runtime/gas"
	"github.com/chancery-chain/chancery/runtime/runtimetest"
	w "github.com/chancery-chain/chancery/runtime/wasm/wasmtest"
)

// end provokes one of the ends that the table declares for a function. Memory has
// eight pages.
type end struct {
	function, end string
	body          func(g *guest) w.Code
}

// with calls a function with constants.
func with(name string, args ...any) func(*guest) w.Code {
	return func(g *guest) w.Code {
		c := g.do(name, args...)
		if _, results, _ := runtime.ImportType(abi.Module, name); len(results) > 0 {
			c = w.Seq(c, w.Drop)
		}
		return c
	}
}

func repeat(n int32, f func(*guest) w.Code) func(*guest) w.Code {
	return func(g *guest) w.Code { return times(n, f(g)) }
}

const outside = 8 * 65536

var ends = []end{
	{"input", abi.EndBadPointer, with("input", outside-1, 2)},
	{"output", abi.EndBadPointer, with("output", outside, 1)},
	{"output", abi.LimitResponse, with("output", 0, 256<<10+1)},
	{"fail", abi.EndBadPointer, with("fail", 1, outside, 1, 0, 0)},
	{"fail", abi.EndBadArgument, with("fail", 0, 0, 1, 0, 1)},
	{"fail", abi.LimitError, with("fail", 1, 0, 4<<10+1, 0, 0)},
	{"read_pending", abi.EndBadPointer, func(g *guest) w.Code {
		return w.Seq(g.try("context", abi.FieldTxHash, 0, 0), g.do("read_pending", outside-31, 32))
	}},
	{"read_pending", abi.EndBadArgument, with("read_pending", 0, 0)},
	{"context", abi.EndBadPointer, with("context", abi.FieldMethod, -1, 2)},
	{"context", abi.EndBadArgument, with("context", abi.FieldKind, 0, 8)},
	{"context_int", abi.EndBadArgument, with("context_int", abi.FieldMethod)},
	{"state_get", abi.EndBadPointer, with("state_get", 0, 1, outside, 8)},
	{"state_get", abi.EndBadArgument, with("state_get", 0, 0, 0, 8)},
	{"state_get", abi.LimitKey, with("state_get", 0, 1025, 0, 8)},
	{"state_set", abi.EndBadPointer, with("state_set", 0, 1, outside, 8)},
	{"state_set", abi.EndBadArgument, with("state_set", 0, 0, 0, 8)},
	{"state_set", abi.LimitKey, with("state_set", 0, 1025, 0, 8)},
	{"state_set", abi.LimitValue, with("state_set", 0, 1, 0, 128<<10+1)},
	{"state_delete", abi.EndBadPointer, with("state_delete", outside, 1)},
	{"state_delete", abi.EndBadArgument, with("state_delete", 0, 0)},
	{"state_delete", abi.LimitKey, with("state_delete", 0, 1025)},
	{"state_scan", abi.EndBadPointer, with("state_scan", 0, 1, outside, 1, 0)},
	{"state_scan", abi.EndBadArgument, with("state_scan", 0, 1, 0, 1, 4)},
	{"state_scan", abi.LimitKey, with("state_scan", 0, 1026, 0, 1, 0)},
	{"state_scan", abi.LimitScans, repeat(17, with("state_scan", 0, 1, 0, 1, 0))},
	{"scan_next", abi.EndBadPointer, func(g *guest) w.Code {
		return w.Seq(g.try("state_scan", 0, 0, 0, 0, abi.ScanNoEnd), g.try("scan_next", 0, outside, 1))
	}},
	{"scan_next", abi.EndBadArgument, with("scan_next", 0, 0, 64)},
	{"scan_close", abi.EndBadArgument, with("scan_close", 16)},
	{"emit", abi.EndBadPointer, with("emit", 0, 1, outside, 1)},
	{"emit", abi.EndBadArgument, with("emit", 0, 0, 0, 1)},
	{"emit", abi.LimitEvent, with("emit", 0, 1, 0, 16<<10+1)},
	{"emit", abi.LimitEvents, repeat(257, with("emit", 0, 1, 0, 0))},
	{"call", abi.EndBadPointer, with("call", 0, 1, 0, 1, outside, 1, int64(0), 0, 0, 0)},
	{"call", abi.EndBadArgument, with("call", 0, 1, 0, 1, 0, 1, int64(0), 2, 0, 0)},
	{"call", abi.LimitName, with("call", 0, 257, 0, 1, 0, 1, int64(0), 0, 0, 0)},
	{"call", abi.LimitPayload, with("call", 0, 1, 0, 1, 0, 256<<10+1, int64(0), 0, 0, 0)},
	{"schedule", abi.EndBadPointer, with("schedule", int64(1), 0, 1, outside, 1, int64(1))},
	{"schedule", abi.EndBadArgument, with("schedule", int64(1), 0, 1, 0, 1, int64(0))},
	{"schedule", abi.LimitName, with("schedule", int64(1), 0, 257, 0, 1, int64(1))},
	{"schedule", abi.LimitPayload, with("schedule", int64(1), 0, 1, 0, 256<<10+1, int64(1))},
	{"schedule", abi.LimitScheduled, repeat(runtimetest.MaxScheduled+1, with("schedule", int64(1), 0, 1, 0, 1, int64(1)))},
	{"hash", abi.EndBadPointer, with("hash", 1, 0, 1, outside-31)},
	{"hash", abi.EndBadArgument, with("hash", 4, 0, 1, 0)},
	{"verify", abi.EndBadPointer, with("verify", 1, 0, 32, 0, 1, outside, 64)},
	{"verify", abi.EndBadArgument, with("verify", 4, 0, 32, 0, 1, 0, 64)},
	{"verify_batch", abi.EndBadPointer, with("verify_batch", 1, outside, 12)},
	{"verify_batch", abi.EndBadArgument, with("verify_batch", 1, 0, 11)},
	{"verify_batch", abi.LimitSignatures, with("verify_batch", 1, 1024, 12*1025)},
	{"mul_div", abi.EndBadPointer, with("mul_div", int64(1), int64(0), int64(1), int64(0), int64(1), int64(0), 0, outside-15)},
	{"mul_div", abi.EndBadArgument, with("mul_div", int64(1), int64(0), int64(1), int64(0), int64(1), int64(0), 4, 0)},
	{"log", abi.EndBadPointer, with("log", outside, 1)},
}

// how names the end of a call in the words of the table.
func how(out runtime.Outcome) string {
	switch out.Status {
	case runtime.StatusTrap:
		return out.Trap.String()
	case runtime.StatusLimit:
		return strings.TrimPrefix(out.Err.Error(), (&runtime.HostLimit{}).Error())
	}
	return out.Status.String()
}

// declared lists all ends that the table has for a function.
func declared(f *abi.Function) []string {
	list := append(slices.Clone(f.Traps), f.Limits...)
	if f.Writes {
		list = append(list, abi.EndReadOnly)
	}
	return list
}

// TestEnds provokes every end that the table declares; TestHostileArguments holds
// that there are no others.
func TestEnds(t *testing.T) {
	engines(t, func(t *testing.T, world *runtimetest.World) {
		for i := range abi.Functions {
			f := &abi.Functions[i]
			require.Len(t, f.Args, len(f.Params), f.Name)
			seen := map[string]bool{}
			for _, e := range ends {
				if e.function != f.Name {
					continue
				}
				g := newGuest(8)
				deploy(t, world, g.entry(e.body(g)))
				out := world.Execute("c", "M", nil)
				require.Equal(t, e.end, how(out), "%s: %v", f.Name, out.Err)
				seen[e.end] = true
			}
			g := newGuest(8)
			var zeros []any
			for _, p := range f.Params {
				if p == abi.I64 {
					zeros = append(zeros, int64(0))
				} else {
					zeros = append(zeros, 0)
				}
			}
			deploy(t, world, g.entry(with(f.Name, zeros...)(g)))
			if how(world.Query("c", "M", nil)) == abi.EndReadOnly {
				seen[abi.EndReadOnly] = true
			}
			for _, name := range declared(f) {
				require.True(t, seen[name], "%s never ends with %q", f.Name, name)
				delete(seen, name)
			}
			require.Empty(t, seen, "%s ends in ways that the table does not have", f.Name)
		}
	})
}

// TestImageFunctions holds which functions may be called while the image is made.
func TestImageFunctions(t *testing.T) {
	world := smallWorld(t, runtime.Config{})
	for _, f := range abi.Functions {
		g := newGuest(1)
		var zeros []any
		for _, p := range f.Params {
			if p == abi.I64 {
				zeros = append(zeros, int64(0))
			} else {
				zeros = append(zeros, 0)
			}
		}
		err := world.Deploy("c", g.export(abi.ExportWarmup, with(f.Name, zeros...)(g)).entry())
		if f.Image {
			require.NoError(t, err, f.Name)
		} else {
			require.ErrorContains(t, err, "trap: "+abi.EndBadArgument, f.Name)
		}
	}
}

var update = flag.Bool("update", false, "write docs/host-functions.md anew")

// TestHostFunctionsPage keeps docs/host-functions.md the same as the table.
func TestHostFunctionsPage(t *testing.T) {
	const file = "../docs/host-functions.md"
	want := hostFunctionsPage()
	if *update {
		require.NoError(t, os.WriteFile(file, []byte(want), 0o644))
	}
	got, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, want, string(got), "run: go test ./runtime -run TestHostFunctionsPage -update")
}

func hostFunctionsPage() string {
	var b strings.Builder
	limits := runtime.DefaultLimits()
	image := func(mib float64) uint64 { return schedule.InstanceCost(int(mib * (1 << 20))) }
	rebuilt := func(elements int, mib float64) uint64 { return schedule.RebuildCost(elements, int(mib*(1<<20))) }
	entry := fmt.Sprintf("- Entering a contract costs %d (for a nested call this is the base of `call`) and a part for the size of its image:\n"+
		"  %d for 64 KiB, %d for 4 MiB, %d for 8 MiB. A call that makes its memory grow uses up its instance and pays for the\n"+
		"  next one when it ends: %d with an image of 64 KiB, %d with 4 MiB and 2,000 table elements.\n",
		schedule.HostCost("call").Base, image(1.0/16), image(4), image(8), rebuilt(0, 1.0/16), rebuilt(2_000, 4))
	b.WriteString(`# Host functions

What a contract can import from the node. Contracts in Go use the SDK, which hides all of this; this page is for
those who write an SDK for another language, and for those who ask what a call costs.

This page is written from ` + "`runtime/abi/functions.go`, `runtime.DefaultLimits` and `gas.Default`" + ` by
` + "`go test ./runtime -run TestHostFunctionsPage -update`" + `.

## Rules for all

- Import module ` + "`" + abi.Module + "`" + `. Pointers and lengths are unsigned 32-bit offsets into the guest's memory, which it exports as
  ` + "`" + abi.ExportMemory + "`" + `. It exports the entry point ` + "`" + abi.ExportCall + "`" + `, and may export ` + "`" + abi.ExportInitialize + "` and `" + abi.ExportWarmup + "`" + `, which
  run once, when the node makes the contract's image; all three functions have no parameters and no results.
- A function with (buf, cap) returns the length n of its value. When n ≤ cap the value is in the buffer. Otherwise
  nothing was written and the value waits as the *pending value* for ` + "`read_pending`" + `, until the next value waits.
- Missing is -1. Empty is 0. They are never the same.
- The pointer of an empty range is not looked at. Every other range must lie inside memory, buffers included, before
  the function does anything: otherwise the call ends with the trap "bad pointer".
- Gas is whole. Instructions cost parts of it, 16 to a gas; what a call used of them is rounded up when it ends.
- Every function is charged its base at once and its price per byte before bytes are copied or worked on. A call that
  cannot pay ends out of gas.
- A function that writes ends a query with the trap "write in a query".
- While the image is made, every function but ` + "`log`" + ` and those of WASI ends with the trap "bad argument".
- A trap, a limit that is passed and out of gas end the call and revert its writes; a caller sees it as a failed call.
` + entry + `
## Functions

Gas is the base, and per byte of what the line names.

`)
	for _, f := range abi.Functions {
		params := make([]string, len(f.Params))
		for i, p := range f.Params {
			params[i] = f.Args[i] + " " + typeName(p)
		}
		result := ""
		for _, r := range f.Results {
			result = " → " + typeName(r)
		}
		fmt.Fprintf(&b, "### %s\n\n`%s(%s)%s`\n\n%s\n\n", f.Name, f.Name, strings.Join(params, ", "), result, f.Doc)
		fmt.Fprintf(&b, "| gas | ends with |\n| --- | --- |\n| %s | %s |\n\n", priceText(&f, schedule.HostCost(f.Name)), endsText(&f, &limits))
	}
	b.WriteString("## WASI\n\nThe names of `" + abi.WASIModule + "` that a guest may import; they are what the runtime of standard Go needs.\nTheir types are those of WASI preview 1. \n\n| name | gas | what it does |\n| --- | --- | --- |\n")
	for _, f := range abi.WASIFunctions {
		fmt.Fprintf(&b, "| %s | %s | %s |\n", f.Name, priceText(&abi.Function{PerByte: f.PerByte}, schedule.HostCost(f.Name)), f.Doc)
	}
	b.WriteString("\n## Limits\n\nAll are consensus; `runtime/RATIONALE.md` has the reason for each number.\n\n| limit | at most |\n| --- | --- |\n")
	for _, l := range limitNumbers(&limits) {
		fmt.Fprintf(&b, "| %s | %s |\n", l[0], l[1])
	}
	return b.String()
}

func typeName(v abi.ValueType) string {
	if v == abi.I64 {
		return "i64"
	}
	return "i32"
}

func priceText(f *abi.Function, c gas.HostCost) string {
	text := fmt.Sprint(c.Base)
	if c.PerKiB > 0 && f.PerByte != "" {
		text += fmt.Sprintf(", %g a byte of %s", float64(c.PerKiB)/1024, f.PerByte)
	}
	switch {
	case c.PerItem > 0 && f.Name == "scan_next":
		text += fmt.Sprintf(", %d for each deleted key that it passes over", c.PerItem)
	case c.PerItem > 0:
		text += fmt.Sprintf(", %d for each Ed25519 signature, or the base of verify for each other one", c.PerItem)
	}
	return text
}

func endsText(f *abi.Function, l *runtime.Limits) string {
	var parts []string
	for _, name := range f.Traps {
		if name != abi.EndReadOnly {
			parts = append(parts, name)
		}
	}
	if f.Writes || slices.Contains(f.Traps, abi.EndReadOnly) {
		parts = append(parts, abi.EndReadOnly)
	}
	for _, name := range f.Limits {
		for _, n := range limitNumbers(l) {
			if n[0] == name {
				parts = append(parts, fmt.Sprintf("limit: %s %s", name, n[1]))
			}
		}
	}
	return strings.Join(parts, "; ")
}

// limitNumbers lists the limits by the names that end calls.
func limitNumbers(l *runtime.Limits) [][2]string {
	size := func(n int) string {
		if n%1024 == 0 {
			return fmt.Sprintf("%d KiB", n/1024)
		}
		return fmt.Sprintf("%d bytes", n)
	}
	return [][2]string{
		{abi.LimitPayload, size(l.InputBytes)}, {abi.LimitResponse, size(l.OutputBytes)},
		{abi.LimitKey, size(l.KeyBytes)}, {abi.LimitValue, size(l.ValueBytes)},
		{abi.LimitEvent, size(l.EventBytes)}, {abi.LimitEvents, fmt.Sprint(l.Events)},
		{abi.LimitName, size(l.NameBytes)}, {abi.LimitError, size(l.ErrorBytes) + " each for message and details"},
		{abi.LimitScans, fmt.Sprint(l.Scans)}, {abi.LimitSignatures, fmt.Sprint(l.Signatures)},
		{"call depth", fmt.Sprint(l.CallDepth)}, {"memory", size(int(l.MemoryPages) * 64 << 10)}, {"stack", size(int(l.StackBytes))},
		{"log text", size(l.LogBytes) + "; the rest is cut"},
	}
}
