package client

import (
	"context"
	"errors"
	"fmt"

	"connectrpc.com/connect"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/descriptorpb"

	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/api/schema"
	"github.com/chancery-chain/chancery/app/apperr"
)

// Schema returns what a contract declares about itself, as the node describes
// it. It is asked for once; a contract that was upgraded since is seen anew when
// a method is missing from it.
func (c *Client) Schema(ctx context.Context, contract string) (*schema.Contract, error) {
	c.mu.Lock()
	known := c.schemas[contract]
	c.mu.Unlock()
	if known != nil {
		return known, nil
	}
	return c.describe(ctx, contract)
}

// describe asks the node for a contract's schema and remembers it.
func (c *Client) describe(ctx context.Context, contract string) (*schema.Contract, error) {
	resp, err := c.Contracts.GetContract(ctx, connect.NewRequest(&chanceryv1.GetContractRequest{Contract: contract}))
	if err != nil {
		return nil, err
	}
	s, err := schema.Parse(resp.Msg.GetDescriptorSet())
	if err != nil {
		return nil, fmt.Errorf("descriptors of %s: %w", contract, err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.schemas[contract] = s
	return s, nil
}

// forget drops what is known of a contract that was upgraded.
func (c *Client) forget(contract string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.schemas, contract)
}

// method finds a method of a contract's service: among the messages compiled
// into this program, else by asking the node.
func (c *Client) method(ctx context.Context, contract, service, method string) (protoreflect.MethodDescriptor, error) {
	full := protoreflect.FullName(service + "." + method)
	if d, err := protoregistry.GlobalFiles.FindDescriptorByName(full); err == nil {
		if m, ok := d.(protoreflect.MethodDescriptor); ok {
			return m, nil
		}
	}
	s, err := c.Schema(ctx, contract)
	if err != nil {
		return nil, err
	}
	if m := find(s, full); m != nil {
		return m, nil
	}
	// It may have come with a new version.
	if s, err = c.describe(ctx, contract); err != nil {
		return nil, err
	}
	if m := find(s, full); m != nil {
		return m, nil
	}
	return nil, connect.NewError(connect.CodeUnimplemented, fmt.Errorf("contract %s has no method %s", contract, full))
}

func find(s *schema.Contract, full protoreflect.FullName) protoreflect.MethodDescriptor {
	if protoreflect.FullName(s.Service) != full.Parent() {
		return nil
	}
	if m, ok := s.Method(string(full.Name())); ok {
		return m.Descriptor
	}
	return nil
}

// isQuery reports whether a method is read only, so that no tx is needed.
func isQuery(m protoreflect.MethodDescriptor) bool {
	o, ok := m.Options().(*descriptorpb.MethodOptions)
	return ok && o.GetIdempotencyLevel() == descriptorpb.MethodOptions_NO_SIDE_EFFECTS
}

// failure is Failure with what a contract declares about its own error: the
// name, the sentence and the Connect code.
func (c *Client) failure(ctx context.Context, r *chanceryv1.TxResult) error {
	if r.GetCode() == 0 || r.ContractError == nil {
		return Failure(r)
	}
	s, err := c.Schema(ctx, r.ContractError.Contract)
	if err != nil {
		return Failure(r) // still right, only less said
	}
	e, ok := s.Error(r.ContractError.Code)
	if !ok {
		return Failure(r)
	}
	r = proto.CloneOf(r)
	r.ContractError.Name = e.Name
	if r.ContractError.Message == "" {
		r.ContractError.Message = e.Sentence(nil, false)
	}
	code := connectCode(apperr.Code(r.Code))
	if err := code.UnmarshalText([]byte(e.ConnectCode)); err != nil {
		return errors.Join(Failure(r), err) // Parse accepts no such name
	}
	return failure(r, code)
}
