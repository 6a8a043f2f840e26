package client

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"connectrpc.com/connect"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/known/timestamppb"
	"google.golang.org/protobuf/types/known/wrapperspb"

	contractv1 "github.com/chancery-chain/chancery/api/gen/chancery/contract/v1"
	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/api/gen/chancery/v1/chanceryv1connect"
	"github.com/chancery-chain/chancery/app/apperr"
	"github.com/chancery-chain/chancery/app/key"
	"github.com/chancery-chain/chancery/app/tx"
)

const (
	testChain    = "city-test"
	testContract = "records/notes"
	testService  = "notes.v1.NotesService"
)

// genesisTime is the fake chain's time; it moves only when a test says so.
var genesisTime = time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)

// fakeNode is a chain in memory whose one contract keeps notes: Put returns what
// it stores and refuses "bad" with the contract's error 3, Get returns the last, and
// so does Own, which is gated.
type fakeNode struct {
	chanceryv1connect.UnimplementedTxServiceHandler
	chanceryv1connect.UnimplementedNodeServiceHandler
	chanceryv1connect.UnimplementedContractServiceHandler

	url string

	mu        sync.Mutex
	time      time.Time
	maxValid  uint32
	committed map[tx.Hash]*chanceryv1.TxResult
	raws      map[string]bool // distinct txs that were submitted
	submits   int
	simulates int
	describes int
	busy      int // how many simulations are refused first
	note      string
	header    http.Header // of the last query
	method    string      // of the last query
	// onSubmit runs before a submit is handled; its error is the answer, after
	// the tx was committed when late is set.
	onSubmit func(try int) (late bool, err error)
}

func newFakeNode(t *testing.T) *fakeNode {
	n := &fakeNode{
		time: genesisTime, maxValid: 600,
		committed: make(map[tx.Hash]*chanceryv1.TxResult), raws: make(map[string]bool),
	}
	mux := http.NewServeMux()
	mux.Handle(chanceryv1connect.NewTxServiceHandler(n))
	mux.Handle(chanceryv1connect.NewNodeServiceHandler(n))
	mux.Handle(chanceryv1connect.NewContractServiceHandler(n))
	get := connect.NewUnaryHandler("/"+testService+"/Get",
		func(context.Context, *connect.Request[wrapperspb.StringValue]) (*connect.Response[wrapperspb.StringValue], error) {
			n.mu.Lock()
			defer n.mu.Unlock()
			return connect.NewResponse(wrapperspb.String(n.note)), nil
		}, connect.WithIdempotency(connect.IdempotencyNoSideEffects))
	queries := http.NewServeMux()
	queries.Handle("/"+testService+"/Get", get)
	queries.Handle("/"+testService+"/Own", get)
	mux.Handle("/c/"+testContract+"/", http.StripPrefix("/c/"+testContract, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n.mu.Lock()
		n.header, n.method = r.Header.Clone(), r.Method
		n.mu.Unlock()
		queries.ServeHTTP(w, r)
	})))
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	n.url = s.URL
	return n
}

// asked returns the header of the last query.
func (n *fakeNode) asked() http.Header {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.header
}

func (n *fakeNode) signer(t *testing.T, opts ...Option) *Signer {
	c, err := Dial(n.url, opts...)
	require.NoError(t, err)
	c.backoff = time.Millisecond
	c.now = func() time.Time { return genesisTime }
	k, err := key.FromSeed(key.Ed25519, make([]byte, 32))
	require.NoError(t, err)
	return c.Signer(k, "records")
}

func (n *fakeNode) Status(context.Context, *connect.Request[chanceryv1.StatusRequest]) (*connect.Response[chanceryv1.StatusResponse], error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return connect.NewResponse(&chanceryv1.StatusResponse{
		ChainId: testChain, BlockTime: timestamppb.New(n.time), Height: 7,
		Limits: &chanceryv1.Limits{MaxTxBytes: 1 << 20, MaxTxGas: 5_000_000, MaxValidSeconds: n.maxValid},
	}), nil
}

