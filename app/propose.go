package app

import (
	"time"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/chancery-chain/chancery/app/apperr"
	"github.com/chancery-chain/chancery/app/tx"
)

// PrepareTxs picks, in order, the txs of a proposal: within maxBytes and the
// block's gas, and only those that could run now. A tx that does not fit is
// passed over, so that a large one does not hold back those behind it. It is
// also passed over while block time has not caught up with its valid_until, and when
// the quotas do not cover it beside those before it, as they have to when it runs.
func (a *App) PrepareTxs(txs [][]byte, maxBytes, height int64, t time.Time) [][]byte {
	r, tip, release, err := a.checkState()
	if err != nil {
		return nil
	}
	defer release()
	var picked [][]byte
	var gas uint64
	var bytes int64
	var reserved reservations
	seen := make(map[tx.Hash]bool, len(txs))
	for _, raw := range txs {
		d, err := tx.Decode(raw)
		if err != nil || seen[d.Hash] || a.replay.Seen(d.Hash) || a.checkEnvelope(tip.params, d, t) != nil {
			continue
		}
		size := blockBytes(raw)
		if bytes+size > maxBytes || d.Body.GasLimit > tip.params.MaxBlockGas-gas {
			continue
		}
		if b, err := billOf(r, tip.params, d, t); err != nil || reserved.take(d.Hash, &b, d.Body.GasLimit) != nil {
			continue
		}
		seen[d.Hash] = true
		bytes += size
		gas += d.Body.GasLimit
		picked = append(picked, raw)
	}
	return picked
}

// blockBytes is the size of a tx within an encoded block: CometBFT writes it as
// a repeated bytes field with a one-byte tag.
func blockBytes(raw []byte) int64 { return int64(1 + protowire.SizeBytes(len(raw))) }

// CheckProposal refuses a block that no correct proposer would make: with txs
// that do not decode, that stand in it twice, or that ask for more gas together
// than a block may. All else is settled by executing the block.
func (a *App) CheckProposal(txs [][]byte, height int64, t time.Time) error {
	tip := a.tip.Load()
	if tip.params == nil {
		return errNotStarted
	}
	var gas uint64
	seen := make(map[tx.Hash]bool, len(txs))
	for i, raw := range txs {
		d, err := tx.Decode(raw)
		if err != nil {
			return apperr.Wrap(apperr.InvalidTx, err, "tx %d of the proposal", i)
		}
		if seen[d.Hash] {
			return apperr.New(apperr.Replayed, "tx %d of the proposal stands in it twice", i)
		}
		seen[d.Hash] = true
		if d.Body.GasLimit > tip.params.MaxBlockGas-gas {
			return apperr.New(apperr.LimitExceeded, "the proposal asks for more than %d gas", tip.params.MaxBlockGas)
		}
		gas += d.Body.GasLimit
	}
	return nil
}
