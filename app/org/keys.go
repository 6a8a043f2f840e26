package org

import (
	statev1 "github.com/chancery-chain/chancery/api/gen/chancery/state/v1"
	"github.com/chancery-chain/chancery/app/key"
	"github.com/chancery-chain/chancery/app/state"
)

// Schema is every key of this component.
var Schema = state.NewSchema("org")

var (
	orgs = state.NewMap(Schema, "orgs", "o/", state.StringKey[string](), state.MessageValue[statev1.Org]())

	// members by organisation and address.
	members = state.NewMap(Schema, "members", "m/",
		state.PairKey(state.StringKey[string](), state.Array20Key[key.Address]()), state.MessageValue[statev1.Member]())

	// memberships lists an account's organisations; the values are empty.
	memberships = state.NewMap(Schema, "memberships", "n/",
		state.PairKey(state.Array20Key[key.Address](), state.StringKey[string]()), state.BytesValue())
)
