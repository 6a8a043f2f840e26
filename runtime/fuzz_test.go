package runtime_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chancery-chain/chancery/runtime"
	"github.com/chancery-chain/chancery/runtime/abi"
	"github.com/chancery-chain/chancery/runtime/runtimetest"
	w "github.com/chancery-chain/chancery/runtime/wasm/wasmtest"
)

// fuzzValues are the arguments that fuzzed calls choose from: sizes and places
// that mean something, and edges.
var fuzzValues = []int32{0, 1, 2, 3, 4, 8, 32, 64, 1024, 4096, 16385, 65528, 65536, 131073, -1 << 31, -1}

// script turns fuzz bytes into a contract: a sequence of host calls, each a byte
// for the function and one for every argument. Results stay in memory, where
// later calls read them. In between it can trap, loop and grow.
func script(data []byte) []byte {
	g := newGuest(1)
	g.Data(0, []byte("keyvaluecother"))
	var body w.Code
	next := func() byte {
		if len(data) == 0 {
			return 0
		}
		b := data[0]
		data = data[1:]
		return b
	}
	for n := int32(0); len(data) > 0 && n < 32; n++ {
		op := int(next())
		switch {
		case op == 250:
			body = w.Seq(body, w.Unreachable)
		case op == 251:
			body = w.Seq(body, forever())
		case op == 252:
			body = w.Seq(body, w.I32Const(fuzzValues[next()%16]), w.MemoryGrow, w.Drop)
		case op == 253:
			body = w.Seq(body, w.I32Const(0), w.I32Const(int32(next())), w.I32Const(fuzzValues[next()%16]), w.MemoryFill)
		default:
			f := &abi.Functions[op%len(abi.Functions)]
			var args []any
			for _, p := range f.Params {
				v := fuzzValues[next()%16]
				if p == w.I64 {
					args = append(args, int64(v))
				} else {
					args = append(args, int(v))
				}
			}
			call := g.do(f.Name, args...)
			switch {
			case len(f.Results) == 0:
			case f.Results[0] == w.I32:
				call = w.Seq(w.I32Const(2048+8*n), call, w.Mem(w.I32Store, 0))
			default:
				call = w.Seq(w.I32Const(2048+8*n), call, w.Mem(w.I64Store, 0))
			}
			body = w.Seq(body, call)
		}
	}
	return g.unless(runtime.KindMigrate, body, g.do("output", 0, 4096))
}

// FuzzEnginesAgree runs scripts of host calls on both engines. Nothing is a fault
// of the node, both engines agree on everything, and the instances come back
// equal to their images.
func FuzzEnginesAgree(f *testing.F) {
	f.Add([]byte{})
	f.Add([]byte{7, 0, 3, 3, 5, 6, 0, 3, 8, 4, 3, 0, 0}) // set, get, read_pending
	f.Add([]byte{9, 0, 0, 0, 0, 2, 10, 0, 8, 8, 10, 0, 0, 0, 11, 0})
	f.Add([]byte{13, 8, 1, 1, 1, 0, 0, 0, 1, 8, 8, 250})
	f.Add([]byte{252, 1, 253, 7, 12, 251})
	var worlds []*runtimetest.World
	for _, interpreter := range []bool{false, true} {
		worlds = append(worlds, smallWorld(f, runtime.Config{Interpreter: interpreter}))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		code := script(data)
		var outs []runtime.Outcome
		var states []map[string][]byte
		var events [][]runtimetest.Event
		for _, shared := range worlds {
			world := runtimetest.NewWorld(shared.Runtime)
			deploy(t, world, code)
			world.Put("c", []byte("key"), []byte("before"))
			call := runtime.Call{Kind: runtime.KindExecute, Method: "M", Payload: []byte("payload"), GasLimit: 500_000}
			for range 2 {
				out := world.Run("c", call)
				require.NotEqual(t, runtime.StatusFault, out.Status, "%v", out.Err)
				out.Err = nil
				outs, states, events = append(outs, out), append(states, world.State("c")), append(events, world.TakeEvents())
				_, diffs := runtime.IdleDiffs(world.Runtime, world.Code("c"))
				require.Empty(t, diffs)
			}
			require.Equal(t, ok, world.Run("c", runtime.Call{Kind: runtime.KindMigrate, GasLimit: 100_000}).Status)
		}
		for i := range 2 {
			require.Equal(t, outs[i], outs[2+i])
			require.Equal(t, states[i], states[2+i])
			require.Equal(t, events[i], events[2+i])
		}
	})
}
