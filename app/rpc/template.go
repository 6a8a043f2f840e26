package rpc

import (
	"context"

	"connectrpc.com/connect"

	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
)

// templateService is chancery.v1.TemplateService.
type templateService struct{ s *Server }

func (t templateService) GetTemplate(_ context.Context, req *connect.Request[chanceryv1.GetTemplateRequest]) (*connect.Response[chanceryv1.GetTemplateResponse], error) {
	res, err := t.s.o.Query.Template(req.Msg.Template, req.Msg.Version)
	if err != nil {
		return nil, err
	}
	return connect.NewResponse(res), nil
}

func (t templateService) ListTemplates(_ context.Context, req *connect.Request[chanceryv1.ListTemplatesRequest]) (*connect.Response[chanceryv1.ListTemplatesResponse], error) {
	list, next, err := t.s.o.Query.Templates(req.Msg.Org, req.Msg.Order, req.Msg.PageSize, req.Msg.PageToken)
	if err != nil {
		return nil, err
	}
	return connect.NewResponse(&chanceryv1.ListTemplatesResponse{Templates: list, NextPageToken: next}), nil
}

func (t templateService) ListTemplateVersions(_ context.Context, req *connect.Request[chanceryv1.ListTemplateVersionsRequest]) (*connect.Response[chanceryv1.ListTemplateVersionsResponse], error) {
	list, next, err := t.s.o.Query.TemplateVersions(req.Msg.Template, req.Msg.PageSize, req.Msg.PageToken)
	if err != nil {
		return nil, err
	}
	return connect.NewResponse(&chanceryv1.ListTemplateVersionsResponse{Versions: list, NextPageToken: next}), nil
}

func (t templateService) ListTemplateUses(_ context.Context, req *connect.Request[chanceryv1.ListTemplateUsesRequest]) (*connect.Response[chanceryv1.ListTemplateUsesResponse], error) {
	list, next, err := t.s.o.Query.TemplateUses(req.Msg.Template, req.Msg.PageSize, req.Msg.PageToken)
	if err != nil {
		return nil, err
	}
	return connect.NewResponse(&chanceryv1.ListTemplateUsesResponse{Uses: list, NextPageToken: next}), nil
}

func (t templateService) ListTemplateStars(_ context.Context, req *connect.Request[chanceryv1.ListTemplateStarsRequest]) (*connect.Response[chanceryv1.ListTemplateStarsResponse], error) {
	list, next, err := t.s.o.Query.TemplateStars(req.Msg.Template, req.Msg.PageSize, req.Msg.PageToken)
	if err != nil {
		return nil, err
	}
	return connect.NewResponse(&chanceryv1.ListTemplateStarsResponse{Stars: list, NextPageToken: next}), nil
}
