package app

import (
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/timestamppb"
	"pgregory.net/rapid"

	statev1 "github.com/chancery-chain/chancery/api/gen/chancery/state/v1"
	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/app/account"
	"github.com/chancery-chain/chancery/app/apperr"
	"github.com/chancery-chain/chancery/app/key"
	"github.com/chancery-chain/chancery/app/org"
	"github.com/chancery-chain/chancery/app/params"
	"github.com/chancery-chain/chancery/app/state"
	"github.com/chancery-chain/chancery/app/tx"
)

// The model of accounts, members and delegations: plain maps, times in seconds,
// accounts and keys by their number. Key i made account i.
type (
	modelKeys struct {
		weights   map[int]uint32
		threshold uint32
	}
	modelAccount struct {
		modelKeys
		written   bool
		guardian  string
		suspended bool
		recovery  *modelKeys
		at        int64
		coming    *string // guardian, at comingAt
		comingAt  int64
	}
	modelMember struct {
		roles       []string
		from, until int64
		suspended   bool
	}
	modelDelegation struct {
		principal, delegate int
		org                 string
	}
	model struct {
		now         int64
		accounts    [modelAccounts]modelAccount
		members     map[string]map[int]modelMember
		suspended   map[string]bool
		delegations map[modelDelegation]int64 // its end; all are for method "M"
		// dead are those from before a recovery of the principal's keys.
		dead map[modelDelegation]bool
	}
)

const (
	modelAccounts = 5
	modelSpares   = 3 // keys that made no account
	modelDelay    = 100
)

// settle makes due recoveries and changes of guardians happen, which the state machine never does.
func (m *model) settle() {
	for i := range m.accounts {
		if a := &m.accounts[i]; a.recovery != nil && m.now >= a.at {
			a.modelKeys, a.recovery = *a.recovery, nil
			for d := range m.delegations {
				if d.principal == i {
					m.dead[d] = true
				}
			}
		}
		if a := &m.accounts[i]; a.coming != nil && m.now >= a.comingAt {
			a.guardian, a.coming = *a.coming, nil
		}
	}
}

func (m *model) counts(name string, who int) bool {
	mem, ok := m.members[name][who]
	return ok && !m.suspended[name] && !mem.suspended && mem.from <= m.now && (mem.until == 0 || m.now < mem.until)
}

func (m *model) admin(name string, who int) bool {
	return m.counts(name, who) && slices.Contains(m.members[name][who].roles, "admin")
}

// lastingAdmins counts the admins without end, whether or not the organisation is
// suspended.
func (m *model) lastingAdmins(name string) (n int) {
	for _, mem := range m.members[name] {
		if slices.Contains(mem.roles, "admin") && mem.until == 0 && mem.from <= m.now && !mem.suspended {
			n++
		}
	}
	return n
}

func (m *model) signed(origin int, signers []int) bool {
	a := m.accounts[origin]
	if len(a.weights) == 0 {
		return len(signers) == 1 && signers[0] == origin
	}
	var sum uint32
	for _, k := range signers {
		if a.weights[k] == 0 {
			return false
		}
		sum += a.weights[k]
	}
	return sum >= a.threshold
}

// machine runs txs on the components as a block does, and on the model.
type machine struct {
	*rapid.T
	keys   []key.Public
	params *statev1.Params
	writes *state.Overlay
	model  *model
}

