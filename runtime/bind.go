package runtime

import (
	"context"

	"github.com/chancery-chain/chancery/runtime/abi"
	"github.com/chancery-chain/chancery/runtime/engine"
	"github.com/chancery-chain/chancery/runtime/gas"
)

// hostFunc serves one host function. The base of its price has been charged. The
// stack holds the arguments; results replace them from the start.
type hostFunc func(f *frame, price gas.HostCost, stack []uint64)

// hostFuncs has the implementation of every name in abi.Functions.
// TestBindingComplete compares the two.
var hostFuncs = map[string]hostFunc{
	"input":        hostInput,
	"output":       hostOutput,
	"fail":         hostFail,
	"read_pending": hostReadPending,
	"context":      hostContext,
	"context_int":  hostContextInt,
	"state_get":    hostStateGet,
	"state_set":    hostStateSet,
	"state_delete": hostStateDelete,
	"state_scan":   hostStateScan,
	"scan_next":    hostScanNext,
	"scan_close":   hostScanClose,
	"emit":         hostEmit,
	"call":         hostCall,
	"schedule":     hostSchedule,
	"unschedule":   hostUnschedule,
	"hash":         hostHash,
	"verify":       hostVerify,
	"verify_batch": hostVerifyBatch,
	"mul_div":      hostMulDiv,
	"log":          hostLog,
}

// imports returns what guests are linked against.
func imports(s *gas.Schedule) []engine.Import {
	var out []engine.Import
	for _, fn := range abi.Functions {
		out = append(out, engine.Import{
			Module: abi.Module, Name: fn.Name, Params: fn.Params, Results: fn.Results,
			Func: guard(hostFuncs[fn.Name], hostSpec{fn.Name, s.HostCost(fn.Name), fn.Writes, !fn.Image}),
		})
	}
	for _, name := range abi.WASI {
		w := wasiFuncs[name]
		out = append(out, engine.Import{
			Module: abi.WASIModule, Name: name, Params: w.params, Results: w.results,
			Func: guard(w.run, hostSpec{name: "wasi." + name, price: s.HostCost(name)}),
		})
	}
	return out
}

// importType returns the type of a host function, for validation.
func importType(module, name string) (params, results []byte, ok bool) {
	switch module {
	case abi.Module:
		for i := range abi.Functions {
			if fn := &abi.Functions[i]; fn.Name == name {
				return fn.Params, fn.Results, true
			}
		}
	case abi.WASIModule:
		if w, ok := wasiFuncs[name]; ok {
			return w.params, w.results, true
		}
	}
	return nil, nil, false
}

// hostSpec is what guard must know of a host function.
type hostSpec struct {
	name      string // in traces
	price     gas.HostCost
	writes    bool
	needsHost bool
}

// guard wraps run with what every host function does first: charge its base, and
// refuse a write in a query and everything that needs a host while there is none.
func guard(run hostFunc, spec hostSpec) func(context.Context, []uint64) {
	return func(ctx context.Context, stack []uint64) {
		f := ctx.Value(frameKey{}).(*frame)
		if f.trace != nil {
			f.trace.enter(spec.name, f.gasLeft())
		}
		f.charge(spec.price.Base)
		if spec.needsHost && f.image {
			f.trap(TrapBadArgument)
		}
		if spec.writes && f.call.ReadOnly() {
			f.trap(TrapReadOnly)
		}
		run(f, spec.price, stack)
		if f.trace != nil {
			f.trace.leave(f.gasLeft())
		}
	}
}

// arg returns argument i as the unsigned 32-bit number that the ABI passes.
func arg(stack []uint64, i int) uint32 { return uint32(stack[i]) }

// negative turns a result such as abi.Missing into stack bits.
func negative(v int64) uint64 { return uint64(v) }
