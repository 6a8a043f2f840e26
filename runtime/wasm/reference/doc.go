// Package reference executes Wasm for tests: it is what package wasm is compared
// with. It reads the original module, never a rewritten one, and does instruction
// by instruction what the core specification says (release 1.0 with the accepted
// proposals), with the gas schedule counted beside it. It is slow and means to be
// obviously right. It checks nothing that validation checks: give it modules that
// wasm.Prepare accepts.
//
// # What it knows of metering
//
// The published rule (runtime/wasm/RATIONALE.md, "What exactly is charged?") and
// the schedule, nothing else. Two counts are kept. Machine.Executed adds the cost
// of each instruction when it is executed. Machine.Left pays a basic block when
// it is entered; the blocks are found here once more, from the rule. After a call
// that ends well both must have come to the same, and CheckCounts says so.
//
// # What it knows of the stack
//
// Nothing: frame sizes depend on the engine, so they are given to it by
// Machine.Frames.
package reference
