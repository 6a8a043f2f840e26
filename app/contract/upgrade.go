package contract

import (
	"bytes"
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

// Upgrade points a contract at other code and runs its migrate method. The
// caller drops w's writes when it fails, so old code and state stay.
func (e *Executor) Upgrade(w *state.Overlay, env *Env, by Author, m *chanceryv1.Upgrade, gas uint64) (Done, error) {
	rec, err := Get(w, m.Contract)
	if err != nil {
		return Done{}, err
	}
	if bytes.Equal(rec.CodeHash, m.CodeHash) {
		return Done{}, apperr.New(apperr.AlreadyExists, "version %d of %s has this code", rec.Version, m.Contract)
	}
	_, old, err := e.load(w, rec.CodeHash)
	if err != nil {
		return Done{}, err
	}
	if err := env.checkClaim(m.Contract, old); err != nil {
		return Done{}, err // the new code may gate nothing, and would read all
	}
	if _, err := GetCode(w, m.CodeHash); err != nil {
		return Done{}, err
	}
	code, sch, err := e.load(w, m.CodeHash)
	if err != nil {
		return Done{}, err
	}
	if gas < compareGas {
		return Done{GasUsed: gas}, apperr.New(apperr.OutOfGas, "comparing the interfaces costs %d gas, %d are left", compareGas, gas)
	}
	if err := checkCompatible(m, old, sch); err != nil {
		return Done{GasUsed: compareGas}, err
	}
	rec.Version++
	rec.CodeHash, rec.Service = m.CodeHash, sch.Service
	if err := setCurrent(w, m.Contract, rec, by, m.Breaking); err != nil {
		return Done{}, err
	}
	done, err := e.runOnce(w, env, &target{m.Contract, rec, code, sch}, runtime.KindMigrate, "upgrade.migrate_payload", m.MigratePayload, gas-compareGas)
	done.GasUsed += compareGas
	if err != nil {
		return done, err
	}
	ev, err := upgraded(m, rec.Version, by)
	if err != nil {
		return done, err
	}
	done.Events = append([]Event{ev}, done.Events...)
	done.Data, err = proto.MarshalOptions{Deterministic: true}.Marshal(&chanceryv1.UpgradeResult{Version: rec.Version, MigrateResponse: done.Data})
	return done, err
}

// findingsShown bounds the findings that an error names.
const findingsShown = 10

// checkCompatible is the gate: it refuses what breaks callers or stored state
// unless the signer said so, and what breaks stored state without a migrate
// method in any case.
func checkCompatible(m *chanceryv1.Upgrade, old, sch *schema.Contract) error {
	findings := compat.Compare(old, sch)
	worst := compat.Worst(findings)
	if worst < compat.Breaking {
		return nil
	}
	var named []string
	for _, f := range findings {
		if f.Severity >= compat.Breaking && len(named) < findingsShown {
			named = append(named, f.Subject+": "+f.Detail+" ("+f.Rule+")")
		}
	}
	list := strings.Join(named, "; ")
	if !m.Breaking {
		return apperr.New(apperr.Incompatible, "%s: %s", m.Contract, list)
	}
	if _, migrates := sch.Special(schema.KindMigrate); worst >= compat.StateBreaking && !migrates {
		return apperr.New(apperr.Incompatible, "%s: stored state would break and the new code has no migrate method: %s", m.Contract, list)
	}
	return nil
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
