package app_test

import (
	"bytes"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/timestamppb"

	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/app"
	"github.com/chancery-chain/chancery/app/apperr"
	"github.com/chancery-chain/chancery/app/apptest"
	"github.com/chancery-chain/chancery/app/key"
	"github.com/chancery-chain/chancery/app/tx"
)

var (
	operator     = apptest.Key("city-operator", key.Ed25519)
	recordsAdmin = apptest.Key("records-admin", key.Ed25519)
	recordsDev   = apptest.Key("records-dev", key.Ed25519)
	recordsClerk = apptest.Key("records-clerk", key.SM2)
)

// TestRefusedTxs gives each malformed or forbidden tx to CheckTx and to a block:
// both must answer with the same stable code, and neither may change the state.
func TestRefusedTxs(t *testing.T) {
	stranger := apptest.Key("stranger", key.Ed25519)
	setMember := func(b *chanceryv1.TxBody) *chanceryv1.TxBody {
		b.Action = &chanceryv1.TxBody_SetMember{SetMember: &chanceryv1.SetMember{
			Key: apptest.APIKey(stranger.Public()), Member: true, Roles: []string{"clerk"},
		}}
		return b
	}
	good := func(c *apptest.Chain) *chanceryv1.TxBody { return setMember(c.Body(recordsAdmin, "records")) }
	edit := func(f func(c *apptest.Chain, b *chanceryv1.TxBody)) func(*apptest.Chain) []byte {
		return func(c *apptest.Chain) []byte {
			b := good(c)
			f(c, b)
			return c.Sign(b, recordsAdmin)
		}
	}
	cases := []struct {
		name string
		raw  func(c *apptest.Chain) []byte
		want apperr.Code
		help string // part of the sentence that a client sees
	}{
		{"empty", func(*apptest.Chain) []byte { return nil }, apperr.InvalidTx, "empty"},
		{"garbage", func(*apptest.Chain) []byte { return []byte("not a tx") }, apperr.InvalidTx, "Tx"},
		{"truncated", func(c *apptest.Chain) []byte { raw := c.Sign(good(c), recordsAdmin); return raw[:len(raw)-9] }, apperr.InvalidTx, "decode"},
		{"oversized", func(*apptest.Chain) []byte { return make([]byte, tx.MaxBytes+1) }, apperr.InvalidTx, "bytes"},
		{"trailing field", func(c *apptest.Chain) []byte { return append(c.Sign(good(c), recordsAdmin), 0x78, 1) }, apperr.InvalidTx, "canonical"},
		{"wrong chain", edit(func(_ *apptest.Chain, b *chanceryv1.TxBody) { b.ChainId = "other-1" }), apperr.InvalidTx, "other-1"},
		{"no action", edit(func(_ *apptest.Chain, b *chanceryv1.TxBody) { b.Action = nil }), apperr.InvalidTx, "action"},
		{"bad origin", edit(func(_ *apptest.Chain, b *chanceryv1.TxBody) { b.Origin = "cy1nonsense" }), apperr.InvalidTx, "origin"},
		{"origin in capitals", edit(func(_ *apptest.Chain, b *chanceryv1.TxBody) { b.Origin = string(bytes.ToUpper([]byte(b.Origin))) }), apperr.InvalidTx, "origin"},
		{"long salt", edit(func(_ *apptest.Chain, b *chanceryv1.TxBody) { b.Salt = make([]byte, 33) }), apperr.InvalidTx, "salt"},
		{"no valid_until", edit(func(_ *apptest.Chain, b *chanceryv1.TxBody) { b.ValidUntil = nil }), apperr.InvalidTx, "valid_until"},
		{"expired", edit(func(c *apptest.Chain, b *chanceryv1.TxBody) { b.ValidUntil = timestamppb.New(c.Time.Add(-time.Second)) }), apperr.Expired, "valid_until"},
		{"valid too long", edit(func(c *apptest.Chain, b *chanceryv1.TxBody) { b.ValidUntil = timestamppb.New(c.Time.Add(time.Hour)) }), apperr.Expired, "10m0s"},
		{"gas limit of zero", edit(func(_ *apptest.Chain, b *chanceryv1.TxBody) { b.GasLimit = 0 }), apperr.OutOfGas, "simulations only"},
		{"gas limit too high", edit(func(_ *apptest.Chain, b *chanceryv1.TxBody) { b.GasLimit = 1 << 63 }), apperr.InvalidTx, "gas_limit"},
		{"unsigned", func(c *apptest.Chain) []byte { raw, _ := tx.Unsigned(good(c)); return raw }, apperr.Unauthenticated, "signature"},
		{"signature of another body", func(c *apptest.Chain) []byte {
			raw := c.Sign(good(c), recordsAdmin)
			raw[len(raw)-1] ^= 1
			return raw
		}, apperr.Unauthenticated, "signature is wrong"},
		{"key of another account", func(c *apptest.Chain) []byte { return c.Sign(good(c), recordsDev) }, apperr.Unauthenticated, "does not belong"},
		{"unknown account", func(c *apptest.Chain) []byte { return c.Sign(setMember(c.Body(stranger, "records")), stranger) }, apperr.PermissionDenied, "no member"},
		{"unknown organisation", edit(func(_ *apptest.Chain, b *chanceryv1.TxBody) { b.Org = "nowhere" }), apperr.NotFound, "nowhere"},
		{"not a member", edit(func(_ *apptest.Chain, b *chanceryv1.TxBody) { b.Org = "housing" }), apperr.PermissionDenied, "no member"},
		{"member without role admin", func(c *apptest.Chain) []byte { return c.Sign(setMember(c.Body(recordsDev, "records")), recordsDev) }, apperr.PermissionDenied, `"admin"`},
		{"upload without role developer", func(c *apptest.Chain) []byte { return c.Upload(recordsAdmin, "records", []byte{1}) }, apperr.PermissionDenied, `"developer"`},
		{"deploy without role developer", func(c *apptest.Chain) []byte {
			return c.Deploy(recordsAdmin, "records", "records/x1", make([]byte, 32), nil)
		}, apperr.PermissionDenied, `"developer"`},
		{"deploy under another name", func(c *apptest.Chain) []byte {
			return c.Deploy(recordsDev, "records", "housing/x1", make([]byte, 32), nil)
		}, apperr.InvalidTx, "housing"},
		{"create org without role operator", edit(func(_ *apptest.Chain, b *chanceryv1.TxBody) {
			b.Action = &chanceryv1.TxBody_CreateOrg{CreateOrg: &chanceryv1.CreateOrg{Name: "mine", Admin: apptest.APIKey(stranger.Public())}}
		}), apperr.PermissionDenied, "operators"},
		{"set quota without role operator", edit(func(_ *apptest.Chain, b *chanceryv1.TxBody) {
			b.Action = &chanceryv1.TxBody_SetQuota{SetQuota: &chanceryv1.SetQuota{Org: "records", GasPerPeriod: 1 << 60}}
		}), apperr.PermissionDenied, "operators"},
		{"unsorted roles", edit(func(_ *apptest.Chain, b *chanceryv1.TxBody) {
			b.GetSetMember().Roles = []string{"b", "a"}
		}), apperr.InvalidTx, "sorted"},
	}
	c := apptest.New(t, nil)
	c.Block()
	before := c.App.Info().AppHash
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			raw := tc.raw(c)
			checked := c.App.CheckTx(raw, false)
			require.Equal(t, tc.want, apperr.CodeOf(checked.Err), "CheckTx: %v", checked.Err)
			require.ErrorContains(t, checked.Err, tc.help)
			res := c.Block(raw).Results[0]
			require.Equal(t, uint32(tc.want), res.Code, res.Log)
			require.Contains(t, res.Log, tc.help)
			require.Zero(t, res.GasUsed)
			require.Empty(t, res.Data)
		})
	}
	_, err := c.App.Query().Account(stranger.Public().Address().String())
	require.ErrorIs(t, err, apperr.NotFound.Err())
	// Authenticated txs are remembered in the replay window, so the hash moves,
	// but every organisation's usage is as it was.
	require.NotEqual(t, before, c.App.Info().AppHash)
	org, err := c.App.Query().Org("records")
	require.NoError(t, err)
	require.Zero(t, org.GasUsed)
}

