package commit

import (
	"crypto/sha256"
	"strings"
	"testing"
)

// counting returns a salt of 1, 2, 3 and so on.
func counting() (salt [Size]byte) {
	for i := range salt {
		salt[i] = byte(i + 1)
	}
	return salt
}

func TestOpen(t *testing.T) {
	salt, value := counting(), Text("路灯不亮")
	const domain = "civil/hotline:order.content"
	made, err := To(sha256.Sum256, domain, salt, value)
	if err != nil {
		t.Fatal(err)
	}
	otherSalt, otherDigest := salt, made
	otherSalt[31]++
	otherDigest[0]++
	tests := []struct {
		name       string
		commitment [Size]byte
		domain     string
		salt       [Size]byte
		value      []byte
		want       error
	}{
		{"right", made, domain, salt, value, nil},
		{"other value", made, domain, salt, Text("路灯亮"), ErrMismatch},
		{"other type", made, domain, salt, Bytes([]byte("路灯不亮")), ErrMismatch},
		{"other salt", made, domain, otherSalt, value, ErrMismatch},
		{"other field", made, "civil/hotline:order.notes", salt, value, ErrMismatch},
		{"byte moved from domain to value", made, domain[:len(domain)-1], salt, append([]byte{'t'}, value...), ErrMismatch},
		{"other commitment", otherDigest, domain, salt, value, ErrMismatch},
		{"no domain", made, "", salt, value, ErrDomain},
		{"long domain", made, strings.Repeat("x", 64), salt, value, ErrDomain},
		{"space in domain", made, "civil hotline", salt, value, ErrDomain},
		{"zero byte in domain", made, domain + "\x00", salt, value, ErrDomain},
		{"other script in domain", made, "民政", salt, value, ErrDomain},
		{"no salt", made, domain, [Size]byte{}, value, ErrSalt},
		{"no value", made, domain, salt, nil, ErrValue},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if err := Open(sha256.Sum256, tt.commitment, tt.domain, tt.salt, tt.value); err != tt.want {
				t.Errorf("got %v, want %v", err, tt.want)
			}
		})
	}
}

// FuzzCommitmentInputs: two different inputs never give the same bytes to hash,
// and no bytes that are those of a tree's node.
func FuzzCommitmentInputs(f *testing.F) {
	f.Add("a", "ab", []byte("bc"), []byte("c"))
	f.Add("a", "a", []byte{0}, []byte{0, 0})
	f.Fuzz(func(t *testing.T, domain1, domain2 string, value1, value2 []byte) {
		var inputs []string
		record := func(data []byte) [Size]byte {
			inputs = append(inputs, string(data))
			return sha256.Sum256(data)
		}
		if _, err := To(record, domain1, counting(), value1); err != nil {
			return
		}
		if _, err := To(record, domain2, counting(), value2); err != nil {
			return
		}
		equal := domain1 == domain2 && string(value1) == string(value2)
		if (inputs[0] == inputs[1]) != equal {
			t.Errorf("%q with %x and %q with %x are hashed as %x and %x", domain1, value1, domain2, value2, inputs[0], inputs[1])
		}
		if len(inputs[0]) == 1+2*Size || inputs[0][0] == tagLeaf {
			t.Errorf("%x could be a node or a leaf", inputs[0])
		}
	})
}

func TestValuesDiffer(t *testing.T) {
	values := [][]byte{
		Bool(false), Bool(true), Int(0), Int(1), Int(-1), Text(""), Text("0"), Bytes(nil), Bytes([]byte("0")),
		List(), List(Text("")), List(Text(""), Text("")), List(Text("ab")), List(Text("a"), Text("b")),
		List(List(Text("a")), Text("b")), List(Text("a"), List(Text("b"))), Text(string(List())),
	}
	seen := make(map[string]int)
	for i, v := range values {
		if len(v) == 0 {
			t.Errorf("value %d is empty", i)
		}
		if other, ok := seen[string(v)]; ok {
			t.Errorf("values %d and %d are both %x", other, i, v)
		}
		seen[string(v)] = i
	}
}

func TestEqual(t *testing.T) {
	a := counting()
	for i := range a {
		b := a
		b[i] ^= 0x80
		if Equal(a, b) {
			t.Errorf("equal with byte %d different", i)
		}
	}
	if !Equal(a, counting()) {
		t.Error("not equal to itself")
	}
}

func TestDigest(t *testing.T) {
	salt := counting()
	if got, err := Digest(salt[:]); got != salt || err != nil {
		t.Errorf("got %x, %v", got, err)
	}
	for _, n := range []int{0, 31, 33} {
		if got, err := Digest(make([]byte, n)); got != ([Size]byte{}) || err != ErrLength {
			t.Errorf("%d bytes: %x, %v", n, got, err)
		}
	}
}

func TestErrorTexts(t *testing.T) {
	seen := make(map[string]bool)
	for e := ErrMismatch; e <= ErrTooOld; e++ {
		if seen[e.Error()] || e.Error() == Error(0).Error() {
			t.Errorf("error %d has no text of its own: %q", e, e.Error())
		}
		seen[e.Error()] = true
	}
}
