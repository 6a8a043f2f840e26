package app_test

import (
	"crypto/sha256"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/api/schema"
	"github.com/chancery-chain/chancery/app"
	"github.com/chancery-chain/chancery/app/apperr"
	"github.com/chancery-chain/chancery/app/apptest"
	"github.com/chancery-chain/chancery/app/key"
	"github.com/chancery-chain/chancery/runtime"
)

// remindChain is a chain with the contracts records/aa and housing/bb, which keep
// notes at a time.
type remindChain struct {
	*apptest.Chain
	schema *schema.Contract
}

func newRemindChain(t *testing.T, g *app.Genesis) *remindChain {
	t.Helper()
	if testing.Short() {
		t.Skip("builds a contract with the Go toolchain")
	}
	code, err := conformanceCode()
	require.NoError(t, err)
	s, _, err := schema.FromCode(code)
	require.NoError(t, err)
	c := &remindChain{apptest.New(t, g), s}
	hash := sha256.Sum256(code)
	c.Must(c.Upload(apptest.Key("records-dev", key.Ed25519), "records", pack(t, code)))
	for _, name := range []string{"records/aa", "housing/bb"} {
		org := name[:len(name)-3]
		c.Must(c.Deploy(apptest.Key(org+"-dev", key.Ed25519), org, name, hash[:], nil))
	}
	return c
}

// do executes a method as the clerk of the contract's organisation.
func (c *remindChain) do(t *testing.T, contract, method, json string) []byte {
	t.Helper()
	req, err := c.schema.RequestFromJSON(method, []byte(json))
	require.NoError(t, err)
	org := contract[:len(contract)-3]
	return c.Execute(apptest.Key(org+"-clerk", key.SM2), org, contract, method, req)
}

func (c *remindChain) waiting(t *testing.T, contract string) (ids []uint64) {
	t.Helper()
	calls, _, err := c.App.Query().Scheduled(contract, 0, "", nil)
	require.NoError(t, err)
	for _, call := range calls {
		ids = append(ids, call.Id)
	}
	return ids
}

func TestScheduledCall(t *testing.T) {
	c := newRemindChain(t, nil)
	c.Must(c.do(t, "records/aa", "Remind", `{"seconds":"60","note":"tea"}`))
	c.Must(c.do(t, "records/aa", "Remind", `{"seconds":"60","note":"fail"}`))
	c.Must(c.do(t, "records/aa", "Remind", `{"seconds":"60","note":"forget"}`))
	c.Must(c.do(t, "records/aa", "Forget", `{"id":"3"}`))
	require.Equal(t, []uint64{1, 2}, c.waiting(t, "records/aa"))
	refused := c.Block(c.do(t, "records/aa", "Ring", `{"note":"tea"}`)).Results[0]
	require.EqualValues(t, apperr.ContractFailed, refused.Code, "nobody but the contract may call it")

	before := c.App.Info().AppHash
	early := c.BlockAt(c.Time.Add(time.Second))
	require.Empty(t, early.Scheduled)
	require.Equal(t, before, early.AppHash, "a block in which nothing is due leaves the state as it is")

	usedBefore := used(t, c, "records")
	res := c.BlockAt(c.Time.Add(2 * time.Minute))
	require.Len(t, res.Scheduled, 2)
	ok, failed := res.Scheduled[0], res.Scheduled[1]
	require.EqualValues(t, 1, ok.Id)
	require.Zero(t, ok.Result.Code, ok.Result.Log)
	require.Len(t, ok.Result.Events, 1)
	require.EqualValues(t, apperr.ContractFailed, failed.Result.Code)
	require.Equal(t, usedBefore+ok.Result.GasUsed+failed.Result.GasUsed, used(t, c, "records"), "the contract's organisation pays")
	require.Empty(t, c.waiting(t, "records/aa"))

	done, err := c.App.Query().ScheduledCall("records/aa", 1, nil)
	require.NoError(t, err)
	require.Equal(t, ok.Result.GasUsed, done.Result.GasUsed)
	_, err = c.App.Query().ScheduledCall("records/aa", 3, nil)
	require.Equal(t, apperr.NotFound, apperr.CodeOf(err), "it was cancelled")
	_, err = c.App.Query().ScheduledCall("records/none", 1, nil)
	require.Equal(t, apperr.NotFound, apperr.CodeOf(err))
	again := c.App.Info().AppHash
	require.Equal(t, again, c.Replay(app.Options{Dir: t.TempDir()}), "compiler")
	require.Equal(t, again, c.Replay(app.Options{Dir: t.TempDir(), Runtime: runtime.Config{Interpreter: true}}), "interpreter")
}

