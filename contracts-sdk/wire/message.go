package wire

import "unsafe"

// Message describes a message type, so that one decoder and one encoder serve
// all messages of a contract: in Wasm, code written out for each field takes two
// to three KB, a row of this table 32 bytes. Generated code fills it.
type Message struct {
	// Fields in order of their numbers.
	Fields []Field
	// Unknown is the offset of the bytes of fields that the message does not
	// declare. Those of stored entries are kept as they came: an entry that later
	// code wrote survives being rewritten by earlier code.
	Unknown uintptr
	// New makes an empty message.
	New func() unsafe.Pointer
}

// Field describes a field of a message.
type Field struct {
	// Tag is the number, times eight, and the wire type.
	Tag  uint32
	Type Type
	// Offset of the Go field in its struct; not of fields in a oneof.
	Offset uintptr
	// Message of the value, where the type is Msg.
	Message *Message
	// Oneof reaches the value of a field in a oneof; else nil.
	Oneof *Oneof
}

// Oneof reaches one field of a oneof, whose Go type is an interface.
type Oneof struct {
	// Get returns where the value is, and nil when another field is set.
	Get func(message unsafe.Pointer) unsafe.Pointer
	// Set sets the field to nothing and returns where its value is.
	Set func(message unsafe.Pointer) unsafe.Pointer
}

// Type is the protobuf type of a value and how often it occurs: one of the types
// and one of the shapes, added.
type Type uint8

// The types. Enums are Int32.
const (
	Bool Type = iota
	Int32
	Int64
	Uint32
	Uint64
	String
	Bytes
	Msg
	Sint32
	Sint64
	Fixed32 // Sfixed32 and Float, too
	Fixed64 // Sfixed64 and Double, too
)

// The shapes. A type without one occurs once, and its zero value is not encoded.
const (
	Optional Type = 0x10 // once or not at all: a pointer, nil for bytes
	List     Type = 0x20 // any number, each with its tag
	Packed   Type = 0x30 // any number, in one value
	Choice   Type = 0x40 // in a oneof

	shapes Type = 0x70
)

// Wire types.
const (
	typeVarint = 0
	typeFixed8 = 1 // eight bytes
	typeSpan   = 2
	typeFixed4 = 5
)

// width returns how many bytes a number takes in memory.
func (t Type) width() uintptr {
	switch t &^ shapes {
	case Bool:
		return 1
	case Int32, Uint32, Sint32, Fixed32:
		return 4
	}
	return 8
}

// wireType returns how a value is encoded, outside of packed lists.
func (t Type) wireType() uint64 {
	switch t &^ shapes {
	case String, Bytes, Msg:
		return typeSpan
	case Fixed32:
		return typeFixed4
	case Fixed64:
		return typeFixed8
	}
	return typeVarint
}

// maxDepth is how deep messages may nest; a hostile request must not use up the
// stack of the guest.
const maxDepth = 100

// find returns the field of a number, or nil.
func (m *Message) find(number uint64) *Field {
	for i := range m.Fields {
		if uint64(m.Fields[i].Tag>>3) == number {
			return &m.Fields[i]
		}
	}
	return nil
}
