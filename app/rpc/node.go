package rpc

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"time"

	"connectrpc.com/connect"
	"google.golang.org/protobuf/types/known/timestamppb"

	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/app/apperr"
	"github.com/chancery-chain/chancery/app/permit"
	"github.com/chancery-chain/chancery/app/query"
)

// maxProofKeyBytes is the longest storage key that can be proved: 1 KiB, as
// ProveRequest says.
const maxProofKeyBytes = 1 << 10

// nodeService is chancery.v1.NodeService.
type nodeService struct{ s *Server }

func (n nodeService) Status(context.Context, *connect.Request[chanceryv1.StatusRequest]) (*connect.Response[chanceryv1.StatusResponse], error) {
	st := n.s.o.Node.Status()
	res := &chanceryv1.StatusResponse{
		ChainId:         st.ChainID,
		SoftwareVersion: st.SoftwareVersion,
		ProtocolVersion: st.ProtocolVersion,
		Height:          st.Height,
		AppHash:         st.AppHash,
		CatchingUp:      st.CatchingUp,
		EarliestHeight:  n.s.o.Query.EarliestHeight(),
		MempoolTxs:      uint32(st.MempoolTxs),
		Peers:           uint32(st.Peers),
		Limits:          n.s.o.Query.Limits(),

		LatestProtocolVersion: st.LatestProtocol,
		ValidatorAddress:      st.ValidatorAddress,
	}
	if !st.BlockTime.IsZero() {
		res.BlockTime = timestamppb.New(st.BlockTime)
	}
	return connect.NewResponse(res), nil
}

func (n nodeService) GetBlock(_ context.Context, req *connect.Request[chanceryv1.GetBlockRequest]) (*connect.Response[chanceryv1.GetBlockResponse], error) {
	res, err := n.s.o.Query.Block(req.Msg.Height)
	if err != nil {
		return nil, err
	}
	return connect.NewResponse(res), nil
}

func (n nodeService) ListPeers(context.Context, *connect.Request[chanceryv1.ListPeersRequest]) (*connect.Response[chanceryv1.ListPeersResponse], error) {
	res := new(chanceryv1.ListPeersResponse)
	for _, p := range n.s.o.Node.Peers() {
		res.Peers = append(res.Peers, &chanceryv1.Peer{
			NodeId: p.NodeID, Name: p.Name, Outbound: p.Outbound, Since: timestamppb.New(p.Since),
		})
	}
	return connect.NewResponse(res), nil
}

// maxCountedBlocks bounds the commits that are read for one answer.
const maxCountedBlocks = 100

