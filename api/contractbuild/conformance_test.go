package contractbuild_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"maps"
	"math/rand"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/chancery-chain/chancery/api/contractbuild"
	sdk "github.com/chancery-chain/chancery/contracts-sdk"
	"github.com/chancery-chain/chancery/contracts-sdk/sdktest"
	"github.com/chancery-chain/chancery/examples/counter"
	"github.com/chancery-chain/chancery/examples/evidence"
	"github.com/chancery-chain/chancery/runtime"
	"github.com/chancery-chain/chancery/runtime/runtimetest"
	"github.com/stretchr/testify/require"
)

// party is who makes a step of a script.
type party struct {
	address, org string
	roles        []string
}

var (
	shop      = party{"cy1shop", "shop-1", nil}
	rival     = party{"cy1rival", "rival-1", nil}
	judge     = party{"cy1judge", "court", []string{"judge"}}
	notary    = party{"cy1notary", "notary-1", []string{"auditor", "notary"}}
	developer = party{"cy1dev", "bench", []string{"developer"}}
)

// step is one call of a script.
type step struct {
	by      party
	query   bool
	method  string
	request sdk.Marshaler
}

func execute(by party, method string, request sdk.Marshaler) step {
	return step{by: by, method: method, request: request}
}

func query(by party, method string, request sdk.Marshaler) step {
	return step{by: by, query: true, method: method, request: request}
}

// raw is a request that is bytes already.
type raw []byte

func (r raw) MarshalVT() ([]byte, error) { return r, nil }

// second is the name of the same contract once more, for calls between two.
const second = "test/second"

// answer is what a step gave.
type answer struct {
	Output  []byte
	Code    uint32
	Message string
	Details []byte
	Trap    bool
}

// observed is all that a contract did in a script.
type observed struct {
	Answers []answer
	Events  []sdktest.Event
	State   []sdktest.Entry
}

// begin is the block time of the first step; each step is a second later.
var begin = time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)

// inPlainGo runs a script in sdktest.
func inPlainGo(t *testing.T, name string, service *sdk.Service, script []step) observed {
	t.Helper()
	chain := sdktest.New()
	require.NoError(t, chain.Deploy(name, service))
	require.NoError(t, chain.Deploy(second, service))
	var o observed
	for i, s := range script {
		chain.SetTime(begin.Add(time.Duration(i) * time.Second))
		payload, err := s.request.MarshalVT()
		require.NoError(t, err)
		account := chain.Account(s.by.address, s.by.org, s.by.roles...)
		run := account.ExecuteContract
		if s.query {
			run = account.QueryContract
		}
		out, err := run(name, s.method, payload)
		var own *sdk.Error
		switch {
		case err == nil:
			o.Answers = append(o.Answers, answer{Output: clean(out)})
		case errors.As(err, &own):
			o.Answers = append(o.Answers, answer{Code: own.Code, Message: own.Message, Details: clean(own.Details)})
		default:
			o.Answers = append(o.Answers, answer{Trap: true})
		}
	}
	o.Events, o.State = chain.Events(), append(chain.State(name), chain.State(second)...)
	return o
}

// sharedRuntime is one runtime for all tests, which compiles each code once.
var sharedRuntime = sync.OnceValues(func() (*runtime.Runtime, error) {
	return runtime.New(runtime.Config{}, runtime.DefaultLimits())
})

// inWasm runs a script in the runtime.
func inWasm(t *testing.T, name string, code []byte, script []step) observed {
	t.Helper()
	rt, err := sharedRuntime()
	require.NoError(t, err)
	world := runtimetest.NewWorld(rt)
	require.NoError(t, world.Deploy(name, code))
	require.NoError(t, world.Deploy(second, code))
	var o observed
	var gas, calls uint64
	for i, s := range script {
		world.Context.ChainID, world.Context.Version = "test", 1
		world.Context.Height = int64(i + 2)
		world.Context.Time = begin.Add(time.Duration(i) * time.Second)
		world.Context.Caller, world.Context.Origin = s.by.address, s.by.address
		world.Context.Org, world.Context.Roles = s.by.org, s.by.roles
		payload, err := s.request.MarshalVT()
		require.NoError(t, err)
		var out runtime.Outcome
		if s.query {
			out = world.Query(name, s.method, payload)
		} else {
			out = world.Execute(name, s.method, payload)
		}
		switch out.Status {
		case runtime.StatusOK:
			o.Answers = append(o.Answers, answer{Output: clean(out.Output)})
			gas, calls = gas+out.GasUsed, calls+1
		case runtime.StatusContractError:
			o.Answers = append(o.Answers, answer{Code: out.Error.Code, Message: out.Error.Message, Details: clean(out.Error.Details)})
		case runtime.StatusTrap:
			o.Answers = append(o.Answers, answer{Trap: true})
		default:
			t.Fatalf("step %d, %s: status %d: %v", i, s.method, out.Status, out.Err)
		}
	}
	if calls > 0 {
		t.Logf("%s: %d steps that succeeded used %d gas each", name, calls, gas/calls)
	}
	for _, e := range world.TakeEvents() {
		o.Events = append(o.Events, sdktest.Event{Contract: e.Contract, Type: e.Type, Payload: e.Payload})
	}
	for _, contract := range []string{name, second} {
		state := world.State(contract)
		for _, key := range slices.Sorted(maps.Keys(state)) {
			o.State = append(o.State, sdktest.Entry{Key: []byte(key), Value: append([]byte{}, state[key]...)})
		}
	}
	return o
}

