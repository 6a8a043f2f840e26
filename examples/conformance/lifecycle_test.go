package conformance_test

import (
	"testing"
	"time"

	sdk "github.com/chancery-chain/chancery/contracts-sdk"
	"github.com/chancery-chain/chancery/contracts-sdk/sdktest"
	"github.com/chancery-chain/chancery/examples/conformance"
	"github.com/stretchr/testify/require"
)

// other is the second contract of deployTwo.
const other = "test/b"

// TestFreeze: nobody executes a frozen contract, and its queries answer.
func TestFreeze(t *testing.T) {
	chain, client := deployTwo(t)
	onB := conformance.NewConformanceServiceClient(chain.Account("cy1b", "org"), other)
	_, err := onB.Put(&conformance.PutRequest{Item: item("before")})
	require.NoError(t, err)
	require.ErrorIs(t, chain.Freeze("test/none"), sdktest.ErrNotFound)
	require.ErrorContains(t, chain.Unfreeze(other), "not frozen")
	require.NoError(t, chain.Freeze(other))
	require.ErrorIs(t, chain.Freeze(other), sdktest.ErrFrozen)

	state, events := chain.State(other), chain.Events()
	_, err = onB.Put(&conformance.PutRequest{Item: item("frozen")})
	require.ErrorIs(t, err, sdktest.ErrFrozen)
	require.EqualError(t, err, "test/b is frozen")
	// A citizen hears what is wrong first: nobody would pay.
	_, err = conformance.NewConformanceServiceClient(chain.Account("cy1c", ""), other).Put(&conformance.PutRequest{})
	require.ErrorIs(t, err, sdktest.ErrNotSponsored)
	found, err := onB.Find(&conformance.FindRequest{})
	require.NoError(t, err, "queries answer")
	require.Len(t, found.Items, 1)

	// From another contract: executes fail with a status of their own, an unknown
	// method too, queries answer.
	for _, method := range []string{"Put", "None"} {
		resp, err := client.Forward(&conformance.ForwardRequest{Contract: other, Method: method})
		require.NoError(t, err)
		require.Equal(t, sdk.CallFrozen, sdk.CallStatus(resp.Status), method)
		require.Equal(t, other, resp.Contract)
	}
	resp, err := client.Forward(&conformance.ForwardRequest{Contract: other, Method: "Find", Query: true})
	require.NoError(t, err)
	require.Zero(t, resp.Status)
	_, err = client.Forward(&conformance.ForwardRequest{Contract: other, Method: "Put", Propagate: true})
	require.Equal(t, sdk.CodeCallFailed, sdk.CodeOf(err))
	require.ErrorContains(t, err, "it is frozen")
	require.Equal(t, state, chain.State(other))
	require.Equal(t, events, chain.Events())

	dev := chain.Account("cy1dev", "org", "developer")
	service := conformance.NewService(&conformance.Contract{})
	require.ErrorIs(t, chain.Upgrade(dev, other, service, "Migrate", &conformance.MigrateRequest{}), sdktest.ErrFrozen)
	require.Equal(t, state, chain.State(other))

	require.NoError(t, chain.Unfreeze(other))
	_, err = onB.Put(&conformance.PutRequest{Item: item("again")})
	require.Equal(t, sdk.CodeDuplicate, sdk.CodeOf(err), "it runs: %v", err)
}

// TestRetire: a contract that is retired answers queries, and that is all.
func TestRetire(t *testing.T) {
	chain, client := deployTwo(t)
	remind := &conformance.RemindRequest{Seconds: 60, Note: "retired"}
	_, err := client.Remind(remind)
	require.NoError(t, err)
	require.NoError(t, chain.Freeze(name))
	require.NoError(t, chain.Retire(name), "a frozen contract can be")
	for _, again := range []func(string) error{chain.Retire, chain.Freeze, chain.Unfreeze} {
		require.ErrorIs(t, again(name), sdktest.ErrFrozen)
	}
	_, err = client.Remind(remind)
	require.EqualError(t, err, "test/a is retired")
	_, err = client.Find(&conformance.FindRequest{})
	require.NoError(t, err)
	dev := chain.Account("cy1dev", "org", "developer")
	service := conformance.NewService(&conformance.Contract{})
	require.ErrorIs(t, chain.Upgrade(dev, name, service, "", nil), sdktest.ErrFrozen)
	require.ErrorContains(t, chain.Deploy(name, service), "taken", "its name is never given again")

	// What it asked for fails when it comes due, and does not come again.
	chain.Advance(time.Minute)
	made := chain.Scheduled()
	require.Len(t, made, 1)
	require.ErrorIs(t, made[0].Err, sdktest.ErrFrozen)
	require.Empty(t, chain.Waiting(name))
}

