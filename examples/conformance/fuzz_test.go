package conformance_test

import (
	"errors"
	"testing"

	sdk "github.com/chancery-chain/chancery/contracts-sdk"
	"github.com/chancery-chain/chancery/contracts-sdk/sdktest"
	"github.com/chancery-chain/chancery/examples/conformance"
	"github.com/stretchr/testify/require"
)

// methods of the contract that panic neither when told to nor for lack of
// anything.
var methods = []string{
	"Put", "Delete", "Find", "Settings", "Forward", "Ask", "Context", "Restricted", "Check", "Keep", "Kept",
	"Once", "Office",
	"Gated", "Members", "Court", "Anchor", "Inner", "Init", "Migrate", "None", "", "put",
}

// codesOfCalls are the errors that a call can be refused with.
var codesOfCalls = map[uint32]bool{
	sdk.CodeUnknownMethod: true, sdk.CodeWrongKind: true, sdk.CodeBadRequest: true, sdk.CodeMissingRole: true,
	sdk.CodeBadPage: true, sdk.CodeDuplicate: true, sdk.CodeCallFailed: true, sdk.CodeInvalidField: true,
	sdk.CodeBrokenRule: true, sdk.CodeNeedsAccount: true, sdk.CodeWrongCaller: true, sdk.CodeNoEntry: true, sdk.CodeReplayed: true,
}

// toldMayFail are the methods that fail with an error of their own when the request
// says so.
var toldMayFail = map[string]bool{"Once": true}

// FuzzDispatch calls with whatever name, kind, caller and payload: it succeeds,
// or fails with one of the SDK's errors, or when told to, and leaves state and events as they were.
func FuzzDispatch(f *testing.F) {
	add := func(method string, m sdk.Marshaler) {
		raw, err := m.MarshalVT()
		require.NoError(f, err)
		for i, name := range methods {
			if name == method {
				for _, caller := range []byte{0, 1, 2, 7} {
					f.Add(byte(i), caller, raw)
				}
				f.Add(byte(i), byte(1), append(raw, 0xff))
				f.Add(byte(i), byte(1), raw[:len(raw)/2])
			}
		}
	}
	add("Check", soundCheck())
	for _, tt := range broken {
		req := soundCheck()
		tt.change(req)
		add("Check", req)
	}
	add("Put", &conformance.PutRequest{Item: &conformance.Item{Name: "a", Blob: []byte{1}, Numbers: []int32{1, -1}}})
	add("Find", &conformance.FindRequest{Order: 3, Limit: 200, Token: "00"})
	add("Keep", &conformance.KeepRequest{Act: conformance.Act_ACT_PUSH, Text: "b"})
	add("Keep", &conformance.KeepRequest{Act: conformance.Act_ACT_AMEND, Number: 9})
	add("Kept", &conformance.KeptRequest{Act: conformance.Act_ACT_APPEND, From: 1, To: 1 << 63, PageToken: "0003"})
	add("Forward", &conformance.ForwardRequest{Contract: "test/b", Method: "Inner"})
	add("Anchor", &conformance.AnchorRequest{Contract: "test/b", Propagate: true})
	add("Once", &conformance.OnceRequest{Id: "r-1"})
	add("Once", &conformance.OnceRequest{Id: "r-1", Fail: true})
	add("None", &conformance.CheckRequest{})

	f.Fuzz(func(t *testing.T, method, caller byte, payload []byte) {
		chain := sdktest.New()
		service := conformance.NewService(&conformance.Contract{})
		require.NoError(t, chain.Deploy(name, service))
		require.NoError(t, chain.Deploy("test/b", service))
		clerk := conformance.NewConformanceServiceClient(chain.Account("cy1c", "org"), name)
		for _, act := range []conformance.Act{conformance.Act_ACT_ADD, conformance.Act_ACT_APPEND, conformance.Act_ACT_PUSH} {
			_, err := clerk.Keep(&conformance.KeepRequest{Act: act, Text: "a"})
			require.NoError(t, err)
		}
		state, other, events := chain.State(name), chain.State("test/b"), chain.Events()

		account := chain.Account("cy1x", []string{"", "court", "org"}[caller%3], []string{"judge", "clerk"}[caller/3%2])
		run := account.ExecuteContract
		query := caller/6%2 == 1
		if query {
			run = account.QueryContract
		}
		called := methods[int(method)%len(methods)]
		_, err := run(name, called, payload)
		if err != nil && !errors.Is(err, sdktest.ErrNotSponsored) {
			var own *sdk.Error
			require.ErrorAs(t, err, &own)
			told := toldMayFail[called] && own.Code == conformance.CodeTold
			require.True(t, told || codesOfCalls[own.Code], "code %d: %s", own.Code, own.Message)
			require.LessOrEqual(t, len(own.Message), 4096)
			require.LessOrEqual(t, len(own.Details), 4096)
		}
		if err != nil || query {
			require.Equal(t, state, chain.State(name))
			require.Equal(t, other, chain.State("test/b"))
			require.Equal(t, events, chain.Events())
		}
	})
}
