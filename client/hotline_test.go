package client_test

import (
	"crypto/sha256"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"testing"
	"time"

	"connectrpc.com/connect"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/dynamicpb"

	"github.com/chancery-chain/chancery/abci/node"
	"github.com/chancery-chain/chancery/api/contractbuild"
	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/api/schema"
	"github.com/chancery-chain/chancery/app"
	"github.com/chancery-chain/chancery/app/apperr"
	"github.com/chancery-chain/chancery/app/key"
	"github.com/chancery-chain/chancery/client"
	"github.com/chancery-chain/chancery/examples/calendar"
	calendarstory "github.com/chancery-chain/chancery/examples/calendar/story"
	"github.com/chancery-chain/chancery/examples/hotline"
	hotlinestory "github.com/chancery-chain/chancery/examples/hotline/story"
)

// hotlineCity is a real chain with the hotline contract and one complaint on it.
type hotlineCity struct {
	t     *testing.T
	n     *node.Node
	cl    *client.Client
	sch   *schema.Contract
	order string // number of the citizen's complaint
}

// signer returns a signer for a test person, "<organisation>-<name>".
func (c *hotlineCity) signer(org, name string) *client.Signer {
	return c.cl.Signer(personKey(c.t, org, name), org)
}

func personKey(t *testing.T, org, name string) *key.Private {
	seed := sha256.Sum256([]byte(org + "-" + name))
	typ := key.Ed25519
	if name == "citizen" {
		typ = key.SM2
	}
	k, err := key.FromSeed(typ, seed[:])
	require.NoError(t, err)
	return k
}

