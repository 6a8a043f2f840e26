package sdk

// The SDK's tests use the standard library alone: what stands in go.mod here
// would be asked for on the closed networks where contracts are built.

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"strconv"
	"strings"
	"testing"
)

// vector is a line of testdata/keys.txt.
type vector struct {
	kind, text string
	want       []byte
}

func readVectors(t *testing.T) []vector {
	t.Helper()
	content, err := os.ReadFile("testdata/keys.txt")
	if err != nil {
		t.Fatal(err)
	}
	var list []vector
	for line := range strings.Lines(string(content)) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		kind, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		quoted, encoded, _ := strings.Cut(rest, " ")
		text, err := strconv.Unquote(quoted)
		if err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		want, err := hex.DecodeString(encoded)
		if err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		list = append(list, vector{kind, text, want})
	}
	return list
}

func encodeVector(t *testing.T, v vector) Key {
	t.Helper()
	var k Key
	switch v.kind {
	case "string":
		return k.String(v.text)
	case "bytes":
		raw, err := hex.DecodeString(v.text)
		if err != nil {
			t.Fatal(err)
		}
		return k.Bytes(raw)
	case "int32", "int64":
		n, err := strconv.ParseInt(v.text, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		if v.kind == "int32" {
			return k.Int32(int32(n))
		}
		return k.Int64(n)
	case "uint32", "uint64":
		n, err := strconv.ParseUint(v.text, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		if v.kind == "uint32" {
			return k.Uint32(uint32(n))
		}
		return k.Uint64(n)
	}
	t.Fatalf("kind %q", v.kind)
	return nil
}

func TestKeyVectors(t *testing.T) {
	last := map[string][]byte{}
	for _, v := range readVectors(t) {
		got := encodeVector(t, v)
		if !bytes.Equal(got, v.want) {
			t.Errorf("%s %q: got %x, want %x", v.kind, v.text, []byte(got), v.want)
		}
		if before, ok := last[v.kind]; ok && bytes.Compare(before, got) >= 0 {
			t.Errorf("%s %q does not come after the one before", v.kind, v.text)
		}
		last[v.kind] = got
	}
}

// FuzzKeyOrder checks that keys of two parts order and separate as the parts do.
func FuzzKeyOrder(f *testing.F) {
	f.Add("a", "b", "a\x00", "")
	f.Add("", "\x00", "\x00", "")
	f.Add("a\x00\xff", "", "a", "\x00")
	f.Fuzz(func(t *testing.T, a1, a2, b1, b2 string) {
		a, b := Key(nil).String(a1).String(a2), Key(nil).String(b1).String(b2)
		want := strings.Compare(a1, b1)
		if want == 0 {
			want = strings.Compare(a2, b2)
		}
		if got := bytes.Compare(a, b); got != want {
			t.Fatalf("(%q,%q) and (%q,%q): order %d, want %d", a1, a2, b1, b2, got, want)
		}
		if n := skipParts(a, "ss"); n != len(a) {
			t.Fatalf("skipParts took %d of %d bytes", n, len(a))
		}
		if n := skipParts(a, "s"); n != len(Key(nil).String(a1)) {
			t.Fatalf("skipParts took %d bytes of the first part", n)
		}
	})
}

func TestSkipPartsMalformed(t *testing.T) {
	tests := []struct {
		key, parts string
		want       int
	}{
		{"", "", 0},
		{"", "s", -1},
		{"a", "s", -1},
		{"a\x00", "s", -1},
		{"a\x00\xff", "s", -1},
		{"abc", "4", -1},
		{"abcd", "4", 4},
		{"abcd", "8", -1},
		{"abcd\x00\x01", "4s", 6},
	}
	for _, tt := range tests {
		if got := skipParts([]byte(tt.key), tt.parts); got != tt.want {
			t.Errorf("skipParts(%q, %q) = %d, want %d", tt.key, tt.parts, got, tt.want)
		}
	}
}

func TestPrefixEnd(t *testing.T) {
	tests := []struct{ prefix, want string }{
		{"a", "b"}, {"a\xff", "b"}, {"a\xff\xff", "b"}, {"ab", "ac"}, {"\x00", "\x01"},
	}
	for _, tt := range tests {
		if got := prefixEnd([]byte(tt.prefix)); string(got) != tt.want {
			t.Errorf("prefixEnd(%q) = %q, want %q", tt.prefix, got, tt.want)
		}
	}
	for _, prefix := range []string{"", "\xff", "\xff\xff"} {
		if got := prefixEnd([]byte(prefix)); got != nil {
			t.Errorf("prefixEnd(%q) = %q, want no end", prefix, got)
		}
	}
}

// tokenHost knows which contract runs and how to hash.
type tokenHost struct {
	Host
	contract string
}

func (h tokenHost) Context(uint32) []byte            { return []byte(h.contract) }
func (h tokenHost) Hash(_ uint32, b []byte) [32]byte { return sha256.Sum256(b) }

func TestPageToken(t *testing.T) {
	list := func(contract string, reverse bool, prefix ...byte) *span {
		return &span{view: view{ctx: &QueryCtx{host: tokenHost{contract: contract}}}, prefix: prefix, reverse: reverse}
	}
	key := append([]byte{0, 1, 0}, "440703199003071016 and more than one block of the mask"...)
	own := list("a/b", false, 0, 1, 0)
	token := own.token(key)
	if got, ok := own.parseToken(token); !ok || !bytes.Equal(got, key) {
		t.Fatalf("token %q gave %q", token, got)
	}
	if raw, _ := hexBytes(token); bytes.Contains(raw, []byte("4407")) || len(raw) != tagSize+len(key)-3 {
		t.Errorf("token %q shows the key or is %d bytes long", token, len(raw))
	}
	if again := own.token(key); again != token {
		t.Error("a token differs from itself")
	}
	for name, other := range map[string]*span{
		"contract": list("a/c", false, 0, 1, 0), "order": list("a/b", true, 0, 1, 0), "index": list("a/b", false, 0, 1, 1),
		"fields": list("a/b", false, 0, 1, 0, '4'), "collection": list("a/b", false, 0, 2, 0), "prefix": list("a/b", false, 0, 1),
	} {
		if _, ok := other.parseToken(token); ok {
			t.Errorf("a token of another %s was taken", name)
		}
	}
	// Whoever knows the list can make tokens up: they lead nowhere else.
	longest := append([]byte{0, 1, 0}, make([]byte, maxKey-3)...)
	if _, ok := own.parseToken(own.token(longest)); !ok {
		t.Error("the token of the longest key was refused")
	}
	if _, ok := own.parseToken(own.token(append(longest, 0))); ok {
		t.Error("a token of a key that cannot be was taken")
	}
	flipped := []byte(token)
	for i := range flipped {
		flipped[i] ^= 1 // '0' and '1', 'a' and '`'
		if _, ok := own.parseToken(string(flipped)); ok {
			t.Errorf("token %s was taken", flipped)
		}
		flipped[i] ^= 1
	}
	long := strings.Repeat("00", tagSize+maxKey+1)
	for _, bad := range []string{"", "0", "zz", "000100", "00010", "ABCDEF01", token + "0", token + "00", token[2:], strings.ToUpper(token), long} {
		if _, ok := own.parseToken(bad); ok {
			t.Errorf("token %q was taken", bad)
		}
	}
}
