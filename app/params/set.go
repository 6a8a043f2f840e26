package params

import (
	"time"

	statev1 "github.com/chancery-chain/chancery/api/gen/chancery/state/v1"
	"github.com/chancery-chain/chancery/app/apperr"
)

// field returns a parameter that a vote can set, by its name in the genesis; nil for
// any other name. The chain's id, its operating organisation and its protocol
// version are no parameters in this sense.
func field(p *statev1.Params, name string) *uint64 {
	switch name {
	case "quota_period_seconds":
		return &p.QuotaPeriodSeconds
	case "max_tx_bytes":
		return &p.MaxTxBytes
	case "max_tx_gas":
		return &p.MaxTxGas
	case "max_block_gas":
		return &p.MaxBlockGas
	case "max_call_gas":
		return &p.MaxCallGas
	case "max_scheduled_gas":
		return &p.MaxScheduledGas
	case "max_valid_seconds":
		return &p.MaxValidSeconds
	case "tx_base_gas":
		return &p.TxBaseGas
	case "tx_byte_gas":
		return &p.TxByteGas
	case "signature_gas":
		return &p.SignatureGas
	case "code_byte_gas":
		return &p.CodeByteGas
	case "unpack_byte_gas":
		return &p.UnpackByteGas
	case "default_stored_bytes":
		return &p.DefaultStoredBytes
	case "recovery_delay_seconds":
		return &p.RecoveryDelaySeconds
	case "upgrade_valid_seconds":
		return &p.UpgradeValidSeconds
	case "voting_seconds":
		return &p.VotingSeconds
	case "max_voting_seconds":
		return &p.MaxVotingSeconds
	case "change_gas":
		return &p.ChangeGas
	case "vote_gas":
		return &p.VoteGas
	case "max_open_proposals":
		return &p.MaxOpenProposals
	case "protocol_lead_blocks":
		return &p.ProtocolLeadBlocks
	}
	return nil
}

// Set changes a parameter of p and returns the value before. Whether the whole is
// still in range is Validate's matter, after all changes of a proposal, since some
// parameters bound each other. An unknown name is InvalidTx.
func Set(p *statev1.Params, name string, value uint64) (before uint64, err error) {
	f := field(p, name)
	if f == nil {
		return 0, apperr.Invalid("name", "%q is no parameter that a vote can set", name)
	}
	// A tx that was valid for a longer time may still be in flight: the window that
	// refuses to take it a second time never shrinks.
	p.ReplaySeconds = max(p.ReplaySeconds, p.MaxValidSeconds)
	before, *f = *f, value
	return before, nil
}

// ReplayWindow returns for how long the hash of a committed tx must be remembered.
func ReplayWindow(p *statev1.Params) time.Duration {
	return time.Duration(max(p.ReplaySeconds, p.MaxValidSeconds)) * time.Second
}

// Check is Validate with an error that has a code.
func Check(p *statev1.Params) error {
	if err := Validate(p); err != nil {
		return apperr.Invalid("value", "%v", err)
	}
	return nil
}