func detailed(code connect.Code, d *chanceryv1.ErrorDetail) error {
	e := connect.NewError(code, errors.New("refused"))
	if detail, err := connect.NewErrorDetail(d); err == nil {
		e.AddDetail(detail)
	}
	return e
}

// run is what the contract does with a tx.
func (n *fakeNode) run(t *tx.Tx) *chanceryv1.TxResult {
	r := &chanceryv1.TxResult{TxHash: t.Hash[:], GasWanted: t.Body.GasLimit, GasUsed: 90_000}
	in := new(wrapperspb.StringValue)
	e := t.Body.GetExecute()
	if err := proto.Unmarshal(e.GetPayload(), in); err != nil {
		r.Code, r.CodeName, r.Log = uint32(apperr.InvalidTx), "InvalidTx", err.Error()
		return r
	}
	if e.Version > 1 {
		r.Code, r.CodeName = uint32(apperr.VersionChanged), "VersionChanged"
		return r
	}
	switch in.Value {
	case "bad":
		r.Code, r.CodeName = uint32(apperr.ContractFailed), "ContractFailed"
		r.ContractError = &chanceryv1.ContractError{Contract: e.Contract, Code: 3}
	default:
		r.Data, _ = proto.Marshal(in)
	}
	return r
}

func (n *fakeNode) Simulate(_ context.Context, req *connect.Request[chanceryv1.SimulateRequest]) (*connect.Response[chanceryv1.SimulateResponse], error) {
	t, err := tx.DecodeUnsigned(req.Msg.Tx)
	if err != nil {
		return nil, connect.NewError(connect.CodeInvalidArgument, err)
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.simulates++
	if n.simulates <= n.busy {
		return nil, detailed(connect.CodeResourceExhausted, &chanceryv1.ErrorDetail{Code: uint32(apperr.Busy)})
	}
	return connect.NewResponse(&chanceryv1.SimulateResponse{Result: n.run(t)}), nil
}

func (n *fakeNode) Submit(_ context.Context, req *connect.Request[chanceryv1.SubmitRequest]) (*connect.Response[chanceryv1.SubmitResponse], error) {
	t, err := tx.Decode(req.Msg.Tx)
	if err != nil {
		return nil, connect.NewError(connect.CodeInvalidArgument, err)
	}
	if !t.VerifySignatures() {
		return nil, connect.NewError(connect.CodeUnauthenticated, errors.New("wrong signature"))
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.submits++
	n.raws[string(req.Msg.Tx)] = true
	var late bool
	if n.onSubmit != nil {
		late, err = n.onSubmit(n.submits)
		if err != nil && !late {
			return nil, err
		}
	}
	if r, ok := n.committed[t.Hash]; ok {
		return nil, detailed(connect.CodeAlreadyExists, &chanceryv1.ErrorDetail{Code: uint32(apperr.Replayed), TxResult: r})
	}
	if t.ValidUntil.Before(n.time) || t.ValidUntil.After(n.time.Add(time.Duration(n.maxValid)*time.Second)) {
		return nil, detailed(connect.CodeDeadlineExceeded, &chanceryv1.ErrorDetail{Code: uint32(apperr.Expired)})
	}
	r := n.run(t)
	r.Height = int64(8 + len(n.committed))
	n.committed[t.Hash] = r
	if r.Code == 0 {
		in := new(wrapperspb.StringValue)
		_ = proto.Unmarshal(r.Data, in)
		n.note = in.Value
	}
	if err != nil {
		return nil, err
	}
	return connect.NewResponse(&chanceryv1.SubmitResponse{TxHash: t.Hash[:], Result: r}), nil
}

func (n *fakeNode) Get(_ context.Context, req *connect.Request[chanceryv1.GetRequest]) (*connect.Response[chanceryv1.GetResponse], error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	r, ok := n.committed[tx.Hash(req.Msg.TxHash)]
	if !ok {
		return nil, connect.NewError(connect.CodeNotFound, errors.New("no such tx"))
	}
	return connect.NewResponse(&chanceryv1.GetResponse{Result: r}), nil
}

func (n *fakeNode) GetContract(_ context.Context, req *connect.Request[chanceryv1.GetContractRequest]) (*connect.Response[chanceryv1.GetContractResponse], error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.describes++
	if req.Msg.Contract != testContract {
		return nil, connect.NewError(connect.CodeNotFound, errors.New("no such contract"))
	}
	set, err := proto.Marshal(notesDescriptors())
	if err != nil {
		return nil, err
	}
	return connect.NewResponse(&chanceryv1.GetContractResponse{
		Contract: &chanceryv1.Contract{Name: testContract, Service: testService}, DescriptorSet: set,
	}), nil
}

// notesDescriptors describes the contract as its .proto would.
func notesDescriptors() *descriptorpb.FileDescriptorSet {
	method := func(name string, query bool) *descriptorpb.MethodDescriptorProto {
		m := &descriptorpb.MethodDescriptorProto{
			Name: proto.String(name), InputType: proto.String(".notes.v1.Note"),
			OutputType: proto.String(".notes.v1.Note"), Options: &descriptorpb.MethodOptions{},
		}
		if query {
			m.Options.IdempotencyLevel = descriptorpb.MethodOptions_NO_SIDE_EFFECTS.Enum()
		}
		return m
	}
	own := method("Own", true)
	proto.SetExtension(own.Options, contractv1.E_Method, &contractv1.MethodOptions{Visibility: contractv1.Visibility_VISIBILITY_GATED})
	errorEnum := &descriptorpb.EnumOptions{}
	proto.SetExtension(errorEnum, contractv1.E_Errors, &contractv1.ErrorOptions{})
	bad := &descriptorpb.EnumValueOptions{}
	proto.SetExtension(bad, contractv1.E_Error, &contractv1.ErrorValueOptions{ConnectCode: "not_found", Message: "This note is bad."})
	service := &descriptorpb.ServiceOptions{}
	proto.SetExtension(service, contractv1.E_Contract, &contractv1.ContractOptions{Title: "Notes"})
	file := &descriptorpb.FileDescriptorProto{
		Name: proto.String("notes/v1/notes.proto"), Package: proto.String("notes.v1"), Syntax: proto.String("proto3"),
		Dependency: []string{"chancery/contract/v1/options.proto"},
		// On the wire it is a google.protobuf.StringValue, which the tests use.
		MessageType: []*descriptorpb.DescriptorProto{{
			Name: proto.String("Note"),
			Field: []*descriptorpb.FieldDescriptorProto{{
				Name: proto.String("value"), Number: proto.Int32(1), JsonName: proto.String("value"),
				Type:  descriptorpb.FieldDescriptorProto_TYPE_STRING.Enum(),
				Label: descriptorpb.FieldDescriptorProto_LABEL_OPTIONAL.Enum(),
			}},
		}},
		Service: []*descriptorpb.ServiceDescriptorProto{{
			Name: proto.String("NotesService"), Options: service, Method: []*descriptorpb.MethodDescriptorProto{method("Put", false), method("Get", true), own},
		}},
		EnumType: []*descriptorpb.EnumDescriptorProto{{
			Name: proto.String("NotesError"), Options: errorEnum,
			Value: []*descriptorpb.EnumValueDescriptorProto{
				{Name: proto.String("NOTES_ERROR_UNSPECIFIED"), Number: proto.Int32(0)},
				{Name: proto.String("BAD_NOTE"), Number: proto.Int32(3), Options: bad},
			},
		}},
	}
	return &descriptorpb.FileDescriptorSet{File: []*descriptorpb.FileDescriptorProto{
		protodesc.ToFileDescriptorProto(descriptorpb.File_google_protobuf_descriptor_proto),
		protodesc.ToFileDescriptorProto(contractv1.File_chancery_contract_v1_options_proto),
		file,
	}}
}
