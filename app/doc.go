// Package app is the state machine of a Chancery chain: blocks in, results and
// an app hash out. It knows nothing of CometBFT and Connect, reads no clock in a
// block and leaves no goroutine behind one.
//
// A block is executed in steps: ExecuteBlock runs its txs over an overlay of the
// last committed state and stages the result in the tree; Commit makes it
// durable and tells the subscribers. CheckTx, queries and simulations run beside
// it on committed state.
package app
