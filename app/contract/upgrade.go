package contract

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"google.golang.org/protobuf/proto"

	statev1 "github.com/chancery-chain/chancery/api/gen/chancery/state/v1"
	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/api/schema"
	"github.com/chancery-chain/chancery/api/schema/compat"
	"github.com/chancery-chain/chancery/app/apperr"
	"github.com/chancery-chain/chancery/app/state"
	"github.com/chancery-chain/chancery/runtime"
)

// compareGas is charged for comparing two interfaces: about 5 ms for the largest
// that compat looks at.
const compareGas = 5_000_000

// change is an upgrade that is about to be made: asked for by its owner alone, or
// by a proposal.
type change struct {
	name       string
	hash       []byte
	payload    []byte // of migrate
	breaking   bool
	rehearsal  []byte
	rollbackTo uint64
	unfreeze   bool
	// proposal is 0, and approvals are none, for one that needed no proposal.
	proposal  uint64
	approvals []*statev1.Approval
}

// Upgrade points a contract without an upgrade policy at other code and runs its
// migrate method. The caller drops w's writes when it fails, so old code and state
// stay.
func (e *Executor) Upgrade(w *state.Overlay, env *Env, by Author, m *chanceryv1.Upgrade, gas uint64) (Done, error) {
	rec, life, err := open(w, m.Contract)
	if err != nil {
		return Done{}, err
	}
	if life.Policy != nil {
		return Done{}, apperr.New(apperr.PermissionDenied, "%s has an upgrade policy: propose the upgrade", m.Contract)
	}
	b := &budget{limit: gas}
	return b.done(e.upgrade(w, env, by, rec, life, &change{
		name: m.Contract, hash: m.CodeHash, payload: m.MigratePayload, breaking: m.Breaking,
		rehearsal: m.RehearsalHash, rollbackTo: m.RollbackTo, unfreeze: m.Unfreeze,
	}, b))
}

// upgrade makes a change: it lifts the owner's freeze where that is asked for, asks
// the gate, writes the new version, runs migrate, asks the new code's own check and
// closes what else was proposed.
func (e *Executor) upgrade(w *state.Overlay, env *Env, by Author, rec *statev1.Contract, life *statev1.Lifecycle, c *change, b *budget) (Done, error) {
	var events []Event
	if c.unfreeze {
		lifted, err := unfreeze(w, by, c.name, rec, life)
		if err != nil {
			return Done{}, err
		}
		ev, err := PlatformEvent(lifted)
		if err != nil {
			return Done{}, err
		}
		events = append(events, ev)
	}
	if err := checkActive(c.name, rec); err != nil {
		return Done{}, err
	}
	if err := e.checkClaimTo(w, env, c.name, rec); err != nil {
		return Done{}, err
	}
	code, sch, err := e.checkChange(w, rec, c, b)
	if err != nil {
		return Done{}, err
	}
	rec.Version++
	rec.CodeHash, rec.Service = c.hash, sch.Service
	if err := contracts.Set(w, c.name, rec); err != nil {
		return Done{}, err
	}
	if err := addVersion(w, c.name, rec, by, c); err != nil {
		return Done{}, err
	}
	on := &target{c.name, rec, code, sch}
	var done Done
	if c.rollbackTo == 0 {
		if done, err = e.runOnce(w, env, on, runtime.KindMigrate, "upgrade.migrate_payload", c.payload, b.left()); err != nil {
			b.used += done.GasUsed
			return Done{}, err
		}
		b.used += done.GasUsed
	}
	if err := e.postUpgrade(w, env, on, b); err != nil {
		return Done{}, err
	}
	if err := b.pay(rowGas*uint64(len(life.OpenProposals)), "closing what else was proposed"); err != nil {
		return Done{}, err
	}
	if err := closeAll(w, by, c.name, life, c.proposal, upgradeSuperseded); err != nil {
		return Done{}, err
	}
	ev, err := PlatformEvent(&chanceryv1.ContractUpgraded{
		Contract: c.name, Version: rec.Version, CodeHash: c.hash, Origin: by.Origin, Breaking: c.breaking,
		Org: by.Org, Proposal: c.proposal, RollbackTo: c.rollbackTo,
	})
	if err != nil {
		return Done{}, err
	}
	done.Events = append(append(events, ev), done.Events...)
	done.Data, err = proto.MarshalOptions{Deterministic: true}.Marshal(&chanceryv1.UpgradeResult{Version: rec.Version, MigrateResponse: done.Data})
	return done, err
}

