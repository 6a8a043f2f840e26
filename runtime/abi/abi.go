// Package abi is the one description of what a guest may import from the host
// and must export to it. The host's binding, the SDK's stubs and
// docs/host-functions.md are checked against it.
//
// All pointers and lengths are unsigned 32-bit offsets into the guest's memory.
// A function that hands bytes to the guest takes a buffer (ptr, cap) and returns
// the length n of the value as i64: when n ≤ cap the bytes are in the buffer,
// otherwise nothing was written and the value waits as the call's pending value
// for read_pending. Missing is -1, which is not the same as empty (0). The next
// value that waits replaces the pending one.
//
// The pointer of an empty range is not looked at. Any other range must lie inside
// memory, buffers included, before a function does anything: otherwise the call
// ends with a trap, as it does for an argument out of its range or for a write in
// a query. A size limit that is passed ends the call too, with a status of its
// own. Every function is charged by the gas schedule: a base at once, and by
// length before bytes are copied or worked on.
package abi

// ValueType is a Wasm value type as it stands in a binary.
type ValueType = byte

// The value types of the ABI.
const (
	I32 ValueType = 0x7f
	I64 ValueType = 0x7e
)

// Names that a guest uses.
const (
	// Module is the import module of the host functions.
	Module = "chancery"
	// WASIModule is the import module of the deterministic WASI subset.
	WASIModule = "wasi_snapshot_preview1"
	// ExportMemory is the guest's linear memory.
	ExportMemory = "memory"
	// ExportInitialize is run once when the image is made. Optional.
	ExportInitialize = "_initialize"
	// ExportWarmup is run after it, so that its work is part of the image.
	// Optional, type () -> (). It may call no host function but log, and those of WASI, whose clock
	// stands still and whose randomness is zeros meanwhile.
	ExportWarmup = "chancery_v1_warmup"
	// ExportCall is the entry point of every call, type () -> ().
	ExportCall = "chancery_v1_call"
	// SectionDescriptors is the custom section with the encoded
	// google.protobuf.FileDescriptorSet of the contract.
	SectionDescriptors = "chancery:descriptors"
	// SectionBuild is the custom section with the build data as JSON.
	SectionBuild = "chancery:build"
)

// Fields of the context, for the host functions context and context_int.
const (
	FieldChainID  = 1 // bytes: text
	FieldTxHash   = 2 // bytes: 32
	FieldContract = 3 // bytes: text
	FieldMethod   = 4 // bytes: text
	FieldCaller   = 5 // bytes: text
	FieldOrigin   = 6 // bytes: text
	FieldOrg      = 7 // bytes: text
	FieldRoles    = 8 // bytes: roles sorted, one newline between two

	FieldKind    = 32 // int: 1 init, 2 execute, 3 query, 4 migrate
	FieldHeight  = 33 // int
	FieldTime    = 34 // int: block time, unix nanoseconds
	FieldVersion = 35 // int: version of the contract
	FieldDepth   = 36 // int: call depth, the outermost call is 1
)

// Results of functions that return i64.
const (
	Missing = -1 // no value, or end of a scan
	Failed  = -2 // a nested call failed; the pending value is a CallError, see the function call
)

// Flags of state_scan.
const (
	ScanReverse = 1 // descending order
	ScanNoEnd   = 2 // ignore the end key: scan to the last key
)

// Flags of call.
const (
	CallQuery = 1 // read only
)

// Algorithms of hash.
const (
	HashSHA256   = 1
	HashSM3      = 2
	HashSHA3_256 = 3
)

// Algorithms of verify. Keys and signatures are encoded as in
// chancery.v1.Signature.
const (
	VerifyEd25519 = 1
	VerifySM2     = 2
)

// Function describes one host function.
type Function struct {
	Name    string
	Params  []ValueType
	Results []ValueType
	// Writes is true for functions that a query must not call.
	Writes bool
	// Doc says what it does, from the guest's side, with parameter names.
	Doc string
}