func used(t *testing.T, c *remindChain, org string) uint64 {
	t.Helper()
	o, err := c.App.Query().Org(org)
	require.NoError(t, err)
	return o.GasUsed
}

// TestScheduledBacklog: a contract that always has calls due delays nobody else,
// and what does not fit into a block is made by the next ones.
func TestScheduledBacklog(t *testing.T) {
	g := apptest.Genesis()
	g.Params = &app.GenesisParams{MaxScheduledGas: 20_000_000}
	c := newRemindChain(t, g)
	for range 30 {
		c.Must(c.do(t, "records/aa", "Remind", `{"seconds":"60","note":"x"}`))
	}
	c.Must(c.do(t, "records/aa", "Remind", `{"seconds":"60","note":"again"}`))
	c.Must(c.do(t, "housing/bb", "Remind", `{"seconds":"90","note":"theirs"}`))
	refused := c.Block(c.do(t, "records/aa", "Remind", `{"seconds":"1","note":"x","gas":"20000001"}`)).Results[0]
	require.EqualValues(t, apperr.ContractTrap, refused.Code, "more gas than a block gives")

	res := c.BlockAt(c.Time.Add(2 * time.Minute))
	require.Equal(t, "records/aa", res.Scheduled[0].Contract)
	require.Equal(t, "housing/bb", res.Scheduled[1].Contract, "the second place of the first round")
	made, gas := 0, uint64(0)
	for blocks := 1; made < 31; blocks++ {
		require.Less(t, blocks, 20)
		gas = 0
		for _, r := range res.Scheduled {
			gas += r.Result.GasUsed
			if r.Contract == "records/aa" {
				require.Zero(t, r.Result.Code, r.Result.Log)
				made++
			}
		}
		require.LessOrEqual(t, gas, uint64(20_000_000))
		c.Must(c.do(t, "housing/bb", "Remind", `{"seconds":"0","note":"soon"}`)) // also a block
		res = c.Block()
		require.True(t, contains(res.Scheduled, "housing/bb"), "a backlog of others delays nobody")
	}
	require.Equal(t, c.App.Info().AppHash, c.Replay(app.Options{Dir: t.TempDir()}))
}

// TestScheduledGreed: contracts that ask for all the gas of a block and use little of
// it hold up nobody else, and each of them gets its turn.
func TestScheduledGreed(t *testing.T) {
	g := apptest.Genesis()
	g.Params = &app.GenesisParams{MaxScheduledGas: 20_000_000}
	c := newRemindChain(t, g)
	greedy := []string{"records/aa", "records/ab", "records/ac"}
	code, err := conformanceCode()
	require.NoError(t, err)
	hash := sha256.Sum256(code)
	for _, name := range greedy[1:] {
		c.Must(c.Deploy(apptest.Key("records-dev", key.Ed25519), "records", name, hash[:], nil))
	}
	for _, name := range greedy {
		for _, note := range []string{"x", "y", "z"} {
			c.Must(c.do(t, name, "Remind", `{"seconds":"60","note":"`+note+`","gas":"20000000"}`))
		}
	}
	c.Must(c.do(t, "housing/bb", "Remind", `{"seconds":"90","note":"theirs","gas":"5000000"}`))

	res := c.BlockAt(c.Time.Add(2 * time.Minute))
	require.True(t, contains(res.Scheduled, "housing/bb"), "made in the first block at its time")
	made := map[string]int{}
	for range 9 {
		for _, r := range res.Scheduled {
			require.Zero(t, r.Result.Code, r.Result.Log)
			made[r.Contract]++
		}
		res = c.Block()
	}
	require.Equal(t, map[string]int{"records/aa": 3, "records/ab": 3, "records/ac": 3, "housing/bb": 1}, made)
	require.Equal(t, c.App.Info().AppHash, c.Replay(app.Options{Dir: t.TempDir()}))
}

