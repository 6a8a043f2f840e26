package app_test

import (
	"fmt"
	"maps"
	"math/big"
	"slices"
	"sort"
	"strings"

	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/app/apperr"
	"github.com/chancery-chain/chancery/app/apptest"
	"github.com/chancery-chain/chancery/app/governance"
)

// The model of governance: plain maps, organisations, validators and their keys by
// name, times in seconds.
type (
	govModel struct {
		govState
		now       int64
		proposals []*govProposal // number 1 is first
	}
	// govState is what a proposal changes, all of it or nothing.
	govState struct {
		committee  map[string]bool
		thresholds map[governance.Kind]int
		alone      map[governance.Kind]bool
		validators map[string]govValidator
		former     map[string]govFormer // by key
		quotas     map[string]uint64
		maxValid   uint64
		rescued    map[string]bool // organisations that a vote gave an admin
	}
	govValidator struct {
		org, key string
		power    uint64
	}
	govFormer struct {
		next   string
		barred bool
	}
	govProposal struct {
		org      string
		changes  []govChange
		status   governance.Status
		deadline int64
		ballots  map[string]bool
	}
	// govChange is any change; what says which.
	govChange struct {
		what            string
		name, org, key  string
		power, value    uint64
		yes             bool
		kind            governance.Kind
		threshold       int
		operatorMayDoIt bool
	}
)

const (
	govMaxCallGas = 100_000_000
	govOpen       = 4
	govMajority   = 5_000
	govTwoThirds  = 6_666
)

func (s govState) clone() govState {
	s.committee, s.thresholds, s.alone = maps.Clone(s.committee), maps.Clone(s.thresholds), maps.Clone(s.alone)
	s.validators, s.former, s.quotas = maps.Clone(s.validators), maps.Clone(s.former), maps.Clone(s.quotas)
	s.rescued = maps.Clone(s.rescued)
	return s
}

func (c govChange) kinds() []governance.Kind {
	switch c.what {
	case "committee":
		return []governance.Kind{governance.Members}
	case "admin":
		return []governance.Kind{governance.OrgData, governance.Members} // it could vote
	case "rule":
		return []governance.Kind{governance.Rules, c.kind}
	case "quota":
		return []governance.Kind{governance.Quota}
	case "parameter":
		return []governance.Kind{governance.Parameters}
	}
	return []governance.Kind{governance.Validators}
}

func (c govChange) api() *chanceryv1.Change {
	key := apptest.ValidatorKey(c.key).API()
	switch c.what {
	case "add":
		return &chanceryv1.Change{Change: &chanceryv1.Change_AddValidator{AddValidator: &chanceryv1.AddValidator{Name: c.name, Org: c.org, Key: key, Power: c.power}}}
	case "remove":
		return &chanceryv1.Change{Change: &chanceryv1.Change_RemoveValidator{RemoveValidator: &chanceryv1.RemoveValidator{Name: c.name}}}
	case "power":
		return &chanceryv1.Change{Change: &chanceryv1.Change_SetPower{SetPower: &chanceryv1.SetPower{Name: c.name, Power: c.power}}}
	case "rotate":
		return &chanceryv1.Change{Change: &chanceryv1.Change_RotateKey{RotateKey: &chanceryv1.RotateKey{Name: c.name, Key: key}}}
	case "committee":
		return &chanceryv1.Change{Change: &chanceryv1.Change_SetCommittee{SetCommittee: &chanceryv1.SetCommittee{Org: c.org, Member: c.yes}}}
	case "admin":
		return &chanceryv1.Change{Change: &chanceryv1.Change_UpdateOrg{UpdateOrg: &chanceryv1.UpdateOrg{Org: c.org, Admin: apptest.APIKey(govRescuer.Public())}}}
	case "rule":
		return &chanceryv1.Change{Change: &chanceryv1.Change_SetRule{SetRule: &chanceryv1.SetRule{Kind: c.kind, Threshold: uint32(c.threshold), OperatorAlone: c.operatorMayDoIt}}}
	case "quota":
		return &chanceryv1.Change{Change: &chanceryv1.Change_SetQuota{SetQuota: &chanceryv1.SetQuota{Org: c.org, GasPerPeriod: c.value}}}
	}
	return &chanceryv1.Change{Change: &chanceryv1.Change_SetParameter{SetParameter: &chanceryv1.SetParameter{Name: "max_valid_seconds", Value: c.value}}}
}

