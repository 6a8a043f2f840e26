package client_test

import (
	"crypto/sha256"
	"testing"

	"connectrpc.com/connect"
	"github.com/stretchr/testify/require"

	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/app/apperr"
	"github.com/chancery-chain/chancery/app/key"
	"github.com/chancery-chain/chancery/client"
)

// TestQuotaService asks a node about quotas, and is told who pays.
func TestQuotaService(t *testing.T) {
	if testing.Short() {
		t.Skip("runs a node")
	}
	c := startCity(t)
	bytes := uint64(12_345)
	res, err := c.dev.Submit(t.Context(), &chanceryv1.TxBody{Action: &chanceryv1.TxBody_SetQuota{
		SetQuota: &chanceryv1.SetQuota{Org: "records", GasPerPeriod: 1 << 40, StoredBytes: &bytes},
	}})
	require.NoError(t, err)
	require.Equal(t, "records", res.Payer)

	q, err := c.client.Quotas.GetQuota(t.Context(), connect.NewRequest(&chanceryv1.GetQuotaRequest{Org: "records"}))
	require.NoError(t, err)
	require.EqualValues(t, 1<<40, q.Msg.Quota.GasPerPeriod)
	require.Equal(t, bytes, q.Msg.Quota.StoredBytes)
	require.Equal(t, res.GasUsed, q.Msg.Quota.GasUsed)
	_, err = c.client.Quotas.GetQuota(t.Context(), connect.NewRequest(&chanceryv1.GetQuotaRequest{Org: "nowhere"}))
	require.Equal(t, connect.CodeNotFound, connect.CodeOf(err))
	list, err := c.client.Quotas.ListQuotas(t.Context(), connect.NewRequest(&chanceryv1.ListQuotasRequest{}))
	require.NoError(t, err)
	require.Len(t, list.Msg.Quotas, 1)

	usage, err := c.client.Quotas.ListUsage(t.Context(), connect.NewRequest(&chanceryv1.ListUsageRequest{Org: "records"}))
	require.NoError(t, err)
	require.Len(t, usage.Msg.Rows, 1)
	require.Equal(t, "set_quota", usage.Msg.Rows[0].Method)
	require.Equal(t, res.GasUsed, usage.Msg.Rows[0].Gas)
	_, err = c.client.Quotas.ListUsage(t.Context(), connect.NewRequest(&chanceryv1.ListUsageRequest{FromDay: "never"}))
	require.Equal(t, connect.CodeInvalidArgument, connect.CodeOf(err))

	_, err = c.client.Quotas.GetSponsorship(t.Context(), connect.NewRequest(&chanceryv1.GetSponsorshipRequest{Contract: "records/x1", Method: "M"}))
	require.Equal(t, connect.CodeNotFound, connect.CodeOf(err))
	none, err := c.client.Quotas.ListSponsorships(t.Context(), connect.NewRequest(&chanceryv1.ListSponsorshipsRequest{Org: "records"}))
	require.NoError(t, err)
	require.Empty(t, none.Msg.Sponsorships)
	seed := sha256.Sum256([]byte("citizen"))
	citizen, err := key.FromSeed(key.Ed25519, seed[:])
	require.NoError(t, err)
	_, err = c.client.Signer(citizen, "").Submit(t.Context(), &chanceryv1.TxBody{Action: &chanceryv1.TxBody_Execute{
		Execute: &chanceryv1.Execute{Contract: "records/x1", Method: "M"},
	}})
	require.Equal(t, apperr.PermissionDenied, client.Code(err), "%v", err)
}
