package engine

import "errors"

// Trap is why a guest crashed.
type Trap uint8

// The traps of the accepted instructions.
const (
	TrapNone         Trap = iota
	TrapUnreachable       // unreachable
	TrapOutOfBounds       // memory access outside memory
	TrapDivideByZero      // integer division or remainder by zero
	TrapOverflow          // integer division or float to integer out of range
	TrapConversion        // NaN to integer
	TrapTable             // call_indirect outside the table or to an empty element
	TrapSignature         // call_indirect to a function of another type
	trapCount
)

// StopKind is how Instance.Call ended.
type StopKind uint8

// The kinds.
const (
	StopReturn StopKind = iota // the entry point returned
	StopHalt                   // a host function called Halt
	StopTrap                   // the guest crashed: Stop.Trap says why
	StopFault                  // this node or this program failed: Stop.Err
)

// Stop tells how a call ended.
type Stop struct {
	Kind StopKind
	Trap Trap
	// Err is for logs alone: it holds stack traces and differs between machines.
	Err error
}

// errHalt is what Halt panics with; wazero hands it back wrapped.
var errHalt = errors.New("call ended by host function")

// Halt ends the running call from within a host function: Instance.Call returns
// StopHalt. The reason is kept by the caller, beside the call.
func Halt() { panic(errHalt) }
