// Package wasm turns untrusted Wasm into code that can be run: it decodes a
// module, validates it completely, and rewrites it so that it is metered,
// bounded and deterministic. It knows nothing of engines, hosts or the chain.
//
// # What is accepted
//
// The core specification 1.0 with mutable globals, sign extension,
// multi-value, memory.copy and memory.fill, and saturating float-to-int
// conversion. Everything else is refused, by a rule with a name: see Rule.
// Resources that a compiler would need for the module are bounded by Limits
// before and after rewriting.
//
// # What rewriting does
//
//   - Gas. Every basic block begins by taking the cost of its instructions, in
//     parts of a gas, from a global, GasGlobal. A basic block begins at function entry, at a loop, in
//     both arms of an if, after an if, after a block that something branches
//     to, and after br_if; calls do not end it. The global is compared with zero
//     at function entry, at loops, at operations charged by length, and wherever
//     a path could otherwise use more than Limits.UncheckedGas since the last
//     comparison. A negative global means out of gas, whatever else happened: a
//     call may even have returned before the next comparison.
//   - Stack. Every function that calls another adds its frame to StackGlobal
//     and compares it with Config.MaxStack.
//   - NaN. A NaN becomes the canonical one before its bits can be seen: when
//     stored, reinterpreted as an integer, or giving its sign to copysign.
//   - Memory gets a fixed maximum; its data segments are taken out, to be
//     written by whoever makes the image.
//   - Mutable globals are exported, so that an instance can be reset.
//
// Code that cannot be reached is removed. Custom sections never reach the
// compiler. Indices of functions and globals stay what they were.
package wasm
