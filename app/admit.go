package app

import (
	"time"

	statev1 "github.com/chancery-chain/chancery/api/gen/chancery/state/v1"
	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/app/account"
	"github.com/chancery-chain/chancery/app/apperr"
	"github.com/chancery-chain/chancery/app/governance"
	"github.com/chancery-chain/chancery/app/org"
	"github.com/chancery-chain/chancery/app/quota"
	"github.com/chancery-chain/chancery/app/state"
	"github.com/chancery-chain/chancery/app/tx"
)

var errNotStarted = apperr.New(apperr.Unavailable, "the chain has no genesis yet")

// CheckResult is what CheckTx found.
type CheckResult struct {
	// Err is nil or an *apperr.Error.
	Err error
	// Hash is the tx's hash; zero when it does not decode.
	Hash tx.Hash
	// GasWanted is the tx's gas limit.
	GasWanted uint64
}

// CheckTx checks whether a tx may wait in the mempool. It changes nothing and
// may be called by several goroutines.
func (a *App) CheckTx(raw []byte, recheck bool) CheckResult {
	t, seen, err := a.decode(raw)
	if err != nil {
		return CheckResult{Err: err}
	}
	res := CheckResult{Hash: t.Hash, GasWanted: t.Body.GasLimit}
	r, tip, release, err := a.checkState()
	if err != nil {
		res.Err = err
		return res
	}
	defer release()
	res.Err = a.checkEnvelope(tip.params, t, a.checkTime(tip))
	if res.Err == nil && a.replay.Seen(t.Hash) {
		res.Err = apperr.New(apperr.Replayed, "tx %x", t.Hash)
	}
	if res.Err != nil {
		return res
	}
	var b *bill
	if b, res.Err = a.checkSigned(r, tip, t, seen); res.Err == nil {
		res.Err = a.waiting.take(t, b, recheck)
	}
	return res
}

// checkSigned checks who signed and whether they may, and returns who pays. The
// signatures come last: checking one costs ten times as much as all the rest, and
// whoever may not act at all must not be able to make a node do that.
func (a *App) checkSigned(r state.Reader, tip *tip, t *tx.Tx, seen sighting) (*bill, error) {
	now := a.checkTime(tip)
	acc, err := signers(r, t, now)
	if err != nil {
		return nil, err
	}
	who, err := authorise(r, tip.params, t, acc, now)
	if err != nil {
		return nil, err
	}
	if err := a.verify(t, seen); err != nil {
		return nil, err
	}
	return &who.bill, nil
}

// checkTime returns the time to judge valid_until by in CheckTx. The last
// block's time would refuse every fresh tx on a chain that has rested longer
// than the longest validity, after a stop for example.
func (a *App) checkTime(t *tip) time.Time {
	now := t.info.BlockTime
	if a.opts.Now != nil {
		if n := a.opts.Now(); n.After(now) {
			now = n
		}
	}
	return now
}

// checkEnvelope checks what depends on the parameters and the time alone.
func (a *App) checkEnvelope(p *statev1.Params, t *tx.Tx, now time.Time) error {
	if err := checkBounds(p, t); err != nil {
		return err
	}
	if t.Body.GasLimit == 0 {
		// Whatever the prices are: clients sign such a tx to have it simulated.
		return apperr.New(apperr.OutOfGas, "gas_limit is 0, which is for simulations only")
	}
	if need := intrinsicGas(p, t); t.Body.GasLimit < need {
		return apperr.New(apperr.OutOfGas, "gas_limit is %d, but this tx needs %d before it runs", t.Body.GasLimit, need)
	}
	return checkValidUntil(p, t, now)
}

// checkBounds checks a tx's chain and sizes, for a simulation too.
func checkBounds(p *statev1.Params, t *tx.Tx) error {
	if t.Body.ChainId != p.ChainId {
		return apperr.Invalid("chain_id", "the tx is for chain %q, this is %q", t.Body.ChainId, p.ChainId)
	}
	if uint64(t.Size) > p.MaxTxBytes {
		return apperr.Invalid("", "the tx has %d bytes, more than %d", t.Size, p.MaxTxBytes)
	}
	if most := mostGas(p, t); t.Body.GasLimit > most {
		return apperr.Invalid("gas_limit", "is %d, more than %d", t.Body.GasLimit, most)
	}
	return nil
}

// mostGas is the largest gas limit that a tx may have: what runs while the rest of
// the block waits is short, and only code may take longer.
func mostGas(p *statev1.Params, t *tx.Tx) uint64 {
	switch t.Body.Action.(type) {
	case *chanceryv1.TxBody_UploadCode, *chanceryv1.TxBody_Deploy, *chanceryv1.TxBody_Upgrade, *chanceryv1.TxBody_ExecuteUpgrade,
		*chanceryv1.TxBody_RetireContract: // which goes over all versions
		return p.MaxTxGas
	}
	return p.MaxCallGas
}

