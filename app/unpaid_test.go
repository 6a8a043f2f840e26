package app_test

import (
	"fmt"
	"math/rand/v2"
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

// withdrawal is a tx that takes from others of its block what made them valid.
type withdrawal struct {
	name string
	// raw is the tx; later signs what it makes invalid.
	raw   func(c *vaultChain) []byte
	later func(c *vaultChain, n int) []byte
	payer string
	code  apperr.Code
}

func withdrawals() []withdrawal {
	clerk := func(c *vaultChain, n int) []byte {
		return c.Sign(c.put(recordsClerk, "records", "Put", uint64(n+1), 1), recordsClerk)
	}
	ann := apptest.Key("ann", key.Ed25519)
	citizen := func(c *vaultChain, n int) []byte { return c.Sign(c.put(ann, "", "Give", uint64(n+1), 1), ann) }
	delegate := apptest.Key("housing-clerk", key.SM2)
	delegated := func(c *vaultChain, n int) []byte {
		b := c.put(delegate, "records", "Put", uint64(n+1), 1)
		b.Principal = recordsClerk.Public().Address().String()
		return c.Sign(b, delegate)
	}
	sign := func(signer *key.Private, org string, action func(b *chanceryv1.TxBody)) func(*vaultChain) []byte {
		return func(c *vaultChain) []byte {
			b := c.Body(signer, org)
			action(b)
			return c.Sign(b, signer)
		}
	}
	address := recordsClerk.Public().Address().String()
	suspendOrg := sign(operator, "city", func(b *chanceryv1.TxBody) {
		b.Action = &chanceryv1.TxBody_SetOrgStatus{SetOrgStatus: &chanceryv1.SetOrgStatus{Org: "records", Suspended: true}}
	})
	suspendAccount := sign(recordsAdmin, "records", func(b *chanceryv1.TxBody) {
		b.Action = &chanceryv1.TxBody_SetAccountStatus{SetAccountStatus: &chanceryv1.SetAccountStatus{Account: address, Suspended: true}}
	})
	rotate := sign(recordsClerk, "records", func(b *chanceryv1.TxBody) {
		b.Action = &chanceryv1.TxBody_SetKeys{SetKeys: &chanceryv1.SetKeys{
			Keys: []*chanceryv1.WeightedKey{{Key: apptest.APIKey(apptest.Key("new", key.Ed25519).Public()), Weight: 1}}, Threshold: 1,
		}}
	})
	remove := func(c *vaultChain) []byte { return c.SetMember(recordsAdmin, "records", recordsClerk.Public(), false) }
	sponsorship := sign(recordsAdmin, "records", func(b *chanceryv1.TxBody) {
		b.Action = &chanceryv1.TxBody_SetSponsorship{SetSponsorship: &chanceryv1.SetSponsorship{Contract: "records/vault", Method: "Give"}}
	})
	// A suspended account whose keys somebody else may have, too.
	cancel := sign(apptest.Key("housing-dev", key.Ed25519), "housing", func(b *chanceryv1.TxBody) {
		b.Action = &chanceryv1.TxBody_CancelRecovery{CancelRecovery: &chanceryv1.CancelRecovery{}}
	})
	return []withdrawal{
		{"member removed", remove, clerk, "records", apperr.PermissionDenied},
		{"membership suspended", sign(recordsAdmin, "records", func(b *chanceryv1.TxBody) {
			b.Action = &chanceryv1.TxBody_SetMember{SetMember: &chanceryv1.SetMember{Account: address, Member: true, Suspended: true}}
		}), clerk, "records", apperr.PermissionDenied},
		{"keys rotated", rotate, clerk, "records", apperr.Unauthenticated},
		{"account suspended", suspendAccount, clerk, "records", apperr.PermissionDenied},
		{"organisation suspended", suspendOrg, clerk, "records", apperr.PermissionDenied},
		{"role taken", func(c *vaultChain) []byte {
			return c.SetMember(recordsAdmin, "records", recordsDev.Public(), true, "clerk")
		}, func(c *vaultChain, n int) []byte { return c.Upload(recordsDev, "records", fmt.Append(nil, n)) }, "records", apperr.PermissionDenied},
		{"delegation revoked", sign(recordsClerk, "records", func(b *chanceryv1.TxBody) {
			b.Action = &chanceryv1.TxBody_RevokeDelegation{RevokeDelegation: &chanceryv1.RevokeDelegation{Delegate: delegate.Public().Address().String()}}
		}), delegated, "records", apperr.PermissionDenied},
		{"delegation of less", sign(recordsClerk, "records", func(b *chanceryv1.TxBody) {
			b.Action = &chanceryv1.TxBody_Delegate{Delegate: delegation(delegate, "Give")}
		}), delegated, "records", apperr.PermissionDenied},
		{"principal suspended", suspendAccount, delegated, "records", apperr.PermissionDenied},
		{"principal removed", remove, delegated, "records", apperr.PermissionDenied},
		{"sponsorship ended", sponsorship, citizen, "records", apperr.PermissionDenied},
		{"sponsor suspended", suspendOrg, citizen, "records", apperr.PermissionDenied},
		{"recovery cancelled", cancel, func(c *vaultChain, _ int) []byte { return cancel(c) }, "housing", apperr.PermissionDenied},
		{"quota lowered", func(c *vaultChain) []byte {
			b := c.Body(operator, "city")
			q, _ := c.App.Query().Quota("records")
			b.Action = &chanceryv1.TxBody_SetQuota{SetQuota: &chanceryv1.SetQuota{Org: "records", GasPerPeriod: q.GetGasUsed() + 50_000_000}}
			return c.Sign(b, operator)
		}, func(c *vaultChain, n int) []byte {
			b := c.put(recordsClerk, "records", "Put", uint64(n+1), 1)
			b.GasLimit = 100_000_000
			return c.Sign(b, recordsClerk)
		}, "records", apperr.QuotaExceeded},
	}
}

func delegation(to *key.Private, method string) *chanceryv1.Delegate {
	return &chanceryv1.Delegate{
		Delegate: to.Public().Address().String(), Until: timestamppb.New(apptest.Start.Add(24 * time.Hour)),
		Grants: []*chanceryv1.Grant{{Contract: "records/vault", Methods: []string{method}}},
	}
}

// withdrawalChain is a chain on which what every withdrawal takes is given.
func withdrawalChain(t *testing.T) *vaultChain {
	g := apptest.Genesis()
	g.Params = &app.GenesisParams{MaxBlockGas: 100_000_000_000}
	c := newVaultChain(t, g)
	b := c.Body(recordsClerk, "records")
	b.Action = &chanceryv1.TxBody_Delegate{Delegate: delegation(apptest.Key("housing-clerk", key.SM2), "Put")}
	c.Must(c.Sign(b, recordsClerk))

	guardian, account := apptest.Key("housing-admin", key.Ed25519), apptest.Key("housing-dev", key.Ed25519).Public().Address().String()
	b = c.Body(guardian, "housing")
	b.Action = &chanceryv1.TxBody_StartRecovery{StartRecovery: &chanceryv1.StartRecovery{
		Account: account, Keys: []*chanceryv1.WeightedKey{{Key: apptest.APIKey(apptest.Key("new", key.Ed25519).Public()), Weight: 1}}, Threshold: 1,
	}}
	c.Must(c.Sign(b, guardian))
	b = c.Body(guardian, "housing")
	b.Action = &chanceryv1.TxBody_SetAccountStatus{SetAccountStatus: &chanceryv1.SetAccountStatus{Account: account, Suspended: true}}
	c.Must(c.Sign(b, guardian))
	return c
}

// TestWithdrawnTxsArePaid: a tx that an earlier one of its block makes invalid is paid
// by the organisation that vouched for it when the block began. A proposer leaves it
// out; one that does not makes a block that nobody worked through for nothing.
func TestWithdrawnTxsArePaid(t *testing.T) {
	for _, w := range withdrawals() {
		t.Run(w.name, func(t *testing.T) {
			c := withdrawalChain(t)
			txs := [][]byte{w.raw(c)}
			fits := 5
			if w.name == "sponsorship ended" || w.name == "sponsor suspended" {
				fits = 2 // an account's share
			}
			for n := range fits {
				txs = append(txs, w.later(c, n))
				require.NoError(t, c.App.CheckTx(txs[len(txs)-1], false).Err, "it is valid before")
			}
			at := c.Time.Add(time.Second)
			picked := c.App.PrepareTxs(txs, 1<<30, c.Height+1, at)
			require.Equal(t, txs[:1], picked)

			// A proposer who does not care.
			require.NoError(t, c.App.CheckProposal(txs, c.Height+1, at), "each could stand in a block that a correct proposer makes")
			before := c.quota(t, w.payer)
			res := c.Block(txs...)
			require.Zero(t, res.Results[0].Code, res.Results[0].Log)
			var paid uint64
			refused := 0
			for _, r := range res.Results {
				if r.Payer == w.payer {
					paid += r.GasUsed
				}
				if r.Code == 0 {
					continue
				}
				refused++
				require.Equal(t, w.code.String(), r.CodeName, r.Log)
				require.Equal(t, w.payer, r.Payer)
				require.GreaterOrEqual(t, r.GasUsed, uint64(50_000), "the tx itself is paid for")
				require.Less(t, r.GasUsed, uint64(200_000))
				require.NotEmpty(t, r.TxHash)
				require.Empty(t, r.Data)
			}
			require.Positive(t, refused)
			require.Equal(t, before.GasUsed+paid, c.quota(t, w.payer).GasUsed)
			again := c.Block(txs[len(txs)-1]).Results[0]
			require.Equal(t, apperr.Replayed.String(), again.CodeName, "it is not charged twice")
		})
	}
}

// TestUnvouchedBlocksAreRefused: no organisation would pay for a tx of these blocks,
// and no correct proposer makes them.
func TestUnvouchedBlocksAreRefused(t *testing.T) {
	c := withdrawalChain(t)
	stranger := apptest.Key("stranger", key.Ed25519)
	good := c.Sign(c.put(recordsClerk, "records", "Put", 1, 1), recordsClerk)
	forged := c.Sign(c.put(recordsDev, "records", "Put", 1, 1), recordsDev)
	forged[len(forged)-1] ^= 1
	used := c.Sign(c.put(recordsClerk, "records", "Put", 2, 1), recordsClerk)
	c.Must(used)
	late := c.put(recordsClerk, "records", "Put", 1, 1)
	late.ValidUntil = timestamppb.New(c.Time)
	dear := c.put(recordsClerk, "records", "Put", 1, 1)
	dear.GasLimit = 100
	at := c.Time.Add(time.Second)
	for _, row := range []struct {
		name string
		raw  []byte
		want apperr.Code
	}{
		{"wrong signature", forged, apperr.Unauthenticated},
		{"key of another account", c.Sign(c.put(recordsClerk, "records", "Put", 1, 1), stranger), apperr.Unauthenticated},
		{"stranger", c.Sign(c.put(stranger, "records", "Put", 1, 1), stranger), apperr.PermissionDenied},
		{"nobody sponsors it", c.Sign(c.put(stranger, "", "Put", 1, 1), stranger), apperr.PermissionDenied},
		{"no role", c.Upload(recordsClerk, "records", []byte{1}), apperr.PermissionDenied},
		{"committed", used, apperr.Replayed},
		{"expired", c.Sign(late, recordsClerk), apperr.Expired},
		{"gas limit below its own price", c.Sign(dear, recordsClerk), apperr.OutOfGas},
	} {
		t.Run(row.name, func(t *testing.T) {
			require.NoError(t, c.App.CheckProposal([][]byte{good}, c.Height+1, at))
			require.ErrorIs(t, c.App.CheckProposal([][]byte{good, row.raw}, c.Height+1, at), row.want.Err())
			require.Equal(t, [][]byte{good}, c.App.PrepareTxs([][]byte{good, row.raw}, 1<<30, c.Height+1, at))
		})
	}
	c.leave(t, 15_000_000)
	at = c.Time.Add(time.Second)
	second := c.Sign(c.put(recordsClerk, "records", "Put", 3, 1), recordsClerk)
	require.NoError(t, c.App.CheckProposal([][]byte{second}, c.Height+1, at))
	require.ErrorIs(t, c.App.CheckProposal([][]byte{good, second}, c.Height+1, at), apperr.QuotaExceeded.Err(), "not both")
}

// TestProposersPickWhatAllAccept: whatever waits in a mempool, and in whatever order,
// a correct node accepts the block that a correct proposer makes of it, and all of it
// is paid.
func TestProposersPickWhatAllAccept(t *testing.T) {
	order := rand.New(rand.NewPCG(1, 2))
	for range 8 {
		c := withdrawalChain(t)
		var txs [][]byte
		for _, w := range withdrawals() {
			txs = append(txs, w.raw(c))
			for n := range 3 {
				txs = append(txs, w.later(c, n))
			}
		}
		order.Shuffle(len(txs), func(i, j int) { txs[i], txs[j] = txs[j], txs[i] })
		at := c.Time.Add(time.Second)
		picked := c.App.PrepareTxs(txs, 1<<30, c.Height+1, at)
		require.NotEmpty(t, picked)
		require.NoError(t, c.App.CheckProposal(picked, c.Height+1, at))
		for i, r := range c.Block(picked...).Results {
			require.NotZero(t, r.GasUsed, "tx %d: %s %s", i, r.CodeName, r.Log)
			require.NotEmpty(t, r.Payer)
		}
	}
}
