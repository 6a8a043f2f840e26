// Package commit keeps secrets out of a contract and still lets it check them:
// commitments to single values, Merkle trees over many, and predicate claims
// about persons.
//
// # Which hash
//
// Every function takes the hash to use. On chain that is a host function, off
// chain any implementation of the same hash; a contract decides once which.
//
//	err := commit.Open(ctx.SM3, order.ContentCm, "civil/hotline:order.content", salt, value)
//
// # Commitments
//
// A commitment stands for a value and does not show it. Off chain somebody draws
// 32 random bytes, the salt, and computes [To]; the chain stores the result.
// Later the value and the salt are shown to whoever may see them, and [Open] says
// whether they are the ones. Without the salt, the value of an identity number or
// a diagnosis would be found by trying all; so salts are kept as the values are,
// and each is used once. Destroying both erases the value, and the commitment
// stays without meaning.
//
// What is hashed is
//
//	1 byte      0x01
//	1 byte      length of the domain
//	63 bytes    the domain, filled up with zeros
//	32 bytes    the salt
//	the rest    the value in canonical form, at least one byte
//
// Every part but the last has a fixed place, so two different inputs never give
// the same bytes. The domain names what the value is, by convention
// "<organisation>/<contract>:<record>.<field>", so that a commitment made for
// one field is worthless in another. No input is as short as that of a tree's
// node, which has the same first byte.
//
// The value is bytes on which all sides agree: make it with [Text], [Int],
// [Bool], [Bytes] and [List], not with a protobuf encoding, which may differ
// between languages.
//
// # Merkle trees
//
// A [Tree] sums up a list in 32 bytes, and a [Proof] shows that one entry is in
// it. A hospital puts the root of a bill's lines on chain, and shows lines to
// the inspector only. Trees and proofs are made off chain; a contract calls
// [Verify], which takes at most [MaxDepth] hashes.
//
// The tree is that of RFC 9162: a leaf is hashed as 0x00 and the entry, a node as
// 0x01 and its two children; where a level has an odd number of nodes, the last
// goes up as it is. Entries that could be guessed need a salt inside, or the
// neighbours in a proof give them away. A [Claim] has one.
//
// # Predicate claims
//
// A [Claim] says something coarse about a person, such as "insured for at least
// twelve months: yes", without the record behind it. An issuer signs or anchors
// the root of a tree of claims; the person presents one of them with its proof;
// the contract lists in a [Requirement] what it accepts and calls
// [Requirement.Verify]. A claim is used once: the contract stores [Claim.ID] and
// refuses it the second time.
//
// # Errors
//
// All errors are constants of type [Error], comparable with ==.
package commit
