package app_test

import (
	"crypto/sha256"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/timestamppb"

	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/app"
	"github.com/chancery-chain/chancery/app/apperr"
	"github.com/chancery-chain/chancery/app/apptest"
	"github.com/chancery-chain/chancery/app/key"
)

// requireStored checks that what an organisation is told it stores is the sum over the
// rows of the state that count to it.
func requireStored(t require.TestingT, a *app.App) {
	sums, err := app.StoredOf(a)
	require.NoError(t, err)
	for name, n := range sums {
		q, err := a.Query().Quota(name)
		require.NoError(t, err)
		require.Equal(t, n, q.BytesUsed, name)
	}
}

// row is something that an organisation can make grow: each tx of more adds to what it
// stores, and one of less returns it, also when the quota is full.
type growing struct {
	name string
	more func(c *vaultChain, n int) []byte
	// less returns what the first of more added; nil where nothing can.
	less func(c *vaultChain) []byte
	kept uint64 // of what it added
}

func growingRows() []growing {
	sign := func(c *vaultChain, signer *key.Private, action func(b *chanceryv1.TxBody)) []byte {
		b := c.Body(signer, "records")
		action(b)
		b.GasLimit = 100_000_000
		return c.Sign(b, signer)
	}
	member := func(n int) key.Public { return apptest.Key(fmt.Sprint("member ", n), key.Ed25519).Public() }
	const accountBytes = 256
	return []growing{
		{"members", func(c *vaultChain, n int) []byte {
			return c.SetMember(recordsAdmin, "records", member(n), true, "clerk")
		}, func(c *vaultChain) []byte { return c.SetMember(recordsAdmin, "records", member(0), false) }, accountBytes},
		{"roles", func(c *vaultChain, n int) []byte {
			roles := make([]string, n+1)
			for i := range roles {
				roles[i] = fmt.Sprintf("role-%02d", i)
			}
			return c.SetMember(recordsAdmin, "records", recordsClerk.Public(), true, append([]string{"clerk"}, roles...)...)
		}, func(c *vaultChain) []byte {
			return c.SetMember(recordsAdmin, "records", recordsClerk.Public(), true, "clerk")
		}, 0},
		{"delegations", func(c *vaultChain, n int) []byte {
			return sign(c, recordsClerk, func(b *chanceryv1.TxBody) {
				b.Action = &chanceryv1.TxBody_Delegate{Delegate: delegation(apptest.Key(fmt.Sprint(n), key.Ed25519), "Put")}
			})
		}, func(c *vaultChain) []byte {
			return sign(c, recordsClerk, func(b *chanceryv1.TxBody) {
				b.Action = &chanceryv1.TxBody_RevokeDelegation{RevokeDelegation: &chanceryv1.RevokeDelegation{
					Delegate: apptest.Key("0", key.Ed25519).Public().Address().String(),
				}}
			})
		}, 0},
		{"contracts", func(c *vaultChain, n int) []byte {
			return c.Deploy(recordsDev, "records", fmt.Sprintf("records/copy-%d", n), vaultHash(c), nil)
		}, nil, 0},
		{"proposed upgrades", func(c *vaultChain, n int) []byte {
			return sign(c, recordsAdmin, func(b *chanceryv1.TxBody) {
				b.Action = &chanceryv1.TxBody_ProposeUpgrade{ProposeUpgrade: &chanceryv1.ProposeUpgrade{
					Contract: "records/vault", Policy: &chanceryv1.UpgradePolicy{Approvers: []string{"city"}, Required: 1, DelaySeconds: uint64(n + 1)},
				}}
			})
		}, func(c *vaultChain) []byte {
			return sign(c, recordsAdmin, func(b *chanceryv1.TxBody) {
				b.Action = &chanceryv1.TxBody_CancelUpgrade{CancelUpgrade: &chanceryv1.CancelUpgrade{Contract: "records/vault", Id: 1}}
			})
		}, 1 << 10},
	}
}

func vaultHash(c *vaultChain) []byte {
	r, err := c.App.Query().Contract("records/vault")
	if err != nil {
		return nil
	}
	return r.Contract.CodeHash
}

// TestRowsAreStored: what an organisation can make grow counts to what it stores, stops
// growing at its quota, and gives back what is deleted.
func TestRowsAreStored(t *testing.T) {
	for _, row := range growingRows() {
		t.Run(row.name, func(t *testing.T) {
			c := newVaultChain(t, nil)
			before := c.quota(t, "records").BytesUsed
			requireStored(t, c.App)
			c.Must(row.more(c, 0))
			grown := c.quota(t, "records").BytesUsed - before
			require.Greater(t, grown, uint64(5))
			require.Less(t, grown, uint64(1000))
			requireStored(t, c.App)

			full := before + grown
			b := c.Body(operator, "city")
			b.Action = &chanceryv1.TxBody_SetQuota{SetQuota: &chanceryv1.SetQuota{
				Org: "records", GasPerPeriod: 100_000_000_000, StoredBytes: &full,
			}}
			c.Must(c.Sign(b, operator))
			res := c.Block(row.more(c, 1)).Results[0]
			require.Equal(t, apperr.QuotaExceeded.String(), res.CodeName, res.Log)
			require.NotZero(t, res.GasUsed)
			require.Equal(t, full, c.quota(t, "records").BytesUsed)
			if row.less == nil {
				return
			}
			c.Must(row.less(c))
			after := c.quota(t, "records").BytesUsed
			require.Less(t, after, full)
			require.LessOrEqual(t, after, before+row.kept)
			requireStored(t, c.App)
		})
	}
}

