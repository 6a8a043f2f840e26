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
		if got := SizeOfVarint(v); got != len(want) {
			t.Errorf("SizeOfVarint(%d) = %d, want %d", v, got, len(want))
		}
		buf := make([]byte, 12)
		at := EncodeVarint(buf, 11, v)
		if string(buf[at:11]) != string(want) {
			t.Errorf("EncodeVarint(%d) = %x, want %x", v, buf[at:11], want)
		}
		got, n, err := DecodeVarint(append([]byte{9}, want...), 1)
		if err != nil || got != v || n != 1+len(want) {
			t.Errorf("DecodeVarint(%x) = %d, %d, %v", want, got, n, err)
		}
		s := int64(v>>1) ^ -int64(v&1)
		if got := SizeOfZigzag(uint64(s)); got != len(want) {
			t.Errorf("SizeOfZigzag(%d) = %d, want %d", s, got, len(want))
		}
		if got, _, err := DecodeSint64(want, 0); err != nil || got != s {
			t.Errorf("DecodeSint64(%x) = %d, want %d", want, got, s)
		}
	}
}

// TestDecodeMalformed has inputs that must be errors and not crashes.
func TestDecodeMalformed(t *testing.T) {
	long := []byte{0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01}
	decoders := map[string]func(b []byte, idx int) error{
		"varint":  func(b []byte, idx int) error { _, _, err := DecodeVarint(b, idx); return err },
		"fixed32": func(b []byte, idx int) error { _, _, err := DecodeFixed32(b, idx); return err },
		"fixed64": func(b []byte, idx int) error { _, _, err := DecodeFixed64(b, idx); return err },
		"bytes":   func(b []byte, idx int) error { _, _, err := DecodeBytes(b, idx, true); return err },
		"string":  func(b []byte, idx int) error { _, _, err := DecodeString(b, idx); return err },
		"unsafe":  func(b []byte, idx int) error { _, _, err := DecodeStringUnsafe(b, idx); return err },
	}
	for name, decode := range decoders {
		for _, idx := range []int{-1, 0, 1, 99} {
			if decode(nil, idx) == nil {
				t.Errorf("%s took nothing at %d", name, idx)
			}
		}
		if name != "fixed32" && name != "fixed64" && decode(long, 0) == nil {
			t.Errorf("%s took a varint of 11 bytes", name)
		}
	}
	for _, forged := range [][]byte{
		{5, 'a'}, {0xff, 0xff, 0xff, 0xff, 0x0f, 'a'}, {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f}, {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01},
	} {
		if decoders["bytes"](forged, 0) == nil || decoders["string"](forged, 0) == nil {
			t.Errorf("a forged length was taken: %x", forged)
		}
	}
	if decoders["string"]([]byte{1, 0xff}, 0) == nil {
		t.Error("a string that is no UTF-8 was taken")
	}
}

func TestDecodeEmpty(t *testing.T) {
	if b, n, err := DecodeBytes([]byte{0}, 0, true); b == nil || len(b) != 0 || n != 1 || err != nil {
		t.Errorf("empty bytes gave %v, %d, %v", b, n, err)
	}
	if s, n, err := DecodeStringUnsafe([]byte{0}, 0); s != "" || n != 1 || err != nil {
		t.Errorf("an empty string gave %q, %d, %v", s, n, err)
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