func newMachine(t *rapid.T) *machine {
	m := &machine{T: t, params: params.Default(), writes: state.NewOverlay(nil), model: &model{
		now: 1_000, members: map[string]map[int]modelMember{}, suspended: map[string]bool{}, delegations: map[modelDelegation]int64{},
		dead: map[modelDelegation]bool{},
	}}
	m.params.ChainId, m.params.OperatorOrg, m.params.RecoveryDelaySeconds = "model-1", "city", modelDelay
	for i := range modelAccounts + modelSpares {
		seed := make([]byte, 32)
		seed[0] = byte(i)
		k, err := key.FromSeed(key.Ed25519, seed)
		require.NoError(t, err)
		m.keys = append(m.keys, k.Public())
	}
	for i, name := range []string{"alpha", "beta"} {
		require.NoError(t, org.Create(m.writes, name, &statev1.Org{Title: name}))
		require.NoError(t, account.Create(m.writes, m.keys[i], name, name))
		require.NoError(t, org.SetMember(m.writes, name, m.address(i), &statev1.Member{Roles: []string{"admin"}}, m.time()))
		m.model.members[name] = map[int]modelMember{i: {roles: []string{"admin"}}}
		m.model.accounts[i] = modelAccount{modelKeys: modelKeys{map[int]uint32{i: 1}, 1}, written: true, guardian: name}
	}
	return m
}

func (m *machine) time() time.Time           { return time.Unix(m.model.now, 0) }
func (m *machine) address(i int) key.Address { return m.keys[i].Address() }

func (m *machine) apiKey(i int) *chanceryv1.PublicKey {
	return &chanceryv1.PublicKey{KeyType: chanceryv1.KeyType(m.keys[i].Type), PublicKey: m.keys[i].Bytes}
}

func (m *machine) apiKeys(k modelKeys) (list []*chanceryv1.WeightedKey) {
	for _, i := range slices.Sorted(maps.Keys(k.weights)) {
		list = append(list, &chanceryv1.WeightedKey{Key: m.apiKey(i), Weight: k.weights[i]})
	}
	return list
}

// who draws who signs: mostly a member, with keys that suffice.
func (m *machine) who() (origin int, signers []int, name string) {
	origin = rapid.IntRange(0, modelAccounts-1).Draw(m.T, "origin")
	name = rapid.SampledFrom([]string{"alpha", "beta"}).Draw(m.T, "org")
	if members := slices.Sorted(maps.Keys(m.model.members[name])); rapid.IntRange(0, 4).Draw(m.T, "stranger") > 0 {
		origin = rapid.SampledFrom(members).Draw(m.T, "member")
	}
	signers = []int{origin}
	if weights := m.model.accounts[origin].weights; len(weights) > 0 {
		signers = slices.Sorted(maps.Keys(weights))
	}
	if rapid.IntRange(0, 9).Draw(m.T, "odd") == 0 {
		signers = rapid.SliceOfNDistinct(rapid.IntRange(0, len(m.keys)-1), 1, 2, rapid.ID).Draw(m.T, "signers")
	}
	return origin, signers, name
}

func (m *machine) drawKeys() modelKeys {
	k := modelKeys{weights: map[int]uint32{}}
	var sum uint32
	for _, i := range rapid.SliceOfNDistinct(rapid.IntRange(0, len(m.keys)-1), 1, 3, rapid.ID).Draw(m.T, "keys") {
		k.weights[i] = rapid.Uint32Range(1, 3).Draw(m.T, "weight")
		sum += k.weights[i]
	}
	k.threshold = rapid.Uint32Range(1, sum).Draw(m.T, "threshold")
	return k
}

// run executes a tx of an origin and checks its code: that of the model when want
// is not OK, else what the model's do returns. do must not change the model when
// it does not return OK.
func (m *machine) run(origin int, signers []int, name string, principal int, body *chanceryv1.TxBody, role string, do func() apperr.Code) {
	t := &tx.Tx{Body: body, Origin: m.address(origin)}
	body.Origin, body.Org, body.GasLimit = t.Origin.String(), name, 1<<30
	if principal >= 0 {
		t.Principal = m.address(principal)
		body.Principal = t.Principal.String()
	}
	for _, k := range signers {
		t.Signatures = append(t.Signatures, tx.Signature{Key: m.keys[k]})
	}
	require.Equal(m.T, m.expect(origin, signers, name, principal, body, role, do), apperr.CodeOf(m.execute(t)), "%v", body)
}