// TestReplayedTx sends one tx twice, in one block and in two, also with another
// signature of the same signer over the same body.
func TestReplayedTx(t *testing.T) {
	c := apptest.New(t, nil)
	member := apptest.Key("new member", key.SM2)
	raw := c.SetMember(recordsAdmin, "records", member.Public(), true, "clerk")
	res := c.Block(raw, raw)
	require.Zero(t, res.Results[0].Code, res.Results[0].Log)
	require.Equal(t, uint32(apperr.Replayed), res.Results[1].Code)
	require.ErrorIs(t, c.App.CheckTx(raw, false).Err, apperr.Replayed.Err())
	require.Equal(t, uint32(apperr.Replayed), c.Block(raw).Results[0].Code)
	c.Restart()
	require.ErrorIs(t, c.App.CheckTx(raw, false).Err, apperr.Replayed.Err(), "the window survives a restart")

	body := c.Body(recordsClerk, "records")
	body.Action = &chanceryv1.TxBody_Execute{Execute: &chanceryv1.Execute{Contract: "records/none", Method: "M"}}
	first, second := c.Sign(body, recordsClerk), c.Sign(body, recordsClerk)
	require.NotEqual(t, first, second, "sm2 signatures are randomised")
	got := c.Block(first, second).Results
	require.Equal(t, uint32(apperr.NotFound), got[0].Code)
	require.Equal(t, uint32(apperr.Replayed), got[1].Code)

	first_, err := c.App.Query().Tx(got[0].TxHash)
	require.NoError(t, err)
	require.Equal(t, uint32(apperr.NotFound), first_.Code, "the first result stays")
}

