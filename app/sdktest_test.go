package app_test

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/timestamppb"

	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/app/apperr"
	"github.com/chancery-chain/chancery/app/apptest"
	"github.com/chancery-chain/chancery/app/key"
	"github.com/chancery-chain/chancery/app/query"
	sdk "github.com/chancery-chain/chancery/contracts-sdk"
	"github.com/chancery-chain/chancery/contracts-sdk/sdktest"
	"github.com/chancery-chain/chancery/examples/conformance"
)

// bothWays is a chain beside one of package sdktest, with the same contracts on it.
type bothWays struct {
	*remindChain
	t     *testing.T
	plain *sdktest.Chain
	code  []byte // of the next upgrade
}

// TestSdktestDoesAsTheChain runs one script on a chain and in the tests' own: frozen and
// retired contracts, scheduled calls, upgrades that are undone, and limits end alike,
// and leave the same events and entries.
func TestSdktestDoesAsTheChain(t *testing.T) {
	b := &bothWays{remindChain: newRemindChain(t, apptest.Genesis()), t: t, plain: sdktest.New(), code: otherCode(t)}
	service := conformance.NewService(&conformance.Contract{})
	b.plain.SetTime(b.Time)
	for _, name := range []string{"records/aa", "housing/bb"} {
		dev := b.plain.Account(keyOf(name, "dev").Public().Address().String(), orgOf(name), "developer")
		require.NoError(t, b.plain.DeployInit(dev, name, service, "Init", &conformance.InitRequest{}))
	}
	const aa, bb = "records/aa", "housing/bb"
	put := func(name string) string {
		return fmt.Sprintf(`{"item":{"name":%q,"blob":"eA==","f64":%d}}`, name, len(name))
	}
	forward := func(to, method, json string) string {
		payload := base64.StdEncoding.EncodeToString(b.request(method, json))
		return fmt.Sprintf(`{"contract":%q,"method":%q,"payload":%q}`, to, method, payload)
	}
	long := func(n int) string { return strings.Repeat("x", n) }

	b.call(aa, "Put", put("a"), apperr.OK)
	b.call(bb, "Forward", forward(aa, "Put", put("bb")), apperr.OK)
	b.call(bb, "Forward", forward(aa, "Put", put("bb")), apperr.OK) // a duplicate inside
	for _, way := range []string{"DECLARED", "PLAIN", "LONG", "ABORT"} {
		b.call(aa, "Fail", `{"way":"WAY_`+way+`"}`, apperr.ContractFailed)
		b.call(bb, "Forward", forward(aa, "Fail", `{"way":"WAY_`+way+`"}`), apperr.OK)
	}
	b.call(aa, "Fail", `{"way":"WAY_PANIC"}`, apperr.ContractTrap)
	b.call(bb, "Forward", forward(aa, "Fail", `{"way":"WAY_PANIC"}`), apperr.OK)
	b.call(bb, "Forward", `{"contract":"housing/bb","method":"Put"}`, apperr.OK) // it is on the stack
	b.call(bb, "Forward", `{"contract":"records/none","method":"Put"}`, apperr.OK)

	// Limits.
	b.call(aa, "Put", put(long(1_100)), apperr.LimitExceeded)
	b.call(bb, "Forward", forward(aa, "Put", put(long(1_100))), apperr.OK)
	b.call(aa, "Put", `{"item":{"name":"v","note":"`+long(131_000)+`"}}`, apperr.OK)
	b.call(aa, "Put", `{"item":{"name":"v","note":"`+long(131_072)+`"}}`, apperr.LimitExceeded)
	b.call(aa, "Forward", `{"contract":"`+long(257)+`","method":"Put"}`, apperr.LimitExceeded)
	b.call(aa, "Remind", `{"seconds":1,"gas":500000001}`, apperr.ContractTrap)

	// Turns of scheduled calls, one that fails, and one whose contract is frozen.
	b.call(aa, "Remind", `{"seconds":100,"note":"late"}`, apperr.OK)
	b.call(aa, "Remind", `{"seconds":50,"note":"soon"}`, apperr.OK)
	b.call(bb, "Remind", `{"seconds":60,"note":"fail"}`, apperr.OK)
	b.call(bb, "Remind", `{"seconds":61,"note":"b"}`, apperr.OK)
	b.call(aa, "Remind", `{"seconds":20,"note":"gone"}`, apperr.OK)
	b.call(aa, "Forget", `{"id":"3"}`, apperr.OK)
	b.after(5 * time.Minute)
	b.call(aa, "Remind", `{"seconds":10,"note":"frozen"}`, apperr.OK)
	b.call(bb, "Remind", `{"seconds":10,"note":"runs"}`, apperr.OK)
	b.life("freeze", aa, apperr.OK)
	b.life("freeze", aa, apperr.AlreadyExists)
	b.call(aa, "Put", put("ccc"), apperr.Frozen)
	b.call(bb, "Forward", forward(aa, "Put", put("ccc")), apperr.OK)
	b.call(bb, "Forward", `{"contract":"records/aa","method":"None"}`, apperr.OK)
	b.call(bb, "Forward", `{"contract":"records/aa","method":"Settings","query":true}`, apperr.OK)
	b.upgrade(aa, &conformance.MigrateRequest{}, apperr.Frozen)
	b.after(time.Minute)
	b.life("unfreeze", aa, apperr.OK)
	b.life("unfreeze", aa, apperr.NotFound)
	b.call(aa, "Put", put("dddd"), apperr.OK)
	b.after(30 * time.Minute) // the hour is not over
	b.after(30 * time.Minute)

	// Upgrades.
	b.upgrade(aa, &conformance.MigrateRequest{Refuse: true}, apperr.ContractFailed)
	b.upgrade(aa, &conformance.MigrateRequest{Unsound: true}, apperr.ContractFailed)
	b.upgrade(aa, &conformance.MigrateRequest{}, apperr.OK)
	b.after(2 * time.Minute)

	b.call(aa, "Remind", `{"seconds":10,"note":"retired"}`, apperr.OK)
	b.life("retire", aa, apperr.OK)
	for _, what := range []string{"retire", "freeze", "unfreeze"} {
		b.life(what, aa, apperr.Frozen)
	}
	b.call(aa, "Put", put("ccc"), apperr.Frozen)
	b.call(bb, "Forward", forward(aa, "Put", put("ccc")), apperr.OK)
	b.after(time.Minute)
	b.after(2 * time.Hour)
	require.Len(t, b.plain.Scheduled(), 8)
}

