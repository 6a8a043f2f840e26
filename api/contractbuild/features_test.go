package contractbuild_test

import (
	"crypto/sha256"
	"math/rand"
	"testing"

	"github.com/chancery-chain/chancery/api/generate"
	sdk "github.com/chancery-chain/chancery/contracts-sdk"
	"github.com/chancery-chain/chancery/contracts-sdk/sdktest"
	"github.com/chancery-chain/chancery/examples/conformance"
	"github.com/chancery-chain/chancery/examples/evidence"
	"github.com/chancery-chain/chancery/runtime"
	"github.com/chancery-chain/chancery/runtime/runtimetest"
	"github.com/stretchr/testify/require"
)

// TestFeaturesInWasm runs field rules, callers, and the kinds of collections both
// ways.
func TestFeaturesInWasm(t *testing.T) {
	if testing.Short() {
		t.Skip("many calls in the runtime")
	}
	code := buildExample(t, "conformance")
	service := conformance.NewService(&conformance.Contract{})
	got := requireSame(t, conformanceName, service, code, append(rulesScript(), callersScript()...))
	_, declared, err := generate.Descriptors("../../examples/conformance", "")
	require.NoError(t, err)
	seen := map[uint32]int{}
	for _, a := range got.Answers {
		require.False(t, a.Trap)
		seen[a.Code]++
		if a.Code == sdk.CodeInvalidField {
			e, ok := declared.Error(a.Code)
			require.True(t, ok)
			require.Equal(t, a.Message, e.Sentence(a.Details, false), "the details are what the schema says")
		}
	}
	for _, code := range []uint32{0, sdk.CodeInvalidField, sdk.CodeMissingRole, sdk.CodeNeedsAccount, sdk.CodeWrongCaller} {
		require.NotZero(t, seen[code], code)
	}
	for seed := range int64(4) {
		requireSame(t, conformanceName, service, code, keptScript(rand.New(rand.NewSource(seed))))
	}
}

func rulesScript() []step {
	request := func(change func(*conformance.CheckRequest)) step {
		yes, note := true, "ab"
		req := &conformance.CheckRequest{
			Required: "x", Sized: "案", Digest: make([]byte, 32), Small: 5, Positive: 1, CaseNo: "GD-2026", Org: "D2143569X",
			Color: 1, Note: &note, Words: []string{"a"}, Part: &conformance.CheckRequest_Part{Name: "a"},
			Choice: &conformance.CheckRequest_Other{Other: &conformance.CheckRequest_Part{Name: "o"}}, Answer: &yes,
		}
		change(req)
		return execute(shop, "Check", req)
	}
	deep := &conformance.CheckRequest_Part{Name: "a"}
	for range 30 {
		deep = &conformance.CheckRequest_Part{Name: "a", Inside: []*conformance.CheckRequest_Part{{Name: "b"}, deep}}
	}
	wrong := &conformance.CheckRequest_Part{Name: "a", Inside: []*conformance.CheckRequest_Part{deep, {Name: "A"}}}
	return []step{
		request(func(*conformance.CheckRequest) {}),
		request(func(r *conformance.CheckRequest) { r.Part = deep }),
		request(func(r *conformance.CheckRequest) { r.Part = wrong }),
		request(func(r *conformance.CheckRequest) { *r = conformance.CheckRequest{} }),
		request(func(r *conformance.CheckRequest) { r.Sized = "" }),
		request(func(r *conformance.CheckRequest) { r.Digest = nil }),
		request(func(r *conformance.CheckRequest) { r.Small = -6 }),
		request(func(r *conformance.CheckRequest) { r.Positive = 0 }),
		request(func(r *conformance.CheckRequest) { r.CaseNo = "gd-2026" }),
		request(func(r *conformance.CheckRequest) { r.Org = "D21435691" }),
		request(func(r *conformance.CheckRequest) { r.Color = 7 }),
		request(func(r *conformance.CheckRequest) { r.Words = make([]string, 1_000) }),
		request(func(r *conformance.CheckRequest) { r.Choice = nil }),
		execute(shop, "Check", raw("\x82\x01\x02")),
		execute(shop, "Check", raw("\x62\x02\x12\xff")),
	}
}

