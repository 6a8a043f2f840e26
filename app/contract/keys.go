package contract

import (
	statev1 "github.com/chancery-chain/chancery/api/gen/chancery/state/v1"
	"github.com/chancery-chain/chancery/app/state"
)

// Schema is every key of this component.
var Schema = state.NewSchema("contract")

var (
	codes     = state.NewMap(Schema, "codes", "d/", state.Array32Key[[32]byte](), state.MessageValue[statev1.Code]())
	contracts = state.NewMap(Schema, "contracts", "c/", state.StringKey[string](), state.MessageValue[statev1.Contract]())

	// storage is what contracts store: their name, a zero byte, their own key.
	// Names have no zero byte, so no contract's keys begin with another's. The
	// name, not a number, stands in the key so that a proof of a value names its
	// contract by itself.
	storage = Schema.MustDeclare("storage", "s/")
)

// StoreKey returns the key in the state tree of a key of a contract's storage.
func StoreKey(name string, key []byte) []byte {
	return append(storagePrefix(name), key...)
}

func storagePrefix(name string) []byte {
	return append(storage.Key([]byte(name)), 0)
}

// storageEnd returns the first key after all of a contract's storage.
func storageEnd(prefix []byte) []byte {
	end := append([]byte{}, prefix...)
	end[len(end)-1] = 1
	return end
}
