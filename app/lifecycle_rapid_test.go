package app_test

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"

	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/app"
	"github.com/chancery-chain/chancery/app/apperr"
	"github.com/chancery-chain/chancery/app/apptest"
	"github.com/chancery-chain/chancery/app/key"
	"github.com/chancery-chain/chancery/app/params"
	"github.com/chancery-chain/chancery/runtime"
)

// life is a chain beside its model.
type life struct {
	*rapid.T
	tb    testing.TB
	chain *apptest.Chain
	codes map[string][]byte
	model *lifeModel
	seen  map[int]string // versions that were ever seen
	puts  byte
}

func (l *life) hash(code string) []byte {
	h := sha256.Sum256(l.codes[code])
	return h[:]
}

// run makes a block with one tx and compares its code with the model's.
func (l *life) run(who, org string, action any, want apperr.Code) *chanceryv1.TxResult {
	k := lifeKey(who)
	b := l.chain.Body(k, org)
	set := new(chanceryv1.TxBody)
	switch a := action.(type) {
	case *chanceryv1.Execute:
		set.Action = &chanceryv1.TxBody_Execute{Execute: a}
	case *chanceryv1.Upgrade:
		set.Action = &chanceryv1.TxBody_Upgrade{Upgrade: a}
	case *chanceryv1.ProposeUpgrade:
		set.Action = &chanceryv1.TxBody_ProposeUpgrade{ProposeUpgrade: a}
	case *chanceryv1.ApproveUpgrade:
		set.Action = &chanceryv1.TxBody_ApproveUpgrade{ApproveUpgrade: a}
	case *chanceryv1.CancelUpgrade:
		set.Action = &chanceryv1.TxBody_CancelUpgrade{CancelUpgrade: a}
	case *chanceryv1.ExecuteUpgrade:
		set.Action = &chanceryv1.TxBody_ExecuteUpgrade{ExecuteUpgrade: a}
	case *chanceryv1.FreezeContract:
		set.Action = &chanceryv1.TxBody_FreezeContract{FreezeContract: a}
	case *chanceryv1.UnfreezeContract:
		set.Action = &chanceryv1.TxBody_UnfreezeContract{UnfreezeContract: a}
	case *chanceryv1.RetireContract:
		set.Action = &chanceryv1.TxBody_RetireContract{RetireContract: a}
	case *chanceryv1.SetOrgStatus:
		set.Action = &chanceryv1.TxBody_SetOrgStatus{SetOrgStatus: a}
	case *chanceryv1.PruneCode:
		set.Action = &chanceryv1.TxBody_PruneCode{PruneCode: a}
	}
	b.Action = set.Action
	res := l.chain.BlockAt(l.chain.Time, l.chain.Sign(b, k)).Results[0]
	require.Equal(l, want.String(), apperr.Code(res.Code).String(), "%T by %s: %s", action, who, res.Log)
	return res
}

// usual is true most of the time: then what is drawn next is what people would do, so
// that stories get far.
func (l *life) usual() bool { return l.below(4, "usual") > 0 }

// owner draws who acts for records: usually somebody who may do all.
func (l *life) owner() string {
	if l.usual() {
		return "chief"
	}
	return draw(l, lifeOwners, "who")
}

func (l *life) code() string {
	if l.usual() {
		return draw(l, lifeCodes[:3], "code")
	}
	return draw(l, lifeCodes, "code")
}

func draw[T any](l *life, list []T, label string) T { return list[l.below(len(list), label)] }

// below draws a number below n, at most 256, with equal chances: rapid's own numbers
// are mostly small ones, and few stories would get far.
func (l *life) below(n int, label string) int {
	v := 0
	for _, b := range rapid.SliceOfN(rapid.Bool(), 8, 8).Draw(l.T, label) {
		if v *= 2; b {
			v++
		}
	}
	return v % n
}

// id names a proposal: mostly one that is open.
func (l *life) id() int {
	live := slices.DeleteFunc(l.model.openIDs(), func(i int) bool { return !l.model.now.Before(l.model.proposals[i].expires) })
	if len(live) > 0 && l.usual() {
		return draw(l, live, "live") + 1
	}
	if ids := l.model.openIDs(); len(ids) > 0 && l.usual() {
		return draw(l, ids, "open") + 1
	}
	return 1 + l.below(len(l.model.proposals)+1, "id")
}

