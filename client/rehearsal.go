package client

import (
	"context"

	"connectrpc.com/connect"

	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
)

// PlanRehearsal asks the node what a rehearsal would do and take, with a permit of
// the signer's.
func (s *Signer) PlanRehearsal(ctx context.Context, m *chanceryv1.Rehearsal) (*chanceryv1.RehearsalPlan, error) {
	header, err := s.Permit(ctx, m.Contract)
	if err != nil {
		return nil, err
	}
	req := connect.NewRequest(&chanceryv1.PlanRehearsalRequest{Rehearsal: m})
	req.Header().Set(headerAuthorization, header)
	resp, err := s.client.Rehearsal.PlanRehearsal(ctx, req)
	if err != nil {
		return nil, err
	}
	return resp.Msg.Plan, nil
}

// Rehearse has the node rehearse an upgrade, which may take minutes, with a permit
// of the signer's. It returns the report and the hash that a proposal names.
func (s *Signer) Rehearse(ctx context.Context, m *chanceryv1.Rehearsal) (*chanceryv1.RehearsalReport, []byte, error) {
	header, err := s.Permit(ctx, m.Contract)
	if err != nil {
		return nil, nil, err
	}
	req := connect.NewRequest(&chanceryv1.RehearseRequest{Rehearsal: m})
	req.Header().Set(headerAuthorization, header)
	resp, err := s.client.Rehearsal.Rehearse(ctx, req)
	if err != nil {
		return nil, nil, err
	}
	return resp.Msg.Report, resp.Msg.ReportHash, nil
}
