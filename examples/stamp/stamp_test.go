package stamp_test

import (
	"testing"

	sdk "github.com/chancery-chain/chancery/contracts-sdk"
	"github.com/chancery-chain/chancery/contracts-sdk/sdktest"
	"github.com/chancery-chain/chancery/examples/stamp"
	"github.com/stretchr/testify/require"
)

const name = "records/stamp"

func TestNumbersCountByKind(t *testing.T) {
	chain := sdktest.New()
	require.NoError(t, chain.Deploy(name, stamp.NewService(&stamp.Contract{})))
	clerk := stamp.NewStampServiceClient(chain.Account("cy1clerk", "records", "clerk"), name)
	for i, kind := range []string{"letter", "order", "letter", "letter"} {
		digest := make([]byte, 32)
		digest[0] = byte(i)
		resp, err := clerk.Stamp(&stamp.StampRequest{Digest: digest, Kind: kind})
		require.NoError(t, err)
		require.Equal(t, []uint64{1, 1, 2, 3}[i], resp.Number)
	}
	last, err := clerk.Last(&stamp.LastRequest{Kind: "letter"})
	require.NoError(t, err)
	require.Equal(t, uint64(3), last.Counter.Number)
	require.Equal(t, "cy1clerk", last.Counter.StampedBy)

	_, err = clerk.Stamp(&stamp.StampRequest{Digest: last.Counter.Digest, Kind: "letter"})
	require.Equal(t, stamp.CodeAlreadyStamped, sdk.CodeOf(err))
	_, err = clerk.Last(&stamp.LastRequest{Kind: "petition"})
	require.Equal(t, stamp.CodeNeverStamped, sdk.CodeOf(err))
}
