package query

import (
	"context"
	"slices"

	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/app/apperr"
	"github.com/chancery-chain/chancery/app/contract"
	"github.com/chancery-chain/chancery/app/org"
	"github.com/chancery-chain/chancery/app/rehearsal"
	"github.com/chancery-chain/chancery/app/state"
)

// RehearsalOf says what to rehearse, and who asks.
type RehearsalOf struct {
	Rehearsal *chanceryv1.Rehearsal
	Blocks    rehearsal.Blocks
	Permit    []byte // encoded
}

// PlanRehearsal tells what a rehearsal would do and take.
func (q *Query) PlanRehearsal(ctx context.Context, of RehearsalOf) (*chanceryv1.RehearsalPlan, error) {
	if err := q.mayRehearse(of); err != nil {
		return nil, err
	}
	return q.rehearser(of).Plan(ctx, of.Rehearsal)
}

// Rehearse makes a rehearsal and returns its report and the report's hash.
func (q *Query) Rehearse(ctx context.Context, of RehearsalOf) (*chanceryv1.RehearsalReport, []byte, error) {
	if err := q.mayRehearse(of); err != nil {
		return nil, nil, err
	}
	return q.rehearser(of).Run(ctx, of.Rehearsal)
}

func (q *Query) rehearser(of RehearsalOf) *rehearsal.Rehearser {
	return &rehearsal.Rehearser{Store: q.store, Exec: q.exec, Blocks: of.Blocks, Result: q.machine.Result}
}

// mayRehearse admits those who decide about a contract, and auditors: a report
// shows what calls did, and costs the node minutes. Who approves may rehearse what is
// proposed to them and nothing else: code of their own could show them all that the
// contract stores.
func (q *Query) mayRehearse(of RehearsalOf) error {
	name := of.Rehearsal.GetContract()
	if of.Permit == nil {
		return needsPermit("a rehearsal", name)
	}
	_, err := at(q, 0, func(v *state.View) (struct{}, error) {
		var none struct{}
		p, err := q.params(v)
		if err != nil {
			return none, err
		}
		owner, _, err := ownerOf(v, name)
		if err != nil {
			return none, err
		}
		who, err := q.admit(v, p, of.Permit, name)
		if err != nil {
			return none, err
		}
		has := func(roles ...string) bool {
			return slices.ContainsFunc(roles, func(role string) bool { return slices.Contains(who.roles, role) })
		}
		if who.Org == owner && has(org.RoleAdmin, org.RoleDeveloper, org.RoleOperator) {
			return none, nil
		}
		if audits, err := isAuditor(v, who.Org, who.roles); err != nil || audits {
			return none, err
		}
		approves, err := contract.MayApprove(v, name, who.Org, of.Rehearsal.GetCodeHash(), q.machine.BlockTime())
		if err == nil && !(approves && has(org.RoleAdmin)) {
			err = apperr.New(apperr.PermissionDenied, "only who decides about %s may rehearse its upgrades, its approvers what is proposed, and auditors", name)
		}
		return none, err
	})
	return err
}

func ownerOf(v *state.View, name string) (owner, short string, err error) {
	if _, err := contract.Get(v, name); err != nil {
		return "", "", err
	}
	owner, short, _ = cutName(name)
	return owner, short, nil
}
