package tx

import (
	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/app/apperr"
)

// checkAction checks what can be checked about the action without state.
func checkAction(b *chanceryv1.TxBody) error {
	switch a := b.Action.(type) {
	case *chanceryv1.TxBody_Execute:
		return at("execute", checkExecute(a.Execute))
	case *chanceryv1.TxBody_UploadCode:
		return at("upload_code", checkUploadCode(a.UploadCode))
	case *chanceryv1.TxBody_Deploy:
		return at("deploy", checkCodeAction(b.Org, a.Deploy.GetContract(), a.Deploy.GetCodeHash(), "init_payload", a.Deploy.GetInitPayload()))
	case *chanceryv1.TxBody_Upgrade:
		return at("upgrade", checkCodeAction(b.Org, a.Upgrade.GetContract(), a.Upgrade.GetCodeHash(), "migrate_payload", a.Upgrade.GetMigratePayload()))
	case *chanceryv1.TxBody_SetMember:
		return at("set_member", checkSetMember(a.SetMember))
	case *chanceryv1.TxBody_CreateOrg:
		return at("create_org", checkCreateOrg(a.CreateOrg))
	case *chanceryv1.TxBody_SetKeys:
		return at("set_keys", CheckKeys(a.SetKeys.GetKeys(), a.SetKeys.GetThreshold()))
	case *chanceryv1.TxBody_StartRecovery:
		return at("start_recovery", checkStartRecovery(a.StartRecovery))
	case *chanceryv1.TxBody_CancelRecovery:
		return at("cancel_recovery", checkCancelRecovery(a.CancelRecovery))
	case *chanceryv1.TxBody_SetAccountStatus:
		return at("set_account_status", checkSetAccountStatus(b.Origin, a.SetAccountStatus))
	case *chanceryv1.TxBody_SetGuardian:
		return at("set_guardian", checkSetGuardian(a.SetGuardian))
	case *chanceryv1.TxBody_Delegate:
		return at("delegate", checkDelegate(b.Origin, a.Delegate))
	case *chanceryv1.TxBody_RevokeDelegation:
		return at("revoke_delegation", checkRevokeDelegation(a.RevokeDelegation))
	case *chanceryv1.TxBody_UpdateOrg:
		return at("update_org", checkUpdateOrg(a.UpdateOrg))
	case *chanceryv1.TxBody_SetOrgStatus:
		return at("set_org_status", checkSetOrgStatus(a.SetOrgStatus))
	case *chanceryv1.TxBody_SetQuota:
		return at("set_quota", CheckOrgName(a.SetQuota.GetOrg()))
	case *chanceryv1.TxBody_Propose:
		return at("propose", CheckPropose(a.Propose))
	case *chanceryv1.TxBody_Vote:
		return at("vote", checkProposalID(a.Vote.GetProposal()))
	case *chanceryv1.TxBody_Withdraw:
		return at("withdraw", checkProposalID(a.Withdraw.GetProposal()))
	}
	return apperr.Invalid("action", "is missing")
}
