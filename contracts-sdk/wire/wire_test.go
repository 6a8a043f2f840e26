package wire

import (
	"encoding/binary"
	"math"
	"testing"
)

func TestVarint(t *testing.T) {
	values := []uint64{0, 1, 127, 128, 16383, 16384, math.MaxUint32, math.MaxInt64, math.MaxUint64}
	for shift := range 64 {
		values = append(values, 1<<shift, 1<<shift-1)
	}
	for _, v := range values {
		want := binary.AppendUvarint(nil, v)
		if got := AppendVarint([]byte{9}, v); string(got[1:]) != string(want) {
			t.Errorf("AppendVarint(%d) = %x, want %x", v, got[1:], want)
		}
		got, n, err := DecodeVarint(append([]byte{9}, want...), 1)
		if err != nil || got != v || n != 1+len(want) {
			t.Errorf("DecodeVarint(%x) = %d, %d, %v", want, got, n, err)
		}
	}
}

// TestDecodeMalformed has inputs that must be errors and not crashes.
func TestDecodeMalformed(t *testing.T) {
	decoders := map[string]func(b []byte, idx int) error{
		"varint": func(b []byte, idx int) error { _, _, err := DecodeVarint(b, idx); return err },
		"fixed":  func(b []byte, idx int) error { _, _, err := fixed(text(b), idx, 4); return err },
		"span":   func(b []byte, idx int) error { _, _, err := Span(b, idx); return err },
	}
	for name, decode := range decoders {
		for _, idx := range []int{-1, 0, 1, 99} {
			if decode(nil, idx) == nil {
				t.Errorf("%s took nothing at %d", name, idx)
			}
		}
	}
	for _, long := range []string{
		"\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01", // eleven bytes
		"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02",     // 65 bits
	} {
		if decoders["varint"]([]byte(long), 0) == nil || decoders["span"]([]byte(long), 0) == nil {
			t.Errorf("the varint %x was taken", long)
		}
	}
	for _, forged := range [][]byte{
		{5, 'a'}, {0xff, 0xff, 0xff, 0xff, 0x0f, 'a'}, {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f}, {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01},
	} {
		if decoders["span"](forged, 0) == nil {
			t.Errorf("a forged length was taken: %x", forged)
		}
	}
}

// FuzzSkip checks that Skip stays within its input and goes forward.
func FuzzSkip(f *testing.F) {
	for _, seed := range []string{"\x08\x01", "\x0a\x02ab", "\x0d1234", "\x0912345678", "\x0b\x08\x01\x0c", "\x0c", "\x0f", "\x0a\xff\xff\xff\xff\x0f"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		n, err := Skip(b)
		if err == nil && (n <= 0 || n > len(b)) {
			t.Fatalf("skipped %d of %d bytes", n, len(b))
		}
	})
}