func keyOf(contract, who string) *key.Private {
	if who == "clerk" {
		return apptest.Key(orgOf(contract)+"-clerk", key.SM2)
	}
	return apptest.Key(orgOf(contract)+"-"+who, key.Ed25519)
}

func orgOf(contract string) string {
	org, _, _ := strings.Cut(contract, "/")
	return org
}

// request encodes a request; methods that the contract does not have ask for nothing.
func (b *bothWays) request(method, json string) []byte {
	b.t.Helper()
	req, err := b.schema.RequestFromJSON(method, []byte(json))
	require.NoError(b.t, err)
	return req
}

// call executes a method as the clerk of the contract's organisation.
func (b *bothWays) call(contract, method, json string, want apperr.Code) {
	b.t.Helper()
	clerk, payload := keyOf(contract, "clerk"), b.request(method, json)
	action := &chanceryv1.TxBody_Execute{Execute: &chanceryv1.Execute{Contract: contract, Method: method, Payload: payload}}
	b.step(clerk, contract, func(body *chanceryv1.TxBody) { body.Action = action }, want, func() ([]byte, error) {
		account := b.plain.Account(clerk.Public().Address().String(), orgOf(contract), "clerk")
		return account.ExecuteContract(contract, method, payload)
	})
}

// life freezes, unfreezes or retires a contract as its admin.
func (b *bothWays) life(what, contract string, want apperr.Code) {
	b.t.Helper()
	set := map[string]func(*chanceryv1.TxBody){
		"freeze": func(body *chanceryv1.TxBody) {
			body.Action = &chanceryv1.TxBody_FreezeContract{FreezeContract: &chanceryv1.FreezeContract{Contract: contract, Reason: "a test"}}
		},
		"unfreeze": func(body *chanceryv1.TxBody) {
			body.Action = &chanceryv1.TxBody_UnfreezeContract{UnfreezeContract: &chanceryv1.UnfreezeContract{Contract: contract}}
		},
		"retire": func(body *chanceryv1.TxBody) {
			body.Action = &chanceryv1.TxBody_RetireContract{RetireContract: &chanceryv1.RetireContract{Contract: contract, Reason: "a test"}}
		},
	}[what]
	do := map[string]func(string) error{"freeze": b.plain.Freeze, "unfreeze": b.plain.Unfreeze, "retire": b.plain.Retire}[what]
	b.step(keyOf(contract, "admin"), contract, set, want, func() ([]byte, error) { return nil, do(contract) })
}

// upgrade points a contract at the same code under another hash.
func (b *bothWays) upgrade(contract string, req *conformance.MigrateRequest, want apperr.Code) {
	b.t.Helper()
	dev := keyOf(contract, "dev")
	hash := sha256.Sum256(b.code)
	if !b.uploaded() {
		b.Must(b.Upload(dev, orgOf(contract), pack(b.t, b.code)))
		b.plain.SetTime(b.Time)
	}
	payload, err := req.MarshalVT()
	require.NoError(b.t, err)
	action := &chanceryv1.TxBody_Upgrade{Upgrade: &chanceryv1.Upgrade{Contract: contract, CodeHash: hash[:], MigratePayload: payload}}
	b.step(dev, contract, func(body *chanceryv1.TxBody) { body.Action = action }, want, func() ([]byte, error) {
		account := b.plain.Account(dev.Public().Address().String(), orgOf(contract), "developer")
		return nil, b.plain.Upgrade(account, contract, conformance.NewService(&conformance.Contract{}), "Migrate", req)
	})
}

