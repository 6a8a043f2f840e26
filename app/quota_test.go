package app_test

import (
	"crypto/sha256"
	"testing"

	"github.com/stretchr/testify/require"

	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/app"
	"github.com/chancery-chain/chancery/app/apptest"
	"github.com/chancery-chain/chancery/app/key"
)

// newVault starts a chain with the contract records/vault.
func newVault(t testing.TB, g *app.Genesis) *apptest.Chain {
	code, err := vaultCode()
	require.NoError(t, err)
	c := apptest.New(t, g)
	hash := sha256.Sum256(code)
	c.Must(c.Upload(recordsDev, "records", store(t, code)))
	c.Must(c.Deploy(recordsDev, "records", "records/vault", hash[:], nil))
	return c
}

func quotaOf(t testing.TB, c *apptest.Chain, org string) *chanceryv1.OrgQuota {
	q, err := c.App.Query().Quota(org)
	require.NoError(t, err)
	return q
}

func TestStoredBytes(t *testing.T) {
	c := newVault(t, nil)
	before := quotaOf(t, c, "records").BytesUsed
	c.Must(c.Execute(recordsClerk, "records", "records/vault", "Put", putRequest(t, 7, 1000)))
	require.Equal(t, before+1008, quotaOf(t, c, "records").BytesUsed)
	_ = key.Ed25519
}
