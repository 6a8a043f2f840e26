package rpc

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	"connectrpc.com/connect"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoregistry"
)

// resolver finds the message types that stand inside google.protobuf.Any.
type resolver interface {
	protoregistry.MessageTypeResolver
	protoregistry.ExtensionTypeResolver
}

// jsonCodec is protobuf's JSON mapping with its own defaults: unlike Connect's
// codec it refuses unknown fields, because JSON is what people type, and a
// misspelt field that is dropped in silence is an anchored record without it.
// It writes fields that are zero, because {"valid":false} is an answer and {} is
// a riddle.
type jsonCodec struct {
	name  string
	types resolver // nil for the types linked into this program
}

func jsonCodecs(types resolver) connect.HandlerOption {
	return connect.WithHandlerOptions(
		connect.WithCodec(&jsonCodec{name: "json", types: types}),
		connect.WithCodec(&jsonCodec{name: "json; charset=utf-8", types: types}),
	)
}

func (c *jsonCodec) Name() string { return c.name }

func (c *jsonCodec) Marshal(message any) ([]byte, error) { return c.MarshalAppend(nil, message) }

func (c *jsonCodec) MarshalAppend(dst []byte, message any) ([]byte, error) {
	m, ok := message.(proto.Message)
	if !ok {
		return nil, fmt.Errorf("%T is no protobuf message", message)
	}
	if err := checkJSONSize(m.ProtoReflect(), c.types); err != nil {
		return nil, err
	}
	o := protojson.MarshalOptions{EmitDefaultValues: true}
	if c.types != nil {
		o.Resolver = c.types
	}
	return o.MarshalAppend(dst, m)
}

func (c *jsonCodec) Unmarshal(data []byte, message any) error {
	m, ok := message.(proto.Message)
	if !ok {
		return fmt.Errorf("%T is no protobuf message", message)
	}
	if len(data) == 0 {
		return errors.New("the body is empty; send {} for a request without fields")
	}
	o := protojson.UnmarshalOptions{RecursionLimit: 100}
	if c.types != nil {
		o.Resolver = c.types
	}
	if err := o.Unmarshal(data, m); err != nil {
		return fmt.Errorf("as %s: %w", m.ProtoReflect().Descriptor().FullName(), err)
	}
	return nil
}

// MarshalStable makes the codec usable for Connect GET.
func (c *jsonCodec) MarshalStable(message any) ([]byte, error) {
	b, err := c.Marshal(message)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	if err := json.Compact(&out, b); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

func (c *jsonCodec) IsBinary() bool { return false }
