package runtime_test

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chancery-chain/chancery/runtime"
	"github.com/chancery-chain/chancery/runtime/abi"
	"github.com/chancery-chain/chancery/runtime/runtimetest"
	w "github.com/chancery-chain/chancery/runtime/wasm/wasmtest"
)

// resetKinds are the ways to put instances back, and the engines.
var resetKinds = map[string]runtime.Config{
	"auto": {}, "pagemap": {Reset: "pagemap"}, "copy": {Reset: "copy"}, "interpreter": {Interpreter: true},
}

// dirty is a contract that changes memory here and there and a global, and then
// calls a host function whose buffers it has filled.
func dirty(g *guest, name string) []byte {
	g.Data(0, []byte("key"))
	global := g.Global(w.I64, true, w.I64Const(5))
	module := abi.Module
	if _, _, found := runtime.ImportType(module, name); !found {
		module = abi.WASIModule
	}
	params, results, _ := runtime.ImportType(module, name)
	var args []any
	for i, p := range params {
		switch {
		case p == w.I64:
			args = append(args, int64(3))
		case i == 0 && (name == "hash" || name == "verify" || name == "verify_batch" || name == "fail" || name == "context" || name == "fd_write"):
			args = append(args, 1)
		case i == 0 && name == "context_int":
			args = append(args, abi.FieldHeight)
		case name == "mul_div":
			args = append(args, 64*(i-6)) // rounding 0, out at 64
		default:
			args = append(args, 3-i%2) // pointers 3, lengths 2
		}
	}
	call := g.do(name, args...)
	if len(results) > 0 {
		call = w.Seq(call, w.Drop)
	}
	return g.unless(runtime.KindMigrate,
		w.I32Const(100), w.I32Const(0x55), w.I32Const(3*4096), w.MemoryFill,
		w.I32Const(5*65536+17), w.I32Const(1), w.Mem(w.I32Store, 0),
		w.I64Const(77), w.GlobalSet(global),
		call, call)
}

// TestResetAfterHostCalls ends calls in the middle of every host function: it
// succeeds, traps, or has no gas for its base, or for what follows. Each time the
// instance that is kept equals the image and a fresh instance, byte by byte.
func TestResetAfterHostCalls(t *testing.T) {
	for kind, cfg := range resetKinds {
		t.Run(kind, func(t *testing.T) {
			world := smallWorld(t, cfg)
			names := append([]string{}, abi.WASI...)
			for _, f := range abi.Functions {
				names = append(names, f.Name)
			}
			for _, name := range names {
				deploy(t, world, dirty(newGuest(8), name))
				run := func(gas uint64) runtime.Outcome {
					out := world.Run("c", runtime.Call{Kind: runtime.KindExecute, Method: "M", Payload: []byte("payload"), GasLimit: gas})
					require.NotEqual(t, runtime.StatusFault, out.Status, "%s: %v", name, out.Err)
					idle, diffs := runtime.IdleDiffs(world.Runtime, world.Code("c"))
					require.Equal(t, 1, idle, "%s: the instance is kept", name)
					require.Empty(t, diffs, name)
					return out
				}
				// From what the whole call uses downwards: somewhere between lie the
				// base, the bytes, and the second call.
				used := run(10_000_000).GasUsed
				price := schedule.HostCost(name)
				for _, less := range []uint64{1, price.Base / 2, price.Base, price.Base + 2, 2*price.Base - 1, 2 * price.Base, 2*price.Base + 20} {
					if less > 0 && less < used {
						require.Equal(t, oog, run(used-less).Status, "%s with %d less", name, less)
					}
				}
			}
		})
	}
}

// TestResetAfterFault holds that an instance in which this node failed is not kept,
// and that the next one is as fresh.
func TestResetAfterFault(t *testing.T) {
	for kind, cfg := range resetKinds {
		t.Run(kind, func(t *testing.T) {
			world := smallWorld(t, cfg)
			deploy(t, world, dirty(newGuest(8), "state_get"))
			require.Equal(t, ok, world.Execute("c", "M", nil).Status)
			world.Fault = errors.New("disk")
			require.Equal(t, runtime.StatusFault, world.Execute("c", "M", nil).Status)
			idle, _ := runtime.IdleDiffs(world.Runtime, world.Code("c"))
			require.Zero(t, idle)
			world.Fault = nil
			require.Equal(t, ok, world.Execute("c", "M", nil).Status)
			idle, diffs := runtime.IdleDiffs(world.Runtime, world.Code("c"))
			require.Equal(t, 1, idle)
			require.Empty(t, diffs)
		})
	}
}

// TestResetGoGuest ends a call of a standard Go contract at many places, those
// around each host function among them.
func TestResetGoGuest(t *testing.T) {
	for _, mode := range []string{"", "pagemap", "copy"} {
		t.Run("reset "+mode, func(t *testing.T) {
			world := goWorld(t, runtime.Config{Reset: mode})
			world.Execute("test/guest", "Transfer", nil)
			tr := &runtime.Trace{}
			call := runtime.Call{Kind: runtime.KindExecute, Method: "Transfer", GasLimit: runtimetest.DefaultGas, Trace: tr}
			used := world.Run("test/guest", call).GasUsed
			var places []uint64
			for i := range uint64(100) {
				places = append(places, tr.EntryGas+(used-tr.EntryGas)*i/100)
			}
			sum := uint64(0)
			for _, h := range tr.Host {
				sum += h.Gas
				places = append(places, tr.EntryGas+sum, used-sum, used-h.Gas/h.Count)
			}
			call.Trace = nil
			for _, call.GasLimit = range places {
				require.Equal(t, oog, world.Run("test/guest", call).Status, "%d gas", call.GasLimit)
				_, diffs := runtime.IdleDiffs(world.Runtime, world.Code("test/guest"))
				require.Empty(t, diffs, "%d gas", call.GasLimit)
			}
		})
	}
}