// TestForgedTxLeavesNoTrace puts a body with a wrong signature into a block
// before the real one: nothing may be remembered under the body's hash.
func TestForgedTxLeavesNoTrace(t *testing.T) {
	c := apptest.New(t, nil)
	raw := c.SetMember(recordsAdmin, "records", apptest.Key("x", key.Ed25519).Public(), true)
	forged := bytes.Clone(raw)
	forged[len(forged)-1] ^= 1
	res := c.Block(forged).Results[0]
	require.Equal(t, uint32(apperr.Unauthenticated), res.Code)
	require.Empty(t, res.TxHash, "whoever waits for the real one must not be told of this one")
	c.Must(raw)
}

// TestTxBeforeItsTimeIsNotTold puts a tx into a block that it is not yet valid
// in, as a proposer can. It may still be committed, so it has no result yet.
func TestTxBeforeItsTimeIsNotTold(t *testing.T) {
	c := apptest.New(t, nil)
	b := c.Body(recordsAdmin, "records")
	b.ValidUntil = timestamppb.New(c.Time.Add(10*time.Minute + 3*time.Second))
	b.Action = &chanceryv1.TxBody_SetMember{SetMember: &chanceryv1.SetMember{
		Key: apptest.APIKey(apptest.Key("x", key.Ed25519).Public()), Member: true,
	}}
	raw := c.Sign(b, recordsAdmin)
	res := c.Block(raw).Results[0]
	require.Equal(t, uint32(apperr.Expired), res.Code)
	require.Empty(t, res.TxHash)
	c.BlockAt(c.Time.Add(5 * time.Second))
	require.Equal(t, res.GasWanted, c.Must(raw).GasWanted)
}

func TestMembersAndOrgs(t *testing.T) {
	c := apptest.New(t, nil)
	clerk := apptest.Key("second clerk", key.SM2)
	res := c.Must(c.SetMember(recordsAdmin, "records", clerk.Public(), true, "clerk", "developer"))
	require.Equal(t, "chancery.v1.MemberSet", res.Events[0].Type)
	acc, err := c.App.Query().Account(clerk.Public().Address().String())
	require.NoError(t, err)
	require.Equal(t, []string{"records"}, acc.Orgs)

	// A removed role fails from the next tx on, within one block.
	upload := c.Upload(clerk, "records", []byte("no gzip"))
	revoke := c.SetMember(recordsAdmin, "records", clerk.Public(), true, "clerk")
	got := c.Block(revoke, upload).Results
	require.Zero(t, got[0].Code, got[0].Log)
	require.Equal(t, uint32(apperr.PermissionDenied), got[1].Code)

	c.Must(c.SetMember(recordsAdmin, "records", clerk.Public(), false))
	again := c.Block(c.SetMember(recordsAdmin, "records", clerk.Public(), false)).Results[0]
	require.Equal(t, uint32(apperr.NotFound), again.Code)
	itself := c.Block(c.SetMember(recordsAdmin, "records", recordsAdmin.Public(), true, "clerk")).Results[0]
	require.Equal(t, uint32(apperr.PermissionDenied), itself.Code)

	notary := apptest.Key("notary-admin", key.SM2)
	b := c.Body(operator, "city")
	b.Action = &chanceryv1.TxBody_CreateOrg{CreateOrg: &chanceryv1.CreateOrg{
		Name: "notary", Title: "公证处", Admin: apptest.APIKey(notary.Public()), GasPerPeriod: 50_000_000,
	}}
	raw := c.Sign(b, operator)
	c.Must(raw)
	org, err := c.App.Query().Org("notary")
	require.NoError(t, err)
	require.Equal(t, "公证处", org.Title)
	b = c.Body(operator, "city")
	b.Action = &chanceryv1.TxBody_CreateOrg{CreateOrg: &chanceryv1.CreateOrg{Name: "notary", Admin: apptest.APIKey(notary.Public())}}
	require.Equal(t, uint32(apperr.AlreadyExists), c.Block(c.Sign(b, operator)).Results[0].Code)
	c.Must(c.SetMember(notary, "notary", clerk.Public(), true, "clerk"))
}

