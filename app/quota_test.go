package app_test

import (
	"crypto/sha256"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/app"
	"github.com/chancery-chain/chancery/app/apperr"
	"github.com/chancery-chain/chancery/app/apptest"
	"github.com/chancery-chain/chancery/app/key"
	"github.com/chancery-chain/chancery/app/tx"
)

// vaultChain is a chain with the contract records/vault, whose method Give is
// sponsored with 1,000,000 gas a day, 400,000 an account and 200,000 a tx.
type vaultChain struct{ *apptest.Chain }

func newVaultChain(t testing.TB, g *app.Genesis) *vaultChain {
	code, err := app.VaultCode()
	require.NoError(t, err)
	c := &vaultChain{apptest.New(t, g)}
	hash := sha256.Sum256(code)
	c.Must(c.Upload(recordsDev, "records", app.StoreGzip(t, code)))
	c.Must(c.Deploy(recordsDev, "records", "records/vault", hash[:], nil))
	b := c.Body(recordsAdmin, "records")
	b.Action = &chanceryv1.TxBody_SetSponsorship{SetSponsorship: &chanceryv1.SetSponsorship{
		Contract: "records/vault", Method: "Give", GasPerPeriod: 1_000_000, GasPerAccount: 400_000, MaxGasPerTx: 200_000,
	}}
	c.Must(c.Sign(b, recordsAdmin))
	return c
}

// put returns a body that stores bytes under a key.
func (c *vaultChain) put(signer *key.Private, org, method string, at uint64, size uint32) *chanceryv1.TxBody {
	b := c.Body(signer, org)
	if org == "" {
		b.GasLimit = 200_000
	}
	b.Action = &chanceryv1.TxBody_Execute{Execute: &chanceryv1.Execute{
		Contract: "records/vault", Method: method, Payload: app.VaultRequest(at, size),
	}}
	return b
}

func (c *vaultChain) quota(t testing.TB, org string) *chanceryv1.OrgQuota {
	q, err := c.App.Query().Quota(org)
	require.NoError(t, err)
	return q
}

// leave sets the gas that the quota of records still covers.
func (c *vaultChain) leave(t testing.TB, gas uint64) {
	b := c.Body(operator, "city")
	b.Action = &chanceryv1.TxBody_SetQuota{SetQuota: &chanceryv1.SetQuota{
		Org: "records", GasPerPeriod: c.quota(t, "records").GasUsed + gas,
	}}
	c.Must(c.Sign(b, operator))
}

// TestCodeIsStored counts code to who uploaded it, once, as it was compressed.
func TestCodeIsStored(t *testing.T) {
	g := apptest.Genesis()
	small := uint64(10_000)
	g.Orgs[2].StoredBytes = &small
	c := &vaultChain{apptest.New(t, g)}
	c.Block()
	before := c.quota(t, "housing").BytesUsed
	require.NotZero(t, before, "its members")
	code, err := app.VaultCode()
	require.NoError(t, err)
	packed := app.StoreGzip(t, code)
	own := c.quota(t, "records").BytesUsed
	c.Must(c.Upload(recordsDev, "records", packed))
	require.Equal(t, own+uint64(len(packed)), c.quota(t, "records").BytesUsed)

	housingDev := apptest.Key("housing-dev", key.Ed25519)
	c.Must(c.Upload(housingDev, "housing", packed))
	require.Equal(t, before, c.quota(t, "housing").BytesUsed, "it was there already")

	bytecode := append([]byte{}, code...)
	bytecode = append(bytecode, 0, 2, 1, 'x') // another custom section, so another hash
	res := c.Block(c.Upload(housingDev, "housing", app.StoreGzip(t, bytecode))).Results[0]
	require.Equal(t, "QuotaExceeded", res.CodeName, res.Log)
	require.NotZero(t, res.GasUsed, "the work was done")
	hash := sha256.Sum256(bytecode)
	_, err = c.App.Query().Code(hash[:], true)
	require.ErrorIs(t, err, apperr.NotFound.Err(), "nothing of it stays")
}

