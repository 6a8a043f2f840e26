package contract

import (
	"bytes"
	"fmt"
	"slices"
	"time"

	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/api/schema"
	"github.com/chancery-chain/chancery/api/schema/compat"
	"github.com/chancery-chain/chancery/app/apperr"
	"github.com/chancery-chain/chancery/app/state"
)

// Rehearsed is what a rehearsed upgrade found beside its result.
type Rehearsed struct {
	Findings []compat.Finding
	Old, New *schema.Contract
}

// Rehearse makes an upgrade on a copy of the state: without asking the policy, and
// whatever the gate finds. Code that breaks stored state without a migrate method
// is refused all the same.
func (e *Executor) Rehearse(w *state.Overlay, env *Env, by Author, m *chanceryv1.Upgrade, gas uint64) (Done, *Rehearsed, error) {
	rec, life, err := open(w, m.Contract)
	if err != nil {
		return Done{}, nil, err
	}
	_, old, err := e.load(w, rec.CodeHash)
	if err != nil {
		return Done{}, nil, err
	}
	if _, err := GetCode(w, m.CodeHash); err != nil {
		return Done{}, nil, err
	}
	_, sch, err := e.load(w, m.CodeHash)
	if err != nil {
		return Done{}, nil, err
	}
	found := &Rehearsed{Findings: compat.Compare(old, sch), Old: old, New: sch}
	rec.Status = statusActive
	b := &budget{limit: gas}
	done, err := b.done(e.upgrade(w, env, by, rec, life, &change{
		name: m.Contract, hash: m.CodeHash, payload: m.MigratePayload, breaking: true, rollbackTo: m.RollbackTo,
	}, b))
	return done, found, err
}

// CopyCode brings code to a state that it was uploaded after.
func CopyCode(w state.Writer, from state.Reader, hash []byte) error {
	if codes.Has(w, [32]byte(hash)) {
		return nil
	}
	c, err := GetCode(from, hash)
	if err != nil {
		return err
	}
	return codes.Set(w, [32]byte(hash), c)
}

// MayApprove reports whether an organisation approves upgrades of a contract, and
// one to this code is proposed at a block time.
func MayApprove(r state.Reader, name, org string, codeHash []byte, now time.Time) (bool, error) {
	life, err := LifecycleOf(r, name)
	if err != nil || !slices.Contains(life.GetPolicy().GetApprovers(), org) {
		return false, err
	}
	for _, id := range life.OpenProposals {
		u, err := openUpgrade(r, name, id, now)
		if err == nil && bytes.Equal(u.CodeHash, codeHash) {
			return true, nil
		}
		if err != nil && apperr.CodeOf(err) != apperr.Closed {
			return false, err
		}
	}
	return false, nil
}

// CurrentSince returns the height at which a contract got its present version.
func CurrentSince(r state.Reader, name string) (int64, error) {
	rec, err := Get(r, name)
	if err != nil {
		return 0, err
	}
	v, ok, err := versions.Get(r, state.PairOf(name, rec.Version))
	if err != nil {
		return 0, err
	}
	if !ok {
		return 0, &Fault{fmt.Errorf("version %d of %s has no row", rec.Version, name)}
	}
	return v.Height, nil
}
