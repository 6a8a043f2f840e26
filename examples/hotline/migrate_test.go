package hotline_test

import (
	"testing"

	sdk "github.com/chancery-chain/chancery/contracts-sdk"
	"github.com/chancery-chain/chancery/examples/hotline"
	"github.com/chancery-chain/chancery/examples/hotline/story"
	"github.com/stretchr/testify/require"
)

// first is the contract as it was before rules had numbers.
type first struct{ hotline.Contract }

func (f *first) Dispatch(ctx *sdk.Ctx, req *hotline.DispatchRequest) (*hotline.DispatchResponse, error) {
	resp, err := f.Contract.Dispatch(ctx, req)
	if err != nil {
		return nil, err
	}
	resp.Order.Rule = 0
	return resp, hotline.NewState(ctx).Orders.Set(resp.Order)
}

func TestMigrate(t *testing.T) {
	m := newMemory()
	c := story.Setup(t, m)
	dev := m.chain.Account("cy1dev", "city", "developer")
	m.chain.StopRecording() // the code before stands in this test alone
	require.NoError(t, m.chain.Upgrade(dev, story.Name, hotline.NewService(&first{}), "", nil))
	var nos []string
	for range 3 {
		nos = append(nos, c.Call(story.Tag("caller")))
	}
	require.Zero(t, c.Dispatch(nos[0], "street-a").Rule)
	c.Dispatch(nos[1], "street-a")
	c.Sign(c.StreetA, nos[1])

	now := hotline.NewService(&hotline.Contract{})
	migrate := func(ver uint32, from int32) error {
		return m.chain.Upgrade(dev, story.Name, now, "Migrate", &hotline.MigrateRequest{Rule: &hotline.Rule{
			Ver: ver, From: from, Consult: 1, Help: 5, Suggest: 5, Complaint: 5, Report: 5,
		}})
	}
	require.Equal(t, hotline.CodeConflict, sdk.CodeOf(migrate(4, 20260201)), "a number is left out")
	require.Equal(t, hotline.CodeInvalid, sdk.CodeOf(migrate(3, 20220901)), "no later than the rule before")
	require.NoError(t, migrate(3, 20260112))
	for i, want := range []uint32{1, 1, 0} {
		got, err := c.Supervisor.GetOrder(&hotline.GetOrderRequest{No: nos[i]})
		require.NoError(t, err)
		require.Equal(t, want, got.Order.Rule, "order %d", i)
	}
	require.Equal(t, uint32(3), c.Dispatch(nos[2], "street-a").Rule, "dispatched under the new rule")
}
