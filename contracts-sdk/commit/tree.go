package commit

// Limits of trees.
const (
	// MaxDepth is the most digests that a proof has.
	MaxDepth = 32
	// MaxLeaves is the most leaves that a tree has.
	MaxLeaves = 1 << MaxDepth
)

// Tree is a Merkle tree over a list of entries. It is made and kept off chain;
// it holds about two digests for each entry.
type Tree struct {
	levels [][][Size]byte // leaves first, the root last
	hash   Hash
}

// NewTree returns the tree over entries in their order. It keeps none of them.
// The error is ErrLeaves.
func NewTree(h Hash, entries [][]byte) (*Tree, error) {
	if len(entries) == 0 || uint64(len(entries)) > MaxLeaves {
		return nil, ErrLeaves
	}
	level := make([][Size]byte, len(entries))
	for i, entry := range entries {
		level[i] = LeafHash(h, entry)
	}
	t := &Tree{hash: h}
	for {
		t.levels = append(t.levels, level)
		if len(level) == 1 {
			return t, nil
		}
		level = t.above(level)
	}
}

// above returns the level over a level of two or more nodes.
func (t *Tree) above(level [][Size]byte) [][Size]byte {
	up := make([][Size]byte, 0, (len(level)+1)/2)
	var n node
	for i := 0; i+1 < len(level); i += 2 {
		up = append(up, n.digest(t.hash, level[i], level[i+1]))
	}
	if len(level)%2 == 1 {
		up = append(up, level[len(level)-1])
	}
	return up
}

// Root returns the digest that stands for the whole list.
func (t *Tree) Root() [Size]byte { return t.levels[len(t.levels)-1][0] }

// Leaves returns the number of entries.
func (t *Tree) Leaves() uint64 { return uint64(len(t.levels[0])) }

// Prove returns the proof for the entry at an index, the first being 0. The
// error is ErrIndex.
func (t *Tree) Prove(index uint64) (Proof, error) {
	if index >= t.Leaves() {
		return Proof{}, ErrIndex
	}
	p := Proof{Index: index, Leaves: t.Leaves()}
	at := index
	for _, level := range t.levels[:len(t.levels)-1] {
		if sibling := at ^ 1; sibling < uint64(len(level)) {
			p.Path = append(p.Path, level[sibling])
		}
		at /= 2
	}
	return p, nil
}

// LeafHash returns the digest of an entry as a leaf of a tree.
func LeafHash(h Hash, entry []byte) [Size]byte {
	input := make([]byte, 0, 1+len(entry))
	input = append(input, tagLeaf)
	return h(append(input, entry...))
}

// node is the input for the digest of a node. Digests of a path share one, since
// each would otherwise cost a contract an allocation.
type node [1 + 2*Size]byte

func (n *node) digest(h Hash, left, right [Size]byte) [Size]byte {
	n[0] = tagNode
	copy(n[1:], left[:])
	copy(n[1+Size:], right[:])
	return h(n[:])
}
