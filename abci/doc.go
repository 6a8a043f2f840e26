// Package abci is CometBFT's Application in terms of app: it translates and
// decides nothing.
//
// Faults of this node, as a full disk or a panic of ours, are returned as errors
// of the consensus methods and told to Options.OnFault. From then on every
// consensus method fails: a node that is wrong must stop, not guess. Bad input
// is never a fault: it gets a coded answer.
package abci