func (b *bothWays) uploaded() bool {
	hash := sha256.Sum256(b.code)
	_, err := b.App.Query().Code(hash[:], true)
	return err == nil
}

// after makes a block without txs.
func (b *bothWays) after(d time.Duration) {
	b.t.Helper()
	scheduled, events := len(b.plain.Scheduled()), len(b.plain.Events())
	res := b.BlockAt(b.Time.Add(d))
	b.plain.SetTime(b.Time)
	b.sameScheduled(res.Scheduled, scheduled, events)
	b.sameEntries()
}

// step makes a block with one tx, and the same in plain Go.
func (b *bothWays) step(signer *key.Private, contract string, set func(*chanceryv1.TxBody), want apperr.Code, plain func() ([]byte, error)) {
	b.t.Helper()
	at := b.Time.Add(time.Second)
	body := b.Body(signer, orgOf(contract))
	body.GasLimit, body.ValidUntil = 100_000_000, timestamppb.New(at.Add(time.Minute))
	set(body)
	block := b.BlockAt(at, b.Sign(body, signer))
	res := block.Results[0]
	require.Equal(b.t, uint32(want), res.Code, "%s: %s", res.CodeName, res.Log)

	scheduled, events := len(b.plain.Scheduled()), len(b.plain.Events())
	b.plain.SetTime(at)
	events = b.sameScheduled(block.Scheduled, scheduled, events)
	out, err := plain()
	got, own := codeOf(err)
	if want == apperr.AlreadyExists || want == apperr.NotFound {
		require.Error(b.t, err) // of what an admin does; sdktest has words for it, no codes
	} else {
		require.Equal(b.t, want, got, "%v", err)
	}
	if own != nil {
		require.Equal(b.t, res.ContractError.Code, own.Code)
		require.Equal(b.t, res.ContractError.Message, own.Message)
		require.Equal(b.t, string(res.ContractError.Details), string(own.Details))
	}
	if out != nil {
		require.Equal(b.t, string(res.Data), string(out))
	}
	b.sameEvents(res.Events, b.plain.Events()[events:])
	b.sameEntries()
}

// codeOf is the chain's code for how a call ends in plain Go.
func codeOf(err error) (apperr.Code, *sdk.Error) {
	var own *sdk.Error
	var limit *sdktest.Limit
	var trap *sdktest.Trap
	switch {
	case err == nil:
		return apperr.OK, nil
	case errors.As(err, &own):
		return apperr.ContractFailed, own
	case errors.As(err, &limit):
		return apperr.LimitExceeded, nil
	case errors.As(err, &trap):
		return apperr.ContractTrap, nil
	case errors.Is(err, sdktest.ErrFrozen):
		return apperr.Frozen, nil
	}
	return apperr.NotFound, nil
}

// sameScheduled compares the scheduled calls of a block with those that plain Go made
// since, and returns how many events there are then.
func (b *bothWays) sameScheduled(results []*chanceryv1.ScheduledResult, from, events int) int {
	b.t.Helper()
	made := b.plain.Scheduled()[from:]
	var emitted []*chanceryv1.Event
	for _, r := range results {
		if r.Postponed {
			continue
		}
		require.NotEmpty(b.t, made, "%s %d", r.Contract, r.Id)
		want, _ := codeOf(made[0].Err)
		require.Equal(b.t, []any{r.Contract, r.Id, r.Method, r.Result.Code}, []any{made[0].Contract, made[0].ID, made[0].Method, uint32(want)}, made[0].Err)
		emitted, made = append(emitted, r.Result.Events...), made[1:]
	}
	require.Empty(b.t, made)
	all := b.plain.Events()
	b.sameEvents(emitted, all[events:])
	return len(all)
}

// sameEvents compares the events of contracts; the platform has its own.
func (b *bothWays) sameEvents(chain []*chanceryv1.Event, plain []sdktest.Event) {
	b.t.Helper()
	for _, e := range chain {
		if e.Contract == "" {
			continue
		}
		require.NotEmpty(b.t, plain, e.Type)
		require.Equal(b.t, sdktest.Event{Contract: e.Contract, Type: e.Type, Payload: e.Payload}, plain[0])
		plain = plain[1:]
	}
	require.Empty(b.t, plain)
}

// sameEntries compares all items of both contracts, and which calls wait.
func (b *bothWays) sameEntries() {
	b.t.Helper()
	for _, contract := range []string{"records/aa", "housing/bb"} {
		for _, method := range []string{"Find", "Settings"} {
			payload := b.request(method, `{}`)
			chain, err := b.App.Query().CallContract(b.t.Context(), query.Call{Contract: contract, Method: method, Payload: payload})
			require.NoError(b.t, err)
			plain, err := b.plain.Anonymous().QueryContract(contract, method, payload)
			require.NoError(b.t, err)
			require.Equal(b.t, string(chain), string(plain), "%s %s", contract, method)
		}
		var ids []uint64
		for _, call := range b.plain.Waiting(contract) {
			ids = append(ids, call.ID)
		}
		require.ElementsMatch(b.t, b.waiting(b.t, contract), ids)
	}
}
