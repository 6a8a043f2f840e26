package contract

import (
	"bytes"

	statev1 "github.com/chancery-chain/chancery/api/gen/chancery/state/v1"
	"github.com/chancery-chain/chancery/app/contract/storage"
	"github.com/chancery-chain/chancery/app/state"
)

// Schema is every key of this component.
var Schema = state.NewSchema("contract")

var (
	codes     = state.NewMap(Schema, "codes", codesPrefix, state.Array32Key[[32]byte](), state.MessageValue[statev1.Code]())
	contracts = state.NewMap(Schema, "contracts", contractsPrefix, state.StringKey[string](), state.MessageValue[statev1.Contract]())

	// versions of a contract by its name and their number.
	versions = state.NewMap(Schema, "versions", versionsPrefix,
		state.PairKey(state.StringKey[string](), state.Uint64Key[uint64]()), state.MessageValue[statev1.Version]())

	// lifecycles by contract name.
	lifecycles = state.NewMap(Schema, "lifecycles", "cl/", state.StringKey[string](), state.MessageValue[statev1.Lifecycle]())

	// upgrades proposed, by a contract's name and their number.
	upgrades = state.NewMap(Schema, "upgrades", upgradesPrefix,
		state.PairKey(state.StringKey[string](), state.Uint64Key[uint64]()), state.MessageValue[statev1.Upgrade]())

	// codeUse counts the references to code by its hash. It is a row of its own:
	// the code's holds megabytes.
	codeUse = state.NewMap(Schema, "code use", "du/", state.Array32Key[[32]byte](), state.MessageValue[statev1.CodeUse]())

	_ = Schema.MustDeclare("storage", storage.Prefix)
)

// ParseStoreKey is the inverse of storage.Key; ok is false for a key that is not of
// a contract's storage.
func ParseStoreKey(storeKey []byte) (name string, key []byte, ok bool) {
	rest, ok := bytes.CutPrefix(storeKey, []byte(storage.Prefix))
	if !ok {
		return "", nil, false
	}
	before, after, ok := bytes.Cut(rest, []byte{0})
	return string(before), after, ok
}
