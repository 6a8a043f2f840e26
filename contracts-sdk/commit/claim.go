package commit

// maxClaimText is the longest text in a claim.
const maxClaimText = 64

// claimLabel begins a claim's encoding: it keeps claims apart from other entries
// of trees, and later forms apart from this one.
const claimLabel = "chancery/claim/1"

// Claim is one coarse fact about a person or organisation, stated by an issuer.
// Its texts are 1 to 64 printable ASCII characters without spaces.
//
// Everybody who replicates the chain sees a claim that is presented to it: put
// the answer to a question in it, not the record.
type Claim struct {
	Schema  string // what kind of credential it is part of, with its version
	Key     string // the question, such as "si_months_ge=12"
	Value   Value  // the answer
	Subject string // whom it is about: a DID or keyed tag, never an identity number
	AsOf    int64  // when it was so, in unix seconds, not negative
	Expires int64  // from when it is no longer usable, in unix seconds, after AsOf
	Issuer  string // who states it: a USCC or DID
	// Salt is 32 random bytes, another for each claim, so that the digests in a
	// neighbour's proof do not give this claim away.
	Salt [Size]byte
}

// ValueKind says how a Value's number is meant.
type ValueKind uint8

// The kinds of values.
const (
	KindBool   ValueKind = 1 // 0 is no, 1 is yes
	KindEnum   ValueKind = 2 // a number of the schema's enum, 0 to 4294967295
	KindBucket ValueKind = 3 // the lower bound of the range that the figure is in
)

// Value is the answer that a claim gives.
type Value struct {
	Kind   ValueKind
	Number int64
}

// BoolValue returns the answer yes or no.
func BoolValue(yes bool) Value {
	if yes {
		return Value{KindBool, 1}
	}
	return Value{KindBool, 0}
}

// EnumValue returns the answer that has a number in the schema's enum.
func EnumValue(number uint32) Value { return Value{KindEnum, int64(number)} }

// BucketValue returns the answer "at least low, and below the next bound of the
// schema", in the unit of the schema.
func BucketValue(low int64) Value { return Value{KindBucket, low} }

func (v Value) valid() bool {
	switch v.Kind {
	case KindBool:
		return v.Number == 0 || v.Number == 1
	case KindEnum:
		return v.Number >= 0 && v.Number <= 1<<32-1
	case KindBucket:
		return true
	}
	return false
}

// check tests the form of the claim.
func (c Claim) check() error {
	for _, text := range [...]string{c.Schema, c.Key, c.Subject, c.Issuer} {
		if !printable(text, maxClaimText) {
			return ErrClaim
		}
	}
	if !c.Value.valid() || c.AsOf < 0 || c.Expires <= c.AsOf {
		return ErrClaim
	}
	if c.Salt == ([Size]byte{}) {
		return ErrSalt
	}
	return nil
}

// Encode returns the claim's canonical bytes, the entry of a tree. The error is
// ErrClaim or ErrSalt.
//
// They are the texts "chancery/claim/1", schema and key; the kind of the value;
// its number; the subject; the two times; the issuer; the salt. A text is its
// length in one byte and its bytes, the kind is one byte, number and times are 8
// bytes, big endian, in two's complement.
func (c Claim) Encode() ([]byte, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	const most = 1 + len(claimLabel) + 4*(1+maxClaimText) + 1 + 3*8 + Size
	out := make([]byte, 0, most)
	out = appendText(out, claimLabel)
	out = appendText(out, c.Schema)
	out = appendText(out, c.Key)
	out = append(out, byte(c.Value.Kind))
	out = appendInt(out, uint64(c.Value.Number))
	out = appendText(out, c.Subject)
	out = appendInt(out, uint64(c.AsOf))
	out = appendInt(out, uint64(c.Expires))
	out = appendText(out, c.Issuer)
	return append(out, c.Salt[:]...), nil
}

// ParseClaim reads what Encode writes. The error is ErrSyntax, ErrClaim or
// ErrSalt. It keeps nothing of b.
func ParseClaim(b []byte) (Claim, error) {
	r := reader{b: b}
	if r.text() != claimLabel {
		return Claim{}, ErrSyntax
	}
	c := Claim{
		Schema:  r.text(),
		Key:     r.text(),
		Value:   Value{Kind: ValueKind(r.byte()), Number: int64(r.int())},
		Subject: r.text(),
		AsOf:    int64(r.int()),
		Expires: int64(r.int()),
		Issuer:  r.text(),
		Salt:    r.digest(),
	}
	if r.broken || len(r.b) > 0 {
		return Claim{}, ErrSyntax
	}
	if err := c.check(); err != nil {
		return Claim{}, err
	}
	return c, nil
}

// ID returns the digest that a contract stores to refuse the claim when it is
// presented again: the claim's leaf in its tree. The error is that of Encode.
func (c Claim) ID(h Hash) ([Size]byte, error) {
	entry, err := c.Encode()
	if err != nil {
		return [Size]byte{}, err
	}
	return LeafHash(h, entry), nil
}

func appendText(b []byte, text string) []byte {
	return append(append(b, byte(len(text))), text...)
}
