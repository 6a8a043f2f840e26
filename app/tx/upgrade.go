package tx

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"

	"google.golang.org/protobuf/proto"

	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/app/apperr"
)

const (
	// MaxApprovers is the most organisations that an upgrade policy names.
	MaxApprovers = 16
	// MaxUpgradeDelay is the longest delay of an upgrade policy in seconds: 90 days.
	MaxUpgradeDelay = 90 * 24 * 60 * 60
	// MaxReasonBytes is the longest reason of a freeze or a retirement.
	MaxReasonBytes = 256
)

// upgradeDomain begins what is hashed, so that no other hash can be taken for it.
const upgradeDomain = "chancery upgrade proposal 1\n"

// UpgradeDigest returns what approvers of a proposed upgrade sign: SHA-256 of its
// content, its number and the version of the contract that it was made for. A
// client computes it from what it shows to people.
func UpgradeDigest(id, fromVersion uint64, m *chanceryv1.ProposeUpgrade) ([]byte, error) {
	content, err := proto.MarshalOptions{Deterministic: true}.Marshal(m)
	if err != nil {
		return nil, fmt.Errorf("digest of an upgrade: %w", err)
	}
	b := append([]byte(upgradeDomain), make([]byte, 16)...)
	binary.BigEndian.PutUint64(b[len(upgradeDomain):], id)
	binary.BigEndian.PutUint64(b[len(upgradeDomain)+8:], fromVersion)
	sum := sha256.Sum256(append(b, content...))
	return sum[:], nil
}

// checkPolicy checks an upgrade policy; whether its organisations exist is a matter
// of the state.
func checkPolicy(p *chanceryv1.UpgradePolicy) error {
	list := p.GetApprovers()
	if n := len(list); n > MaxApprovers {
		return apperr.Invalid("approvers", "are %d, more than %d", n, MaxApprovers)
	}
	for i, org := range list {
		if err := CheckOrgName(org); err != nil {
			return at("approvers", err)
		}
		if i > 0 && list[i-1] >= org {
			return apperr.Invalid("approvers", "must be in order of their names, each once")
		}
	}
	if required := int(p.GetRequired()); required > len(list) || required == 0 && len(list) > 0 {
		return apperr.Invalid("required", "is %d, with %d approvers", required, len(list))
	}
	if p.GetDelaySeconds() > MaxUpgradeDelay {
		return apperr.Invalid("delay_seconds", "is %d, more than %d", p.GetDelaySeconds(), MaxUpgradeDelay)
	}
	return nil
}

func checkDeploy(actsFor string, m *chanceryv1.Deploy) error {
	if err := checkOwned(actsFor, m.GetContract()); err != nil {
		return err
	}
	if err := checkDeployedCode(m); err != nil {
		return err
	}
	if err := checkPayload("init_payload", m.GetInitPayload()); err != nil {
		return err
	}
	return at("upgrade_policy", checkPolicy(m.GetUpgradePolicy()))
}

func checkUpgrade(actsFor string, m *chanceryv1.Upgrade) error {
	if err := checkCodeAction(actsFor, m.GetContract(), m.GetCodeHash(), "migrate_payload", m.GetMigratePayload()); err != nil {
		return err
	}
	return checkMigration(m.GetRehearsalHash(), m.GetMigratePayload(), m.GetRollbackTo())
}

// checkMigration checks what an upgrade and a proposal have in common.
func checkMigration(rehearsal, payload []byte, rollbackTo uint64) error {
	if n := len(rehearsal); n != 0 && n != sha256.Size {
		return apperr.Invalid("rehearsal_hash", "has %d bytes, not %d", n, sha256.Size)
	}
	if rollbackTo > 0 && len(payload) > 0 {
		return apperr.Invalid("migrate_payload", "a rollback runs no migrate method")
	}
	return nil
}

func checkProposeUpgrade(actsFor string, m *chanceryv1.ProposeUpgrade) error {
	if m.GetPolicy() == nil {
		if err := checkCodeAction(actsFor, m.GetContract(), m.GetCodeHash(), "migrate_payload", m.GetMigratePayload()); err != nil {
			return err
		}
		return checkMigration(m.GetRehearsalHash(), m.GetMigratePayload(), m.GetRollbackTo())
	}
	if err := checkOwned(actsFor, m.GetContract()); err != nil {
		return err
	}
	if len(m.CodeHash) > 0 || len(m.MigratePayload) > 0 || m.Breaking || len(m.RehearsalHash) > 0 || m.RollbackTo > 0 {
		return apperr.Invalid("policy", "must stand alone: a proposal is an upgrade or another policy")
	}
	return at("policy", checkPolicy(m.Policy))
}

func checkApproveUpgrade(m *chanceryv1.ApproveUpgrade) error {
	if err := checkUpgradeID(m.GetContract(), m.GetId()); err != nil {
		return err
	}
	if n := len(m.GetDigest()); n != sha256.Size {
		return apperr.Invalid("digest", "has %d bytes, not %d", n, sha256.Size)
	}
	return nil
}

func checkUpgradeID(contract string, id uint64) error {
	if _, _, err := SplitContractName(contract); err != nil {
		return err
	}
	if id == 0 {
		return apperr.Invalid("id", "is missing; the first proposal is 1")
	}
	return nil
}

func checkExecuteUpgrade(actsFor string, m *chanceryv1.ExecuteUpgrade) error {
	if err := checkOwned(actsFor, m.GetContract()); err != nil {
		return err
	}
	return checkUpgradeID(m.GetContract(), m.GetId())
}

// checkOwned checks that a contract belongs to the organisation that the tx acts
// for.
func checkOwned(actsFor, contract string) error {
	org, _, err := SplitContractName(contract)
	if err != nil {
		return err
	}
	if org != actsFor {
		return apperr.Invalid("contract", "belongs to %q, but the tx acts for %q", org, actsFor)
	}
	return nil
}

// checkDecision checks a freeze or a retirement.
func checkDecision(actsFor, contract, reason string) error {
	if err := checkOwned(actsFor, contract); err != nil {
		return err
	}
	return CheckReason(reason)
}

// CheckReason checks why a contract is frozen or retired.
func CheckReason(reason string) error {
	if n := len(reason); n == 0 || n > MaxReasonBytes {
		return apperr.Invalid("reason", "has %d bytes, not 1 to %d", n, MaxReasonBytes)
	}
	return nil
}
