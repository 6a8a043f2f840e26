package org

import (
	statev1 "github.com/chancery-chain/chancery/api/gen/chancery/state/v1"
	"github.com/chancery-chain/chancery/app/key"
	"github.com/chancery-chain/chancery/app/state"
)

// Schema is every key of this component.
var Schema = state.NewSchema("org")

var (
	memberKey     = state.PairKey(state.StringKey[string](), state.Array20Key[key.Address]())
	membershipKey = state.PairKey(state.Array20Key[key.Address](), state.StringKey[string]())
)

var (
	orgs = state.NewMap(Schema, "orgs", "o/", state.StringKey[string](), state.MessageValue[statev1.Org]())

	// codes finds the organisation of a unified social credit code.
	codes = state.NewMap(Schema, "codes", "ou/", state.StringKey[string](), state.StringValue())

	// children by parent and name.
	children = state.NewMap(Schema, "children", "oc/",
		state.PairKey(state.StringKey[string](), state.StringKey[string]()), state.EmptyValue())

	// members by organisation and address.
	members = state.NewMap(Schema, "members", membersPrefix, memberKey, state.MessageValue[statev1.Member]())

	// admins are the members with role admin, by organisation and address.
	admins = state.NewMap(Schema, "admins", adminsPrefix, memberKey, state.EmptyValue())

	// memberships lists an account's organisations.
	memberships = state.NewMap(Schema, "memberships", membershipsPrefix, membershipKey, state.EmptyValue())
)
