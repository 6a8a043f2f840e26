package app

import (
	"encoding/binary"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/timestamppb"

	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/app/contract/storage"
	"github.com/chancery-chain/chancery/app/state"
	"github.com/chancery-chain/chancery/app/tx"
)

// BenchmarkPaying is what finding the payer of a call and settling it cost: reading
// and checking the quota, counting the bytes of four keys that the call wrote,
// charging, and the breakdown of usage.
func BenchmarkPaying(b *testing.B) {
	_, x := quotaWorld(b)
	k := testKey("records")
	body := &chanceryv1.TxBody{
		ChainId: "model-1", Origin: k.Public().Address().String(), Org: "records", GasLimit: 1_000_000,
		ValidUntil: timestamppb.New(x.Time.Add(time.Minute)),
		Action: &chanceryv1.TxBody_Execute{Execute: &chanceryv1.Execute{
			Contract: "records/vault", Method: "Put", Payload: VaultRequest(1, 1),
		}},
	}
	raw, _, err := tx.Sign(body, k)
	require.NoError(b, err)
	d, err := tx.Decode(raw)
	require.NoError(b, err)
	writes := state.NewOverlay(x.writes)
	for i := range uint64(4) {
		writes.Set(storage.Key("records/vault", binary.BigEndian.AppendUint64(nil, i)), make([]byte, 100))
	}
	b.ReportAllocs()
	for b.Loop() {
		bill, err := billOf(x.writes, x.params, d, x.Time)
		if err == nil {
			err = bill.check(d.Body.GasLimit, nil)
		}
		if err == nil {
			err = x.settle(&bill, writes, outcome{gasUsed: 1}, nil, new(chanceryv1.TxResult))
		}
		if err != nil {
			b.Fatal(err)
		}
	}
}
