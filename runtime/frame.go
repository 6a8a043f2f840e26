package runtime

import (
	"context"
	"errors"
	"math/rand/v2"

	"github.com/chancery-chain/chancery/runtime/engine"
	"github.com/chancery-chain/chancery/runtime/gas"
)

// frame is the state of one running call. Host functions find it in the context
// that the engine hands them, so there is no table of calls to look it up in.
// Frames are reused together with their instance.
type frame struct {
	context.Context
	rt   *Runtime
	code *Code
	in   *engine.Instance
	call Call
	host Host
	// trace is nil but for developers' calls.
	trace *Trace
	// image is true while the image is made: no host, fixed clock, zeros for
	// randomness.
	image bool

	// ended is set by the host function that ended the call, before it halts.
	ended   bool
	outcome Outcome

	output     []byte
	pending    []byte
	hasPending bool
	scans      []Iterator
	events     int
	random     rand.ChaCha8
	seeded     bool
}

// frameKey finds the frame in its own context.
type frameKey struct{}

// Value implements context.Context.
func (f *frame) Value(key any) any {
	if _, ok := key.(frameKey); ok {
		return f
	}
	return nil
}

func newFrame(rt *Runtime, in *engine.Instance) *frame {
	return &frame{Context: context.Background(), rt: rt, in: in}
}

// begin readies the frame for a call.
func (f *frame) begin(code *Code, c Call, host Host) {
	f.code, f.call, f.host, f.trace = code, c, host, c.Trace
}

// release drops everything that belongs to the last call.
func (f *frame) release() {
	for i := range f.scans {
		f.scans[i] = nil
	}
	f.code, f.host, f.call, f.trace = nil, nil, Call{}, nil
	f.image, f.ended, f.outcome = false, false, Outcome{}
	f.output, f.pending, f.hasPending = nil, nil, false
	f.scans, f.events, f.seeded = f.scans[:0], 0, false
}

// closeScans closes what the guest left open.
func (f *frame) closeScans() error {
	var errs []error
	for i, it := range f.scans {
		if it != nil {
			errs = append(errs, it.Close())
			f.scans[i] = nil
		}
	}
	return errors.Join(errs...)
}

// gasLeft returns the whole gas left; negative when more was used than there was.
func (f *frame) gasLeft() int64 { return gas.FromParts(f.partsLeft()) }

func (f *frame) partsLeft() int64 { return int64(f.in.Global(globalGas)) }

func (f *frame) setParts(left int64) { f.in.SetGlobal(globalGas, uint64(left)) }

// charge takes gas and ends the call if there is not enough.
func (f *frame) charge(cost uint64) {
	left := gas.Charge(f.partsLeft(), gas.Mul(cost, gas.Parts))
	f.setParts(left)
	if left < 0 {
		f.end(Outcome{Status: StatusOutOfGas})
	}
}

// end ends the call from within a host function. It does not return.
func (f *frame) end(o Outcome) {
	f.ended, f.outcome = true, o
	engine.Halt()
}

func (f *frame) trap(t Trap) { f.end(Outcome{Status: StatusTrap, Trap: t}) }

func (f *frame) limit(what string) {
	f.end(Outcome{Status: StatusLimit, Err: &HostLimit{What: what}})
}

// check ends the call if the Host failed.
func (f *frame) check(err error) {
	if err == nil {
		return
	}
	var l *HostLimit
	if errors.As(err, &l) {
		f.end(Outcome{Status: StatusLimit, Err: err})
	}
	f.end(Outcome{Status: StatusFault, Err: err})
}

// bytes returns the guest's bytes at ptr, not copied. The pointer of an empty
// range is not looked at: compilers pass anything there.
func (f *frame) bytes(ptr, n uint32) []byte {
	if n == 0 {
		return []byte{}
	}
	b, ok := f.in.Read(ptr, n)
	if !ok {
		f.trap(TrapBadPointer)
	}
	return b
}

// give hands value to the guest by the ABI's buffer rule: into (buf, size) when it
// fits, else as the pending value. It charges for value before it copies.
func (f *frame) give(price gas.HostCost, buf, size uint32, value []byte) uint64 {
	dst := f.bytes(buf, size)
	f.charge(price.Cost(uint64(len(value))) - price.Base)
	if len(value) <= len(dst) {
		copy(dst, value)
	} else {
		f.pending, f.hasPending = value, true
	}
	return uint64(len(value))
}
