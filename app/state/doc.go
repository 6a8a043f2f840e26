// Package state is the versioned, authenticated store under the state machine.
//
// All of the chain's state is one ordered key space in one IAVL tree (memiavl):
// its root hash after height H is the app hash of H, and its version is the
// height. Beside the tree lies an index (Pebble) for what is looked up and never
// hashed. A Store holds both and commits them together.
//
// # The life of a block
//
// The state machine reads through a [View] of the last height, writes into an
// [Overlay] above it (each tx has its own overlay above the block's), and hands
// the block's [Overlay.Changes] to [Store.Stage], which computes the app hash.
// [Store.Commit] makes it durable. Views of past heights stay readable while the
// store goes on; see [Options.ViewsKept].
//
// # Values in the tree
//
// The leaf of a key holds one frame byte, 0x01, and then the value. ICS-23 has no
// existence proof for an empty leaf, and here an empty value is a value. Readers,
// overlays and proofs of this package take and give values without the frame;
// whoever checks a proof with another ICS-23 library compares with the framed
// value ([FrameValue]).
//
// # Durability
//
// One Pebble batch per height holds the height's changes, its app hash and its
// index writes: either all of a height is there after a crash or nothing is.
// Commit returns after the batch is synced, unless [Options.NoSync] is set. The
// tree itself is in memory above a memory-mapped tree file; Open maps the newest
// tree file, replays the changes after it and checks that they give the app hashes
// they gave before.
// A tree file is written in the background by a rule of bytes and heights, is
// synced before the index names it, and is never changed afterwards. The two
// newest are kept, with the changes since the older one, so that a lost tree file
// costs a longer replay and not the state.
//
// Without sync a power loss can take the last heights away, always whole and
// always from the end. Open then reports the lower height and CometBFT replays.
//
// # Memory
//
// A tree file is unmapped when the last tree above it is gone: every kept height,
// open view and running rewrite holds a reference. Nothing that this package hands
// out points into mapped memory, so a value kept too long is stale, not a fault.
//
// # Why not memiavl's own database?
//
// It keeps a log of its own, written without sync, so tree and index could lose
// different heights; after a power loss that leaves its snapshot ahead of its log it
// cannot append any more. Its switch to a new snapshot unmaps the old one under
// every reader, and its pruning may meet a log that Close has taken away. With the
// changes in the database that also holds the index there is one log and one batch
// per height, and nothing to reconcile. Only memiavl's tree and snapshot format are
// used here.
//
// # Goroutines
//
// Stage, Commit and Close belong to one goroutine; all else is safe for many. The
// only goroutine that outlives a call writes tree files; it reads an immutable
// tree and its outcome never changes a hash.
package state
