package app_test

import (
	"crypto/sha256"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/app/apperr"
	"github.com/chancery-chain/chancery/app/apptest"
	"github.com/chancery-chain/chancery/app/key"
)

// setStatus has city and housing suspend records, or lift that.
func (c *openChain) setStatus(suspended bool) {
	c.t.Helper()
	change := suspendOrg("records")
	change.GetSetOrgStatus().Suspended = suspended
	id := c.mustProposeOf("city", change)
	c.vote("housing", id, true)
	require.Equal(c.t, chanceryv1.ProposalStatus_PROPOSAL_STATUS_PASSED, c.proposal(id).Status)
}

func (c *openChain) mustProposeOf(org string, changes ...*chanceryv1.Change) uint64 {
	c.t.Helper()
	res := c.do(org, &chanceryv1.TxBody{Action: &chanceryv1.TxBody_Propose{Propose: &chanceryv1.Propose{Title: "x", Changes: changes}}})
	require.Zero(c.t, res.Code, res.Log)
	out := new(chanceryv1.ProposeResult)
	require.NoError(c.t, proto.Unmarshal(res.Data, out))
	return out.Proposal
}

// TestSuspendedOrganisationsDoNotCount: a vote is counted when the proposal is decided,
// and then only of organisations that may vote.
func TestSuspendedOrganisationsDoNotCount(t *testing.T) {
	open, passed, rejected := chanceryv1.ProposalStatus_PROPOSAL_STATUS_OPEN, chanceryv1.ProposalStatus_PROPOSAL_STATUS_PASSED, chanceryv1.ProposalStatus_PROPOSAL_STATUS_REJECTED
	c := &openChain{apptest.New(t, apptest.Governed()), t}
	mine, theirs := c.mustPropose("records"), c.mustPropose("city")
	lifted := c.mustPropose("records")
	c.vote("records", theirs, false)
	c.setStatus(true)

	c.vote("housing", mine, true)
	p := c.proposal(mine)
	require.Equal(t, open, p.Status, "one of three")
	require.Equal(t, [3]uint32{1, 0, 2}, [3]uint32{p.Yes, p.No, p.Needed})
	require.Len(t, p.Ballots, 2, "what was voted stays on record")
	c.vote("housing", theirs, false)
	p = c.proposal(theirs)
	require.Equal(t, open, p.Status, "one of three against it")
	require.Equal(t, [3]uint32{1, 1, 2}, [3]uint32{p.Yes, p.No, p.Needed})

	res := c.do("city", &chanceryv1.TxBody{Action: &chanceryv1.TxBody_Vote{Vote: &chanceryv1.Vote{Proposal: mine, Yes: true}}})
	require.Zero(t, res.Code, res.Log)
	require.Equal(t, passed, c.proposal(mine).Status, "without it")
	require.Equal(t, []string{"city", "housing"}, c.decision(mine).Yes)

	c.setStatus(false)
	require.Equal(t, open, c.proposal(theirs).Status, "the next vote counts again")
	c.vote("housing", theirs, false)
	require.Equal(t, rejected, c.proposal(theirs).Status)
	c.vote("housing", lifted, true)
	require.Equal(t, passed, c.proposal(lifted).Status)
}

// decision returns the event of a decided proposal.
func (c *openChain) decision(id uint64) *chanceryv1.ProposalDecided {
	b, ok, err := c.App.Block(c.proposal(id).DecidedHeight)
	require.NoError(c.t, err)
	require.True(c.t, ok)
	for _, e := range b.Events {
		d := new(chanceryv1.ProposalDecided)
		if e.Type == "chancery.v1.ProposalDecided" && proto.Unmarshal(e.Payload, d) == nil && d.Proposal == id {
			return d
		}
	}
	require.Fail(c.t, "no decision")
	return nil
}

// TestSuspendedApproversDoNotCount: an approval of an upgrade counts when it is
// executed, and then only of an organisation that is not suspended.
func TestSuspendedApproversDoNotCount(t *testing.T) {
	c := apptest.New(t, nil)
	codes := [2][]byte{idleCode(t, nil, nil), nil}
	codes[1] = append(append([]byte{}, codes[0]...), 0, 3, 1, 'x', 'y')
	var hashes [2][32]byte
	for i, code := range codes {
		hashes[i] = sha256.Sum256(code)
		c.Must(c.Upload(recordsDev, "records", pack(t, code)))
	}
	sign := func(signer *key.Private, org string, action *chanceryv1.TxBody) []byte {
		b := c.Body(signer, org)
		b.GasLimit = 100_000_000
		b.Action = action.Action
		return c.Sign(b, signer)
	}
	const name = "records/idle"
	c.Must(sign(recordsDev, "records", &chanceryv1.TxBody{Action: &chanceryv1.TxBody_Deploy{Deploy: &chanceryv1.Deploy{
		Contract: name, CodeHash: hashes[0][:], UpgradePolicy: &chanceryv1.UpgradePolicy{Approvers: []string{"city", "housing"}, Required: 1},
	}}}))
	res := c.Must(sign(recordsDev, "records", &chanceryv1.TxBody{Action: &chanceryv1.TxBody_ProposeUpgrade{ProposeUpgrade: &chanceryv1.ProposeUpgrade{
		Contract: name, CodeHash: hashes[1][:],
	}}}))
	proposed := new(chanceryv1.ProposeUpgradeResult)
	require.NoError(t, proto.Unmarshal(res.Data, proposed))
	approve := func(org string) {
		c.Must(sign(apptest.Key(org+"-admin", key.Ed25519), org, &chanceryv1.TxBody{Action: &chanceryv1.TxBody_ApproveUpgrade{
			ApproveUpgrade: &chanceryv1.ApproveUpgrade{Contract: name, Id: proposed.Id, Digest: proposed.Digest},
		}}))
	}
	status := func(suspended bool) {
		c.Must(sign(operator, "city", &chanceryv1.TxBody{Action: &chanceryv1.TxBody_SetOrgStatus{SetOrgStatus: &chanceryv1.SetOrgStatus{Org: "housing", Suspended: suspended}}}))
	}
	execute := func() *chanceryv1.TxResult {
		return c.Block(sign(recordsDev, "records", &chanceryv1.TxBody{Action: &chanceryv1.TxBody_ExecuteUpgrade{ExecuteUpgrade: &chanceryv1.ExecuteUpgrade{
			Contract: name, Id: proposed.Id,
		}}})).Results[0]
	}
	waits := func() string {
		u, err := c.App.Query().Upgrade(name, proposed.Id)
		require.NoError(t, err)
		return u.WaitsFor
	}
	approve("housing")
	require.Empty(t, waits())
	status(true)
	require.Contains(t, waits(), "0 of 1")
	res = execute()
	require.Equal(t, apperr.NotReady.String(), res.CodeName, res.Log)
	require.Contains(t, res.Log, "housing")

	approve("city")
	require.Empty(t, waits())
	res = execute()
	require.Zero(t, res.Code, res.Log)
	list, _, err := c.App.Query().Versions(name, 1, "")
	require.NoError(t, err)
	require.Len(t, list[0].Approvals, 1)
	require.Equal(t, "city", list[0].Approvals[0].Org, "whose approval counted")
}
