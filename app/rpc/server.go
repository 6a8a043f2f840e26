package rpc

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"time"

	"connectrpc.com/connect"
	"connectrpc.com/grpchealth"
	"connectrpc.com/grpcreflect"

	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/api/gen/chancery/v1/chanceryv1connect"
	"github.com/chancery-chain/chancery/app/apperr"
	"github.com/chancery-chain/chancery/app/tx"
)

// Sizes of request messages. A tx is at most 5 MiB; in JSON its bytes are
// base64, a third longer.
const (
	maxMessageBytes   = 64 << 10
	maxTxMessageBytes = tx.MaxBytes/3*4 + 64<<10
	// maxPayloadMessageBytes is for a tx, or a request at a contract's endpoint, with
	// the largest payload.
	maxPayloadMessageBytes = tx.MaxPayloadBytes/3*4 + 64<<10
	// compressMinBytes is the smallest response that is compressed when the client
	// asks for it. Below it gzip costs more time than its bytes.
	compressMinBytes = 4 << 10
)

// Server serves the chain's API. Make it with New, serve it with Serve, end it
// with Shutdown.
type Server struct {
	o       Options
	errors  *translator
	gate    *gate
	waiters *waiters
	tip     *tip
	dynamic *dynamicEndpoint
	http    *http.Server
}

// New returns a server. It does not listen yet.
func New(o Options) *Server {
	o.Limits = o.Limits.withDefaults()
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	s := &Server{o: o, gate: newGate(o.Limits), waiters: newWaiters(o.Limits.MaxWaiters), tip: newTip()}
	s.errors = &translator{log: o.Logger, describe: s.describe}
	s.dynamic = newDynamicEndpoint(s)
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	protocols.SetUnencryptedHTTP2(true)
	s.http = &http.Server{
		Handler:           s.Handler(),
		Protocols:         protocols,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       time.Minute,
		// Counted from the request's header, so it must outlast the longest wait.
		WriteTimeout:   o.Limits.MaxWait + time.Minute,
		IdleTimeout:    2 * time.Minute,
		MaxHeaderBytes: 64 << 10,
		ErrorLog:       slog.NewLogLogger(o.Logger.Handler(), slog.LevelDebug),
	}
	return s
}

// Handler returns all that the server serves.
func (s *Server) Handler() http.Handler {
	mux := http.NewServeMux()
	small := s.options(maxMessageBytes)
	services := []string{
		chanceryv1connect.TxServiceName, chanceryv1connect.ContractServiceName, chanceryv1connect.OrgServiceName,
		chanceryv1connect.QuotaServiceName, chanceryv1connect.TemplateServiceName,
		chanceryv1connect.RehearsalServiceName, chanceryv1connect.ScheduleServiceName, chanceryv1connect.ProofServiceName, chanceryv1connect.NodeServiceName,
		chanceryv1connect.GovernanceServiceName, chanceryv1connect.ValidatorServiceName,
	}
	large := newBodyLimit(s.o.Limits.LargeBodies)
	path, handler := chanceryv1connect.NewTxServiceHandler(txService{s}, s.options(maxTxMessageBytes)...)
	mux.Handle(path, large.wrap(handler))
	path, handler = chanceryv1connect.NewContractServiceHandler(contractService{s}, append(small,
		connect.WithConditionalHandlerOptions(func(spec connect.Spec) []connect.HandlerOption {
			switch spec.Procedure {
			case chanceryv1connect.ContractServiceUploadProcedure:
				return []connect.HandlerOption{connect.WithReadMaxBytes(maxTxMessageBytes)}
			case chanceryv1connect.ContractServiceDeployProcedure:
				return []connect.HandlerOption{connect.WithReadMaxBytes(maxPayloadMessageBytes)}
			}
			return nil
		}))...)
	mux.Handle(path, large.wrap(handler))
	// Its answer has megabytes, which a slow reader keeps in memory.
	mux.Handle(chanceryv1connect.ContractServiceGetCodeProcedure, newBodyLimit(s.o.Limits.LargeBodies).hold(handler))
	mux.Handle(chanceryv1connect.NewOrgServiceHandler(orgService{s}, small...))
	mux.Handle(chanceryv1connect.NewQuotaServiceHandler(quotaService{s}, small...))
	mux.Handle(chanceryv1connect.NewTemplateServiceHandler(templateService{s}, small...))
	path, handler = chanceryv1connect.NewRehearsalServiceHandler(rehearsalService{s}, small...)
	mux.Handle(path, longAnswer(handler))
	mux.Handle(chanceryv1connect.NewScheduleServiceHandler(scheduleService{s}, small...))
	mux.Handle(chanceryv1connect.NewGovernanceServiceHandler(governanceService{s}, s.options(maxProposalMessageBytes)...))
	mux.Handle(chanceryv1connect.NewValidatorServiceHandler(validatorService{s}, small...))
	mux.Handle(chanceryv1connect.NewProofServiceHandler(proofService{s}, small...))
	mux.Handle(chanceryv1connect.NewNodeServiceHandler(nodeService{s}, small...))
	mux.Handle(grpchealth.NewHandler(health{s, services}, small...))
	reflector := grpcreflect.NewStaticReflector(append(services, grpchealth.HealthV1ServiceName)...)
	mux.Handle(grpcreflect.NewHandlerV1(reflector, connect.WithReadMaxBytes(maxMessageBytes)))
	mux.Handle(grpcreflect.NewHandlerV1Alpha(reflector, connect.WithReadMaxBytes(maxMessageBytes)))
	mux.HandleFunc("GET /healthz", s.healthz)
	mux.Handle(dynamicPrefix, large.wrap(s.dynamic))
	return mux
}

