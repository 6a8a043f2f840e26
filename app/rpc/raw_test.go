package rpc

import (
	"bytes"
	"compress/gzip"
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"connectrpc.com/connect"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/dynamicpb"

	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/api/gen/chancery/v1/chanceryv1connect"
	"github.com/chancery-chain/chancery/api/schema"
	"github.com/chancery-chain/chancery/app/apperr"
	"github.com/chancery-chain/chancery/app/permit"
	"github.com/chancery-chain/chancery/app/query"
	"github.com/chancery-chain/chancery/app/tx"
)

// notes is a contract's interface: public Get and gated Own, of a Note to a Note.
func notes(t *testing.T) *schema.Contract {
	t.Helper()
	one, many := descriptorpb.FieldDescriptorProto_LABEL_OPTIONAL, descriptorpb.FieldDescriptorProto_LABEL_REPEATED
	field := func(name string, number int32, label descriptorpb.FieldDescriptorProto_Label, typ descriptorpb.FieldDescriptorProto_Type) *descriptorpb.FieldDescriptorProto {
		f := &descriptorpb.FieldDescriptorProto{Name: &name, JsonName: &name, Number: &number, Label: &label, Type: &typ}
		if typ == descriptorpb.FieldDescriptorProto_TYPE_MESSAGE {
			f.TypeName = proto.String(".x.Note")
		}
		return f
	}
	method := func(name string) *descriptorpb.MethodDescriptorProto {
		return &descriptorpb.MethodDescriptorProto{Name: &name, InputType: proto.String(".x.Note"), OutputType: proto.String(".x.Note")}
	}
	file, err := protodesc.NewFile(&descriptorpb.FileDescriptorProto{
		Name: proto.String("x.proto"), Package: proto.String("x"), Syntax: proto.String("proto3"),
		MessageType: []*descriptorpb.DescriptorProto{{Name: proto.String("Note"), Field: []*descriptorpb.FieldDescriptorProto{
			field("text", 1, one, descriptorpb.FieldDescriptorProto_TYPE_STRING),
			field("notes", 2, many, descriptorpb.FieldDescriptorProto_TYPE_MESSAGE),
			field("blob", 3, one, descriptorpb.FieldDescriptorProto_TYPE_BYTES),
			field("fixed", 4, many, descriptorpb.FieldDescriptorProto_TYPE_FIXED64),
			field(strings.Repeat("n", 200), 5, one, descriptorpb.FieldDescriptorProto_TYPE_STRING),
		}}},
		Service: []*descriptorpb.ServiceDescriptorProto{{
			Name: proto.String("Notes"), Method: []*descriptorpb.MethodDescriptorProto{method("Get"), method("Own")},
		}},
	}, nil)
	require.NoError(t, err)
	files := new(protoregistry.Files)
	require.NoError(t, files.RegisterFile(file))
	c := &schema.Contract{Service: "x.Notes", Files: files}
	for i, name := range []string{"Get", "Own"} {
		m := file.Services().Get(0).Methods().Get(i)
		c.Methods = append(c.Methods, schema.Method{
			Name: name, Kind: schema.KindQuery, Gated: name == "Own", Input: m.Input(), Output: m.Output(), Descriptor: m,
		})
	}
	return c
}

// serveNotes serves the contract records/notes, whose queries answer what call says.
func serveNotes(t *testing.T, l Limits, call func(query.Call) ([]byte, error)) string {
	t.Helper()
	f, _, url := serve(t, l)
	f.schema, f.call = notes(t), call
	f.header.Store(11) // all is provable
	return url + "/c/records/notes/x.Notes/"
}

func ask(t *testing.T, method, url, contentType string, body io.Reader, header http.Header) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, body)
	require.NoError(t, err)
	for k, v := range header {
		req.Header[k] = v
	}
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	res, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	return res, string(b)
}

