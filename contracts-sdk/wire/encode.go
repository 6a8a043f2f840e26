package wire

import (
	"unicode/utf8"
	"unsafe"
)

// room is the capacity that an encoded message begins with: enough for most.
const room = 256

// Marshal encodes the message at p, whose type m describes, with fields in order
// of their numbers. Equal messages give equal bytes. A string that is not valid
// UTF-8 is an error: nobody could decode it. A nil message encodes to nil.
func Marshal(p unsafe.Pointer, m *Message) ([]byte, error) {
	if p == nil {
		return nil, nil
	}
	bad := false
	b := m.append(make([]byte, 0, room), p, &bad)
	if bad {
		return nil, errUTF8
	}
	return b, nil
}

// append appends the fields of the message at p. Bad is set when some string is
// not valid UTF-8.
func (m *Message) append(b []byte, p unsafe.Pointer, bad *bool) []byte {
	for i := range m.Fields {
		f := &m.Fields[i]
		at := unsafe.Add(p, f.Offset)
		var v uint64
		switch f.Type {
		case Bool:
			if *(*bool)(at) {
				v = 1
			}
		case Int32:
			v = uint64(int64(*(*int32)(at)))
		case Uint32:
			v = uint64(*(*uint32)(at))
		case Int64, Uint64:
			v = *(*uint64)(at)
		case String:
			v = uint64(len(*(*string)(at)))
		case Bytes:
			v = uint64(len(*(*[]byte)(at)))
		default:
			b = f.appendRare(b, p, at, bad)
			continue
		}
		if v == 0 {
			continue
		}
		b = AppendVarint(b, uint64(f.Tag))
		b = AppendVarint(b, v)
		switch f.Type {
		case String:
			s := *(*string)(at)
			if !utf8.ValidString(s) {
				*bad = true
			}
			b = append(b, s...)
		case Bytes:
			b = append(b, *(*[]byte)(at)...)
		}
	}
	return append(b, *(*[]byte)(unsafe.Add(p, m.Unknown))...)
}

// appendRare appends any field.
func (f *Field) appendRare(b []byte, p, at unsafe.Pointer, bad *bool) []byte {
	t := f.Type &^ shapes
	switch f.Type & shapes {
	case Optional:
		// Bytes that are set are not nil; all else is a pointer.
		inner := *(*unsafe.Pointer)(at)
		if inner == nil {
			return b
		}
		if t != Bytes {
			at = inner
		}
	case Choice:
		if at = f.Oneof.Get(p); at == nil {
			return b
		}
	case List:
		data, n := elements(at)
		for i := range n {
			b = f.appendValue(b, unsafe.Add(data, i*t.size()), bad)
		}
		return b
	case Packed:
		data, n := elements(at)
		if n == 0 {
			return b
		}
		b = append(AppendVarint(b, uint64(f.Tag)), 0)
		begin := len(b)
		if t == Int32 {
			for i := range n {
				b = AppendVarint(b, uint64(int64(*(*int32)(unsafe.Add(data, 4*i)))))
			}
			return setLength(b, begin)
		}
		for i := range n {
			b = t.appendNumber(b, unsafe.Add(data, i*t.size()))
		}
		return setLength(b, begin)
	default:
		if t == Msg && *(*unsafe.Pointer)(at) == nil || t != Msg && t.load(at) == 0 {
			return b
		}
	}
	return f.appendValue(b, at, bad)
}

// appendValue appends tag and value.
func (f *Field) appendValue(b []byte, at unsafe.Pointer, bad *bool) []byte {
	b = AppendVarint(b, uint64(f.Tag))
	t := f.Type &^ shapes
	switch t {
	case String:
		s := *(*string)(at)
		if !utf8.ValidString(s) {
			*bad = true
		}
		return append(AppendVarint(b, uint64(len(s))), s...)
	case Bytes:
		s := *(*[]byte)(at)
		return append(AppendVarint(b, uint64(len(s))), s...)
	case Msg:
		b = append(b, 0)
		begin := len(b)
		if inner := *(*unsafe.Pointer)(at); inner != nil {
			b = f.Message.append(b, inner, bad)
		}
		return setLength(b, begin)
	}
	return t.appendNumber(b, at)
}

// load returns a number as 64 bits, as it is encoded.
func (t Type) load(at unsafe.Pointer) uint64 {
	switch t {
	case Bool:
		if *(*bool)(at) {
			return 1
		}
		return 0
	case Int32:
		return uint64(int64(*(*int32)(at)))
	case Sint32:
		v := *(*int32)(at)
		return uint64(uint32(v<<1 ^ v>>31))
	case Uint32, Fixed32:
		return uint64(*(*uint32)(at))
	case Sint64:
		v := *(*int64)(at)
		return uint64(v<<1 ^ v>>63)
	}
	return *(*uint64)(at)
}

func (t Type) appendNumber(b []byte, at unsafe.Pointer) []byte {
	v := t.load(at)
	switch t {
	case Fixed32:
		return append(b, byte(v), byte(v>>8), byte(v>>16), byte(v>>24))
	case Fixed64:
		return append(b, byte(v), byte(v>>8), byte(v>>16), byte(v>>24), byte(v>>32), byte(v>>40), byte(v>>48), byte(v>>56))
	}
	return AppendVarint(b, v)
}

// setLength writes the length of what stands behind begin into the byte before
// it, and makes more room where the length needs that.
func setLength(b []byte, begin int) []byte {
	n := len(b) - begin
	if n < 0x80 {
		b[begin-1] = byte(n)
		return b
	}
	var room [10]byte
	length := AppendVarint(room[:0], uint64(n))
	b = append(b, length[1:]...)
	copy(b[begin-1+len(length):], b[begin:])
	copy(b[begin-1:], length)
	return b
}

// elements returns where the elements of a list are and how many there are. All
// slices look alike.
func elements(list unsafe.Pointer) (data unsafe.Pointer, n uintptr) {
	l := *(*[]byte)(list)
	return unsafe.Pointer(unsafe.SliceData(l)), uintptr(len(l))
}

// size returns how many bytes an element of a list takes in memory.
func (t Type) size() uintptr {
	switch t {
	case String:
		return unsafe.Sizeof("")
	case Bytes:
		return unsafe.Sizeof([]byte{})
	case Msg:
		return unsafe.Sizeof(unsafe.Pointer(nil))
	}
	return t.width()
}
