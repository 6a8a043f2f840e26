package node

import (
	"context"
	"encoding/binary"
	"errors"
	"log/slog"
	"net/http"
	"os"
	"sync/atomic"
	"testing"
	"time"

	"connectrpc.com/connect"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/timestamppb"

	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/api/gen/chancery/v1/chanceryv1connect"
	"github.com/chancery-chain/chancery/app"
	"github.com/chancery-chain/chancery/app/apperr"
	"github.com/chancery-chain/chancery/app/key"
	"github.com/chancery-chain/chancery/app/tx"
)

const (
	testChain = "test-1"
	testOrg   = "records"
)

// longest is what a test waits for a node. It is far more than a node needs, since
// the machine may run much else and only a test that fails waits so long.
const longest = 3 * time.Minute

// admin is the one member of a test chain's genesis.
var admin = mustKey(make([]byte, 32))

func mustKey(seed []byte) *key.Private {
	k, err := key.FromSeed(key.Ed25519, seed)
	if err != nil {
		panic(err)
	}
	return k
}

func genesis() *app.Genesis {
	pub := admin.Public()
	members := []app.GenesisMember{{
		KeyType: pub.Type.String(), PublicKey: pub.Bytes, Roles: []string{"admin", "developer", "operator"},
	}}
	return &app.Genesis{OperatorOrg: testOrg, Orgs: []app.GenesisOrg{
		{Name: testOrg, Title: "Records Office", GasPerPeriod: 1 << 50, Members: members},
		{Name: "poor", Title: "Office without means", GasPerPeriod: 1000, Members: members},
	}}
}

// testConfig is the default but for ports that are free and quick rounds.
func testConfig() Config {
	c := DefaultConfig()
	c.RPC.Listen, c.P2P.Listen = "127.0.0.1:0", "127.0.0.1:0"
	c.P2P.Exchange, c.P2P.Private = false, true
	return c
}

func testLogger() *slog.Logger {
	if os.Getenv("CHANCERY_TEST_LOG") == "" {
		return slog.New(slog.DiscardHandler)
	}
	return slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

// newHome makes the home of a chain with one validator.
func newHome(t testing.TB, c Config) string {
	t.Helper()
	home := t.TempDir()
	_, err := Init(home, InitOptions{Config: &c, ChainID: testChain, App: genesis()})
	require.NoError(t, err)
	return home
}

// start runs a home's node until the test ends.
func start(t testing.TB, home string) *Node {
	t.Helper()
	n, err := New(Options{Home: home, Version: "test", Logger: testLogger()})
	require.NoError(t, err)
	require.NoError(t, n.Start(t.Context()))
	t.Cleanup(func() { _ = n.Stop() })
	return n
}

// awaitReady waits until a node takes part in consensus.
func awaitReady(t testing.TB, n *Node) {
	t.Helper()
	select {
	case <-n.Ready():
	case <-time.After(longest):
		require.Fail(t, "the node does not get ready")
	}
}

// clients are the services of a node.
type clients struct {
	tx       chanceryv1connect.TxServiceClient
	contract chanceryv1connect.ContractServiceClient
	org      chanceryv1connect.OrgServiceClient
	proof    chanceryv1connect.ProofServiceClient
	node     chanceryv1connect.NodeServiceClient
}

func connectTo(n *Node, opts ...connect.ClientOption) clients {
	url := "http://" + n.RPCAddr()
	return clients{
		tx:       chanceryv1connect.NewTxServiceClient(http.DefaultClient, url, opts...),
		contract: chanceryv1connect.NewContractServiceClient(http.DefaultClient, url, opts...),
		org:      chanceryv1connect.NewOrgServiceClient(http.DefaultClient, url, opts...),
		proof:    chanceryv1connect.NewProofServiceClient(http.DefaultClient, url, opts...),
		node:     chanceryv1connect.NewNodeServiceClient(http.DefaultClient, url, opts...),
	}
}

var salt atomic.Uint64

// newBody is a valid body without action.
func newBody() *chanceryv1.TxBody {
	return &chanceryv1.TxBody{
		ChainId: testChain, Origin: admin.Public().Address().String(), Org: testOrg,
		GasLimit: 10_000_000, ValidUntil: timestamppb.New(time.Now().Add(5 * time.Minute)),
		Salt: binary.BigEndian.AppendUint64(nil, salt.Add(1)),
	}
}

// memberTx makes a fresh account a member: the smallest tx that writes.
func memberTx(t testing.TB, change ...func(*chanceryv1.TxBody)) (raw []byte, h tx.Hash) {
	t.Helper()
	b := newBody()
	seed := make([]byte, 32)
	copy(seed, b.Salt)
	seed[31] = 1
	pub := mustKey(seed).Public()
	b.Action = &chanceryv1.TxBody_SetMember{SetMember: &chanceryv1.SetMember{
		Key: &chanceryv1.PublicKey{KeyType: chanceryv1.KeyType_KEY_TYPE_ED25519, PublicKey: pub.Bytes}, Member: true,
	}}
	for _, f := range change {
		f(b)
	}
	raw, h, err := tx.Sign(b, admin)
	require.NoError(t, err)
	return raw, h
}

// submit sends a tx, waits for its block and requires success.
func submit(t testing.TB, c clients, raw []byte) *chanceryv1.TxResult {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), longest)
	defer cancel()
	res, err := c.tx.Submit(ctx, connect.NewRequest(&chanceryv1.SubmitRequest{Tx: raw}))
	require.NoError(t, err)
	require.Zero(t, res.Msg.Result.Code, res.Msg.Result.Log)
	return res.Msg.Result
}

// detail returns the detail that every error of ours carries.
func detail(t testing.TB, err error) *chanceryv1.ErrorDetail {
	t.Helper()
	var ce *connect.Error
	require.True(t, errors.As(err, &ce), "%v", err)
	for _, d := range ce.Details() {
		v, err := d.Value()
		require.NoError(t, err)
		if m, ok := v.(*chanceryv1.ErrorDetail); ok {
			return m
		}
	}
	require.Fail(t, "no detail", "%v", err)
	return nil
}

func requireCode(t testing.TB, err error, want apperr.Code) *chanceryv1.ErrorDetail {
	t.Helper()
	require.Error(t, err)
	d := detail(t, err)
	require.Equal(t, want.String(), d.Name, "%v", err)
	require.Equal(t, uint32(want), d.Code)
	info, ok := apperr.Lookup(want)
	require.True(t, ok)
	require.Equal(t, info.Connect, connect.CodeOf(err).String(), "%v", err)
	require.NotEmpty(t, d.Help)
	return d
}

// blocks gives every block that a node commits from now on.
func blocks(t testing.TB, n *Node) <-chan *app.BlockResult {
	t.Helper()
	c := make(chan *app.BlockResult, 10_000)
	t.Cleanup(n.App().Subscribe(func(b *app.BlockResult) { c <- b }))
	return c
}

// next returns the next block that f takes.
func next(t testing.TB, c <-chan *app.BlockResult, f func(*app.BlockResult) bool) *app.BlockResult {
	t.Helper()
	timeout := time.After(longest)
	for {
		select {
		case b := <-c:
			if f(b) {
				return b
			}
		case <-timeout:
			require.Fail(t, "no such block", "within %s", longest)
			return nil
		}
	}
}
