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
		return at("deploy", checkDeploy(b.Org, a.Deploy))
	case *chanceryv1.TxBody_Upgrade:
		return at("upgrade", checkUpgrade(b.Org, a.Upgrade))
	case *chanceryv1.TxBody_ProposeUpgrade:
		return at("propose_upgrade", checkProposeUpgrade(b.Org, a.ProposeUpgrade))
	case *chanceryv1.TxBody_ApproveUpgrade:
		return at("approve_upgrade", checkApproveUpgrade(a.ApproveUpgrade))
	case *chanceryv1.TxBody_CancelUpgrade:
		return at("cancel_upgrade", checkUpgradeID(a.CancelUpgrade.GetContract(), a.CancelUpgrade.GetId()))
	case *chanceryv1.TxBody_ExecuteUpgrade:
		return at("execute_upgrade", checkExecuteUpgrade(b.Org, a.ExecuteUpgrade))
	case *chanceryv1.TxBody_FreezeContract:
		return at("freeze_contract", checkDecision(b.Org, a.FreezeContract.GetContract(), a.FreezeContract.GetReason()))
	case *chanceryv1.TxBody_UnfreezeContract:
		return at("unfreeze_contract", checkOwned(b.Org, a.UnfreezeContract.GetContract()))
	case *chanceryv1.TxBody_RetireContract:
		return at("retire_contract", checkDecision(b.Org, a.RetireContract.GetContract(), a.RetireContract.GetReason()))
	case *chanceryv1.TxBody_PruneCode:
		return at("prune_code", checkCodeHash(a.PruneCode.GetCodeHash()))
	case *chanceryv1.TxBody_PublishTemplate:
		return at("publish_template", checkPublishTemplate(b.Org, a.PublishTemplate))
	case *chanceryv1.TxBody_WithdrawTemplate:
		return at("withdraw_template", checkWithdrawTemplate(b.Org, a.WithdrawTemplate))
	case *chanceryv1.TxBody_StarTemplate:
		return at("star_template", checkStar(a.StarTemplate.GetTemplate()))
	case *chanceryv1.TxBody_UnstarTemplate:
		return at("unstar_template", checkStar(a.UnstarTemplate.GetTemplate()))
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
	case *chanceryv1.TxBody_SetSponsorship:
		return at("set_sponsorship", checkSetSponsorship(b.Org, a.SetSponsorship))
	case *chanceryv1.TxBody_SetQuota:
		return at("set_quota", CheckOrgName(a.SetQuota.GetOrg()))
	case *chanceryv1.TxBody_Propose:
		return at("propose", CheckPropose(a.Propose))
	case *chanceryv1.TxBody_Vote:
		return at("vote", checkProposalID(a.Vote.GetProposal()))
	case *chanceryv1.TxBody_Withdraw:
		return at("withdraw", checkProposalID(a.Withdraw.GetProposal()))
	case *chanceryv1.TxBody_ConfirmProtocol:
		return at("confirm_protocol", checkConfirmProtocol(a.ConfirmProtocol))
	}
	return apperr.Invalid("action", "is missing")
}
