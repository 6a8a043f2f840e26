package app_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/app"
	"github.com/chancery-chain/chancery/app/apperr"
	"github.com/chancery-chain/chancery/app/apptest"
	"github.com/chancery-chain/chancery/app/key"
	"github.com/chancery-chain/chancery/app/params"
	"github.com/chancery-chain/chancery/app/validator"
)

const (
	nextProtocol = params.LatestProtocol + 1
	testLead     = 6
)

// upgradeChain is a chain of four validators of power 10 whose committee can switch
// to a protocol version that this software does not know, testLead blocks ahead.
type upgradeChain struct {
	*apptest.Chain
	t *testing.T
}

func newUpgradeChain(t *testing.T) upgradeChain {
	g := apptest.Governed()
	g.Params = &app.GenesisParams{ProtocolLeadBlocks: testLead}
	return upgradeChain{apptest.New(t, g), t}
}

func operatorOf(org string) *key.Private { return apptest.Key(org+"-operator", key.Ed25519) }

// decide proposes changes that housing votes for, in two blocks, and returns the
// second one.
func (c upgradeChain) decide(list ...*chanceryv1.Change) *app.BlockResult {
	c.t.Helper()
	b := c.Body(operatorOf("city"), "city")
	b.GasLimit = 20_000_000
	b.Action = &chanceryv1.TxBody_Propose{Propose: &chanceryv1.Propose{Title: "rules", Changes: list}}
	made := new(chanceryv1.ProposeResult)
	require.NoError(c.t, proto.Unmarshal(c.Must(c.Sign(b, operatorOf("city"))).Data, made))
	return c.Block(c.yes(made.Proposal))
}

func (c upgradeChain) yes(proposal uint64) []byte {
	b := c.Body(operatorOf("housing"), "housing")
	b.Action = &chanceryv1.TxBody_Vote{Vote: &chanceryv1.Vote{Proposal: proposal, Yes: true}}
	return c.Sign(b, operatorOf("housing"))
}

func upgradeTo(version uint64, height int64) *chanceryv1.Change {
	return &chanceryv1.Change{Change: &chanceryv1.Change_ProtocolUpgrade{ProtocolUpgrade: &chanceryv1.ProtocolUpgrade{Version: version, Height: height}}}
}

// plan decides the switch as early as it may be, and returns its height.
func (c upgradeChain) plan() int64 {
	c.t.Helper()
	height := c.Height + 2 + testLead
	res := c.decide(upgradeTo(nextProtocol, height))
	require.Equal(c.t, []string{"ProposalDecided", "ChangeMade", "ProtocolUpgradePlanned"}, eventTypes(res))
	return height
}

// confirmation is a tx by which an organisation's operator speaks for a validator.
func (c upgradeChain) confirmation(org, name, keyName string, version uint64) []byte {
	b := c.Body(operatorOf(org), org)
	b.Action = &chanceryv1.TxBody_ConfirmProtocol{ConfirmProtocol: &chanceryv1.ConfirmProtocol{
		Validator: name, Address: apptest.ValidatorKey(keyName).Address().String(), Version: version,
	}}
	return c.Sign(b, operatorOf(org))
}

func (c upgradeChain) confirm(names ...string) {
	c.t.Helper()
	for _, name := range names {
		org, _, _ := strings.Cut(name, "-")
		c.Must(c.confirmation(org, name, name, nextProtocol))
	}
}

// upTo makes blocks up to a height and returns the last one.
func (c upgradeChain) upTo(height int64) (res *app.BlockResult) {
	for c.Height < height {
		res = c.Block()
	}
	return res
}

func eventTypes(res *app.BlockResult) (types []string) {
	for _, e := range res.Events {
		types = append(types, strings.TrimPrefix(e.Type, "chancery.v1."))
	}
	return types
}

func (c upgradeChain) readiness() *chanceryv1.ProtocolReadiness {
	set, err := c.App.Query().Validators()
	require.NoError(c.t, err)
	return set.Readiness
}

func (c upgradeChain) planned() *chanceryv1.UpgradePlan {
	committee, err := c.App.Query().Committee()
	require.NoError(c.t, err)
	return committee.Upgrade
}

