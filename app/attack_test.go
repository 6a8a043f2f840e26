package app_test

import (
	"crypto/sha256"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/descriptorpb"

	contractv1 "github.com/chancery-chain/chancery/api/gen/chancery/contract/v1"
	chanceryv1 "github.com/chancery-chain/chancery/api/gen/chancery/v1"
	"github.com/chancery-chain/chancery/api/generate"
	"github.com/chancery-chain/chancery/app"
	"github.com/chancery-chain/chancery/app/apperr"
	"github.com/chancery-chain/chancery/app/apptest"
	"github.com/chancery-chain/chancery/app/tx"
	"github.com/chancery-chain/chancery/runtime"
	"github.com/chancery-chain/chancery/runtime/abi"
	w "github.com/chancery-chain/chancery/runtime/wasm/wasmtest"
)

// idleCode is a module that does nothing, with the counter contract's interface
// as edit leaves it. A non-nil init is its initialisation, with one i32 local.
func idleCode(t *testing.T, edit func(*descriptorpb.FileDescriptorProto), init w.Code) []byte {
	raw, _, err := generate.Descriptors("../examples/counter", "")
	require.NoError(t, err)
	set := new(descriptorpb.FileDescriptorSet)
	require.NoError(t, proto.Unmarshal(raw, set))
	if edit != nil {
		edit(set.File[len(set.File)-1])
	}
	raw, err = proto.Marshal(set)
	require.NoError(t, err)
	m := w.New().Memory(1).ExportMemory(abi.ExportMemory)
	m.ExportFunc(abi.ExportCall, m.Func(w.Void, nil))
	if init != nil {
		m.ExportFunc(abi.ExportInitialize, m.Func(w.Void, []byte{abi.I32}, init))
	}
	return m.Custom(abi.SectionDescriptors, raw).Bytes()
}

// deployHostile starts a chain with hostile code as records/bad.
func deployHostile(t *testing.T, build func(*w.Module) w.Code) *apptest.Chain {
	c := apptest.New(t, nil)
	code := hostileCode(t, build)
	hash := sha256.Sum256(code)
	c.Must(c.Upload(recordsDev, "records", pack(t, code)))
	c.Must(c.Deploy(recordsDev, "records", "records/bad", hash[:], nil))
	return c
}

// TestNameCutInsideALetterStopsNoNode: what an author wrote stands in the error
// of refused code. A result with text that is not UTF-8 does not encode, so no
// node could execute the block, then or after a restart.
func TestNameCutInsideALetterStopsNoNode(t *testing.T) {
	for n := 55; n < 66; n++ {
		code := idleCode(t, func(f *descriptorpb.FileDescriptorProto) {
			f.MessageType[0].Options = new(descriptorpb.MessageOptions)
			proto.SetExtension(f.MessageType[0].Options, contractv1.E_Collection,
				&contractv1.CollectionOptions{Name: strings.Repeat("a", n) + "记录", Number: 9})
		}, nil)
		c := apptest.New(t, nil)
		res := c.Block(c.Upload(recordsDev, "records", pack(t, code))).Results[0]
		require.Equal(t, apperr.InvalidCode.String(), res.CodeName)
		stored, err := c.App.Query().Tx(res.TxHash)
		require.NoError(t, err)
		require.Equal(t, res.Log, stored.Log)
	}
}

// TestLongNamesMakeNoLargeLog: logs are kept with results and nobody pays for
// them.
func TestLongNamesMakeNoLargeLog(t *testing.T) {
	code := idleCode(t, func(f *descriptorpb.FileDescriptorProto) {
		f.MessageType[0].Name = proto.String(strings.Repeat("A", 100_000))
	}, nil)
	c := apptest.New(t, nil)
	res := c.Block(c.Upload(recordsDev, "records", pack(t, code))).Results[0]
	require.Equal(t, apperr.InvalidCode.String(), res.CodeName)
	require.Less(t, len(res.Log), 5_000)
}

// TestInitialisationIsPaid: an upload runs the code's initialisation on every
// node, so it pays for the most that it may use, and before it is run.
func TestInitialisationIsPaid(t *testing.T) {
	limit := runtime.DefaultLimits().ImageGas
	count := w.Seq(w.I32Const(int32(limit/8)), w.LocalSet(0), w.Loop(w.Empty,
		w.LocalGet(0), w.I32Const(1), w.I32Sub, w.LocalTee(0), w.BrIf(0)))
	code := pack(t, idleCode(t, nil, count))
	c := apptest.New(t, nil)
	b := c.Body(recordsDev, "records")
	b.GasLimit = limit
	b.Action = &chanceryv1.TxBody_UploadCode{UploadCode: &chanceryv1.UploadCode{CodeGzip: code}}
	require.Equal(t, apperr.OutOfGas.String(), c.Block(c.Sign(b, recordsDev)).Results[0].CodeName)
	require.Greater(t, c.Must(c.Upload(recordsDev, "records", code)).GasUsed, limit)
}