func (n nodeService) CountSignatures(ctx context.Context, req *connect.Request[chanceryv1.CountSignaturesRequest]) (*connect.Response[chanceryv1.CountSignaturesResponse], error) {
	blocks := int64(req.Msg.Blocks)
	if blocks > maxCountedBlocks {
		return nil, apperr.Invalid("blocks", "is %d, more than %d", blocks, maxCountedBlocks)
	}
	if blocks == 0 {
		blocks = maxCountedBlocks
	}
	var res *chanceryv1.CountSignaturesResponse
	err := n.s.gate.run(ctx, func(context.Context) error {
		res = n.count(blocks)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return connect.NewResponse(res), nil
}

// count counts who signed the last blocks.
func (n nodeService) count(blocks int64) *chanceryv1.CountSignaturesResponse {
	res := new(chanceryv1.CountSignaturesResponse)
	counts := make(map[string]*chanceryv1.SignatureCount)
	last := n.s.o.Node.Status().Height - 1
	for h := max(last-blocks+1, 1); h <= last; h++ {
		signers, ok := n.s.o.Node.Signers(h)
		if !ok {
			continue
		}
		if res.FromHeight == 0 {
			res.FromHeight = h
		}
		res.ToHeight = h
		for _, s := range signers {
			c := counts[s.Address]
			if c == nil {
				c = &chanceryv1.SignatureCount{Address: s.Address}
				counts[s.Address] = c
				res.Validators = append(res.Validators, c)
			}
			c.Blocks++
			if s.Signed {
				c.Signed++
				c.LastSignedHeight = h
			}
		}
	}
	slices.SortFunc(res.Validators, func(a, b *chanceryv1.SignatureCount) int { return strings.Compare(a.Address, b.Address) })
	return res
}

// proofService is chancery.v1.ProofService.
type proofService struct{ s *Server }

func (p proofService) Prove(ctx context.Context, req *connect.Request[chanceryv1.ProveRequest]) (*connect.Response[chanceryv1.ProveResponse], error) {
	m := req.Msg
	if n := len(m.Key); n == 0 || n > maxProofKeyBytes {
		return nil, apperr.Invalid("key", "has %d bytes, not 1 to %d", n, maxProofKeyBytes)
	}
	if m.Height < 0 {
		return nil, apperr.Invalid("height", "is negative")
	}
	if _, err := p.s.o.Query.Contract(m.Contract); err != nil {
		return nil, err
	}
	raw, err := permit.FromHeader(req.Header().Values(headerAuthorization))
	if err != nil {
		return nil, err
	}
	height := m.Height
	if height == 0 {
		if height, err = p.s.lastState(); err != nil {
			return nil, err
		}
	}
	if err := p.s.awaitHeader(ctx, height); err != nil {
		return nil, err
	}
	var proof *chanceryv1.Proof
	err = p.s.gate.run(ctx, func(context.Context) (err error) {
		proof, err = p.proof(m, height, raw)
		return err
	})
	if err != nil {
		return nil, err
	}
	return connect.NewResponse(&chanceryv1.ProveResponse{Proof: proof}), nil
}

// proof makes a proof of what stands under a key after a height, with the headers that
// lead to it.
func (p proofService) proof(m *chanceryv1.ProveRequest, height int64, permit []byte) (*chanceryv1.Proof, error) {
	proof, err := p.s.o.Query.ContractProof(query.ProofOf{Contract: m.Contract, Key: m.Key, Height: height, Permit: permit})
	if err != nil {
		return nil, err
	}
	header, validators, err := p.s.o.Headers.SignedHeader(proof.Height + 1)
	if err != nil {
		return nil, err
	}
	steps, err := p.s.trustSteps(m.TrustedHeight, proof.Height+1)
	if err != nil {
		return nil, err
	}
	return &chanceryv1.Proof{
		Steps:           steps,
		ChainId:         p.s.o.Node.Status().ChainID,
		Height:          proof.Height,
		Contract:        m.Contract,
		Key:             m.Key,
		Absent:          proof.Absent,
		Value:           proof.Value,
		CommitmentProof: proof.Commitment,
		SignedHeader:    header,
		Validators:      validators,
	}, nil
}

// Bounds of the headers of one proof. With a hundred ML-DSA-65 validators one step has
// half a megabyte.
const (
	maxTrustSteps = 1_000
	maxTrustBytes = 16 << 20
)

// trustSteps returns the headers that lead from the validators after a trusted
// height to those of a header. A block changes the validators of the second block
// after it, and the header between announces them.
func (s *Server) trustSteps(trusted, header int64) ([]*chanceryv1.TrustStep, error) {
	changed, err := s.o.Query.ValidatorChanges(max(trusted-1, 0), header-2, maxTrustSteps)
	if err != nil {
		return nil, err
	}
	var steps []*chanceryv1.TrustStep
	size := 0
	for _, h := range changed {
		signed, validators, err := s.o.Headers.SignedHeader(h + 1)
		if apperr.CodeOf(err) == apperr.Pruned {
			// The proof still holds for whoever trusts younger validators.
			steps, size = nil, 0
			continue
		}
		if err != nil {
			return nil, err
		}
		if size += len(signed) + len(validators); size > maxTrustBytes {
			return nil, apperr.New(apperr.Pruned, "the headers since height %d have more than %d bytes; begin at a later trusted_height", trusted, maxTrustBytes)
		}
		steps = append(steps, &chanceryv1.TrustStep{SignedHeader: signed, Validators: validators})
	}
	return steps, nil
}

// newestProvable returns the newest height that can be proved. The app hash of a
// height stands in the next header, so it is one below the newest header.
func (s *Server) newestProvable() int64 {
	return min(s.o.Headers.LastHeader()-1, s.o.Node.Status().Height)
}

// lastState returns a height with the state of the last committed block: one that
// can be proved at once where the blocks since have changed nothing, or else the
// last one, whose header is to be awaited. Never one before it: a tx that was
// committed there would be missing from its own proof.
func (s *Server) lastState() (int64, error) {
	st := s.o.Node.Status()
	newest := s.newestProvable()
	if newest < 1 || newest == st.Height {
		return st.Height, nil
	}
	appHash, err := s.o.Query.AppHash(newest)
	if apperr.CodeOf(err) == apperr.Pruned {
		return st.Height, nil
	}
	if err != nil {
		return 0, err
	}
	if bytes.Equal(appHash, st.AppHash) {
		return newest, nil
	}
	return st.Height, nil
}

// awaitHeader returns when height can be proved. It waits only for the header
// above the last committed height: a tx was committed there a moment ago, and
// its header is on the way.
func (s *Server) awaitHeader(ctx context.Context, height int64) error {
	timer := time.NewTimer(s.o.Limits.MaxWait)
	defer timer.Stop()
	for {
		changed := s.tip.changed()
		newest := s.newestProvable()
		switch {
		case height >= 1 && height <= newest:
			return nil
		case height < 1 || height > s.o.Node.Status().Height:
			return apperr.New(apperr.Pruned, "height %d cannot be proved: the newest that can is %d", height, newest)
		}
		select {
		case <-changed:
		case <-timer.C:
			return apperr.New(apperr.Timeout, "no header above height %d within %s", height, s.o.Limits.MaxWait)
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
