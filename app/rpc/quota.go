package rpc

import (
	"context"

	"connectrpc.com/connect"

	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
)

// quotaService is chancery.v1.QuotaService.
type quotaService struct{ s *Server }

func (q quotaService) GetQuota(_ context.Context, req *connect.Request[chanceryv1.GetQuotaRequest]) (*connect.Response[chanceryv1.GetQuotaResponse], error) {
	quota, err := q.s.o.Query.Quota(req.Msg.Org)
	if err != nil {
		return nil, err
	}
	return connect.NewResponse(&chanceryv1.GetQuotaResponse{Quota: quota}), nil
}

func (q quotaService) ListQuotas(_ context.Context, req *connect.Request[chanceryv1.ListQuotasRequest]) (*connect.Response[chanceryv1.ListQuotasResponse], error) {
	quotas, next, err := q.s.o.Query.Quotas(req.Msg.PageSize, req.Msg.PageToken)
	if err != nil {
		return nil, err
	}
	return connect.NewResponse(&chanceryv1.ListQuotasResponse{Quotas: quotas, NextPageToken: next}), nil
}

func (q quotaService) GetSponsorship(_ context.Context, req *connect.Request[chanceryv1.GetSponsorshipRequest]) (*connect.Response[chanceryv1.GetSponsorshipResponse], error) {
	s, left, err := q.s.o.Query.Sponsorship(req.Msg.Contract, req.Msg.Method, req.Msg.Account)
	if err != nil {
		return nil, err
	}
	return connect.NewResponse(&chanceryv1.GetSponsorshipResponse{Sponsorship: s, GasLeft: left}), nil
}

func (q quotaService) ListSponsorships(_ context.Context, req *connect.Request[chanceryv1.ListSponsorshipsRequest]) (*connect.Response[chanceryv1.ListSponsorshipsResponse], error) {
	list, next, err := q.s.o.Query.Sponsorships(req.Msg.Org, req.Msg.PageSize, req.Msg.PageToken)
	if err != nil {
		return nil, err
	}
	return connect.NewResponse(&chanceryv1.ListSponsorshipsResponse{Sponsorships: list, NextPageToken: next}), nil
}

func (q quotaService) ListUsage(_ context.Context, req *connect.Request[chanceryv1.ListUsageRequest]) (*connect.Response[chanceryv1.ListUsageResponse], error) {
	rows, next, err := q.s.o.Query.Usage(req.Msg)
	if err != nil {
		return nil, err
	}
	return connect.NewResponse(&chanceryv1.ListUsageResponse{Rows: rows, NextPageToken: next}), nil
}
