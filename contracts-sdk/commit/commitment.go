package commit

// Size is the length of digests and salts in bytes.
const Size = 32

// Hash computes the 32-byte hash of data: in a contract ctx.SHA256 or ctx.SM3,
// off chain the same function from a library. It must not keep data.
type Hash func(data []byte) [Size]byte

// First bytes of everything that is hashed. Commitments and nodes share one;
// their lengths tell them apart.
const (
	tagLeaf       = 0x00
	tagNode       = 0x01
	tagCommitment = 0x01
)

// maxDomain is the longest domain. With its length it fills 64 bytes.
const maxDomain = 63

// To returns the commitment to a value. Domain and layout are described at the
// package. The salt is 32 random bytes used for nothing else; it cannot be drawn
// in a contract, where everybody could draw the same.
//
// The error is ErrDomain, ErrSalt for a salt of zeros, or ErrValue for an empty
// value.
func To(h Hash, domain string, salt [Size]byte, value []byte) ([Size]byte, error) {
	if !printable(domain, maxDomain) {
		return [Size]byte{}, ErrDomain
	}
	if salt == ([Size]byte{}) {
		return [Size]byte{}, ErrSalt
	}
	if len(value) == 0 {
		return [Size]byte{}, ErrValue
	}
	input := make([]byte, 0, 2+maxDomain+Size+len(value))
	input = append(input, tagCommitment, byte(len(domain)))
	input = append(input, domain...)
	input = input[:2+maxDomain] // the rest of the domain's place is zero
	input = append(input, salt[:]...)
	input = append(input, value...)
	return h(input), nil
}

// Open returns nil when the commitment is to this value with this salt and
// domain, and ErrMismatch when it is not. Other errors are those of To.
func Open(h Hash, commitment [Size]byte, domain string, salt [Size]byte, value []byte) error {
	want, err := To(h, domain, salt, value)
	if err != nil {
		return err
	}
	if !Equal(commitment, want) {
		return ErrMismatch
	}
	return nil
}

// Equal compares two digests in a time that does not depend on where they
// differ. On chain nothing is secret and == is as good; off chain use Equal for
// keyed tags.
func Equal(a, b [Size]byte) bool {
	var diff byte
	for i := range a {
		diff |= a[i] ^ b[i]
	}
	return diff == 0
}

// Digest returns the 32 bytes of a digest or salt from a message field, or
// ErrLength. (Go's own conversion of a slice to an array panics.)
func Digest(b []byte) ([Size]byte, error) {
	if len(b) != Size {
		return [Size]byte{}, ErrLength
	}
	return [Size]byte(b), nil
}

// printable reports whether text is 1 to max printable ASCII characters, the
// space not among them. So names that look alike are alike.
func printable(text string, max int) bool {
	if len(text) == 0 || len(text) > max {
		return false
	}
	for i := range len(text) {
		if text[i] <= ' ' || text[i] > '~' {
			return false
		}
	}
	return true
}
