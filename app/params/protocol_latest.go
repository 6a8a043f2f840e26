//go:build !nextprotocol

package params

// LatestProtocol is the newest protocol version that this software knows. It knows
// all before it, too: a node that replays the chain needs them.
const LatestProtocol = FirstProtocol
