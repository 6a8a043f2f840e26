package app_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"

	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/app"
	"github.com/chancery-chain/chancery/app/apperr"
	"github.com/chancery-chain/chancery/app/apptest"
	"github.com/chancery-chain/chancery/app/governance"
	"github.com/chancery-chain/chancery/app/key"
	"github.com/chancery-chain/chancery/app/validator"
)

var (
	govOrgs   = []string{"city", "records", "housing", "notary", "land"}
	govNames  = []string{"v0", "v1", "v2", "v3", "v4", "v5", "v6", "v7", "v8"}
	govKeys   = []string{"k0", "k1", "k2", "k3", "k4", "k5", "k6", "k7", "k8", "k9", "k10", "k11"}
	govPowers = []uint64{1, 4, 9, 10, 11, 25, 1_000_000_000}
	// govRescuer is the admin that a vote gives.
	govRescuer = apptest.Key("rescuer", key.Ed25519)
)

// govGenesis has five organisations with an operator each, three of them in the
// committee, and four with validators, so evenly that the loss of one lets others
// hold a third.
func govGenesis() (*app.Genesis, *govModel) {
	g := &app.Genesis{
		OperatorOrg: "city", Committee: []string{"city", "records", "housing"},
		Params: &app.GenesisParams{MaxOpenProposals: govOpen},
	}
	m := &govModel{govState: govState{
		committee: map[string]bool{}, thresholds: map[governance.Kind]int{}, alone: map[governance.Kind]bool{},
		validators: map[string]govValidator{}, former: map[string]govFormer{}, quotas: map[string]uint64{}, maxValid: 600, rescued: map[string]bool{},
	}, now: apptest.Start.Unix()}
	const gas = 200_000_000_000
	for _, name := range govOrgs {
		g.Orgs = append(g.Orgs, app.GenesisOrg{Name: name, Title: name, GasPerPeriod: gas, Members: []app.GenesisMember{{
			KeyType: "ed25519", PublicKey: apptest.Key(name+"-operator", key.Ed25519).Public().Bytes, Roles: []string{"admin", "operator"},
		}}})
		m.quotas[name] = gas
	}
	for _, name := range g.Committee {
		m.committee[name] = true
	}
	for i, org := range []string{"city", "city", "records", "records", "housing", "housing", "notary"} {
		k := apptest.ValidatorKey(govKeys[i])
		g.Validators = append(g.Validators, app.GenesisValidator{KeyType: k.Type.String(), PublicKey: k.Bytes, Name: govNames[i], Org: org})
		m.validators[govNames[i]] = govValidator{org: org, key: govKeys[i], power: 10}
	}
	for k := governance.OrgAdmission; k <= governance.Protocol; k++ {
		m.thresholds[k] = govMajority
		switch k {
		case governance.OrgAdmission, governance.OrgStatus, governance.OrgData, governance.Quota:
			m.alone[k] = true
		case governance.Validators, governance.Parameters, governance.Rules, governance.Members, governance.Protocol:
			m.thresholds[k] = govTwoThirds
		}
	}
	return g, m
}

// change draws a change whose form is right, and that is possible more often than
// not.
func (m *govModel) change(t *rapid.T) govChange {
	c := govChange{
		what: rapid.SampledFrom([]string{"add", "add", "remove", "power", "power", "rotate", "committee", "admin", "rule", "quota", "parameter"}).Draw(t, "what"),
		org:  rapid.SampledFrom(govOrgs).Draw(t, "org"), power: rapid.SampledFrom(govPowers).Draw(t, "power"),
	}
	likely := rapid.IntRange(0, 4).Draw(t, "likely") > 0
	c.name = pick(t, govNames, likely, func(name string) bool {
		_, taken := m.validators[name]
		return taken == (c.what != "add")
	})
	c.key = pick(t, govKeys, likely, func(k string) bool {
		return !m.former[k].barred && m.signs(k) == ""
	})
	switch c.what {
	case "committee":
		c.yes = rapid.Bool().Draw(t, "member")
	case "rule":
		c.kind = rapid.SampledFrom([]governance.Kind{governance.Validators, governance.Quota, governance.Members}).Draw(t, "kind")
		c.threshold = rapid.SampledFrom([]int{govMajority, govTwoThirds, 9_999}).Draw(t, "threshold")
		c.operatorMayDoIt = c.kind == governance.Quota && rapid.Bool().Draw(t, "alone")
	case "quota":
		c.value = rapid.SampledFrom([]uint64{govMaxCallGas - 1, 200_000_000_000}).Draw(t, "gas")
	case "parameter":
		c.value = rapid.SampledFrom([]uint64{0, 300, 600, 86_401}).Draw(t, "seconds")
	}
	return c
}