func checkValidUntil(p *statev1.Params, t *tx.Tx, now time.Time) error {
	if now.After(t.ValidUntil) {
		return apperr.New(apperr.Expired, "valid_until is %s, the block time is %s", stamp(t.ValidUntil), stamp(now))
	}
	if t.ValidUntil.After(now.Add(maxValid(p))) {
		return apperr.New(apperr.Expired, "valid_until is %s, more than %s after the block time %s", stamp(t.ValidUntil), maxValid(p), stamp(now))
	}
	return nil
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

func maxValid(p *statev1.Params) time.Duration {
	return time.Duration(p.MaxValidSeconds) * time.Second
}

// intrinsicGas is what a tx costs before its action. Prices and sizes are
// bounded, so it cannot wrap.
func intrinsicGas(p *statev1.Params, t *tx.Tx) uint64 {
	return p.TxBaseGas + p.TxByteGas*uint64(t.Size) + p.SignatureGas*uint64(max(len(t.Signatures), 1))
}

// signers checks that the keys which signed belong to the tx's origin and suffice,
// and returns the origin's account. It looks at no signature.
func signers(r state.Reader, t *tx.Tx, now time.Time) (*statev1.Account, error) {
	acc, err := account.Get(r, t.Origin, now)
	if err != nil {
		return nil, err
	}
	return acc, account.CheckSigners(acc, t.Origin, t.Signatures)
}

// authorise checks that the origin may act for the organisation, has the role
// that the action needs, and that the quota covers the gas limit. acc is the
// origin's account at the same time.
func authorise(r state.Reader, p *statev1.Params, t *tx.Tx, acc *statev1.Account, now time.Time) (*actor, error) {
	who, err := mayAct(r, p, t, acc, now)
	if err != nil {
		return nil, err
	}
	if who.bill, err = billOf(r, p, t, now); err != nil {
		return nil, err
	}
	return who, who.bill.check(t.Body.GasLimit, nil)
}

// mayAct is authorise without the quota: the actor has no bill yet.
func mayAct(r state.Reader, p *statev1.Params, t *tx.Tx, acc *statev1.Account, now time.Time) (*actor, error) {
	who, err := checkActor(r, t, acc, now)
	if err != nil {
		return nil, err
	}
	return who, checkRole(r, p, t, now)
}

// checkVouched checks that an organisation lets the origin act and would pay, beside
// what reserved has, and reserves that too. It looks at no signature.
func checkVouched(r state.Reader, p *statev1.Params, t *tx.Tx, b *bill, now time.Time, reserved *reservations) error {
	acc, err := signers(r, t, now)
	if err != nil {
		return err
	}
	if _, err := mayAct(r, p, t, acc, now); err != nil {
		return err
	}
	return reserved.take(t, b, true)
}

func checkRole(r state.Reader, p *statev1.Params, t *tx.Tx, now time.Time) error {
	switch act := t.Body.Action.(type) {
	case *chanceryv1.TxBody_Deploy:
		// A department without developers takes what others wrote.
		if act.Deploy.Template != "" {
			return checkAdminOrDeveloper(r, t, now)
		}
		return org.CheckRole(r, t.Body.Org, t.Origin, org.RoleDeveloper, now)
	case *chanceryv1.TxBody_UploadCode, *chanceryv1.TxBody_Upgrade, *chanceryv1.TxBody_PruneCode:
		return org.CheckRole(r, t.Body.Org, t.Origin, org.RoleDeveloper, now)
	case *chanceryv1.TxBody_ApproveUpgrade, *chanceryv1.TxBody_FreezeContract, *chanceryv1.TxBody_UnfreezeContract, *chanceryv1.TxBody_RetireContract,
		*chanceryv1.TxBody_PublishTemplate, *chanceryv1.TxBody_WithdrawTemplate, *chanceryv1.TxBody_StarTemplate, *chanceryv1.TxBody_UnstarTemplate:
		return org.CheckRole(r, t.Body.Org, t.Origin, org.RoleAdmin, now)
	case *chanceryv1.TxBody_ProposeUpgrade, *chanceryv1.TxBody_ExecuteUpgrade:
		return checkAdminOrDeveloper(r, t, now)
	case *chanceryv1.TxBody_SetMember, *chanceryv1.TxBody_StartRecovery, *chanceryv1.TxBody_SetAccountStatus, *chanceryv1.TxBody_SetSponsorship:
		return org.CheckRole(r, t.Body.Org, t.Origin, org.RoleAdmin, now)
	case *chanceryv1.TxBody_CreateOrg, *chanceryv1.TxBody_UpdateOrg, *chanceryv1.TxBody_SetOrgStatus, *chanceryv1.TxBody_SetQuota:
		if t.Body.Org != p.OperatorOrg {
			return apperr.New(apperr.PermissionDenied, "only operators of %q may do this; the tx acts for %q", p.OperatorOrg, t.Body.Org)
		}
		if err := org.CheckRole(r, t.Body.Org, t.Origin, org.RoleOperator, now); err != nil {
			return err
		}
		return governance.CheckOperatorAlone(p, operatorKind(t.Body))
	case *chanceryv1.TxBody_ConfirmProtocol: // whose validator it is, Confirm checks
		return org.CheckRole(r, t.Body.Org, t.Origin, org.RoleOperator, now)
	case *chanceryv1.TxBody_Propose, *chanceryv1.TxBody_Vote, *chanceryv1.TxBody_Withdraw:
		if err := governance.CheckMember(r, t.Body.Org); err != nil {
			return err
		}
		return org.CheckRole(r, t.Body.Org, t.Origin, org.RoleOperator, now)
	}
	return nil
}

func checkAdminOrDeveloper(r state.Reader, t *tx.Tx, now time.Time) error {
	if org.CheckRole(r, t.Body.Org, t.Origin, org.RoleAdmin, now) == nil {
		return nil
	}
	return org.CheckRole(r, t.Body.Org, t.Origin, org.RoleDeveloper, now)
}

// operatorKind is the kind of change that an action of the operating organisation
// is when it is voted on.
func operatorKind(b *chanceryv1.TxBody) governance.Kind {
	switch b.Action.(type) {
	case *chanceryv1.TxBody_CreateOrg:
		return governance.OrgAdmission
	case *chanceryv1.TxBody_UpdateOrg:
		return governance.OrgData
	case *chanceryv1.TxBody_SetOrgStatus:
		return governance.OrgStatus
	}
	return governance.Quota
}

func quotaPeriod(p *statev1.Params, now time.Time) uint64 {
	return quota.Period(p.QuotaPeriodSeconds, now)
}