// TestFreezePostponesScheduled: the calls of a frozen contract wait, and are looked at
// each hour.
func TestFreezePostponesScheduled(t *testing.T) {
	chain, client := deployTwo(t)
	for _, note := range []string{"one", "two"} {
		_, err := client.Remind(&conformance.RemindRequest{Seconds: 60, Note: note})
		require.NoError(t, err)
	}
	onB := conformance.NewConformanceServiceClient(chain.Account("cy1b", "org"), other)
	_, err := onB.Remind(&conformance.RemindRequest{Seconds: 60, Note: "other"})
	require.NoError(t, err)
	require.NoError(t, chain.Freeze(name))
	chain.Advance(time.Minute)
	require.Len(t, chain.Scheduled(), 1, "that of the other contract")
	require.Equal(t, other, chain.Scheduled()[0].Contract)
	require.Len(t, chain.Waiting(name), 2)

	require.NoError(t, chain.Unfreeze(name))
	chain.Advance(time.Hour - time.Second)
	require.Len(t, chain.Scheduled(), 1, "the hour is not over")
	chain.Advance(time.Second)
	require.Len(t, chain.Scheduled(), 3)
	require.Empty(t, chain.Waiting(name))

	// A call that is due earlier has its contract looked at earlier, with all that waits.
	_, err = client.Remind(&conformance.RemindRequest{Seconds: 1, Note: "three"})
	require.NoError(t, err)
	require.NoError(t, chain.Freeze(name))
	chain.Advance(time.Second)
	require.NoError(t, chain.Unfreeze(name))
	_, err = client.Remind(&conformance.RemindRequest{Seconds: 2, Note: "four"})
	require.NoError(t, err)
	chain.Advance(time.Second)
	require.Len(t, chain.Scheduled(), 3)
	chain.Advance(time.Second)
	require.Len(t, chain.Scheduled(), 5)
}

// TestScheduledOrder: contracts take turns, each has its next call made in the next
// round, and the order of the round stays.
func TestScheduledOrder(t *testing.T) {
	chain, client := deployTwo(t)
	onB := conformance.NewConformanceServiceClient(chain.Account("cy1b", "org"), other)
	remind := func(c conformance.ConformanceServiceClient, seconds int64, note string) uint64 {
		t.Helper()
		resp, err := c.Remind(&conformance.RemindRequest{Seconds: seconds, Note: note})
		require.NoError(t, err)
		return resp.Id
	}
	remind(client, 10, "a-10")
	remind(client, 1, "a-1")
	remind(onB, 2, "b-2")
	remind(onB, 3, "b-3")
	chain.Advance(time.Minute)
	notes := func() (notes []string) {
		for _, call := range chain.Scheduled() {
			var ring conformance.RingRequest
			require.NoError(t, ring.UnmarshalVT(call.Payload))
			notes = append(notes, ring.Note)
		}
		return notes
	}
	require.Equal(t, []string{"a-1", "b-2", "a-10", "b-3"}, notes())

	// A cancelled call leaves its contract's turn where it was.
	first := remind(onB, 1, "b-cancelled")
	remind(onB, 5, "b-5")
	remind(client, 2, "a-2")
	_, err := onB.Forget(&conformance.ForgetRequest{Id: first})
	require.NoError(t, err)
	chain.Advance(time.Minute)
	require.Equal(t, []string{"b-5", "a-2"}, notes()[4:])
}

