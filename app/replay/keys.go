package replay

import (
	statev1 "github.com/chancery-chain/chancery/api/gen/chancery/state/v1"
	"github.com/chancery-chain/chancery/app/state"
)

// Schema is every key of this component.
var Schema = state.NewSchema("replay")

// leaves are the tx hashes of a block, by its height.
var leaves = state.NewMap(Schema, "leaves", "r/", state.HeightKey[int64](), state.MessageValue[statev1.ReplayBlock]())