func contains(results []*chanceryv1.ScheduledResult, contract string) bool {
	for _, r := range results {
		if r.Contract == contract {
			return true
		}
	}
	return false
}

// TestScheduledStorage: calls that wait are state as any other and count to the
// stored bytes of the contract's organisation, until they ran or are cancelled.
func TestScheduledStorage(t *testing.T) {
	c := newRemindChain(t, nil)
	stored := func() uint64 {
		o, err := c.App.Query().Quota("records")
		require.NoError(t, err)
		return o.BytesUsed
	}
	before := stored()
	note := strings.Repeat("n", 32)
	remind := func(note string) []byte {
		return c.do(t, "records/aa", "Remind", `{"seconds":"60","note":"`+note+`"}`)
	}
	c.Must(remind(note))
	require.Greater(t, stored(), before+32)
	require.Less(t, stored(), before+100)
	c.Must(c.do(t, "records/aa", "Forget", `{"id":"1"}`))
	require.Equal(t, before, stored())

	c.Must(remind("fail"))
	require.Greater(t, stored(), before)
	res := c.BlockAt(c.Time.Add(2 * time.Minute))
	require.Len(t, res.Scheduled, 1)
	require.EqualValues(t, apperr.ContractFailed, res.Scheduled[0].Result.Code)
	require.Equal(t, before, stored(), "also after a call that failed")

	operator := apptest.Key("city-operator", key.Ed25519)
	b := c.Body(operator, "city")
	room := before + 32
	b.Action = &chanceryv1.TxBody_SetQuota{SetQuota: &chanceryv1.SetQuota{Org: "records", GasPerPeriod: 100_000_000_000, StoredBytes: &room}}
	c.Must(c.Sign(b, operator))
	refused := c.Block(remind(note)).Results[0]
	require.EqualValues(t, apperr.QuotaExceeded, refused.Code, refused.Log)
	require.Equal(t, before, stored())
	require.Equal(t, c.App.Info().AppHash, c.Replay(app.Options{Dir: t.TempDir()}))
}

// TestScheduledQuota: a call that the quota does not cover waits and is not lost.
func TestScheduledQuota(t *testing.T) {
	c := newRemindChain(t, nil)
	c.Must(c.do(t, "records/aa", "Remind", `{"seconds":"60","note":"tea"}`))
	operator := apptest.Key("city-operator", key.Ed25519)
	b := c.Body(operator, "city")
	b.Action = &chanceryv1.TxBody_SetQuota{SetQuota: &chanceryv1.SetQuota{Org: "records", GasPerPeriod: used(t, c, "records") + 1_000_000}}
	c.Must(c.Sign(b, operator))

	res := c.BlockAt(c.Time.Add(2 * time.Minute))
	require.Len(t, res.Scheduled, 1)
	require.EqualValues(t, apperr.QuotaExceeded, res.Scheduled[0].Result.Code)
	require.Zero(t, res.Scheduled[0].Result.GasUsed)
	require.Equal(t, []uint64{1}, c.waiting(t, "records/aa"))
	require.Empty(t, c.Block().Scheduled, "it is not tried in every block")

	b = c.Body(operator, "city")
	b.Action = &chanceryv1.TxBody_SetQuota{SetQuota: &chanceryv1.SetQuota{Org: "records", GasPerPeriod: 100_000_000_000}}
	c.Must(c.Sign(b, operator))
	res = c.BlockAt(c.Time.Add(time.Hour))
	require.Len(t, res.Scheduled, 1, "within the hour, not in the next period")
	require.Zero(t, res.Scheduled[0].Result.Code, res.Scheduled[0].Result.Log)
	require.Empty(t, c.waiting(t, "records/aa"))
}

