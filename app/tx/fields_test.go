package tx_test

import (
	"bytes"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/encoding/protowire"

	"github.com/chancery-chain/chancery/app/apperr"
	"github.com/chancery-chain/chancery/app/tx"
)

// TestBombsAreRefusedSmall: a tx of 5 MiB took 360 MB and a second of a processor to
// be refused, from anybody, and again in each block that a bad proposer made of it.
func TestBombsAreRefusedSmall(t *testing.T) {
	field := func(num protowire.Number, content []byte) []byte {
		return protowire.AppendBytes(protowire.AppendTag(nil, num, protowire.BytesType), content)
	}
	// num's empty elements, as many as fit.
	empty := func(num protowire.Number) []byte {
		one := field(num, nil)
		return bytes.Repeat(one, (tx.MaxBytes-1000)/len(one))
	}
	nested := []byte(nil)
	for range 10_000 {
		nested = field(13, nested)
	}
	for name, raw := range map[string][]byte{
		"signatures":       append(field(1, []byte{0}), empty(2)...),
		"roles of member":  field(1, field(13, empty(2))),
		"keys of account":  field(1, field(17, empty(1))),
		"actions":          field(1, empty(10)),
		"unknown fields":   field(1, empty(900)),
		"nested":           field(1, nested),
		"groups":           field(1, bytes.Repeat([]byte{0x0b}, 1_000_000)),
		"unknown envelope": empty(9),
	} {
		t.Run(name, func(t *testing.T) {
			require.LessOrEqual(t, len(raw), tx.MaxBytes)
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, err := tx.DecodeUnsigned(raw)
			runtime.ReadMemStats(&after)
			require.Equal(t, apperr.InvalidTx, apperr.CodeOf(err), "%v", err)
			// The envelope is copied, encoded again and compared.
			require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(4*tx.MaxBytes))
		})
	}
}