// TestResultsArePaidByTheByte: every node holds the results of a block in memory
// and keeps them.
func TestResultsArePaidByTheByte(t *testing.T) {
	const size = 256 << 10
	c := deployHostile(t, func(m *w.Module) w.Code {
		f := m.ImportFunc(abi.Module, "output", w.Type(abi.I32, abi.I32)())
		return w.Seq(w.I32Const(4), w.MemoryGrow, w.Drop, w.I32Const(0), w.I32Const(size), w.Call(f))
	})
	res := c.Must(c.Execute(recordsClerk, "records", "records/bad", "Bump", nil))
	require.Len(t, res.Data, size)
	require.Greater(t, res.GasUsed, uint64(10*size))

	b := c.Body(recordsClerk, "records")
	b.GasLimit = res.GasUsed - 1
	b.Action = &chanceryv1.TxBody_Execute{Execute: &chanceryv1.Execute{Contract: "records/bad", Method: "Bump"}}
	short := c.Block(c.Sign(b, recordsClerk)).Results[0]
	require.Equal(t, apperr.OutOfGas.String(), short.CodeName)
	require.Equal(t, b.GasLimit, short.GasUsed)
	require.Empty(t, short.Data)
}

// TestEventsOfATxAreBounded emits more than a tx may, each event within its own
// limit.
func TestEventsOfATxAreBounded(t *testing.T) {
	c := deployHostile(t, func(m *w.Module) w.Code {
		f := m.ImportFunc(abi.Module, "emit", w.Type(abi.I32, abi.I32, abi.I32, abi.I32)())
		emit := w.Seq(w.I32Const(0), w.I32Const(1), w.I32Const(0), w.I32Const(16<<10), w.Call(f))
		return w.Repeat(65, emit)
	})
	res := c.Block(c.Execute(recordsClerk, "records", "records/bad", "Bump", nil)).Results[0]
	require.Equal(t, apperr.LimitExceeded.String(), res.CodeName, res.Log)
	require.Contains(t, res.Log, "all events")
}

// TestSimulationCostsNoMoreThanATx: anybody may simulate, in any member's name.
func TestSimulationCostsNoMoreThanATx(t *testing.T) {
	c := deployHostile(t, func(*w.Module) w.Code { return w.Loop(w.Empty, w.Br(0)) })
	b := c.Body(recordsClerk, "records")
	b.GasLimit = 90_000_000_000 // within the quota: a minute and a half
	b.Action = &chanceryv1.TxBody_Execute{Execute: &chanceryv1.Execute{Contract: "records/bad", Method: "Bump"}}
	raw, err := tx.Unsigned(b)
	require.NoError(t, err)
	res, err := c.App.Query().Simulate(t.Context(), raw)
	require.NoError(t, err)
	require.Equal(t, apperr.InvalidTx.String(), res.CodeName, res.Log)
	require.Zero(t, res.GasUsed)
}

// TestSimulatedUploadLeavesNothing: a stranger's code must reach neither the disk
// nor the codes in memory, and is priced like a real upload.
func TestSimulatedUploadLeavesNothing(t *testing.T) {
	o := app.Options{Dir: t.TempDir()}
	c := apptest.NewWith(t, nil, o)
	c.Block()
	simulate := func(code []byte) *chanceryv1.TxResult {
		b := c.Body(recordsDev, "records")
		b.GasLimit = 0
		b.Action = &chanceryv1.TxBody_UploadCode{UploadCode: &chanceryv1.UploadCode{CodeGzip: pack(t, code)}}
		raw, err := tx.Unsigned(b)
		require.NoError(t, err)
		res, err := c.App.Query().Simulate(t.Context(), raw)
		require.NoError(t, err)
		return res
	}
	files := func() int {
		found, err := filepath.Glob(filepath.Join(o.Dir, "compiled", "*.code"))
		require.NoError(t, err)
		return len(found)
	}
	before := files()
	code := idleCode(t, nil, nil)
	simulated := simulate(code)
	require.Zero(t, simulated.Code, simulated.Log)
	require.Equal(t, before, files())
	bad := idleCode(t, func(f *descriptorpb.FileDescriptorProto) { f.Service = nil }, nil)
	require.Equal(t, apperr.InvalidCode.String(), simulate(bad).CodeName)

	real := c.Must(c.Upload(recordsDev, "records", pack(t, code)))
	require.Greater(t, files(), before, "the measure sees compiled code")
	require.InDelta(t, simulated.GasUsed, real.GasUsed, 2_000, "the signature's bytes")
}
