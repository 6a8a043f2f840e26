package commit

import (
	"crypto/sha256"
	"reflect"
	"strconv"
	"testing"
)

// entries returns n different entries.
func entries(n int) [][]byte {
	list := make([][]byte, n)
	for i := range list {
		list[i] = []byte("entry " + strconv.Itoa(i))
	}
	return list
}

func newTree(t testing.TB, n int) *Tree {
	t.Helper()
	tree, err := NewTree(sha256.Sum256, entries(n))
	if err != nil {
		t.Fatal(err)
	}
	return tree
}

func prove(t testing.TB, tree *Tree, index uint64) Proof {
	t.Helper()
	p, err := tree.Prove(index)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestEveryProof proves each entry of each small tree, and each proof for no
// other entry of it.
func TestEveryProof(t *testing.T) {
	for n := 1; n <= 33; n++ {
		tree, list := newTree(t, n), entries(n)
		for i := range list {
			p := prove(t, tree, uint64(i))
			for j, entry := range list {
				var want error
				if i != j {
					want = ErrMismatch
				}
				if err := Verify(sha256.Sum256, tree.Root(), entry, p); err != want {
					t.Errorf("%d leaves, proof of %d for %d: %v", n, i, j, err)
				}
			}
			back, err := ParseProof(p.Encode())
			if err != nil || !reflect.DeepEqual(back, p) {
				t.Errorf("%d leaves, proof of %d: reads back as %v, %v", n, i, back, err)
			}
		}
		if _, err := tree.Prove(uint64(n)); err != ErrIndex {
			t.Errorf("%d leaves, proof beyond: %v", n, err)
		}
	}
}

func TestNewTreeOfNothing(t *testing.T) {
	if _, err := NewTree(sha256.Sum256, nil); err != ErrLeaves {
		t.Errorf("got %v", err)
	}
}

func TestForgedProofs(t *testing.T) {
	const n = 11
	tree, list := newTree(t, n), entries(n)
	good := prove(t, tree, 4)
	with := func(change func(*Proof)) Proof {
		p := prove(t, tree, 4)
		change(&p)
		return p
	}
	left, right := LeafHash(sha256.Sum256, list[4]), LeafHash(sha256.Sum256, list[5])
	inner := append(left[:], right[:]...)
	tests := []struct {
		name  string
		entry []byte
		proof Proof
		want  error
	}{
		{"good", list[4], good, nil},
		{"other index", list[4], with(func(p *Proof) { p.Index = 5 }), ErrMismatch},
		{"index of a shorter path", list[4], with(func(p *Proof) { p.Index = 10 }), ErrPath},
		{"index beyond", list[4], with(func(p *Proof) { p.Index = n }), ErrIndex},
		{"largest index", list[4], with(func(p *Proof) { p.Index = 1<<64 - 1 }), ErrIndex},
		{"no leaves", list[4], with(func(p *Proof) { p.Leaves = 0 }), ErrLeaves},
		{"too many leaves", list[4], with(func(p *Proof) { p.Leaves = MaxLeaves + 1 }), ErrLeaves},
		{"most leaves", list[4], with(func(p *Proof) { p.Leaves = MaxLeaves }), ErrPath},
		{"one leaf", list[4], Proof{Index: 0, Leaves: 1}, ErrMismatch},
		{"path cut", list[4], with(func(p *Proof) { p.Path = p.Path[:3] }), ErrPath},
		{"path longer", list[4], with(func(p *Proof) { p.Path = append(p.Path, p.Path[0]) }), ErrPath},
		{"no path", list[4], with(func(p *Proof) { p.Path = nil }), ErrPath},
		{"digest changed", list[4], with(func(p *Proof) { p.Path[2][0]++ }), ErrMismatch},
		{"digests swapped", list[4], with(func(p *Proof) { p.Path[0], p.Path[1] = p.Path[1], p.Path[0] }), ErrMismatch},
		{"no entry", nil, good, ErrMismatch},
		// An inner node shown as if it were an entry.
		{"node as entry", inner, Proof{Index: 2, Leaves: 6, Path: good.Path[1:]}, ErrMismatch},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if err := Verify(sha256.Sum256, tree.Root(), tt.entry, tt.proof); err != tt.want {
				t.Errorf("got %v, want %v", err, tt.want)
			}
		})
	}
}

// TestMalformedProofHashesNothing: a proof that cannot be right costs no gas for
// hashing.
func TestMalformedProofHashesNothing(t *testing.T) {
	h := func([]byte) [Size]byte { t.Error("hashed"); return [Size]byte{} }
	p := Proof{Index: 1, Leaves: 2, Path: make([][Size]byte, 100_000)}
	if err := Verify(h, [Size]byte{}, nil, p); err != ErrPath {
		t.Errorf("got %v", err)
	}
}

func TestParseProofMalformed(t *testing.T) {
	good := prove(t, newTree(t, 11), 4).Encode()
	tests := []struct {
		name string
		b    []byte
		want error
	}{
		{"empty", nil, ErrSyntax},
		{"short", good[:15], ErrSyntax},
		{"half a digest", good[:len(good)-1], ErrSyntax},
		{"digest missing", good[:len(good)-Size], ErrPath},
		{"too long", make([]byte, 16+33*Size), ErrSyntax},
		{"all zero", make([]byte, 16), ErrLeaves},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := ParseProof(tt.b); err != tt.want {
				t.Errorf("got %v, want %v", err, tt.want)
			}
		})
	}
}

// FuzzProof: no bytes panic, what reads is written back the same, and a proof
// that was made up leads to no root.
func FuzzProof(f *testing.F) {
	tree := newTree(f, 11)
	f.Add(prove(f, tree, 4).Encode(), []byte("entry 4"))
	f.Add(prove(f, tree, 10).Encode(), []byte("entry 10"))
	f.Add(make([]byte, 48), []byte{})
	f.Fuzz(func(t *testing.T, b, entry []byte) {
		p, err := ParseProof(b)
		if err != nil {
			return
		}
		if string(p.Encode()) != string(b) {
			t.Errorf("%x reads as %v", b, p)
		}
		known := false
		for _, e := range entries(11) {
			known = known || string(e) == string(entry)
		}
		if err := Verify(sha256.Sum256, tree.Root(), entry, p); err == nil && !known {
			t.Errorf("%x is proved to be in the tree", entry)
		}
	})
}
