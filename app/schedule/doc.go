// Package schedule has the calls that contracts asked for at a time.
//
// Contracts with a call waiting stand in a line, each under its turn: the time
// of its first call or, when it was served and has more that are due, the time of
// that block. A block serves the line from its head, one call for each contract a
// round, so that whoever has a long backlog waits behind everybody who waited
// longer.
//
// Invariants: a contract's calls are due in order of time, then of their ids; ids
// go up by one and are never used again; a contract stands in the line exactly
// when a call of its waits.
package schedule
