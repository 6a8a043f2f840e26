// Package runtime prepares contract code and runs calls of it under limits. It
// knows nothing of the state machine, the network or the API.
//
// # From upload to call
//
// [Runtime.Check] decides about an upload. It decodes and validates the module,
// rewrites it so that it is metered, bounded and deterministic (package wasm),
// compiles it, and makes its image: the guest's memory and globals after its own
// initialisation and warm-up. The answer is the same on every node.
//
// [Runtime.Load] gives the code by its hash, from memory, from the compiled code
// cache on disk, or made anew. [Runtime.Run] runs one call of it: an idle instance
// gets its gas and runs the entry point; host functions are served by a [Host];
// afterwards the instance is put back to the image, byte for byte.
//
// # How a call ends
//
// An [Outcome] tells apart what callers must treat differently: the contract
// answered (StatusOK), returned an error of its own (StatusContractError),
// crashed or broke the ABI (StatusTrap), used up its gas (StatusOutOfGas), passed
// a limit (StatusLimit), or this node failed (StatusFault). A fault is never the
// guest's doing and must never become a result: stop, or try again elsewhere.
//
// Statuses, traps and gas are consensus and come from typed values alone. Err is
// for logs; it holds stack traces of the engine.
//
// # Gas
//
// The guest's gas lies in one of its globals, which the injected code and host
// functions count down. One gas is about a nanosecond. The outermost call pays
// the base price of the host function "call" for its instance, as a nested one
// does. GasUsed is exact; out of gas it equals the limit.
//
// # Determinism
//
// Time is block time. Randomness is a stream seeded by tx hash and contract name,
// which anyone can compute. There are no arguments, no environment, no files and
// no sleep; what a guest prints goes to the debug log. Nothing survives a call in
// memory: state is what it stored.
//
// # For developers
//
// A [Trace] in a call records the tree of nested calls with the gas of each and of
// each host function. A [Profile] of a runtime with Config.Profile attributes gas
// to functions, for go tool pprof. Neither changes a result, and a call without
// them pays nothing.
//
// RATIONALE.md says why, and why each limit has its number.
package runtime