// signs returns the validator that signs with a key.
func (m *govModel) signs(k string) string {
	for name, v := range m.validators {
		if v.key == k {
			return name
		}
	}
	return ""
}

// pick draws one of a list, if likely one of those that f likes.
func pick(t *rapid.T, list []string, likely bool, f func(string) bool) string {
	if liked := slices.DeleteFunc(slices.Clone(list), func(s string) bool { return !f(s) }); likely && len(liked) > 0 {
		list = liked
	}
	return rapid.SampledFrom(list).Draw(t, "of")
}

// govRun is a chain beside its model.
type govRun struct {
	chain *apptest.Chain
	model *govModel
	// comet is what consensus makes of the updates: powers by address.
	comet map[string]uint64
}

// TestGovernanceModel runs random proposals, votes, times and evidence against a
// plain model: every tx has the result, and every block the validators, committee,
// rules and quotas that the model has, with an event for each change.
func TestGovernanceModel(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		g, m := govGenesis()
		r := &govRun{chain: apptest.NewWith(t, g, app.Options{Dir: t.TempDir(), NoSync: true}), model: m, comet: map[string]uint64{}}
		defer r.chain.Close()
		for _, v := range m.validators {
			r.comet[apptest.ValidatorKey(v.key).Address().String()] = v.power
		}
		for range rapid.IntRange(1, 25).Draw(rt, "blocks") {
			r.block(rt)
		}
		require.Equal(rt, r.chain.App.Info().AppHash, r.chain.Replay(app.Options{Dir: t.TempDir(), NoSync: true}))
	})
}

func (r *govRun) block(t *rapid.T) {
	m := r.model
	after := rapid.SampledFrom([]int64{1, 1, 1, 40, 100}).Draw(t, "seconds")
	m.now += after
	r.chain.Time = time.Unix(m.now, 0).UTC()
	var txs [][]byte
	var want []apperr.Code
	add := func(raw []byte, code apperr.Code) { txs, want = append(txs, raw), append(want, code) }
	for range rapid.IntRange(0, 3).Draw(t, "txs") {
		add(r.tx(t))
	}
	if rapid.Bool().Draw(t, "agreed") {
		// The whole committee agrees: random votes seldom do.
		orgs := slices.Sorted(maps.Keys(m.committee))
		raw, code := r.propose(t, orgs[0])
		add(raw, code)
		for _, org := range orgs[1:] {
			if code == apperr.OK {
				add(r.vote(org, len(m.proposals), true))
			}
		}
	}
	b := app.Block{Time: r.chain.Time, Txs: txs}
	guilty := ""
	if rapid.IntRange(0, 9).Draw(t, "evidence") == 0 {
		guilty = pick(t, govKeys, rapid.Bool().Draw(t, "signs"), func(k string) bool { return m.signs(k) != "" })
		b.Misbehaviour = []validator.Misbehaviour{{
			Kind:    chanceryv1.MisbehaviourKind_MISBEHAVIOUR_KIND_DUPLICATE_VOTE,
			Address: apptest.ValidatorKey(guilty).Address(), Height: r.chain.Height, Time: b.Time, Power: 1,
		}}
	}
	res := r.chain.Decide(b)
	for i, code := range want {
		require.Equal(t, code.String(), apperr.Code(res.Results[i].Code).String(), "tx %d: %s", i, res.Results[i].Log)
	}
	expected := r.end(guilty)
	require.Equal(t, expected, voted(t, res.Events), "each change of a vote has its event, with its proposal")
	r.compare(t, res)
}

