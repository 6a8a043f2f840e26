package counter_test

import (
	"math"
	"testing"

	sdk "github.com/chancery-chain/chancery/contracts-sdk"
	"github.com/chancery-chain/chancery/contracts-sdk/sdktest"
	"github.com/chancery-chain/chancery/examples/counter"
	"github.com/stretchr/testify/require"
)

const name = "bench/counter"

func newClients(t *testing.T) (chain *sdktest.Chain, anyone, developer counter.CounterServiceClient) {
	t.Helper()
	chain = sdktest.New()
	require.NoError(t, chain.Deploy(name, counter.NewService(&counter.Contract{})))
	return chain,
		counter.NewCounterServiceClient(chain.Account("cy1a", "bench"), name),
		counter.NewCounterServiceClient(chain.Account("cy1d", "bench", "developer"), name)
}

func TestBump(t *testing.T) {
	chain, anyone, _ := newClients(t)
	resp, err := anyone.Bump(&counter.BumpRequest{From: 1, To: 2, Amount: 5})
	require.NoError(t, err)
	require.Equal(t, &counter.BumpResponse{FromValue: -5, ToValue: 5}, resp)
	got, err := anyone.Get(&counter.GetRequest{Id: 2})
	require.NoError(t, err)
	require.Equal(t, &counter.Counter{Id: 2, Value: 5}, got.Counter)
	require.Len(t, chain.Events(), 1)
	require.Len(t, chain.State(name), 2)
}

func TestBumpRefuses(t *testing.T) {
	chain, anyone, _ := newClients(t)
	_, err := anyone.Bump(&counter.BumpRequest{From: 1, To: 2, Amount: math.MaxInt64})
	require.NoError(t, err)
	state := chain.State(name)
	tests := []struct {
		name string
		req  *counter.BumpRequest
		code uint32
	}{
		{"same counter", &counter.BumpRequest{From: 1, To: 1, Amount: 1}, counter.CodeInvalid},
		{"nothing", &counter.BumpRequest{From: 1, To: 2}, sdk.CodeInvalidField},
		{"amount beyond int64", &counter.BumpRequest{From: 1, To: 2, Amount: math.MaxInt64 + 1}, sdk.CodeInvalidField},
		{"below the range", &counter.BumpRequest{From: 1, To: 3, Amount: 2}, counter.CodeOutOfRange},
		{"above the range", &counter.BumpRequest{From: 3, To: 2, Amount: 1}, counter.CodeOutOfRange},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := anyone.Bump(tt.req)
			require.Equal(t, tt.code, sdk.CodeOf(err), "%v", err)
			require.Equal(t, state, chain.State(name))
		})
	}
}

func TestSeed(t *testing.T) {
	chain, anyone, developer := newClients(t)
	_, err := anyone.Seed(&counter.SeedRequest{Count: 1})
	require.Equal(t, sdk.CodeMissingRole, sdk.CodeOf(err))
	for _, bad := range []*counter.SeedRequest{{}, {Count: 2001}} {
		_, err = developer.Seed(bad)
		require.Equal(t, sdk.CodeInvalidField, sdk.CodeOf(err))
	}
	_, err = developer.Seed(&counter.SeedRequest{First: math.MaxUint64, Count: 1})
	require.Equal(t, counter.CodeInvalid, sdk.CodeOf(err))
	_, err = developer.Seed(&counter.SeedRequest{First: 10, Count: 2000})
	require.NoError(t, err)
	require.Len(t, chain.State(name), 2000)
	got, err := anyone.Get(&counter.GetRequest{Id: 2009})
	require.NoError(t, err)
	require.Equal(t, int64(1_000_000), got.Counter.Value)
}
