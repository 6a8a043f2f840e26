package generate_test

import (
	"math"
	"strings"
	"testing"

	"github.com/chancery-chain/chancery/api/generate"
	"github.com/chancery-chain/chancery/examples/conformance"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/dynamicpb"
)

// message is what every generated message can do.
type message interface {
	MarshalVT() ([]byte, error)
	UnmarshalVT([]byte) error
}

// descriptorOf returns the descriptor of a message of the conformance contract.
func descriptorOf(t require.TestingT, name string) protoreflect.MessageDescriptor {
	_, c, err := generate.Descriptors("../../examples/conformance", "")
	require.NoError(t, err)
	found, err := c.Files.FindDescriptorByName(protoreflect.FullName("chancery.examples.conformance.v1." + name))
	require.NoError(t, err)
	return found.(protoreflect.MessageDescriptor)
}

// requireAlike holds a message of a contract to google.golang.org/protobuf: what
// that decodes, a contract decodes to the same, and encodes to bytes that mean
// the same.
func requireAlike(t *testing.T, raw []byte, item message, descriptor protoreflect.MessageDescriptor) {
	errOurs := item.UnmarshalVT(raw)
	want := dynamicpb.NewMessage(descriptor)
	if err := proto.Unmarshal(raw, want); err != nil {
		if errOurs == nil {
			_, err := item.MarshalVT()
			require.NoError(t, err, "what was decoded can be encoded")
		}
		return
	}
	if errOurs != nil {
		// A known field of another wire type is an unknown field to Google's code
		// and an error to ours, and ours has a bound for messages in one another.
		require.True(t, hasUnknown(want) || strings.Contains(errOurs.Error(), "too deep"), "%v", errOurs)
		return
	}
	ours, err := item.MarshalVT()
	require.NoError(t, err)
	got := dynamicpb.NewMessage(descriptor)
	require.NoError(t, proto.Unmarshal(ours, got))
	if !hasUnknown(want) {
		require.True(t, proto.Equal(want, got), "%v\n%v", want, got)
	}
}

// FuzzMessages decodes whatever bytes as an item.
func FuzzMessages(f *testing.F) {
	descriptor := descriptorOf(f, "Item")
	empty, note := "", "n"
	for _, item := range []*conformance.Item{
		{},
		{Name: "a", S64: -1, Blob: []byte{0}, I32: -2, U32: 3, F64: 1 << 40, Color: 2, Note: &empty, Numbers: []int32{1, -1, 0}},
		{Note: &note, Choice: &conformance.Item_Raw{Raw: []byte{}}},
		{Choice: &conformance.Item_Nested_{Nested: &conformance.Item_Nested{Flag: true}}},
	} {
		raw, err := item.MarshalVT()
		require.NoError(f, err)
		f.Add(raw)
		f.Add(append(raw, 0x9a, 0x06, 0x01, 'x')) // an unknown field
	}
	f.Add([]byte("\x58\x01\x58\x02"))          // numbers, not packed
	f.Add([]byte("\x52\x02\x08\x01\x4a\x01r")) // both of a oneof
	f.Fuzz(func(t *testing.T, raw []byte) { requireAlike(t, raw, new(conformance.Item), descriptor) })
}

// FuzzKinds decodes whatever bytes as a message with a field of every type in
// every shape.
func FuzzKinds(f *testing.F) {
	descriptor := descriptorOf(f, "Kinds")
	fields := descriptor.Fields()
	whole := dynamicpb.NewMessage(descriptor)
	for i := range fields.Len() {
		one := dynamicpb.NewMessage(descriptor)
		for _, m := range []*dynamicpb.Message{one, whole} {
			fill(m, fields.Get(i))
		}
		raw, err := proto.Marshal(one)
		require.NoError(f, err)
		f.Add(raw)
		f.Add(append(raw, raw...))
		f.Add(raw[:len(raw)-1])
		// The same bytes as the next field.
		if len(raw) > 0 {
			f.Add(append([]byte{raw[0] + 8}, raw[1:]...))
		}
	}
	raw, err := proto.Marshal(whole)
	require.NoError(f, err)
	f.Add(raw)
	deep := []byte{}
	for range 120 { // messages in one another, field 17
		deep = append(protowire.AppendTag(nil, 17, protowire.BytesType), protowire.AppendBytes(nil, deep)...)
		f.Add(deep)
	}
	f.Fuzz(func(t *testing.T, raw []byte) { requireAlike(t, raw, new(conformance.Kinds), descriptor) })
}

