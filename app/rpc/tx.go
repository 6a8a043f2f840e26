package rpc

import (
	"context"
	"errors"

	"connectrpc.com/connect"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/app/apperr"
	"github.com/chancery-chain/chancery/app/tx"
)

// txService is chancery.v1.TxService.
type txService struct{ s *Server }

func (t txService) Simulate(ctx context.Context, req *connect.Request[chanceryv1.SimulateRequest]) (*connect.Response[chanceryv1.SimulateResponse], error) {
	var out chanceryv1.SimulateResponse
	err := t.s.gate.run(ctx, func(ctx context.Context) (err error) {
		if req.Msg.Trace {
			out.Result, out.Trace, err = t.s.o.Query.Trace(ctx, req.Msg.Tx)
		} else {
			out.Result, err = t.s.o.Query.Simulate(ctx, req.Msg.Tx)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	out.Result = t.s.named(out.Result)
	return connect.NewResponse(&out), nil
}

func (t txService) Submit(ctx context.Context, req *connect.Request[chanceryv1.SubmitRequest]) (*connect.Response[chanceryv1.SubmitResponse], error) {
	raw := req.Msg.Tx
	h, err := hashOf(raw)
	if err != nil {
		return nil, err
	}
	switch req.Msg.Wait {
	case chanceryv1.WaitMode_WAIT_MODE_CHECK:
		if err := t.s.broadcast(ctx, h, raw); err != nil {
			return nil, err
		}
		return connect.NewResponse(&chanceryv1.SubmitResponse{TxHash: h[:]}), nil
	case chanceryv1.WaitMode_WAIT_MODE_UNSPECIFIED, chanceryv1.WaitMode_WAIT_MODE_COMMIT:
		result, err := t.s.submit(ctx, raw)
		if err != nil {
			return nil, err
		}
		return connect.NewResponse(&chanceryv1.SubmitResponse{TxHash: h[:], Result: t.s.named(result)}), nil
	}
	return nil, apperr.Invalid("wait", "%d is no wait mode", req.Msg.Wait)
}

func (t txService) Get(_ context.Context, req *connect.Request[chanceryv1.GetRequest]) (*connect.Response[chanceryv1.GetResponse], error) {
	h, err := checkHash(req.Msg.TxHash)
	if err != nil {
		return nil, err
	}
	result, err := t.s.o.Query.Tx(h[:])
	if err != nil {
		return nil, err
	}
	return connect.NewResponse(&chanceryv1.GetResponse{Result: t.s.named(result)}), nil
}

func (t txService) Wait(ctx context.Context, req *connect.Request[chanceryv1.WaitRequest]) (*connect.Response[chanceryv1.WaitResponse], error) {
	h, err := checkHash(req.Msg.TxHash)
	if err != nil {
		return nil, err
	}
	w, err := t.s.waiters.addAny(h)
	if err != nil {
		return nil, err
	}
	defer w.drop()
	result, err := t.s.o.Query.Tx(h[:])
	if errors.Is(err, apperr.NotFound.Err()) {
		result, err = w.wait(ctx, t.s.o.Limits.MaxWait)
	}
	if err != nil {
		return nil, err
	}
	return connect.NewResponse(&chanceryv1.WaitResponse{Result: t.s.named(result)}), nil
}

// submit broadcasts a tx and waits for its result.
func (s *Server) submit(ctx context.Context, raw []byte) (*chanceryv1.TxResult, error) {
	h, err := hashOf(raw)
	if err != nil {
		return nil, err
	}
	w, err := s.waiters.add(h)
	if err != nil {
		return nil, err
	}
	defer w.drop()
	if err := s.broadcast(ctx, h, raw); err != nil {
		return nil, err
	}
	return w.wait(ctx, s.o.Limits.MaxWait)
}

// broadcast hands a tx to the network. A tx that is pending already is no error;
// one that was committed is Replayed, with its first result.
func (s *Server) broadcast(ctx context.Context, h tx.Hash, raw []byte) error {
	if s.o.Node.Status().CatchingUp {
		return apperr.New(apperr.Unavailable, "the node fetches old blocks and cannot check txs yet")
	}
	err := s.o.Broadcaster.Broadcast(ctx, raw)
	if known := errors.Is(err, ErrKnown); known || errors.Is(err, apperr.Replayed.Err()) {
		first, lookup := s.o.Query.Tx(h[:])
		switch {
		case lookup == nil:
			return &failure{err: apperr.New(apperr.Replayed, "it stands in block %d", first.Height), result: s.named(first)}
		case known:
			return nil
		}
	}
	return err
}

// hashOf returns the tx hash without decoding the tx: the check does that.
func hashOf(raw []byte) (tx.Hash, error) {
	if len(raw) == 0 {
		return tx.Hash{}, apperr.Invalid("tx", "is empty")
	}
	num, typ, n := protowire.ConsumeTag(raw)
	if n < 0 || num != 1 || typ != protowire.BytesType {
		return tx.Hash{}, apperr.Invalid("tx", "does not decode as Tx")
	}
	body, m := protowire.ConsumeBytes(raw[n:])
	if m < 0 {
		return tx.Hash{}, apperr.Invalid("tx", "does not decode as Tx")
	}
	return tx.HashBody(body), nil
}

func checkHash(b []byte) (tx.Hash, error) {
	if len(b) != len(tx.Hash{}) {
		return tx.Hash{}, apperr.Invalid("tx_hash", "has %d bytes, not %d", len(b), len(tx.Hash{}))
	}
	return tx.Hash(b), nil
}

// named returns a result whose contract error has its declared name. Results are
// shared between requests, so it changes a copy.
func (s *Server) named(r *chanceryv1.TxResult) *chanceryv1.TxResult {
	c := r.GetContractError()
	if c == nil || c.Name != "" {
		return r
	}
	info, ok := s.describe(&apperr.ContractError{Contract: c.Contract, Code: c.Code, Message: c.Message})
	if !ok {
		return r
	}
	r = proto.CloneOf(r)
	r.ContractError.Name = info.name
	return r
}
