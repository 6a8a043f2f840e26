package app

import (
	"slices"
	"time"

	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/app/apperr"
	"github.com/chancery-chain/chancery/app/contract"
	"github.com/chancery-chain/chancery/app/org"
	"github.com/chancery-chain/chancery/app/state"
)

// approverGas is charged for looking up an organisation that a policy names.
const approverGas = 5_000

// performLifecycle runs the actions that decide about contracts.
func (a *App) performLifecycle(w *state.Overlay, x *action, out outcome) (outcome, error) {
	by := a.author(x)
	left := x.tx.Body.GasLimit - out.gasUsed
	switch act := x.tx.Body.Action.(type) {
	case *chanceryv1.TxBody_ProposeUpgrade:
		out, err := checkApprovers(w, x, out, act.ProposeUpgrade.GetPolicy())
		if err != nil {
			return out, err
		}
		valid := time.Duration(x.params.UpgradeValidSeconds) * time.Second
		return out.add(a.exec.Propose(w, by, act.ProposeUpgrade, valid, x.tx.Body.GasLimit-out.gasUsed))
	case *chanceryv1.TxBody_ApproveUpgrade:
		return out.add(contract.Approve(w, by, act.ApproveUpgrade, left))
	case *chanceryv1.TxBody_CancelUpgrade:
		return out.add(contract.Cancel(w, by, act.CancelUpgrade, left))
	case *chanceryv1.TxBody_ExecuteUpgrade:
		return out.add(a.exec.ExecuteUpgrade(w, a.env(x), by, act.ExecuteUpgrade, left))
	case *chanceryv1.TxBody_FreezeContract:
		m, err := contract.Freeze(w, by, act.FreezeContract.Contract, act.FreezeContract.Reason)
		return out.platform(m, err)
	case *chanceryv1.TxBody_UnfreezeContract:
		m, err := contract.Unfreeze(w, by, act.UnfreezeContract.Contract)
		return out.platform(m, err)
	case *chanceryv1.TxBody_RetireContract:
		return out.add(contract.Retire(w, by, act.RetireContract, left))
	case *chanceryv1.TxBody_PruneCode:
		return out.add(contract.Prune(w, by, act.PruneCode, left))
	}
	return out, apperr.Invalid("action", "is missing")
}

// author is who signed an action on code and contracts.
func (a *App) author(x *action) contract.Author {
	return contract.Author{
		Org: x.tx.Body.Org, Origin: x.tx.Body.Origin, Height: x.height, Time: x.time, Simulated: x.simulated,
		Admin: slices.Contains(x.actor.roles, org.RoleAdmin), NotSuspended: org.NotSuspended,
	}
}

// checkApprovers checks that the organisations exist that a policy names: one that
// names others could never be satisfied nor changed.
func checkApprovers(r state.Reader, x *action, out outcome, p *chanceryv1.UpgradePolicy) (outcome, error) {
	price := approverGas * uint64(len(p.GetApprovers()))
	if price > x.tx.Body.GasLimit-out.gasUsed {
		out.gasUsed = x.tx.Body.GasLimit
		return out, apperr.New(apperr.OutOfGas, "looking up the approvers costs %d gas", price)
	}
	out.gasUsed += price
	for _, name := range p.GetApprovers() {
		if err := org.CheckExists(r, name); err != nil {
			return out, err
		}
	}
	return out, nil
}
