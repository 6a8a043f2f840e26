package client_test

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"connectrpc.com/connect"
	"github.com/emmansun/gmsm/sm3"
	"github.com/stretchr/testify/require"

	"github.com/chancery-chain/chancery/abci/node"
	"github.com/chancery-chain/chancery/api/contractbuild"
	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	evidencev1 "github.com/chancery-chain/chancery/api/gen/examples/evidence/v1"
	"github.com/chancery-chain/chancery/api/gen/examples/evidence/v1/evidencev1connect"
	"github.com/chancery-chain/chancery/app"
	"github.com/chancery-chain/chancery/app/apperr"
	"github.com/chancery-chain/chancery/app/key"
	"github.com/chancery-chain/chancery/client"
	"github.com/chancery-chain/chancery/client/proof"
)

// city is a real chain with one validator and one organisation of two members.
type city struct {
	client  *client.Client
	genesis []byte
	dev     *client.Signer // ed25519, roles developer and operator
	clerk   *client.Signer // sm2, role clerk
}

func startCity(t *testing.T) *city {
	home := t.TempDir()
	dev, err := key.FromSeed(key.Ed25519, append(make([]byte, 31), 1))
	require.NoError(t, err)
	clerk, err := key.FromSeed(key.SM2, append(make([]byte, 31), 2))
	require.NoError(t, err)
	member := func(k *key.Private, roles ...string) app.GenesisMember {
		return app.GenesisMember{KeyType: k.Public().Type.String(), PublicKey: k.Public().Bytes, Roles: roles}
	}
	config := node.DefaultConfig()
	config.RPC.Listen, config.P2P.Listen, config.P2P.Exchange = "127.0.0.1:0", "127.0.0.1:0", false
	_, err = node.Init(home, node.InitOptions{ChainID: "city-test", Config: &config, App: &app.Genesis{
		OperatorOrg: "records",
		Orgs: []app.GenesisOrg{{
			Name: "records", Title: "Records", GasPerPeriod: 1_000_000_000_000,
			Members: []app.GenesisMember{member(dev, "developer", "operator"), member(clerk, "clerk")},
		}},
	}})
	require.NoError(t, err)
	n, err := node.New(node.Options{Home: home, Logger: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	require.NoError(t, n.Start(t.Context()))
	t.Cleanup(func() { require.NoError(t, n.Stop()) })
	first := make(chan struct{}, 1)
	cancel := n.App().Subscribe(func(*app.BlockResult) {
		select {
		case first <- struct{}{}:
		default:
		}
	})
	defer cancel()
	if n.Status().Height == 0 {
		<-first
	}
	c := new(city)
	c.client, err = client.Dial("http://" + n.RPCAddr())
	require.NoError(t, err)
	c.genesis, err = os.ReadFile(filepath.Join(home, "config", "genesis.json"))
	require.NoError(t, err)
	c.dev, c.clerk = c.client.Signer(dev, "records"), c.client.Signer(clerk, "records")
	return c
}

// deployEvidence puts examples/evidence on chain.
func (c *city) deployEvidence(t *testing.T) {
	out := filepath.Join(t.TempDir(), "evidence.wasm")
	built, err := contractbuild.Build(t.Context(), "../examples/evidence", out)
	require.NoError(t, err)
	code, err := os.ReadFile(out)
	require.NoError(t, err)
	up, _, err := c.dev.Upload(t.Context(), code)
	require.NoError(t, err)
	require.Equal(t, built.CodeHash[:], up.CodeHash)
	d, _, err := c.dev.Deploy(t.Context(), "records/evidence", up.CodeHash, nil)
	require.NoError(t, err)
	require.Equal(t, uint64(1), d.Version)
}

func anchor(content string) *connect.Request[evidencev1.AnchorRequest] {
	a, b := sha256.Sum256([]byte(content)), sm3.Sum([]byte(content))
	return connect.NewRequest(&evidencev1.AnchorRequest{
		Sha256: a[:], Sm3: b[:], MediaType: "text/plain", Size: uint64(len(content)), CaseRef: "case-1", CapturedAt: 1, Method: "test",
	})
}

func TestRealNode(t *testing.T) {
	if testing.Short() {
		t.Skip("builds a contract and runs a node")
	}
	c := startCity(t)
	c.deployEvidence(t)
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	url := c.client.ContractURL("records/evidence")

	t.Run("execute and query by a generated client", func(t *testing.T) {
		for name, opts := range map[string][]connect.ClientOption{
			"protobuf": nil, "gzip": {connect.WithSendGzip()}, "JSON": {connect.WithProtoJSON()}, "GET": {connect.WithHTTPGet()},
		} {
			evidence := evidencev1connect.NewEvidenceServiceClient(c.clerk.HTTPClient(), url, opts...)
			made, err := evidence.Anchor(ctx, anchor(name))
			require.NoError(t, err, name)
			require.Equal(t, c.clerk.Address(), made.Msg.Record.Owner)
			got, err := evidence.Get(ctx, connect.NewRequest(&evidencev1.GetRequest{Id: made.Msg.Record.Id}))
			require.NoError(t, err, name)
			require.Equal(t, made.Msg.Record.String(), got.Msg.Record.String())
		}
	})

	t.Run("errors of the contract", func(t *testing.T) {
		evidence := evidencev1connect.NewEvidenceServiceClient(c.clerk.HTTPClient(), url)
		req := anchor("twice")
		_, err := evidence.Anchor(ctx, req)
		require.NoError(t, err)
		for _, gas := range []string{"", "50000000"} { // found by the simulation, and in a block
			again := anchor("twice")
			again.Header().Set(client.HeaderGasLimit, gas)
			_, err = evidence.Anchor(ctx, again)
			require.Equal(t, connect.CodeAlreadyExists, connect.CodeOf(err))
			require.Equal(t, apperr.ContractFailed, client.Code(err))
			require.Equal(t, uint32(evidencev1.Error_ERROR_ALREADY_ANCHORED), client.ContractError(err).GetCode())
			require.Equal(t, "ERROR_ALREADY_ANCHORED", client.ContractError(err).GetName())
			require.Equal(t, gas != "", client.Result(err).GetHeight() > 0)
		}
		_, err = evidence.Get(ctx, connect.NewRequest(&evidencev1.GetRequest{Id: "00000000000000000000000000000000"}))
		require.Equal(t, connect.CodeNotFound, connect.CodeOf(err))
		require.Equal(t, "ERROR_NOT_FOUND", client.ContractError(err).GetName())
	})

	t.Run("errors of the chain", func(t *testing.T) {
		_, _, err := c.clerk.Deploy(ctx, "records/other", make([]byte, 32), nil)
		require.Equal(t, apperr.PermissionDenied, client.Code(err), "%v", err)
		_, err = c.clerk.Execute(ctx, "records/nothing", "Get", nil)
		require.Equal(t, apperr.NotFound, client.Code(err), "%v", err)
		stranger, err := key.Generate(key.Ed25519, nil)
		require.NoError(t, err)
		_, err = c.client.Signer(stranger, "records").Execute(ctx, "records/evidence", "Anchor", nil)
		require.Error(t, err)
	})

	t.Run("many at once", func(t *testing.T) {
		evidence := evidencev1connect.NewEvidenceServiceClient(c.clerk.HTTPClient(), url)
		var wg sync.WaitGroup
		errs := make([]error, 32)
		for i := range errs {
			wg.Add(1)
			go func() {
				defer wg.Done()
				_, errs[i] = evidence.Anchor(ctx, anchor(fmt.Sprint("many ", i)))
			}()
		}
		wg.Wait()
		for _, err := range errs {
			require.NoError(t, err)
		}
	})

	t.Run("submitted twice, committed once", func(t *testing.T) {
		req := anchor("replay")
		s, err := c.client.Schema(ctx, "records/evidence")
		require.NoError(t, err)
		payload, err := s.RequestFromJSON("Anchor", fmt.Appendf(nil,
			`{"sha256":%q,"sm3":%q,"mediaType":"text/plain","size":"1","capturedAt":"1","method":"test"}`, b64(req.Msg.Sha256), b64(req.Msg.Sm3)))
		require.NoError(t, err)
		signed, err := c.clerk.Sign(ctx, execute("records/evidence", "Anchor", payload))
		require.NoError(t, err)
		first, err := c.client.Submit(ctx, signed)
		require.NoError(t, err)
		again, err := c.client.Submit(ctx, signed)
		require.NoError(t, err)
		require.Equal(t, first.Height, again.Height)
	})

	t.Run("proof", func(t *testing.T) {
		evidence := evidencev1connect.NewEvidenceServiceClient(c.clerk.HTTPClient(), url)
		made, err := evidence.Anchor(ctx, anchor("proved"))
		require.NoError(t, err)
		s, err := c.client.Schema(ctx, "records/evidence")
		require.NoError(t, err)
		trust, err := proof.TrustFromGenesis(c.genesis)
		require.NoError(t, err)
		for id, absent := range map[string]bool{made.Msg.Record.Id: false, "nothing": true} {
			k, err := s.CollectionKey("records", []string{id})
			require.NoError(t, err)
			p, err := c.client.Prove(ctx, "records/evidence", k, height(t, made))
			require.NoError(t, err)
			v, err := proof.Verify(p, trust)
			require.NoError(t, err)
			require.Equal(t, absent, v.Absent)
			require.Equal(t, height(t, made), v.Height)
		}
		_, err = c.client.Prove(ctx, "records/evidence", []byte("x"), 1<<40)
		require.Equal(t, connect.CodeOutOfRange, connect.CodeOf(err), "%v", err)
	})
}

func b64(b []byte) string { return base64.StdEncoding.EncodeToString(b) }

func execute(contract, method string, payload []byte) *chanceryv1.TxBody {
	return &chanceryv1.TxBody{Action: &chanceryv1.TxBody_Execute{Execute: &chanceryv1.Execute{
		Contract: contract, Method: method, Payload: payload,
	}}}
}

func height(t *testing.T, r *connect.Response[evidencev1.AnchorResponse]) int64 {
	h, err := strconv.ParseInt(r.Header().Get(client.HeaderHeight), 10, 64)
	require.NoError(t, err)
	return h
}
