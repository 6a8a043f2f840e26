package commit

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"strconv"
	"strings"
	"testing"
)

// vectors returns the lines of testdata/vectors.txt of one kind, without it.
func vectors(t *testing.T, kind string) [][]string {
	t.Helper()
	content, err := os.ReadFile("testdata/vectors.txt")
	if err != nil {
		t.Fatal(err)
	}
	var found [][]string
	for line := range strings.Lines(string(content)) {
		if fields := strings.Fields(line); fields[0] == kind {
			found = append(found, fields[1:])
		}
	}
	if len(found) == 0 {
		t.Fatalf("no vectors for %s", kind)
	}
	return found
}

func unhex(t *testing.T, text string) []byte {
	t.Helper()
	b, err := hex.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func unhexDigest(t *testing.T, text string) [Size]byte {
	t.Helper()
	d, err := Digest(unhex(t, text))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// hashes returns the hashes that vectors name. SM3 is a table: an input that is
// not in it is an input that the other implementation did not hash.
func hashes(t *testing.T, name string) Hash {
	t.Helper()
	switch name {
	case "sha256":
		return sha256.Sum256
	case "sm3":
		table := make(map[string][Size]byte)
		for _, v := range vectors(t, "sm3") {
			table[string(unhex(t, v[0]))] = unhexDigest(t, v[1])
		}
		return func(data []byte) [Size]byte {
			digest, ok := table[string(data)]
			if !ok {
				t.Fatalf("SM3 of an input without a vector: %x", data)
			}
			return digest
		}
	}
	t.Fatalf("unknown hash %s", name)
	return nil
}

func TestCommitmentVectors(t *testing.T) {
	for _, v := range vectors(t, "commitment") {
		h, domain, salt := hashes(t, v[0]), v[1], unhexDigest(t, v[2])
		got, err := To(h, domain, salt, unhex(t, v[3]))
		if want := unhexDigest(t, v[4]); got != want || err != nil {
			t.Errorf("%s %s: got %x, %v, want %x", v[0], domain, got, err, want)
		}
		if err := Open(h, got, domain, salt, unhex(t, v[3])); err != nil {
			t.Errorf("%s %s: %v", v[0], domain, err)
		}
	}
}

func TestTreeVectors(t *testing.T) {
	for _, v := range vectors(t, "tree") {
		n, err := strconv.Atoi(v[1])
		if err != nil {
			t.Fatal(err)
		}
		h := hashes(t, v[0])
		tree, err := NewTree(h, entries(n))
		if err != nil {
			t.Fatal(err)
		}
		if got, want := tree.Root(), unhexDigest(t, v[2]); got != want {
			t.Errorf("%s, %d leaves: got %x, want %x", v[0], n, got, want)
		}
		proof, err := tree.Prove(uint64(n / 2))
		if err != nil {
			t.Fatal(err)
		}
		if err := Verify(h, tree.Root(), entries(n)[n/2], proof); err != nil {
			t.Errorf("%s, %d leaves: %v", v[0], n, err)
		}
	}
}

func TestClaimVector(t *testing.T) {
	claim := insured()
	got, err := claim.Encode()
	if want := unhex(t, vectors(t, "claim")[0][0]); string(got) != string(want) || err != nil {
		t.Errorf("got %x, %v, want %x", got, err, want)
	}
	for _, v := range vectors(t, "claimid") {
		id, err := claim.ID(hashes(t, v[0]))
		if want := unhexDigest(t, v[1]); id != want || err != nil {
			t.Errorf("%s: got %x, %v, want %x", v[0], id, err, want)
		}
	}
}
