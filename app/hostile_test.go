package app_test

import (
	"crypto/sha256"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chancery-chain/chancery/api/generate"
	"github.com/chancery-chain/chancery/app"
	"github.com/chancery-chain/chancery/app/apperr"
	"github.com/chancery-chain/chancery/app/apptest"
	"github.com/chancery-chain/chancery/app/query"
	"github.com/chancery-chain/chancery/runtime/abi"
	w "github.com/chancery-chain/chancery/runtime/wasm/wasmtest"
)

// hostileCode is a module that runs body at every call and carries the interface
// of the counter contract: Bump executes, Get is a query.
func hostileCode(t *testing.T, build func(m *w.Module) w.Code) []byte {
	set, _, err := generate.Descriptors("../examples/counter", "")
	require.NoError(t, err)
	m := w.New().Memory(1).ExportMemory(abi.ExportMemory)
	body := build(m) // imports come before the first function
	entry := m.Func(w.Void, nil, body)
	return m.ExportFunc(abi.ExportCall, entry).Custom(abi.SectionDescriptors, set).Bytes()
}

// TestHostileContractOnChain deploys contracts that try to hang or break a node.
// Each tx ends with a code and pays, a query of it ends too, and the next tx of
// an honest member works.
func TestHostileContractOnChain(t *testing.T) {
	imported := func(name string, params ...byte) func(m *w.Module, results ...byte) uint32 {
		return func(m *w.Module, results ...byte) uint32 {
			return m.ImportFunc(abi.Module, name, w.Type(params...)(results...))
		}
	}
	cases := []struct {
		name string
		body func(m *w.Module) w.Code
		want apperr.Code
	}{
		{"endless loop", func(*w.Module) w.Code { return w.Loop(w.Empty, w.Br(0)) }, apperr.OutOfGas},
		{"endless recursion", func(*w.Module) w.Code { return w.Call(0) }, apperr.LimitExceeded},
		{"memory.grow to the end", func(*w.Module) w.Code {
			return w.Loop(w.Empty, w.I32Const(1), w.MemoryGrow, w.Drop, w.Br(0))
		}, apperr.OutOfGas},
		{"bad pointer", func(m *w.Module) w.Code {
			f := imported("output", abi.I32, abi.I32)(m)
			return w.Seq(w.I32Const(-16), w.I32Const(32), w.Call(f))
		}, apperr.ContractTrap},
		{"forged length", func(m *w.Module) w.Code {
			f := imported("output", abi.I32, abi.I32)(m)
			return w.Seq(w.I32Const(0), w.I32Const(-1), w.Call(f))
		}, apperr.ContractTrap},
		{"calls itself", func(m *w.Module) w.Code {
			f := imported("call", abi.I32, abi.I32, abi.I32, abi.I32, abi.I32, abi.I32, abi.I64, abi.I32, abi.I32, abi.I32)(m, abi.I64)
			m.Data(0, []byte("records/bad"))
			m.Data(16, []byte("Bump"))
			return w.Seq(w.I32Const(0), w.I32Const(11), w.I32Const(16), w.I32Const(4), w.I32Const(0), w.I32Const(0),
				w.I64Const(0), w.I32Const(0), w.I32Const(0), w.I32Const(0), w.Call(f), w.Drop, w.Unreachable)
		}, apperr.ContractTrap},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			c := apptest.NewWith(t, nil, app.Options{Dir: t.TempDir()})
			code := hostileCode(t, tc.body)
			hash := sha256.Sum256(code)
			c.Must(c.Upload(recordsDev, "records", pack(t, code)))
			c.Must(c.Deploy(recordsDev, "records", "records/bad", hash[:], nil))
			raw := c.Execute(recordsClerk, "records", "records/bad", "Bump", nil)
			res := c.Block(raw).Results[0]
			require.Equal(t, tc.want.String(), res.CodeName, res.Log)
			require.NotZero(t, res.GasUsed)
			require.LessOrEqual(t, res.GasUsed, res.GasWanted)
			_, err := c.App.Query().CallContract(t.Context(), query.Call{Contract: "records/bad", Method: "Get"})
			require.Error(t, err)
			require.NotEqual(t, apperr.Internal, apperr.CodeOf(err))
			c.Must(c.SetMember(recordsAdmin, "records", apptest.Key("next", 1).Public(), true))
			require.Equal(t, c.App.Info().AppHash, c.Replay(app.Options{Dir: t.TempDir()}))
		})
	}
}
