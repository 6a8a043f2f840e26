package rpc

import (
	"net"
	"net/http"
	"testing"

	"connectrpc.com/connect"
	"connectrpc.com/grpcreflect"
	"github.com/stretchr/testify/require"

	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/api/gen/chancery/v1/chanceryv1connect"
)

// h2c is an HTTP/2 client without TLS.
func h2c(t *testing.T) *http.Client {
	t.Helper()
	var p http.Protocols
	p.SetUnencryptedHTTP2(true)
	transport := &http.Transport{Protocols: &p}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

func TestProtocols(t *testing.T) {
	_, _, url := serve(t, Limits{})
	for name, client := range map[string]chanceryv1connect.NodeServiceClient{
		"Connect":              chanceryv1connect.NewNodeServiceClient(http.DefaultClient, url),
		"Connect, HTTP/2":      chanceryv1connect.NewNodeServiceClient(h2c(t), url),
		"Connect, JSON":        chanceryv1connect.NewNodeServiceClient(http.DefaultClient, url, connect.WithProtoJSON()),
		"Connect, GET":         chanceryv1connect.NewNodeServiceClient(http.DefaultClient, url, connect.WithHTTPGet()),
		"Connect, GET in JSON": chanceryv1connect.NewNodeServiceClient(http.DefaultClient, url, connect.WithHTTPGet(), connect.WithProtoJSON()),
		"gRPC-Web":             chanceryv1connect.NewNodeServiceClient(http.DefaultClient, url, connect.WithGRPCWeb()),
		"gRPC":                 chanceryv1connect.NewNodeServiceClient(h2c(t), url, connect.WithGRPC()),
	} {
		t.Run(name, func(t *testing.T) {
			res, err := client.Status(t.Context(), connect.NewRequest(&chanceryv1.StatusRequest{}))
			require.NoError(t, err)
			require.Equal(t, "test-1", res.Msg.ChainId)
			require.Equal(t, int64(10), res.Msg.Height)
			require.Equal(t, uint64(5), res.Msg.Limits.MaxTxGas)
		})
	}
}

func TestReflection(t *testing.T) {
	_, _, url := serve(t, Limits{})
	stream := grpcreflect.NewClient(h2c(t), url).NewStream(t.Context())
	names, err := stream.ListServices()
	require.NoError(t, err)
	var got []string
	for _, n := range names {
		got = append(got, string(n))
	}
	require.ElementsMatch(t, []string{
		chanceryv1connect.TxServiceName, chanceryv1connect.ContractServiceName, chanceryv1connect.OrgServiceName,
		chanceryv1connect.QuotaServiceName,
		chanceryv1connect.TemplateServiceName, chanceryv1connect.RehearsalServiceName, chanceryv1connect.ScheduleServiceName, chanceryv1connect.ProofServiceName, chanceryv1connect.NodeServiceName, "grpc.health.v1.Health",
		chanceryv1connect.GovernanceServiceName, chanceryv1connect.ValidatorServiceName,
	}, got)
	files, err := stream.FileContainingSymbol(chanceryv1connect.TxServiceName)
	require.NoError(t, err)
	require.NotEmpty(t, files)
	_, err = stream.Close()
	require.NoError(t, err)
}

// A connection above the limit waits until another closes.
func TestLimitListener(t *testing.T) {
	inner, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	l := limitListener(inner, 1)
	accepted := make(chan net.Conn)
	ended := make(chan error, 1)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				ended <- err
				return
			}
			accepted <- c
		}
	}()
	for range 2 {
		c, err := net.Dial("tcp", inner.Addr().String())
		require.NoError(t, err)
		defer c.Close()
	}
	first := <-accepted
	select {
	case <-accepted:
		require.Fail(t, "two connections at once")
	default:
	}
	require.NoError(t, first.Close())
	require.Error(t, first.Close()) // gives its place back once
	second := <-accepted
	require.NoError(t, l.Close())
	require.NoError(t, second.Close())
	require.Error(t, <-ended)
}
