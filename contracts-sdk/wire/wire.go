// Package wire encodes and decodes messages for generated code, by a table of
// their fields. It has what of a protobuf runtime a contract needs, without fmt
// and reflection: a contract that used those would be half as large again.
// Contract code does not import this package.
package wire

import (
	"errors"
	"io"
	"strconv"
	"unsafe"
)

// Errors of decoding.
var (
	errLength   = errors.New("proto: length out of range")
	errOverflow = errors.New("proto: varint longer than 64 bits")
	errGroup    = errors.New("proto: group ends that did not begin")
	errTag      = errors.New("proto: no field has this tag")
	errWireType = errors.New("proto: unknown wire type")
	errUTF8     = errors.New("proto: string is not valid UTF-8")
	errDepth    = errors.New("proto: messages nest too deep")
)

// maxNumber is the largest number of a field.
const maxNumber = 1<<29 - 1

func wrongType(field uint32) error {
	return errors.New("proto: field " + strconv.FormatUint(uint64(field), 10) + " has the wrong wire type")
}

// AppendVarint appends v as a varint.
func AppendVarint(b []byte, v uint64) []byte {
	for ; v >= 0x80; v >>= 7 {
		b = append(b, byte(v)|0x80)
	}
	return append(b, byte(v))
}

// DecodeVarint reads a varint at idx and returns it and the index behind it.
func DecodeVarint(b []byte, idx int) (uint64, int, error) { return varint(text(b), idx) }

// Span reads a length at idx and returns the bytes it speaks of and the index
// behind them. The bytes are b's own.
func Span(b []byte, idx int) ([]byte, int, error) {
	content, end, err := cut(text(b), idx)
	if err != nil {
		return nil, 0, err
	}
	return b[end-len(content) : end : end], end, nil
}

// Skip returns the length of the field at the beginning of b, its tag included.
func Skip(b []byte) (int, error) { return skip(text(b)) }

// text returns b as a string that shares its memory.
func text(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

func varint(b string, idx int) (uint64, int, error) {
	if idx < 0 {
		return 0, 0, errLength
	}
	var v uint64
	for shift := uint(0); shift < 64; shift += 7 {
		if idx >= len(b) {
			return 0, 0, io.ErrUnexpectedEOF
		}
		c := b[idx]
		idx++
		if shift == 63 && c > 1 {
			break
		}
		v |= uint64(c&0x7f) << shift
		if c < 0x80 {
			return v, idx, nil
		}
	}
	return 0, 0, errOverflow
}

// fixed reads a number of so many bytes, little endian.
func fixed(b string, idx, size int) (v uint64, next int, err error) {
	if idx < 0 || idx > len(b)-size {
		return 0, 0, io.ErrUnexpectedEOF
	}
	for i := range size {
		v |= uint64(b[idx+i]) << (8 * i)
	}
	return v, idx + size, nil
}

// cut reads a length at idx and returns what it speaks of and the index behind.
func cut(b string, idx int) (string, int, error) {
	length, idx, err := varint(b, idx)
	if err != nil {
		return "", 0, err
	}
	// Compared as uint64: a hostile length must not wrap round as an int, which
	// has 32 bits in some guests.
	if length > uint64(len(b)-idx) {
		return "", 0, io.ErrUnexpectedEOF
	}
	end := idx + int(length)
	return b[idx:end], end, nil
}

// skip returns the length of a field. No contract can declare a group, but a
// request may hold one that nobody knows.
func skip(b string) (int, error) {
	depth := 0
	for idx := 0; ; {
		tag, next, err := varint(b, idx)
		if err != nil {
			return 0, err
		}
		idx = next
		switch tag & 7 {
		case typeVarint:
			_, idx, err = varint(b, idx)
		case typeFixed8:
			_, idx, err = fixed(b, idx, 8)
		case typeSpan:
			_, idx, err = cut(b, idx)
		case typeFixed4:
			_, idx, err = fixed(b, idx, 4)
		case 3:
			depth++
		case 4:
			depth--
		default:
			err = errWireType
		}
		if err == nil && depth < 0 {
			err = errGroup
		}
		if err != nil {
			return 0, err
		}
		if depth == 0 {
			return idx, nil
		}
	}
}
