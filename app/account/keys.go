package account

import (
	statev1 "github.com/chancery-chain/chancery/api/gen/chancery/state/v1"
	"github.com/chancery-chain/chancery/app/key"
	"github.com/chancery-chain/chancery/app/state"
)

// Schema is every key of this component.
var Schema = state.NewSchema("account")

var delegationKey = state.PairKey(state.Array20Key[key.Address](), state.PairKey(state.Array20Key[key.Address](), state.StringKey[string]()))

var (
	accounts = state.NewMap(Schema, "accounts", accountsPrefix, state.Array20Key[key.Address](), state.MessageValue[statev1.Account]())

	// delegations by principal, delegate and organisation.
	delegations = state.NewMap(Schema, "delegations", delegationsPrefix, delegationKey, state.MessageValue[statev1.Delegation]())
)

// Delegation names a delegation.
type Delegation struct {
	Principal, Delegate key.Address
	Org                 string
}

func (d Delegation) key() state.Pair[key.Address, state.Pair[key.Address, string]] {
	return state.PairOf(d.Principal, state.PairOf(d.Delegate, d.Org))
}
