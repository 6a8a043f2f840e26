package conformance_test

import (
	"strings"
	"testing"
	"time"

	sdk "github.com/chancery-chain/chancery/contracts-sdk"
	"github.com/chancery-chain/chancery/contracts-sdk/sdktest"
	"github.com/chancery-chain/chancery/examples/conformance"
	"github.com/stretchr/testify/require"
)

// deployTwo puts the contract on chain twice.
func deployTwo(t *testing.T) (*sdktest.Chain, conformance.ConformanceServiceClient) {
	t.Helper()
	chain, client := deploy(t)
	require.NoError(t, chain.Deploy("test/b", conformance.NewService(&conformance.Contract{})))
	require.ErrorContains(t, chain.Deploy("test/b", nil), "taken")
	return chain, client
}

func item(name string) *conformance.Item { return &conformance.Item{Name: name} }

func TestCallKeepsWritesOfBoth(t *testing.T) {
	chain, client := deployTwo(t)
	resp, err := client.Forward(&conformance.ForwardRequest{
		Item: item("mine"), Contract: "test/b", Method: "Put", Payload: encode(t, &conformance.PutRequest{Item: item("theirs")}),
	})
	require.NoError(t, err)
	require.Zero(t, resp.Status)
	require.Len(t, chain.State("test/a"), 4, "an entry and three index rows")
	require.Len(t, chain.State("test/b"), 4)
	require.Equal(t, []string{"test/a", "test/b"}, []string{chain.Events()[0].Contract, chain.Events()[1].Contract})
}

func TestFailedCallRevertsCallee(t *testing.T) {
	chain, client := deployTwo(t)
	forward := &conformance.ForwardRequest{
		Item: item("mine"), Contract: "test/b", Method: "Fail", Payload: encode(t, &conformance.FailRequest{Way: conformance.Way_WAY_DECLARED}),
	}
	resp, err := client.Forward(forward)
	require.NoError(t, err)
	require.Equal(t, uint32(sdk.CallContractError), resp.Status)
	require.Equal(t, conformance.CodeTold, resp.Code)
	require.Equal(t, "test/b", resp.Contract)
	require.Equal(t, "Told to fail by fail, 3 times.", resp.Message)
	require.Len(t, chain.State("test/a"), 4, "the caller's write is kept")
	require.Empty(t, chain.State("test/b"))
	require.Len(t, chain.Events(), 1)

	before := chain.State("test/a")
	forward.Item, forward.Propagate = item("another"), true
	forward.Item.F64 = 1 // not the first one's place in the unique index
	_, err = client.Forward(forward)
	require.Equal(t, sdk.CodeCallFailed, sdk.CodeOf(err))
	require.Equal(t, before, chain.State("test/a"), "a failed call writes nothing")
	require.Len(t, chain.Events(), 1)
}

func TestCallStatuses(t *testing.T) {
	_, client := deployTwo(t)
	panics := encode(t, &conformance.FailRequest{Way: conformance.Way_WAY_PANIC})
	tests := []struct {
		name string
		req  *conformance.ForwardRequest
		want sdk.CallStatus
		code uint32
	}{
		{"no such contract", &conformance.ForwardRequest{Contract: "test/none", Method: "Put"}, sdk.CallNotFound, 0},
		{"no such method", &conformance.ForwardRequest{Contract: "test/b", Method: "None"}, sdk.CallNotFound, 0},
		{"crash", &conformance.ForwardRequest{Contract: "test/b", Method: "Fail", Payload: panics}, sdk.CallTrap, 0},
		{"execute as query", &conformance.ForwardRequest{Contract: "test/b", Method: "Put", Query: true}, sdk.CallNotFound, 0},
		{"query as execute", &conformance.ForwardRequest{Contract: "test/b", Method: "Settings"}, sdk.CallNotFound, 0},
		{"init as execute", &conformance.ForwardRequest{Contract: "test/b", Method: "Init"}, sdk.CallNotFound, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			resp, err := client.Forward(tt.req)
			require.NoError(t, err)
			require.Equal(t, tt.want, sdk.CallStatus(resp.Status))
			require.Equal(t, tt.code, resp.Code)
		})
	}
}