// step moves the clock, then does one of the actions.
func (l *life) actions() map[string]func(*rapid.T) {
	do := func(f func()) func(*rapid.T) {
		return func(t *rapid.T) {
			l.T = t
			step := draw(l, lifeSteps, "step")
			if l.below(40, "month") == 0 {
				step = 31 * 24 * time.Hour // all that is proposed expires
			}
			l.chain.Time = l.chain.Time.Add(step)
			l.model.now = l.chain.Time
			f()
		}
	}
	return map[string]func(*rapid.T){
		"put": do(l.put), "nested": do(l.nested), "propose": do(l.propose), "propose again": do(l.propose), "policy": do(l.propolicy),
		"approve": do(l.approve), "approve again": do(l.approve), "approve more": do(l.approve),
		"cancel": do(l.cancel), "execute": do(l.execute), "execute again": do(l.execute), "execute more": do(l.execute), "upgrade": do(l.upgrade),
		"freeze": do(l.freeze), "unfreeze": do(l.unfreeze), "ban": do(l.ban), "pardon": do(l.pardon), "away": do(l.away), "retire": do(l.retire), "prune": do(l.prune), "upload": do(l.upload),
		"": l.check,
	}
}

func (l *life) put() {
	m := l.model
	l.puts++
	want, pin := apperr.OK, l.below(len(m.versions)+1, "version")
	switch {
	case pin > 0 && pin != len(m.versions):
		want = apperr.VersionChanged
	case m.stopped():
		want = apperr.Frozen
	default:
		m.stored[string([]byte{0, l.puts})] = true
	}
	l.run("records-clerk", "records", &chanceryv1.Execute{Contract: lifeShop, Method: "Put", Payload: []byte{l.puts}, Version: uint64(pin)}, want)
}

func (l *life) nested() {
	m := l.model
	l.puts++
	if m.away {
		l.run("housing-clerk", "housing", &chanceryv1.Execute{Contract: lifeCaller, Method: "Put", Payload: []byte{l.puts}}, apperr.PermissionDenied)
		return
	}
	res := l.run("housing-clerk", "housing", &chanceryv1.Execute{Contract: lifeCaller, Method: "Put", Payload: []byte{l.puts}}, apperr.OK)
	m.called[string([]byte{0, l.puts})] = true
	if m.stopped() {
		require.Equal(l, []byte{1 << 3, byte(runtime.StatusFrozen)}, res.Data)
		return
	}
	require.Empty(l, res.Data)
	m.stored[string([]byte{0, 0, l.puts})] = true
}

func (l *life) propose() {
	m, who, code := l.model, l.owner(), l.code()
	rollback := 0
	if l.below(4, "back") == 0 {
		rollback = 1 + l.below(len(m.versions)+1, "version")
	}
	want := denied(who, "developer", "admin")
	if want == apperr.OK && m.retired {
		want = apperr.Frozen
	}
	if want == apperr.OK {
		want = m.checkUpgrade(code, rollback)
	}
	l.open(who, &chanceryv1.ProposeUpgrade{Contract: lifeShop, CodeHash: l.hash(code), RollbackTo: uint64(rollback)},
		&lifeProposal{code: code, rollback: rollback}, want)
}

// drawPolicy draws the empty policy once in a while.
func (l *life) drawPolicy() *chanceryv1.UpgradePolicy {
	p := &chanceryv1.UpgradePolicy{DelaySeconds: draw(l, []uint64{0, 0, 600, 3600}, "delay")}
	for _, org := range []string{"city", "housing", "records"} {
		if rapid.Bool().Draw(l.T, org) {
			p.Approvers = append(p.Approvers, org)
		}
	}
	if n := len(p.Approvers); n > 0 {
		p.Required = 1 + uint32(l.below(n, "required"))
	}
	return p
}

