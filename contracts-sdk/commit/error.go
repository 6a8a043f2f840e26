package commit

// Error is what can go wrong in this package.
type Error uint8

// The errors.
const (
	// ErrMismatch: value, salt and domain are not those of the commitment, or the
	// proof does not lead to the root.
	ErrMismatch Error = iota + 1
	// ErrDomain: the domain is not 1 to 63 printable ASCII characters without
	// spaces.
	ErrDomain
	// ErrSalt: the salt is all zero, so it was never drawn.
	ErrSalt
	// ErrValue: the value is empty, which no canonical form is.
	ErrValue
	// ErrLength: a digest or salt is not 32 bytes long.
	ErrLength
	// ErrSyntax: bytes are not the encoding of a proof or claim.
	ErrSyntax
	// ErrLeaves: a tree has no leaves or more than MaxLeaves.
	ErrLeaves
	// ErrIndex: there is no leaf of that index.
	ErrIndex
	// ErrPath: a proof has not as many digests as its index and size need.
	ErrPath
	// ErrClaim: a claim's fields are not in the form that Claim gives.
	ErrClaim
	// ErrSchema: the claim is of another schema than required.
	ErrSchema
	// ErrIssuer: the claim is of another issuer than required.
	ErrIssuer
	// ErrSubject: the claim is about another person than required.
	ErrSubject
	// ErrKey: the claim's key is not on the list of allowed keys.
	ErrKey
	// ErrNotYet: the claim is of a later time than now.
	ErrNotYet
	// ErrExpired: the claim's time of expiry has come.
	ErrExpired
	// ErrTooOld: the claim is older than allowed.
	ErrTooOld
)

// Error returns a sentence fragment for people. It holds no values.
func (e Error) Error() string {
	switch e {
	case ErrMismatch:
		return "commit: does not match"
	case ErrDomain:
		return "commit: malformed domain"
	case ErrSalt:
		return "commit: salt is zero"
	case ErrValue:
		return "commit: value is empty"
	case ErrLength:
		return "commit: not 32 bytes"
	case ErrSyntax:
		return "commit: malformed encoding"
	case ErrLeaves:
		return "commit: no leaves, or too many"
	case ErrIndex:
		return "commit: no such leaf"
	case ErrPath:
		return "commit: path of the wrong length"
	case ErrClaim:
		return "commit: malformed claim"
	case ErrSchema:
		return "commit: claim of another schema"
	case ErrIssuer:
		return "commit: claim of another issuer"
	case ErrSubject:
		return "commit: claim about another subject"
	case ErrKey:
		return "commit: claim of a key that is not allowed"
	case ErrNotYet:
		return "commit: claim of a later time"
	case ErrExpired:
		return "commit: claim has expired"
	case ErrTooOld:
		return "commit: claim is too old"
	}
	return "commit: unknown error"
}
