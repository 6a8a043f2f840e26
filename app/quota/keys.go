package quota

import (
	statev1 "github.com/chancery-chain/chancery/api/gen/chancery/state/v1"
	"github.com/chancery-chain/chancery/app/state"
)

// Schema is every key of this component.
var Schema = state.NewSchema("quota")

var (
	quotas = state.NewMap(Schema, "quotas", "q/", state.StringKey[string](), state.MessageValue[statev1.Quota]())
	usages = state.NewMap(Schema, "usages", "u/", state.StringKey[string](), state.MessageValue[statev1.Usage]())
)
