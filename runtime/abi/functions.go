package abi

// Function describes one host function. It is all that the binding, the page
// docs/host-functions.md and the tests of both know of it.
type Function struct {
	Name    string
	Params  []ValueType
	Results []ValueType
	// Args has a name for each parameter.
	Args []string
	// Writes is true for functions that a query must not call.
	Writes bool
	// Image is true for functions that may be called while the image is made.
	Image bool
	// Doc says what it does, from the guest's side.
	Doc string
	// PerByte says which bytes the per-byte part of the price counts; empty when
	// the price has none.
	PerByte string
	// Traps are those it can end the call with, in the words of runtime.Trap.
	// Functions that write have EndReadOnly besides, and those that are not for
	// images EndBadArgument while the image is made.
	Traps []string
	// Limits are the size limits whose passing ends the call, in the words of
	// runtime.HostLimit.
	Limits []string
}

// Words of Function.Traps.
const (
	EndBadPointer  = "bad pointer"
	EndBadArgument = "bad argument"
	EndReadOnly    = "write in a query"
)

// Words of Function.Limits.
const (
	LimitKey        = "key size"
	LimitValue      = "value size"
	LimitResponse   = "response size"
	LimitPayload    = "payload size"
	LimitName       = "name size"
	LimitError      = "error size"
	LimitEvent      = "event size"
	LimitEvents     = "number of events"
	LimitScans      = "open scans"
	LimitSignatures = "signatures of a batch"
	LimitScheduled  = "scheduled calls of a contract"
)

var (
	pointer  = []string{EndBadPointer}
	argument = []string{EndBadArgument}
	both     = []string{EndBadPointer, EndBadArgument}
)