// TestQuota spends a small quota, meets the refusal, and gets the next period's.
func TestQuota(t *testing.T) {
	g := apptest.Genesis()
	g.Orgs[1].GasPerPeriod = 1_000_000
	c := apptest.New(t, g)
	small := func() []byte {
		b := c.Body(recordsAdmin, "records")
		b.GasLimit = 300_000
		b.Action = &chanceryv1.TxBody_SetMember{SetMember: &chanceryv1.SetMember{
			Key: apptest.APIKey(apptest.Key("q", key.Ed25519).Public()), Member: true,
		}}
		return c.Sign(b, recordsAdmin)
	}
	var used uint64
	for used+300_000 <= 1_000_000 {
		used += c.Must(small()).GasUsed
	}
	org, err := c.App.Query().Org("records")
	require.NoError(t, err)
	require.Equal(t, used, org.GasUsed)

	raw := small()
	require.ErrorIs(t, c.App.CheckTx(raw, false).Err, apperr.QuotaExceeded.Err())
	res := c.Block(raw).Results[0]
	require.Equal(t, uint32(apperr.QuotaExceeded), res.Code)
	require.Zero(t, res.GasUsed)

	c.BlockAt(c.Time.Add(24 * time.Hour))
	c.Must(small())
	b := c.Body(operator, "city")
	b.Action = &chanceryv1.TxBody_SetQuota{SetQuota: &chanceryv1.SetQuota{Org: "records", GasPerPeriod: 0}}
	c.Must(c.Sign(b, operator))
	require.Equal(t, uint32(apperr.QuotaExceeded), c.Block(small()).Results[0].Code)
}

// TestEmptyBlocksKeepTheAppHash: an idle chain must be able to rest.
func TestEmptyBlocksKeepTheAppHash(t *testing.T) {
	c := apptest.New(t, nil)
	c.Must(c.SetMember(recordsAdmin, "records", apptest.Key("m", key.Ed25519).Public(), true))
	hash := c.App.Info().AppHash
	for range 5 {
		require.Equal(t, hash, c.Block().AppHash)
	}
	c.BlockAt(c.Time.Add(time.Hour))
	require.Equal(t, hash, c.App.Info().AppHash, "expired replay leaves wait for a block with txs")
}

// TestReplaySameAppHash replays a chain on a new state machine, and again after
// restarts between all blocks.
func TestReplaySameAppHash(t *testing.T) {
	c := apptest.New(t, nil)
	for i := range 12 {
		raw := c.SetMember(recordsAdmin, "records", apptest.Key(string(rune('a'+i)), key.Ed25519).Public(), i%3 != 2, []string{"clerk"}[:1-(i%3)/2]...)
		c.Block(raw, raw)
		if i%4 == 3 {
			c.Restart()
			c.BlockAt(c.Time.Add(7 * time.Minute))
		}
	}
	require.Equal(t, c.App.Info().AppHash, c.Replay(app.Options{Dir: t.TempDir()}))
}

// TestCrashBetweenExecuteAndCommit loses an executed block and executes it again.
func TestCrashBetweenExecuteAndCommit(t *testing.T) {
	c := apptest.New(t, nil)
	c.Block()
	b := app.Block{Height: 2, Time: c.Time.Add(time.Second), Txs: [][]byte{
		c.SetMember(recordsAdmin, "records", apptest.Key("m", key.Ed25519).Public(), true),
	}}
	first, err := c.App.ExecuteBlock(b)
	require.NoError(t, err)
	c.Restart()
	require.Equal(t, int64(1), c.App.Info().Height)
	require.Equal(t, apptest.Start.Add(time.Second), c.App.Info().BlockTime)
	second, err := c.App.ExecuteBlock(b)
	require.NoError(t, err)
	require.Equal(t, first.AppHash, second.AppHash)
	third, err := c.App.ExecuteBlock(b)
	require.NoError(t, err, "a block may be executed again until it is committed")
	require.Equal(t, first.AppHash, third.AppHash)
	_, err = c.App.Commit()
	require.NoError(t, err)
	_, err = c.App.ExecuteBlock(b)
	require.ErrorContains(t, err, "next height is 3")
	_, err = c.App.Commit()
	require.Error(t, err)
}

