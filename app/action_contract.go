package app

import (
	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/app/apperr"
	"github.com/chancery-chain/chancery/app/contract"
	"github.com/chancery-chain/chancery/app/state"
)

// performContract runs the actions on code and contracts.
func (a *App) performContract(w *state.Overlay, x *action, out outcome) (outcome, error) {
	left := x.tx.Body.GasLimit - out.gasUsed
	by := a.author(x)
	if act, ok := x.tx.Body.Action.(*chanceryv1.TxBody_UploadCode); ok {
		prices := contract.Prices{CodeByte: x.params.CodeByteGas, UnpackByte: x.params.UnpackByteGas}
		return out.add(a.exec.Upload(w, by, act.UploadCode, prices, left))
	}
	env := a.env(x)
	switch act := x.tx.Body.Action.(type) {
	case *chanceryv1.TxBody_Execute:
		if err := contract.CheckVersion(w, act.Execute.Contract, act.Execute.Version); err != nil {
			return out, err
		}
		return out.add(a.exec.Execute(w, env, act.Execute.Contract, act.Execute.Method, act.Execute.Payload, left))
	case *chanceryv1.TxBody_Deploy:
		out, err := checkApprovers(w, x, out, act.Deploy.UpgradePolicy)
		if err != nil {
			return out, err
		}
		m, out, err := fromTemplate(w, x, out, act.Deploy)
		if err != nil {
			return out, err
		}
		return out.add(a.exec.Deploy(w, env, by, m, x.tx.Body.GasLimit-out.gasUsed))
	case *chanceryv1.TxBody_Upgrade:
		return out.add(a.exec.Upgrade(w, env, by, act.Upgrade, left))
	}
	return out, apperr.Invalid("action", "is missing")
}
