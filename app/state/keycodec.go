package state

import (
	"bytes"
	"encoding/binary"
	"errors"
)

// KeyCodec turns keys of a collection into bytes and back. Bytes sort as the keys
// do: numbers by size, text and bytes as bytes.Compare does, pairs by their first
// part and then by their second.
//
// A key has two forms. As the last part of a key it is plain; before another part
// it says where it ends, so that no two pairs look alike.
type KeyCodec[K any] interface {
	Append(dst []byte, k K) []byte
	AppendPart(dst []byte, k K) []byte
	Decode(b []byte) (K, error)
	DecodePart(b []byte) (k K, rest []byte, err error)
}

// ErrKey is the error of stored bytes that are not a key of the collection.
var ErrKey = errors.New("state: key does not decode")

// Part form of text and bytes: a zero byte becomes 0x00 0xff, and 0x00 0x01 ends
// it. The end sorts before every longer text with the same beginning.
const (
	escape    = 0x00
	escaped   = 0xff
	partEnd   = 0x01
	uint64Len = 8
)

type textKey[K ~string | ~[]byte] struct{}

// StringKey encodes text.
func StringKey[K ~string]() KeyCodec[K] { return textKey[K]{} }

// BytesKey encodes bytes of any length.
func BytesKey[K ~[]byte]() KeyCodec[K] { return textKey[K]{} }

func (textKey[K]) Append(dst []byte, k K) []byte { return append(dst, k...) }

func (textKey[K]) AppendPart(dst []byte, k K) []byte {
	for i := 0; i < len(k); i++ {
		dst = append(dst, k[i])
		if k[i] == escape {
			dst = append(dst, escaped)
		}
	}
	return append(dst, escape, partEnd)
}

func (textKey[K]) Decode(b []byte) (K, error) { return K(bytes.Clone(b)), nil }

func (textKey[K]) DecodePart(b []byte) (k K, rest []byte, err error) {
	var out []byte
	for {
		i := bytes.IndexByte(b, escape)
		if i < 0 || i+1 == len(b) {
			return k, nil, ErrKey
		}
		out = append(out, b[:i]...)
		mark := b[i+1]
		b = b[i+2:]
		switch mark {
		case partEnd:
			return K(out), b, nil
		case escaped:
			out = append(out, escape)
		default:
			return k, nil, ErrKey
		}
	}
}

type uint64Key[K ~uint64 | ~int64] struct{}

// Uint64Key encodes a number in eight bytes, big-endian.
func Uint64Key[K ~uint64]() KeyCodec[K] { return uint64Key[K]{} }

// HeightKey encodes a number that is never negative, such as a height or a time.
// Negative ones sort last.
func HeightKey[K ~int64]() KeyCodec[K] { return uint64Key[K]{} }

func (uint64Key[K]) Append(dst []byte, k K) []byte {
	return binary.BigEndian.AppendUint64(dst, uint64(k))
}

func (c uint64Key[K]) AppendPart(dst []byte, k K) []byte { return c.Append(dst, k) }

func (c uint64Key[K]) Decode(b []byte) (K, error) { return decodeWhole(c, b) }

func (uint64Key[K]) DecodePart(b []byte) (k K, rest []byte, err error) {
	if len(b) < uint64Len {
		return 0, nil, ErrKey
	}
	return K(binary.BigEndian.Uint64(b)), b[uint64Len:], nil
}

type array20Key[K ~[20]byte] struct{}

// Array20Key encodes twenty bytes, such as an address.
func Array20Key[K ~[20]byte]() KeyCodec[K] { return array20Key[K]{} }

func (array20Key[K]) Append(dst []byte, k K) []byte {
	b := [20]byte(k)
	return append(dst, b[:]...)
}

func (c array20Key[K]) AppendPart(dst []byte, k K) []byte { return c.Append(dst, k) }

func (c array20Key[K]) Decode(b []byte) (K, error) { return decodeWhole(c, b) }

func (array20Key[K]) DecodePart(b []byte) (k K, rest []byte, err error) {
	if len(b) < 20 {
		return k, nil, ErrKey
	}
	return K([20]byte(b)), b[20:], nil
}

type array32Key[K ~[32]byte] struct{}

// Array32Key encodes thirty-two bytes, such as a hash.
func Array32Key[K ~[32]byte]() KeyCodec[K] { return array32Key[K]{} }

func (array32Key[K]) Append(dst []byte, k K) []byte {
	b := [32]byte(k)
	return append(dst, b[:]...)
}

func (c array32Key[K]) AppendPart(dst []byte, k K) []byte { return c.Append(dst, k) }

func (c array32Key[K]) Decode(b []byte) (K, error) { return decodeWhole(c, b) }

func (array32Key[K]) DecodePart(b []byte) (k K, rest []byte, err error) {
	if len(b) < 32 {
		return k, nil, ErrKey
	}
	return K([32]byte(b)), b[32:], nil
}

// decodeWhole decodes a key of fixed length that must fill b.
func decodeWhole[K any](c KeyCodec[K], b []byte) (K, error) {
	k, rest, err := c.DecodePart(b)
	if err == nil && len(rest) > 0 {
		return k, ErrKey
	}
	return k, err
}

// Pair is a key of two parts; nest pairs for more.
type Pair[A, B any] struct {
	First  A
	Second B
}

// PairOf returns the pair of a and b.
func PairOf[A, B any](a A, b B) Pair[A, B] { return Pair[A, B]{First: a, Second: b} }

type pairKey[A, B any] struct {
	first  KeyCodec[A]
	second KeyCodec[B]
}

// PairKey encodes pairs.
func PairKey[A, B any](first KeyCodec[A], second KeyCodec[B]) KeyCodec[Pair[A, B]] {
	return pairKey[A, B]{first: first, second: second}
}

func (c pairKey[A, B]) Append(dst []byte, k Pair[A, B]) []byte {
	return c.second.Append(c.first.AppendPart(dst, k.First), k.Second)
}

func (c pairKey[A, B]) AppendPart(dst []byte, k Pair[A, B]) []byte {
	return c.second.AppendPart(c.first.AppendPart(dst, k.First), k.Second)
}

func (c pairKey[A, B]) Decode(b []byte) (k Pair[A, B], err error) {
	if k.First, b, err = c.first.DecodePart(b); err == nil {
		k.Second, err = c.second.Decode(b)
	}
	return k, err
}

func (c pairKey[A, B]) DecodePart(b []byte) (k Pair[A, B], rest []byte, err error) {
	if k.First, b, err = c.first.DecodePart(b); err == nil {
		k.Second, rest, err = c.second.DecodePart(b)
	}
	return k, rest, err
}