// TestContractRequestSizes: what a tx may carry the endpoint takes, in protobuf and
// in JSON, and not a byte more.
func TestContractRequestSizes(t *testing.T) {
	ran := 0
	url := serveNotes(t, Limits{}, func(c query.Call) ([]byte, error) {
		ran++
		require.LessOrEqual(t, len(c.Payload), tx.MaxPayloadBytes)
		return nil, nil
	})
	note := func(size int) []byte { // of this many bytes in protobuf
		return protowire.AppendBytes(protowire.AppendTag(nil, 3, protowire.BytesType), make([]byte, size-4))
	}
	asJSON := func(b []byte) []byte {
		m := dynamicpb.NewMessage(notes(t).Methods[0].Input)
		require.NoError(t, proto.Unmarshal(b, m))
		out, err := (&jsonCodec{name: codecJSON}).Marshal(m)
		require.NoError(t, err)
		return out
	}
	var bomb bytes.Buffer
	zw := gzip.NewWriter(&bomb)
	_, err := zw.Write(make([]byte, 8<<20))
	require.NoError(t, err)
	require.NoError(t, zw.Close())
	largest, larger := note(tx.MaxPayloadBytes), note(tx.MaxPayloadBytes+1)
	rows := []struct {
		name, contentType string
		body              []byte
		status            int
	}{
		{"largest, protobuf", "application/proto", largest, 200},
		{"largest, JSON", "application/json", asJSON(largest), 200},
		{"a byte more, protobuf", "application/proto", larger, 400},
		{"a byte more, JSON", "application/json", asJSON(larger), 400},
		{"small in JSON, large in protobuf", "application/json", []byte(`{"fixed":[` + strings.Repeat("1,", 50_000) + `1]}`), 400},
		{"far more", "application/proto", note(maxPayloadMessageBytes + 1), 429},
		{"gzip bomb", "application/proto", bomb.Bytes(), 429},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			before, header := ran, http.Header{}
			if strings.Contains(row.name, "gzip") {
				header.Set("Content-Encoding", "gzip")
			}
			res, body := ask(t, http.MethodPost, url+"Get", row.contentType, bytes.NewReader(row.body), header)
			require.Equal(t, row.status, res.StatusCode, body)
			require.Equal(t, row.status == 200, ran > before, "nothing runs for what is refused")
		})
	}
}

// TestRequestsUnpackInTheGate: two bytes of a request become a message of a hundred.
// While the gate is taken, requests wait as they came and are not decoded.
func TestRequestsUnpackInTheGate(t *testing.T) {
	entered, leave := make(chan struct{}, 1), make(chan struct{})
	url := serveNotes(t, Limits{Runs: 1, RunQueue: 1, RunTimeout: time.Second}, func(query.Call) ([]byte, error) {
		entered <- struct{}{}
		<-leave
		return nil, nil
	})
	first := make(chan int, 1)
	go func() {
		res, err := http.Post(url+"Get", "application/json", strings.NewReader(`{}`))
		if err != nil {
			t.Error(err)
			first <- 0
			return
		}
		_ = res.Body.Close()
		first <- res.StatusCode
	}()
	<-entered
	// This one is no message at all; whoever decoded it before its turn would say so.
	res, body := ask(t, http.MethodPost, url+"Get", "application/proto", strings.NewReader("\x0a\xff"), nil)
	require.Equal(t, http.StatusTooManyRequests, res.StatusCode, body)
	require.Contains(t, body, "Busy")
	close(leave)
	require.Equal(t, http.StatusOK, <-first)
	res, body = ask(t, http.MethodPost, url+"Get", "application/proto", strings.NewReader("\x0a\xff"), nil)
	require.Equal(t, http.StatusBadRequest, res.StatusCode, body)
}

