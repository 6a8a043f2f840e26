package conformance_test

import (
	"testing"

	sdk "github.com/chancery-chain/chancery/contracts-sdk"
	"github.com/chancery-chain/chancery/contracts-sdk/sdktest"
	"github.com/chancery-chain/chancery/contracts-sdk/wire"
	"github.com/chancery-chain/chancery/examples/conformance"
	"github.com/stretchr/testify/require"
)

// TestOnce: a request id is good once, for each account, when the call succeeds.
func TestOnce(t *testing.T) {
	chain, client := deploy(t)
	req := &conformance.OnceRequest{Id: "r-1", Name: "a", Fail: true}
	_, err := client.Once(req)
	require.Equal(t, conformance.CodeTold, sdk.CodeOf(err))
	require.Empty(t, chain.State(name), "a failed request leaves its id unused")

	req.Fail = false
	_, err = client.Once(req)
	require.NoError(t, err)
	at := uint64(chain.Height())
	state, events := chain.State(name), chain.Events()
	chain.Advance(1)
	for _, tt := range []struct {
		name string
		req  *conformance.OnceRequest
		same bool
	}{
		{"again", req, true},
		{"another request", &conformance.OnceRequest{Id: "r-1", Name: "b"}, false},
	} {
		_, err = client.Once(tt.req)
		require.Equal(t, sdk.CodeReplayed, sdk.CodeOf(err), tt.name)
		id, height, same := replayed(t, err)
		require.Equal(t, "r-1", id, tt.name)
		require.Equal(t, at, height, tt.name)
		require.Equal(t, tt.same, same, tt.name)
	}
	require.Equal(t, state, chain.State(name))
	require.Equal(t, events, chain.Events())

	_, err = client.Once(&conformance.OnceRequest{Id: "r-2", Name: "b"})
	require.NoError(t, err)
	other := conformance.NewConformanceServiceClient(chain.Account("cy1b", "org"), name)
	_, err = other.Once(&conformance.OnceRequest{Id: "r-1", Name: "c"})
	require.NoError(t, err, "the id of another account")
	for _, bad := range []string{"", "a b", "案", string(make([]byte, 8)), "01234567890123456789012345678901234567890123456789012345678901234"} {
		_, err = client.Once(&conformance.OnceRequest{Id: bad, Name: "d"})
		require.Equal(t, sdk.CodeInvalidField, sdk.CodeOf(err), "%q", bad)
		require.ErrorContains(t, err, "new for each request", "what to send")
	}
}

// TestOnceThroughContract: what a contract does for somebody uses up no id that
// they may use themselves.
func TestOnceThroughContract(t *testing.T) {
	chain, client := deployTwo(t)
	payload := encode(t, &conformance.OnceRequest{Id: "r-1", Name: "a"})
	forward := &conformance.ForwardRequest{Contract: "test/b", Method: "Once", Payload: payload}
	resp, err := client.Forward(forward)
	require.NoError(t, err)
	require.Zero(t, resp.Status)
	resp, err = client.Forward(forward)
	require.NoError(t, err)
	require.Equal(t, sdk.CodeReplayed, resp.Code)
	direct := conformance.NewConformanceServiceClient(chain.Account("cy1a", "org"), "test/b")
	_, err = direct.Once(&conformance.OnceRequest{Id: "r-1", Name: "b"})
	require.NoError(t, err)
}

// replayed decodes the details of the error.
func replayed(t *testing.T, err error) (id string, height uint64, same bool) {
	t.Helper()
	var own *sdk.Error
	require.ErrorAs(t, err, &own)
	for at := 0; at < len(own.Details); {
		tag := own.Details[at]
		if tag == 1<<3|2 {
			text, next, err := wire.Span(own.Details, at+1)
			require.NoError(t, err)
			id, at = string(text), next
			continue
		}
		v, next, err := wire.DecodeVarint(own.Details, at+1)
		require.NoError(t, err)
		if tag == 2<<3 {
			height = v
		} else {
			same = v != 0
		}
		at = next
	}
	return id, height, same
}

// TestOffice: roles of an organisation that the contract keeps in its state.
func TestOffice(t *testing.T) {
	chain := sdktest.New()
	service := conformance.NewService(&conformance.Contract{})
	owner := chain.Account("cy1o", "housing", "developer")
	require.NoError(t, chain.Deploy("test/empty", service))
	require.NoError(t, chain.DeployInit(owner, name, service, "Init", &conformance.InitRequest{}))
	ask := func(org string, roles ...string) error {
		_, err := conformance.NewConformanceServiceClient(chain.Account("cy1x", org, roles...), name).Office(&conformance.OfficeRequest{})
		return err
	}
	require.NoError(t, ask("housing", "agent", "clerk"))
	for _, tt := range []struct {
		org   string
		roles []string
	}{{"housing", []string{"agent"}}, {"court", []string{"clerk"}}, {"", nil}, {"", []string{"clerk"}}, {"guests", []string{"clerk"}}, {"{config.office}", []string{"clerk"}}} {
		err := ask(tt.org, tt.roles...)
		require.Equal(t, sdk.CodeMissingRole, sdk.CodeOf(err), "%s %v", tt.org, tt.roles)
		require.ErrorContains(t, err, "clerk@housing, *@")
	}
	// Nobody has a role in an organisation that is not set.
	_, err := conformance.NewConformanceServiceClient(chain.Account("cy1x", "", "clerk"), "test/empty").Office(&conformance.OfficeRequest{})
	require.Equal(t, sdk.CodeMissingRole, sdk.CodeOf(err))

	require.NoError(t, chain.DeployInit(owner, "test/c", service, "Init", &conformance.InitRequest{Guests: "guests"}))
	guest := conformance.NewConformanceServiceClient(chain.Account("cy1g", "guests"), "test/c")
	_, err = guest.Office(&conformance.OfficeRequest{})
	require.NoError(t, err, "any member of the guests")
}
