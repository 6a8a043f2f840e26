package client

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"

	"connectrpc.com/connect"
	"google.golang.org/protobuf/reflect/protoreflect"

	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/api/schema"
	"github.com/chancery-chain/chancery/app/tx"
)

// contractPrefix is where the node serves deployed contracts.
const contractPrefix = "/c/"

// Headers of the answer to an executing method, set by the signing transport.
const (
	HeaderTxHash  = "Chancery-Tx-Hash"  // hex
	HeaderHeight  = "Chancery-Height"   // height of the block with the tx
	HeaderGasUsed = "Chancery-Gas-Used" // gas units
)

// HeaderGasLimit is a header of a request to an executing method: the gas limit
// of its tx, in gas units, which saves the simulation.
const HeaderGasLimit = "Chancery-Gas-Limit"

// HeaderVersion is a header of a request to an executing method: the version that
// the contract must have. After an upgrade such a request is refused, so that
// programs written for a version notice.
const HeaderVersion = "Chancery-Version"

// HTTPClient returns a transport for generated Connect clients of contracts,
// whose base URL is [Client.ContractURL]. Requests to executing methods become
// signed, committed txs. Requests to gated queries get the signer's permit, which is
// made and renewed by itself; all others go to the node unchanged, without account.
//
// Executing methods take the unary Connect protocol, with protobuf or JSON. Queries
// take all protocols that the client's own HTTP client speaks.
func (s *Signer) HTTPClient() connect.HTTPClient { return &transport{signer: s} }

// HTTPClient is the signer's transport, see [Signer.HTTPClient]. A nil signer
// can only query.
func (c *Client) HTTPClient(s *Signer) connect.HTTPClient {
	if s == nil {
		return c.http
	}
	return s.HTTPClient()
}

type transport struct{ signer *Signer }

// Do implements connect.HTTPClient.
func (t *transport) Do(req *http.Request) (*http.Response, error) {
	c := t.signer.client
	contract, service, method, ok := splitPath(strings.TrimPrefix(req.URL.Path, c.base.Path))
	if !ok || req.URL.Host != c.base.Host || req.URL.Scheme != c.base.Scheme {
		return c.http.Do(req)
	}
	m, err := c.method(req.Context(), contract, service, method)
	if err == nil && isQuery(m) {
		if schema.Gated(m) {
			with, err := t.signer.authorise(req, contract)
			if err != nil {
				if req.Body != nil {
					_ = req.Body.Close()
				}
				return errorResponse(req, err)
			}
			req = with
		}
		return c.http.Do(req)
	}
	if req.Method != http.MethodPost {
		return c.http.Do(req)
	}
	if req.Body != nil {
		defer req.Body.Close()
	}
	if err != nil {
		return errorResponse(req, err)
	}
	resp, err := t.execute(req, contract, m)
	if err != nil {
		return errorResponse(req, err)
	}
	return resp, nil
}

// splitPath takes "/c/<organisation>/<contract>/<service>/<method>" apart.
func splitPath(path string) (contract, service, method string, ok bool) {
	rest, ok := strings.CutPrefix(path, contractPrefix)
	parts := strings.Split(rest, "/")
	if !ok || len(parts) != 4 {
		return "", "", "", false
	}
	return parts[0] + "/" + parts[1], parts[2], parts[3], true
}

// Codecs of a unary Connect request, by their content type.
const (
	contentProto = "application/proto"
	contentJSON  = "application/json"
)

