//go:build nextprotocol

package params

// LatestProtocol is one more than the released software knows. Test binaries have
// it, to switch a chain from one protocol version to the next.
const LatestProtocol = FirstProtocol + 1