// clean makes empty and nil bytes equal: a result does not tell them apart.
func clean(b []byte) []byte { return append([]byte{}, b...) }

// buildExample builds an example and returns its code.
func buildExample(t *testing.T, name string) []byte {
	t.Helper()
	out := filepath.Join(t.TempDir(), name+".wasm")
	_, err := contractbuild.Build(context.Background(), filepath.Join(examples, name), out)
	require.NoError(t, err)
	code, err := os.ReadFile(out)
	require.NoError(t, err)
	return code
}

// requireSame runs a script both ways and returns what it did.
func requireSame(t *testing.T, name string, service *sdk.Service, code []byte, script []step) observed {
	t.Helper()
	want, got := inPlainGo(t, name, service, script), inWasm(t, name, code, script)
	for i := range script {
		require.Equal(t, want.Answers[i], got.Answers[i], "step %d, %s", i, script[i].method)
	}
	require.Equal(t, want.Events, got.Events)
	require.Equal(t, want.State, got.State)
	return got
}

func anchorRequest(material int, caseRef string) *evidence.AnchorRequest {
	first := sha256.Sum256(fmt.Append(nil, material))
	second := sha256.Sum256(first[:])
	return &evidence.AnchorRequest{
		Sha256: first[:], Sm3: second[:], MediaType: "image/png", Size: 10, CaseRef: caseRef,
		CapturedAt: begin.Unix(), Method: "scan",
	}
}

func idOf(material int, caseRef string) string {
	req := anchorRequest(material, caseRef)
	sum := sha256.Sum256(append(req.Sha256, caseRef...))
	return fmt.Sprintf("%x", sum[:16])
}

func TestEvidenceInWasm(t *testing.T) {
	code := buildExample(t, "evidence")
	late := anchorRequest(9, "order")
	late.CapturedAt += 1_000_000
	script := []step{
		execute(shop, "Anchor", anchorRequest(1, "order")),
		execute(rival, "Anchor", anchorRequest(1, "order")), // 1: already anchored
		execute(shop, "Anchor", late),                       // 2: captured in the future
		execute(shop, "Anchor", &evidence.AnchorRequest{}),  // 3: invalid
		execute(shop, "Anchor", anchorRequest(2, "order")),
		execute(shop, "Anchor", anchorRequest(3, "order")),
		query(rival, "List", &evidence.ListRequest{Owner: "cy1shop", PageSize: 2}), // 6
		query(rival, "Verify", &evidence.VerifyRequest{Digest: &evidence.VerifyRequest_Sha256{Sha256: anchorRequest(1, "").Sha256}}),
		query(rival, "Verify", &evidence.VerifyRequest{Digest: &evidence.VerifyRequest_Sm3{Sm3: anchorRequest(2, "").Sm3}}),
		execute(shop, "Hold", &evidence.HoldRequest{Id: idOf(1, "order"), CaseNo: "7"}), // 9: role refused
		execute(judge, "Hold", &evidence.HoldRequest{Id: idOf(1, "order"), CaseNo: "(2026)粤07-55"}),
		execute(shop, "Revoke", &evidence.RevokeRequest{Id: idOf(1, "order"), Reason: 3}), // 11: held
		execute(notary, "Release", &evidence.ReleaseRequest{Id: idOf(1, "order")}),        // 12: not the holder
		execute(judge, "Release", &evidence.ReleaseRequest{Id: idOf(1, "order")}),
		execute(rival, "Revoke", &evidence.RevokeRequest{Id: idOf(1, "order"), Reason: 3}), // 14: not the owner
		execute(shop, "Revoke", &evidence.RevokeRequest{Id: idOf(1, "order"), Reason: 3}),
		query(rival, "Get", &evidence.GetRequest{Id: idOf(1, "order")}),
		query(rival, "Get", &evidence.GetRequest{Id: "none"}),                          // 17: invalid
		query(rival, "Nothing", raw(nil)),                                              // 18: unknown method
		execute(rival, "Get", &evidence.GetRequest{}),                                  // 19: wrong kind
		query(rival, "Anchor", anchorRequest(4, "order")),                              // 20: wrong kind
		execute(shop, "Anchor", raw("\xff\xff")),                                       // 21: bad request
		execute(shop, "Anchor", raw("\x0a\xff\xff\xff\xff\x0f")),                       // 22: forged length
		query(rival, "List", &evidence.ListRequest{Owner: "cy1shop", PageToken: "zz"}), // 23: bad page
	}
	got := requireSame(t, "records/evidence", evidence.NewService(&evidence.Contract{}), code, script)
	codes := map[int]uint32{
		1: evidence.CodeAlreadyAnchored, 2: evidence.CodeCapturedInFuture, 3: sdk.CodeInvalidField,
		9: sdk.CodeMissingRole, 11: evidence.CodeHeld, 12: evidence.CodeNotHolder, 14: evidence.CodeNotOwner,
		17: sdk.CodeInvalidField, 18: sdk.CodeUnknownMethod, 19: sdk.CodeWrongKind, 20: sdk.CodeWrongKind,
		21: sdk.CodeBadRequest, 22: sdk.CodeBadRequest, 23: sdk.CodeBadPage,
	}
	for i, a := range got.Answers {
		require.Equal(t, codes[i], a.Code, "step %d: %s", i, a.Message)
		require.False(t, a.Trap, "step %d", i)
	}
	var page evidence.ListResponse
	require.NoError(t, page.UnmarshalVT(got.Answers[6].Output))
	require.Len(t, page.Records, 2)
	require.Equal(t, idOf(3, "order"), page.Records[0].Id)
	require.NotEmpty(t, page.NextPageToken)
	require.Len(t, got.Events, 6)
}

