// Package rpc serves the chain over Connect, gRPC and gRPC-Web: the services of
// api/chancery/v1, and every deployed contract at /c/<organisation>/<contract>.
//
// Handlers decode, call and encode; they hold no rules. Every error that leaves
// the package goes through one function, which gives it the code of the error
// table and hides the causes of our own faults.
//
// The package knows no CometBFT. What it needs of a node it declares as small
// interfaces, and the node tells it of commits and evictions.
//
// Work for strangers is bounded everywhere, because consensus shares the
// machine: sizes of requests, simulations and queries at once, waiters,
// connections, and time.
package rpc
