package wire

import (
	"io"
	"unicode/utf8"
	"unsafe"
)

// Unmarshal decodes b into the message at p, whose type m describes. Fields that
// m lacks are left out: what a request holds beyond its declaration, no rule
// looks at, and no contract should store. The message shares no memory with b.
func Unmarshal(b []byte, p unsafe.Pointer, m *Message) error {
	// One copy for all texts of the message, which are parts of it.
	return unmarshal(string(b), p, m, 0)
}

// UnmarshalStored is Unmarshal for what the contract itself has stored: fields
// that m lacks are kept as they are, for the code that knows them.
func UnmarshalStored(b []byte, p unsafe.Pointer, m *Message) error {
	return unmarshal(string(b), p, m, keep)
}

// reading is how a message is decoded: the depth of messages in one another, and
// keep.
type reading uint32

// keep is added where fields that are not declared are kept.
const keep reading = 1 << 16

// unmarshal has the frequent types written out, in the order of the switch of
// encoder.message: a call costs more than what most fields need.
func unmarshal(b string, p unsafe.Pointer, m *Message, how reading) error {
	if how&^keep > maxDepth {
		return errDepth
	}
	likely := 0 // fields come in order of their numbers
	for idx := 0; idx < len(b); {
		begin := idx
		tag := uint64(b[idx])
		idx++
		if tag >= 0x80 {
			var err error
			if tag, idx, err = varint(b, begin); err != nil {
				return err
			}
		}
		for likely < len(m.Fields) && uint64(m.Fields[likely].Tag) < tag {
			likely++
		}
		if likely == len(m.Fields) || uint64(m.Fields[likely].Tag) != tag {
			var err error
			if idx, err = m.unlikely(b, begin, idx, tag, p, how); err != nil {
				return err
			}
			likely = 0
			continue
		}
		f := &m.Fields[likely]
		if f.Type >= Sint32 {
			var err error
			if idx, err = f.rare(b, idx, tag&7, p, how); err != nil {
				return err
			}
			continue
		}
		if idx == len(b) {
			return io.ErrUnexpectedEOF
		}
		v := uint64(b[idx])
		idx++
		if v >= 0x80 {
			var err error
			if v, idx, err = varint(b, idx-1); err != nil {
				return err
			}
		}
		at := unsafe.Add(p, f.Offset)
		switch f.Type {
		case Bool:
			*(*bool)(at) = v != 0
			continue
		case Int32, Uint32:
			*(*uint32)(at) = uint32(v)
			continue
		case Int64, Uint64:
			*(*uint64)(at) = v
			continue
		}
		// Compared as uint64: a hostile length must not wrap round as an int, which
		// has 32 bits in some guests.
		if v > uint64(len(b)-idx) {
			return io.ErrUnexpectedEOF
		}
		content := b[idx : idx+int(v)]
		idx += int(v)
		switch f.Type {
		case String:
			if !utf8.ValidString(content) {
				return errUTF8
			}
			*(*string)(at) = content
		case Bytes:
			*(*[]byte)(at) = bytesOf(content)
		default:
			if err := f.message(content, (*unsafe.Pointer)(at), how); err != nil {
				return err
			}
		}
	}
	return nil
}

// bytesOf returns a copy, which is never nil.
func bytesOf(s string) []byte { return append(make([]byte, 0, len(s)), s...) }

// unlikely reads a field that comes out of order, is not declared or has another
// wire type. It begins at begin; its value, at idx.
func (m *Message) unlikely(b string, begin, idx int, tag uint64, p unsafe.Pointer, how reading) (int, error) {
	number, typ := tag>>3, tag&7
	if number == 0 || number > maxNumber {
		return 0, errTag
	}
	if f := m.find(number); f != nil {
		return f.rare(b, idx, typ, p, how)
	}
	n, err := skip(b[begin:])
	if err != nil {
		return 0, err
	}
	if how&keep != 0 {
		unknown := (*[]byte)(unsafe.Add(p, m.Unknown))
		*unknown = append(*unknown, b[begin:begin+n]...)
	}
	return begin + n, nil
}

// rare reads the value of any field.
func (f *Field) rare(b string, idx int, typ uint64, p unsafe.Pointer, how reading) (int, error) {
	at := unsafe.Add(p, f.Offset)
	want := f.Type.wireType()
	if typ != want {
		if shape := f.Type & shapes; typ == typeSpan && (shape == List || shape == Packed) {
			return f.packed(b, idx, at)
		}
		return 0, wrongType(f.Tag >> 3)
	}
	if want != typeSpan {
		v, idx, err := f.Type.number(b, idx)
		if err != nil {
			return 0, err
		}
		f.storeNumber(p, at, v)
		return idx, nil
	}
	content, idx, err := cut(b, idx)
	if err != nil {
		return 0, err
	}
	switch f.Type &^ shapes {
	case String:
		if !utf8.ValidString(content) {
			return 0, errUTF8
		}
		f.storeText(p, at, content)
	case Bytes:
		f.storeBytes(p, at, bytesOf(content))
	default:
		err = f.storeMessage(content, p, at, how)
	}
	return idx, err
}

