// Package contract is the registry of code and contracts and the only user of
// the runtime. It runs contracts over an overlay of the state and turns what
// the runtime answers into codes.
//
// Invariants: code never changes under its hash; a contract's name, once given,
// is never given again; a contract reads and writes no storage but its own.
package contract
