package governance

import (
	"slices"

	statev1 "github.com/chancery-chain/chancery/api/gen/chancery/state/v1"
	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/app/apperr"
)

// Kind groups changes that are decided by the same rule.
type Kind = chanceryv1.ChangeKind

// The kinds.
const (
	OrgAdmission = chanceryv1.ChangeKind_CHANGE_KIND_ORG_ADMISSION
	OrgStatus    = chanceryv1.ChangeKind_CHANGE_KIND_ORG_STATUS
	OrgData      = chanceryv1.ChangeKind_CHANGE_KIND_ORG_DATA
	Quota        = chanceryv1.ChangeKind_CHANGE_KIND_QUOTA
	Validators   = chanceryv1.ChangeKind_CHANGE_KIND_VALIDATORS
	Parameters   = chanceryv1.ChangeKind_CHANGE_KIND_PARAMETERS
	Rules        = chanceryv1.ChangeKind_CHANGE_KIND_RULES
	Members      = chanceryv1.ChangeKind_CHANGE_KIND_COMMITTEE
	Contracts    = chanceryv1.ChangeKind_CHANGE_KIND_CONTRACTS
	Accounts     = chanceryv1.ChangeKind_CHANGE_KIND_ACCOUNTS
	Protocol     = chanceryv1.ChangeKind_CHANGE_KIND_PROTOCOL
)

const (
	// wholeCommittee is the share of all, in hundredths of a percent.
	wholeCommittee = 10_000
	majority       = 5_000
	// twoThirds is passed by two of three, four of six and so on up to committees
	// far larger than the 64 that there can be.
	twoThirds = 6_666
)

// DefaultRules returns the rules of a new chain, in order of the kinds.
func DefaultRules() []*statev1.Rule {
	var rules []*statev1.Rule
	for k := OrgAdmission; k <= Protocol; k++ {
		r := &statev1.Rule{Kind: uint32(k), Threshold: majority}
		switch k {
		case OrgAdmission, OrgStatus, OrgData, Quota:
			r.OperatorAlone = true
		case Validators, Parameters, Rules, Members, Protocol:
			r.Threshold = twoThirds
		}
		rules = append(rules, r)
	}
	return rules
}

// rule returns the rule of a kind. One that an older genesis does not name is the
// default.
func rule(p *statev1.Params, k Kind) *statev1.Rule {
	for _, list := range [][]*statev1.Rule{p.Rules, DefaultRules()} {
		if i := slices.IndexFunc(list, func(r *statev1.Rule) bool { return r.Kind == uint32(k) }); i >= 0 {
			return list[i]
		}
	}
	// A kind that this software does not know, which no proposal can have.
	return &statev1.Rule{Kind: uint32(k), Threshold: wholeCommittee - 1}
}

// CheckOperatorAlone refuses what the operating organisation may not do without a
// vote.
func CheckOperatorAlone(p *statev1.Params, k Kind) error {
	if rule(p, k).OperatorAlone {
		return nil
	}
	return apperr.New(apperr.PermissionDenied, "this needs a vote of the committee: propose it with chancery gov propose")
}

// SetRule changes how a kind of change is decided.
func SetRule(p *statev1.Params, m *chanceryv1.SetRule) {
	r := &statev1.Rule{Kind: uint32(m.Kind), Threshold: m.Threshold, OperatorAlone: m.OperatorAlone}
	rules := slices.DeleteFunc(slices.Clone(p.Rules), func(o *statev1.Rule) bool { return o.Kind == r.Kind })
	p.Rules = append(rules, r)
	slices.SortFunc(p.Rules, func(a, b *statev1.Rule) int { return int(a.Kind) - int(b.Kind) })
}

// Needed returns how many organisations of a committee of a size must vote yes.
func Needed(p *statev1.Params, kinds []Kind, size int) int {
	highest := uint32(0)
	for _, k := range kinds {
		highest = max(highest, threshold(p, k))
	}
	return size*int(highest)/wholeCommittee + 1
}

// threshold returns the share of the committee that a kind must pass. Who votes
// decides everything else, so that Members has the highest of all.
func threshold(p *statev1.Params, k Kind) uint32 {
	t := rule(p, k).Threshold
	if k == Members {
		for other := OrgAdmission; other <= Protocol; other++ {
			t = max(t, rule(p, other).Threshold)
		}
	}
	return t
}

// KindOf returns the kind of a change.
func KindOf(c *chanceryv1.Change) Kind {
	switch c.GetChange().(type) {
	case *chanceryv1.Change_CreateOrg:
		return OrgAdmission
	case *chanceryv1.Change_UpdateOrg:
		return OrgData
	case *chanceryv1.Change_SetOrgStatus:
		return OrgStatus
	case *chanceryv1.Change_SetQuota:
		return Quota
	case *chanceryv1.Change_AddValidator, *chanceryv1.Change_RemoveValidator, *chanceryv1.Change_SetPower, *chanceryv1.Change_RotateKey:
		return Validators
	case *chanceryv1.Change_SetParameter:
		return Parameters
	case *chanceryv1.Change_SetRule:
		return Rules
	case *chanceryv1.Change_SetCommittee:
		return Members
	case *chanceryv1.Change_FreezeContract, *chanceryv1.Change_UnfreezeContract:
		return Contracts
	case *chanceryv1.Change_SetAccountStatus:
		return Accounts
	case *chanceryv1.Change_ProtocolUpgrade:
		return Protocol
	}
	return chanceryv1.ChangeKind_CHANGE_KIND_UNSPECIFIED
}

// kindsOf returns the kinds of changes, and the kinds whose rules they change or could
// evade, both sorted without repeats.
func kindsOf(list []*chanceryv1.Change) (kinds, ruled []Kind) {
	for _, c := range list {
		kinds = append(kinds, KindOf(c))
		if r := c.GetSetRule(); r != nil {
			ruled = append(ruled, r.Kind)
		}
		if c.GetUpdateOrg().GetAdmin() != nil {
			// An admin makes operators, who vote where the organisation belongs to the
			// committee, or comes to belong to it while the proposal lies open.
			ruled = append(ruled, Members)
		}
	}
	slices.Sort(kinds)
	slices.Sort(ruled)
	return slices.Compact(kinds), slices.Compact(ruled)
}

// NeededFor is Needed for changes that nobody proposed yet.
func NeededFor(p *statev1.Params, list []*chanceryv1.Change, size int) int {
	kinds, ruled := kindsOf(list)
	return Needed(p, slices.Concat(kinds, ruled), size)
}