func (m *machine) execute(t *tx.Tx) error {
	acc, err := signers(m.writes, t, m.time())
	if err != nil {
		return err
	}
	who, err := checkActor(m.writes, t, acc, m.time())
	if err != nil {
		return err
	}
	if err := checkRole(m.writes, m.params, t, m.time()); err != nil {
		return err
	}
	if t.Body.GetExecute() != nil {
		return nil
	}
	writes := state.NewOverlay(m.writes)
	x := &action{tx: t, actor: who, params: m.params, height: 1, time: m.time()}
	if t.Body.GetSetMember() != nil {
		_, err = performOrg(writes, x, outcome{})
	} else {
		_, err = performAccount(writes, x, outcome{})
	}
	if err == nil {
		writes.ApplyTo(m.writes)
	}
	return err
}

func (m *machine) expect(origin int, signers []int, name string, principal int, body *chanceryv1.TxBody, role string, do func() apperr.Code) apperr.Code {
	a := m.model.accounts[origin]
	if !m.model.signed(origin, signers) {
		return apperr.Unauthenticated
	}
	own := body.GetCancelRecovery() != nil && body.GetCancelRecovery().Account == "" && a.recovery != nil && a.guardian == name
	if own {
		return do()
	}
	member := origin
	if principal >= 0 {
		member = principal
		d := modelDelegation{principal, origin, name}
		end, ok := m.model.delegations[d]
		if !ok || m.model.dead[d] || m.model.now >= end || body.GetExecute().Method != "M" || m.model.accounts[principal].suspended {
			return apperr.PermissionDenied
		}
	}
	if a.suspended || !m.model.counts(name, member) || role == "admin" && !m.model.admin(name, member) {
		return apperr.PermissionDenied
	}
	return do()
}

// TestAccountsModel does random txs on accounts, members and delegations, on the
// components and on plain maps: each has the same code on both, and the states are
// the same after each.
func TestAccountsModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := newMachine(t)
		t.Repeat(map[string]func(*rapid.T){
			"": func(t *rapid.T) { m.T = t; m.check() },
			"time": func(t *rapid.T) {
				m.model.now += rapid.Int64Range(1, modelDelay).Draw(t, "seconds")
				m.model.settle()
			},
			"set keys":    func(t *rapid.T) { m.T = t; m.setKeys() },
			"guardian":    func(t *rapid.T) { m.T = t; m.setGuardian() },
			"recover":     func(t *rapid.T) { m.T = t; m.startRecovery() },
			"cancel":      func(t *rapid.T) { m.T = t; m.cancelRecovery() },
			"suspend":     func(t *rapid.T) { m.T = t; m.suspend() },
			"member":      func(t *rapid.T) { m.T = t; m.setMember() },
			"delegate":    func(t *rapid.T) { m.T = t; m.delegate() },
			"revoke":      func(t *rapid.T) { m.T = t; m.revoke() },
			"execute":     func(t *rapid.T) { m.T = t; m.call() },
			"org status":  func(t *rapid.T) { m.T = t; m.orgStatus() },
			"execute two": func(t *rapid.T) { m.T = t; m.call() },
		})
	})
}

func (m *machine) setKeys() {
	origin, signers, name := m.who()
	k := m.drawKeys()
	m.run(origin, signers, name, -1, &chanceryv1.TxBody{Action: &chanceryv1.TxBody_SetKeys{
		SetKeys: &chanceryv1.SetKeys{Keys: m.apiKeys(k), Threshold: k.threshold},
	}}, "", func() apperr.Code {
		a := &m.model.accounts[origin]
		a.modelKeys, a.recovery, a.coming, a.written = k, nil, nil, true
		return apperr.OK
	})
}

