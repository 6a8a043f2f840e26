// Package gas holds the gas schedule and the arithmetic of metering. It is pure:
// no state, no clock, no overflow.
//
// One gas stands for about one nanosecond of the reference machine. Most
// instructions take less, so they are priced in sixteenths of a gas: Parts. The
// schedule is data: package wasm turns it into code inside the guest, the host
// functions charge by it, and tests compare both with an independent count.
//
// # Calibration
//
// scripts/bench gas spends gas in several hundred ways, each chosen to cost as
// much time as possible for what it pays, and writes what it finds to
// calibration.json: the worst case of each class in nanoseconds per gas, the
// schedule that it was measured with, and the machine. No class may be above 2.0,
// and the median of real contracts lies between 0.2 and 1.0; TestCalibration holds
// the table and the schedule to that and to each other. So a price cannot be
// changed without being measured.
//
// An instruction's price is fixed, so most code pays more than it takes: a real
// program runs several instructions at a time and finds its data in the cache.
// What no price can settle is named in TestCalibration with its bound and explained
// in docs/benchmarks.md.
package gas
