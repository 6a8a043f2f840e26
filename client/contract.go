package client

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"

	"connectrpc.com/connect"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/dynamicpb"

	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
)

// Upload puts a contract's Wasm on chain and tells its code hash. Uploading code
// that is there already is no error.
func (s *Signer) Upload(ctx context.Context, code []byte) (*chanceryv1.UploadCodeResult, *chanceryv1.TxResult, error) {
	packed, err := pack(code)
	if err != nil {
		return nil, nil, err
	}
	r, err := s.Submit(ctx, &chanceryv1.TxBody{Action: &chanceryv1.TxBody_UploadCode{
		UploadCode: &chanceryv1.UploadCode{CodeGzip: packed},
	}})
	if err != nil {
		return nil, nil, err
	}
	out := new(chanceryv1.UploadCodeResult)
	return out, r, decodeData(r, out)
}

// Deploy makes a contract from uploaded code. InitPayload is the init method's
// encoded request; empty when the contract has none.
func (s *Signer) Deploy(ctx context.Context, contract string, codeHash, initPayload []byte) (*chanceryv1.DeployResult, *chanceryv1.TxResult, error) {
	return s.DeployWith(ctx, &chanceryv1.Deploy{Contract: contract, CodeHash: codeHash, InitPayload: initPayload})
}

// DeployWith is Deploy with all that can be said, such as an upgrade policy.
func (s *Signer) DeployWith(ctx context.Context, m *chanceryv1.Deploy) (*chanceryv1.DeployResult, *chanceryv1.TxResult, error) {
	r, err := s.Submit(ctx, &chanceryv1.TxBody{Action: &chanceryv1.TxBody_Deploy{Deploy: m}})
	if err != nil {
		return nil, nil, err
	}
	out := new(chanceryv1.DeployResult)
	return out, r, decodeData(r, out)
}

// QueryRaw calls a query method of a contract with an encoded request and returns
// the encoded response, for callers without a generated client. It asks without an
// account; see [Signer.QueryRaw].
func (c *Client) QueryRaw(ctx context.Context, contract string, m protoreflect.MethodDescriptor, request []byte) ([]byte, error) {
	return c.queryRaw(ctx, contract, m, request, "")
}

func (c *Client) queryRaw(ctx context.Context, contract string, m protoreflect.MethodDescriptor, request []byte, authorization string) ([]byte, error) {
	in := dynamicpb.NewMessage(m.Input())
	if err := proto.Unmarshal(request, in); err != nil {
		return nil, fmt.Errorf("%s: %w", m.Input().FullName(), err)
	}
	query := connect.NewClient[dynamicpb.Message, dynamicpb.Message](
		c.http, c.ContractURL(contract)+"/"+string(m.Parent().FullName())+"/"+string(m.Name()),
		connect.WithResponseInitializer(func(_ connect.Spec, message any) error {
			if d, ok := message.(*dynamicpb.Message); ok {
				*d = *dynamicpb.NewMessage(m.Output())
			}
			return nil
		}))
	req := connect.NewRequest(in)
	if authorization != "" {
		req.Header().Set(headerAuthorization, authorization)
	}
	resp, err := query.CallUnary(ctx, req)
	if err != nil {
		return nil, err
	}
	return proto.MarshalOptions{Deterministic: true}.Marshal(resp.Msg)
}

func decodeData(r *chanceryv1.TxResult, into proto.Message) error {
	if err := proto.Unmarshal(r.GetData(), into); err != nil {
		return fmt.Errorf("result of tx %x: %w", r.GetTxHash(), err)
	}
	return nil
}

// pack compresses code as it is uploaded.
func pack(code []byte) ([]byte, error) {
	var b bytes.Buffer
	w, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(code); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// Prove returns a proof of what stands under a storage key of a contract after a
// block, 0 for the last one. Check it with package client/proof.
//
// The header that signs a block's state comes with the next block; the node waits
// for it, so a tx's own height can be proved as soon as it is committed.
func (c *Client) Prove(ctx context.Context, contract string, key []byte, height int64) (*chanceryv1.Proof, error) {
	return c.prove(ctx, connect.NewRequest(&chanceryv1.ProveRequest{Contract: contract, Key: key, Height: height}))
}

func (c *Client) prove(ctx context.Context, req *connect.Request[chanceryv1.ProveRequest]) (*chanceryv1.Proof, error) {
	resp, err := c.Proofs.Prove(ctx, req)
	if err != nil {
		return nil, fmt.Errorf("proof of %s: %w", req.Msg.Contract, err)
	}
	return resp.Msg.GetProof(), nil
}
