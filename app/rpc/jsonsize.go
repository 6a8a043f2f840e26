package rpc

import (
	"errors"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// maxJSONNames is the most bytes of names in an answer as JSON. A contract's
// author chooses the names of fields and enum values: an empty message takes two
// bytes in protobuf, and in JSON the names of all its fields.
const maxJSONNames = 16 << 20

// maxAnyDepth is how deep a google.protobuf.Any may stand inside another.
const maxAnyDepth = 8

var errLargeJSON = errors.New("the answer is too large as JSON; ask for it as protobuf")

// checkJSONSize refuses a message whose names alone would take more than
// maxJSONNames. Its values take a few times their encoding and need no counting.
func checkJSONSize(m protoreflect.Message, types resolver) error {
	j := &jsonNames{types: types, left: maxJSONNames, blank: make(map[protoreflect.FullName]int)}
	if !j.message(m) {
		return errLargeJSON
	}
	return nil
}

type jsonNames struct {
	types resolver // nil for the types linked into this program
	left  int
	depth int // of messages in google.protobuf.Any
	blank map[protoreflect.FullName]int
}

func (j *jsonNames) take(n int) bool {
	j.left -= n
	return j.left >= 0
}

func (j *jsonNames) message(m protoreflect.Message) bool {
	d := m.Descriptor()
	ok := j.take(j.blankSize(d))
	if ok && d.FullName() == "google.protobuf.Any" {
		return j.any(m)
	}
	m.Range(func(f protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		switch {
		case !ok:
		case f.IsMap():
			v.Map().Range(func(_ protoreflect.MapKey, e protoreflect.Value) bool {
				ok = j.value(f.MapValue(), e)
				return ok
			})
		case f.IsList():
			for i := 0; ok && i < v.List().Len(); i++ {
				ok = j.value(f, v.List().Get(i))
			}
		default:
			ok = j.value(f, v)
		}
		return ok
	})
	return ok
}

func (j *jsonNames) value(f protoreflect.FieldDescriptor, v protoreflect.Value) bool {
	switch {
	case f.Message() != nil:
		return j.message(v.Message())
	case f.Enum() != nil:
		return j.take(enumName(f, v.Enum()))
	}
	return true
}

// any counts the message inside a google.protobuf.Any. One that does not decode
// is left to the encoder, which refuses it.
func (j *jsonNames) any(m protoreflect.Message) bool {
	fields := m.Descriptor().Fields()
	if j.types == nil {
		return true // none of the node's own services answers with one
	}
	typ, err := j.types.FindMessageByURL(m.Get(fields.ByName("type_url")).String())
	if err != nil {
		return true
	}
	// Each level holds a copy of all that is inside.
	if j.depth++; j.depth > maxAnyDepth {
		return false
	}
	defer func() { j.depth-- }()
	inner := typ.New()
	if err := proto.Unmarshal(m.Get(fields.ByName("value")).Bytes(), inner.Interface()); err != nil {
		return true
	}
	return j.message(inner)
}

// blankSize is what a message without any value takes: {"name":"","other":0}.
func (j *jsonNames) blankSize(d protoreflect.MessageDescriptor) int {
	if n, ok := j.blank[d.FullName()]; ok {
		return n
	}
	n := 2
	for i := range d.Fields().Len() {
		f := d.Fields().Get(i)
		n += len(f.JSONName()) + 6
		if f.Enum() != nil && !f.IsList() && !f.IsMap() {
			n += enumName(f, f.Default().Enum())
		}
	}
	j.blank[d.FullName()] = n
	return n
}

func enumName(f protoreflect.FieldDescriptor, n protoreflect.EnumNumber) int {
	if v := f.Enum().Values().ByNumber(n); v != nil {
		return len(v.Name()) + 3
	}
	return 12
}
