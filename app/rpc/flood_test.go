package rpc

import (
	"bytes"
	"compress/gzip"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/dynamicpb"
	"google.golang.org/protobuf/types/known/anypb"

	"github.com/chancery-chain/chancery/app/tx"
)

// TestSmallBombsTakePlaces: seven kilobytes of gzip hold the largest message, so
// thousands of small requests could fill the memory.
func TestSmallBombsTakePlaces(t *testing.T) {
	var packed bytes.Buffer
	zw := gzip.NewWriter(&packed)
	_, err := zw.Write(make([]byte, 1<<20))
	require.NoError(t, err)
	require.NoError(t, zw.Close())
	require.Less(t, packed.Len(), smallBodyBytes)
	for _, tc := range []struct {
		name, method, target, header, value string
		places                              int
	}{
		{"Connect", "POST", "/", "Content-Encoding", "gzip", 1},
		{"Connect stream", "POST", "/", "Connect-Content-Encoding", "gzip", 1},
		{"gRPC", "POST", "/", "Grpc-Encoding", "gzip", 1},
		{"GET", "GET", "/?message=aa&compression=gzip", "", "", 1},
		{"not compressed", "POST", "/", "Content-Encoding", "identity", 0},
		{"plain GET", "GET", "/?message=aa", "", "", 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			limit := newBodyLimit(1)
			r := httptest.NewRequest(tc.method, tc.target, bytes.NewReader(packed.Bytes()))
			if tc.header != "" {
				r.Header.Set(tc.header, tc.value)
			}
			limit.wrap(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
				require.Len(t, limit.places, tc.places)
			})).ServeHTTP(httptest.NewRecorder(), r)
			require.Empty(t, limit.places)
		})
	}
}

// TestWaitingStrangersLeaveRoom: anybody may wait for hashes that never come, and
// whoever hands in a tx must still find a place.
func TestWaitingStrangersLeaveRoom(t *testing.T) {
	w := newWaiters(4)
	for i := range 2 {
		_, err := w.addAny(tx.Hash{byte(i)})
		require.NoError(t, err)
	}
	_, err := w.addAny(tx.Hash{9})
	require.Error(t, err)
	_, err = w.add(tx.Hash{9})
	require.NoError(t, err)
}

// TestNamesCannotFillTheMemory: in JSON two bytes of an answer become the names
// of all fields of a message, which a contract's author chose.
func TestNamesCannotFillTheMemory(t *testing.T) {
	long := strings.Repeat("n", 10_000)
	label, typ, enum := descriptorpb.FieldDescriptorProto_LABEL_REPEATED, descriptorpb.FieldDescriptorProto_TYPE_MESSAGE, descriptorpb.FieldDescriptorProto_TYPE_ENUM
	one, text := descriptorpb.FieldDescriptorProto_LABEL_OPTIONAL, descriptorpb.FieldDescriptorProto_TYPE_STRING
	anyFile := protodesc.ToFileDescriptorProto(anypb.File_google_protobuf_any_proto)
	file := &descriptorpb.FileDescriptorProto{
		Name: proto.String("x.proto"), Package: proto.String("x"), Syntax: proto.String("proto3"),
		Dependency: []string{"google/protobuf/any.proto"},
		EnumType: []*descriptorpb.EnumDescriptorProto{{Name: proto.String("E"), Value: []*descriptorpb.EnumValueDescriptorProto{
			{Name: proto.String("ZERO"), Number: proto.Int32(0)}, {Name: proto.String(long), Number: proto.Int32(1)},
		}}},
		MessageType: []*descriptorpb.DescriptorProto{
			{Name: proto.String("Item"), Field: []*descriptorpb.FieldDescriptorProto{
				{Name: proto.String(long), JsonName: proto.String(long), Number: proto.Int32(1), Label: &one, Type: &text},
			}},
			{Name: proto.String("Answer"), Field: []*descriptorpb.FieldDescriptorProto{
				{Name: proto.String("items"), JsonName: proto.String("items"), Number: proto.Int32(1), Label: &label, Type: &typ, TypeName: proto.String(".x.Item")},
				{Name: proto.String("enums"), JsonName: proto.String("enums"), Number: proto.Int32(2), Label: &label, Type: &enum, TypeName: proto.String(".x.E")},
				{Name: proto.String("any"), JsonName: proto.String("any"), Number: proto.Int32(3), Label: &one, Type: &typ, TypeName: proto.String(".google.protobuf.Any")},
			}},
		},
	}
	files, err := protodesc.NewFiles(&descriptorpb.FileDescriptorSet{File: []*descriptorpb.FileDescriptorProto{anyFile, file}})
	require.NoError(t, err)
	find := func(name protoreflect.FullName) protoreflect.MessageDescriptor {
		d, err := files.FindDescriptorByName(name)
		require.NoError(t, err)
		return d.(protoreflect.MessageDescriptor)
	}
	var _ protoregistry.MessageTypeResolver = dynamicpb.NewTypes(files)
	answer := func(encoded []byte) error {
		m := dynamicpb.NewMessage(find("x.Answer"))
		require.NoError(t, proto.Unmarshal(encoded, m))
		_, err := (&jsonCodec{name: "json", types: dynamicpb.NewTypes(files)}).Marshal(m)
		return err
	}
	wrap := func(url string, value []byte) []byte {
		b, err := proto.Marshal(&anypb.Any{TypeUrl: url, Value: value})
		require.NoError(t, err)
		return append([]byte{0x1a}, append(varint(len(b)), b...)...)
	}
	items := bytes.Repeat([]byte{0x0a, 0}, 2_000)
	enums := append(append([]byte{0x12}, varint(2_000)...), bytes.Repeat([]byte{1}, 2_000)...)
	require.NoError(t, answer(items[:200]))
	require.NoError(t, answer(wrap("/x.Answer", items[:200])))
	require.ErrorIs(t, answer(items), errLargeJSON)
	require.ErrorIs(t, answer(enums), errLargeJSON)
	require.ErrorIs(t, answer(wrap("/x.Answer", items)), errLargeJSON)
	nested := []byte{}
	for range maxAnyDepth + 1 {
		nested = wrap("/x.Answer", nested)
	}
	require.ErrorIs(t, answer(nested), errLargeJSON)
}

func varint(n int) []byte {
	var b []byte
	for ; n >= 0x80; n >>= 7 {
		b = append(b, byte(n)|0x80)
	}
	return append(b, byte(n))
}