// TestUpgradeAsksItsCheck: an upgrade that the new code's own check refuses leaves
// nothing behind.
func TestUpgradeAsksItsCheck(t *testing.T) {
	chain := sdktest.New()
	service := conformance.NewService(&conformance.Contract{})
	dev := chain.Account("cy1dev", "org", "developer")
	client := conformance.NewConformanceServiceClient(dev, name)
	require.NoError(t, chain.DeployInit(dev, name, service, "Init", &conformance.InitRequest{}))
	state, events := chain.State(name), chain.Events()
	for _, bad := range []*conformance.MigrateRequest{{Unsound: true}, {Refuse: true}} {
		err := chain.Upgrade(dev, name, service, "Migrate", bad)
		require.Equal(t, conformance.CodeTold, sdk.CodeOf(err))
		require.Equal(t, bad.Unsound, err.Error() == "check after the upgrade: Told to fail by sound, 1 times.", err)
		require.Equal(t, state, chain.State(name))
		require.Equal(t, events, chain.Events())
		require.Empty(t, chain.Waiting(name))
		about, err := client.Context(&conformance.ContextRequest{})
		require.NoError(t, err)
		require.Equal(t, uint64(1), about.Version)
	}
	require.NoError(t, chain.Upgrade(dev, name, service, "Migrate", &conformance.MigrateRequest{}))
	require.Len(t, chain.Events(), len(events)+1)
	require.Len(t, chain.Waiting(name), 1)

	// Without migrate, too, the check is asked: here of a state that is unsound.
	bad := &conformance.Config{Generation: 7, Unsound: true}
	unsound := conformance.NewService(&leavesUnsound{bad: bad})
	require.NoError(t, chain.Deploy("test/unsound", unsound))
	chain.StopRecording()
	_, err := conformance.NewConformanceServiceClient(dev, "test/unsound").Put(&conformance.PutRequest{})
	require.NoError(t, err)
	require.ErrorContains(t, chain.Upgrade(dev, "test/unsound", service, "", nil), "check after the upgrade: Told to fail by sound, 7 times.")
	require.ErrorIs(t, chain.Upgrade(dev, "test/none", service, "", nil), sdktest.ErrNotFound)
}

// leavesUnsound is the contract with a Put that stores unsound settings.
type leavesUnsound struct {
	conformance.Contract
	bad *conformance.Config
}

func (l *leavesUnsound) Put(ctx *sdk.Ctx, _ *conformance.PutRequest) (*conformance.PutResponse, error) {
	return nil, conformance.NewState(ctx).Config.Set(l.bad)
}

// TestPermit: a contract sees who asks when the permit names it and all before it.
func TestPermit(t *testing.T) {
	chain, _ := deployTwo(t)
	judge := chain.Account("cy1judge", "court", "judge")
	through := func(contract string) *conformance.AskRequest {
		return &conformance.AskRequest{Contract: contract, Method: "Context"}
	}
	for _, tt := range []struct {
		permit []string
		sees   bool
	}{{[]string{name}, false}, {[]string{name, other}, true}} {
		resp, err := conformance.NewConformanceServiceQueryClient(judge.Permit(tt.permit...), name).Ask(through(other))
		require.NoError(t, err)
		var about conformance.ContextResponse
		require.NoError(t, about.UnmarshalVT(resp.Output))
		require.Equal(t, tt.sees, about.Origin == "cy1judge" && about.Org == "court" && len(about.Roles) == 1, about)
		require.Equal(t, name, about.Caller)
	}
	// a asks b, which asks a: b is not named, so a does not see who asks.
	back := encode(t, through(name))
	resp, err := conformance.NewConformanceServiceQueryClient(judge.Permit(name), name).Ask(
		&conformance.AskRequest{Contract: other, Method: "Ask", Payload: back})
	require.NoError(t, err)
	var inner conformance.AskResponse
	require.NoError(t, inner.UnmarshalVT(resp.Output))
	var about conformance.ContextResponse
	require.NoError(t, about.UnmarshalVT(inner.Output))
	require.Empty(t, about.Origin)

	gated := conformance.NewConformanceServiceQueryClient(judge.Permit(other), name)
	_, err = gated.Gated(&conformance.GatedRequest{})
	require.ErrorIs(t, err, sdktest.ErrPermit)
	_, err = conformance.NewConformanceServiceQueryClient(judge.Permit(name), name).Gated(&conformance.GatedRequest{})
	require.NoError(t, err)
	_, err = conformance.NewConformanceServiceQueryClient(judge.Permit(name), name).Ask(&conformance.AskRequest{Contract: other, Method: "Gated"})
	require.Equal(t, sdk.CodeCallFailed, sdk.CodeOf(err), "b is asked by nobody")
}

// TestTimeGoesForward: block time never goes back.
func TestTimeGoesForward(t *testing.T) {
	chain := sdktest.New()
	chain.SetTime(time.Unix(1000, 0))
	chain.SetTime(time.Unix(1000, 0))
	require.Panics(t, func() { chain.SetTime(time.Unix(999, 0)) })
	require.Panics(t, func() { chain.Advance(-1) })
	require.Equal(t, int64(1000), chain.Time().Unix())
}
