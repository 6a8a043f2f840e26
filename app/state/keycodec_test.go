package state

import (
	"bytes"
	"cmp"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestKeyCodecBytes(t *testing.T) {
	pair := PairKey(StringKey[string](), Uint64Key[uint64]())
	require.Equal(t, "ab\x00\x01\x00\x00\x00\x00\x00\x00\x01\x00", string(pair.Append(nil, PairOf("ab", uint64(256)))))
	require.Equal(t, "x\x00\xff\x00\x01", string(StringKey[string]().AppendPart(nil, "x\x00")))
	require.Equal(t, "x\x00", string(StringKey[string]().Append(nil, "x\x00")))
	height, err := HeightKey[int64]().Decode([]byte{0, 0, 0, 0, 0, 0, 1, 2})
	require.NoError(t, err)
	require.EqualValues(t, 258, height)

	for name, err := range map[string]error{
		"number too short": second(Uint64Key[uint64]().Decode(make([]byte, 7))),
		"number too long":  second(Uint64Key[uint64]().Decode(make([]byte, 9))),
		"address short":    second(Array20Key[[20]byte]().Decode(make([]byte, 19))),
		"address long":     second(Array20Key[[20]byte]().Decode(make([]byte, 21))),
		"hash short":       second(Array32Key[[32]byte]().Decode(make([]byte, 31))),
		"hash long":        second(Array32Key[[32]byte]().Decode(make([]byte, 33))),
		"part without end": second(pair.Decode([]byte("ab"))),
		"part cut":         second(pair.Decode([]byte("ab\x00"))),
		"part escape":      second(pair.Decode([]byte("ab\x00\x02\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00"))),
		"second missing":   second(pair.Decode([]byte("ab\x00\x01"))),
	} {
		require.ErrorIs(t, err, ErrKey, name)
	}
}

func second[T any](_ T, err error) error { return err }

// FuzzKeyCodec checks that encoding keeps the order of pairs and triples in all
// forms, and that decoding gives them back.
func FuzzKeyCodec(f *testing.F) {
	f.Add("", "", []byte(nil), []byte(nil), uint64(0), uint64(1))
	f.Add("a", "a\x00", []byte{0}, []byte{0xff}, uint64(255), uint64(256))
	f.Add("a\x00\x01", "a\x00", []byte{0, 1}, []byte{0}, ^uint64(0), uint64(0))
	f.Add("a\x00\xff", "a", []byte{1}, []byte{0, 0xff}, uint64(7), uint64(7))
	codec := PairKey(PairKey(StringKey[string](), Uint64Key[uint64]()), BytesKey[[]byte]())
	array := Array20Key[[20]byte]()
	f.Fuzz(func(t *testing.T, s1, s2 string, b1, b2 []byte, n1, n2 uint64) {
		k1, k2 := PairOf(PairOf(s1, n1), b1), PairOf(PairOf(s2, n2), b2)
		want := cmp.Or(cmp.Compare(s1, s2), cmp.Compare(n1, n2), bytes.Compare(b1, b2))
		require.Equal(t, want, bytes.Compare(codec.Append(nil, k1), codec.Append(nil, k2)))
		require.Equal(t, want, bytes.Compare(codec.AppendPart(nil, k1), codec.AppendPart(nil, k2)))

		got, err := codec.Decode(codec.Append([]byte(nil), k1))
		require.NoError(t, err)
		require.Equal(t, k1.First, got.First)
		require.True(t, bytes.Equal(b1, got.Second))
		got, rest, err := codec.DecodePart(append(codec.AppendPart(nil, k1), b2...))
		require.NoError(t, err)
		require.Equal(t, k1.First, got.First)
		require.True(t, bytes.Equal(b1, got.Second))
		require.True(t, bytes.Equal(b2, rest))

		// A part is never the beginning of another one.
		p1, p2 := StringKey[string]().AppendPart(nil, s1), StringKey[string]().AppendPart(nil, s2)
		require.Equal(t, s1 == s2, bytes.HasPrefix(p1, p2))

		// What decodes encodes to the same bytes.
		if k, err := codec.Decode(b1); err == nil {
			require.True(t, bytes.Equal(b1, codec.Append(nil, k)))
		}
		if k, err := array.Decode(b1); err == nil {
			require.True(t, bytes.Equal(b1, array.Append(nil, k)))
		}
	})
}