func (l *life) propolicy() {
	m, who, p := l.model, l.owner(), l.drawPolicy()
	want := denied(who, "developer", "admin")
	present := m.policy
	if present == nil {
		present = &chanceryv1.UpgradePolicy{}
	}
	switch {
	case want != apperr.OK:
	case m.retired:
		want = apperr.Frozen
	case !lifeRole(who, "admin"):
		want = apperr.PermissionDenied
	case proto.Equal(present, p):
		want = apperr.AlreadyExists
	}
	l.open(who, &chanceryv1.ProposeUpgrade{Contract: lifeShop, Policy: p}, &lifeProposal{policy: p}, want)
}

// open makes a proposal unless want says otherwise.
func (l *life) open(who string, action *chanceryv1.ProposeUpgrade, p *lifeProposal, want apperr.Code) {
	m := l.model
	if want == apperr.OK && len(m.openIDs()) >= 16 {
		expired := 0
		for _, i := range m.openIDs() {
			if !m.now.Before(m.proposals[i].expires) {
				expired++
			}
		}
		if expired == 0 {
			want = apperr.LimitExceeded
		} else {
			for _, i := range m.openIDs() {
				m.proposals[i].open = m.now.Before(m.proposals[i].expires)
			}
		}
	}
	l.run(who, "records", action, want)
	if want != apperr.OK {
		return
	}
	p.who, p.from, p.open, p.approved = who, len(m.versions), true, map[string]string{}
	p.earliest = m.now.Add(time.Duration(m.policy.GetDelaySeconds()) * time.Second)
	p.expires = p.earliest.Add(time.Duration(params.Default().UpgradeValidSeconds) * time.Second)
	m.proposals = append(m.proposals, p)
}

func (l *life) approve() {
	m, who, id := l.model, draw(l, lifeAdmins, "who"), l.id()
	p := l.model.find(id)
	if l.usual() && p != nil {
		who = p.missing(m.policy, who)
	}
	org := lifeOrg(who)
	digest := make([]byte, sha256.Size)
	if u, err := l.chain.App.Query().Upgrade(lifeShop, uint64(id)); err == nil {
		digest = u.Digest
	}
	want := denied(who, "admin")
	switch {
	case want != apperr.OK:
	case m.away && org == "housing":
		want = apperr.PermissionDenied
	case p == nil:
		want = apperr.NotFound
	case !p.open || !m.now.Before(p.expires):
		want = apperr.Closed
	case !slices.Contains(m.policy.GetApprovers(), org), p.who == who:
		want = apperr.PermissionDenied
	case p.approved[org] != "":
		want = apperr.AlreadyExists
	default:
		p.approved[org] = who
	}
	l.run(who, org, &chanceryv1.ApproveUpgrade{Contract: lifeShop, Id: uint64(id), Digest: digest}, want)
}

func (l *life) cancel() {
	m, who, id := l.model, draw(l, slices.Concat(lifeOwners, lifeAdmins), "who"), l.id()
	p, want := l.model.find(id), apperr.OK
	switch {
	case m.away && lifeOrg(who) == "housing":
		want = apperr.PermissionDenied
	case p == nil:
		want = apperr.NotFound
	case !p.open:
		want = apperr.Closed
	case m.now.Before(p.expires) && p.who != who && !(lifeOrg(who) == "records" && lifeRole(who, "admin")):
		want = apperr.PermissionDenied
	default:
		p.open = false
	}
	l.run(who, lifeOrg(who), &chanceryv1.CancelUpgrade{Contract: lifeShop, Id: uint64(id)}, want)
}

func (l *life) execute() {
	m, who, id := l.model, l.owner(), l.id()
	p, unfreeze := l.model.find(id), m.frozen == l.usual()
	want := denied(who, "developer", "admin")
	before := *m
	switch {
	case want != apperr.OK:
	case p == nil:
		want = apperr.NotFound
	case !p.open || !m.now.Before(p.expires):
		want = apperr.Closed
	case !m.ready(p):
		want = apperr.NotReady
	case p.policy != nil && unfreeze:
		want = apperr.InvalidTx
	case p.policy != nil:
		m.closeAll()
		if m.policy = p.policy; isEmpty(p.policy) {
			m.policy = nil
		}
	default:
		want = m.upgrade(who, p.code, p.rollback, unfreeze, "")
	}
	l.run(who, "records", &chanceryv1.ExecuteUpgrade{Contract: lifeShop, Id: uint64(id), Unfreeze: unfreeze}, want)
	if want == apperr.OK && p.policy == nil {
		l.checkApproved(p, before.policy)
	}
}