// requireLapse checks that the block before the switch drops the plan, and that the
// chain goes on by its rules.
func (c upgradeChain) requireLapse(res *app.BlockResult, ready uint64) {
	c.t.Helper()
	require.Contains(c.t, eventTypes(res), "ProtocolUpgradeLapsed")
	lapsed := new(chanceryv1.ProtocolUpgradeLapsed)
	require.NoError(c.t, proto.Unmarshal(res.Events[len(res.Events)-1].Payload, lapsed))
	require.Equal(c.t, res.Height+1, lapsed.Height)
	require.EqualValues(c.t, nextProtocol, lapsed.Version)
	require.Equal(c.t, ready, lapsed.ReadyPower)
	require.Zero(c.t, res.NextProtocol)
	require.Nil(c.t, c.planned())
	require.NoError(c.t, c.App.CheckSoftware())
	c.Block(c.SetMember(apptest.Key("records-admin", key.Ed25519), "records", apptest.Key("new", key.Ed25519).Public(), true))
	require.EqualValues(c.t, params.LatestProtocol, c.App.Info().ProtocolVersion)
	require.Equal(c.t, c.App.Info().AppHash, c.Replay(app.Options{Dir: c.t.TempDir()}))
}

// requireSwitch checks that the block before the switch announces the version, and
// that this software, which does not know it, stops there.
func (c upgradeChain) requireSwitch(res *app.BlockResult) {
	c.t.Helper()
	require.EqualValues(c.t, nextProtocol, res.NextProtocol)
	require.NotContains(c.t, eventTypes(res), "ProtocolUpgradeLapsed")
	var old *app.SoftwareTooOldError
	require.ErrorAs(c.t, c.App.CheckSoftware(), &old)
	require.Equal(c.t, app.SoftwareTooOldError{Height: res.Height + 1, ProtocolVersion: nextProtocol}, *old)
	_, err := c.App.ExecuteBlock(app.Block{Height: res.Height + 1, Time: c.Time})
	require.ErrorAs(c.t, err, &old)
}

func TestUpgradeLapsesUnlessEnoughAreReady(t *testing.T) {
	for _, row := range []struct {
		name     string
		ready    []string
		switches bool
	}{
		{"nobody", nil, false},
		{"half", []string{"city-1", "records-1"}, false},
		{"three of four", []string{"city-1", "records-1", "housing-1"}, true},
		{"all", []string{"city-1", "city-2", "records-1", "housing-1"}, true},
	} {
		t.Run(row.name, func(t *testing.T) {
			c := newUpgradeChain(t)
			at := c.plan()
			c.confirm(row.ready...)
			res := c.upTo(at - 1)
			if row.switches {
				c.requireSwitch(res)
			} else {
				c.requireLapse(res, uint64(10*len(row.ready)))
			}
		})
	}
}

// TestExactlyTwoThirdsAreTooFew: two thirds of the power decide no block, so they must
// not be left to decide them.
func TestExactlyTwoThirdsAreTooFew(t *testing.T) {
	c := newUpgradeChain(t)
	c.decide(&chanceryv1.Change{Change: &chanceryv1.Change_RemoveValidator{RemoveValidator: &chanceryv1.RemoveValidator{Name: "city-2"}}})
	at := c.plan()
	c.confirm("city-1", "records-1")
	require.EqualValues(t, 1, c.readiness().MissingPower)
	c.requireLapse(c.upTo(at-1), 20)
}

// TestConfirmationsInTime: the last block before the switch is in time, and what is
// confirmed before the vote counts; a lapsed upgrade can be voted anew, and what was
// confirmed holds.
func TestConfirmationsInTime(t *testing.T) {
	c := newUpgradeChain(t)
	c.confirm("city-1")
	at := c.plan()
	c.confirm("records-1")
	ready := c.planned().Readiness
	require.Equal(t, &chanceryv1.ProtocolReadiness{
		Version: nextProtocol, ReadyPower: 20, NeededPower: 27, MissingPower: 7, TotalPower: 40, Waiting: []string{"city-2", "housing-1"},
	}, ready)
	c.requireLapse(c.upTo(at-1), 20)
	at = c.plan()
	c.upTo(at - 2)
	c.requireSwitch(c.Block(c.confirmation("housing", "housing-1", "housing-1", nextProtocol)))
}

