package conformance_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	sdk "github.com/chancery-chain/chancery/contracts-sdk"
	"github.com/chancery-chain/chancery/contracts-sdk/sdktest"
	"github.com/chancery-chain/chancery/examples/conformance"
	"github.com/stretchr/testify/require"
)

// TestLimits: what passes a limit of the chain fails, alone and called by another
// contract. The replay in Wasm finds the same.
func TestLimits(t *testing.T) {
	long := func(n int) string { return strings.Repeat("x", n) }
	note := long(sdktest.MaxValue - 100)
	tests := []struct {
		name    string
		method  string
		request sdk.Marshaler
		what    string // empty for what is within the limits
	}{
		{"key", "Put", &conformance.PutRequest{Item: &conformance.Item{Name: long(sdktest.MaxKey - 100)}}, ""},
		{"key too long", "Put", &conformance.PutRequest{Item: &conformance.Item{Name: long(sdktest.MaxKey)}}, "key size"},
		{"key of a read too long", "Delete", &conformance.DeleteRequest{Name: long(sdktest.MaxKey)}, "key size"},
		{"value", "Put", &conformance.PutRequest{Item: &conformance.Item{Note: &note}}, ""},
		{"value too long", "Put", &conformance.PutRequest{Item: &conformance.Item{Numbers: make([]int32, 20_000), Note: &note}}, "value size"},
		{"name too long", "Forward", &conformance.ForwardRequest{Item: item("x"), Contract: long(sdktest.MaxName + 1), Method: "Put"}, "name size"},
		{"method too long", "Forward", &conformance.ForwardRequest{Contract: other, Method: long(sdktest.MaxName + 1)}, "name size"},
		{"gas of a scheduled call", "Remind", &conformance.RemindRequest{Seconds: 1, Gas: sdktest.MaxScheduledGas}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			chain, client := deployTwo(t)
			account := chain.Account("cy1a", "org")
			_, err := account.ExecuteContract(name, tt.method, encode(t, tt.request))
			if tt.what == "" {
				require.NoError(t, err)
				return
			}
			var limit *sdktest.Limit
			require.ErrorAs(t, err, &limit)
			require.Equal(t, &sdktest.Limit{Contract: name, What: tt.what}, limit)
			require.EqualError(t, err, "test/a: limit passed: "+tt.what)
			require.Empty(t, chain.State(name), "nothing is left")
			require.Empty(t, chain.Events())

			resp, err := client.Forward(&conformance.ForwardRequest{Contract: other, Method: tt.method, Payload: encode(t, tt.request)})
			require.NoError(t, err)
			require.Equal(t, sdk.CallLimit, sdk.CallStatus(resp.Status))
			require.Empty(t, chain.State(other))
		})
	}
}

// TestPayloadAndResponse: what goes into a call and what comes out of it are bounded.
func TestPayloadAndResponse(t *testing.T) {
	chain, client := deployTwo(t)
	account := chain.Account("cy1a", "org")
	var limit *sdktest.Limit
	_, err := account.ExecuteContract(name, "Put", make([]byte, sdktest.MaxPayload+1))
	require.ErrorAs(t, err, &limit)
	require.Equal(t, "payload size", limit.What)
	_, err = account.ExecuteContract(name, "Put", make([]byte, sdktest.MaxPayload))
	require.Equal(t, sdk.CodeBadRequest, sdk.CodeOf(err))

	text := strings.Repeat("y", 100<<10)
	for i := range 3 {
		_, err := client.Put(&conformance.PutRequest{Item: &conformance.Item{S64: int64(i), F64: uint64(i), Note: &text}})
		require.NoError(t, err)
	}
	find := &conformance.FindRequest{Limit: 2}
	found, err := client.Find(find)
	require.NoError(t, err)
	require.Len(t, found.Items, 2)
	find.Limit = 3
	_, err = client.Find(find)
	require.ErrorAs(t, err, &limit)
	require.Equal(t, "response size", limit.What)
	resp, err := client.Forward(&conformance.ForwardRequest{Contract: name, Method: "Find", Query: true, Payload: encode(t, find)})
	require.NoError(t, err)
	require.Equal(t, sdk.CallLimit, sdk.CallStatus(resp.Status))
}

// TestScheduledGas: a scheduled call that asks for more gas than the chain gives is a
// mistake of the contract.
func TestScheduledGas(t *testing.T) {
	chain, client := deployTwo(t)
	_, err := client.Remind(&conformance.RemindRequest{Seconds: 1, Gas: sdktest.MaxScheduledGas + 1})
	var trap *sdktest.Trap
	require.True(t, errors.As(err, &trap), err)
	require.Empty(t, chain.Waiting(name))
	chain.Advance(time.Second)
	require.Empty(t, chain.Scheduled())
}
