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

// PlanRehearsal tells what a rehearsal would do and take, when its turn comes: Busy
// when it does not, see rehearsal.Slots.
func (q *Query) PlanRehearsal(ctx context.Context, of RehearsalOf) (plan *chanceryv1.RehearsalPlan, err error) {
	err = q.inTurn(ctx, of, func(ctx context.Context) (err error) {
		plan, err = q.rehearser(of).Plan(ctx, of.Rehearsal)
		return err
	})
	return plan, err
}

// Rehearse makes a rehearsal, when its turn comes, and returns its report and the
// report's hash.
func (q *Query) Rehearse(ctx context.Context, of RehearsalOf) (report *chanceryv1.RehearsalReport, hash []byte, err error) {
	err = q.inTurn(ctx, of, func(ctx context.Context) (err error) {
		report, hash, err = q.rehearser(of).Run(ctx, of.Rehearsal)
		return err
	})
	return report, hash, err
}

// inTurn runs f for whoever may rehearse.
func (q *Query) inTurn(ctx context.Context, of RehearsalOf, f func(context.Context) error) error {
	who, err := q.mayRehearse(of)
	if err != nil {
		return err
	}
	return q.rehearsals.Do(ctx, who, f)
}

func (q *Query) rehearser(of RehearsalOf) *rehearsal.Rehearser {
	return &rehearsal.Rehearser{Store: q.store, Exec: q.exec, Blocks: of.Blocks, Result: q.machine.Result}
}

// mayRehearse returns who asks. It admits those who decide about a contract, and
// auditors: a report shows what calls did, and costs the node minutes. Who approves may
// rehearse what is proposed to them and nothing else: code of their own could show them
// all that the contract stores.
func (q *Query) mayRehearse(of RehearsalOf) (rehearsal.Asker, error) {
	name := of.Rehearsal.GetContract()
	if of.Permit == nil {
		return rehearsal.Asker{}, needsPermit("a rehearsal", name)
	}
	return at(q, 0, func(v *state.View) (rehearsal.Asker, error) {
		var none rehearsal.Asker
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
		asker := rehearsal.Asker{Org: who.Org, Account: who.Origin.String()}
		if who.Org == owner && has(org.RoleAdmin, org.RoleDeveloper, org.RoleOperator) {
			return asker, nil
		}
		if audits, err := isAuditor(v, who.Org, who.roles); err != nil || audits {
			return asker, err
		}
		approves, err := contract.MayApprove(v, name, who.Org, of.Rehearsal.GetCodeHash(), q.machine.BlockTime())
		if err == nil && !(approves && has(org.RoleAdmin)) {
			err = apperr.New(apperr.PermissionDenied, "only who decides about %s may rehearse its upgrades, its approvers what is proposed, and auditors", name)
		}
		return asker, err
	})
}

func ownerOf(v *state.View, name string) (owner, short string, err error) {
	if _, err := contract.Get(v, name); err != nil {
		return "", "", err
	}
	owner, short, _ = cutName(name)
	return owner, short, nil
}
