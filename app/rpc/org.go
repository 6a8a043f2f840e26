package rpc

import (
	"context"

	"connectrpc.com/connect"

	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
)

// orgService is chancery.v1.OrgService.
type orgService struct{ s *Server }

func (o orgService) GetOrg(_ context.Context, req *connect.Request[chanceryv1.GetOrgRequest]) (*connect.Response[chanceryv1.GetOrgResponse], error) {
	find, by := o.s.o.Query.Org, req.Msg.Name
	if by == "" && req.Msg.Uscc != "" {
		find, by = o.s.o.Query.OrgByCode, req.Msg.Uscc
	}
	org, err := find(by)
	if err != nil {
		return nil, err
	}
	return connect.NewResponse(&chanceryv1.GetOrgResponse{Org: org}), nil
}

func (o orgService) ListOrgs(_ context.Context, req *connect.Request[chanceryv1.ListOrgsRequest]) (*connect.Response[chanceryv1.ListOrgsResponse], error) {
	orgs, next, err := o.s.o.Query.Orgs(req.Msg.Parent, req.Msg.PageSize, req.Msg.PageToken)
	if err != nil {
		return nil, err
	}
	return connect.NewResponse(&chanceryv1.ListOrgsResponse{Orgs: orgs, NextPageToken: next}), nil
}

func (o orgService) ListMembers(_ context.Context, req *connect.Request[chanceryv1.ListMembersRequest]) (*connect.Response[chanceryv1.ListMembersResponse], error) {
	members, next, err := o.s.o.Query.Members(req.Msg.Org, req.Msg.PageSize, req.Msg.PageToken)
	if err != nil {
		return nil, err
	}
	return connect.NewResponse(&chanceryv1.ListMembersResponse{Members: members, NextPageToken: next}), nil
}

func (o orgService) GetMember(_ context.Context, req *connect.Request[chanceryv1.GetMemberRequest]) (*connect.Response[chanceryv1.GetMemberResponse], error) {
	m, err := o.s.o.Query.Member(req.Msg.Org, req.Msg.Account)
	if err != nil {
		return nil, err
	}
	return connect.NewResponse(&chanceryv1.GetMemberResponse{Member: m}), nil
}

func (o orgService) GetAccount(_ context.Context, req *connect.Request[chanceryv1.GetAccountRequest]) (*connect.Response[chanceryv1.GetAccountResponse], error) {
	account, err := o.s.o.Query.Account(req.Msg.Address)
	if err != nil {
		return nil, err
	}
	return connect.NewResponse(account), nil
}

func (o orgService) ListDelegations(_ context.Context, req *connect.Request[chanceryv1.ListDelegationsRequest]) (*connect.Response[chanceryv1.ListDelegationsResponse], error) {
	list, next, err := o.s.o.Query.Delegations(req.Msg.Principal, req.Msg.PageSize, req.Msg.PageToken)
	if err != nil {
		return nil, err
	}
	return connect.NewResponse(&chanceryv1.ListDelegationsResponse{Delegations: list, NextPageToken: next}), nil
}
