package query

import (
	"crypto/sha256"
	"slices"

	statev1 "github.com/chancery-chain/chancery/api/gen/chancery/state/v1"
	"github.com/chancery-chain/chancery/app/account"
	"github.com/chancery-chain/chancery/app/apperr"
	"github.com/chancery-chain/chancery/app/governance"
	"github.com/chancery-chain/chancery/app/org"
	"github.com/chancery-chain/chancery/app/permit"
	"github.com/chancery-chain/chancery/app/state"
)

// permitsKept bounds the permits whose signatures were found right: at most 4 KiB
// each.
const permitsKept = 4096

// asker is the account that a permit proved, as of now.
type asker struct {
	*permit.Permit
	roles []string // in Permit.Org
}

// admit checks an encoded permit for a contract. Its signatures are checked once
// per node; keys, membership and roles with each request, against the last
// committed block and at its time.
func (q *Query) admit(v *state.View, p *statev1.Params, raw []byte, contract string) (*asker, error) {
	id := sha256.Sum256(raw)
	m, verified := q.permits.Get(id)
	if !verified {
		var err error
		if m, err = permit.Decode(raw); err != nil {
			return nil, err
		}
	}
	// What needs no signature check comes first: it is cheap.
	if m.ChainID != p.ChainId {
		return nil, apperr.Invalid("permit.chain_id", "the permit is for chain %q, this is %q", clip(m.ChainID), p.ChainId)
	}
	if err := m.CheckTime(q.machine.Now()); err != nil {
		return nil, err
	}
	if !m.Covers(contract) {
		return nil, apperr.New(apperr.PermissionDenied, "the permit does not name contract %s", contract)
	}
	now := q.machine.BlockTime()
	acc, err := account.Get(v, m.Origin, now)
	if err != nil {
		return nil, err
	}
	if err := account.CheckSigners(acc, m.Origin, m.Signatures); err != nil {
		return nil, err
	}
	if err := account.CheckActive(acc, m.Origin); err != nil {
		return nil, err
	}
	if !verified {
		if !m.VerifySignatures() {
			return nil, apperr.New(apperr.Unauthenticated, "a signature is wrong for this permit and key; sign the exact bytes of the body with the domain prefix of permits")
		}
		q.permits.Add(id, m)
	}
	if m.Org == "" {
		return &asker{m, nil}, nil
	}
	roles, err := org.Active(v, m.Org, m.Origin, now)
	if err != nil {
		return nil, err
	}
	return &asker{m, roles}, nil
}

// MayReadStorage reports whether who acts for an organisation with roles may read
// all storage of a contract that has gated queries: the members of the contract's
// own organisation, and auditors of the chain.
func MayReadStorage(r state.Reader, contract, actsFor string, roles []string) (bool, error) {
	owner, _, _ := cutName(contract)
	if actsFor == owner {
		return true, nil
	}
	return isAuditor(r, actsFor, roles)
}

// isAuditor reports whether who acts for an organisation with roles is an auditor of
// the chain: one of an organisation of the committee. Any admin can give the role, so
// that of another organisation says nothing about what others keep.
func isAuditor(r state.Reader, actsFor string, roles []string) (bool, error) {
	if !slices.Contains(roles, org.RoleAuditor) {
		return false, nil
	}
	err := governance.CheckMember(r, actsFor)
	if apperr.CodeOf(err) == apperr.PermissionDenied {
		return false, nil
	}
	return err == nil, err
}

func needsPermit(what, contract string) error {
	return apperr.New(apperr.Unauthenticated, "%s of contract %s is gated: sign a permit and send it as header Authorization: %s …", what, contract, permit.Scheme)
}

func clip(s string) string {
	if len(s) > 80 {
		return s[:80] + "…"
	}
	return s
}