func (s *Server) options(maxBytes int) []connect.HandlerOption {
	return []connect.HandlerOption{
		connect.WithReadMaxBytes(maxBytes),
		connect.WithCompressMinBytes(compressMinBytes),
		connect.WithInterceptors(s.errors.interceptor()),
		jsonCodecs(nil),
	}
}

// Serve answers requests that come to l until Shutdown. It closes l.
func (s *Server) Serve(l net.Listener) error {
	err := s.http.Serve(limitListener(l, s.o.Limits.MaxConnections))
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}

// Shutdown stops taking requests, answers those who wait for txs with
// Unavailable, and returns when all requests are answered or ctx ends.
func (s *Server) Shutdown(ctx context.Context) error {
	s.waiters.close(apperr.New(apperr.Unavailable, "the node stops; the tx may still be committed"))
	if err := s.http.Shutdown(ctx); err != nil {
		return errors.Join(err, s.http.Close())
	}
	return nil
}

// Committed tells the results of a committed block to those who wait for its
// txs. It must be called once for every block, after the block's results can be
// queried. It does not block and keeps the results, which must not change.
func (s *Server) Committed(results []*chanceryv1.TxResult) {
	s.waiters.committed(results)
	s.tip.advance()
}

// Evicted tells that this node's mempool dropped a tx that it had taken, and
// why. Those who wait for the tx get the error. It does not block.
func (s *Server) Evicted(h tx.Hash, err error) {
	e := *apperr.From(err)
	if e.Code != apperr.Expired {
		// Only expiry is certain: another node may still hold and propose the tx.
		e.Msg = "this node dropped the tx, another may still commit it until valid_until: " + e.Msg
	}
	s.waiters.evicted(h, &e)
}

// health is grpc.health.v1.Health: a node that fetches old blocks is alive but
// does not serve.
type health struct {
	s        *Server
	services []string
}

func (h health) Check(_ context.Context, req *grpchealth.CheckRequest) (*grpchealth.CheckResponse, error) {
	known := req.Service == ""
	for _, name := range h.services {
		known = known || name == req.Service
	}
	if !known {
		return nil, apperr.New(apperr.NotFound, "there is no service %q", clip(req.Service))
	}
	if h.s.o.Node.Status().CatchingUp {
		return &grpchealth.CheckResponse{Status: grpchealth.StatusNotServing}, nil
	}
	return &grpchealth.CheckResponse{Status: grpchealth.StatusServing}, nil
}

// healthz is the same for probes that speak plain HTTP.
func (s *Server) healthz(w http.ResponseWriter, _ *http.Request) {
	st := s.o.Node.Status()
	w.Header().Set("Content-Type", "application/json")
	if st.CatchingUp {
		w.WriteHeader(http.StatusServiceUnavailable)
	}
	_ = json.NewEncoder(w).Encode(struct {
		Height     int64 `json:"height"`
		CatchingUp bool  `json:"catching_up"`
	}{st.Height, st.CatchingUp})
}
