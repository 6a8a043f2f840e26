package app

import (
	"cmp"
	"slices"
	"time"

	"google.golang.org/protobuf/encoding/protowire"

	statev1 "github.com/chancery-chain/chancery/api/gen/chancery/state/v1"
	"github.com/chancery-chain/chancery/app/apperr"
	"github.com/chancery-chain/chancery/app/key"
	"github.com/chancery-chain/chancery/app/state"
	"github.com/chancery-chain/chancery/app/tx"
)

// turnsOfBlock is how many turns a block's gas is divided into. Who pays for txs that
// wait takes one turn after the other, so that nobody fills the blocks alone.
const turnsOfBlock = 64

// candidate is a tx that could stand in a proposal.
type candidate struct {
	*tx.Tx
	raw  []byte
	bill bill
	turn uint64 // of its payer
}

// PrepareTxs picks the txs of a proposal: within maxBytes and the block's gas, and
// only those that could run now. Payers take turns; within a turn, and for each payer,
// the order stays. A tx that does not fit is passed over, so that a large one does not
// hold back those behind it. It is also passed over while block time has not caught up
// with its valid_until, and when the quotas do not cover it beside those before it, as
// they have to when it runs.
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
	for _, c := range a.candidates(r, tip.params, txs, t) {
		size := blockBytes(c.raw)
		if bytes+size > maxBytes || c.Body.GasLimit > tip.params.MaxBlockGas-gas {
			continue
		}
		if reserved.take(c.Tx, &c.bill, true) != nil {
			continue
		}
		bytes += size
		gas += c.Body.GasLimit
		picked = append(picked, c.raw)
	}
	return picked
}

// candidates returns the txs that could stand in a proposal, by turns.
func (a *App) candidates(r state.Reader, p *statev1.Params, txs [][]byte, t time.Time) []*candidate {
	var list []*candidate
	turn := max(p.MaxBlockGas/turnsOfBlock, 1)
	asked := make(map[string]uint64)
	rotated := make(map[key.Address]bool)
	seen := make(map[tx.Hash]bool, len(txs))
	for _, raw := range txs {
		d, _, err := a.decode(raw)
		if err != nil || seen[d.Hash] || rotated[d.Origin] || a.replay.Seen(d.Hash) || a.checkEnvelope(p, d, t) != nil {
			continue
		}
		b, err := billOf(r, p, d, t)
		if err != nil {
			continue
		}
		seen[d.Hash] = true
		// What its old keys signed would fail behind it, and nobody would pay for it.
		rotated[d.Origin] = d.Body.GetSetKeys() != nil
		payer := b.budgets[0].id
		list = append(list, &candidate{Tx: d, raw: raw, bill: b, turn: asked[payer] / turn})
		asked[payer] += d.Body.GasLimit // at most some thousand limits: it cannot wrap
	}
	slices.SortStableFunc(list, func(x, y *candidate) int { return cmp.Compare(x.turn, y.turn) })
	return list
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
		d, _, err := a.decode(raw)
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