// TestConfirmationsEnd: taking back, another key, another place and misbehaviour end a
// confirmation.
func TestConfirmationsEnd(t *testing.T) {
	remove := &chanceryv1.Change{Change: &chanceryv1.Change_RemoveValidator{RemoveValidator: &chanceryv1.RemoveValidator{Name: "records-1"}}}
	again := &chanceryv1.Change{Change: &chanceryv1.Change_AddValidator{AddValidator: &chanceryv1.AddValidator{
		Name: "records-1", Org: "records", Key: apptest.ValidatorKey("records-1").API(), Power: 10,
	}}}
	rotate := &chanceryv1.Change{Change: &chanceryv1.Change_RotateKey{
		RotateKey: &chanceryv1.RotateKey{Name: "records-1", Key: apptest.ValidatorKey("records-9").API()},
	}}
	for _, row := range []struct {
		name string
		end  func(upgradeChain)
	}{
		{"taken back", func(c upgradeChain) { c.Must(c.confirmation("records", "records-1", "records-1", 0)) }},
		{"another key", func(c upgradeChain) { c.decide(rotate) }},
		{"removed and back", func(c upgradeChain) {
			c.decide(remove)
			c.decide(again)
		}},
		{"replaced in one proposal", func(c upgradeChain) {
			c.decide(remove, again)
		}},
	} {
		t.Run(row.name, func(t *testing.T) {
			c := newUpgradeChain(t)
			c.confirm("city-1", "records-1", "housing-1")
			require.Zero(t, c.readiness().MissingPower)
			row.end(c)
			require.Equal(t, []string{"city-2", "records-1"}, c.readiness().Waiting)
			at := c.plan()
			c.requireLapse(c.upTo(at-1), 20)
		})
	}
	t.Run("misbehaviour", func(t *testing.T) {
		c := newUpgradeChain(t)
		c.confirm("city-1", "records-1", "housing-1")
		c.Decide(app.Block{Time: c.Time.Add(1), Misbehaviour: []validator.Misbehaviour{{
			Kind:    chanceryv1.MisbehaviourKind_MISBEHAVIOUR_KIND_DUPLICATE_VOTE,
			Address: apptest.ValidatorKey("records-1").Address(), Height: c.Height, Time: c.Time, Power: 10,
		}}})
		require.EqualValues(t, 20, c.readiness().ReadyPower)
		require.EqualValues(t, 30, c.readiness().TotalPower)
	})
}

// TestSwitchNeedsBothSetsOfValidators: a change of the validators in the last block
// counts from the second block after it. Those of before sign the first block under
// the new rules, those of after it all later ones.
func TestSwitchNeedsBothSetsOfValidators(t *testing.T) {
	// decideLast has changes decided by the last block before the switch.
	decideLast := func(c upgradeChain, at int64, list ...*chanceryv1.Change) *app.BlockResult {
		c.upTo(at - 3)
		return c.decide(list...)
	}
	power := func(name string, p uint64) *chanceryv1.Change {
		return &chanceryv1.Change{Change: &chanceryv1.Change_SetPower{SetPower: &chanceryv1.SetPower{Name: name, Power: p}}}
	}
	t.Run("too few after it", func(t *testing.T) {
		c := newUpgradeChain(t)
		c.confirm("city-1", "records-1", "housing-1")
		c.requireLapse(decideLast(c, c.plan(), &chanceryv1.Change{Change: &chanceryv1.Change_AddValidator{AddValidator: &chanceryv1.AddValidator{
			Name: "city-9", Org: "city", Key: apptest.ValidatorKey("city-9").API(), Power: 10,
		}}}), 30)
	})
	t.Run("too few before it", func(t *testing.T) {
		c := newUpgradeChain(t)
		c.confirm("records-1", "housing-1")
		c.requireLapse(decideLast(c, c.plan(),
			&chanceryv1.Change{Change: &chanceryv1.Change_RemoveValidator{RemoveValidator: &chanceryv1.RemoveValidator{Name: "city-2"}}},
			power("city-1", 1)), 20)
	})
	t.Run("enough in both", func(t *testing.T) {
		c := newUpgradeChain(t)
		c.confirm("city-1", "records-1", "housing-1")
		c.requireSwitch(decideLast(c, c.plan(), power("records-1", 11)))
	})
	t.Run("dropped in it", func(t *testing.T) {
		c := newUpgradeChain(t)
		c.confirm("city-1", "records-1", "housing-1")
		res := decideLast(c, c.plan(), upgradeTo(0, 0))
		require.Zero(t, res.NextProtocol)
		require.NotContains(t, eventTypes(res), "ProtocolUpgradeLapsed")
		c.Block()
	})
}

