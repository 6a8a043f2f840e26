package client

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"testing"

	"connectrpc.com/connect"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/chancery-chain/chancery/app/apperr"
)

// call calls a method as a generated client does.
func call(s *Signer, method, in string, opts ...connect.ClientOption) (*connect.Response[wrapperspb.StringValue], error) {
	c := connect.NewClient[wrapperspb.StringValue, wrapperspb.StringValue](
		s.HTTPClient(), s.client.ContractURL(testContract)+"/"+testService+"/"+method, opts...)
	return c.CallUnary(context.Background(), connect.NewRequest(wrapperspb.String(in)))
}

func TestTransportExecutesAndQueries(t *testing.T) {
	rows := map[string][]connect.ClientOption{
		"protobuf": nil,
		"gzip":     {connect.WithSendGzip()},
	}
	for name, opts := range rows {
		t.Run(name, func(t *testing.T) {
			n := newFakeNode(t)
			s := n.signer(t)
			for range 2 {
				resp, err := call(s, "Put", "hello", opts...)
				require.NoError(t, err)
				require.Equal(t, "hello", resp.Msg.Value)
				require.Len(t, resp.Header().Get(HeaderTxHash), 64)
				require.NotEmpty(t, resp.Header().Get(HeaderHeight))
				require.Equal(t, "90000", resp.Header().Get(HeaderGasUsed))
			}
			resp, err := call(s, "Get", "", opts...)
			require.NoError(t, err)
			require.Equal(t, "hello", resp.Msg.Value)
			require.Equal(t, 2, n.submits, "a query is no tx")
			require.Equal(t, 1, n.describes, "the interface is asked for once")
		})
	}
}

func TestTransportContractError(t *testing.T) {
	n := newFakeNode(t)
	_, err := call(n.signer(t), "Put", "bad")
	require.Equal(t, connect.CodeNotFound, connect.CodeOf(err), "the code that the contract declares")
	e := ContractError(err)
	require.NotNil(t, e)
	require.Equal(t, uint32(3), e.Code)
	require.Equal(t, "BAD_NOTE", e.Name)
	require.Contains(t, err.Error(), "records/notes: BAD_NOTE: This note is bad.")
	require.Zero(t, n.submits, "a tx that fails in simulation is not submitted")
}

func TestTransportGasLimitHeader(t *testing.T) {
	n := newFakeNode(t)
	s := n.signer(t)
	c := connect.NewClient[wrapperspb.StringValue, wrapperspb.StringValue](
		s.HTTPClient(), s.client.ContractURL(testContract)+"/"+testService+"/Put")
	req := connect.NewRequest(wrapperspb.String("bad"))
	req.Header().Set(HeaderGasLimit, "1000000")
	_, err := c.CallUnary(context.Background(), req)
	require.NotNil(t, ContractError(err))
	require.Equal(t, int64(8), Result(err).GetHeight(), "a committed failure")
	require.Zero(t, n.simulates)

	req.Header().Set(HeaderGasLimit, "plenty")
	_, err = c.CallUnary(context.Background(), req)
	require.Equal(t, connect.CodeInvalidArgument, connect.CodeOf(err))
}

func TestTransportVersionHeader(t *testing.T) {
	n := newFakeNode(t)
	s := n.signer(t)
	c := connect.NewClient[wrapperspb.StringValue, wrapperspb.StringValue](
		s.HTTPClient(), s.client.ContractURL(testContract)+"/"+testService+"/Put")
	req := connect.NewRequest(wrapperspb.String("x"))
	req.Header().Set(HeaderVersion, "1")
	_, err := c.CallUnary(context.Background(), req)
	require.NoError(t, err)
	req.Header().Set(HeaderVersion, "2")
	_, err = c.CallUnary(context.Background(), req)
	require.Equal(t, apperr.VersionChanged, Code(err))
	req.Header().Set(HeaderVersion, "latest")
	_, err = c.CallUnary(context.Background(), req)
	require.Equal(t, connect.CodeInvalidArgument, connect.CodeOf(err))
}

func TestTransportRefuses(t *testing.T) {
	n := newFakeNode(t)
	s := n.signer(t)
	_, err := call(s, "Vanish", "x")
	require.Equal(t, connect.CodeUnimplemented, connect.CodeOf(err))
	require.ErrorContains(t, err, "notes.v1.NotesService.Vanish")

	_, err = call(s, "Put", "x", connect.WithGRPC())
	require.Equal(t, connect.CodeUnimplemented, connect.CodeOf(err))

	c := connect.NewClient[wrapperspb.StringValue, wrapperspb.StringValue](
		s.HTTPClient(), s.client.ContractURL("records/nothing")+"/"+testService+"/Put")
	_, err = c.CallUnary(context.Background(), connect.NewRequest(wrapperspb.String("x")))
	require.Equal(t, connect.CodeNotFound, connect.CodeOf(err))
	require.Zero(t, n.submits)
}

func TestTransportPlainHTTP(t *testing.T) {
	n := newFakeNode(t)
	s := n.signer(t)
	post := func(body string) (int, string) {
		req, err := http.NewRequest(http.MethodPost, s.client.ContractURL(testContract)+"/"+testService+"/Put", bytes.NewBufferString(body))
		require.NoError(t, err)
		req.Header.Set("Content-Type", "application/json")
		resp, err := s.HTTPClient().Do(req)
		require.NoError(t, err)
		defer resp.Body.Close()
		b, err := io.ReadAll(resp.Body)
		require.NoError(t, err)
		return resp.StatusCode, string(b)
	}
	status, body := post(`{"value":"hello"}`)
	require.Equal(t, http.StatusOK, status)
	require.JSONEq(t, `{"value":"hello"}`, body)
	status, body = post(`{"valu":1}`)
	require.Equal(t, http.StatusBadRequest, status)
	require.Contains(t, body, "invalid_argument")
}