// needed is the least number of yes votes that is more than every threshold.
func (s govState) needed(changes []govChange) int {
	threshold := 0
	for _, c := range changes {
		for _, k := range c.kinds() {
			threshold = max(threshold, s.thresholds[k])
			if k == governance.Members { // who votes decides all else
				threshold = max(threshold, slices.Max(slices.Collect(maps.Values(s.thresholds))))
			}
		}
	}
	n := 0
	for n*10_000 <= threshold*len(s.committee) {
		n++
	}
	return n
}

func (m *govModel) propose(org string, changes []govChange, seconds int64) apperr.Code {
	if !m.committee[org] {
		return apperr.PermissionDenied
	}
	open := 0
	for _, p := range m.proposals {
		if p.org == org && p.status == governance.Open && m.now <= p.deadline {
			open++
		}
	}
	if open == govOpen {
		return apperr.LimitExceeded
	}
	p := &govProposal{org: org, changes: changes, status: governance.Open, deadline: m.now + seconds, ballots: map[string]bool{org: true}}
	m.proposals = append(m.proposals, p)
	m.count(p)
	return apperr.OK
}

// count decides a proposal whose votes suffice either way.
func (m *govModel) count(p *govProposal) {
	yes, no := 0, 0
	for org, y := range p.ballots {
		if m.committee[org] && y {
			yes++
		} else if m.committee[org] {
			no++
		}
	}
	if need := m.needed(p.changes); yes >= need {
		p.status = governance.Decided
	} else if len(m.committee)-no < need {
		p.status = governance.Rejected
	}
}

// open returns an open proposal, or the error that anything about it gets.
func (m *govModel) open(org string, id int) (*govProposal, apperr.Code) {
	if !m.committee[org] {
		return nil, apperr.PermissionDenied
	}
	if id > len(m.proposals) {
		return nil, apperr.NotFound
	}
	if p := m.proposals[id-1]; p.status == governance.Open && m.now <= p.deadline {
		return p, apperr.OK
	}
	return nil, apperr.Closed
}

func (m *govModel) vote(org string, id int, yes bool) apperr.Code {
	p, code := m.open(org, id)
	if code == apperr.OK {
		p.ballots[org] = yes
		m.count(p)
	}
	return code
}

func (m *govModel) withdraw(org string, id int) apperr.Code {
	p, code := m.open(org, id)
	if code == apperr.OK && p.org != org {
		return apperr.PermissionDenied
	}
	if code == apperr.OK {
		p.status = governance.Withdrawn
	}
	return code
}

func (m *govModel) operatorSetsQuota(org string, gas uint64) apperr.Code {
	if !m.alone[governance.Quota] {
		return apperr.PermissionDenied
	}
	return m.setQuota(org, gas)
}

func (s govState) setQuota(org string, gas uint64) apperr.Code {
	if gas < govMaxCallGas && (org == "city" || s.committee[org]) {
		return apperr.InvalidTx
	}
	s.quotas[org] = gas
	return apperr.OK
}

// enact makes the changes of a proposal that passed, and tells how many.
func (m *govModel) enact(p *govProposal) (made int, code apperr.Code) {
	s := m.clone()
	validators := false
	for i, c := range p.changes {
		validators = validators || c.kinds()[0] == governance.Validators
		if code := s.make(c); code != apperr.OK {
			p.status = governance.Failed
			return i, code
		}
	}
	switch {
	case validators && !s.safe():
		code = apperr.UnsafeValidators
	case s.maxValid < 30 || s.maxValid > 86_400:
		code = apperr.InvalidTx
	}
	if code != apperr.OK {
		p.status = governance.Failed
		return len(p.changes), code
	}
	m.govState, p.status = s, governance.Passed
	return len(p.changes), apperr.OK
}

func (s *govState) make(c govChange) apperr.Code {
	v, known := s.validators[c.name]
	switch c.what {
	case "add":
		if known {
			return apperr.AlreadyExists
		}
		v = govValidator{org: c.org, power: c.power}
	case "quota":
		return s.setQuota(c.org, c.value)
	case "parameter":
		s.maxValid = c.value
		return apperr.OK
	case "admin":
		s.rescued[c.org] = true
		return apperr.OK
	case "rule":
		s.thresholds[c.kind], s.alone[c.kind] = c.threshold, c.operatorMayDoIt
		return apperr.OK
	case "committee":
		switch {
		case c.yes && s.committee[c.org]:
			return apperr.AlreadyExists
		case !c.yes && !s.committee[c.org]:
			return apperr.NotFound
		case !c.yes && len(s.committee) == 1:
			return apperr.PermissionDenied
		}
		if delete(s.committee, c.org); c.yes {
			s.committee[c.org] = true
		}
		return apperr.OK
	default:
		if !known {
			return apperr.NotFound
		}
	}
	if c.what == "add" || c.what == "rotate" {
		for _, other := range s.validators {
			if other.key == c.key {
				return apperr.AlreadyExists
			}
		}
		if s.former[c.key].barred {
			return apperr.PermissionDenied
		}
		delete(s.former, c.key)
		if c.what == "rotate" {
			s.former[v.key] = govFormer{next: c.key}
		}
		v.key = c.key
	}
	if c.what == "power" {
		v.power = c.power
	}
	if c.what == "remove" {
		delete(s.validators, c.name)
		s.former[v.key] = govFormer{}
		return apperr.OK
	}
	s.validators[c.name] = v
	return apperr.OK
}