// Functions is the table, in order of the documentation.
var Functions = []Function{
	{Name: "input", Params: []ValueType{I32, I32}, Results: []ValueType{I64},
		Doc: "input(buf, cap): the call's request payload."},
	{Name: "output", Params: []ValueType{I32, I32},
		Doc: "output(ptr, len): sets the call's response, at most 256 KiB; the last call wins."},
	{Name: "fail", Params: []ValueType{I32, I32, I32, I32, I32},
		Doc: "fail(code, msg, msg_len, details, details_len): ends the call with the contract's own error and reverts its writes. Code is at least 1, message and details have at most 4 KiB each. Does not return."},
	{Name: "read_pending", Params: []ValueType{I32, I32},
		Doc: "read_pending(buf, len): copies the pending value, whose length must be len, and forgets it."},
	{Name: "context", Params: []ValueType{I32, I32, I32}, Results: []ValueType{I64},
		Doc: "context(field, buf, cap): a bytes field of the context."},
	{Name: "context_int", Params: []ValueType{I32}, Results: []ValueType{I64},
		Doc: "context_int(field): an integer field of the context."},
	{Name: "state_get", Params: []ValueType{I32, I32, I32, I32}, Results: []ValueType{I64},
		Doc: "state_get(key, key_len, buf, cap): the value under key in the contract's storage, or Missing."},
	{Name: "state_set", Params: []ValueType{I32, I32, I32, I32}, Writes: true,
		Doc: "state_set(key, key_len, value, value_len): stores a value; an empty one is a value. A key has 1 to 1,024 bytes, here and below, and a value at most 128 KiB."},
	{Name: "state_delete", Params: []ValueType{I32, I32}, Writes: true,
		Doc: "state_delete(key, key_len): removes a key; a missing one is no error."},
	{Name: "state_scan", Params: []ValueType{I32, I32, I32, I32, I32}, Results: []ValueType{I32},
		Doc: "state_scan(start, start_len, end, end_len, flags): opens a scan of [start, end) and returns its handle. At most 16 are open in a call."},
	{Name: "scan_next", Params: []ValueType{I32, I32, I32}, Results: []ValueType{I64},
		Doc: "scan_next(handle, buf, cap): the next entry as key length (4 bytes, little endian), key, value; Missing at the end, which closes the handle."},
	{Name: "scan_close", Params: []ValueType{I32},
		Doc: "scan_close(handle): closes a scan early."},
	{Name: "emit", Params: []ValueType{I32, I32, I32, I32}, Writes: true,
		Doc: "emit(type, type_len, payload, payload_len): emits an event with the full name of its message type and its encoded message, at most 16 KiB; at most 256 in a call."},
	{Name: "call", Params: []ValueType{I32, I32, I32, I32, I32, I32, I64, I32, I32, I32}, Results: []ValueType{I64},
		Doc: "call(contract, contract_len, method, method_len, payload, payload_len, gas, flags, buf, cap): runs another contract's method with at most gas gas (0: all that is left); its response; or Failed - n, that is a result of at most Failed, when it failed and a call error of n bytes waits as the pending value: {1: status (varint), 2: contract error code (varint), 3: message, 4: details, 5: contract} in protobuf wire format."},
	{Name: "hash", Params: []ValueType{I32, I32, I32, I32},
		Doc: "hash(algorithm, ptr, len, out): writes the 32-byte hash to out."},
	{Name: "verify", Params: []ValueType{I32, I32, I32, I32, I32, I32, I32}, Results: []ValueType{I32},
		Doc: "verify(algorithm, key, key_len, msg, msg_len, sig, sig_len): 1 when the signature is right, else 0."},
	{Name: "log", Params: []ValueType{I32, I32},
		Doc: "log(ptr, len): text for the node's debug log, cut to 4 KiB; never part of the result."},
}

// WASI lists the WASI names that a guest may import. All are deterministic: the
// clock is block time, randomness is seeded by the tx hash, there are no
// arguments, no environment and no files; stderr and stdout go to the log.
var WASI = []string{
	"args_get", "args_sizes_get", "clock_time_get", "environ_get", "environ_sizes_get",
	"fd_close", "fd_fdstat_get", "fd_fdstat_set_flags", "fd_prestat_dir_name", "fd_prestat_get",
	"fd_write", "poll_oneoff", "proc_exit", "random_get", "sched_yield",
}
