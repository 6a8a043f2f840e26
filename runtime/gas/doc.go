// Package gas holds the gas schedule and the arithmetic of metering. It is pure:
// no state, no clock, no overflow.
//
// One gas stands for about one nanosecond of the reference machine. The
// schedule is data: package wasm turns it into code inside the guest, the host
// functions charge by it, and tests compare both with an independent count.
package gas
