package app_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/app/apperr"
	"github.com/chancery-chain/chancery/app/apptest"
	"github.com/chancery-chain/chancery/app/key"
)

func suspendOrg(org string) *chanceryv1.Change {
	return &chanceryv1.Change{Change: &chanceryv1.Change_SetOrgStatus{SetOrgStatus: &chanceryv1.SetOrgStatus{Org: org, Suspended: true}}}
}

func ruleOf(kind chanceryv1.ChangeKind, threshold uint32) *chanceryv1.Change {
	return &chanceryv1.Change{Change: &chanceryv1.Change_SetRule{SetRule: &chanceryv1.SetRule{Kind: kind, Threshold: threshold}}}
}

func seat(org string) *chanceryv1.Change {
	return &chanceryv1.Change{Change: &chanceryv1.Change_SetCommittee{SetCommittee: &chanceryv1.SetCommittee{Org: org, Member: true}}}
}

// poor admits an organisation with a quota that pays for no proposal.
func poor(name string) *chanceryv1.Change {
	return &chanceryv1.Change{Change: &chanceryv1.Change_CreateOrg{CreateOrg: &chanceryv1.CreateOrg{
		Name: name, Admin: apptest.APIKey(apptest.Key(name, key.Ed25519).Public()), GasPerPeriod: 1_000_000,
	}}}
}

func parameter(name string, value uint64) *chanceryv1.Change {
	return &chanceryv1.Change{Change: &chanceryv1.Change_SetParameter{SetParameter: &chanceryv1.SetParameter{Name: name, Value: value}}}
}

// TestNoVoteIsTheLast: a proposal after which the committee could not undo it fails
// as a whole.
func TestNoVoteIsTheLast(t *testing.T) {
	c := apptest.New(t, apptest.Governed())
	c.Block()
	status, quotas := chanceryv1.ChangeKind_CHANGE_KIND_ORG_STATUS, chanceryv1.ChangeKind_CHANGE_KIND_QUOTA
	for _, row := range []struct {
		name    string
		changes []*chanceryv1.Change
		want    apperr.Code
	}{
		{"one of three suspended", []*chanceryv1.Change{suspendOrg("records")}, apperr.OK},
		{"two of three suspended", []*chanceryv1.Change{suspendOrg("records"), suspendOrg("housing")}, apperr.PermissionDenied},
		{"all must lift a suspension, and one is suspended", []*chanceryv1.Change{ruleOf(status, 9_999), suspendOrg("records")}, apperr.PermissionDenied},
		{"all must raise a quota", []*chanceryv1.Change{ruleOf(quotas, 9_999)}, apperr.OK},
		{"half of the committee cannot pay for a vote", []*chanceryv1.Change{
			poor("aa"), poor("bb"), poor("cc"), seat("aa"), seat("bb"), seat("cc"),
		}, apperr.PermissionDenied},
		{"a minority cannot", []*chanceryv1.Change{poor("aa"), poor("bb"), seat("aa"), seat("bb")}, apperr.OK},
		{"a vote dearer than the quotas", []*chanceryv1.Change{
			parameter("max_call_gas", 2_000_000_000), parameter("change_gas", 1<<30), parameter("vote_gas", 100_000_000),
		}, apperr.OK},
		{"a vote dearer than a call may be", []*chanceryv1.Change{parameter("vote_gas", 100_000_000)}, apperr.InvalidTx},
		{"no room for a proposal", []*chanceryv1.Change{parameter("max_tx_bytes", 1_000)}, apperr.InvalidTx},
	} {
		res, err := c.App.Query().SimulateProposal(t.Context(), &chanceryv1.SimulateProposalRequest{Propose: &chanceryv1.Propose{Title: "x", Changes: row.changes}})
		require.NoError(t, err)
		require.Equal(t, row.want, apperr.Code(res.Code), "%s: %s", row.name, res.Message)
	}
	small := apptest.Governed()
	for i := range small.Orgs {
		small.Orgs[i].GasPerPeriod = 500_000_000
	}
	c = apptest.New(t, small)
	c.Block()
	res, err := c.App.Query().SimulateProposal(t.Context(), &chanceryv1.SimulateProposalRequest{Propose: &chanceryv1.Propose{
		Title: "x", Changes: []*chanceryv1.Change{parameter("max_call_gas", 2_000_000_000), parameter("change_gas", 1<<30)},
	}})
	require.NoError(t, err)
	require.Equal(t, apperr.PermissionDenied.String(), res.CodeName, res.Message)
}