func (m *machine) setGuardian() {
	origin, signers, name := m.who()
	to := rapid.SampledFrom([]string{"", "alpha", "beta", "gamma"}).Draw(m.T, "guardian")
	m.run(origin, signers, name, -1, &chanceryv1.TxBody{Action: &chanceryv1.TxBody_SetGuardian{
		SetGuardian: &chanceryv1.SetGuardian{Org: to},
	}}, "", func() apperr.Code {
		a := &m.model.accounts[origin]
		switch {
		case to == "gamma":
			return apperr.NotFound
		case a.recovery != nil:
			return apperr.PermissionDenied
		}
		switch {
		case a.guardian == "" || a.guardian == to:
			a.guardian, a.coming, a.written = to, nil, true
		case a.coming == nil || *a.coming != to:
			a.coming, a.comingAt = &to, m.model.now+modelDelay
		}
		return apperr.OK
	})
}

func (m *machine) target() int {
	return rapid.IntRange(0, modelAccounts-1).Draw(m.T, "account")
}

func (m *machine) startRecovery() {
	origin, signers, name := m.who()
	to, k := m.target(), m.drawKeys()
	m.run(origin, signers, name, -1, &chanceryv1.TxBody{Action: &chanceryv1.TxBody_StartRecovery{
		StartRecovery: &chanceryv1.StartRecovery{Account: m.address(to).String(), Keys: m.apiKeys(k), Threshold: k.threshold},
	}}, "admin", func() apperr.Code {
		a := &m.model.accounts[to]
		switch {
		case a.guardian != name:
			return apperr.PermissionDenied
		case a.recovery != nil:
			return apperr.AlreadyExists
		}
		a.recovery, a.at, a.coming = &k, m.model.now+modelDelay, nil
		return apperr.OK
	})
}

func (m *machine) cancelRecovery() {
	origin, signers, name := m.who()
	to := rapid.IntRange(-1, modelAccounts-1).Draw(m.T, "account")
	body := &chanceryv1.CancelRecovery{}
	if to == origin {
		to = -1
	}
	if to >= 0 {
		body.Account = m.address(to).String()
	}
	m.run(origin, signers, name, -1, &chanceryv1.TxBody{Action: &chanceryv1.TxBody_CancelRecovery{CancelRecovery: body}}, "", func() apperr.Code {
		of := origin
		if to >= 0 {
			of = to
			if !m.model.admin(name, origin) || m.model.accounts[of].guardian != name {
				return apperr.PermissionDenied
			}
		}
		if m.model.accounts[of].recovery == nil {
			return apperr.NotFound
		}
		m.model.accounts[of].recovery = nil
		return apperr.OK
	})
}

func (m *machine) suspend() {
	origin, signers, name := m.who()
	to, suspend := m.target(), rapid.Bool().Draw(m.T, "suspend")
	m.run(origin, signers, name, -1, &chanceryv1.TxBody{Action: &chanceryv1.TxBody_SetAccountStatus{
		SetAccountStatus: &chanceryv1.SetAccountStatus{Account: m.address(to).String(), Suspended: suspend},
	}}, "admin", func() apperr.Code {
		if m.model.accounts[to].guardian != name {
			return apperr.PermissionDenied
		}
		if m.model.accounts[to].suspended = suspend; suspend {
			m.model.accounts[to].coming = nil
		}
		return apperr.OK
	})
}

