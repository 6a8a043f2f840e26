package app_test

import (
	"slices"
	"time"

	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/app/apperr"
	"github.com/chancery-chain/chancery/app/apptest"
	"github.com/chancery-chain/chancery/app/key"
)

// The model of a contract's life: plain values that the rules are written for once
// more. Codes go by names; all have one interface, so that the gate lets each follow
// each.
type (
	lifeProposal struct {
		code     string // empty for a policy
		policy   *chanceryv1.UpgradePolicy
		rollback int
		from     int
		who      string
		approved map[string]string // organisation to account
		earliest time.Time
		expires  time.Time
		open     bool
	}
	lifeModel struct {
		now       time.Time
		versions  []string
		frozen    bool // by its owner
		banned    bool // frozen by the committee
		away      bool // housing is suspended
		retired   bool
		policy    *chanceryv1.UpgradePolicy // nil for the empty one
		proposals []*lifeProposal
		onChain   map[string]bool
		stored    map[string]bool // of records/shop
		called    map[string]bool // of housing/caller
	}
)

const (
	lifeShop   = "records/shop"
	lifeCaller = "housing/caller"
)

var (
	lifeCodes  = []string{"a", "b", "c", "crashing", "unsound"}
	lifeSteps  = []time.Duration{time.Second, time.Second, time.Second, 599 * time.Second, 601 * time.Second, time.Hour}
	lifeOwners = []string{"records-dev", "records-admin", "chief", "records-clerk"}
	// lifeAdmins approve; the last one is no admin.
	lifeAdmins = []string{"records-admin", "chief", "city-admin", "housing-admin", "housing-dev"}
)

func (m *lifeModel) current() string { return m.versions[len(m.versions)-1] }

// stopped reports whether no call may run.
func (m *lifeModel) stopped() bool { return m.frozen || m.banned || m.retired }

func (m *lifeModel) openIDs() (ids []int) {
	for i, p := range m.proposals {
		if p.open {
			ids = append(ids, i)
		}
	}
	return ids
}

// find returns a proposal by its number, nil for none.
func (m *lifeModel) find(id int) *lifeProposal {
	if id > len(m.proposals) {
		return nil
	}
	return m.proposals[id-1]
}

func (m *lifeModel) closeAll() {
	for _, p := range m.proposals {
		p.open = false
	}
}

func (m *lifeModel) references(code string) (n int) {
	for i, v := range m.versions {
		if v == code && (!m.retired || i == len(m.versions)-1) {
			n++
		}
	}
	for _, p := range m.proposals {
		if p.open && p.code == code {
			n++
		}
	}
	return n
}

// checkUpgrade is what holds for a proposal and for an upgrade.
func (m *lifeModel) checkUpgrade(code string, rollback int) apperr.Code {
	switch {
	case code == m.current():
		return apperr.AlreadyExists
	case rollback > 0 && (rollback > len(m.versions) || m.versions[rollback-1] != code):
		return apperr.InvalidTx
	case !m.onChain[code]:
		return apperr.NotFound
	}
	return apperr.OK
}

// upgrade is what an upgrade does that may happen.
func (m *lifeModel) upgrade(who, code string, rollback int, unfreeze bool, payload string) apperr.Code {
	frozen := m.frozen
	if unfreeze {
		switch {
		case m.retired:
			return apperr.Frozen
		case !lifeRole(who, "admin"):
			return apperr.PermissionDenied
		case !frozen && m.banned:
			return apperr.PermissionDenied
		case !frozen:
			return apperr.NotFound
		}
		frozen = false
	}
	if frozen || m.banned || m.retired {
		return apperr.Frozen
	}
	if c := m.checkUpgrade(code, rollback); c != apperr.OK {
		return c
	}
	if code == "crashing" && rollback == 0 || code == "unsound" {
		return apperr.ContractTrap
	}
	m.frozen = frozen
	m.versions = append(m.versions, code)
	if rollback == 0 {
		m.stored["\x00"+payload] = true // migrate stores its request
	}
	m.closeAll()
	return apperr.OK
}

// ready reports whether a proposal may be executed.
func (m *lifeModel) ready(p *lifeProposal) bool {
	if m.policy == nil {
		return true
	}
	foreign, approvedByForeign, approved := false, false, 0
	for _, org := range m.policy.Approvers {
		foreign = foreign || org != "records"
		if p.approved[org] == "" || m.away && org == "housing" {
			continue
		}
		approved++
		approvedByForeign = approvedByForeign || org != "records"
	}
	return approved >= int(m.policy.Required) && (!foreign || approvedByForeign) && !m.now.Before(p.earliest)
}

func lifeOrg(who string) string {
	switch who {
	case "city-admin":
		return "city"
	case "housing-admin", "housing-dev", "housing-clerk":
		return "housing"
	}
	return "records"
}

func lifeRole(who, role string) bool {
	return who == "chief" && role != "clerk" || who == lifeOrg(who)+"-"+map[string]string{"admin": "admin", "developer": "dev", "clerk": "clerk"}[role]
}

// denied is the answer to an owner's action by somebody without the role.
func denied(who string, roles ...string) apperr.Code {
	if slices.ContainsFunc(roles, func(r string) bool { return lifeRole(who, r) }) {
		return apperr.OK
	}
	return apperr.PermissionDenied
}

// missing returns an admin whose approval a proposal lacks, or other.
func (p *lifeProposal) missing(policy *chanceryv1.UpgradePolicy, other string) string {
	for _, org := range policy.GetApprovers() {
		switch {
		case p.approved[org] != "":
		case org == "records" && p.who == "chief":
			return "records-admin"
		case org == "records":
			return "chief"
		default:
			return org + "-admin"
		}
	}
	return other
}

func isEmpty(p *chanceryv1.UpgradePolicy) bool { return len(p.Approvers) == 0 && p.DelaySeconds == 0 }

// lifeKey returns the key of a name, as the genesis has it.
func lifeKey(who string) *key.Private {
	if who == "records-clerk" || who == "housing-clerk" {
		return apptest.Key(who, key.SM2)
	}
	return apptest.Key(who, key.Ed25519)
}