func callersScript() []step {
	nobody, alone := party{}, party{address: "cy1x"}
	var script []step
	for _, by := range []party{nobody, alone, shop, judge} {
		for _, method := range []string{"Gated", "Members", "Court", "Kept"} {
			script = append(script, query(by, method, raw(nil)))
		}
		if by.org == "" {
			continue // it executes nothing that is not sponsored, which is the platform's rule
		}
		script = append(script, execute(by, "Inner", raw(nil)), execute(by, "Forward", &conformance.ForwardRequest{Contract: second, Method: "Inner"}))
	}
	return script
}

// keptScript changes and reads the set, the sequence and the queue at random.
func keptScript(r *rand.Rand) []step {
	words := []string{"", "a", "b", "a word of more than twenty bytes"}
	var script []step
	for range 100 {
		if r.Intn(3) > 0 {
			script = append(script, execute(shop, "Keep", &conformance.KeepRequest{
				Act: conformance.Act(r.Intn(8)), Text: words[r.Intn(4)], Number: uint64(r.Intn(6)),
			}))
			continue
		}
		script = append(script, query(shop, "Kept", &conformance.KeptRequest{
			Act: conformance.Act([]int32{1, 3, 4, 6}[r.Intn(4)]), Text: words[r.Intn(3)],
			From: uint64(r.Intn(6)), To: uint64(r.Intn(6)), Reverse: r.Intn(2) == 0, Limit: uint32(r.Intn(5)),
		}))
	}
	return script
}

// TestTypedCallsInWasm: a contract calls another through the client that is made
// from the other's .proto.
func TestTypedCallsInWasm(t *testing.T) {
	if testing.Short() {
		t.Skip("builds two contracts")
	}
	const records = "records/evidence"
	rt, err := sharedRuntime()
	require.NoError(t, err)
	world := runtimetest.NewWorld(rt)
	require.NoError(t, world.Deploy(conformanceName, buildExample(t, "conformance")))
	require.NoError(t, world.Deploy(records, buildExample(t, "evidence")))
	chain := sdktest.New()
	require.NoError(t, chain.Deploy(conformanceName, conformance.NewService(&conformance.Contract{})))
	require.NoError(t, chain.Deploy(records, evidence.NewService(&evidence.Contract{})))
	chain.SetTime(begin)
	world.Context.Time, world.Context.Origin, world.Context.Caller, world.Context.Org = begin, shop.address, shop.address, shop.org

	digest := sha256.Sum256(nil)
	for i, req := range []*conformance.AnchorRequest{
		{Contract: records, Sha256: digest[:]},
		{Contract: records, Sha256: digest[:]},                  // known
		{Contract: records, Sha256: digest[:5]},                 // breaks a rule
		{Contract: records, Sha256: digest[:], Propagate: true}, // its error is ours
		{Contract: "records/none", Sha256: digest[:]},
	} {
		payload := mustEncode(t, req)
		want, err := chain.Account(shop.address, shop.org).ExecuteContract(conformanceName, "Anchor", payload)
		got := world.Execute(conformanceName, "Anchor", payload)
		if i == 3 {
			var own *sdk.Error
			require.ErrorAs(t, err, &own)
			require.Equal(t, sdk.CodeCallFailed, own.Code)
			require.Equal(t, *own, sdk.Error{Code: got.Error.Code, Message: got.Error.Message, Details: got.Error.Details})
			continue
		}
		require.NoError(t, err)
		require.Equal(t, runtime.StatusOK, got.Status, "%d", i)
		require.Equal(t, clean(want), clean(got.Output), "%d", i)
	}
	state := chain.State(records)
	require.Len(t, world.State(records), len(state))
	for _, entry := range state {
		require.Equal(t, clean(entry.Value), clean(world.State(records)[string(entry.Key)]))
	}
}
