package validator

import (
	statev1 "github.com/chancery-chain/chancery/api/gen/chancery/state/v1"
	"github.com/chancery-chain/chancery/app/state"
)

// Schema is every key of this component.
var Schema = state.NewSchema("validator")

var (
	// validators by name.
	validators = state.NewMap(Schema, "validators", "vn/", state.StringKey[string](), state.MessageValue[statev1.Validator]())

	// formerKeys by the address of the key.
	formerKeys = state.NewMap(Schema, "former keys", "vf/", state.Array20Key[Address](), state.MessageValue[statev1.FormerKey]())

	// evidence by the address of the key and the height of the misbehaviour.
	evidence = state.NewMap(Schema, "evidence", "ve/",
		state.PairKey(state.Array20Key[Address](), state.HeightKey[int64]()), state.MessageValue[statev1.Evidence]())

	// changes are the heights of blocks that changed the validators: a proof leads
	// along them from the validators of the genesis to those of today.
	changes = state.NewMap(Schema, "changes", "vc/", state.HeightKey[int64](), state.EmptyValue())

	// confirmations of the next protocol version by the address of the key.
	confirmations = state.NewMap(Schema, "confirmations", "vp/", state.Array20Key[Address](), state.MessageValue[statev1.ProtocolConfirmation]())

	keyTypes = state.NewItem(Schema, "key types", "vk", state.MessageValue[statev1.ValidatorKeyTypes]())
)