// Functions is the table, in order of the documentation.
var Functions = []Function{
	{
		Name: "input", Params: []ValueType{I32, I32}, Results: []ValueType{I64}, Args: []string{"buf", "cap"},
		Doc:     "The call's request payload; empty when there is none.",
		PerByte: "payload", Traps: pointer,
	},
	{
		Name: "output", Params: []ValueType{I32, I32}, Args: []string{"ptr", "len"},
		Doc:     "Sets the call's response; the last one wins. A call that sets none answers with an empty response.",
		PerByte: "response", Traps: pointer, Limits: []string{LimitResponse},
	},
	{
		Name: "fail", Params: []ValueType{I32, I32, I32, I32, I32}, Args: []string{"code", "msg", "msg_len", "details", "details_len"},
		Doc:     "Ends the call with the contract's own error and reverts its writes. The code is at least 1. Does not return.",
		PerByte: "message and details", Traps: both, Limits: []string{LimitError},
	},
	{
		Name: "read_pending", Params: []ValueType{I32, I32}, Args: []string{"buf", "len"},
		Doc:     "Copies the pending value, whose length must be len, and forgets it.",
		PerByte: "value", Traps: both,
	},
	{
		Name: "context", Params: []ValueType{I32, I32, I32}, Results: []ValueType{I64}, Args: []string{"field", "buf", "cap"},
		Doc:     "A bytes field of the context: 1 chain id, 2 tx hash (32 bytes, zeros in a query), 3 contract, 4 method, 5 caller, 6 origin, 7 organisation, 8 roles of the origin in it, sorted, one newline between two. What a call does not have is empty.",
		PerByte: "field", Traps: both,
	},
	{
		Name: "context_int", Params: []ValueType{I32}, Results: []ValueType{I64}, Args: []string{"field"},
		Doc:   "An integer field of the context: 32 kind (1 init, 2 execute, 3 query, which is read only, 4 migrate), 33 height, 34 block time in unix nanoseconds, 35 version of the contract, 36 call depth.",
		Traps: argument,
	},
	{
		Name: "state_get", Params: []ValueType{I32, I32, I32, I32}, Results: []ValueType{I64}, Args: []string{"key", "key_len", "buf", "cap"},
		Doc:     "The value under a key of the contract's storage, or missing.",
		PerByte: "key and value", Traps: both, Limits: []string{LimitKey},
	},
	{
		Name: "state_set", Params: []ValueType{I32, I32, I32, I32}, Writes: true, Args: []string{"key", "key_len", "value", "value_len"},
		Doc:     "Stores a value; an empty one is a value. A key has at least one byte, here and below.",
		PerByte: "key and value", Traps: both, Limits: []string{LimitKey, LimitValue},
	},
	{
		Name: "state_delete", Params: []ValueType{I32, I32}, Writes: true, Args: []string{"key", "key_len"},
		Doc:     "Removes a key; a missing one is no error.",
		PerByte: "key", Traps: both, Limits: []string{LimitKey},
	},
	{
		Name: "state_scan", Params: []ValueType{I32, I32, I32, I32, I32}, Results: []ValueType{I32}, Args: []string{"start", "start_len", "end", "end_len", "flags"},
		Doc:     "Opens a scan of the keys from start up to, not including, end, and returns its handle. Flags: 1 descending order, 2 no end. It sees the call's own writes made before. A bound may be one byte longer than a key.",
		PerByte: "start and end", Traps: both, Limits: []string{LimitKey, LimitScans},
	},
	{
		Name: "scan_next", Params: []ValueType{I32, I32, I32}, Results: []ValueType{I64}, Args: []string{"handle", "buf", "cap"},
		Doc:     "The next entry as key length (4 bytes, little endian), key, value; missing at the end, which closes the handle.",
		PerByte: "entry", Traps: both,
	},
	{
		Name: "scan_close", Params: []ValueType{I32}, Args: []string{"handle"},
		Doc: "Closes a scan early.", Traps: argument,
	},
	{
		Name: "emit", Params: []ValueType{I32, I32, I32, I32}, Writes: true, Args: []string{"type", "type_len", "payload", "payload_len"},
		Doc:     "Emits an event: the full name of its message type and its encoded message.",
		PerByte: "type and payload", Traps: both, Limits: []string{LimitEvent, LimitEvents},
	},
	{
		Name: "call", Params: []ValueType{I32, I32, I32, I32, I32, I32, I64, I32, I32, I32}, Results: []ValueType{I64},
		Args:    []string{"contract", "contract_len", "method", "method_len", "payload", "payload_len", "gas", "flags", "buf", "cap"},
		Doc:     "Runs another contract's method with at most gas gas (0: all that is left) and returns its response; flag 1 makes it a query. When it fails, the result is -2 - n, and a call error of n bytes waits as the pending value: {1: status (varint), 2: contract error code (varint), 3: message, 4: details, 5: contract} in protobuf wire format. The gas that the callee used is charged besides the price.",
		PerByte: "names, payload and what comes back", Traps: []string{EndBadPointer, EndBadArgument, EndReadOnly}, Limits: []string{LimitName, LimitPayload},
	},
	{
		Name: "schedule", Params: []ValueType{I64, I32, I32, I32, I32, I64}, Results: []ValueType{I64}, Writes: true,
		Args:    []string{"time", "method", "method_len", "payload", "payload_len", "gas"},
		Doc:     "Has an executing method of this contract called by the first block whose time, in unix nanoseconds, is not before time, with at most gas gas, at least 1. The contract itself is the caller then, nobody is the origin, and its organisation pays. The result is the scheduled call's id, from 1, or missing when the contract declares no such method, or when the gas is more than the chain gives to a scheduled call or than its organisation may use in a whole period.",
		PerByte: "method and payload", Traps: both, Limits: []string{LimitName, LimitPayload, LimitScheduled},
	},
	{
		Name: "unschedule", Params: []ValueType{I64}, Results: []ValueType{I32}, Writes: true, Args: []string{"id"},
		Doc: "Cancels a scheduled call of this contract. 1 when it was waiting, 0 when there is none with this id.",
	},
	{
		Name: "hash", Params: []ValueType{I32, I32, I32, I32}, Args: []string{"algorithm", "ptr", "len", "out"},
		Doc:     "Writes a hash of 32 bytes to out. Algorithms: 1 SHA-256, 2 SM3, 3 SHA3-256.",
		PerByte: "data", Traps: both,
	},
	{
		Name: "verify", Params: []ValueType{I32, I32, I32, I32, I32, I32, I32}, Results: []ValueType{I32},
		Args:    []string{"algorithm", "key", "key_len", "msg", "msg_len", "sig", "sig_len"},
		Doc:     "1 when the signature is right, else 0; keys and signatures of a wrong length or form are wrong. Algorithms: 1 Ed25519 by the rules of ZIP-215 (key 32 bytes, signature 64); 2 SM2 with SM3 and the default user id; 3 P-256 with SHA-256 (both: key an uncompressed point of 65 bytes, signature r and s of 32 bytes each, each from 1 to the order less 1; a large s is right too).",
		PerByte: "message", Traps: both,
	},
	{
		Name: "verify_batch", Params: []ValueType{I32, I32, I32}, Results: []ValueType{I32}, Args: []string{"algorithm", "ptr", "len"},
		Doc:     "1 when verify would say 1 to every signature of a list, else 0; a list of none is 1. The list is, for each signature: key length, key, message length, message, signature length, signature; lengths are 4 bytes, little endian. A list that does not end where len says is a bad argument. Cheaper than single checks for Ed25519 only.",
		PerByte: "list", Traps: both, Limits: []string{LimitSignatures},
	},
	{
		Name: "mul_div", Params: []ValueType{I64, I64, I64, I64, I64, I64, I32, I32}, Results: []ValueType{I32},
		Args:  []string{"a_lo", "a_hi", "b_lo", "b_hi", "c_lo", "c_hi", "rounding", "out"},
		Doc:   "Computes a * b / c of unsigned 128-bit numbers, without overflow between, and writes the result to out, 16 bytes, little endian. Rounding: 0 down, 1 up, 2 nearest with a half up, 3 nearest with a half to even. 0 when done; 1 when the result needs more than 128 bits, 2 when c is zero, and nothing is written.",
		Traps: both,
	},
	{
		Name: "log", Params: []ValueType{I32, I32}, Image: true, Args: []string{"ptr", "len"},
		Doc:     "Text for the node's debug log, cut to 4 KiB; never part of the result.",
		PerByte: "text that is kept", Traps: pointer,
	},
}

