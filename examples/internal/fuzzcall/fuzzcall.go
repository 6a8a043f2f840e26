// Package fuzzcall holds calls with whatever name and payload to what every
// contract promises: success, or a coded error that changes nothing.
package fuzzcall

import (
	"errors"
	"slices"
	"testing"

	sdk "github.com/chancery-chain/chancery/contracts-sdk"
	"github.com/chancery-chain/chancery/contracts-sdk/sdktest"
	"github.com/stretchr/testify/require"
)

// refusals are the SDK's errors that a call from outside can get. The others say
// that the contract made a mistake.
var refusals = []uint32{
	sdk.CodeUnknownMethod, sdk.CodeWrongKind, sdk.CodeBadRequest, sdk.CodeMissingRole, sdk.CodeBadPage, sdk.CodeDuplicate,
	sdk.CodeInvalidField, sdk.CodeNeedsAccount, sdk.CodeWrongCaller, sdk.CodeNoEntry, sdk.CodeReplayed,
}

// Call is one call of a contract.
type Call struct {
	Chain    *sdktest.Chain
	Account  *sdktest.Account
	Contract string
	Method   string
	Query    bool
	Payload  []byte
}

// Check makes the call. May lists the codes that it may be refused with beside
// the SDK's; watch, the contracts whose state a refused call must leave alone.
func Check(t *testing.T, c Call, may []uint32, watch ...string) {
	t.Helper()
	var before [][]sdktest.Entry
	for _, name := range watch {
		before = append(before, c.Chain.State(name))
	}
	events := len(c.Chain.Events())
	run := c.Account.ExecuteContract
	if c.Query {
		run = c.Account.QueryContract
	}
	_, err := run(c.Contract, c.Method, c.Payload)
	if err == nil && !c.Query {
		return
	}
	for i, name := range watch {
		require.Equal(t, before[i], c.Chain.State(name), "%s changed %s", c.Method, name)
	}
	require.Len(t, c.Chain.Events(), events)
	if err == nil {
		return
	}
	if errors.Is(err, sdktest.ErrNotSponsored) {
		return // the platform's refusal of who acts for no organisation
	}
	var own *sdk.Error
	require.ErrorAs(t, err, &own, "%s crashed", c.Method)
	require.True(t, slices.Contains(refusals, own.Code) || slices.Contains(may, own.Code), "%s: code %d: %s", c.Method, own.Code, own.Message)
	require.LessOrEqual(t, len(own.Message), 4096)
	require.LessOrEqual(t, len(own.Details), 4096)
}

// Recorder is an account that keeps what it sends, to be the fuzzer's seeds.
type Recorder struct {
	*sdktest.Account
	Calls *[]Call
}

// ExecuteContract implements sdk.Executor.
func (r Recorder) ExecuteContract(contract, method string, payload []byte) ([]byte, error) {
	*r.Calls = append(*r.Calls, Call{Account: r.Account, Contract: contract, Method: method, Payload: payload})
	return r.Account.ExecuteContract(contract, method, payload)
}

// QueryContract implements sdk.Querier.
func (r Recorder) QueryContract(contract, method string, payload []byte) ([]byte, error) {
	*r.Calls = append(*r.Calls, Call{Account: r.Account, Contract: contract, Method: method, Query: true, Payload: payload})
	return r.Account.QueryContract(contract, method, payload)
}

// Seeds adds up to most calls of each method, whole, cut in half, with a byte too
// many and under another account, and returns the methods' names in order.
func Seeds(f *testing.F, calls []Call, most int) (methods []string) {
	count := map[string]int{}
	for _, c := range calls {
		if count[c.Method]++; count[c.Method] == 1 {
			methods = append(methods, c.Method)
		}
	}
	slices.Sort(methods)
	clear(count)
	for _, c := range calls {
		if count[c.Method]++; count[c.Method] > most {
			continue
		}
		at, _ := slices.BinarySearch(methods, c.Method)
		for who := range byte(2) {
			f.Add(byte(at), who, c.Query, c.Payload)
		}
		f.Add(byte(at), byte(count[c.Method]), c.Query, append(slices.Clone(c.Payload), 0xff))
		f.Add(byte(at), byte(count[c.Method]), c.Query, c.Payload[:len(c.Payload)/2])
	}
	return methods
}
