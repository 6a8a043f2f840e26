package app_test

import (
	"fmt"
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

// TestOrgAndAccountPages walks the lists of organisations and delegations page by
// page, and finds what is named another way.
func TestOrgAndAccountPages(t *testing.T) {
	g := apptest.Genesis()
	g.Orgs[1].Parent, g.Orgs[2].Parent = "city", "city"
	g.Orgs[2].Kind, g.Orgs[2].USCC = "government", "11440700MB2T00027P"
	c := apptest.New(t, g)
	q := c.App.Query()
	var txs [][]byte
	for i := range 3 {
		b := c.Body(recordsDev, "records")
		b.Action = &chanceryv1.TxBody_Delegate{Delegate: &chanceryv1.Delegate{
			Delegate: apptest.Key(fmt.Sprint("service", i), key.Ed25519).Public().Address().String(),
			Grants:   []*chanceryv1.Grant{{Contract: "records/counter", Methods: []string{"Bump"}}},
			Until:    timestamppb.New(c.Time.Add(time.Hour)),
		}}
		txs = append(txs, c.Sign(b, recordsDev))
	}
	for _, r := range c.Block(txs...).Results {
		require.Zero(t, r.Code, r.Log)
	}

	var names []string
	for token := ""; ; {
		page, next, err := q.Orgs("city", 1, token)
		require.NoError(t, err)
		require.Len(t, page, 1)
		names = append(names, page[0].Name)
		if token = next; token == "" {
			break
		}
	}
	require.Equal(t, []string{"housing", "records"}, names)
	all, _, err := q.Orgs("", 0, "")
	require.NoError(t, err)
	require.Len(t, all, 3)

	o, err := q.OrgByCode("11440700MB2T00027P")
	require.NoError(t, err)
	require.Equal(t, "housing", o.Name)
	require.Equal(t, chanceryv1.OrgKind_ORG_KIND_GOVERNMENT, o.Kind)
	_, err = q.OrgByCode("11440700MB2T00035J")
	require.ErrorIs(t, err, apperr.NotFound.Err())

	principal := recordsDev.Public().Address().String()
	seen := map[string]bool{}
	for token := ""; ; {
		page, next, err := q.Delegations(principal, 2, token)
		require.NoError(t, err)
		for _, d := range page {
			require.False(t, seen[d.Delegate])
			seen[d.Delegate] = true
			require.Equal(t, "records", d.Org)
		}
		if token = next; token == "" {
			break
		}
	}
	require.Len(t, seen, 3)
	_, _, err = q.Delegations(principal, 2, "bm90aGluZw") // no address in it
	require.ErrorIs(t, err, apperr.InvalidTx.Err())

	m, err := q.Member("records", principal)
	require.NoError(t, err)
	require.Equal(t, []string{"developer"}, m.Roles)
	require.True(t, m.Active)
	for _, org := range []string{"housing", "nowhere"} {
		_, err = q.Member(org, principal)
		require.ErrorIs(t, err, apperr.NotFound.Err())
	}
}

// TestGenesisPlaces: what a genesis must not say about organisations.
func TestGenesisPlaces(t *testing.T) {
	for name, edit := range map[string]func(*app.Genesis){
		"before it": func(g *app.Genesis) { g.Orgs[0].Parent = "records" },
		"kind":      func(g *app.Genesis) { g.Orgs[1].Kind = "GOVERNMENT" },
		"USCC":      func(g *app.Genesis) { g.Orgs[1].USCC = "11440700MB2T00027Q" },
		"twice": func(g *app.Genesis) {
			g.Orgs[1].USCC, g.Orgs[2].USCC = "11440700MB2T00027P", "11440700MB2T00027P"
		},
		"recovery_delay_seconds": func(g *app.Genesis) {
			g.Params = &app.GenesisParams{RecoveryDelaySeconds: 3599}
		},
	} {
		g := apptest.Genesis()
		edit(g)
		require.ErrorContains(t, g.Validate(), name)
	}
}