func (t *transport) execute(req *http.Request, contract string, m protoreflect.MethodDescriptor) (*http.Response, error) {
	content, _, _ := strings.Cut(req.Header.Get("Content-Type"), ";")
	if content != contentProto && content != contentJSON {
		return nil, connect.NewError(connect.CodeUnimplemented, fmt.Errorf(
			"%s is executed by a transaction, which takes a unary Connect request, not %q", m.FullName(), content))
	}
	payload, err := readBody(req)
	if err != nil {
		return nil, err
	}
	if content == contentJSON {
		if payload, err = schema.DecodeJSON(m.Input(), payload); err != nil {
			return nil, connect.NewError(connect.CodeInvalidArgument, err)
		}
	}
	action := &chanceryv1.Execute{Contract: contract, Method: string(m.Name()), Payload: payload}
	if h := req.Header.Get(HeaderVersion); h != "" {
		if action.Version, err = strconv.ParseUint(h, 10, 64); err != nil {
			return nil, connect.NewError(connect.CodeInvalidArgument, fmt.Errorf("header %s: %w", HeaderVersion, err))
		}
	}
	body := &chanceryv1.TxBody{Action: &chanceryv1.TxBody_Execute{Execute: action}}
	if h := req.Header.Get(HeaderGasLimit); h != "" {
		if body.GasLimit, err = strconv.ParseUint(h, 10, 64); err != nil {
			return nil, connect.NewError(connect.CodeInvalidArgument, fmt.Errorf("header %s: %w", HeaderGasLimit, err))
		}
	}
	r, err := t.signer.Submit(req.Context(), body)
	if err != nil {
		return nil, err
	}
	data := r.GetData()
	if content == contentJSON {
		if data, err = schema.EncodeJSON(m.Output(), data); err != nil {
			return nil, err
		}
	}
	w := newResponse(req)
	w.header.Set("Content-Type", content)
	w.header.Set(HeaderTxHash, fmt.Sprintf("%x", r.GetTxHash()))
	w.header.Set(HeaderHeight, strconv.FormatInt(r.GetHeight(), 10))
	w.header.Set(HeaderGasUsed, strconv.FormatUint(r.GetGasUsed(), 10))
	w.body.Write(data)
	return w.response(), nil
}

// readBody reads a request, which may be compressed, up to the size that a tx
// can carry.
func readBody(req *http.Request) ([]byte, error) {
	if req.Body == nil {
		return nil, nil
	}
	var r io.Reader = req.Body
	switch e := req.Header.Get("Content-Encoding"); e {
	case "", "identity":
	case "gzip":
		z, err := gzip.NewReader(r)
		if err != nil {
			return nil, connect.NewError(connect.CodeInvalidArgument, fmt.Errorf("request body: %w", err))
		}
		r = z
	default:
		return nil, connect.NewError(connect.CodeUnimplemented, fmt.Errorf("request encoding %q: use gzip or none", e))
	}
	b, err := io.ReadAll(io.LimitReader(r, tx.MaxPayloadBytes*4+1))
	if err != nil {
		return nil, connect.NewError(connect.CodeInvalidArgument, fmt.Errorf("request body: %w", err))
	}
	if len(b) > tx.MaxPayloadBytes*4 { // JSON takes more room than protobuf
		return nil, connect.NewError(connect.CodeResourceExhausted, fmt.Errorf("request is larger than %d bytes", tx.MaxPayloadBytes))
	}
	return b, nil
}

// response is an http.ResponseWriter that makes the answer of a request that
// never went out.
type response struct {
	req    *http.Request
	header http.Header
	status int
	body   bytes.Buffer
}

func newResponse(req *http.Request) *response {
	return &response{req: req, header: make(http.Header), status: http.StatusOK}
}

func (w *response) Header() http.Header         { return w.header }
func (w *response) WriteHeader(status int)      { w.status = status }
func (w *response) Write(b []byte) (int, error) { return w.body.Write(b) }

func (w *response) response() *http.Response {
	return &http.Response{
		Status:     strconv.Itoa(w.status) + " " + http.StatusText(w.status),
		StatusCode: w.status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: w.header, Request: w.req,
		Body: io.NopCloser(&w.body), ContentLength: int64(w.body.Len()),
	}
}

// errorResponse answers with an error in the request's own protocol, so that a
// generated client sees a *connect.Error with its code and details.
func errorResponse(req *http.Request, err error) (*http.Response, error) {
	var pending *PendingError
	if errors.As(err, &pending) || req.Context().Err() != nil {
		// Not an answer of the chain: the caller gets the error itself and can
		// find the hash in it.
		return nil, connect.NewError(connect.CodeDeadlineExceeded, err)
	}
	var e *connect.Error
	if !errors.As(err, &e) {
		e = connect.NewError(connect.CodeUnknown, err)
	}
	w := newResponse(req)
	if err := connect.NewErrorWriter().Write(w, req, e); err != nil {
		return nil, err
	}
	return w.response(), nil
}
