package generate_test

import (
	"testing"

	"github.com/chancery-chain/chancery/api/generate"
	"github.com/chancery-chain/chancery/examples/conformance"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/dynamicpb"
)

// FuzzMessages holds the messages of contracts to google.golang.org/protobuf:
// what that decodes, a contract decodes to the same, and encodes to bytes that
// mean the same.
func FuzzMessages(f *testing.F) {
	_, c, err := generate.Descriptors("../../examples/conformance", "")
	require.NoError(f, err)
	found, err := c.Files.FindDescriptorByName("chancery.examples.conformance.v1.Item")
	require.NoError(f, err)
	descriptor := found.(protoreflect.MessageDescriptor)

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
	f.Fuzz(func(t *testing.T, raw []byte) {
		var item conformance.Item
		errOurs := item.UnmarshalVT(raw)
		want := dynamicpb.NewMessage(descriptor)
		if proto.Unmarshal(raw, want) != nil {
			return
		}
		if errOurs != nil {
			// A known field of another wire type is an unknown field to Google's code
			// and an error to ours.
			require.True(t, hasUnknown(want), "%v", errOurs)
			return
		}
		ours, err := item.MarshalVT()
		require.NoError(t, err)
		got := dynamicpb.NewMessage(descriptor)
		require.NoError(t, proto.Unmarshal(ours, got))
		if !hasUnknown(want) {
			require.True(t, proto.Equal(want, got), "%v\n%v", want, got)
		}
	})
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