func (m *machine) setMember() {
	origin, signers, name := m.who()
	to := m.target()
	mem := modelMember{roles: rapid.SampledFrom([][]string{{"clerk"}, {"admin"}, {"admin", "clerk"}, nil}).Draw(m.T, "roles")}
	keep := rapid.IntRange(0, 3).Draw(m.T, "keep") > 0
	body := &chanceryv1.SetMember{Key: m.apiKey(to)}
	if keep {
		if rapid.IntRange(0, 3).Draw(m.T, "timed") == 0 {
			mem.from = m.model.now + rapid.Int64Range(-50, 50).Draw(m.T, "from")
			mem.until = mem.from + rapid.Int64Range(1, 200).Draw(m.T, "until")
			body.From, body.Until = timestamppb.New(time.Unix(mem.from, 0)), timestamppb.New(time.Unix(mem.until, 0))
		}
		mem.suspended = rapid.IntRange(0, 9).Draw(m.T, "rests") == 0
		body.Member, body.Roles, body.Suspended = true, mem.roles, mem.suspended
	}
	m.run(origin, signers, name, -1, &chanceryv1.TxBody{Action: &chanceryv1.TxBody_SetMember{SetMember: body}}, "admin", func() apperr.Code {
		before, was := m.model.members[name][to]
		if !keep && !was {
			return apperr.NotFound
		}
		had := m.model.lastingAdmins(name)
		if keep {
			m.model.members[name][to] = mem
		} else {
			delete(m.model.members[name], to)
		}
		if had > 0 && m.model.lastingAdmins(name) == 0 {
			m.model.members[name][to] = before
			if !was {
				delete(m.model.members[name], to)
			}
			return apperr.PermissionDenied
		}
		if a := &m.model.accounts[to]; keep && !a.written {
			a.modelKeys, a.written = modelKeys{map[int]uint32{to: 1}, 1}, true
		}
		return apperr.OK
	})
}

func (m *machine) delegate() {
	origin, signers, name := m.who()
	to := (origin + rapid.IntRange(1, modelAccounts-1).Draw(m.T, "delegate")) % modelAccounts
	end := m.model.now + rapid.Int64Range(-1, 300).Draw(m.T, "until")
	m.run(origin, signers, name, -1, &chanceryv1.TxBody{Action: &chanceryv1.TxBody_Delegate{Delegate: &chanceryv1.Delegate{
		Delegate: m.address(to).String(), Until: timestamppb.New(time.Unix(end, 0)),
		Grants: []*chanceryv1.Grant{{Contract: "alpha/one", Methods: []string{"M"}}},
	}}}, "", func() apperr.Code {
		if end <= m.model.now {
			return apperr.InvalidTx
		}
		m.model.delegations[modelDelegation{origin, to, name}] = end
		delete(m.model.dead, modelDelegation{origin, to, name})
		return apperr.OK
	})
}

func (m *machine) revoke() {
	origin, signers, name := m.who()
	of, to := m.target(), m.target()
	if given := sortedDelegations(m.model.delegations); len(given) > 0 && rapid.Bool().Draw(m.T, "given") {
		d := rapid.SampledFrom(given).Draw(m.T, "delegation")
		of, to, name = d.principal, d.delegate, d.org
	}
	m.run(origin, signers, name, -1, &chanceryv1.TxBody{Action: &chanceryv1.TxBody_RevokeDelegation{RevokeDelegation: &chanceryv1.RevokeDelegation{
		Principal: m.address(of).String(), Delegate: m.address(to).String(),
	}}}, "", func() apperr.Code {
		if of != origin && !m.model.admin(name, origin) {
			return apperr.PermissionDenied
		}
		d := modelDelegation{of, to, name}
		if _, ok := m.model.delegations[d]; !ok {
			return apperr.NotFound
		}
		delete(m.model.delegations, d)
		return apperr.OK
	})
}

// call executes for the origin itself or, mostly, by a delegation that was given.
func (m *machine) call() {
	origin, signers, name := m.who()
	principal := -1
	if rapid.IntRange(0, 3).Draw(m.T, "delegated") > 0 {
		principal = (origin + rapid.IntRange(1, modelAccounts-1).Draw(m.T, "principal")) % modelAccounts
		for _, d := range sortedDelegations(m.model.delegations) {
			if d.delegate == origin {
				principal, name = d.principal, d.org
			}
		}
	}
	method := rapid.SampledFrom([]string{"M", "M", "M", "Other"}).Draw(m.T, "method")
	m.run(origin, signers, name, principal, &chanceryv1.TxBody{Action: &chanceryv1.TxBody_Execute{
		Execute: &chanceryv1.Execute{Contract: "alpha/one", Method: method},
	}}, "", func() apperr.Code { return apperr.OK })
}