func (s govState) total() (sum uint64) {
	for _, v := range s.validators {
		sum += v.power
	}
	return sum
}

func (s govState) orgs() map[string]uint64 {
	out := make(map[string]uint64)
	for _, v := range s.validators {
		out[v.org] += v.power
	}
	return out
}

// safe says the rules of a set in the words of the issue: nobody alone stops the
// chain.
func (s govState) safe() bool {
	if len(s.validators) == 0 {
		return false
	}
	for _, power := range s.orgs() {
		if len(s.orgs()) >= 4 && 3*power >= s.total() {
			return false
		}
	}
	for _, v := range s.validators {
		if len(s.validators) >= 4 && 3*(s.total()-v.power) <= 2*s.total() {
			return false
		}
	}
	return true
}

// punish takes the place of the validator that signed with a key, or signs with the
// key that followed it.
func (m *govModel) punish(key string) (name string, removed bool) {
	for {
		f, ok := m.former[key]
		if !ok {
			break
		}
		m.former[key] = govFormer{next: f.next, barred: true}
		if f.next == "" {
			return "", false
		}
		key = f.next
	}
	for name, v := range m.validators {
		if v.key != key {
			continue
		}
		if len(m.validators) == 1 {
			return name, false
		}
		delete(m.validators, name)
		m.former[key] = govFormer{barred: true}
		return name, true
	}
	return "", false
}

// balance cuts organisations to the greatest power at which each holds less than a
// third, found by trying.
func (m *govModel) balance() {
	orgs := m.orgs()
	if len(orgs) < 4 || 3*slices.Max(slices.Collect(maps.Values(orgs))) < m.total() {
		return
	}
	most := uint64(sort.Search(int(m.total()), func(c int) bool {
		sum := uint64(0)
		for _, p := range orgs {
			sum += min(p, uint64(c)+1)
		}
		return 3*(uint64(c)+1) >= sum // c+1 is too much
	}))
	for org, power := range orgs {
		if power > most {
			m.cut(org, power, most)
		}
	}
}

func (m *govModel) cut(org string, power, most uint64) {
	var names []string
	for name, v := range m.validators {
		if v.org == org {
			names = append(names, name)
		}
	}
	slices.SortFunc(names, func(a, b string) int {
		if pa, pb := m.validators[a].power, m.validators[b].power; pa != pb {
			return int(pb) - int(pa)
		}
		return strings.Compare(a, b)
	})
	left := most
	shares := make(map[string]uint64)
	for _, name := range names {
		share := new(big.Int).Mul(big.NewInt(int64(m.validators[name].power)), big.NewInt(int64(most)))
		shares[name] = share.Div(share, big.NewInt(int64(power))).Uint64()
		left -= shares[name]
	}
	for _, name := range names {
		if left > 0 {
			shares[name]++
			left--
		}
		v := m.validators[name]
		if v.power = shares[name]; v.power > 0 {
			m.validators[name] = v
			continue
		}
		delete(m.validators, name)
		m.former[v.key] = govFormer{}
	}
}

// show is the state as text, to compare with the chain's.
func (s govState) show() string {
	var out []string
	for _, name := range slices.Sorted(maps.Keys(s.validators)) {
		v := s.validators[name]
		out = append(out, fmt.Sprintf("%s@%s %s=%d", name, v.org, apptest.ValidatorKey(v.key).Address(), v.power))
	}
	out = append(out, strings.Join(slices.Sorted(maps.Keys(s.committee)), " "))
	for k := governance.OrgAdmission; k <= governance.Protocol; k++ {
		out = append(out, fmt.Sprint(k, " ", s.thresholds[k], " ", s.alone[k]))
	}
	for _, org := range slices.Sorted(maps.Keys(s.quotas)) {
		out = append(out, fmt.Sprint(org, " ", s.quotas[org], " ", s.rescued[org]))
	}
	return strings.Join(out, "\n")
}
