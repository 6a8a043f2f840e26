//go:build !nextprotocol

package app

// A protocol version selects the rules of the state machine. It stands in the
// state; code that differs between versions asks params.ProtocolVersion, so that one
// binary can replay a chain through all of them. protocolStarts has what must be
// done to the state, and to the parameters, when a version begins: at the start of
// the first block under its rules. It must not fail.
var protocolStarts map[uint64]protocolStart