// checkApproved looks at what stands on chain about an upgrade that a proposal
// brought: the invariants, without the model's rules.
func (l *life) checkApproved(p *lifeProposal, policy *chanceryv1.UpgradePolicy) {
	list, _, err := l.chain.App.Query().Versions(lifeShop, 1, "")
	require.NoError(l, err)
	v := list[0]
	u, err := l.chain.App.Query().Upgrade(lifeShop, v.Proposal)
	require.NoError(l, err)
	orgs := map[string]bool{}
	for _, a := range v.Approvals {
		require.NotEqual(l, u.Origin, a.Origin, "approved by its proposer")
		require.Contains(l, policy.GetApprovers(), a.Org)
		orgs[a.Org] = true
	}
	require.False(l, l.model.away && orgs["housing"], "approved by a suspended organisation")
	require.GreaterOrEqual(l, len(orgs), int(policy.GetRequired()), "below its approvals")
	require.False(l, v.Time.AsTime().Before(u.Time.AsTime().Add(time.Duration(policy.GetDelaySeconds())*time.Second)), "before its delay")
	if slices.ContainsFunc(policy.GetApprovers(), func(o string) bool { return o != "records" }) {
		delete(orgs, "records")
		require.NotEmpty(l, orgs, "approved by its proposer's organisation alone")
	}
	require.Equal(l, uint64(p.from), u.FromVersion)
}

func (l *life) upgrade() {
	m, who, code := l.model, l.owner(), l.code()
	unfreeze := m.frozen == l.usual()
	want := denied(who, "developer")
	l.puts++
	payload := string([]byte{l.puts})
	switch {
	case want != apperr.OK:
	case m.policy != nil:
		want = apperr.PermissionDenied
	default:
		want = m.upgrade(who, code, 0, unfreeze, payload)
	}
	l.run(who, "records", &chanceryv1.Upgrade{Contract: lifeShop, CodeHash: l.hash(code), MigratePayload: []byte(payload), Unfreeze: unfreeze}, want)
}

func (l *life) freeze() {
	m, who := l.model, draw(l, lifeOwners, "who")
	want := denied(who, "admin")
	switch {
	case want != apperr.OK:
	case m.retired:
		want = apperr.Frozen
	case m.frozen:
		want = apperr.AlreadyExists
	default:
		m.frozen = true
	}
	l.run(who, "records", &chanceryv1.FreezeContract{Contract: lifeShop, Reason: "to see"}, want)
}

func (l *life) unfreeze() {
	m, who := l.model, draw(l, lifeOwners, "who")
	want := denied(who, "admin")
	switch {
	case want != apperr.OK:
	case m.retired:
		want = apperr.Frozen
	case !m.frozen && m.banned:
		want = apperr.PermissionDenied
	case !m.frozen:
		want = apperr.NotFound
	default:
		m.frozen = false
	}
	l.run(who, "records", &chanceryv1.UnfreezeContract{Contract: lifeShop}, want)
}

// ban and pardon freeze the contract by a vote and lift that: of the city, which is the
// committee.
func (l *life) ban() {
	if l.below(4, "sure") > 0 {
		return
	}
	m, want := l.model, apperr.OK
	switch {
	case m.retired:
		want = apperr.Frozen
	case m.banned:
		want = apperr.AlreadyExists
	default:
		m.banned = true
	}
	l.vote(&chanceryv1.Change{Change: &chanceryv1.Change_FreezeContract{FreezeContract: &chanceryv1.FreezeContract{Contract: lifeShop, Reason: "to see"}}}, want)
}

