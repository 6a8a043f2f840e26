package tx

import (
	"fmt"

	"google.golang.org/protobuf/proto"

	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/app/apperr"
)

// Bounds of a proposal.
const (
	// MaxChanges is the most changes of a proposal.
	MaxChanges = 16
	// MaxChangesBytes bounds the changes together: 16 ML-DSA-65 keys fit.
	MaxChangesBytes   = 64 << 10
	maxReferenceBytes = 256
	maxParameterBytes = 64
	// MaxPower is the largest voting power of a validator. The power of 100
	// validators stays far below what CometBFT can count.
	MaxPower = 1_000_000_000
)

func checkProposalID(id uint64) error {
	if id == 0 {
		return apperr.Invalid("proposal", "is missing")
	}
	return nil
}

// CheckPropose checks what can be checked about a proposal without state, for a
// simulation too.
func CheckPropose(m *chanceryv1.Propose) error {
	if n := len(m.GetTitle()); n == 0 || n > maxTitleBytes {
		return apperr.Invalid("title", "must have 1 to %d bytes", maxTitleBytes)
	}
	if n := len(m.GetReference()); n > maxReferenceBytes {
		return apperr.Invalid("reference", "has %d bytes, more than %d", n, maxReferenceBytes)
	}
	if n := len(m.GetChanges()); n == 0 || n > MaxChanges {
		return apperr.Invalid("changes", "has %d entries, not 1 to %d", n, MaxChanges)
	}
	size := 0
	for i, c := range m.Changes {
		size += proto.Size(c)
		if err := checkChange(c); err != nil {
			return at(fmt.Sprintf("changes[%d]", i), err)
		}
	}
	if size > MaxChangesBytes {
		return apperr.Invalid("changes", "have %d bytes together, more than %d", size, MaxChangesBytes)
	}
	return nil
}

func checkChange(c *chanceryv1.Change) error {
	switch c := c.GetChange().(type) {
	case *chanceryv1.Change_CreateOrg:
		return at("create_org", checkCreateOrg(c.CreateOrg))
	case *chanceryv1.Change_UpdateOrg:
		return at("update_org", checkUpdateOrg(c.UpdateOrg))
	case *chanceryv1.Change_SetOrgStatus:
		return at("set_org_status", checkSetOrgStatus(c.SetOrgStatus))
	case *chanceryv1.Change_SetAccountStatus:
		return at("set_account_status", checkSetAccountStatus("", c.SetAccountStatus))
	case *chanceryv1.Change_FreezeContract:
		return at("freeze_contract", checkCommitteeFreeze(c.FreezeContract.GetContract(), c.FreezeContract.GetReason()))
	case *chanceryv1.Change_UnfreezeContract:
		_, _, err := SplitContractName(c.UnfreezeContract.GetContract())
		return at("unfreeze_contract", err)
	case *chanceryv1.Change_SetQuota:
		return at("set_quota", CheckOrgName(c.SetQuota.GetOrg()))
	case *chanceryv1.Change_AddValidator:
		return at("add_validator", checkAddValidator(c.AddValidator))
	case *chanceryv1.Change_RemoveValidator:
		return at("remove_validator", CheckValidatorName(c.RemoveValidator.GetName()))
	case *chanceryv1.Change_SetPower:
		return at("set_power", checkSetPower(c.SetPower))
	case *chanceryv1.Change_RotateKey:
		if err := CheckValidatorName(c.RotateKey.GetName()); err != nil {
			return at("rotate_key", err)
		}
		return at("rotate_key.key", checkValidatorKey(c.RotateKey.GetKey()))
	case *chanceryv1.Change_SetParameter:
		if n := len(c.SetParameter.GetName()); n == 0 || n > maxParameterBytes {
			return at("set_parameter", apperr.Invalid("name", "must have 1 to %d bytes", maxParameterBytes))
		}
		return nil
	case *chanceryv1.Change_SetRule:
		return at("set_rule", checkSetRule(c.SetRule))
	case *chanceryv1.Change_SetCommittee:
		return at("set_committee", CheckOrgName(c.SetCommittee.GetOrg()))
	case *chanceryv1.Change_ProtocolUpgrade:
		if m := c.ProtocolUpgrade; m.Height < 0 || (m.Version == 0) != (m.Height == 0) {
			return at("protocol_upgrade", apperr.Invalid("height", "must be positive with a version and 0 without"))
		}
		return nil
	}
	return apperr.Invalid("change", "is missing, or of a kind that this software does not know")
}