// TestEvidenceRandomly runs random scripts both ways.
func TestEvidenceRandomly(t *testing.T) {
	if testing.Short() {
		t.Skip("hundreds of calls in the runtime")
	}
	code := buildExample(t, "evidence")
	for seed := range int64(3) {
		r := rand.New(rand.NewSource(seed))
		parties := []party{shop, rival, judge, notary}
		cases := []string{"", "a", "b\x00", "案"}
		var script []step
		for range 300 {
			by := parties[r.Intn(len(parties))]
			material, caseRef := r.Intn(8), cases[r.Intn(len(cases))]
			id := idOf(material, caseRef)
			switch r.Intn(8) {
			case 0, 1:
				script = append(script, execute(by, "Anchor", anchorRequest(material, caseRef)))
			case 2:
				script = append(script, execute(by, "Revoke", &evidence.RevokeRequest{Id: id, Reason: evidence.Reason(r.Intn(5))}))
			case 3:
				script = append(script, execute(by, "Hold", &evidence.HoldRequest{Id: id, CaseNo: "1"}))
			case 4:
				script = append(script, execute(by, "Release", &evidence.ReleaseRequest{Id: id}))
			case 5:
				script = append(script, query(by, "Get", &evidence.GetRequest{Id: id}))
			case 6:
				script = append(script, query(by, "Verify", &evidence.VerifyRequest{Digest: &evidence.VerifyRequest_Sha256{Sha256: anchorRequest(material, "").Sha256}}))
			case 7:
				script = append(script, query(by, "List", &evidence.ListRequest{Owner: parties[r.Intn(4)].address, PageSize: uint32(r.Intn(4))}))
			}
		}
		requireSame(t, "records/evidence", evidence.NewService(&evidence.Contract{}), code, script)
	}
}

func TestCounterInWasm(t *testing.T) {
	code := buildExample(t, "counter")
	script := []step{
		execute(developer, "Seed", &counter.SeedRequest{First: 1, Count: 2000}),
		execute(shop, "Seed", &counter.SeedRequest{First: 1, Count: 1}), // 1: role refused
		execute(shop, "Bump", &counter.BumpRequest{From: 1, To: 2, Amount: 7}),
		execute(shop, "Bump", &counter.BumpRequest{From: 1, To: 5000, Amount: 1}),
		execute(shop, "Bump", &counter.BumpRequest{From: 1, To: 1, Amount: 1}), // 4: invalid
		query(shop, "Get", &counter.GetRequest{Id: 2}),
	}
	got := requireSame(t, "bench/counter", counter.NewService(&counter.Contract{}), code, script)
	require.Equal(t, sdk.CodeMissingRole, got.Answers[1].Code)
	require.Equal(t, counter.CodeInvalid, got.Answers[4].Code)
	var resp counter.GetResponse
	require.NoError(t, resp.UnmarshalVT(got.Answers[5].Output))
	require.Equal(t, int64(1_000_007), resp.Counter.Value)
}
