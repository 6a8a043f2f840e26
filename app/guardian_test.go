package app_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/app/apperr"
	"github.com/chancery-chain/chancery/app/apptest"
	"github.com/chancery-chain/chancery/app/key"
)

// TestStolenKeysKeepTheGuardian: a thief who names another guardian does not outrun
// the recovery by the present one.
func TestStolenKeysKeepTheGuardian(t *testing.T) {
	c := apptest.New(t, nil)
	c.Block()
	do := func(signer *key.Private, org string, action *chanceryv1.TxBody) *chanceryv1.TxResult {
		b := c.Body(signer, org)
		b.Action = action.Action
		return c.Block(c.Sign(b, signer)).Results[0]
	}
	address := recordsClerk.Public().Address().String()
	name := func(org string) *chanceryv1.TxBody {
		return &chanceryv1.TxBody{Action: &chanceryv1.TxBody_SetGuardian{SetGuardian: &chanceryv1.SetGuardian{Org: org}}}
	}
	account := func() *chanceryv1.GetAccountResponse {
		a, err := c.App.Query().Account(address)
		require.NoError(t, err)
		return a
	}
	fresh := apptest.Key("fresh", key.Ed25519)
	recovery := &chanceryv1.TxBody{Action: &chanceryv1.TxBody_StartRecovery{StartRecovery: &chanceryv1.StartRecovery{
		Account: address, Keys: []*chanceryv1.WeightedKey{{Key: apptest.APIKey(fresh.Public()), Weight: 1}}, Threshold: 1,
	}}}

	res := do(recordsClerk, "records", name("housing")) // by the thief
	require.Zero(t, res.Code, res.Log)
	stolen := c.Time
	require.Equal(t, "records", account().Guardian)
	require.Equal(t, "housing", account().GuardianChange.Org)
	require.Equal(t, stolen.Add(72*time.Hour), account().GuardianChange.Effective.AsTime())
	housing := apptest.Key("housing-admin", key.Ed25519)
	res = do(housing, "housing", recovery)
	require.Equal(t, apperr.PermissionDenied.String(), res.CodeName, "not yet: %s", res.Log)

	c.Time = stolen.Add(71 * time.Hour)
	res = do(recordsAdmin, "records", recovery)
	require.Zero(t, res.Code, res.Log)
	require.Nil(t, account().GuardianChange)
	c.Time = stolen.Add(100 * time.Hour)
	cancel := &chanceryv1.TxBody{Action: &chanceryv1.TxBody_CancelRecovery{CancelRecovery: &chanceryv1.CancelRecovery{Account: address}}}
	res = do(housing, "housing", cancel)
	require.Equal(t, apperr.PermissionDenied.String(), res.CodeName, "%s", res.Log)
	c.BlockAt(stolen.Add(144 * time.Hour))
	require.Equal(t, fresh.Public().Bytes, account().Keys[0].PublicKey)
	require.Equal(t, "records", account().Guardian)
}