// checkCommitteeFreeze checks a freeze of anybody's contract.
func checkCommitteeFreeze(contract, reason string) error {
	org, _, err := SplitContractName(contract)
	if err != nil {
		return err
	}
	return checkDecision(org, contract, reason)
}

func checkAddValidator(m *chanceryv1.AddValidator) error {
	if err := CheckValidatorName(m.GetName()); err != nil {
		return err
	}
	if err := CheckOrgName(m.GetOrg()); err != nil {
		return apperr.Invalid("org", "%s", apperr.From(err).Msg)
	}
	if err := checkValidatorKey(m.GetKey()); err != nil {
		return at("key", err)
	}
	return checkPower(m.GetPower())
}

// validatorAddressDigits is the length of a validator's address as text.
const validatorAddressDigits = 40

func checkConfirmProtocol(m *chanceryv1.ConfirmProtocol) error {
	if err := CheckValidatorName(m.GetValidator()); err != nil {
		return at("validator", err)
	}
	if len(m.GetAddress()) != validatorAddressDigits {
		return apperr.Invalid("address", "has %d characters, not the %d digits of a validator's address", len(m.GetAddress()), validatorAddressDigits)
	}
	return nil
}

func checkSetPower(m *chanceryv1.SetPower) error {
	if err := CheckValidatorName(m.GetName()); err != nil {
		return err
	}
	return checkPower(m.GetPower())
}

func checkPower(p uint64) error {
	if p == 0 || p > MaxPower {
		return apperr.Invalid("power", "is %d, not 1 to %d; to take it away, remove the validator", p, MaxPower)
	}
	return nil
}

// checkValidatorKey checks a key's type and size. Every string of that size is a
// key of ML-DSA-65, and one of Ed25519 that is no point verifies nothing.
func checkValidatorKey(k *chanceryv1.ValidatorKey) error {
	want := 0
	switch k.GetKeyType() {
	case chanceryv1.ValidatorKeyType_VALIDATOR_KEY_TYPE_ED25519:
		want = 32
	case chanceryv1.ValidatorKeyType_VALIDATOR_KEY_TYPE_ML_DSA_65:
		want = 1952
	default:
		return apperr.Invalid("key_type", "is neither ED25519 nor ML_DSA_65")
	}
	if n := len(k.PublicKey); n != want {
		return apperr.Invalid("public_key", "has %d bytes, not %d", n, want)
	}
	return nil
}

// CheckValidatorName checks a validator's name, which follows the rules of an
// organisation's.
func CheckValidatorName(s string) error { return checkName("a validator", s) }

// Bounds of a threshold, in hundredths of a percent. At half the committee or
// less, two groups could pass the opposite of each other.
const (
	minThreshold = 5_000
	maxThreshold = 9_999
)

func checkSetRule(m *chanceryv1.SetRule) error {
	if _, ok := chanceryv1.ChangeKind_name[int32(m.GetKind())]; !ok || m.GetKind() == 0 {
		return apperr.Invalid("kind", "%d is no kind of change", m.GetKind())
	}
	return CheckRule(m.Kind, m.Threshold, m.OperatorAlone)
}

// CheckRule checks how a kind of change is to be decided.
func CheckRule(kind chanceryv1.ChangeKind, threshold uint32, operatorAlone bool) error {
	if threshold < minThreshold || threshold > maxThreshold {
		return apperr.Invalid("threshold", "is %d, not %d to %d", threshold, minThreshold, maxThreshold)
	}
	if !operatorAlone {
		return nil
	}
	switch kind {
	case chanceryv1.ChangeKind_CHANGE_KIND_ORG_ADMISSION, chanceryv1.ChangeKind_CHANGE_KIND_ORG_STATUS,
		chanceryv1.ChangeKind_CHANGE_KIND_ORG_DATA, chanceryv1.ChangeKind_CHANGE_KIND_QUOTA:
		return nil
	}
	return apperr.Invalid("operator_alone", "is not possible for %s: nobody may do that without a vote", kind)
}
