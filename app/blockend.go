package app

import (
	"fmt"
	"runtime/debug"

	"google.golang.org/protobuf/proto"

	"github.com/chancery-chain/chancery/app/apperr"
	"github.com/chancery-chain/chancery/app/governance"
	"github.com/chancery-chain/chancery/app/params"
	"github.com/chancery-chain/chancery/app/state"
	"github.com/chancery-chain/chancery/app/validator"
)

// endBlock does what the platform does after the txs: it takes the place of
// validators that misbehaved, and makes the changes of the proposals that passed in
// this block, in order of their numbers. It fills the block's events and validator
// updates. The error is for faults of this node alone.
func (a *App) endBlock(x *block, res *BlockResult) error {
	ids, err := governance.DecidedInBlock(x.writes)
	if err != nil || len(ids) == 0 && len(x.Misbehaviour) == 0 {
		return err
	}
	before, err := validator.Load(x.writes)
	if err != nil {
		return err
	}
	events, err := validator.Punish(x.writes, x.Misbehaviour, x.Height)
	if err != nil {
		return err
	}
	decided, err := voters(x.writes)
	if err != nil {
		return err
	}
	for _, id := range ids {
		done, err := a.enact(x, id, decided)
		if err != nil {
			return fmt.Errorf("proposal %d: %w", id, err)
		}
		events = append(events, done...)
	}
	list, err := platformEvents(events)
	if err != nil {
		return err
	}
	res.Events = append(res.Events, apiEvents(list)...)
	after, err := validator.Load(x.writes)
	if err != nil {
		return err
	}
	if res.ValidatorUpdates = validator.Updates(before, after); len(res.ValidatorUpdates) == 0 {
		return nil
	}
	return validator.RecordChange(x.writes, x.Height)
}

// enact makes the changes of a proposal that voters passed, all or none, and returns
// the events.
func (a *App) enact(x *block, id uint64, voters []string) ([]proto.Message, error) {
	list, err := governance.Changes(x.writes, id)
	if err != nil {
		return nil, err
	}
	e := &enactment{
		writes: state.NewOverlay(x.writes), params: x.params.CloneVT(), before: x.params, proposal: id, height: x.Height, time: x.Time,
	}
	done, failed := a.tryChanges(e, list)
	if failed == nil {
		warnings, err := grow(x.writes, e.writes, e.params, x.Time)
		if err != nil {
			return nil, err
		}
		for _, w := range warnings {
			e.events = append(e.events, w.Event())
		}
		e.writes.ApplyTo(x.writes)
		x.params = e.params
	} else {
		a.log.Info("a proposal passed and failed", "proposal", id, "change", done, "err", failed)
		e.events = nil
	}
	decision, err := governance.Finish(x.writes, id, voters, done, failed)
	return append([]proto.Message{decision}, e.events...), err
}

// tryChanges makes changes and returns how many succeeded, and why the next one
// failed, or with all of them done why they do not go together. A panic of ours ends
// the proposal, not the node: it would end every node at this block for ever.
func (a *App) tryChanges(e *enactment, list []*change) (done int, err error) {
	defer func() {
		if p := recover(); p != nil {
			a.log.Error("panic while making the changes of a proposal", "proposal", e.proposal, "change", done, "panic", p, "stack", string(debug.Stack()))
			err = apperr.New(apperr.Internal, "")
		}
	}()
	for ; done < len(list); done++ {
		if err := e.make(done, list[done]); err != nil {
			return done, err
		}
	}
	return done, e.settle()
}

// settle checks what only the whole of a proposal must keep, and writes the
// parameters.
func (e *enactment) settle() error {
	if e.newValidators {
		set, err := validator.Load(e.writes)
		if err != nil {
			return err
		}
		if err := set.Check(); err != nil {
			return err
		}
	}
	if e.newParams {
		if err := params.Check(e.params); err != nil {
			return err
		}
	}
	if e.newCommittee || e.newParams {
		if err := e.checkCommittee(); err != nil {
			return err
		}
	}
	if !e.newParams {
		return nil
	}
	return params.Store(e.writes, e.params)
}
