// Package validator has the nodes that sign blocks: their keys, their voting power
// and the organisations that run them, and what is held against their keys.
//
// The set in state is the one that consensus uses from the second block after the
// last on; CometBFT is told of every difference and of nothing else.
//
// Invariants: there are at most 100 validators, and never none once there was one;
// no two have the same name or address; where four organisations or more have
// validators, each holds less than a third of the power; a key that misbehaved
// never signs again; a confirmation of the next protocol version belongs to a key
// that signs now.
package validator
