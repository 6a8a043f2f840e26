package params

import (
	"fmt"

	statev1 "github.com/chancery-chain/chancery/api/gen/chancery/state/v1"
	"github.com/chancery-chain/chancery/app/state"
	"github.com/chancery-chain/chancery/app/tx"
)

const (
	// maxPeriodSeconds bounds every period that a parameter sets: a year.
	maxPeriodSeconds = 366 * 24 * 60 * 60
	minVotingSeconds = 60
	// minValidSeconds is some beats of an idle chain: a tx must live until block time
	// has caught up with the clock of whoever signs it.
	minValidSeconds = 30
	// minTxBytes holds the largest proposal with the signatures of a whole council.
	minTxBytes = 128 << 10
	// minScheduledGas lets the calls through that most contracts ask for.
	minScheduledGas = 10_000_000
	// maxOpenProposals bounds what a Propose has to look through.
	maxOpenProposals = 64
	// minLeadBlocks leaves a block after the decision in which the switch can still
	// lapse.
	minLeadBlocks = 2
	maxLeadBlocks = 10_000_000
	// proposalBytes holds a proposal of one change, with its signatures.
	proposalBytes = 8 << 10
)

// ProposalGas is what a proposal of one change, the dearest one and signed by a
// whole council, costs under parameters. Whoever cannot pay it cannot repair them.
func ProposalGas(p *statev1.Params) uint64 {
	return p.TxBaseGas + tx.MaxSignatures*p.SignatureGas + proposalBytes*p.TxByteGas + p.VoteGas + p.ChangeGas
}

// Default returns the parameters of a new chain, without chain id and operator
// organisation.
func Default() *statev1.Params {
	return &statev1.Params{
		ProtocolVersion:    FirstProtocol,
		QuotaPeriodSeconds: 24 * 60 * 60,
		MaxTxBytes:         tx.MaxBytes,
		MaxTxGas:           2_000_000_000,
		MaxBlockGas:        2_000_000_000,
		MaxValidSeconds:    600,
		TxBaseGas:          50_000,
		TxByteGas:          10,
		SignatureGas:       65_000,
		CodeByteGas:        400,
		UnpackByteGas:      10,
		MaxCallGas:         100_000_000,
		DefaultStoredBytes: 1 << 30,
		MaxScheduledGas:    500_000_000,
		VotingSeconds:      7 * 24 * 60 * 60,
		MaxVotingSeconds:   90 * 24 * 60 * 60,
		ChangeGas:          1_000_000,
		VoteGas:            100_000,
		MaxOpenProposals:   16,
		ProtocolLeadBlocks: 17_280,

		RecoveryDelaySeconds: 72 * 60 * 60,
		UpgradeValidSeconds:  30 * 24 * 60 * 60,
	}
}

// Validate checks parameters that a genesis or a vote sets.
func Validate(p *statev1.Params) error {
	switch {
	case p.ProtocolVersion < FirstProtocol || p.ProtocolVersion > LatestProtocol:
		return fmt.Errorf("params: this software knows protocol versions %d to %d, not %d", FirstProtocol, LatestProtocol, p.ProtocolVersion)
	case p.ChainId == "" || len(p.ChainId) > 50:
		return fmt.Errorf("params: chain id must have 1 to 50 bytes")
	case p.QuotaPeriodSeconds == 0 || p.QuotaPeriodSeconds > maxPeriodSeconds:
		return fmt.Errorf("params: quota_period_seconds must be 1 to %d", maxPeriodSeconds)
	case p.MaxTxBytes < minTxBytes || p.MaxTxBytes > tx.MaxBytes:
		return fmt.Errorf("params: max_tx_bytes must be %d to %d", minTxBytes, tx.MaxBytes)
	case p.MaxTxGas == 0 || p.MaxTxGas > p.MaxBlockGas || p.MaxBlockGas > 1<<40:
		return fmt.Errorf("params: need 0 < max_tx_gas ≤ max_block_gas ≤ %d", uint64(1)<<40)
	case p.MaxCallGas == 0 || p.MaxCallGas > p.MaxTxGas:
		return fmt.Errorf("params: need 0 < max_call_gas ≤ max_tx_gas")
	case p.DefaultStoredBytes > 1<<50:
		return fmt.Errorf("params: default_stored_bytes must be at most %d", uint64(1)<<50)
	case p.UpgradeValidSeconds < 60 || p.UpgradeValidSeconds > 366*24*60*60:
		return fmt.Errorf("params: upgrade_valid_seconds must be 60 to 31622400")
	case p.MaxScheduledGas > p.MaxBlockGas || p.MaxScheduledGas > 0 && p.MaxScheduledGas < minScheduledGas:
		return fmt.Errorf("params: max_scheduled_gas must be %d to max_block_gas, or 0 to pause scheduled calls", minScheduledGas)
	case p.MaxValidSeconds < minValidSeconds || p.MaxValidSeconds > 86_400:
		return fmt.Errorf("params: max_valid_seconds must be %d to 86400", minValidSeconds)
	case p.RecoveryDelaySeconds < 3600 || p.RecoveryDelaySeconds > 366*86_400:
		return fmt.Errorf("params: recovery_delay_seconds must be 3600 (an hour) to %d (366 days)", 366*86_400)
	case p.VotingSeconds < minVotingSeconds || p.VotingSeconds > p.MaxVotingSeconds || p.MaxVotingSeconds > maxPeriodSeconds:
		return fmt.Errorf("params: need %d ≤ voting_seconds ≤ max_voting_seconds ≤ %d", minVotingSeconds, maxPeriodSeconds)
	case p.ProtocolLeadBlocks < minLeadBlocks || p.ProtocolLeadBlocks > maxLeadBlocks:
		return fmt.Errorf("params: protocol_lead_blocks must be %d to %d", minLeadBlocks, maxLeadBlocks)
	case p.ChangeGas > 1<<30 || p.VoteGas > 1<<30:
		return fmt.Errorf("params: change_gas and vote_gas must be at most %d", 1<<30)
	case p.MaxOpenProposals == 0 || p.MaxOpenProposals > maxOpenProposals:
		return fmt.Errorf("params: max_open_proposals must be 1 to %d", maxOpenProposals)
	case p.TxBaseGas > 1<<30 || p.TxByteGas > 1<<20 || p.SignatureGas > 1<<30 || p.CodeByteGas > 1<<20 || p.UnpackByteGas > 1<<20:
		// These bounds keep every product of a price and a size below 2^63.
		return fmt.Errorf("params: a gas price is out of range")
	case ProposalGas(p) > p.MaxCallGas:
		// No vote could change anything any more.
		return fmt.Errorf("params: a proposal of one change would cost up to %d gas, more than max_call_gas", ProposalGas(p))
	}
	return nil
}

// Load returns the parameters; ok is false before the genesis.
func Load(r state.Reader) (p *statev1.Params, ok bool, err error) { return item.Get(r) }

// Store writes the parameters.
func Store(w state.Writer, p *statev1.Params) error { return item.Set(w, p) }