// number reads a number as 64 bits, whatever its width.
func (t Type) number(b string, idx int) (v uint64, next int, err error) {
	switch t &^ shapes {
	case Fixed32:
		return fixed(b, idx, 4)
	case Fixed64:
		return fixed(b, idx, 8)
	}
	if v, next, err = varint(b, idx); err != nil {
		return 0, 0, err
	}
	switch t &^ shapes {
	case Sint32:
		u := uint32(v)
		v = uint64(u>>1 ^ -(u & 1))
	case Sint64:
		v = v>>1 ^ -(v & 1)
	}
	return v, next, nil
}

// packed reads a list of numbers in one value.
func (f *Field) packed(b string, idx int, list unsafe.Pointer) (int, error) {
	content, end, err := cut(b, idx)
	if err != nil {
		return 0, err
	}
	if t := f.Type &^ shapes; t == Int32 || t == Uint32 {
		return end, packed32(content, (*[]uint32)(list))
	}
	for at := 0; at < len(content); {
		var v uint64
		if v, at, err = f.Type.number(content, at); err != nil {
			return 0, err
		}
		f.add(list, v)
	}
	return end, nil
}

// packed32 reads numbers that are encoded as they are, days and enums above all.
func packed32(content string, list *[]uint32) error {
	n := 0
	for i := range len(content) {
		if content[i] < 0x80 {
			n++
		}
	}
	numbers := append(make([]uint32, 0, len(*list)+n), *list...)
	for at := 0; at < len(content); {
		v, next, err := varint(content, at)
		if err != nil {
			return err
		}
		numbers = append(numbers, uint32(v))
		at = next
	}
	*list = numbers
	return nil
}

// add appends a number to a list.
func (f *Field) add(list unsafe.Pointer, v uint64) {
	switch f.Type.width() {
	case 1:
		l := (*[]bool)(list)
		*l = append(*l, v != 0)
	case 4:
		l := (*[]uint32)(list)
		*l = append(*l, uint32(v))
	default:
		l := (*[]uint64)(list)
		*l = append(*l, v)
	}
}

func (f *Field) storeNumber(p, at unsafe.Pointer, v uint64) {
	width := f.Type.width()
	switch f.Type & shapes {
	case List, Packed:
		f.add(at, v)
		return
	case Optional:
		// Allocated as 64 bits: the smaller ones lie at its beginning, little endian.
		inner := unsafe.Pointer(new(uint64))
		*(*unsafe.Pointer)(at) = inner
		at = inner
	case Choice:
		at = f.Oneof.Set(p)
	}
	switch width {
	case 1:
		*(*bool)(at) = v != 0
	case 4:
		*(*uint32)(at) = uint32(v)
	default:
		*(*uint64)(at) = v
	}
}

func (f *Field) storeText(p, at unsafe.Pointer, s string) {
	switch f.Type & shapes {
	case List:
		l := (*[]string)(at)
		*l = append(*l, s)
	case Optional:
		*(**string)(at) = &s
	case Choice:
		*(*string)(f.Oneof.Set(p)) = s
	default:
		*(*string)(at) = s
	}
}

func (f *Field) storeBytes(p, at unsafe.Pointer, v []byte) {
	switch f.Type & shapes {
	case List:
		l := (*[][]byte)(at)
		*l = append(*l, v)
	case Choice:
		*(*[]byte)(f.Oneof.Set(p)) = v
	default:
		*(*[]byte)(at) = v
	}
}

func (f *Field) storeMessage(content string, p, at unsafe.Pointer, how reading) error {
	switch f.Type & shapes {
	case List:
		inner := f.Message.New()
		l := (*[]unsafe.Pointer)(at)
		*l = append(*l, inner)
		return unmarshal(content, inner, f.Message, how+1)
	case Choice:
		if at = f.Oneof.Get(p); at == nil {
			at = f.Oneof.Set(p)
		}
	}
	return f.message(content, (*unsafe.Pointer)(at), how)
}

// message reads a message; to one that is there already it is added, as protobuf
// has it.
func (f *Field) message(content string, at *unsafe.Pointer, how reading) error {
	if *at == nil {
		*at = f.Message.New()
	}
	return unmarshal(content, *at, f.Message, how+1)
}
