package schedule

import (
	statev1 "github.com/chancery-chain/chancery/api/gen/chancery/state/v1"
	"github.com/chancery-chain/chancery/app/state"
)

// Schema is every key of this component.
var Schema = state.NewSchema("schedule")

// at is a place in a contract's queue: time in unix nanoseconds, then id.
type at = state.Pair[uint64, uint64]

// callsPrefix begins the keys of calls.
const callsPrefix = "tc/"

var callKey = state.PairKey(state.StringKey[string](), state.Uint64Key[uint64]())

var (
	// calls by contract and id.
	calls = state.NewMap(Schema, "calls", callsPrefix, callKey, state.MessageValue[statev1.ScheduledCall]())

	// queue has each contract's calls in the order in which they are due; the values
	// are empty.
	queue = state.NewMap(Schema, "queue", "tq/",
		state.PairKey(state.StringKey[string](), state.PairKey(state.Uint64Key[uint64](), state.Uint64Key[uint64]())), state.BytesValue())

	// line has the contracts with a call waiting by their turn; the values are empty.
	line = state.NewMap(Schema, "line", "tl/",
		state.PairKey(state.Uint64Key[uint64](), state.StringKey[string]()), state.BytesValue())

	schedules = state.NewMap(Schema, "schedules", "ts/", state.StringKey[string](), state.MessageValue[statev1.ContractSchedule]())
)
