//go:build nextprotocol

package app

import (
	statev1 "github.com/chancery-chain/chancery/api/gen/chancery/state/v1"
	"github.com/chancery-chain/chancery/app/params"
	"github.com/chancery-chain/chancery/app/state"
)

// The test binary's next protocol version has one rule that shows in every tx.
var protocolStarts = map[uint64]protocolStart{
	params.LatestProtocol: func(_ state.Writer, p *statev1.Params) { p.TxBaseGas += 1000 },
}