// WASIFunction describes one name of the deterministic WASI subset. Its type is
// that of WASI preview 1.
type WASIFunction struct {
	Name string
	Doc  string
	// PerByte is as in Function.
	PerByte string
}

// WASIFunctions lists the WASI names that a guest may import. All are
// deterministic.
var WASIFunctions = []WASIFunction{
	{Name: "args_get", Doc: "There are no arguments."},
	{Name: "args_sizes_get", Doc: "There are no arguments."},
	{Name: "clock_time_get", Doc: "Block time, for the realtime and the monotonic clock."},
	{Name: "environ_get", Doc: "There is no environment."},
	{Name: "environ_sizes_get", Doc: "There is no environment."},
	{Name: "fd_close", Doc: "EBADF: there are no files."},
	{Name: "fd_fdstat_get", Doc: "EBADF."},
	{Name: "fd_fdstat_set_flags", Doc: "EBADF."},
	{Name: "fd_prestat_dir_name", Doc: "EBADF."},
	{Name: "fd_prestat_get", Doc: "EBADF."},
	{Name: "fd_write", Doc: "Files 1 and 2 go to the node's debug log, cut to 4 KiB; others are EBADF.", PerByte: "list of vectors and text that is kept"},
	{Name: "poll_oneoff", Doc: "ENOSYS: time does not pass during a call, so Go's runtime ends a guest that sleeps."},
	{Name: "proc_exit", Doc: "Ends the call with the trap \"guest exited\"."},
	{Name: "random_get", Doc: "A stream that everyone can compute: ChaCha8 seeded by tx hash and contract. For hash tables, never for secrets or lotteries.", PerByte: "stream"},
	{Name: "sched_yield", Doc: "Does nothing."},
}

// WASI has the names of WASIFunctions.
var WASI = func() (names []string) {
	for _, f := range WASIFunctions {
		names = append(names, f.Name)
	}
	return names
}()