// TestMempoolIsReserved: CheckTx counts the gas limits of what waits, so that no
// member can fill the mempool with more than its organisation could pay.
func TestMempoolIsReserved(t *testing.T) {
	c := newVaultChain(t, nil)
	c.leave(t, 31_000_000)
	var waiting [][]byte
	for n := range uint64(3) {
		waiting = append(waiting, c.Sign(c.put(recordsClerk, "records", "Put", n+1, 10), recordsClerk))
		require.NoError(t, c.App.CheckTx(waiting[len(waiting)-1], false).Err)
	}
	require.NoError(t, c.App.CheckTx(waiting[0], false).Err, "the same tx is not counted twice")
	more := c.Sign(c.put(recordsClerk, "records", "Put", 1, 10), recordsClerk)
	err := c.App.CheckTx(more, false).Err
	require.ErrorIs(t, err, apperr.QuotaExceeded.Err())
	require.ErrorContains(t, err, "wait for a block")
	housing := apptest.Key("housing-clerk", key.SM2)
	require.NoError(t, c.App.CheckTx(c.Sign(c.put(housing, "housing", "Put", 1, 10), housing), false).Err, "others have their own")

	res := c.Block(waiting[0]).Results[0]
	require.Zero(t, res.Code, res.Log)
	require.NoError(t, c.App.CheckTx(more, false).Err, "a commit forgets what waited")
	for _, raw := range waiting[1:] {
		require.NoError(t, c.App.CheckTx(raw, true).Err)
	}
	last := c.Sign(c.put(recordsClerk, "records", "Put", 1, 11), recordsClerk)
	require.ErrorIs(t, c.App.CheckTx(last, false).Err, apperr.QuotaExceeded.Err(), "and rechecks count it again")
}

// TestCitizensAreReserved: the caps of a sponsorship hold in the mempool too.
func TestCitizensAreReserved(t *testing.T) {
	c := newVaultChain(t, nil)
	check := func(name string, at uint64) error {
		k := apptest.Key(name, key.Ed25519)
		return c.App.CheckTx(c.Sign(c.put(k, "", "Give", at, 10), k), false).Err
	}
	require.NoError(t, check("ann", 1))
	require.NoError(t, check("ann", 2))
	require.ErrorIs(t, check("ann", 3), apperr.QuotaExceeded.Err(), "400,000 an account")
	require.NoError(t, check("bob", 4))
	require.NoError(t, check("bob", 5))
	require.NoError(t, check("cai", 6))
	require.ErrorIs(t, check("cai", 7), apperr.QuotaExceeded.Err(), "1,000,000 for all")
}

// TestProposalsKeepQuotas: what a proposal holds can run, so none of it fails for
// want of gas.
func TestProposalsKeepQuotas(t *testing.T) {
	c := newVaultChain(t, nil)
	c.leave(t, 31_000_000)
	ann := apptest.Key("ann", key.Ed25519)
	housing := apptest.Key("housing-clerk", key.SM2)
	var txs [][]byte
	for i := range uint64(6) {
		txs = append(txs,
			c.Sign(c.put(recordsClerk, "records", "Put", i+1, 10), recordsClerk),
			c.Sign(c.put(housing, "housing", "Put", i+20, 10), housing),
			c.Sign(c.put(ann, "", "Give", i+40, 10), ann),
			c.Sign(c.put(ann, "", "Put", i+60, 10), ann))
	}
	at := c.Time.Add(time.Second)
	picked := c.App.PrepareTxs(txs, 1<<20, c.Height+1, at)
	count := map[string]int{}
	for _, raw := range picked {
		d, err := tx.Decode(raw)
		require.NoError(t, err)
		count[d.Body.Org+d.Body.GetExecute().Method]++
	}
	require.Equal(t, map[string]int{"recordsPut": 3, "housingPut": 6, "Give": 2}, count)
	for i, r := range c.Block(picked...).Results {
		require.Zero(t, r.Code, "%d: %s", i, r.Log)
	}
}

// TestMaxCallGas: only what brings code may ask for more gas than a call.
func TestMaxCallGas(t *testing.T) {
	c := newVaultChain(t, nil)
	limits := c.App.Query().Limits()
	require.EqualValues(t, 100_000_000, limits.MaxCallGas)
	require.Greater(t, limits.MaxTxGas, limits.MaxCallGas)
	b := c.put(recordsClerk, "records", "Put", 1, 10)
	b.GasLimit = limits.MaxCallGas
	c.Must(c.Sign(b, recordsClerk))
	b = c.put(recordsClerk, "records", "Put", 1, 10)
	b.GasLimit = limits.MaxCallGas + 1
	raw := c.Sign(b, recordsClerk)
	require.ErrorIs(t, c.App.CheckTx(raw, false).Err, apperr.InvalidTx.Err())
	require.Equal(t, "InvalidTx", c.Block(raw).Results[0].CodeName)
	code, err := app.VaultCode()
	require.NoError(t, err)
	hash := sha256.Sum256(code)
	c.Must(c.Deploy(recordsDev, "records", "records/vault2", hash[:], nil)) // with 1,000,000,000

	g := apptest.Genesis()
	g.Params = &app.GenesisParams{MaxCallGas: 5_000_000}
	other := apptest.New(t, g)
	require.EqualValues(t, "InvalidTx", other.Block(other.SetMember(recordsAdmin, "records", recordsDev.Public(), true)).Results[0].CodeName)
	g.Params = &app.GenesisParams{MaxCallGas: 3_000_000_000}
	require.ErrorContains(t, g.Validate(), "max_call_gas")
	g.Params = &app.GenesisParams{MaxTxGas: 50_000_000}
	require.NoError(t, g.Validate(), "a lower max_tx_gas lowers it too")
}

