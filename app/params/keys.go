package params

import (
	statev1 "github.com/chancery-chain/chancery/api/gen/chancery/state/v1"
	"github.com/chancery-chain/chancery/app/state"
)

// Schema is every key of this component.
var Schema = state.NewSchema("params")

var item = state.NewItem(Schema, "params", "p/", state.MessageValue[statev1.Params]())
