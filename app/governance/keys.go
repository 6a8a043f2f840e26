package governance

import (
	statev1 "github.com/chancery-chain/chancery/api/gen/chancery/state/v1"
	"github.com/chancery-chain/chancery/app/state"
)

// Schema is every key of this component.
var Schema = state.NewSchema("governance")

var (
	committee = state.NewItem(Schema, "committee", "gc", state.MessageValue[statev1.Committee]())

	// last is the number of the newest proposal.
	last = state.NewItem(Schema, "last proposal", "gl", state.Uint64Value())

	proposals = state.NewMap(Schema, "proposals", "gp/", state.Uint64Key[uint64](), state.MessageValue[statev1.Proposal]())

	// changes of a proposal by its number. They stand apart from the votes, which are
	// written more often.
	changes = state.NewMap(Schema, "changes", "gx/", state.Uint64Key[uint64](), state.MessageValue[statev1.ProposalChanges]())

	// open lists the proposals that are open, or were when they expired, by organisation
	// and number, with their deadlines in unix nanoseconds.
	open = state.NewMap(Schema, "open", "go/",
		state.PairKey(state.StringKey[string](), state.Uint64Key[uint64]()), state.Uint64Value())

	// decided lists the proposals that passed in this block. It is empty between
	// blocks.
	decided = state.NewMap(Schema, "decided", "gd/", state.Uint64Key[uint64](), state.EmptyValue())

	upgrade = state.NewItem(Schema, "upgrade", "gu", state.MessageValue[statev1.UpgradePlan]())
)
