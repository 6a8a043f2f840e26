package app

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"google.golang.org/protobuf/encoding/protowire"

	statev1 "github.com/chancery-chain/chancery/api/gen/chancery/state/v1"
	"github.com/chancery-chain/chancery/app/apperr"
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
	seen sighting
	bill bill
	turn uint64 // of its payer
}

// PrepareTxs picks the txs of a proposal: within maxBytes and the block's gas, and
// only those that could run now. Payers take turns; within a turn, and for each payer,
// the order stays. A tx that does not fit is passed over, so that a large one does not
// hold back those behind it. It is also passed over while block time has not caught up
// with its valid_until, when the quotas do not cover it beside those before it, as they
// have to when it runs, and when one before it changes the rights that it runs by.
// CheckProposal accepts what it picks.
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
	changed := make(rights)
	for _, c := range a.candidates(r, tip.params, txs, t) {
		size := blockBytes(c.raw)
		if bytes+size > maxBytes || c.Body.GasLimit > tip.params.MaxBlockGas-gas {
			continue
		}
		if changed.touch(c.Tx, &c.bill) || a.verify(c.Tx, c.seen) != nil || checkVouched(r, tip.params, c.Tx, &c.bill, t, &reserved) != nil {
			continue
		}
		changed.change(c.Tx)
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
	seen := make(map[tx.Hash]bool, len(txs))
	for _, raw := range txs {
		d, sight, err := a.decode(raw)
		if err != nil || seen[d.Hash] || a.replay.Seen(d.Hash) || a.checkEnvelope(p, d, t) != nil {
			continue
		}
		b, err := billOf(r, p, d, t)
		if err != nil {
			continue
		}
		seen[d.Hash] = true
		payer := b.budgets[0].id
		list = append(list, &candidate{Tx: d, raw: raw, seen: sight, bill: b, turn: asked[payer] / turn})
		asked[payer] += d.Body.GasLimit // at most some thousand limits: it cannot wrap
	}
	slices.SortStableFunc(list, func(x, y *candidate) int { return cmp.Compare(x.turn, y.turn) })
	return list
}

// blockBytes is the size of a tx within an encoded block: CometBFT writes it as
// a repeated bytes field with a one-byte tag.
func blockBytes(raw []byte) int64 { return int64(1 + protowire.SizeBytes(len(raw))) }

// CheckProposal refuses a block that no correct proposer would make: with txs that do
// not decode, that stand in it twice or were committed before, that ask for more gas
// together than a block may, or that nobody would have to pay for: in the state before
// the block each must be signed by its origin, who may act, and the quotas must cover
// all of them together. What one tx does to another is settled by executing the block.
//
// It asks for nothing that depends on this node: what one correct node accepts at a
// height, all do. The signatures come last, and only while a block's gas pays for them.
func (a *App) CheckProposal(txs [][]byte, height int64, t time.Time) error {
	r, tip, release, err := a.checkState()
	if err != nil {
		return err
	}
	defer release()
	list, err := a.decodeProposal(tip.params, txs)
	if err != nil {
		return err
	}
	var reserved reservations
	for i := range list {
		if err := a.checkProposed(r, tip.params, &list[i], t, &reserved); err != nil {
			return fmt.Errorf("tx %d of the proposal: %w", i, err)
		}
	}
	for i := range list {
		if err := a.verify(list[i].Tx, list[i].seen); err != nil {
			return fmt.Errorf("tx %d of the proposal: %w", i, err)
		}
	}
	return nil
}

// decodeProposal decodes the txs of a proposal and checks what needs no state: that
// none stands in it twice, and their gas.
func (a *App) decodeProposal(p *statev1.Params, txs [][]byte) ([]candidate, error) {
	var gas uint64
	list := make([]candidate, len(txs))
	seen := make(map[tx.Hash]bool, len(txs))
	for i, raw := range txs {
		d, sight, err := a.decode(raw)
		if err != nil {
			return nil, apperr.Wrap(apperr.InvalidTx, err, "tx %d of the proposal", i)
		}
		if seen[d.Hash] {
			return nil, apperr.New(apperr.Replayed, "tx %d of the proposal stands in it twice", i)
		}
		seen[d.Hash] = true
		if d.Body.GasLimit > p.MaxBlockGas-gas {
			return nil, apperr.New(apperr.LimitExceeded, "the proposal asks for more than %d gas", p.MaxBlockGas)
		}
		gas += d.Body.GasLimit
		list[i] = candidate{Tx: d, raw: raw, seen: sight}
	}
	return list, nil
}

// checkProposed checks a tx of a proposal against the state before the block, beside
// what reserved has of those before it. It looks at no signature.
func (a *App) checkProposed(r state.Reader, p *statev1.Params, c *candidate, t time.Time, reserved *reservations) error {
	if a.replay.Seen(c.Hash) {
		return apperr.New(apperr.Replayed, "tx %x", c.Hash)
	}
	if err := a.checkEnvelope(p, c.Tx, t); err != nil {
		return err
	}
	var err error
	if c.bill, err = billOf(r, p, c.Tx, t); err != nil {
		return err
	}
	return checkVouched(r, p, c.Tx, &c.bill, t, reserved)
}
