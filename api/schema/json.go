package schema

import (
	"fmt"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/dynamicpb"
)

// DecodeJSON turns JSON into the encoding of a message. Fields are written in
// the order of their numbers, so equal JSON gives equal bytes. Empty JSON is the
// empty message; fields that the message does not have are an error.
func DecodeJSON(m protoreflect.MessageDescriptor, json []byte) ([]byte, error) {
	message := dynamicpb.NewMessage(m)
	if len(json) > 0 {
		options := protojson.UnmarshalOptions{Resolver: optionTypes, RecursionLimit: maxNesting}
		if err := options.Unmarshal(json, message); err != nil {
			return nil, fmt.Errorf("%s: %w", m.FullName(), err)
		}
	}
	return proto.MarshalOptions{Deterministic: true}.Marshal(message)
}

// EncodeJSON turns the encoding of a message into JSON of one line, with the
// fields that are not set as their zero values, so that readers see them. The
// spacing of protojson is not stable: compare values, not text.
func EncodeJSON(m protoreflect.MessageDescriptor, raw []byte) ([]byte, error) {
	message := dynamicpb.NewMessage(m)
	options := proto.UnmarshalOptions{Resolver: optionTypes, RecursionLimit: maxNesting}
	if err := options.Unmarshal(raw, message); err != nil {
		return nil, fmt.Errorf("%s: bytes do not decode: %w", m.FullName(), err)
	}
	return protojson.MarshalOptions{Resolver: optionTypes, EmitDefaultValues: true}.Marshal(message)
}

// RequestFromJSON encodes a method's request.
func (c *Contract) RequestFromJSON(method string, json []byte) ([]byte, error) {
	m, ok := c.Method(method)
	if !ok {
		return nil, fmt.Errorf("contract %s has no method %q", c.Service, method)
	}
	return DecodeJSON(m.Input, json)
}

// ResponseToJSON decodes a method's response.
func (c *Contract) ResponseToJSON(method string, raw []byte) ([]byte, error) {
	m, ok := c.Method(method)
	if !ok {
		return nil, fmt.Errorf("contract %s has no method %q", c.Service, method)
	}
	return EncodeJSON(m.Output, raw)
}

// EventToJSON decodes an event by the full name of its message.
func (c *Contract) EventToJSON(typ string, payload []byte) ([]byte, error) {
	e, ok := c.Event(typ)
	if !ok {
		return nil, fmt.Errorf("contract %s has no event %q", c.Service, typ)
	}
	return EncodeJSON(e.Descriptor, payload)
}

// EntryToJSON decodes a value of a collection.
func (c *Contract) EntryToJSON(collection string, value []byte) ([]byte, error) {
	col, ok := c.Collection(collection)
	if !ok {
		return nil, fmt.Errorf("contract %s has no collection %q", c.Service, collection)
	}
	return EncodeJSON(col.Value, value)
}

// DetailsToJSON decodes the details of a contract's error; nil when it has none.
func (c *Contract) DetailsToJSON(code uint32, details []byte) ([]byte, error) {
	e, ok := c.Error(code)
	if !ok || e.Details == nil {
		return nil, nil
	}
	return EncodeJSON(e.Details, details)
}
