package client

import (
	"context"
	"fmt"

	"connectrpc.com/connect"
	"google.golang.org/protobuf/proto"

	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
)

// Trace is [Signer.Simulate] and tells what happens inside besides: the tree of
// calls with their gas, and the changes of storage. Of contracts with gated queries
// only those see all who may read their storage.
func (s *Signer) Trace(ctx context.Context, body *chanceryv1.TxBody) (*chanceryv1.TxResult, *chanceryv1.Trace, error) {
	b := proto.CloneOf(body)
	if err := s.complete(ctx, b); err != nil {
		return nil, nil, err
	}
	raw, err := s.forSimulation(b)
	if err != nil {
		return nil, nil, err
	}
	resp, err := s.client.Tx.Simulate(ctx, connect.NewRequest(&chanceryv1.SimulateRequest{Tx: raw, Trace: true}))
	if err != nil {
		return nil, nil, fmt.Errorf("trace tx: %w", err)
	}
	return resp.Msg.GetResult(), resp.Msg.GetTrace(), nil
}
