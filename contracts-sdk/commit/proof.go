package commit

// Proof shows that an entry is in a tree. Whoever presents it has written all of
// its fields.
//
// A proof that verifies shows that the entry is in the tree. Where its place
// matters too, as for the seventh line of a bill, compare Leaves with the number
// stored with the root, and Index with the place wanted: only with the right
// number of leaves does the index stand for a place.
type Proof struct {
	Index  uint64 // place of the entry, the first being 0
	Leaves uint64 // number of entries in the tree
	// Path are the digests beside the way from the leaf to the root, the one
	// beside the leaf first.
	Path [][Size]byte
}

// Verify returns nil when entry is in the tree with this root, and ErrMismatch
// when the proof does not show it. A proof that fits no tree is ErrLeaves,
// ErrIndex or ErrPath, found before anything is hashed. It computes one hash of
// the entry and at most MaxDepth of 65 bytes.
func Verify(h Hash, root [Size]byte, entry []byte, p Proof) error {
	if err := p.check(); err != nil {
		return err
	}
	digest := LeafHash(h, entry)
	var n node
	next := 0
	for at, width := p.Index, p.Leaves; width > 1; at, width = at/2, (width+1)/2 {
		switch {
		case at^1 >= width: // the last of an odd number goes up as it is
			continue
		case at%2 == 0:
			digest = n.digest(h, digest, p.Path[next])
		default:
			digest = n.digest(h, p.Path[next], digest)
		}
		next++
	}
	if !Equal(digest, root) {
		return ErrMismatch
	}
	return nil
}

// check tests that the proof has the form of one.
func (p Proof) check() error {
	if p.Leaves == 0 || p.Leaves > MaxLeaves {
		return ErrLeaves
	}
	if p.Index >= p.Leaves {
		return ErrIndex
	}
	need := 0
	for at, width := p.Index, p.Leaves; width > 1; at, width = at/2, (width+1)/2 {
		if at^1 < width {
			need++
		}
	}
	if len(p.Path) != need {
		return ErrPath
	}
	return nil
}

// Encode returns the proof as bytes, for files and messages that carry it as one
// field: index and number of leaves, 8 bytes each and big endian, then the path.
func (p Proof) Encode() []byte {
	out := make([]byte, 0, 16+Size*len(p.Path))
	out = appendInt(out, p.Index)
	out = appendInt(out, p.Leaves)
	for _, digest := range p.Path {
		out = append(out, digest[:]...)
	}
	return out
}

// ParseProof reads what Encode writes. The error is ErrSyntax, or that of Verify
// for a proof that fits no tree. It keeps nothing of b.
func ParseProof(b []byte) (Proof, error) {
	if len(b) < 16 || len(b) > 16+MaxDepth*Size || len(b)%Size != 16 {
		return Proof{}, ErrSyntax
	}
	r := reader{b: b}
	p := Proof{Index: r.int(), Leaves: r.int()}
	for len(r.b) > 0 {
		p.Path = append(p.Path, r.digest())
	}
	if err := p.check(); err != nil {
		return Proof{}, err
	}
	return p, nil
}

// reader takes bytes apart. After the first fault everything it returns is zero.
type reader struct {
	b      []byte
	broken bool
}

func (r *reader) take(n int) []byte {
	if r.broken || len(r.b) < n {
		r.broken = true
		return nil
	}
	part := r.b[:n]
	r.b = r.b[n:]
	return part
}

func (r *reader) byte() byte {
	if part := r.take(1); part != nil {
		return part[0]
	}
	return 0
}

func (r *reader) int() uint64 {
	var v uint64
	for _, c := range r.take(8) {
		v = v<<8 | uint64(c)
	}
	return v
}

func (r *reader) digest() (d [Size]byte) {
	copy(d[:], r.take(Size))
	return d
}

// text reads a length of one byte and as many bytes.
func (r *reader) text() string { return string(r.take(int(r.byte()))) }
