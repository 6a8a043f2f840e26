package app_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/app"
	"github.com/chancery-chain/chancery/app/apperr"
	"github.com/chancery-chain/chancery/app/contract"
	"github.com/chancery-chain/chancery/app/contract/storage"
)

// gasOf adds up the parts of a call's gas.
func gasOf(c *chanceryv1.CallTrace) uint64 {
	sum := c.EntryGas + c.GuestGas + c.RebuildGas + c.OmittedGas
	for _, h := range c.Host {
		sum += h.Gas
	}
	for _, sub := range c.Calls {
		sum += sub.GasUsed
	}
	return sum
}

// TestTrace holds that a trace agrees with the simulation, and with the block that
// runs the tx afterwards.
func TestTrace(t *testing.T) {
	c, code := deployCounter(t, app.Options{Dir: t.TempDir()})
	q, sch := c.App.Query(), counterSchema(t, code)
	bump := message(t, code, "Bump", `{"from":1,"to":2,"amount":5}`)
	raw := c.Execute(recordsClerk, "records", "records/counter", "Bump", bump)
	hash := c.App.Info().AppHash

	plain, err := q.Simulate(t.Context(), raw)
	require.NoError(t, err)
	res, trace, err := q.Trace(t.Context(), raw)
	require.NoError(t, err)
	require.True(t, proto.Equal(plain, res), "a trace changes nothing")
	require.Equal(t, hash, c.App.Info().AppHash)
	require.Zero(t, res.Code, res.Log)

	call := trace.Call
	require.Equal(t, "records/counter", call.Contract)
	require.Equal(t, "Bump", call.Method)
	require.Equal(t, chanceryv1.MethodKind_METHOD_KIND_EXECUTE, call.Kind)
	require.Equal(t, chanceryv1.CallStatus_CALL_STATUS_OK, call.Status)
	require.Equal(t, bump, call.Request)
	require.Equal(t, res.Data, call.Response)
	require.Equal(t, call.GasUsed, gasOf(call))
	require.Equal(t, res.GasUsed, trace.TxGas+call.GasUsed)
	require.NotZero(t, trace.TxGas)
	uses := map[string]uint64{}
	for _, h := range call.Host {
		uses[h.Name] = h.Count
	}
	require.EqualValues(t, 2, uses["state_get"])
	require.EqualValues(t, 2, uses["state_set"])
	require.EqualValues(t, 1, uses["emit"])

	require.Len(t, trace.Changes, 2)
	for i, want := range []string{"1", "2"} {
		ch := trace.Changes[i]
		require.Equal(t, "records/counter", ch.Contract)
		col, parts, ok := sch.ParseKey(ch.Key)
		require.True(t, ok)
		require.Equal(t, "counters", col.Name)
		require.Equal(t, []string{want}, parts)
		require.Nil(t, ch.Before)
		require.NotNil(t, ch.After)
	}

	real := c.Must(raw)
	require.Equal(t, res.GasUsed, real.GasUsed)
	require.Equal(t, res.Data, real.Data)
	_, again, err := q.Trace(t.Context(), c.Execute(recordsClerk, "records", "records/counter", "Bump", bump))
	require.NoError(t, err)
	require.Equal(t, trace.Changes[0].After, again.Changes[0].Before, "what was to come is there now")

	t.Run("contract error", func(t *testing.T) {
		res, trace, err := q.Trace(t.Context(), c.Execute(recordsClerk, "records", "records/counter", "Bump", message(t, code, "Bump", `{"from":1,"to":1,"amount":1}`)))
		require.NoError(t, err)
		require.Equal(t, uint32(apperr.ContractFailed), res.Code)
		require.Empty(t, trace.Changes)
		require.Equal(t, chanceryv1.CallStatus_CALL_STATUS_CONTRACT_ERROR, trace.Call.Status)
		e := trace.Call.Error
		require.Equal(t, "ERROR_INVALID", e.Name)
		require.Equal(t, "records/counter", e.Contract)
		details, err := sch.DetailsToJSON(e.Code, e.Details)
		require.NoError(t, err)
		require.Contains(t, string(details), "field")
	})
	t.Run("out of gas", func(t *testing.T) {
		b := c.Body(recordsClerk, "records")
		b.GasLimit = trace.TxGas + call.EntryGas + 2_000
		b.Action = &chanceryv1.TxBody_Execute{Execute: &chanceryv1.Execute{Contract: "records/counter", Method: "Bump", Payload: bump}}
		res, trace, err := q.Trace(t.Context(), c.Sign(b, recordsClerk))
		require.NoError(t, err)
		require.Equal(t, uint32(apperr.OutOfGas), res.Code)
		require.Equal(t, chanceryv1.CallStatus_CALL_STATUS_OUT_OF_GAS, trace.Call.Status)
		require.Equal(t, trace.Call.GasUsed, gasOf(trace.Call))
		require.Empty(t, trace.Changes)
	})
	t.Run("no contract runs", func(t *testing.T) {
		for _, raw := range [][]byte{
			c.Execute(recordsClerk, "records", "records/none", "Bump", bump),
			c.Upload(recordsDev, "records", pack(t, code)),
		} {
			res, trace, err := q.Trace(t.Context(), raw)
			require.NoError(t, err)
			require.Nil(t, trace.Call)
			require.Equal(t, res.GasUsed, trace.TxGas)
			require.Empty(t, trace.Changes, "code is no contract's storage")
		}
	})
	t.Run("many changes", func(t *testing.T) {
		b := c.Body(recordsDev, "records")
		b.GasLimit = 0 // the most that a tx may have
		b.Action = &chanceryv1.TxBody_Execute{Execute: &chanceryv1.Execute{
			Contract: "records/counter", Method: "Seed", Payload: message(t, code, "Seed", `{"first":100,"count":1500}`),
		}}
		res, trace, err := q.Trace(t.Context(), c.Sign(b, recordsDev))
		require.NoError(t, err)
		require.Zero(t, res.Code, res.Log)
		require.Len(t, trace.Changes, 1_000)
		require.EqualValues(t, 500, trace.OmittedChanges)
	})
	t.Run("bytes that are no tx", func(t *testing.T) {
		_, _, err := q.Trace(t.Context(), []byte("nothing"))
		require.Equal(t, apperr.InvalidTx, apperr.CodeOf(err))
	})
}

func TestParseStoreKey(t *testing.T) {
	for _, key := range [][]byte{{}, []byte("key"), {0}, {0, 0, 1}} {
		name, got, ok := contract.ParseStoreKey(storage.Key("records/counter", key))
		require.True(t, ok)
		require.Equal(t, "records/counter", name)
		require.Equal(t, string(key), string(got))
	}
	for _, key := range []string{"", "s", "s/", "s/name", "c/records/counter\x00key"} {
		_, _, ok := contract.ParseStoreKey([]byte(key))
		require.False(t, ok, "%q", key)
	}
}