// tx draws a tx, runs it on the model and returns it with its code.
func (r *govRun) tx(t *rapid.T) ([]byte, apperr.Code) {
	m := r.model
	who := rapid.SampledFrom(govOrgs).Draw(t, "who")
	id := rapid.IntRange(max(1, len(m.proposals)-3), len(m.proposals)+1).Draw(t, "id")
	switch rapid.SampledFrom([]string{"propose", "vote", "vote", "vote", "withdraw", "quota"}).Draw(t, "action") {
	case "propose":
		return r.propose(t, who)
	case "vote":
		return r.vote(who, id, rapid.IntRange(0, 2).Draw(t, "yes") > 0)
	case "withdraw":
		body := &chanceryv1.TxBody{Action: &chanceryv1.TxBody_Withdraw{Withdraw: &chanceryv1.Withdraw{Proposal: uint64(id)}}}
		return r.sign(who, body), m.withdraw(who, id)
	}
	gas := rapid.SampledFrom([]uint64{govMaxCallGas - 1, 200_000_000_000}).Draw(t, "gas")
	body := &chanceryv1.TxBody{Action: &chanceryv1.TxBody_SetQuota{SetQuota: &chanceryv1.SetQuota{Org: who, GasPerPeriod: gas}}}
	return r.sign("city", body), m.operatorSetsQuota(who, gas)
}

func (r *govRun) propose(t *rapid.T, who string) ([]byte, apperr.Code) {
	changes := rapid.SliceOfN(rapid.Custom(r.model.change), 1, 3).Draw(t, "changes")
	p := &chanceryv1.Propose{Title: "x", VotingSeconds: 90}
	for _, c := range changes {
		p.Changes = append(p.Changes, c.api())
	}
	return r.sign(who, &chanceryv1.TxBody{Action: &chanceryv1.TxBody_Propose{Propose: p}}), r.model.propose(who, changes, 90)
}

func (r *govRun) vote(who string, id int, yes bool) ([]byte, apperr.Code) {
	body := &chanceryv1.TxBody{Action: &chanceryv1.TxBody_Vote{Vote: &chanceryv1.Vote{Proposal: uint64(id), Yes: yes}}}
	return r.sign(who, body), r.model.vote(who, id, yes)
}

func (r *govRun) sign(org string, action *chanceryv1.TxBody) []byte {
	signer := apptest.Key(org+"-operator", key.Ed25519)
	b := r.chain.Body(signer, org)
	b.Action = action.Action
	return r.chain.Sign(b, signer)
}

// end runs the end of a block on the model and returns its decisions and changes.
func (r *govRun) end(guilty string) (events []string) {
	m := r.model
	if guilty != "" {
		if _, removed := m.punish(guilty); removed {
			m.balance()
		}
	}
	for i, p := range m.proposals {
		if p.status != governance.Decided {
			continue
		}
		made, code := m.enact(p)
		events = append(events, fmt.Sprintf("%d %s %d %d", i+1, governance.StatusName(p.status), code, map[bool]int{true: made}[code != 0]))
		for j := 0; code == 0 && j < made; j++ {
			events = append(events, fmt.Sprintf("%d.%d", i+1, j))
		}
	}
	return events
}

