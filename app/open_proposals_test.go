package app_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/app"
	"github.com/chancery-chain/chancery/app/apperr"
	"github.com/chancery-chain/chancery/app/apptest"
	"github.com/chancery-chain/chancery/app/key"
)

// openChain is a governed chain on which an organisation may have three open proposals,
// of a minute each.
type openChain struct {
	*apptest.Chain
	t *testing.T
}

func newOpenChain(t *testing.T) *openChain {
	g := apptest.Governed()
	g.Params = &app.GenesisParams{MaxOpenProposals: 3, VotingSeconds: 60}
	return &openChain{apptest.New(t, g), t}
}

func (c *openChain) do(org string, action *chanceryv1.TxBody) *chanceryv1.TxResult {
	signer := apptest.Key(org+"-operator", key.Ed25519)
	b := c.Body(signer, org)
	b.Action = action.Action
	return c.Block(c.Sign(b, signer)).Results[0]
}

func (c *openChain) propose(org string) *chanceryv1.TxResult {
	return c.do(org, &chanceryv1.TxBody{Action: &chanceryv1.TxBody_Propose{Propose: &chanceryv1.Propose{
		Title: "more", Changes: []*chanceryv1.Change{{Change: &chanceryv1.Change_SetQuota{SetQuota: &chanceryv1.SetQuota{
			Org: "records", GasPerPeriod: 200_000_000_000,
		}}}},
	}}})
}

func (c *openChain) mustPropose(org string) uint64 {
	res := c.propose(org)
	require.Zero(c.t, res.Code, res.Log)
	out := new(chanceryv1.ProposeResult)
	require.NoError(c.t, proto.Unmarshal(res.Data, out))
	return out.Proposal
}

func (c *openChain) vote(org string, id uint64, yes bool) {
	res := c.do(org, &chanceryv1.TxBody{Action: &chanceryv1.TxBody_Vote{Vote: &chanceryv1.Vote{Proposal: id, Yes: yes}}})
	require.Zero(c.t, res.Code, res.Log)
}

func (c *openChain) withdraw(org string, id uint64) {
	res := c.do(org, &chanceryv1.TxBody{Action: &chanceryv1.TxBody_Withdraw{Withdraw: &chanceryv1.Withdraw{Proposal: id}}})
	require.Zero(c.t, res.Code, res.Log)
}

func (c *openChain) proposal(id uint64) *chanceryv1.Proposal {
	p, err := c.App.Query().Proposal(id)
	require.NoError(c.t, err)
	return p
}

// TestCommitteeProposalsAreBounded: an organisation has only so many proposals open, and what
// the others did not decide leaves no changes in the state.
func TestCommitteeProposalsAreBounded(t *testing.T) {
	c := newOpenChain(t)
	var ids []uint64
	for range 3 {
		ids = append(ids, c.mustPropose("records"))
	}
	full := func() {
		t.Helper()
		res := c.propose("records")
		require.Equal(t, apperr.LimitExceeded.String(), res.CodeName, res.Log)
		require.Contains(t, res.Log, "withdraw one")
	}
	full()
	require.NotZero(t, c.mustPropose("housing"), "others have their own")

	c.withdraw("records", ids[0])
	require.Empty(t, c.proposal(ids[0]).Changes)
	require.Equal(t, chanceryv1.ProposalStatus_PROPOSAL_STATUS_WITHDRAWN, c.proposal(ids[0]).Status)
	ids = append(ids, c.mustPropose("records"))
	full()

	c.vote("city", ids[1], true)
	require.Equal(t, chanceryv1.ProposalStatus_PROPOSAL_STATUS_PASSED, c.proposal(ids[1]).Status)
	require.Len(t, c.proposal(ids[1]).Changes, 1, "what was decided stays on record")
	ids = append(ids, c.mustPropose("records"))
	full()

	c.vote("city", ids[2], false)
	c.vote("housing", ids[2], false)
	require.Equal(t, chanceryv1.ProposalStatus_PROPOSAL_STATUS_REJECTED, c.proposal(ids[2]).Status)
	require.Len(t, c.proposal(ids[2]).Changes, 1, "and what was refused")
	ids = append(ids, c.mustPropose("records"))
	full()

	c.BlockAt(c.Time.Add(2 * time.Minute))
	last := c.mustPropose("records")
	gone := 0
	for _, id := range ids[3:] {
		p := c.proposal(id)
		require.Equal(t, chanceryv1.ProposalStatus_PROPOSAL_STATUS_EXPIRED, p.Status)
		if len(p.Changes) == 0 {
			gone++
		}
	}
	require.Equal(t, 2, gone, "a new one ends two that expired")
	require.Len(t, c.proposal(last).Changes, 1)
	c.mustPropose("records")
	c.mustPropose("records")
	full()
}

// TestOwnRejectionKeepsNothing: where one no rejects, an organisation could otherwise
// fill the state by rejecting its own proposals.
func TestOwnRejectionKeepsNothing(t *testing.T) {
	g := apptest.Governed()
	g.Rules = []app.GenesisRule{{Kind: "quota", Threshold: 9_999}}
	c := &openChain{apptest.New(t, g), t}
	id := c.mustPropose("records")
	c.vote("records", id, false)
	require.Equal(t, chanceryv1.ProposalStatus_PROPOSAL_STATUS_REJECTED, c.proposal(id).Status)
	require.Empty(t, c.proposal(id).Changes)
}
