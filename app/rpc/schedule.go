package rpc

import (
	"context"

	"connectrpc.com/connect"

	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/app/permit"
)

// scheduleService is chancery.v1.ScheduleService.
type scheduleService struct{ s *Server }

func (c scheduleService) ListScheduled(_ context.Context, req *connect.Request[chanceryv1.ListScheduledRequest]) (*connect.Response[chanceryv1.ListScheduledResponse], error) {
	raw, err := permit.FromHeader(req.Header().Values(headerAuthorization))
	if err != nil {
		return nil, err
	}
	calls, next, err := c.s.o.Query.Scheduled(req.Msg.Contract, req.Msg.PageSize, req.Msg.PageToken, raw)
	if err != nil {
		return nil, err
	}
	return connect.NewResponse(&chanceryv1.ListScheduledResponse{Calls: calls, NextPageToken: next}), nil
}

func (c scheduleService) GetScheduled(_ context.Context, req *connect.Request[chanceryv1.GetScheduledRequest]) (*connect.Response[chanceryv1.GetScheduledResponse], error) {
	raw, err := permit.FromHeader(req.Header().Values(headerAuthorization))
	if err != nil {
		return nil, err
	}
	res, err := c.s.o.Query.ScheduledCall(req.Msg.Contract, req.Msg.Id, raw)
	if err != nil {
		return nil, err
	}
	return connect.NewResponse(res), nil
}
