package sdk

// Signature is one element of a batch.
type Signature struct{ Key, Message, Signature []byte }

// VerifyAll reports whether all signatures are right by one algorithm, such as
// VerifyEd25519. A list of none is right. Many Ed25519 signatures cost half of
// what they cost one by one; the other algorithms gain nothing. A call may check
// at most 1,024 at once.
func (c *QueryCtx) VerifyAll(algorithm uint32, list []Signature) bool {
	size := 0
	for _, s := range list {
		size += 12 + len(s.Key) + len(s.Message) + len(s.Signature)
	}
	b := make([]byte, 0, size)
	for _, s := range list {
		b = appendPart(appendPart(appendPart(b, s.Key), s.Message), s.Signature)
	}
	return c.host.VerifyBatch(algorithm, b)
}

// appendPart appends a length of 4 bytes, little endian, and the bytes.
func appendPart(b, part []byte) []byte {
	n := uint32(len(part))
	return append(append(b, byte(n), byte(n>>8), byte(n>>16), byte(n>>24)), part...)
}