// TestUpgradeLead: a switch is so many blocks ahead that operators can react, and no
// proposal shortens that for itself.
func TestUpgradeLead(t *testing.T) {
	c := newUpgradeChain(t)
	for _, list := range [][]*chanceryv1.Change{
		{upgradeTo(nextProtocol, c.Height+2+testLead-1)},
		{
			{Change: &chanceryv1.Change_SetParameter{SetParameter: &chanceryv1.SetParameter{Name: "protocol_lead_blocks", Value: 2}}},
			upgradeTo(nextProtocol, c.Height+4+testLead-1),
		},
	} {
		res := c.decide(list...)
		decided := new(chanceryv1.ProposalDecided)
		require.NoError(t, proto.Unmarshal(res.Events[0].Payload, decided))
		require.Equal(t, chanceryv1.ProposalStatus_PROPOSAL_STATUS_FAILED, decided.Status)
		require.EqualValues(t, apperr.InvalidTx, decided.Code)
		require.EqualValues(t, len(list)-1, decided.FailedChange)
		require.Nil(t, c.planned())
	}
	tried, err := c.App.Query().SimulateProposal(t.Context(), &chanceryv1.SimulateProposalRequest{
		Propose: &chanceryv1.Propose{Changes: []*chanceryv1.Change{upgradeTo(nextProtocol, c.Height+2)}},
	})
	require.NoError(t, err)
	require.Contains(t, tried.Message, "protocol_lead_blocks is 6")
	require.EqualValues(t, 27, tried.After.Readiness.MissingPower)
}

// TestConfirmationIsForbidden: who may not confirm, and what cannot be confirmed. None
// of it changes what is confirmed.
func TestConfirmationIsForbidden(t *testing.T) {
	c := newUpgradeChain(t)
	c.confirm("city-2")
	city1 := apptest.ValidatorKey("city-1").Address().String()
	as := func(signer *key.Private, org string, m *chanceryv1.ConfirmProtocol) []byte {
		b := c.Body(signer, org)
		b.Action = &chanceryv1.TxBody_ConfirmProtocol{ConfirmProtocol: m}
		return c.Sign(b, signer)
	}
	right := func() *chanceryv1.ConfirmProtocol {
		return &chanceryv1.ConfirmProtocol{Validator: "city-1", Address: city1, Version: nextProtocol}
	}
	with := func(f func(*chanceryv1.ConfirmProtocol)) []byte {
		m := right()
		f(m)
		return as(operatorOf("city"), "city", m)
	}
	for _, row := range []struct {
		name string
		raw  []byte
		want apperr.Code
	}{
		{"an admin, no operator", as(apptest.Key("city-admin", key.Ed25519), "city", right()), apperr.PermissionDenied},
		{"an operator of another organisation", as(operatorOf("records"), "records", right()), apperr.PermissionDenied},
		{"another organisation's operator for this one", as(operatorOf("records"), "city", right()), apperr.PermissionDenied},
		{"an account without an organisation", as(operatorOf("city"), "", right()), apperr.InvalidTx},
		{"no such validator", with(func(m *chanceryv1.ConfirmProtocol) { m.Validator = "city-9" }), apperr.NotFound},
		{"no name", with(func(m *chanceryv1.ConfirmProtocol) { m.Validator = "" }), apperr.InvalidTx},
		{"another key", with(func(m *chanceryv1.ConfirmProtocol) { m.Address = apptest.ValidatorKey("city-2").Address().String() }), apperr.InvalidTx},
		{"no address", with(func(m *chanceryv1.ConfirmProtocol) { m.Address = "" }), apperr.InvalidTx},
		{"small letters", with(func(m *chanceryv1.ConfirmProtocol) { m.Address = strings.ToLower(city1) }), apperr.InvalidTx},
		{"the present version", with(func(m *chanceryv1.ConfirmProtocol) { m.Version = nextProtocol - 1 }), apperr.InvalidTx},
		{"a later version", with(func(m *chanceryv1.ConfirmProtocol) { m.Version = nextProtocol + 1 }), apperr.InvalidTx},
		{"again", c.confirmation("city", "city-2", "city-2", nextProtocol), apperr.AlreadyExists},
		{"taking back what is not there", with(func(m *chanceryv1.ConfirmProtocol) { m.Version = 0 }), apperr.NotFound},
	} {
		before := c.readiness()
		res := c.Block(row.raw).Results[0]
		require.Equal(t, row.want.String(), res.CodeName, "%s: %s", row.name, res.Log)
		require.True(t, proto.Equal(before, c.readiness()), row.name)
	}
	c.confirm("city-1")
	require.EqualValues(t, 20, c.readiness().ReadyPower)
}