func TestContractOnStack(t *testing.T) {
	_, client := deployTwo(t)
	// a calls b, which calls a.
	back := func(method string, payload []byte, query bool) []byte {
		return encode(t, &conformance.ForwardRequest{Contract: "test/a", Method: method, Payload: payload, Query: query})
	}
	resp, err := client.Forward(&conformance.ForwardRequest{
		Item: item("mine"), Contract: "test/b", Method: "Forward",
		Payload: back("Find", encode(t, &conformance.FindRequest{}), true),
	})
	require.NoError(t, err)
	require.Zero(t, resp.Status)
	var inner conformance.ForwardResponse
	require.NoError(t, inner.UnmarshalVT(resp.Output))
	var found conformance.FindResponse
	require.NoError(t, found.UnmarshalVT(inner.Output))
	require.Len(t, found.Items, 1, "a query sees what the outer call wrote")

	resp, err = client.Forward(&conformance.ForwardRequest{Contract: "test/b", Method: "Forward", Payload: back("Put", nil, false)})
	require.NoError(t, err)
	require.Zero(t, resp.Status)
	require.NoError(t, inner.UnmarshalVT(resp.Output))
	require.Equal(t, uint32(sdk.CallTrap), inner.Status, "a contract on the stack is not executed again")
}

func TestCallDepth(t *testing.T) {
	chain, _ := deployTwo(t)
	asker := conformance.NewConformanceServiceQueryClient(chain.Anonymous(), name)
	// Each Ask goes one deeper; the innermost asks for the context.
	ask := func(depth int) (*conformance.AskResponse, error) {
		method, payload := "Context", []byte(nil)
		for range depth - 2 {
			payload = encode(t, &conformance.AskRequest{Contract: "test/b", Method: method, Payload: payload})
			method = "Ask"
		}
		return asker.Ask(&conformance.AskRequest{Contract: "test/b", Method: method, Payload: payload})
	}
	_, err := ask(16)
	require.NoError(t, err)
	_, err = ask(17)
	require.Equal(t, sdk.CodeCallFailed, sdk.CodeOf(err))
}

func TestFail(t *testing.T) {
	tests := []struct {
		way     conformance.Way
		code    uint32
		message string
		trap    bool
	}{
		{conformance.Way_WAY_DECLARED, conformance.CodeTold, "Told to fail by fail, 3 times.", false},
		{conformance.Way_WAY_PLAIN, sdk.CodeInternal, "an error of Go", false},
		{conformance.Way_WAY_WRAPPED, conformance.CodeTold, "Told to fail by fail, 3 times.", false},
		{conformance.Way_WAY_ABORT, conformance.CodeTold, "Told to fail by fail, 3 times.", false},
		{conformance.Way_WAY_LONG, conformance.CodeTold, strings.Repeat("长", 4096/3), false},
		{conformance.Way_WAY_PANIC, 0, "", true},
		{conformance.Way_WAY_BOUNDS, 0, "", true},
	}
	for _, tt := range tests {
		t.Run(tt.way.String(), func(t *testing.T) {
			chain := sdktest.New()
			require.NoError(t, chain.Deploy(name, conformance.NewService(&conformance.Contract{})))
			client := conformance.NewConformanceServiceClient(chain.Account("cy1a", "org", "clerk"), name)
			_, err := client.Fail(&conformance.FailRequest{Way: tt.way})
			require.Error(t, err)
			if tt.trap {
				var trap *sdktest.Trap
				require.ErrorAs(t, err, &trap)
			} else {
				require.Equal(t, tt.code, sdk.CodeOf(err))
				require.Equal(t, tt.message, err.Error())
			}
			require.Empty(t, chain.State(name))
			require.Empty(t, chain.Events())
		})
	}
}