// startHotline runs a node, publishes the calendar, deploys the hotline and lets an
// agent take a citizen's complaint.
func startHotline(t *testing.T) *hotlineCity {
	t.Helper()
	g := &app.Genesis{OperatorOrg: "city"}
	for org, names := range map[string][]string{
		"city": {"operator", "developer", "auditor"}, "hotline": {"admin", "agent", "dispatcher"}, "street-a": {"handler"}, "app": {"citizen"},
	} {
		o := app.GenesisOrg{Name: org, Title: org, GasPerPeriod: 1_000_000_000_000}
		for _, name := range names {
			pub := personKey(t, org, name).Public()
			o.Members = append(o.Members, app.GenesisMember{KeyType: pub.Type.String(), PublicKey: pub.Bytes, Roles: []string{name}})
		}
		g.Orgs = append(g.Orgs, o)
	}
	home, config := t.TempDir(), node.DefaultConfig()
	config.RPC.Listen, config.P2P.Listen, config.P2P.Exchange = "127.0.0.1:0", "127.0.0.1:0", false
	_, err := node.Init(home, node.InitOptions{ChainID: "hotline-test", Config: &config, App: g})
	require.NoError(t, err)
	n, err := node.New(node.Options{Home: home, Logger: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	require.NoError(t, n.Start(t.Context()))
	t.Cleanup(func() { require.NoError(t, n.Stop()) })
	<-n.Ready()
	c := &hotlineCity{t: t, n: n}
	c.cl, err = client.Dial("http://" + n.RPCAddr())
	require.NoError(t, err)

	type marshaler interface{ MarshalVT() ([]byte, error) }
	encode := func(m marshaler) []byte {
		b, err := m.MarshalVT()
		require.NoError(t, err)
		return b
	}
	dev := c.signer("city", "developer")
	for _, d := range []struct {
		example, name string
		init          marshaler
	}{{"calendar", calendarstory.Name, calendarstory.Init}, {"hotline", hotlinestory.Name, hotlinestory.Init()}} {
		out := filepath.Join(t.TempDir(), d.example+".wasm")
		_, err := contractbuild.Build(t.Context(), "../examples/"+d.example, out)
		require.NoError(t, err)
		code, err := os.ReadFile(out)
		require.NoError(t, err)
		up, _, err := dev.Upload(t.Context(), code)
		require.NoError(t, err)
		_, _, err = dev.Deploy(t.Context(), d.name, up.CodeHash, encode(d.init))
		require.NoError(t, err)
	}
	for year := range uint32(2) { // tomorrow may be in the next
		year += uint32(time.Now().Year())
		_, err := c.signer("city", "operator").Execute(t.Context(), calendarstory.Name, "PublishYear", encode(&calendar.PublishYearRequest{
			ReqId: fmt.Sprint(year), Year: year, NoticeRef: "test",
		}))
		require.NoError(t, err)
	}
	cm := sha256.Sum256([]byte("a commitment"))
	res, err := c.signer("hotline", "agent").Execute(t.Context(), hotlinestory.Name, "Call", encode(&hotline.CallRequest{
		ReqId: "1", Channel: hotline.Channel_CHANNEL_PHONE, Class: hotline.Class_CLASS_COMPLAINT,
		Caller: c.signer("app", "citizen").Address(), ContentCm: cm[:], Region: "440703-001", Tags: []string{"noise"},
	}))
	require.NoError(t, err)
	called := new(hotline.CallResponse)
	require.NoError(t, called.UnmarshalVT(res.Data))
	c.order = called.Order.No
	c.sch, err = c.cl.Schema(t.Context(), hotlinestory.Name)
	require.NoError(t, err)
	return c
}

// getOrder asks for the citizen's complaint through an HTTP client, as a generated
// client of the contract does.
func (c *hotlineCity) getOrder(h connect.HTTPClient, opts ...connect.ClientOption) (*dynamicpb.Message, error) {
	m, ok := c.sch.Method("GetOrder")
	require.True(c.t, ok)
	query := connect.NewClient[dynamicpb.Message, dynamicpb.Message](h,
		fmt.Sprintf("%s/%s/GetOrder", c.cl.ContractURL(hotlinestory.Name), c.sch.Service),
		connect.WithSchema(m.Descriptor), connect.WithIdempotency(connect.IdempotencyNoSideEffects),
		connect.WithResponseInitializer(func(_ connect.Spec, message any) error {
			if d, ok := message.(*dynamicpb.Message); ok {
				*d = *dynamicpb.NewMessage(m.Output)
			}
			return nil
		}), connect.WithClientOptions(opts...))
	b, err := c.sch.RequestFromJSON("GetOrder", fmt.Appendf(nil, `{"no":%q}`, c.order))
	require.NoError(c.t, err)
	in := dynamicpb.NewMessage(m.Input)
	require.NoError(c.t, proto.Unmarshal(b, in))
	resp, err := query.CallUnary(c.t.Context(), connect.NewRequest(in))
	if err != nil {
		return nil, err
	}
	return resp.Msg, nil
}

// TestHotlineOverHTTP: on a real chain a party reads its complaint in every
// protocol, and nobody else does.
func TestHotlineOverHTTP(t *testing.T) {
	if testing.Short() {
		t.Skip("builds contracts and runs a node")
	}
	c := startHotline(t)
	citizen, agent, handler := c.signer("app", "citizen"), c.signer("hotline", "agent"), c.signer("street-a", "handler")
	stranger, err := key.Generate(key.Ed25519, nil)
	require.NoError(t, err)
	anonymous := http.DefaultClient

	protocols := http.Protocols{}
	protocols.SetUnencryptedHTTP2(true)
	h2 := &http.Transport{Protocols: &protocols}
	defer h2.CloseIdleConnections()
	overH2, err := client.Dial("http://"+c.n.RPCAddr(), client.WithHTTPClient(&http.Client{Transport: h2}))
	require.NoError(t, err)
	for _, row := range []struct {
		name string
		h2   bool
		opts []connect.ClientOption
	}{
		{"Connect, protobuf", false, nil},
		{"Connect, JSON", false, []connect.ClientOption{connect.WithCodec(dynamicJSON{})}},
		{"Connect, gzip", false, []connect.ClientOption{connect.WithSendGzip()}},
		{"Connect, GET", false, []connect.ClientOption{connect.WithHTTPGet()}},
		{"Connect, GET in JSON", false, []connect.ClientOption{connect.WithHTTPGet(), connect.WithCodec(dynamicJSON{})}},
		{"gRPC-Web", false, []connect.ClientOption{connect.WithGRPCWeb()}},
		{"gRPC", true, []connect.ClientOption{connect.WithGRPC()}},
		{"gRPC, JSON", true, []connect.ClientOption{connect.WithGRPC(), connect.WithCodec(dynamicJSON{})}},
	} {
		t.Run(row.name, func(t *testing.T) {
			who, nobody := citizen, connect.HTTPClient(anonymous)
			if row.h2 {
				who, nobody = overH2.Signer(personKey(t, "app", "citizen"), "app"), overH2.HTTPClient(nil)
			}
			got, err := c.getOrder(who.HTTPClient(), row.opts...)
			require.NoError(t, err)
			order := got.Get(got.Descriptor().Fields().ByName("order")).Message()
			require.Equal(t, c.order, text(order, "no"))
			require.Equal(t, citizen.Address(), text(order, "caller"))

			_, err = c.getOrder(nobody, row.opts...)
			require.Equal(t, connect.CodeUnauthenticated, connect.CodeOf(err), "%v", err)
			require.Equal(t, apperr.Unauthenticated, client.Code(err))
			require.ErrorContains(t, err, "Chancery-Permit")
		})
	}
	t.Run("parties and others", func(t *testing.T) {
		_, err := c.getOrder(agent.HTTPClient())
		require.NoError(t, err)
		for name, who := range map[string]*client.Signer{
			"another organisation": handler, "the citizen's neighbour": c.cl.Signer(stranger, ""), "the agent for itself": c.cl.Signer(personKey(t, "hotline", "agent"), ""),
		} {
			_, err := c.getOrder(who.HTTPClient())
			require.Equal(t, uint32(hotline.CodeUnauth), client.ContractError(err).GetCode(), "%s: %v", name, err)
		}
		_, err = c.getOrder(c.cl.Signer(stranger, "hotline").HTTPClient())
		require.Equal(t, apperr.PermissionDenied, client.Code(err), "%v", err)
	})
	t.Run("no cache keeps it", func(t *testing.T) {
		value, err := citizen.Permit(t.Context(), hotlinestory.Name)
		require.NoError(t, err)
		get := func(method, message, authorization string) (*http.Response, string) {
			q := url.Values{"connect": {"v1"}, "encoding": {"json"}, "message": {message}}
			req, err := http.NewRequestWithContext(t.Context(), http.MethodGet,
				fmt.Sprintf("%s/%s/%s?%s", c.cl.ContractURL(hotlinestory.Name), c.sch.Service, method, q.Encode()), nil)
			require.NoError(t, err)
			if authorization != "" {
				req.Header.Set("Authorization", authorization)
			}
			res, err := http.DefaultClient.Do(req)
			require.NoError(t, err)
			defer res.Body.Close()
			b, err := io.ReadAll(res.Body)
			require.NoError(t, err)
			require.Contains(t, res.Header.Values("Vary"), "Authorization", method)
			require.Empty(t, res.Header.Get("Etag"))
			return res, string(b)
		}
		ask := fmt.Sprintf(`{"no":%q}`, c.order)
		res, body := get("GetOrder", ask, value)
		require.Equal(t, http.StatusOK, res.StatusCode, body)
		require.Contains(t, body, c.order)
		require.Equal(t, "private, no-store", res.Header.Get("Cache-Control"))
		res, body = get("GetOrder", ask, "")
		require.Equal(t, http.StatusUnauthorized, res.StatusCode, body)
		require.Equal(t, "Chancery-Permit", res.Header.Get("Www-Authenticate"))
		require.Equal(t, "private, no-store", res.Header.Get("Cache-Control"))
		res, body = get("GetOrder", ask, "Chancery-Permit garbage")
		require.Equal(t, http.StatusBadRequest, res.StatusCode, body)
		res, body = get("GetOrder", ask, "Bearer of-a-proxy")
		require.Equal(t, http.StatusUnauthorized, res.StatusCode, body)
		res, body = get("GetSettings", `{}`, value)
		require.Equal(t, http.StatusOK, res.StatusCode, body)
		require.Equal(t, "private, no-store", res.Header.Get("Cache-Control"), "whoever signs may be shown more")
		res, body = get("GetSettings", `{}`, "")
		require.Equal(t, http.StatusOK, res.StatusCode, body)
		require.Empty(t, res.Header.Get("Cache-Control"))
	})
	t.Run("proofs", func(t *testing.T) {
		k, err := c.sch.CollectionKey("orders", []string{c.order})
		require.NoError(t, err)
		_, err = c.cl.Prove(t.Context(), hotlinestory.Name, k, 0)
		require.Equal(t, apperr.Unauthenticated, client.Code(err), "%v", err)
		_, err = agent.Prove(t.Context(), hotlinestory.Name, k, 0)
		require.Equal(t, apperr.PermissionDenied, client.Code(err), "the contract is the city's: %v", err)
		for _, name := range []string{"auditor", "operator"} {
			p, err := c.signer("city", name).Prove(t.Context(), hotlinestory.Name, k, 0)
			require.NoError(t, err)
			require.Contains(t, string(p.Value), c.order)
		}
	})
	t.Run("a member that is removed", func(t *testing.T) {
		_, err := c.getOrder(agent.HTTPClient())
		require.NoError(t, err)
		pub := personKey(t, "hotline", "agent").Public()
		_, err = c.signer("hotline", "admin").Submit(t.Context(), &chanceryv1.TxBody{Action: &chanceryv1.TxBody_SetMember{SetMember: &chanceryv1.SetMember{
			Key: &chanceryv1.PublicKey{KeyType: chanceryv1.KeyType(pub.Type), PublicKey: pub.Bytes},
		}}})
		require.NoError(t, err)
		_, err = c.getOrder(agent.HTTPClient())
		require.Equal(t, apperr.PermissionDenied, client.Code(err), "with the permit that was good a block ago: %v", err)
		_, err = c.getOrder(citizen.HTTPClient())
		require.NoError(t, err)
	})
}

func text(m protoreflect.Message, field protoreflect.Name) string {
	return m.Get(m.Descriptor().Fields().ByName(field)).String()
}

// dynamicJSON is Connect's JSON codec for messages without Go types.
type dynamicJSON struct{}

func (dynamicJSON) Name() string { return "json" }

func (dynamicJSON) Marshal(m any) ([]byte, error) {
	b, err := proto.Marshal(m.(proto.Message))
	if err != nil {
		return nil, err
	}
	return schema.EncodeJSON(m.(proto.Message).ProtoReflect().Descriptor(), b)
}

func (c dynamicJSON) MarshalStable(m any) ([]byte, error) { return c.Marshal(m) }
func (dynamicJSON) IsBinary() bool                        { return false }

func (dynamicJSON) Unmarshal(data []byte, m any) error {
	b, err := schema.DecodeJSON(m.(proto.Message).ProtoReflect().Descriptor(), data)
	if err != nil {
		return err
	}
	return proto.Unmarshal(b, m.(proto.Message))
}
