package app_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/app/apperr"
	"github.com/chancery-chain/chancery/app/apptest"
	"github.com/chancery-chain/chancery/app/tx"
	"github.com/chancery-chain/chancery/runtime"
)

// TestPayloadLimit: a payload that a tx may carry is one that the runtime takes,
// and a larger one is refused before anything runs.
func TestPayloadLimit(t *testing.T) {
	require.Equal(t, runtime.DefaultLimits().InputBytes, tx.MaxPayloadBytes,
		"tools that run contracts without a chain take the runtime's default")
	c := apptest.New(t, nil)
	for _, row := range []struct {
		name string
		size int
		want apperr.Code
	}{
		{"largest", tx.MaxPayloadBytes, apperr.OK},
		{"a byte more", tx.MaxPayloadBytes + 1, apperr.InvalidTx},
	} {
		t.Run(row.name, func(t *testing.T) {
			payload := make([]byte, row.size)
			_, err := tx.Decode(c.Execute(recordsDev, "records", "records/none", "Run", payload))
			require.Equal(t, row.want, apperr.CodeOf(err), "%v", err)
			b := c.Body(recordsDev, "records")
			b.Action = &chanceryv1.TxBody_Deploy{Deploy: &chanceryv1.Deploy{
				Contract: "records/none", CodeHash: make([]byte, 32), InitPayload: payload,
			}}
			_, err = tx.Decode(c.Sign(b, recordsDev))
			require.Equal(t, row.want, apperr.CodeOf(err), "%v", err)
		})
	}
}