// TestPermitReachesTheQuery: in every protocol the header's permit is what the query
// gets, and a request without one has none.
func TestPermitReachesTheQuery(t *testing.T) {
	var got query.Call
	url := serveNotes(t, Limits{}, func(c query.Call) ([]byte, error) {
		got = c
		if c.Permit == nil && c.Method == "Own" {
			return nil, apperr.New(apperr.Unauthenticated, "no permit")
		}
		return []byte{0x0a, 1, 'x'}, nil // {"text":"x"}
	})
	value := permit.Header([]byte("a permit"))
	m := notes(t).Methods[1]
	for name, opts := range map[string][]connect.ClientOption{
		"Connect": nil, "GET": {connect.WithHTTPGet()}, "gRPC": {connect.WithGRPC()}, "gRPC-Web": {connect.WithGRPCWeb()},
	} {
		t.Run(name, func(t *testing.T) {
			var h connect.HTTPClient = http.DefaultClient
			if name == "gRPC" {
				h = h2c(t)
			}
			c := connect.NewClient[dynamicpb.Message, dynamicpb.Message](h, url+"Own", append(opts,
				connect.WithSchema(m.Descriptor), connect.WithIdempotency(connect.IdempotencyNoSideEffects),
				connect.WithResponseInitializer(func(_ connect.Spec, message any) error {
					*message.(*dynamicpb.Message) = *dynamicpb.NewMessage(m.Output)
					return nil
				}))...)
			call := func(authorization string) (*dynamicpb.Message, error) {
				got = query.Call{}
				req := connect.NewRequest(dynamicpb.NewMessage(m.Input))
				if authorization != "" {
					req.Header().Set("Authorization", authorization)
				}
				res, err := c.CallUnary(t.Context(), req)
				if err != nil {
					return nil, err
				}
				return res.Msg, nil
			}
			res, err := call(value)
			require.NoError(t, err)
			require.Equal(t, "x", res.Get(m.Output.Fields().ByName("text")).String())
			require.Equal(t, "a permit", string(got.Permit))
			require.Equal(t, "records/notes", got.Contract)
			_, err = call("")
			require.Equal(t, connect.CodeUnauthenticated, connect.CodeOf(err))
			requireDetail(t, err, apperr.Unauthenticated)
			_, err = call("Chancery-Permit %%%")
			requireDetail(t, err, apperr.InvalidTx)
			require.Empty(t, got.Method, "nothing was asked")
		})
	}
	t.Run("an empty message as JSON over gRPC", func(t *testing.T) {
		c := connect.NewClient[rawMessage, rawMessage](h2c(t), url+"Get", connect.WithGRPC(), connect.WithCodec(rawCodec{codecJSON}))
		res, err := c.CallUnary(t.Context(), connect.NewRequest(&rawMessage{[]byte("{}")}))
		require.NoError(t, err)
		require.Contains(t, string(res.Msg.data), `"x"`)
	})
	t.Run("caches", func(t *testing.T) {
		target := "Own?connect=v1&encoding=json&message=%7B%7D"
		for _, row := range []struct {
			name, target, authorization, cache string
		}{
			{"gated, refused", target, "", "private, no-store"},
			{"gated", target, value, "private, no-store"},
			{"public", strings.Replace(target, "Own", "Get", 1), "", ""},
			{"public, with a permit", strings.Replace(target, "Own", "Get", 1), value, "private, no-store"},
			{"no such method", "None", "", ""},
		} {
			header := http.Header{}
			if row.authorization != "" {
				header.Set("Authorization", row.authorization)
			}
			res, _ := ask(t, http.MethodGet, url+row.target, "", nil, header)
			require.Equal(t, row.cache, res.Header.Get("Cache-Control"), row.name)
			require.Contains(t, res.Header.Values("Vary"), "Authorization", row.name)
		}
	})
	t.Run("proofs", func(t *testing.T) {
		base := url[:strings.Index(url, "/c/")]
		f := chanceryv1connect.NewProofServiceClient(http.DefaultClient, base)
		req := connect.NewRequest(&chanceryv1.ProveRequest{Contract: "records/notes", Key: []byte("k"), Height: 3})
		req.Header().Set("Authorization", value)
		res, err := f.Prove(t.Context(), req)
		require.NoError(t, err)
		require.Equal(t, "a permit", string(res.Msg.Proof.CommitmentProof), "the fake tells it there")
		req.Header().Set("Authorization", "Chancery-Permit !")
		_, err = f.Prove(t.Context(), req)
		requireDetail(t, err, apperr.InvalidTx)
	})
}

