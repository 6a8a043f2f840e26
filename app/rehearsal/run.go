package rehearsal

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"

	"google.golang.org/protobuf/proto"

	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/api/schema/compat"
	"github.com/chancery-chain/chancery/app/apperr"
	"github.com/chancery-chain/chancery/app/contract"
	"github.com/chancery-chain/chancery/app/key"
	"github.com/chancery-chain/chancery/app/org"
	"github.com/chancery-chain/chancery/app/state"
	"github.com/chancery-chain/chancery/app/tx"
)

// Run makes a rehearsal and returns its report, which is the same on every node for the
// same request and heights, and the report's hash.
func (r *Rehearser) Run(ctx context.Context, m *chanceryv1.Rehearsal) (*chanceryv1.RehearsalReport, []byte, error) {
	p, err := r.plan(ctx, m)
	if err != nil {
		return nil, nil, err
	}
	base, err := r.Store.View(p.FromHeight)
	if err != nil {
		return nil, nil, err
	}
	defer base.Close()
	report := &chanceryv1.RehearsalReport{
		ChainId: p.params.ChainId, Rehearsal: p.rehearsal, FromVersion: p.live.Version, FromCodeHash: p.live.CodeHash,
		FromHeight: p.FromHeight,
	}
	old, upgraded := state.NewOverlay(base), state.NewOverlay(base)
	if err := r.copyCode(p, upgraded); err != nil {
		return nil, nil, err
	}
	schemas, err := r.upgrade(p, upgraded, report)
	if err != nil {
		return nil, nil, err
	}
	if report.Upgrade.Code == uint32(apperr.OK) {
		c := &comparison{schemas: schemas, report: report, gas: map[string]*gasPair{}}
		for i := range p.calls {
			if err := ctx.Err(); err != nil {
				return nil, nil, err
			}
			before, err := r.call(p, base, old, &p.calls[i])
			if err != nil {
				return nil, nil, err
			}
			after, err := r.call(p, base, upgraded, &p.calls[i])
			if err != nil {
				return nil, nil, err
			}
			c.add(&p.calls[i], before, after)
		}
		c.finish()
		c.compareState(old, upgraded)
	}
	b, err := proto.MarshalOptions{Deterministic: true}.Marshal(report)
	if err != nil {
		return nil, nil, err
	}
	hash := sha256.Sum256(b)
	return report, hash[:], nil
}

// copyCode has the new code on chain before the calls; it may have come later.
func (r *Rehearser) copyCode(p *plan, w *state.Overlay) error {
	head, err := r.Store.View(p.ToHeight)
	if err != nil {
		return err
	}
	defer head.Close()
	return contract.CopyCode(w, head, p.rehearsal.CodeHash)
}

// upgrade makes the upgrade on its side of the comparison.
func (r *Rehearser) upgrade(p *plan, w *state.Overlay, report *chanceryv1.RehearsalReport) (*contract.Rehearsed, error) {
	m := p.rehearsal
	owner, _, err := tx.SplitContractName(m.Contract)
	if err != nil {
		return nil, err
	}
	at := p.live.DeployedAt
	if len(p.calls) > 0 {
		at = p.calls[0].at.UnixNano()
	}
	by := contract.Author{Org: owner, Origin: p.live.Deployer, Height: p.FromHeight + 1, Time: unixNano(at), Simulated: true}
	env := &contract.Env{
		ChainID: p.params.ChainId, Height: by.Height, Time: by.Time, Origin: by.Origin, Org: owner,
		Roles: []string{org.RoleDeveloper}, MaxScheduledGas: p.params.MaxScheduledGas, Sight: contract.Sight{Owner: owner},
	}
	tries := state.NewOverlay(w)
	done, found, err := r.Exec.Rehearse(tries, env, by, &chanceryv1.Upgrade{
		Contract: m.Contract, CodeHash: m.CodeHash, MigratePayload: m.MigratePayload, RollbackTo: m.RollbackTo,
	}, p.params.MaxTxGas)
	if fault(err) {
		return nil, err
	}
	report.Upgrade = &chanceryv1.TxResult{GasWanted: p.params.MaxTxGas, GasUsed: done.GasUsed, Data: done.Data}
	if err != nil {
		e := apperr.From(err)
		report.Upgrade.Code, report.Upgrade.CodeName, report.Upgrade.Log, report.Upgrade.Data = uint32(e.Code), e.Code.String(), errorText(e), nil
	} else {
		tries.ApplyTo(w)
	}
	if found != nil {
		for _, f := range found.Findings {
			if f.Severity > compat.Compatible {
				report.Findings = append(report.Findings, fmt.Sprintf("%s: %s: %s (%s)", f.Severity, f.Subject, f.Detail, f.Rule))
			}
		}
	}
	return found, nil
}

// outcome is what one code did with a call.
type outcome struct {
	err    *apperr.Error // nil for success
	data   []byte
	events []contract.Event
	gas    uint64
}

// call makes a call on one side. Contracts of other organisations do not see who
// signed it: that was for the code of then, and what they answer stands in the report.
func (r *Rehearser) call(p *plan, base *state.View, w *state.Overlay, c *call) (*outcome, error) {
	owner, _, err := tx.SplitContractName(c.exec.Contract)
	if err != nil {
		return nil, err
	}
	member := c.Origin
	if c.Body.Principal != "" {
		member = c.Principal
	}
	env := &contract.Env{
		ChainID: p.params.ChainId, Height: c.height, Time: c.at, TxHash: c.Hash, Origin: c.Body.Origin, Org: c.Body.Org,
		Roles: roles(base, c, member), Sponsored: c.Body.Org == "", MaxScheduledGas: p.params.MaxScheduledGas,
		Sight: contract.Sight{Owner: owner},
	}
	writes := state.NewOverlay(w)
	done, err := r.Exec.Execute(writes, env, c.exec.Contract, c.exec.Method, c.exec.Payload, c.Body.GasLimit)
	if fault(err) {
		return nil, err
	}
	o := &outcome{gas: done.GasUsed}
	if err != nil {
		o.err = apperr.From(err)
		return o, nil
	}
	writes.ApplyTo(w)
	o.data, o.events = done.Data, done.Events
	return o, nil
}

func roles(base *state.View, c *call, member key.Address) []string {
	if c.Body.Org == "" {
		return nil
	}
	// Whoever is no member in the starting state became one later.
	roles, _ := org.Active(base, c.Body.Org, member, c.at)
	return roles
}

// fault reports whether an error is of this node, not of the code.
func fault(err error) bool {
	var f *contract.Fault
	return errors.As(err, &f)
}