func sortedDelegations(all map[modelDelegation]int64) []modelDelegation {
	return slices.SortedFunc(maps.Keys(all), func(a, b modelDelegation) int {
		return slices.Compare([]int{a.principal, a.delegate, int(a.org[0])}, []int{b.principal, b.delegate, int(b.org[0])})
	})
}

func (m *machine) orgStatus() {
	name := rapid.SampledFrom([]string{"alpha", "beta"}).Draw(m.T, "org")
	suspend := rapid.IntRange(0, 3).Draw(m.T, "suspend") == 0
	_, err := setOrgStatus(m.writes, m.params, &chanceryv1.SetOrgStatus{Org: name, Suspended: suspend}, authority{})
	require.NoError(m.T, err)
	m.model.suspended[name] = suspend
}

// check compares the whole state with the model.
func (m *machine) check() {
	for i, want := range m.model.accounts {
		require.Equal(m.T, want.written, account.Exists(m.writes, m.address(i)), "account %d", i)
		a, err := account.Get(m.writes, m.address(i), m.time())
		require.NoError(m.T, err)
		require.Equal(m.T, m.text(want.modelKeys), m.stateText(account.KeysOf(a)), "account %d", i)
		require.Equal(m.T, want.guardian, a.Guardian)
		require.Equal(m.T, want.coming != nil, a.GuardianChange != nil)
		if want.coming != nil {
			require.Equal(m.T, *want.coming, a.GuardianChange.Org)
		}
		require.Equal(m.T, want.suspended, a.Standing != 0)
		require.Equal(m.T, want.recovery != nil, a.Recovery != nil)
		if want.recovery != nil {
			require.Equal(m.T, m.text(*want.recovery), m.stateText(account.RecoveryKeys(a.Recovery)))
		}
		m.checkMemberships(i)
		m.checkDelegations(i)
	}
	for name := range m.model.members {
		require.Positive(m.T, m.model.lastingAdmins(name), "%s keeps an admin", name)
	}
}

func (m *machine) checkMemberships(i int) {
	var want []string
	for _, name := range []string{"alpha", "beta"} {
		mem, ok := m.model.members[name][i]
		if ok {
			want = append(want, name)
		}
		roles, err := org.Roles(m.writes, name, m.address(i), m.time())
		require.NoError(m.T, err)
		if !ok || mem.suspended || m.model.now < mem.from || mem.until != 0 && m.model.now >= mem.until {
			mem.roles = nil
		}
		require.Equal(m.T, fmt.Sprint(mem.roles), fmt.Sprint(roles))
		require.Equal(m.T, m.model.counts(name, i), org.CheckMember(m.writes, name, m.address(i), m.time()) == nil)
	}
	got, err := org.Of(m.writes, m.address(i))
	require.NoError(m.T, err)
	require.Equal(m.T, want, got)
}

func (m *machine) checkDelegations(i int) {
	want, got := map[string]int64{}, map[string]int64{}
	for d, end := range m.model.delegations {
		if d.principal == i {
			want[m.address(d.delegate).String()+d.org] = end
		}
	}
	_, err := account.Delegations(m.writes, m.address(i), state.Page[account.DelegationKey]{}, func(k account.DelegationKey, d *statev1.Delegation) error {
		got[k.First.String()+k.Second] = d.Until / 1e9
		return nil
	})
	require.NoError(m.T, err)
	require.Equal(m.T, want, got)
}

func (m *machine) text(k modelKeys) string {
	weights := map[string]uint32{}
	for i, w := range k.weights {
		weights[m.address(i).String()] = w
	}
	return fmt.Sprint(weights, k.threshold)
}

func (m *machine) stateText(k account.Keys) string {
	weights := map[string]uint32{}
	for _, one := range k.List {
		weights[one.Public.Address().String()] = one.Weight
	}
	return fmt.Sprint(weights, k.Threshold)
}
