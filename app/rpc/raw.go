package rpc

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"connectrpc.com/connect"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/dynamicpb"

	"github.com/chancery-chain/chancery/app/apperr"
	"github.com/chancery-chain/chancery/app/tx"
)

// rawMessage is a message of a contract as it comes or goes, not decoded.
type rawMessage struct{ data []byte }

// rawCodec hands bytes through.
type rawCodec struct{ name string }

func rawCodecs() connect.HandlerOption {
	return connect.WithHandlerOptions(
		connect.WithCodec(rawCodec{codecProto}), connect.WithCodec(rawCodec{codecJSON}),
		connect.WithCodec(rawCodec{"json; charset=utf-8"}),
	)
}

const (
	codecProto = "proto"
	codecJSON  = "json"
)

func (c rawCodec) Name() string { return c.name }

func (c rawCodec) Marshal(message any) ([]byte, error) {
	switch m := message.(type) {
	case *rawMessage:
		return m.data, nil
	case proto.Message: // gRPC's status, which the Connect library encodes by this codec
		return proto.Marshal(m)
	}
	return nil, fmt.Errorf("%T is no message of a contract", message)
}

func (c rawCodec) Unmarshal(data []byte, message any) error {
	m, ok := message.(*rawMessage)
	if !ok {
		return fmt.Errorf("%T is no message of a contract", message)
	}
	m.data = bytes.Clone(data) // the library's buffer
	return nil
}

// codecOf returns the codec that a request is written in, which is its response's
// too. The codec itself does not say: an empty gRPC message never reaches it.
func codecOf(req *connect.Request[rawMessage]) string {
	name := req.Header().Get("Content-Type")
	if req.HTTPMethod() == http.MethodGet {
		name = req.Peer().Query.Get("encoding")
	}
	if strings.Contains(name, codecJSON) {
		return codecJSON
	}
	return codecProto
}

// transcoder converts the messages of one method.
type transcoder struct {
	method protoreflect.MethodDescriptor
	types  resolver
}

// decode returns a request as the contract gets it: in deterministic protobuf, at
// most tx.MaxPayloadBytes.
func (x *transcoder) decode(codec string, data []byte) ([]byte, error) {
	if codec == codecProto && len(data) > tx.MaxPayloadBytes {
		return nil, tooLarge(len(data))
	}
	m := dynamicpb.NewMessage(x.method.Input())
	var err error
	if codec == codecJSON {
		err = (&jsonCodec{name: codecJSON, types: x.types}).Unmarshal(data, m)
	} else {
		err = proto.Unmarshal(data, m)
	}
	if err != nil {
		return nil, apperr.Invalid("", "the request does not decode: %v", err)
	}
	payload, err := proto.MarshalOptions{Deterministic: true}.Marshal(m)
	if err != nil {
		return nil, apperr.Invalid("", "the request does not encode: %v", err)
	}
	if len(payload) > tx.MaxPayloadBytes {
		return nil, tooLarge(len(payload))
	}
	return payload, nil
}

func tooLarge(n int) error {
	return apperr.Invalid("", "the request has %d bytes in protobuf, more than %d", n, tx.MaxPayloadBytes)
}

// errNoMessage is the error of a contract's answer that is not what it declares.
var errNoMessage = errors.New("no message")

// encode returns a contract's answer in the client's codec.
func (x *transcoder) encode(codec string, output []byte) ([]byte, error) {
	m := dynamicpb.NewMessage(x.method.Output())
	if err := proto.Unmarshal(output, m); err != nil {
		return nil, errNoMessage
	}
	if codec == codecProto {
		return proto.Marshal(m)
	}
	b, err := (&jsonCodec{name: codecJSON, types: x.types}).Marshal(m)
	switch {
	case errors.Is(err, errLargeJSON):
		return nil, apperr.New(apperr.LimitExceeded, "%v", err)
	case err != nil:
		return nil, errNoMessage // an Any of a type that it does not carry
	}
	return b, nil
}
