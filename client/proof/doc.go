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
// leads from the trusted validators to the value in five steps, each of which
// has its own [Step] in an error:
//
//  1. form: every part is there and decodes;
//  2. header: it is of the trusted chain and of the height after the proof's;
//  3. validators: they are those that the header names, and they are trusted;
//  4. signatures: validators with more than two thirds of the voting power
//     signed the header, and no signature is wrong;
//  5. path: the header's app hash leads to the key's value, or shows that there
//     is none.
//
// Every byte of a proof that carries meaning is covered. Not covered are the
// proposer priorities within the validator set: they decide who proposes next
// and nothing of what is proved.
package proof