func (l *life) pardon() {
	m, want := l.model, apperr.NotFound
	if m.banned {
		want, m.banned = apperr.OK, false
	}
	l.vote(&chanceryv1.Change{Change: &chanceryv1.Change_UnfreezeContract{UnfreezeContract: &chanceryv1.UnfreezeContract{Contract: lifeShop}}}, want)
}

// away suspends housing or lifts that: it approves nothing then, and what it approved
// does not count.
func (l *life) away() {
	m := l.model
	m.away = !m.away && l.below(2, "sure") > 0
	l.run("city-operator", "city", &chanceryv1.SetOrgStatus{Org: "housing", Suspended: m.away}, apperr.OK)
}

// vote makes a block in which the committee decides a change, and compares what came of
// it.
func (l *life) vote(change *chanceryv1.Change, want apperr.Code) {
	b := l.chain.Body(apptest.Key("city-operator", key.Ed25519), "city")
	b.Action = &chanceryv1.TxBody_Propose{Propose: &chanceryv1.Propose{Title: "x", Changes: []*chanceryv1.Change{change}}}
	res := l.chain.BlockAt(l.chain.Time, l.chain.Sign(b, apptest.Key("city-operator", key.Ed25519)))
	require.Zero(l, res.Results[0].Code, res.Results[0].Log)
	i := slices.IndexFunc(res.Events, func(e *chanceryv1.Event) bool { return e.Type == "chancery.v1.ProposalDecided" })
	require.GreaterOrEqual(l, i, 0)
	decided := new(chanceryv1.ProposalDecided)
	require.NoError(l, proto.Unmarshal(res.Events[i].Payload, decided))
	require.Equal(l, want.String(), apperr.Code(decided.Code).String())
}

func (l *life) retire() {
	if !l.model.banned && l.below(16, "sure") > 0 {
		return // or nothing else would ever be seen
	}
	m, who := l.model, draw(l, lifeOwners, "who")
	want := denied(who, "admin")
	switch {
	case want != apperr.OK:
	case m.retired || m.banned:
		want = apperr.Frozen
	default:
		m.retired = true
		m.closeAll()
	}
	l.run(who, "records", &chanceryv1.RetireContract{Contract: lifeShop, Reason: "over"}, want)
}

func (l *life) prune() {
	m, who, code := l.model, draw(l, []string{"records-dev", "records-admin"}, "who"), draw(l, lifeCodes, "code")
	want := denied(who, "developer")
	switch {
	case want != apperr.OK:
	case !m.onChain[code]:
		want = apperr.NotFound
	case m.references(code) > 0:
		want = apperr.InUse
	default:
		m.onChain[code] = false
	}
	l.run(who, "records", &chanceryv1.PruneCode{CodeHash: l.hash(code)}, want)
}

func (l *life) upload() {
	code := draw(l, lifeCodes, "code")
	raw := l.chain.Upload(recordsDev, "records", pack(l.tb, l.codes[code]))
	require.Zero(l, l.chain.BlockAt(l.chain.Time, raw).Results[0].Code)
	l.model.onChain[code] = true
}