// TestFullOrganisationDefendsItself: no room is needed for what must not wait.
func TestFullOrganisationDefendsItself(t *testing.T) {
	c := newVaultChain(t, nil)
	none := uint64(0)
	b := c.Body(operator, "city")
	b.Action = &chanceryv1.TxBody_SetQuota{SetQuota: &chanceryv1.SetQuota{Org: "records", GasPerPeriod: 100_000_000_000, StoredBytes: &none}}
	c.Must(c.Sign(b, operator))
	address := recordsClerk.Public().Address().String()
	keys := []*chanceryv1.WeightedKey{
		{Key: apptest.APIKey(apptest.Key("one", key.Ed25519).Public()), Weight: 1},
		{Key: apptest.APIKey(apptest.Key("two", key.SM2).Public()), Weight: 1},
	}
	for _, row := range []struct {
		name   string
		signer *key.Private
		action *chanceryv1.TxBody
	}{
		{"suspend a member", recordsAdmin, &chanceryv1.TxBody{Action: &chanceryv1.TxBody_SetMember{SetMember: &chanceryv1.SetMember{
			Account: address, Member: true, Suspended: true, Roles: []string{"clerk"}, Until: timestamppb.New(c.Time.Add(time.Hour)),
		}}}},
		{"rotate keys", recordsDev, &chanceryv1.TxBody{Action: &chanceryv1.TxBody_SetKeys{SetKeys: &chanceryv1.SetKeys{
			Keys: append(keys, &chanceryv1.WeightedKey{Key: apptest.APIKey(recordsDev.Public()), Weight: 2}), Threshold: 2,
		}}}},
		{"recover an account", recordsAdmin, &chanceryv1.TxBody{Action: &chanceryv1.TxBody_StartRecovery{StartRecovery: &chanceryv1.StartRecovery{
			Account: address, Keys: keys, Threshold: 1,
		}}}},
		{"suspend an account", recordsAdmin, &chanceryv1.TxBody{Action: &chanceryv1.TxBody_SetAccountStatus{SetAccountStatus: &chanceryv1.SetAccountStatus{
			Account: address, Suspended: true, Reason: "lost",
		}}}},
		{"freeze a contract", recordsAdmin, &chanceryv1.TxBody{Action: &chanceryv1.TxBody_FreezeContract{FreezeContract: &chanceryv1.FreezeContract{
			Contract: "records/vault", Reason: strings.Repeat("x", 256),
		}}}},
		{"retire a contract", recordsAdmin, &chanceryv1.TxBody{Action: &chanceryv1.TxBody_RetireContract{RetireContract: &chanceryv1.RetireContract{
			Contract: "records/vault", Reason: strings.Repeat("x", 256),
		}}}},
	} {
		b := c.Body(row.signer, "records")
		b.Action = row.action.Action
		res := c.Block(c.Sign(b, row.signer)).Results[0]
		require.Zero(t, res.Code, "%s: %s", row.name, res.Log)
	}
	requireStored(t, c.App)
}

// TestAdmittedOrganisationStores: its first admin is the first thing that it stores,
// under the quota that it is admitted with.
func TestAdmittedOrganisationStores(t *testing.T) {
	c := apptest.New(t, nil)
	admin := apptest.Key("notary-admin", key.SM2)
	admit := func(name string, stored *uint64) *chanceryv1.TxResult {
		b := c.Body(operator, "city")
		b.Action = &chanceryv1.TxBody_CreateOrg{CreateOrg: &chanceryv1.CreateOrg{
			Name: name, Title: name, Kind: chanceryv1.OrgKind_ORG_KIND_GOVERNMENT, Admin: apptest.APIKey(admin.Public()),
			GasPerPeriod: 1_000_000_000, StoredBytes: stored,
		}}
		return c.Block(c.Sign(b, operator)).Results[0]
	}
	res := admit("notary", nil)
	require.Zero(t, res.Code, res.Log)
	c.Must(c.SetMember(admin, "notary", apptest.Key("notary-clerk", key.SM2).Public(), true, "clerk"))
	q, err := c.App.Query().Quota("notary")
	require.NoError(t, err)
	require.Greater(t, q.BytesUsed, uint64(500))
	requireStored(t, c.App)

	none := uint64(0)
	res = admit("archive", &none)
	require.Equal(t, apperr.QuotaExceeded.String(), res.CodeName, res.Log)
	require.Contains(t, res.Log, "archive")
}

// TestMigrationWaitsInStoredBytes: what a proposed upgrade gives to migrate is counted
// until the proposal ends.
func TestMigrationWaitsInStoredBytes(t *testing.T) {
	g := newGatedChain(t)
	code := otherCode(t)
	hash := sha256.Sum256(code)
	g.Must(g.Upload(recordsDev, "records", pack(t, code)))
	stored := func() uint64 {
		q, err := g.App.Query().Quota("records")
		require.NoError(t, err)
		return q.BytesUsed
	}
	before := stored()
	b := g.Body(recordsDev, "records")
	b.GasLimit = 100_000_000
	b.Action = &chanceryv1.TxBody_ProposeUpgrade{ProposeUpgrade: &chanceryv1.ProposeUpgrade{
		Contract: first, CodeHash: hash[:], MigratePayload: make([]byte, 10_000),
	}}
	res := g.Block(g.Sign(b, recordsDev)).Results[0]
	require.Zero(t, res.Code, res.Log)
	require.Greater(t, stored(), before+10_000)
	b = g.Body(recordsDev, "records")
	b.Action = &chanceryv1.TxBody_CancelUpgrade{CancelUpgrade: &chanceryv1.CancelUpgrade{Contract: first, Id: 1}}
	g.Must(g.Sign(b, recordsDev))
	require.Less(t, stored(), before+1_000)
	requireStored(t, g.App)
}