func TestInitAndMigrate(t *testing.T) {
	chain := sdktest.New()
	service := conformance.NewService(&conformance.Contract{})
	dev := chain.Account("cy1dev", "org", "developer")
	client := conformance.NewConformanceServiceClient(dev, name)

	err := chain.DeployInit(dev, name, service, "Init", &conformance.InitRequest{Refuse: true})
	require.Equal(t, conformance.CodeTold, sdk.CodeOf(err))
	_, err = client.Settings(&conformance.SettingsRequest{})
	require.ErrorIs(t, err, sdktest.ErrNotFound, "a refused deploy leaves nothing")

	require.NoError(t, chain.DeployInit(dev, name, service, "Init", &conformance.InitRequest{}))
	settings, err := client.Settings(&conformance.SettingsRequest{})
	require.NoError(t, err)
	require.Equal(t, &conformance.Config{Deployer: "cy1dev", Office: "org"}, settings.Config)
	_, err = dev.ExecuteContract(name, "Init", nil)
	require.Equal(t, sdk.CodeWrongKind, sdk.CodeOf(err), "init runs once")

	err = chain.Upgrade(dev, name, service, "Migrate", &conformance.MigrateRequest{Refuse: true})
	require.Equal(t, conformance.CodeTold, sdk.CodeOf(err))
	require.NoError(t, chain.Upgrade(dev, name, service, "Migrate", &conformance.MigrateRequest{}))
	settings, err = client.Settings(&conformance.SettingsRequest{})
	require.NoError(t, err)
	require.Equal(t, uint32(1), settings.Config.Generation, "a refused migrate leaves nothing")
	about, err := client.Context(&conformance.ContextRequest{})
	require.NoError(t, err)
	require.Equal(t, uint64(2), about.Version)
}

func TestContext(t *testing.T) {
	chain, _ := deployTwo(t)
	chain.SetTime(time.Date(2026, 3, 2, 10, 0, 0, 5, time.UTC))
	account := chain.Account("cy1a", "org", "registrar", "clerk", "clerk")
	client := conformance.NewConformanceServiceClient(account, name)
	about, err := client.Context(&conformance.ContextRequest{Data: []byte("abc")})
	require.NoError(t, err)
	require.Equal(t, "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0", hexOf(about.Sm3), "GB/T 32905, A.1")
	about.Sha256, about.Sm3, about.Sha3 = nil, nil, nil
	require.Equal(t, &conformance.ContextResponse{
		ChainId: "test", Height: 2, Time: chain.Time().UnixNano(), Contract: name, Version: 1,
		Caller: "cy1a", Origin: "cy1a", Org: "org", Roles: []string{"clerk", "registrar"}, Method: "Context", Depth: 1,
	}, about)
	require.Equal(t, []string{"test/a: asked for the context"}, chain.Logs())

	// Through another contract the caller changes and the origin does not.
	resp, err := client.Ask(&conformance.AskRequest{Contract: "test/b", Method: "Context"})
	require.NoError(t, err)
	require.NoError(t, about.UnmarshalVT(resp.Output))
	require.Equal(t, "test/a", about.Caller)
	require.Equal(t, "cy1a", about.Origin)
	require.Equal(t, int64(2), about.Depth)
}

func TestRestricted(t *testing.T) {
	chain, _ := deploy(t)
	tests := []struct {
		org   string
		roles []string
		ok    bool
	}{
		{"housing", []string{"clerk"}, true},
		{"court", []string{"judge"}, true},
		{"court", []string{"auditor", "judge"}, true},
		{"housing", []string{"judge"}, false},
		{"court", []string{"judges"}, false},
		{"court", []string{"judge@court"}, false},
		{"court", nil, false},
	}
	for _, tt := range tests {
		_, err := conformance.NewConformanceServiceClient(chain.Account("cy1a", tt.org, tt.roles...), name).Restricted(&conformance.RestrictedRequest{})
		if tt.ok {
			require.NoError(t, err, "%+v", tt)
		} else {
			require.Equal(t, sdk.CodeMissingRole, sdk.CodeOf(err), "%+v", tt)
		}
	}
	_, err := conformance.NewConformanceServiceQueryClient(chain.Anonymous(), name).Restricted(&conformance.RestrictedRequest{})
	require.Equal(t, sdk.CodeMissingRole, sdk.CodeOf(err))
}

func hexOf(b []byte) string {
	const digits = "0123456789abcdef"
	text := ""
	for _, c := range b {
		text += string(digits[c>>4]) + string(digits[c&15])
	}
	return text
}
