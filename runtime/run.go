package runtime

import (
	"errors"
	"fmt"
	"math"

	"github.com/chancery-chain/chancery/runtime/abi"
	"github.com/chancery-chain/chancery/runtime/engine"
	"github.com/chancery-chain/chancery/runtime/gas"
)

// Run runs one call and returns how it ended. It never panics and never blocks
// on anything but the host. It is safe for concurrent use; calls that host makes
// to other contracts come back here.
//
// Of the outcome everything but Err is the same on every node. GasUsed is at most
// the limit, and is exactly the limit when the call ran out of gas. The outermost
// call pays for its instance what a nested one pays by the host function call.
func (r *Runtime) Run(code *Code, c Call, host Host) (out Outcome) {
	if c.GasLimit > gas.MaxLimit {
		c.GasLimit = gas.MaxLimit
	}
	c.Depth = max(c.Depth, 1)
	defer func() {
		if p := recover(); p != nil {
			out = Outcome{Status: StatusFault, Err: fmt.Errorf("run: %v", p)}
		}
	}()
	if c.Trace != nil {
		c.Trace.begin(&c)
		defer func() { c.Trace.end(&out) }()
	}
	entry := r.limits.Schedule.InstanceCost(code.image.Size())
	if c.Depth == 1 {
		entry = gas.Add(entry, r.entryGas)
	}
	if c.Trace != nil {
		c.Trace.EntryGas = min(entry, c.GasLimit)
	}
	left := gas.Charge(int64(c.GasLimit), entry)
	if left < 0 {
		return Outcome{Status: StatusOutOfGas, GasUsed: c.GasLimit}
	}
	if what := r.beyond(&c); what != "" {
		return Outcome{Status: StatusLimit, GasUsed: gas.Used(c.GasLimit, left), Err: &HostLimit{What: what}}
	}
	w, err := r.worker(code)
	if err != nil {
		return Outcome{Status: StatusFault, Err: err}
	}
	keep := false
	defer func() {
		w.frame.release()
		if !keep || !w.in.Reset() {
			_ = w.in.Close()
			return
		}
		r.pool.put(w)
	}()
	w.frame.begin(code, c, host)
	w.frame.setParts(gas.ToParts(uint64(left)))
	if c.Trace != nil && c.Trace.profile != nil {
		c.Trace.profile.begin(code, &c, left)
	}
	out = w.frame.settle(w.in.Call(w.frame))
	// After a fault the instance may be in any state, the engine's own included.
	keep = out.Status != StatusFault
	if out.Status == StatusLimit {
		// The engine keeps the stack that a recursion made it grow: making it anew
		// would cost twenty times the call. It counts against the pool instead.
		w.stack = 4 * int64(r.limits.StackBytes)
	}
	return out
}

// limitDepth names the limit of nested calls.
const limitDepth = "call depth"

// beyond names the limit that the call passes before it begins.
func (r *Runtime) beyond(c *Call) string {
	switch {
	case c.Depth > r.limits.CallDepth:
		return limitDepth
	case len(c.Payload) > r.limits.InputBytes:
		return abi.LimitPayload
	case len(c.Method) > r.limits.NameBytes:
		return abi.LimitName
	}
	return ""
}

// worker returns an instance equal to the code's image.
func (r *Runtime) worker(code *Code) (*worker, error) {
	if w := r.pool.take(code); w != nil {
		return w, nil
	}
	in, err := code.image.NewInstance()
	if err != nil {
		return nil, err
	}
	return &worker{in: in, frame: newFrame(r, in), code: code}, nil
}

// settle decides the outcome of a call that stopped.
func (f *frame) settle(stop engine.Stop) Outcome {
	limit := f.call.GasLimit
	out := f.judge(stop)
	if err := f.closeScans(); err != nil && out.Status != StatusFault {
		out = Outcome{Status: StatusFault, Err: err}
	}
	left := f.gasLeft()
	if !f.image && f.in.Grown() {
		left = gas.Charge(left, f.code.rebuild)
	}
	if f.trace != nil {
		f.trace.finish(f.gasLeft(), left)
	}
	if out.Status == StatusFault {
		out.GasUsed = 0
		return out
	}
	// The guest compares its gas with zero only now and then, so it may have
	// ended in any other way meanwhile: gas goes first.
	if left < 0 {
		return Outcome{Status: StatusOutOfGas, GasUsed: limit, Err: out.Err}
	}
	out.GasUsed = gas.Used(limit, left)
	return out
}

// judge turns the engine's stop and what host functions left behind into an
// outcome, gas aside. Only typed state decides; error text goes to Err.
func (f *frame) judge(stop engine.Stop) Outcome {
	switch {
	case stop.Kind == engine.StopFault:
		return Outcome{Status: StatusFault, Err: stop.Err}
	case f.ended:
		out := f.outcome
		if out.Err == nil {
			out.Err = stop.Err
		}
		if stop.Kind != engine.StopHalt {
			return Outcome{Status: StatusFault, Err: errors.Join(errors.New("guest ran on after its call ended"), out.Err)}
		}
		return out
	case stop.Kind == engine.StopReturn:
		out := f.output
		if out == nil {
			out = []byte{}
		}
		return Outcome{Status: StatusOK, Output: out}
	case stop.Kind == engine.StopTrap:
		if stop.Trap == engine.TrapUnreachable && f.stackUsed() > uint64(f.rt.limits.StackBytes) {
			return Outcome{Status: StatusLimit, Err: &HostLimit{What: "stack"}}
		}
		if t, ok := traps[stop.Trap]; ok {
			return Outcome{Status: StatusTrap, Trap: t, Err: stop.Err}
		}
	}
	return Outcome{Status: StatusFault, Err: fmt.Errorf("engine stopped by %d/%d: %w", stop.Kind, stop.Trap, stop.Err)}
}

// traps maps the engine's traps to those of the ABI.
var traps = map[engine.Trap]Trap{
	engine.TrapUnreachable:  TrapUnreachable,
	engine.TrapOutOfBounds:  TrapOutOfBounds,
	engine.TrapDivideByZero: TrapDivide,
	engine.TrapOverflow:     TrapConversion,
	engine.TrapConversion:   TrapConversion,
	engine.TrapTable:        TrapIndirectCall,
	engine.TrapSignature:    TrapIndirectCall,
}

func (f *frame) stackUsed() uint64 { return f.in.Global(globalStack) & math.MaxUint32 }
