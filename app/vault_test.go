package app

import (
	"bytes"
	"compress/gzip"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chancery-chain/chancery/api/generate"
	"github.com/chancery-chain/chancery/runtime/abi"
	w "github.com/chancery-chain/chancery/runtime/wasm/wasmtest"
)

// VaultCode is the contract of testdata/vault. It needs no toolchain, so its bytes,
// its gas and the app hashes of its stories are the same everywhere.
var VaultCode = sync.OnceValues(func() ([]byte, error) { return vaultCode("testdata/vault") })

// ClosedVaultCode is the same with the interface of testdata/closedvault, where
// nothing is sponsored.
var ClosedVaultCode = sync.OnceValues(func() ([]byte, error) { return vaultCode("testdata/closedvault") })

func vaultCode(dir string) ([]byte, error) {
	set, _, err := generate.Descriptors(dir, "")
	if err != nil {
		return nil, err
	}
	m := w.New().Memory(3).ExportMemory(abi.ExportMemory)
	input := m.ImportFunc(abi.Module, "input", w.Type(abi.I32, abi.I32)(abi.I64))
	put := m.ImportFunc(abi.Module, "state_set", w.Type(abi.I32, abi.I32, abi.I32, abi.I32)())
	drop := m.ImportFunc(abi.Module, "state_delete", w.Type(abi.I32, abi.I32)())
	// A request is the tag of key and its 8 bytes, then the tag of size and its 4
	// bytes. What is 0 is left out.
	const keyAt, sizeAt, valueAt, most = 1, 10, 1024, 14
	entry := m.Func(w.Void, []byte{abi.I64},
		w.I32Const(0), w.I32Const(most), w.Call(input), w.LocalSet(0),
		w.LocalGet(0), w.I64Const(most), i64Eq, w.IfElse(w.Empty,
			w.Seq(w.I32Const(keyAt), w.I32Const(8), w.I32Const(valueAt), w.I32Const(0), w.Mem(i32Load, sizeAt), w.Call(put)),
			w.Seq(w.LocalGet(0), w.I64Const(sizeAt-1), i64Eq, w.IfElse(w.Empty,
				w.Seq(w.I32Const(keyAt), w.I32Const(8), w.Call(drop)), w.Unreachable))))
	return m.ExportFunc(abi.ExportCall, entry).Custom(abi.SectionDescriptors, set).Bytes(), nil
}

var i64Eq = w.Code{0x51}

const i32Load = 0x28

// StoreGzip packs code without compressing it: what gzip makes can change with the Go
// version.
func StoreGzip(t testing.TB, code []byte) []byte {
	var b bytes.Buffer
	zw, err := gzip.NewWriterLevel(&b, gzip.NoCompression)
	require.NoError(t, err)
	_, err = zw.Write(code)
	require.NoError(t, err)
	require.NoError(t, zw.Close())
	return b.Bytes()
}

// VaultRequest encodes a request of the vault.
func VaultRequest(key uint64, size uint32) []byte {
	b := make([]byte, 0, 14)
	if key != 0 {
		b = append(b, 0x09)
		for i := range 8 {
			b = append(b, byte(key>>(8*i)))
		}
	}
	if size != 0 {
		b = append(b, 0x15)
		for i := range 4 {
			b = append(b, byte(size>>(8*i)))
		}
	}
	return b
}
