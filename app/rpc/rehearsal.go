package rpc

import (
	"context"
	"net/http"
	"time"

	"connectrpc.com/connect"

	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/app/apperr"
	"github.com/chancery-chain/chancery/app/permit"
	"github.com/chancery-chain/chancery/app/query"
)

// rehearsalTimeout is the longest time that a rehearsal may take, its turn included.
const rehearsalTimeout = 10 * time.Minute

// longAnswer lets a handler answer later than the server's other handlers may.
func longAnswer(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// Without the longer deadline a long rehearsal's answer is lost, and its caller
		// told so; nothing else depends on it.
		_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(rehearsalTimeout + time.Minute))
		h.ServeHTTP(w, r)
	})
}

// rehearsalService is chancery.v1.RehearsalService.
type rehearsalService struct{ s *Server }

func (r rehearsalService) PlanRehearsal(ctx context.Context, req *connect.Request[chanceryv1.PlanRehearsalRequest]) (*connect.Response[chanceryv1.PlanRehearsalResponse], error) {
	of, err := r.of(req.Msg.Rehearsal, req.Header().Values(headerAuthorization))
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, rehearsalTimeout)
	defer cancel()
	plan, err := r.s.o.Query.PlanRehearsal(ctx, of)
	if err != nil {
		return nil, err
	}
	return connect.NewResponse(&chanceryv1.PlanRehearsalResponse{Plan: plan}), nil
}

func (r rehearsalService) Rehearse(ctx context.Context, req *connect.Request[chanceryv1.RehearseRequest]) (*connect.Response[chanceryv1.RehearseResponse], error) {
	of, err := r.of(req.Msg.Rehearsal, req.Header().Values(headerAuthorization))
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, rehearsalTimeout)
	defer cancel()
	report, hash, err := r.s.o.Query.Rehearse(ctx, of)
	if err != nil {
		return nil, err
	}
	return connect.NewResponse(&chanceryv1.RehearseResponse{Report: report, ReportHash: hash}), nil
}

func (r rehearsalService) of(m *chanceryv1.Rehearsal, authorization []string) (query.RehearsalOf, error) {
	if m == nil {
		return query.RehearsalOf{}, apperr.Invalid("rehearsal", "is missing")
	}
	raw, err := permit.FromHeader(authorization)
	return query.RehearsalOf{Rehearsal: m, Blocks: r.s.o.Blocks, Permit: raw}, err
}
