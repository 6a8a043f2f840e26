package app

import (
	"time"

	statev1 "github.com/chancery-chain/chancery/api/gen/chancery/state/v1"
	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/app/account"
	"github.com/chancery-chain/chancery/app/apperr"
	"github.com/chancery-chain/chancery/app/org"
	"github.com/chancery-chain/chancery/app/state"
	"github.com/chancery-chain/chancery/app/tx"
)

// actor is in whose right an authorised tx runs.
type actor struct {
	// roles that count in TxBody.org: the origin's, or by delegation its
	// principal's.
	roles []string
	bill  bill
	// claimed is true in a simulation where the origin did not sign.
	claimed bool
}

// checkActor checks that the origin may sign, and that it or its principal may
// act for the organisation. acc is the origin's account at the same time.
func checkActor(r state.Reader, t *tx.Tx, acc *statev1.Account, now time.Time) (*actor, error) {
	if cancelsOwnRecovery(t) && t.Body.Org == acc.Guardian && acc.Recovery != nil {
		// Otherwise a guardian could suspend the account or end the membership
		// first, and nobody could stop it from taking the account over.
		return new(actor), nil
	}
	if err := account.CheckActive(acc, t.Origin); err != nil {
		return nil, err
	}
	if t.Body.Org == "" {
		return new(actor), nil
	}
	member := t.Origin
	if t.Body.Principal != "" {
		if err := checkDelegation(r, t, now); err != nil {
			return nil, err
		}
		member = t.Principal
	}
	roles, err := org.Active(r, t.Body.Org, member, now)
	return &actor{roles: roles}, err
}

// checkDelegation checks that the origin executes by a delegation of a principal
// who may itself sign. That the principal is a member is checked as for anybody.
func checkDelegation(r state.Reader, t *tx.Tx, now time.Time) error {
	principal, err := account.Get(r, t.Principal, now)
	if err != nil {
		return err
	}
	if err := account.CheckActive(principal, t.Principal); err != nil {
		return err
	}
	exec := t.Body.GetExecute()
	if exec == nil {
		return apperr.Invalid("principal", "only an execute can be delegated")
	}
	at := account.Delegation{Principal: t.Principal, Delegate: t.Origin, Org: t.Body.Org}
	return account.CheckDelegation(r, principal, at, exec.Contract, exec.Method, now)
}

func cancelsOwnRecovery(t *tx.Tx) bool {
	a, ok := t.Body.Action.(*chanceryv1.TxBody_CancelRecovery)
	return ok && (a.CancelRecovery.Account == "" || a.CancelRecovery.Account == t.Body.Origin)
}
