// Package client calls a Chancery chain from Go: it signs transactions, waits
// for their results and turns failures into Connect errors.
//
// A contract is a Connect service, so an application uses the client that
// protoc-gen-connect-go made from the contract's .proto and gives it a signing
// transport. Queries go to the node as they are; every other method is signed as
// a transaction, submitted, and answered when it is committed:
//
//	c, err := client.Dial("http://127.0.0.1:8545")
//	signer := c.Signer(key, "records")
//	evidence := evidencev1connect.NewEvidenceServiceClient(
//		signer.HTTPClient(), c.ContractURL("records/evidence"))
//	_, err = evidence.Anchor(ctx, connect.NewRequest(&evidencev1.AnchorRequest{…}))
//	if e := client.ContractError(err); e != nil { … e.Name … }
//
// Keys live in a [Keyring], encrypted with a passphrase. Proofs are checked
// offline by package client/proof.
//
// # A tx is signed once
//
// A tx is unique by its hash and dies at its valid_until, so the client never
// signs a second tx to replace one whose fate it does not know. When an answer
// is lost it asks for the tx by hash and hands in the same bytes again, until the
// tx is committed or its valid_until has passed on the chain. If the caller's
// context ends first, the error is a [PendingError] with the hash to ask by.
package client