// TestSimulateKnowsWhoPays: without a gas limit a simulation gets what whoever pays
// allows, and says so.
func TestSimulateKnowsWhoPays(t *testing.T) {
	c := newVaultChain(t, nil)
	ann := apptest.Key("ann", key.Ed25519)
	simulate := func(b *chanceryv1.TxBody) *chanceryv1.TxResult {
		b.GasLimit = 0
		raw, err := tx.Unsigned(b)
		require.NoError(t, err)
		res, err := c.App.Query().Simulate(t.Context(), raw)
		require.NoError(t, err)
		return res
	}
	before := c.App.Info().AppHash
	res := simulate(c.put(recordsClerk, "records", "Put", 1, 10))
	require.Zero(t, res.Code, res.Log)
	require.EqualValues(t, 100_000_000, res.GasWanted)
	require.Equal(t, "records", res.Payer)
	res = simulate(c.put(ann, "", "Give", 1, 10))
	require.Zero(t, res.Code, res.Log)
	require.EqualValues(t, 200_000, res.GasWanted)
	require.Equal(t, "records", res.Payer)
	b := c.put(ann, "", "Give", 1, 10)
	b.GasLimit = 200_000
	real := c.Must(c.Sign(b, ann))
	require.GreaterOrEqual(t, res.GasUsed, real.GasUsed, "room for the signature of any key")
	res = simulate(c.put(ann, "", "Put", 1, 10))
	require.Equal(t, "PermissionDenied", res.CodeName, res.Log)
	require.NotEqual(t, before, c.App.Info().AppHash)
	rows, _, err := c.App.Query().Usage(&chanceryv1.ListUsageRequest{Contract: "records/vault"})
	require.NoError(t, err)
	var txs uint64
	for _, r := range rows {
		if r.Method == "Give" {
			txs += r.Txs
		}
	}
	require.EqualValues(t, 1, txs, "simulations count for nothing")
}

// TestUpgradeEndsSponsorship: code that takes the option back is not paid for, even
// while the sponsorship stands.
func TestUpgradeEndsSponsorship(t *testing.T) {
	c := newVaultChain(t, nil)
	ann := apptest.Key("ann", key.Ed25519)
	c.Must(c.Sign(c.put(ann, "", "Give", 1, 10), ann))
	code, err := app.ClosedVaultCode()
	require.NoError(t, err)
	hash := sha256.Sum256(code)
	c.Must(c.Upload(recordsDev, "records", app.StoreGzip(t, code)))
	b := c.Body(recordsDev, "records")
	b.GasLimit = 1_000_000_000
	b.Action = &chanceryv1.TxBody_Upgrade{Upgrade: &chanceryv1.Upgrade{Contract: "records/vault", CodeHash: hash[:], Breaking: true}}
	c.Must(c.Sign(b, recordsDev))
	res := c.Block(c.Sign(c.put(ann, "", "Give", 1, 10), ann)).Results[0]
	require.Equal(t, "PermissionDenied", res.CodeName, res.Log)
	require.Equal(t, "records", res.Payer, "finding out was paid for")
}

// TestUsageAddsUp: the lines of the breakdown have the gas of all results, before
// and after a restart.
func TestUsageAddsUp(t *testing.T) {
	c := newVaultChain(t, nil)
	ann := apptest.Key("ann", key.Ed25519)
	for i := range uint64(5) {
		c.Block(
			c.Sign(c.put(recordsClerk, "records", "Put", i+1, 10), recordsClerk),
			c.Sign(c.put(ann, "", "Give", i+10, 10), ann),
			c.Sign(c.put(recordsClerk, "records", fmt.Sprintf("No%d", i), 1, 1), recordsClerk))
		if i == 2 {
			c.Restart()
		}
	}
	rows, next, err := c.App.Query().Usage(&chanceryv1.ListUsageRequest{Org: "records", FromDay: "2026-03-02", ToDay: "2026-03-02"})
	require.NoError(t, err)
	require.Empty(t, next)
	sum := map[string]uint64{}
	for _, r := range rows {
		sum["gas"] += r.Gas
		sum["sponsored"] += r.SponsoredGas
		sum[r.Contract+"."+r.Method] += r.Txs
	}
	q := c.quota(t, "records")
	require.Equal(t, map[string]uint64{
		"gas": q.GasUsed, "sponsored": q.SponsoredGas, "records/vault.Put": 5, "records/vault.Give": 2, // the cap of an account
		".execute": 5, ".upload_code": 1, "records/vault.deploy": 1, "records/vault.set_sponsorship": 1,
	}, sum, "methods that do not exist share a line")
	for _, bad := range []*chanceryv1.ListUsageRequest{{FromDay: "today"}, {ToDay: "2026-13-01"}, {PageToken: "x"}} {
		_, _, err := c.App.Query().Usage(bad)
		require.ErrorIs(t, err, apperr.InvalidTx.Err())
	}
}

