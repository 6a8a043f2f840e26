package client

import (
	"context"
	"fmt"

	"connectrpc.com/connect"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/descriptorpb"

	contractv1 "github.com/chancery-chain/chancery/api/gen/chancery/contract/v1"
	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/app/apperr"
)

// contractInterface is a contract's service as the node describes it.
type contractInterface struct {
	service protoreflect.ServiceDescriptor
}

// method finds a method of a contract's service: among the messages compiled
// into this program, else by asking the node once.
func (c *Client) method(ctx context.Context, contract, service, method string) (protoreflect.MethodDescriptor, error) {
	full := protoreflect.FullName(service + "." + method)
	if d, err := protoregistry.GlobalFiles.FindDescriptorByName(full); err == nil {
		if m, ok := d.(protoreflect.MethodDescriptor); ok {
			return m, nil
		}
	}
	c.mu.Lock()
	known := c.methods[contract]
	c.mu.Unlock()
	// An unknown method may have come with a new version, so it is asked for.
	if known == nil || known.find(full) == nil {
		var err error
		if known, err = c.describe(ctx, contract); err != nil {
			return nil, err
		}
	}
	m := known.find(full)
	if m == nil {
		return nil, connect.NewError(connect.CodeUnimplemented, fmt.Errorf("contract %s has no method %s", contract, full))
	}
	return m, nil
}

func (i *contractInterface) find(full protoreflect.FullName) protoreflect.MethodDescriptor {
	if i.service.FullName() != full.Parent() {
		return nil
	}
	return i.service.Methods().ByName(full.Name())
}

// describe asks the node for a contract's service and remembers it.
func (c *Client) describe(ctx context.Context, contract string) (*contractInterface, error) {
	resp, err := c.Contracts.GetContract(ctx, connect.NewRequest(&chanceryv1.GetContractRequest{Contract: contract}))
	if err != nil {
		return nil, err
	}
	set := new(descriptorpb.FileDescriptorSet)
	if err := proto.Unmarshal(resp.Msg.GetDescriptorSet(), set); err != nil {
		return nil, fmt.Errorf("descriptors of %s: %w", contract, err)
	}
	files, err := protodesc.NewFiles(set)
	if err != nil {
		return nil, fmt.Errorf("descriptors of %s: %w", contract, err)
	}
	name := protoreflect.FullName(resp.Msg.GetContract().GetService())
	d, err := files.FindDescriptorByName(name)
	if err != nil {
		return nil, fmt.Errorf("descriptors of %s: %w", contract, err)
	}
	s, ok := d.(protoreflect.ServiceDescriptor)
	if !ok {
		return nil, fmt.Errorf("descriptors of %s: %s is no service", contract, name)
	}
	i := &contractInterface{service: s}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.methods[contract] = i
	return i, nil
}

// isQuery reports whether a method is read only, so that no tx is needed.
func isQuery(m protoreflect.MethodDescriptor) bool {
	o, ok := m.Options().(*descriptorpb.MethodOptions)
	return ok && o.GetIdempotencyLevel() == descriptorpb.MethodOptions_NO_SIDE_EFFECTS
}

// resultError is Failure with the Connect code that a contract declared for its
// own error. The service is of the contract that was called; an error of a
// contract below it keeps the table's code.
func resultError(r *chanceryv1.TxResult, contract string, s protoreflect.ServiceDescriptor) error {
	if r.GetCode() == 0 {
		return nil
	}
	code := connectCode(apperr.Code(r.GetCode()))
	if e := r.GetContractError(); e != nil && e.Contract == contract {
		if name := declaredCode(s.ParentFile(), e.Code); name != "" {
			code = parseConnectCode(name)
		}
	}
	return failure(r, code)
}

// declaredCode returns the Connect code of an error in the file's error enum.
func declaredCode(f protoreflect.FileDescriptor, number uint32) string {
	for i := range f.Enums().Len() {
		e := f.Enums().Get(i)
		if !proto.HasExtension(e.Options(), contractv1.E_Errors) {
			continue
		}
		v := e.Values().ByNumber(protoreflect.EnumNumber(number))
		if v == nil || !proto.HasExtension(v.Options(), contractv1.E_Error) {
			return ""
		}
		o, ok := proto.GetExtension(v.Options(), contractv1.E_Error).(*contractv1.ErrorValueOptions)
		if !ok {
			return ""
		}
		return o.GetConnectCode()
	}
	return ""
}
