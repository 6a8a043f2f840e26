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

// Algorithms of verify and verify_batch. Keys and signatures are encoded as in
// chancery.v1.Signature:
//
//   - Ed25519: key 32 bytes, signature 64, by the rules of ZIP-215.
//   - SM2: key an uncompressed point of 65 bytes; signature r and s, 32 bytes each,
//     big endian, over SM3 with the default user id.
//   - P-256: key an uncompressed point of 65 bytes; signature r and s, 32 bytes
//     each, big endian, over SHA-256. r and s must be from 1 to the order of the
//     curve less 1; s may be in its upper half, so a second signature can be made
//     from a first one: never use a signature as an identity.
const (
	VerifyEd25519 = 1
	VerifySM2     = 2
	VerifyP256    = 3
)

// Rounding of mul_div.
const (
	RoundDown     = 0 // towards zero
	RoundUp       = 1 // away from zero
	RoundHalfUp   = 2 // to the nearest, a half upwards
	RoundHalfEven = 3 // to the nearest, a half to the even neighbour
)

// Results of mul_div.
const (
	MulDivOK       = 0
	MulDivOverflow = 1 // the result needs more than 128 bits
	MulDivByZero   = 2
)