// TestScheduledBeyondQuota: a call that asks for more than its organisation's quota of a
// whole period can never be paid. It fails as soon as it is due, and those behind it
// go on; none can be asked for any more.
func TestScheduledBeyondQuota(t *testing.T) {
	c := newRemindChain(t, nil)
	c.Must(c.do(t, "records/aa", "Remind", `{"seconds":"60","note":"large","gas":"20000001"}`))
	c.Must(c.do(t, "records/aa", "Remind", `{"seconds":"61","note":"small","gas":"5000000"}`))
	operator := apptest.Key("city-operator", key.Ed25519)
	b := c.Body(operator, "city")
	b.Action = &chanceryv1.TxBody_SetQuota{SetQuota: &chanceryv1.SetQuota{Org: "records", GasPerPeriod: 20_000_000}}
	c.Must(c.Sign(b, operator))

	res := c.BlockAt(c.Time.Add(2 * time.Minute))
	require.Len(t, res.Scheduled, 2)
	large, small := res.Scheduled[0], res.Scheduled[1]
	require.EqualValues(t, 1, large.Id)
	require.EqualValues(t, apperr.QuotaExceeded, large.Result.Code)
	require.Zero(t, large.Result.GasUsed)
	require.False(t, large.Postponed)
	require.Equal(t, "chancery.v1.ScheduledCallFailed", res.Events[0].Type)
	failed, err := c.App.Query().ScheduledCall("records/aa", 1, nil)
	require.NoError(t, err)
	require.EqualValues(t, apperr.QuotaExceeded, failed.Result.GetCode(), "whoever asks is told")
	require.EqualValues(t, apperr.QuotaExceeded, small.Result.Code)
	require.True(t, small.Postponed, "what a period's quota would cover waits for the next period")
	require.Equal(t, []uint64{2}, c.waiting(t, "records/aa"))

	res = c.BlockAt(c.Time.Add(24 * time.Hour))
	require.Len(t, res.Scheduled, 1)
	require.Zero(t, res.Scheduled[0].Result.Code, res.Scheduled[0].Result.Log)
	refused := c.Block(c.do(t, "records/aa", "Remind", `{"seconds":"60","note":"x","gas":"20000001"}`)).Results[0]
	require.EqualValues(t, apperr.ContractTrap, refused.Code, "as for more than the chain gives")
	require.Empty(t, c.waiting(t, "records/aa"))
	require.Equal(t, c.App.Info().AppHash, c.Replay(app.Options{Dir: t.TempDir()}))
}

// TestScheduledFrozen: a freeze holds scheduled calls back and does not lose them.
func TestScheduledFrozen(t *testing.T) {
	c := newRemindChain(t, nil)
	c.Must(c.do(t, "records/aa", "Remind", `{"seconds":"60","note":"tea"}`))
	admin := apptest.Key("records-admin", key.Ed25519)
	b := c.Body(admin, "records")
	b.Action = &chanceryv1.TxBody_FreezeContract{FreezeContract: &chanceryv1.FreezeContract{Contract: "records/aa", Reason: "a fault"}}
	c.Must(c.Sign(b, admin))
	res := c.BlockAt(c.Time.Add(2 * time.Minute))
	require.Len(t, res.Scheduled, 1)
	require.EqualValues(t, apperr.Frozen, res.Scheduled[0].Result.Code)
	require.True(t, res.Scheduled[0].Postponed)
	require.Equal(t, "chancery.v1.ScheduledCallFailed", res.Events[0].Type)
	require.Equal(t, []uint64{1}, c.waiting(t, "records/aa"))
	require.Empty(t, c.Block().Scheduled)

	b = c.Body(admin, "records")
	b.Action = &chanceryv1.TxBody_UnfreezeContract{UnfreezeContract: &chanceryv1.UnfreezeContract{Contract: "records/aa"}}
	c.Must(c.Sign(b, admin))
	res = c.BlockAt(c.Time.Add(time.Hour))
	require.Len(t, res.Scheduled, 1)
	require.Zero(t, res.Scheduled[0].Result.Code, res.Scheduled[0].Result.Log)
	require.Equal(t, c.App.Info().AppHash, c.Replay(app.Options{Dir: t.TempDir()}))
}