// fill gives a field a value, or two.
func fill(m *dynamicpb.Message, field protoreflect.FieldDescriptor) {
	value := protoreflect.Value{}
	switch field.Kind() {
	case protoreflect.BoolKind:
		value = protoreflect.ValueOfBool(true)
	case protoreflect.EnumKind:
		value = protoreflect.ValueOfEnum(2)
	case protoreflect.Int32Kind, protoreflect.Sint32Kind, protoreflect.Sfixed32Kind:
		value = protoreflect.ValueOfInt32(-77_777)
	case protoreflect.Int64Kind, protoreflect.Sint64Kind, protoreflect.Sfixed64Kind:
		value = protoreflect.ValueOfInt64(-1 << 40)
	case protoreflect.Uint32Kind, protoreflect.Fixed32Kind:
		value = protoreflect.ValueOfUint32(1 << 31)
	case protoreflect.Uint64Kind, protoreflect.Fixed64Kind:
		value = protoreflect.ValueOfUint64(1 << 63)
	case protoreflect.FloatKind:
		value = protoreflect.ValueOfFloat32(-0.5)
	case protoreflect.DoubleKind:
		value = protoreflect.ValueOfFloat64(math.Inf(-1))
	case protoreflect.StringKind:
		value = protoreflect.ValueOfString("文")
	case protoreflect.BytesKind:
		value = protoreflect.ValueOfBytes([]byte{0, 0xff})
	case protoreflect.MessageKind:
		inner := dynamicpb.NewMessage(field.Message())
		inner.Set(field.Message().Fields().ByName("one_int32"), protoreflect.ValueOfInt32(1))
		value = protoreflect.ValueOfMessage(inner)
	}
	if !field.IsList() {
		m.Set(field, value)
		return
	}
	list := m.Mutable(field).List()
	list.Append(value)
	list.Append(value)
}

// TestKinds holds what is encoded to Google's bytes, where both have one order.
func TestKinds(t *testing.T) {
	descriptor := descriptorOf(t, "Kinds")
	for i := range descriptor.Fields().Len() {
		field := descriptor.Fields().Get(i)
		m := dynamicpb.NewMessage(descriptor)
		fill(m, field)
		want, err := proto.Marshal(m)
		require.NoError(t, err)
		var ours conformance.Kinds
		require.NoError(t, ours.UnmarshalVT(want), "%s", field.Name())
		got, err := ours.MarshalVT()
		require.NoError(t, err)
		require.Equal(t, want, got, "%s", field.Name())
	}
	_, err := (&conformance.Kinds{OneString: "a\xff"}).MarshalVT()
	require.ErrorContains(t, err, "UTF-8")
	_, err = (&conformance.Kinds{ManyString: []string{"a", "\xff"}}).MarshalVT()
	require.ErrorContains(t, err, "UTF-8")
	var none *conformance.Kinds
	raw, err := none.MarshalVT()
	require.NoError(t, err)
	require.Empty(t, raw)
}

// TestUnknown: fields that are not declared are kept in what was stored, however
// deep, and left out of everything else.
func TestUnknown(t *testing.T) {
	const unknown = "\xa2\xcc\x1e\x06hidden"                      // field 62,660
	raw := append([]byte("\x08\x01\x8a\x01"), byte(len(unknown))) // one_bool, and one_message with it
	raw = append(append(raw, unknown...), unknown...)
	var stored, request conformance.Kinds
	require.NoError(t, stored.UnmarshalStored(raw))
	kept, err := stored.MarshalVT()
	require.NoError(t, err)
	require.Equal(t, raw, kept)
	require.NoError(t, request.UnmarshalVT(raw))
	left, err := request.MarshalVT()
	require.NoError(t, err)
	require.Equal(t, []byte("\x08\x01\x8a\x01\x00"), left)
	for _, group := range []string{"\xa3\xcc\x1e", "\xa4\xcc\x1e", "\x0b\x0c"} {
		require.Error(t, request.UnmarshalVT([]byte(group)), "%x", group)
	}
}

// hasUnknown reports whether a message, or one in it, has unknown fields.
func hasUnknown(m protoreflect.Message) bool {
	found := len(m.GetUnknown()) > 0
	m.Range(func(field protoreflect.FieldDescriptor, value protoreflect.Value) bool {
		if field.Message() != nil && !field.IsList() {
			found = found || hasUnknown(value.Message())
		}
		return !found
	})
	return found
}
