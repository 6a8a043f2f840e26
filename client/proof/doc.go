// Package proof checks what a node claims about a contract's state, without the
// node: a proof and the chain's genesis are enough, on any machine, at any time.
//
//	trust, err := proof.TrustFromGenesis(genesisJSON)
//	p, err := proof.Decode(file)
//	v, err := proof.Verify(p, trust)
//	// v.Value stood under v.Key of v.Contract after block v.Height.
//
// # What is checked
//
// The state's app hash is signed with the header of the next height. So a proof
// leads from the trusted validators to the value in six steps, each of which
// has its own [Step] in an error:
//
//  1. form: every part is there and decodes;
//  2. trust: each time that the validators changed, those before signed a header
//     that names those after;
//  3. header: it is of the trusted chain and of the height after the proof's;
//  4. validators: they are those that the header names, and they are trusted;
//  5. signatures: validators with more than two thirds of the voting power
//     signed the header, and no signature is wrong;
//  6. path: the header's app hash leads to the key's value, or shows that there
//     is none.
//
// # What is trusted
//
// Whoever trusts the genesis trusts that more than two thirds of each set of
// validators never sign a false header, also after they were replaced: no clock is
// read, so a set does not lose its word. A verifier who wants that names a younger
// set in Trust.
//
// Every byte of a proof that carries meaning is covered. Not covered are the
// proposer priorities within the validator set: they decide who proposes next
// and nothing of what is proved.
package proof