// checkChange checks a change against the contract as it is, and returns the new
// code.
func (e *Executor) checkChange(r state.Reader, rec *statev1.Contract, c *change, b *budget) (*runtime.Code, *schema.Contract, error) {
	if bytes.Equal(rec.CodeHash, c.hash) {
		return nil, nil, apperr.New(apperr.AlreadyExists, "version %d of %s has this code", rec.Version, c.name)
	}
	if c.rollbackTo > 0 {
		v, ok, err := versions.Get(r, state.PairOf(c.name, c.rollbackTo))
		if err != nil {
			return nil, nil, err
		}
		if !ok || !bytes.Equal(v.CodeHash, c.hash) {
			return nil, nil, apperr.Invalid("rollback_to", "%s had no version %d of this code", c.name, c.rollbackTo)
		}
	}
	_, old, err := e.load(r, rec.CodeHash)
	if err != nil {
		return nil, nil, err
	}
	if _, err := GetCode(r, c.hash); err != nil {
		return nil, nil, err
	}
	code, sch, err := e.load(r, c.hash)
	if err != nil {
		return nil, nil, err
	}
	if err := b.pay(compareGas, "comparing the interfaces"); err != nil {
		return nil, nil, err
	}
	return code, sch, checkCompatible(c, old, sch)
}

// findingsShown bounds the findings that an error names.
const findingsShown = 10

// checkCompatible is the gate: it refuses what breaks callers or stored state
// unless the signer said so, and what breaks stored state without a migrate
// method in any case. A rollback runs no migrate, and the code that it goes back
// to was written before what it no longer knows: it may leave that alone.
func checkCompatible(c *change, old, sch *schema.Contract) error {
	findings := compat.Compare(old, sch)
	worst := compat.Worst(findings)
	if worst < compat.Breaking {
		return nil
	}
	if !c.breaking {
		return apperr.New(apperr.Incompatible, "%s: %s", c.name, listFindings(findings, compat.Breaking))
	}
	if worst < compat.StateBreaking {
		return nil
	}
	if c.rollbackTo > 0 {
		misread := findings[:0:0]
		for _, f := range findings {
			if f.Severity >= compat.StateBreaking && !f.Removal() {
				misread = append(misread, f)
			}
		}
		if len(misread) > 0 {
			return apperr.New(apperr.Incompatible, "%s: version %d would misread the stored state: %s", c.name, c.rollbackTo, listFindings(misread, compat.StateBreaking))
		}
		return nil
	}
	if _, migrates := sch.Special(schema.KindMigrate); !migrates {
		return apperr.New(apperr.Incompatible, "%s: stored state would break and the new code has no migrate method: %s", c.name, listFindings(findings, compat.Breaking))
	}
	return nil
}

// listFindings names findings from a severity on.
func listFindings(findings []compat.Finding, from compat.Severity) string {
	var named []string
	for _, f := range findings {
		if f.Severity >= from && len(named) < findingsShown {
			named = append(named, f.Subject+": "+f.Detail+" ("+f.Rule+")")
		}
	}
	return strings.Join(named, "; ")
}

// postUpgrade asks the new code whether it finds the state sound, if it declares
// such a query.
func (e *Executor) postUpgrade(w *state.Overlay, env *Env, on *target, b *budget) error {
	m, ok := on.schema.PostUpgrade()
	if !ok {
		return nil
	}
	quiet := *env // the trace is of migrate
	quiet.Trace = nil
	c := newCall(e, &quiet, nil, on)
	c.reads = w
	done, err := c.done(c.run(runtime.Call{Kind: runtime.KindQuery, Method: m.Name, GasLimit: b.left(), Depth: 1}, env.Origin))
	b.used += done.GasUsed
	if e := (*apperr.Error)(nil); !isOwn(err) && errors.As(err, &e) {
		e.Msg = "check after the upgrade: " + e.Msg
	}
	return err
}

// addVersion writes the row of a contract's current version and holds its code.
func addVersion(w state.Writer, name string, rec *statev1.Contract, by Author, c *change) error {
	if err := hold(w, rec.CodeHash); err != nil {
		return err
	}
	return versions.Set(w, state.PairOf(name, rec.Version), &statev1.Version{
		CodeHash: rec.CodeHash, Origin: by.Origin, Height: by.Height, Time: by.Time.UnixNano(), Org: by.Org,
		Breaking: c.breaking, RehearsalHash: c.rehearsal, Proposal: c.proposal, Approvals: c.approvals, RollbackTo: c.rollbackTo,
	})
}

// Versions walks a contract's versions, newest first. before is the last number
// already seen, or 0.
func Versions(r state.Reader, name string, before uint64, limit int, fn func(uint64, *statev1.Version) error) (more bool, err error) {
	page := state.Page[uint64]{Limit: limit, Reverse: true}
	if before > 0 {
		page.After = &before
	}
	if more, err = state.IteratePair(versions, r, name, page, fn); err != nil {
		return false, fmt.Errorf("list versions: %w", err)
	}
	return more, nil
}
