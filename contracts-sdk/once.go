package sdk

// Request ids. A client that does not know whether its request arrived sends it
// again under the same id: the contract carries out one of them. What was used
// stands in the SDK's own collection, number 0, in index 1, by origin, caller
// where that is another, and id; the value is when and for what. Entries stay for
// ever: a client may come back after a week.

// requestIDs is the place of request ids in collection 0.
const requestIDs = 1

// identified is a request that has an id. Generated code gives it the method.
type identified interface {
	RequestID() string
}

// takeID notes the id of a request, or returns an error when it was used before.
func (m *Method) takeID(ctx *Ctx, req Ruled, payload []byte) error {
	r, ok := req.(identified)
	if !ok || r.RequestID() == "" {
		return nil
	}
	origin, caller := ctx.Origin(), ctx.Caller()
	if caller == origin {
		caller = ""
	}
	// Not the origin alone: a contract must not use up what its callers may send
	// to another one.
	key := newKey(0, requestIDs).String(origin).String(caller).String(r.RequestID())
	digest := ctx.SHA256(append(Key(nil).String(m.name), payload...))
	if before, used := ctx.host.StateGet(key); used {
		return replayed(r.RequestID(), before, digest)
	}
	ctx.host.StateSet(key, append(Key(nil).Uint64(uint64(ctx.Height())), digest[:]...))
	return nil
}

// replayed returns the error for an id that was used before. Its details are a
// ReplayedRequest.
func replayed(id string, before []byte, digest [32]byte) error {
	same := len(before) == 8+len(digest) && string(before[8:]) == string(digest[:])
	text := "request id " + id + " was used before"
	var height uint64
	if len(before) >= 8 {
		for _, c := range before[:8] {
			height = height<<8 | uint64(c)
		}
	}
	details := appendUint(encodeTexts(id), 2, height)
	if same {
		text += " for the same request, which is carried out"
		details = appendUint(details, 3, 1)
	} else {
		text += " for another request"
	}
	return &Error{Code: CodeReplayed, Message: text, Details: details}
}
