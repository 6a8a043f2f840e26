package state

import (
	"bytes"
	"encoding/binary"
	"errors"
)

// ValueCodec turns values of a collection into bytes and back. Equal values must
// have equal bytes, on every node.
type ValueCodec[V any] interface {
	Encode(v V) ([]byte, error)
	Decode(b []byte) (V, error)
}

// ErrValue is the error of stored bytes that are not a value of the collection.
var ErrValue = errors.New("state: value does not decode")

// Message is what generated protobuf messages have.
type Message[T any] interface {
	*T
	MarshalVT() ([]byte, error)
	UnmarshalVT([]byte) error
}

type messageValue[T any, P Message[T]] struct{}

// MessageValue encodes protobuf messages, without map fields: their order varies.
func MessageValue[T any, P Message[T]]() ValueCodec[P] { return messageValue[T, P]{} }

func (messageValue[T, P]) Encode(v P) ([]byte, error) {
	if v == nil {
		return nil, errors.New("state: nil message")
	}
	return v.MarshalVT()
}

func (messageValue[T, P]) Decode(b []byte) (P, error) {
	v := P(new(T))
	if err := v.UnmarshalVT(b); err != nil {
		return nil, errors.Join(ErrValue, err)
	}
	return v, nil
}

type rawValue[V ~string | ~[]byte] struct{}

// BytesValue stores bytes as they are.
func BytesValue() ValueCodec[[]byte] { return rawValue[[]byte]{} }

// StringValue stores text as it is.
func StringValue() ValueCodec[string] { return rawValue[string]{} }

func (rawValue[V]) Encode(v V) ([]byte, error) { return []byte(v), nil }
func (rawValue[V]) Decode(b []byte) (V, error) { return V(bytes.Clone(b)), nil }

type uint64Value[V ~uint64 | ~int64] struct{}

// Uint64Value stores a number in eight bytes, big-endian.
func Uint64Value() ValueCodec[uint64] { return uint64Value[uint64]{} }

// Int64Value stores a number in eight bytes, big-endian, two's complement.
func Int64Value() ValueCodec[int64] { return uint64Value[int64]{} }

func (uint64Value[V]) Encode(v V) ([]byte, error) {
	return binary.BigEndian.AppendUint64(nil, uint64(v)), nil
}

func (uint64Value[V]) Decode(b []byte) (V, error) {
	if len(b) != uint64Len {
		return 0, ErrValue
	}
	return V(binary.BigEndian.Uint64(b)), nil
}

// Empty is the value of a set: a map that has keys only.
type Empty struct{}

type emptyValue struct{}

// EmptyValue stores nothing under the key.
func EmptyValue() ValueCodec[Empty] { return emptyValue{} }

func (emptyValue) Encode(Empty) ([]byte, error) { return nil, nil }

func (emptyValue) Decode(b []byte) (Empty, error) {
	if len(b) != 0 {
		return Empty{}, ErrValue
	}
	return Empty{}, nil
}