// check compares the chain's state with the model's.
func (l *life) check(t *rapid.T) {
	l.T = t
	m, q := l.model, l.chain.App.Query()
	list, _, err := q.Versions(lifeShop, 100, "")
	require.NoError(l, err)
	require.Len(l, list, min(len(m.versions), 100))
	for _, v := range list {
		got := hex.EncodeToString(v.CodeHash)
		require.Equal(l, hex.EncodeToString(l.hash(m.versions[v.Version-1])), got)
		if was, ok := l.seen[int(v.Version)]; ok {
			require.Equal(l, was, got, "version %d was another code", v.Version)
		}
		l.seen[int(v.Version)] = got
	}
	c, err := q.Contract(lifeShop)
	require.NoError(l, err)
	require.Equal(l, uint64(len(m.versions)), c.Contract.Version)
	require.Equal(l, l.hash(m.current()), c.Contract.CodeHash)
	status := chanceryv1.ContractStatus_CONTRACT_STATUS_ACTIVE
	if m.retired {
		status = chanceryv1.ContractStatus_CONTRACT_STATUS_RETIRED
	} else if m.frozen || m.banned {
		status = chanceryv1.ContractStatus_CONTRACT_STATUS_FROZEN
	}
	require.Equal(l, status, c.Contract.Status)
	require.Len(l, c.Contract.OpenProposals, len(m.openIDs()))
	for _, code := range lifeCodes {
		got, err := q.Code(l.hash(code), true)
		require.Equal(l, m.onChain[code], err == nil, code)
		if err == nil {
			require.Equal(l, m.references(code), int(got.References), code)
		}
	}
	want := map[string]bool{}
	for k := range m.stored {
		want["s/"+lifeShop+"\x00"+k] = true
	}
	for k := range m.called {
		want["s/"+lifeCaller+"\x00"+k] = true
	}
	got := map[string]bool{}
	view, err := l.chain.App.Store().View(0)
	require.NoError(l, err)
	defer view.Close()
	for it := view.Scan([]byte("s/"), []byte("s0"), false); it.Next(); {
		got[string(it.Key())] = true
	}
	require.True(l, maps.Equal(want, got), "storage: want %q, got %q", slices.Sorted(maps.Keys(want)), slices.Sorted(maps.Keys(got)))
}

// TestLifecycleModel runs random actions of owners, approvers, callers and strangers
// on a chain and on the model: every result, every version, who approved, what is
// stored and what is held must be the same after each, and the same app hash comes
// of the same blocks.
func TestLifecycleModel(t *testing.T) {
	codes := map[string][]byte{}
	for _, name := range lifeCodes {
		s := shop{methods: putMethod + getMethod + migrateMethod + checkMethod, collection: itemsByID, salt: name}
		switch name {
		case "crashing":
			s.faults = "migrate"
		case "unsound":
			s.faults = "query"
		}
		codes[name] = s.code(t)
	}
	caller := shop{methods: putMethod, collection: itemsByID, calls: lifeShop}.code(t)
	compiled := filepath.Join(t.TempDir(), "compiled")
	n := 0
	rapid.Check(t, func(rt *rapid.T) {
		if n++; n > 30 || n > 8 && testing.Short() {
			return // each goes far: a hundred would take long
		}
		chain := apptest.NewWith(t, nil, app.Options{Dir: filepath.Join(t.TempDir(), fmt.Sprint(n)), Runtime: runtime.Config{CacheDir: compiled}, NoSync: true})
		defer chain.App.Close()
		l := &life{T: rt, tb: t, chain: chain, codes: codes, seen: map[int]string{}, model: &lifeModel{
			now: chain.Time, versions: []string{"a"}, onChain: map[string]bool{}, stored: map[string]bool{}, called: map[string]bool{},
		}}
		for _, name := range lifeCodes {
			chain.Must(chain.Upload(recordsDev, "records", pack(t, codes[name])))
			l.model.onChain[name] = true
		}
		chain.Must(chain.Upload(apptest.Key("housing-dev", key.Ed25519), "housing", pack(t, caller)))
		hash := sha256.Sum256(caller)
		chain.Must(chain.Deploy(apptest.Key("housing-dev", key.Ed25519), "housing", lifeCaller, hash[:], nil))
		b := chain.Body(recordsDev, "records")
		deploy := &chanceryv1.Deploy{Contract: lifeShop, CodeHash: l.hash("a")}
		if p := l.drawPolicy(); !isEmpty(p) {
			l.model.policy, deploy.UpgradePolicy = p, p
		}
		b.Action = &chanceryv1.TxBody_Deploy{Deploy: deploy}
		chain.Must(chain.Sign(b, recordsDev))
		chain.Must(chain.SetMember(recordsAdmin, "records", lifeKey("chief").Public(), true, "admin", "developer"))
		for range 4 {
			rt.Repeat(l.actions())
			requireStored(rt, chain.App)
		}
		if n%5 != 1 {
			return
		}
		want := chain.App.Info().AppHash
		require.Equal(rt, want, chain.Replay(app.Options{Dir: t.TempDir(), Runtime: runtime.Config{CacheDir: compiled, Interpreter: n == 1}}))
	})
}
