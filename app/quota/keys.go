package quota

import (
	statev1 "github.com/chancery-chain/chancery/api/gen/chancery/state/v1"
	"github.com/chancery-chain/chancery/app/key"
	"github.com/chancery-chain/chancery/app/state"
)

// Schema is every key of this component.
var Schema = state.NewSchema("quota")

var (
	quotas = state.NewMap(Schema, "quotas", "q/", state.StringKey[string](), state.MessageValue[statev1.Quota]())
	usages = state.NewMap(Schema, "usages", "u/", state.StringKey[string](), state.MessageValue[statev1.Usage]())

	// sponsorships by contract and method.
	sponsorships = state.NewMap(Schema, "sponsorships", sponsorshipsPrefix, sponsorshipKey, state.MessageValue[statev1.Sponsorship]())

	// accountGas is what an account used of a sponsorship, by period, sponsorship
	// and address. The period comes first, so that what is past stands at the front
	// and can be dropped.
	accountGas = state.NewMap(Schema, "account gas", "qa/",
		state.PairKey(state.Uint64Key[uint64](), state.PairKey(state.StringKey[string](), state.Array20Key[key.Address]())),
		state.Uint64Value())
)