// TestUsageNamesNoInventedMethods: the breakdown is kept for ever, and whoever calls a
// frozen contract, or asks for another version, can write any method's name.
func TestUsageNamesNoInventedMethods(t *testing.T) {
	c := newVaultChain(t, nil)
	b := c.Body(recordsClerk, "records")
	b.Action = &chanceryv1.TxBody_Execute{Execute: &chanceryv1.Execute{Contract: "records/vault", Method: "Invented1", Version: 9}}
	require.Equal(t, apperr.VersionChanged.String(), c.Block(c.Sign(b, recordsClerk)).Results[0].CodeName)
	b = c.Body(recordsAdmin, "records")
	b.Action = &chanceryv1.TxBody_FreezeContract{FreezeContract: &chanceryv1.FreezeContract{Contract: "records/vault", Reason: "x"}}
	c.Must(c.Sign(b, recordsAdmin))
	frozen := c.Execute(recordsClerk, "records", "records/vault", "Invented2", nil)
	require.Equal(t, apperr.Frozen.String(), c.Block(frozen).Results[0].CodeName)
	rows, _, err := c.App.Query().Usage(&chanceryv1.ListUsageRequest{Contract: "records/vault"})
	require.NoError(t, err)
	failed := uint64(0)
	for _, r := range rows {
		require.NotContains(t, r.Method, "Invented")
		if r.Method == "execute" {
			failed += r.Failed
		}
	}
	require.EqualValues(t, 2, failed)
}

// TestUsageOfABlockExecutedTwice: a block that is executed again before its commit,
// as after a crash, counts once.
func TestUsageOfABlockExecutedTwice(t *testing.T) {
	c := newVaultChain(t, nil)
	raw := c.Sign(c.put(recordsClerk, "records", "Put", 1, 10), recordsClerk)
	at := c.Time.Add(time.Second)
	_, err := c.App.ExecuteBlock(app.Block{Height: c.Height + 1, Time: at, Txs: [][]byte{raw}})
	require.NoError(t, err)
	res := c.BlockAt(at, raw).Results[0]
	require.Zero(t, res.Code, res.Log)
	rows, _, err := c.App.Query().Usage(&chanceryv1.ListUsageRequest{Org: "records", Contract: "records/vault"})
	require.NoError(t, err)
	for _, r := range rows {
		if r.Method == "Put" {
			require.EqualValues(t, 1, r.Txs)
			require.Equal(t, res.GasUsed, r.Gas)
			require.EqualValues(t, 18, r.StoredBytes)
			return
		}
	}
	t.Fatal("the call is not in the breakdown")
}

// TestSetSponsorshipIsPaid: reading the interface may unpack the code, so it costs
// by the code's size whatever a node has in memory.
func TestSetSponsorshipIsPaid(t *testing.T) {
	c := newVaultChain(t, nil)
	send := func(gas uint64) *chanceryv1.TxResult {
		b := c.Body(recordsAdmin, "records")
		b.GasLimit = gas
		b.Action = &chanceryv1.TxBody_SetSponsorship{SetSponsorship: &chanceryv1.SetSponsorship{
			Contract: "records/vault", Method: "Give", GasPerPeriod: 3, GasPerAccount: 2, MaxGasPerTx: 1,
		}}
		return c.Block(c.Sign(b, recordsAdmin)).Results[0]
	}
	code, err := app.VaultCode()
	require.NoError(t, err)
	res := send(10_000_000)
	require.Zero(t, res.Code, res.Log)
	require.Greater(t, res.GasUsed, 10*uint64(len(code)))
	m := new(chanceryv1.SponsorshipSet)
	require.NoError(t, proto.Unmarshal(res.Events[0].Payload, m))
	require.Equal(t, recordsAdmin.Public().Address().String(), m.Origin)
	res = send(10 * uint64(len(code)))
	require.Equal(t, "OutOfGas", res.CodeName, res.Log)
	require.Equal(t, res.GasWanted, res.GasUsed)
}
