package wire

import (
	"io"
	"unicode/utf8"
	"unsafe"
)

// span reads a length at idx and returns the bytes it speaks of and the index
// behind them. The bytes are b's own.
func span(b []byte, idx int) ([]byte, int, error) {
	length, idx, err := DecodeVarint(b, idx)
	if err != nil {
		return nil, 0, err
	}
	// Compared as uint64: a hostile length must not wrap round as an int, which
	// has 32 bits in some guests.
	if length > uint64(len(b)-idx) {
		return nil, 0, io.ErrUnexpectedEOF
	}
	end := idx + int(length)
	return b[idx:end:end], end, nil
}

// DecodeBytes reads a bytes field; the result is never nil, so that a field that
// is present and empty differs from an absent one.
func DecodeBytes(b []byte, idx int, cp bool) ([]byte, int, error) {
	p, end, err := span(b, idx)
	if err != nil {
		return nil, 0, err
	}
	if cp {
		p = append(make([]byte, 0, len(p)), p...)
	}
	return p, end, nil
}

// DecodeString reads a string field.
func DecodeString(b []byte, idx int) (string, int, error) {
	p, end, err := span(b, idx)
	if err != nil {
		return "", 0, err
	}
	if !utf8.Valid(p) {
		return "", 0, errUTF8
	}
	return string(p), end, nil
}

// DecodeStringUnsafe reads a string field that shares b's memory.
func DecodeStringUnsafe(b []byte, idx int) (string, int, error) {
	p, end, err := span(b, idx)
	if err != nil {
		return "", 0, err
	}
	if !utf8.Valid(p) {
		return "", 0, errUTF8
	}
	return unsafe.String(unsafe.SliceData(p), len(p)), end, nil
}

// Skip returns the length of the field at the beginning of b, its tag included.
func Skip(b []byte) (int, error) {
	depth := 0
	for idx := 0; ; {
		tag, next, err := DecodeVarint(b, idx)
		if err != nil {
			return 0, err
		}
		idx = next
		switch tag & 7 {
		case 0:
			_, idx, err = DecodeVarint(b, idx)
		case 1:
			_, idx, err = DecodeFixed64(b, idx)
		case 2:
			_, idx, err = span(b, idx)
		case 3:
			depth++
		case 4:
			if depth == 0 {
				return 0, ErrUnexpectedEndOfGroup
			}
			depth--
		case 5:
			_, idx, err = DecodeFixed32(b, idx)
		default:
			err = errWireType
		}
		if err != nil {
			return 0, err
		}
		if depth == 0 {
			return idx, nil
		}
	}
}

// DecodeSpan reads a length at idx and returns where the bytes that it speaks of
// end and begin. Both lie within b.
//
//go:noinline
func DecodeSpan(b []byte, idx int) (end, start int, err error) {
	length, idx, err := DecodeVarint(b, idx)
	if err != nil {
		return 0, 0, err
	}
	if length > uint64(len(b)-idx) {
		return 0, 0, io.ErrUnexpectedEOF
	}
	return idx + int(length), idx, nil
}
