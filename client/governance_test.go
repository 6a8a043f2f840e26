package client_test

import (
	"testing"

	"connectrpc.com/connect"
	"github.com/stretchr/testify/require"

	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/app/apperr"
	"github.com/chancery-chain/chancery/client"
)

func TestProposeAndVote(t *testing.T) {
	if testing.Short() {
		t.Skip("runs a node")
	}
	c := startCity(t)
	propose := func(p *chanceryv1.Propose) uint64 {
		out, r, err := c.dev.Propose(t.Context(), p)
		require.NoError(t, err)
		require.Positive(t, r.Height)
		require.Equal(t, chanceryv1.ProposalStatus_PROPOSAL_STATUS_DECIDED, out.Status, "the committee is one organisation")
		return out.Proposal
	}
	quota := &chanceryv1.Propose{Title: "more gas", Changes: []*chanceryv1.Change{{Change: &chanceryv1.Change_SetQuota{
		SetQuota: &chanceryv1.SetQuota{Org: "records", GasPerPeriod: 2_000_000_000_000},
	}}}}
	id := propose(quota)
	got, err := c.client.Governance.GetProposal(t.Context(), connect.NewRequest(&chanceryv1.GetProposalRequest{Id: id}))
	require.NoError(t, err)
	require.Equal(t, chanceryv1.ProposalStatus_PROPOSAL_STATUS_PASSED, got.Msg.Proposal.Status)
	o, err := c.client.Orgs.GetOrg(t.Context(), connect.NewRequest(&chanceryv1.GetOrgRequest{Name: "records"}))
	require.NoError(t, err)
	require.Equal(t, uint64(2_000_000_000_000), o.Msg.Org.GasPerPeriod)

	// What is decided is closed, and who is no operator has no vote.
	_, _, err = c.dev.Vote(t.Context(), id, false)
	require.Equal(t, apperr.Closed, client.Code(err))
	_, err = c.dev.Withdraw(t.Context(), id)
	require.Equal(t, apperr.Closed, client.Code(err))
	_, _, err = c.clerk.Propose(t.Context(), quota)
	require.Equal(t, apperr.PermissionDenied, client.Code(err))
	_, _, err = c.dev.Vote(t.Context(), 99, true)
	require.Equal(t, apperr.NotFound, client.Code(err))
}
