package proof

import (
	"os"
	"testing"

	cmtproto "github.com/cometbft/cometbft/proto/tendermint/types"
	cmtv "github.com/cometbft/cometbft/proto/tendermint/version"
	"github.com/cometbft/cometbft/types"
	"github.com/cometbft/cometbft/version"
	"github.com/stretchr/testify/require"

	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
)

var consensusVersion = cmtv.Consensus{Block: version.BlockProtocol, App: 1}

func decodeHeader(t testing.TB, p *chanceryv1.Proof) *types.SignedHeader {
	raw := new(cmtproto.SignedHeader)
	require.NoError(t, raw.Unmarshal(p.SignedHeader))
	sh, err := types.SignedHeaderFromProto(raw)
	require.NoError(t, err)
	return sh
}

func readFile(t testing.TB, path string) []byte {
	b, err := os.ReadFile(path)
	require.NoError(t, err)
	return b
}
