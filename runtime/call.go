package runtime

import "time"

// Kind says which of a contract's entry points a call runs.
type Kind int32

// The kinds; their numbers are part of the ABI.
const (
	KindInit    Kind = 1 // by deploy, once
	KindExecute Kind = 2 // by a tx or by another contract, may write
	KindQuery   Kind = 3 // read only
	KindMigrate Kind = 4 // by an upgrade
)

// Call is one entry into a contract.
type Call struct {
	Kind     Kind
	Method   string
	Payload  []byte
	GasLimit uint64
	// Depth of the call; the outermost call is 1.
	Depth   int
	Context Context
	// Trace, if not nil, records what the call does. It changes nothing else.
	Trace *Trace
}

// ReadOnly reports whether the call must not write.
func (c *Call) ReadOnly() bool { return c.Kind == KindQuery }

// Context is what a contract can learn about its call.
type Context struct {
	ChainID  string
	Height   int64
	Time     time.Time // block time
	TxHash   [32]byte  // zero in a query
	Contract string    // name of the called contract
	Version  uint64
	Caller   string   // who calls right now: an address or a contract name
	Origin   string   // address whose keys signed; empty in an anonymous query
	Org      string   // organisation that the origin acts for
	Roles    []string // the origin's roles in it, sorted
}

// Host serves a call's access to state, events and other contracts. The
// runtime has checked bounds and charged gas before it calls. Slices that it
// passes are valid during the call only; slices that Host returns are not
// modified.
//
// An error from a Host is a fault of the node and ends the outermost call with
// StatusFault, except one that wraps a *HostLimit.
type Host interface {
	// Get returns the value under key; ok is false when there is none. An empty
	// value is a value.
	Get(key []byte) (value []byte, ok bool, err error)
	Set(key, value []byte) error
	Delete(key []byte) error
	// Scan iterates keys in [start, end) in order, or in descending order when
	// reverse. A nil end means no end. It sees the call's own writes made before
	// Scan; writes made afterwards need not be seen, but must not break it.
	Scan(start, end []byte, reverse bool) (Iterator, error)
	Emit(typ string, payload []byte) error
	// Call runs another contract's method with at most gasLimit gas and returns
	// its outcome; its writes and events are kept if and only if the outcome is
	// StatusOK.
	Call(c NestedCall) (Outcome, error)
	// Schedule has a method of the calling contract called later and returns the
	// id of that. ok is false when there is no such method, or the gas limit is
	// more than a scheduled call may have.
	Schedule(c ScheduledCall) (id uint64, ok bool, err error)
	// Unschedule cancels a scheduled call of the calling contract; ok is false when
	// none with this id waits.
	Unschedule(id uint64) (ok bool, err error)
}

// ScheduledCall is a call that a contract asks for at a time.
type ScheduledCall struct {
	// Time is the block time from which it is due, in unix nanoseconds.
	Time     int64
	Method   string
	Payload  []byte
	GasLimit uint64 // at least 1
}

// HostLimit is an error of a Host that is the guest's doing, such as too much
// data written by one tx. The call ends with StatusLimit.
type HostLimit struct{ What string }

// Error implements error.
func (e *HostLimit) Error() string { return "limit passed: " + e.What }

// Iterator walks a scan. Key and Value are valid until the next Step.
//
// Step moves on: on reports that it stands on an entry, more that it is not at
// the end. When only more is true, it passed over something that takes time, such
// as a deleted key; the guest pays for it and Step is called again.
type Iterator interface {
	Step() (on, more bool)
	Key() []byte
	Value() []byte
	Close() error
}

// NestedCall is a call from one contract to another.
type NestedCall struct {
	Contract string
	Method   string
	Payload  []byte
	GasLimit uint64
	Query    bool
	// Depth the callee has.
	Depth int
	// Trace is for the callee's Call, if the caller is traced.
	Trace *Trace
}

// Status says how a call ended.
type Status uint8

// The statuses.
const (
	StatusOK            Status = iota
	StatusContractError        // the contract returned an error of its own
	StatusTrap                 // the guest crashed or broke the ABI
	StatusOutOfGas             // the gas limit was used up
	StatusLimit                // memory, stack, call depth or a size limit was passed
	StatusFault                // a fault of this node; never the guest's doing
	StatusNotFound             // a nested call named no contract or no method
	StatusFrozen               // a nested call would have executed a contract that takes no calls
)

// Outcome is how a call ended. Everything but Err is the same on every node.
type Outcome struct {
	Status  Status
	Output  []byte // response, for StatusOK
	GasUsed uint64 // at most the limit
	// Error is set for StatusContractError.
	Error *ContractError
	// Trap is set for StatusTrap.
	Trap Trap
	// Err is the cause as text for logs. It never reaches consensus.
	Err error
}

// ContractError is an error that a contract returned.
type ContractError struct {
	// Contract that failed; set by the host for nested calls.
	Contract string
	Code     uint32
	Message  string
	Details  []byte
}

// Trap says why a guest crashed.
type Trap uint8

// The traps; numbers are append-only because results may carry them.
const (
	TrapNone         Trap = iota
	TrapUnreachable       // unreachable executed, a Go panic included
	TrapOutOfBounds       // memory access outside the guest's memory
	TrapDivide            // integer division by zero
	TrapConversion        // float to integer out of range, or overflow of an integer division
	TrapIndirectCall      // table index or signature mismatch
	TrapExit              // proc_exit
	TrapBadPointer        // pointer or length handed to a host function is outside memory
	TrapBadArgument       // argument of a host function out of its range
	TrapReadOnly          // a write in a query
	TrapReentered         // executing call to a contract already on the stack
)

var statusNames = [...]string{"ok", "contract error", "trap", "out of gas", "limit passed", "fault of the node", "not found", "frozen"}

// String returns the status in words.
func (s Status) String() string {
	if int(s) < len(statusNames) {
		return statusNames[s]
	}
	return "unknown status"
}

var trapNames = [...]string{"none", "unreachable executed", "memory access out of bounds", "integer division by zero",
	"number out of range", "bad indirect call", "guest exited", "bad pointer", "bad argument", "write in a query",
	"contract entered again"}

// String returns the trap in words.
func (t Trap) String() string {
	if int(t) < len(trapNames) {
		return trapNames[t]
	}
	return "unknown trap"
}

// describe says how a call ended, in words that are the same on every node.
func (o *Outcome) describe() string {
	switch {
	case o.Status == StatusTrap:
		return "trap: " + o.Trap.String()
	case o.Status == StatusContractError && o.Error != nil:
		return "contract error " + o.Error.Message
	}
	return o.Status.String()
}
