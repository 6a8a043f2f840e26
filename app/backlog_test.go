package app_test

import (
	"crypto/sha256"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/app"
	"github.com/chancery-chain/chancery/app/apperr"
	"github.com/chancery-chain/chancery/app/apptest"
	"github.com/chancery-chain/chancery/app/key"
	"github.com/chancery-chain/chancery/runtime/abi"
	w "github.com/chancery-chain/chancery/runtime/wasm/wasmtest"
)

// backlogGas is the gas limit of each call that the greedy contract asks for.
const backlogGas = 1_000_000

// newBacklog is a chain on which the contract records/bad asked for n thousand calls
// of itself in an hour, and housing/ok for n.
func newBacklog(t *testing.T, thousands int) *apptest.Chain {
	t.Helper()
	c := apptest.New(t, nil)
	asks := func(calls int32) []byte {
		return hostileCode(t, func(m *w.Module) w.Code {
			schedule := m.ImportFunc(abi.Module, "schedule", w.Type(abi.I64, abi.I32, abi.I32, abi.I32, abi.I32, abi.I64)(abi.I64))
			left := m.Global(abi.I32, true, w.I32Const(calls))
			m.Data(64, []byte("Bump"))
			return w.Loop(w.Empty,
				w.I64Const(apptest.Start.Add(time.Hour).UnixNano()), w.I32Const(64), w.I32Const(4), w.I32Const(0), w.I32Const(0), w.I64Const(backlogGas),
				w.Call(schedule), w.Drop,
				w.GlobalGet(left), w.I32Const(1), w.I32Sub, w.GlobalSet(left), w.GlobalGet(left), w.BrIf(0))
		})
	}
	for _, dep := range []struct {
		org, name string
		calls     int32
	}{{"records", "records/bad", 1000}, {"housing", "housing/ok", 1}} {
		dev := apptest.Key(dep.org+"-dev", key.Ed25519)
		code := asks(dep.calls)
		hash := sha256.Sum256(code)
		c.Must(c.Upload(dev, dep.org, pack(t, code)))
		c.Must(c.Deploy(dev, dep.org, dep.name, hash[:], nil))
		clerk := apptest.Key(dep.org+"-clerk", key.SM2)
		for range thousands {
			b := c.Body(clerk, dep.org)
			b.GasLimit = 100_000_000
			b.Action = &chanceryv1.TxBody_Execute{Execute: &chanceryv1.Execute{Contract: dep.name, Method: "Bump"}}
			c.Must(c.Sign(b, clerk))
		}
	}
	require.Len(t, waitingIDs(t, c, "records/bad"), 100, "a full page")
	return c
}

func waitingIDs(t *testing.T, c *apptest.Chain, contract string) (ids []uint64) {
	t.Helper()
	calls, _, err := c.App.Query().Scheduled(contract, 100, "", nil)
	require.NoError(t, err)
	for _, call := range calls {
		ids = append(ids, call.Id)
	}
	return ids
}

func setRecordsQuota(c *apptest.Chain, gas uint64) {
	operator := apptest.Key("city-operator", key.Ed25519)
	b := c.Body(operator, "city")
	b.Action = &chanceryv1.TxBody_SetQuota{SetQuota: &chanceryv1.SetQuota{Org: "records", GasPerPeriod: gas}}
	c.Must(c.Sign(b, operator))
}

// TestBacklogOfUsedQuota: ten thousand due calls of a contract whose organisation has
// used up its quota cost a block one look, and the blocks of the next hour none.
func TestBacklogOfUsedQuota(t *testing.T) {
	c := newBacklog(t, 10)
	setRecordsQuota(c, backlogGas)
	began := time.Now()
	res := c.BlockAt(apptest.Start.Add(time.Hour))
	t.Logf("the first block took %s", time.Since(began))
	looks := 0
	for _, r := range res.Scheduled {
		if r.Contract == "records/bad" {
			looks++
			require.EqualValues(t, apperr.QuotaExceeded, r.Result.Code)
			require.True(t, r.Postponed)
		}
	}
	require.Equal(t, 1, looks)
	for range 5 {
		require.NotContains(t, contracts(c.Block()), "records/bad")
	}
	require.Contains(t, contracts(c.BlockAt(apptest.Start.Add(2*time.Hour))), "records/bad")
}

// TestBacklogBeyondQuota: ten thousand due calls that can never be paid fail, so many
// in a block as calls may run there, and delay nobody else's.
func TestBacklogBeyondQuota(t *testing.T) {
	c := newBacklog(t, 10)
	setRecordsQuota(c, backlogGas-1)
	res := c.BlockAt(apptest.Start.Add(time.Hour))
	require.Contains(t, contracts(res)[:2], "housing/ok", "each in its turn")
	// It asks for a call again whenever it runs, and has shown what it should.
	admin := apptest.Key("housing-admin", key.Ed25519)
	b := c.Body(admin, "housing")
	b.Action = &chanceryv1.TxBody_FreezeContract{FreezeContract: &chanceryv1.FreezeContract{Contract: "housing/ok", Reason: "done"}}
	freeze := c.Sign(b, admin)
	failed, longest := 0, time.Duration(0)
	for blocks := 1; ; blocks++ {
		require.LessOrEqual(t, len(res.Scheduled), 500)
		for _, r := range res.Scheduled {
			if r.Contract == "records/bad" {
				require.EqualValues(t, apperr.QuotaExceeded, r.Result.Code)
				require.False(t, r.Postponed)
				require.Zero(t, r.Result.GasUsed)
				failed++
			}
		}
		if failed == 10_000 {
			break
		}
		require.Less(t, blocks, 25)
		began := time.Now()
		res = c.Block(freeze) // a replay from the second time on
		longest = max(longest, time.Since(began))
	}
	t.Logf("the slowest of these blocks took %s", longest)
	require.Empty(t, waitingIDs(t, c, "records/bad"))
	require.NotContains(t, contracts(c.Block()), "records/bad")
	require.Equal(t, c.App.Info().AppHash, c.Replay(app.Options{Dir: t.TempDir()}))
}

func contracts(res *app.BlockResult) (names []string) {
	for _, r := range res.Scheduled {
		names = append(names, r.Contract)
	}
	return names
}