// TestAnswersThatAreNone: what a contract answers is checked before it is sent.
func TestAnswersThatAreNone(t *testing.T) {
	var answer []byte
	url := serveNotes(t, Limits{}, func(query.Call) ([]byte, error) { return answer, nil })
	answer = []byte("\x0a\xff")
	res, body := ask(t, http.MethodPost, url+"Get", "application/json", strings.NewReader(`{}`), nil)
	require.Equal(t, http.StatusBadRequest, res.StatusCode)
	require.Contains(t, body, "ContractTrap")
	answer = bytes.Repeat([]byte{0x12, 0}, 100_000) // each names all fields in JSON
	res, body = ask(t, http.MethodPost, url+"Get", "application/json", strings.NewReader(`{}`), nil)
	require.Equal(t, http.StatusTooManyRequests, res.StatusCode)
	require.Contains(t, body, "ask for it as protobuf")
	res, _ = ask(t, http.MethodPost, url+"Get", "application/proto", strings.NewReader(""), nil)
	require.Equal(t, http.StatusOK, res.StatusCode)
}

// TestCodeLimits: who asks for code keeps megabytes of the node's memory, so only
// some may at once; requests about contracts are small.
func TestCodeLimits(t *testing.T) {
	f, _, url := serve(t, Limits{LargeBodies: 1})
	entered, leave := make(chan struct{}, 2), make(chan struct{})
	f.code = func(hash []byte) (*chanceryv1.GetCodeResponse, error) {
		entered <- struct{}{}
		<-leave
		return &chanceryv1.GetCodeResponse{CodeHash: hash}, nil
	}
	c := chanceryv1connect.NewContractServiceClient(http.DefaultClient, url)
	get := func(ctx context.Context) error {
		_, err := c.GetCode(ctx, connect.NewRequest(&chanceryv1.GetCodeRequest{CodeHash: make([]byte, 32)}))
		return err
	}
	first := make(chan error, 1)
	go func() { first <- get(t.Context()) }()
	<-entered
	short, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	require.Error(t, get(short), "the only place is taken")
	require.Empty(t, entered)
	_, err := c.GetContract(t.Context(), connect.NewRequest(&chanceryv1.GetContractRequest{Contract: "records/notes"}))
	require.NoError(t, err, "its answer is small and takes no place")
	close(leave)
	require.NoError(t, <-first)
	require.NoError(t, get(t.Context()), "the place was given back")

	for _, hash := range [][]byte{nil, make([]byte, 31), make([]byte, 33)} {
		_, err := c.GetCode(t.Context(), connect.NewRequest(&chanceryv1.GetCodeRequest{CodeHash: hash}))
		require.Equal(t, "code_hash", requireDetail(t, err, apperr.InvalidTx).Field)
	}
	long := strings.Repeat("x", maxMessageBytes)
	_, err = c.GetContract(t.Context(), connect.NewRequest(&chanceryv1.GetContractRequest{Contract: long}))
	require.Equal(t, connect.CodeResourceExhausted, connect.CodeOf(err), "%v", err)
	_, err = c.GetCode(t.Context(), connect.NewRequest(&chanceryv1.GetCodeRequest{CodeHash: []byte(long)}))
	require.Equal(t, connect.CodeResourceExhausted, connect.CodeOf(err), "%v", err)
	_, err = c.Deploy(t.Context(), connect.NewRequest(&chanceryv1.DeployRequest{Tx: make([]byte, maxPayloadMessageBytes+1)}))
	require.Equal(t, connect.CodeResourceExhausted, connect.CodeOf(err), "%v", err)
}
