package commit

// NoMaxAge as a Requirement's MaxAge allows claims of any age.
const NoMaxAge = 1<<63 - 1

// Requirement is what a contract demands of a claim. The zero value permits
// nothing. All fields come from the contract's state and the block time, and
// nothing of it from the presenter.
type Requirement struct {
	Root    [Size]byte // of the tree of claims, as its issuer signed or anchored it
	Schema  string     // the only schema accepted
	Issuer  string     // the issuer of Root; a claim must name the same
	Subject string     // the person that it must be about
	// Keys are the questions whose answers the contract needs. Others are
	// refused even when they are true: what is not needed must not be told.
	Keys   []string
	Now    int64 // the block time in unix seconds
	MaxAge int64 // how old a fact may be, in seconds; or NoMaxAge
}

// Verify returns nil when the claim meets the requirement and is in the tree.
// Otherwise the error is, in this order: ErrClaim or ErrSalt for a malformed
// claim; ErrSchema, ErrIssuer, ErrSubject, ErrKey; ErrNotYet, ErrExpired,
// ErrTooOld; then those of the function Verify.
//
// It says nothing about the answer: the contract looks at the claim's Value
// itself. Nor does it know whether the claim was used before (Claim.ID), or the
// credential revoked.
func (r Requirement) Verify(h Hash, c Claim, p Proof) error {
	entry, err := c.Encode()
	if err != nil {
		return err
	}
	switch {
	case c.Schema != r.Schema:
		return ErrSchema
	case c.Issuer != r.Issuer:
		return ErrIssuer
	case c.Subject != r.Subject:
		return ErrSubject
	case !contains(r.Keys, c.Key):
		return ErrKey
	case c.AsOf > r.Now:
		return ErrNotYet
	case c.Expires <= r.Now:
		return ErrExpired
	case r.Now-c.AsOf > r.MaxAge: // both are at least 0 here: no overflow
		return ErrTooOld
	}
	return Verify(h, r.Root, entry, p)
}

func contains(list []string, text string) bool {
	for _, have := range list {
		if have == text {
			return true
		}
	}
	return false
}