// TestCheckTxBeforeFirstBlock: a tx submitted right after the start is checked
// against the genesis.
func TestCheckTxBeforeFirstBlock(t *testing.T) {
	c := apptest.New(t, nil)
	raw := c.SetMember(recordsAdmin, "records", apptest.Key("m", key.Ed25519).Public(), true)
	require.NoError(t, c.App.CheckTx(raw, false).Err)
	c.Must(raw)
}

// TestOldChainTakesFreshTxs: after a long stop the last block's time lies far
// back; fresh txs are accepted and wait until a block has the new time.
func TestOldChainTakesFreshTxs(t *testing.T) {
	now := apptest.Start
	c := apptest.NewWith(t, nil, app.Options{Dir: t.TempDir(), Now: func() time.Time { return now }})
	c.Block()
	now = c.Time.Add(48 * time.Hour)
	old := c.Time
	c.Time = now
	raw := c.SetMember(recordsAdmin, "records", apptest.Key("m", key.Ed25519).Public(), true)
	require.NoError(t, c.App.CheckTx(raw, false).Err)
	require.Empty(t, c.App.PrepareTxs([][]byte{raw}, 1<<20, 2, old.Add(time.Second)), "the first block still has the old time")
	require.Len(t, c.App.PrepareTxs([][]byte{raw}, 1<<20, 3, now), 1)
}

func TestProposals(t *testing.T) {
	g := apptest.Genesis()
	g.Params = &app.GenesisParams{MaxCallGas: 2_000_000_000}
	c := apptest.New(t, g)
	c.Block()
	var txs [][]byte
	for i := range 4 {
		b := c.Body(recordsAdmin, "records")
		b.GasLimit = 700_000_000
		b.Salt = []byte{byte(i), 9}
		b.Action = &chanceryv1.TxBody_SetGuardian{SetGuardian: &chanceryv1.SetGuardian{}}
		txs = append(txs, c.Sign(b, recordsAdmin))
	}
	at := c.Time.Add(time.Second)
	picked := c.App.PrepareTxs(append(txs, txs[0], []byte("junk")), 1<<20, 2, at)
	require.Equal(t, txs[:2], picked, "block gas is 2 billion")
	require.NoError(t, c.App.CheckProposal(picked, 2, at))
	require.ErrorIs(t, c.App.CheckProposal(txs, 2, at), apperr.LimitExceeded.Err())
	require.ErrorIs(t, c.App.CheckProposal([][]byte{txs[0], txs[0]}, 2, at), apperr.Replayed.Err())
	require.Error(t, c.App.CheckProposal([][]byte{[]byte("junk")}, 2, at))
	one := int64(len(txs[0])) + 3 // tag and length
	require.Len(t, c.App.PrepareTxs(txs, one, 2, at), 1)
	require.Empty(t, c.App.PrepareTxs(txs, one-1, 2, at))
}

// TestPayersTakeTurns: an organisation that asks for all the gas of a block leaves
// room to others, whose txs came later.
func TestPayersTakeTurns(t *testing.T) {
	c := apptest.New(t, nil)
	c.Block()
	ask := func(org string, gas uint64, action *chanceryv1.TxBody) []byte {
		signer := apptest.Key(org+"-admin", key.Ed25519)
		b := c.Body(signer, org)
		b.GasLimit, b.Action = gas, action.Action
		return c.Sign(b, signer)
	}
	nothing := &chanceryv1.TxBody{Action: &chanceryv1.TxBody_SetGuardian{SetGuardian: &chanceryv1.SetGuardian{}}}
	var flood, txs [][]byte
	for range 25 {
		flood = append(flood, ask("records", 100_000_000, nothing))
	}
	mine := [][]byte{ask("housing", 200_000, nothing), ask("housing", 200_000, nothing), ask("city", 200_000, nothing)}
	txs = slices.Concat(flood, mine)
	picked := c.App.PrepareTxs(txs, 1<<20, 2, c.Time.Add(time.Second))
	require.Equal(t, slices.Concat(flood[:1], mine, flood[1:19]), picked)
	require.NoError(t, c.App.CheckProposal(picked, 2, c.Time.Add(time.Second)))

	// Nobody would pay for what the old keys signed.
	rotate := ask("records", 1_000_000, &chanceryv1.TxBody{Action: &chanceryv1.TxBody_SetKeys{SetKeys: &chanceryv1.SetKeys{
		Keys: []*chanceryv1.WeightedKey{{Key: apptest.APIKey(apptest.Key("new", key.Ed25519).Public()), Weight: 1}}, Threshold: 1,
	}}})
	picked = c.App.PrepareTxs(slices.Concat([][]byte{rotate}, flood, mine), 1<<20, 2, c.Time.Add(time.Second))
	require.Equal(t, slices.Concat([][]byte{rotate}, mine), picked)
}