// voted returns the decisions and changes that a block's events tell of. It checks
// that each component's event stands behind the change that is its authority.
func voted(t *rapid.T, events []*chanceryv1.Event) (out []string) {
	proposal := uint64(0)
	for _, e := range events {
		decode := func(m proto.Message) proto.Message {
			require.NoError(t, proto.Unmarshal(e.Payload, m))
			return m
		}
		var of interface{ GetProposal() uint64 }
		switch strings.TrimPrefix(e.Type, "chancery.v1.") {
		case "ProposalDecided":
			d := decode(new(chanceryv1.ProposalDecided)).(*chanceryv1.ProposalDecided)
			out = append(out, fmt.Sprintf("%d %s %d %d", d.Proposal, governance.StatusName(d.Status), d.Code, d.FailedChange))
			require.NotEmpty(t, d.Yes, "who decided")
			continue
		case "ChangeMade":
			c := decode(new(chanceryv1.ChangeMade)).(*chanceryv1.ChangeMade)
			out = append(out, fmt.Sprintf("%d.%d", c.Proposal, c.Index))
			require.Equal(t, governance.KindOf(c.Change), c.Kind)
			proposal = c.Proposal
			continue
		case "ValidatorChanged":
			v := decode(new(chanceryv1.ValidatorChanged)).(*chanceryv1.ValidatorChanged)
			if v.Reason != chanceryv1.ValidatorReason_VALIDATOR_REASON_VOTE {
				require.Zero(t, v.Proposal)
				continue
			}
			of = v
		case "OrgUpdated":
			of = decode(new(chanceryv1.OrgUpdated)).(*chanceryv1.OrgUpdated)
		case "QuotaSet":
			of = decode(new(chanceryv1.QuotaSet)).(*chanceryv1.QuotaSet)
		case "ParameterSet":
			of = decode(new(chanceryv1.ParameterSet)).(*chanceryv1.ParameterSet)
		case "RuleSet":
			of = decode(new(chanceryv1.RuleSet)).(*chanceryv1.RuleSet)
		case "CommitteeSet":
			of = decode(new(chanceryv1.CommitteeSet)).(*chanceryv1.CommitteeSet)
		case "MisbehaviourRecorded":
			continue
		default:
			require.Fail(t, "unexpected event", e.Type)
		}
		require.Equal(t, proposal, of.GetProposal())
		proposal = 0 // one event for each change
	}
	return out
}

// compare compares the chain's state with the model's, and what consensus was told.
func (r *govRun) compare(t *rapid.T, res *app.BlockResult) {
	q := r.chain.App.Query()
	set, err := q.Validators()
	require.NoError(t, err)
	committee, err := q.Committee()
	require.NoError(t, err)
	var out []string
	powers := make(map[string]uint64)
	for _, v := range set.Validators {
		out = append(out, fmt.Sprintf("%s@%s %s=%d", v.Name, v.Org, v.Address, v.Power))
		powers[v.Address] = v.Power
	}
	out = append(out, strings.Join(committee.Orgs, " "))
	for _, rule := range committee.Rules {
		out = append(out, fmt.Sprint(rule.Kind, " ", rule.Threshold, " ", rule.OperatorAlone))
	}
	for _, org := range slices.Sorted(slices.Values(govOrgs)) {
		o, err := q.Org(org)
		require.NoError(t, err)
		_, err = q.Member(org, govRescuer.Public().Address().String())
		out = append(out, fmt.Sprint(org, " ", o.GasPerPeriod, " ", err == nil))
	}
	require.Equal(t, r.model.show(), strings.Join(out, "\n"))
	requireStored(t, r.chain.App)

	for _, u := range res.ValidatorUpdates {
		k, err := validator.KeyOf(u.Key)
		require.NoError(t, err)
		at := k.Address().String()
		before, was := r.comet[at]
		require.False(t, u.Power == 0 && !was, "consensus stops when a stranger is removed")
		require.NotEqual(t, before, u.Power, "an update that changes nothing")
		if delete(r.comet, at); u.Power > 0 {
			r.comet[at] = u.Power
		}
	}
	require.Equal(t, powers, r.comet, "consensus has the same validators")
	require.NotEmpty(t, r.comet)
	orgs := r.model.orgs()
	for org, power := range orgs {
		require.False(t, len(orgs) >= 4 && 3*power >= r.model.total(), "%s holds a third", org)
	}
	for i, p := range r.model.proposals {
		got, err := q.Proposal(uint64(i + 1))
		require.NoError(t, err)
		want := p.status
		if want == governance.Open && r.model.now > p.deadline {
			want = governance.Expired
		}
		require.Equal(t, governance.StatusName(want), governance.StatusName(got.Status), "proposal %d", i+1)
		require.Len(t, got.Ballots, len(slices.Collect(maps.Keys(p.ballots))))
	}
}
