package rpc

import (
	"context"

	"connectrpc.com/connect"

	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/app/tx"
)

// maxProposalMessageBytes is for a proposal that nobody made yet; in JSON its keys
// are base64.
const maxProposalMessageBytes = tx.MaxChangesBytes/3*4 + maxMessageBytes

// governanceService is chancery.v1.GovernanceService.
type governanceService struct{ s *Server }

func (g governanceService) GetCommittee(context.Context, *connect.Request[chanceryv1.GetCommitteeRequest]) (*connect.Response[chanceryv1.GetCommitteeResponse], error) {
	res, err := g.s.o.Query.Committee()
	if err != nil {
		return nil, err
	}
	return connect.NewResponse(res), nil
}

func (g governanceService) GetProposal(_ context.Context, req *connect.Request[chanceryv1.GetProposalRequest]) (*connect.Response[chanceryv1.GetProposalResponse], error) {
	p, err := g.s.o.Query.Proposal(req.Msg.Id)
	if err != nil {
		return nil, err
	}
	return connect.NewResponse(&chanceryv1.GetProposalResponse{Proposal: p}), nil
}

func (g governanceService) ListProposals(_ context.Context, req *connect.Request[chanceryv1.ListProposalsRequest]) (*connect.Response[chanceryv1.ListProposalsResponse], error) {
	list, next, err := g.s.o.Query.Proposals(req.Msg.Status, req.Msg.PageSize, req.Msg.PageToken)
	if err != nil {
		return nil, err
	}
	return connect.NewResponse(&chanceryv1.ListProposalsResponse{Proposals: list, NextPageToken: next}), nil
}

func (g governanceService) SimulateProposal(ctx context.Context, req *connect.Request[chanceryv1.SimulateProposalRequest]) (*connect.Response[chanceryv1.SimulateProposalResponse], error) {
	var res *chanceryv1.SimulateProposalResponse
	err := g.s.gate.run(ctx, func(ctx context.Context) (err error) {
		res, err = g.s.o.Query.SimulateProposal(ctx, req.Msg)
		return err
	})
	if err != nil {
		return nil, err
	}
	return connect.NewResponse(res), nil
}

// validatorService is chancery.v1.ValidatorService.
type validatorService struct{ s *Server }

func (v validatorService) ListValidators(context.Context, *connect.Request[chanceryv1.ListValidatorsRequest]) (*connect.Response[chanceryv1.ListValidatorsResponse], error) {
	set, err := v.s.o.Query.Validators()
	if err != nil {
		return nil, err
	}
	return connect.NewResponse(&chanceryv1.ListValidatorsResponse{Set: set}), nil
}

func (v validatorService) SimulateQuorum(_ context.Context, req *connect.Request[chanceryv1.SimulateQuorumRequest]) (*connect.Response[chanceryv1.SimulateQuorumResponse], error) {
	res, err := v.s.o.Query.Quorum(req.Msg.Validators, req.Msg.Orgs)
	if err != nil {
		return nil, err
	}
	return connect.NewResponse(res), nil
}

func (v validatorService) ListEvidence(_ context.Context, req *connect.Request[chanceryv1.ListEvidenceRequest]) (*connect.Response[chanceryv1.ListEvidenceResponse], error) {
	list, next, err := v.s.o.Query.Evidence(req.Msg.PageSize, req.Msg.PageToken)
	if err != nil {
		return nil, err
	}
	return connect.NewResponse(&chanceryv1.ListEvidenceResponse{Evidence: list, NextPageToken: next}), nil
}
