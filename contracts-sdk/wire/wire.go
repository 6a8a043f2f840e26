// Package wire has the helpers that generated message code calls. They are the
// few functions of a protobuf runtime that encoding and decoding need, without
// fmt and reflection: a contract that used those would be half as large again.
// Contract code does not import this package.
package wire

import (
	"errors"
	"io"
	"math"
	"math/bits"
)

// Errors of decoding.
var (
	ErrInvalidLength        = errors.New("proto: length out of range")
	ErrIntOverflow          = errors.New("proto: varint longer than 64 bits")
	ErrUnexpectedEndOfGroup = errors.New("proto: group ends that did not begin")
	ErrUnexpectedEOF        = io.ErrUnexpectedEOF
	ErrTag                  = errors.New("proto: no field has this tag")
	errWireType             = errors.New("proto: unknown wire type")
	errUTF8                 = errors.New("proto: string is not valid UTF-8")
)

// WrongType returns the error for a field that is encoded as another type.
//
//go:noinline
func WrongType(field string) error {
	return errors.New("proto: wrong wire type for field " + field)
}

// Sized is a message as its generated code encodes it.
type Sized interface {
	SizeVT() int
	MarshalToSizedBufferVT(b []byte) (int, error)
}

// Marshal encodes a message.
func Marshal(m Sized) ([]byte, error) {
	b := make([]byte, m.SizeVT())
	n, err := m.MarshalToSizedBufferVT(b)
	if err != nil {
		return nil, err
	}
	return b[:n], nil
}

// SizeOfVarint returns how many bytes x takes as a varint.
//
//go:noinline
func SizeOfVarint(x uint64) int { return (bits.Len64(x|1) + 6) / 7 }

// SizeOfZigzag returns how many bytes x takes as a zigzag varint.
func SizeOfZigzag(x uint64) int { return SizeOfVarint(zigzag(x)) }

func zigzag(x uint64) uint64 { return x<<1 ^ uint64(int64(x)>>63) }

// EncodeVarint writes v so that it ends just before offset and returns where it
// begins. buf must have room.
//
//go:noinline
func EncodeVarint(buf []byte, offset int, v uint64) int {
	start := offset - SizeOfVarint(v)
	at := start
	for ; v >= 0x80; v >>= 7 {
		buf[at] = byte(v) | 0x80
		at++
	}
	buf[at] = byte(v)
	return start
}

// DecodeVarint reads a varint at idx and returns it and the index behind it.
//
//go:noinline
func DecodeVarint(b []byte, idx int) (uint64, int, error) {
	if idx < 0 {
		return 0, 0, ErrInvalidLength
	}
	var v uint64
	for shift := uint(0); shift < 64; shift += 7 {
		if idx >= len(b) {
			return 0, 0, io.ErrUnexpectedEOF
		}
		c := b[idx]
		idx++
		v |= uint64(c&0x7f) << shift
		if c < 0x80 {
			return v, idx, nil
		}
	}
	return 0, 0, ErrIntOverflow
}

// DecodeVarintInt32 reads an int32 or enum field.
func DecodeVarintInt32(b []byte, idx int) (int32, int, error) {
	v, n, err := DecodeVarint(b, idx)
	return int32(v), n, err
}

// DecodeVarintInt64 reads an int64 field.
func DecodeVarintInt64(b []byte, idx int) (int64, int, error) {
	v, n, err := DecodeVarint(b, idx)
	return int64(v), n, err
}

// DecodeVarintUint32 reads a uint32 field.
func DecodeVarintUint32(b []byte, idx int) (uint32, int, error) {
	v, n, err := DecodeVarint(b, idx)
	return uint32(v), n, err
}

// DecodeVarintBool reads a bool field.
func DecodeVarintBool(b []byte, idx int) (bool, int, error) {
	v, n, err := DecodeVarint(b, idx)
	return v != 0, n, err
}

// DecodeSint32 reads a sint32 field.
func DecodeSint32(b []byte, idx int) (int32, int, error) {
	v, n, err := DecodeVarint(b, idx)
	u := uint32(v)
	return int32(u>>1) ^ -int32(u&1), n, err
}

// DecodeSint64 reads a sint64 field.
func DecodeSint64(b []byte, idx int) (int64, int, error) {
	v, n, err := DecodeVarint(b, idx)
	return int64(v>>1) ^ -int64(v&1), n, err
}

// DecodeFixed32 reads a fixed32 field.
func DecodeFixed32(b []byte, idx int) (uint32, int, error) {
	if idx < 0 || idx > len(b)-4 {
		return 0, 0, io.ErrUnexpectedEOF
	}
	p := b[idx : idx+4]
	return uint32(p[0]) | uint32(p[1])<<8 | uint32(p[2])<<16 | uint32(p[3])<<24, idx + 4, nil
}

// DecodeFixed64 reads a fixed64 field.
func DecodeFixed64(b []byte, idx int) (uint64, int, error) {
	if idx < 0 || idx > len(b)-8 {
		return 0, 0, io.ErrUnexpectedEOF
	}
	low, _, _ := DecodeFixed32(b, idx)
	high, n, _ := DecodeFixed32(b, idx+4)
	return uint64(low) | uint64(high)<<32, n, nil
}

// DecodeFloat32 reads a float field.
func DecodeFloat32(b []byte, idx int) (float32, int, error) {
	v, n, err := DecodeFixed32(b, idx)
	return math.Float32frombits(v), n, err
}

// DecodeFloat64 reads a double field.
func DecodeFloat64(b []byte, idx int) (float64, int, error) {
	v, n, err := DecodeFixed64(b, idx)
	return math.Float64frombits(v), n, err
}
