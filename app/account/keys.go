package account

import (
	statev1 "github.com/chancery-chain/chancery/api/gen/chancery/state/v1"
	"github.com/chancery-chain/chancery/app/key"
	"github.com/chancery-chain/chancery/app/state"
)

// Schema is every key of this component.
var Schema = state.NewSchema("account")

var accounts = state.NewMap(Schema, "accounts", "a/", state.Array20Key[key.Address](), state.MessageValue[statev1.Account]())
