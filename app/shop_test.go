package app_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chancery-chain/chancery/api/generate"
	"github.com/chancery-chain/chancery/api/schema"
	"github.com/chancery-chain/chancery/runtime/abi"
	w "github.com/chancery-chain/chancery/runtime/wasm/wasmtest"
)

// shop is a small contract, written without a compiler: Put, Take and Migrate store
// their request under itself, Get and Check do nothing. Its methods, its stored
// state and its faults are chosen.
type shop struct {
	methods    string
	collection string
	faults     string // of crashes: "execute", "query", "migrate"
	// calls is a contract whose Put every execute calls; its response is then the
	// status of that call, unless it succeeded.
	calls string
	// salt makes codes differ that are the same in all else.
	salt string
}

const (
	putMethod     = "  rpc Put(Request) returns (Response);\n"
	takeMethod    = "  rpc Take(Request) returns (Response);\n"
	getMethod     = "  rpc Get(Request) returns (Response) { option idempotency_level = NO_SIDE_EFFECTS; }\n"
	migrateMethod = "  rpc Migrate(Request) returns (Response) { option (chancery.contract.v1.method) = {migrate: true}; }\n"
	checkMethod   = "  rpc Check(CheckRequest) returns (Response) { option idempotency_level = NO_SIDE_EFFECTS; option (chancery.contract.v1.method) = {post_upgrade: true}; }\n"
	itemsByID     = `message Item {
  option (chancery.contract.v1.collection) = {name: "items" number: 1 key: ["id"]};
  uint64 id = 1;
  uint64 price = 2;
}
`
	itemsByPrice = `message Item {
  option (chancery.contract.v1.collection) = {name: "items" number: 1 key: ["price"]};
  uint64 id = 1;
  uint64 price = 2;
}
`
	itemsIndexed = `message Item {
  option (chancery.contract.v1.collection) = {name: "items" number: 1 key: ["id"] indexes: [{name: "by_price" number: 1 fields: ["price"]}]};
  uint64 id = 1;
  uint64 price = 2;
}
`
	itemsWithNote = `message Item {
  option (chancery.contract.v1.collection) = {name: "items" number: 1 key: ["id"]};
  uint64 id = 1;
  uint64 price = 2;
  string note = 3;
}
`
)

// code is the shop as Wasm.
func (s shop) code(t *testing.T) []byte {
	dir := t.TempDir()
	path := filepath.Join(dir, "proto", "shop", "v1", "shop.proto")
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
	require.NoError(t, os.WriteFile(path, []byte(`syntax = "proto3";
package shop.v1;
import "chancery/contract/v1/options.proto";
option go_package = "example.com/shop";
service ShopService {
  option (chancery.contract.v1.contract) = {title: "Shop"};
`+s.methods+`}
message Request { uint64 id = 1; }
message CheckRequest {}
message Response {}
`+s.collection), 0o644))
	set, _, err := generate.Descriptors(dir, "")
	require.NoError(t, err)

	m := w.New().Memory(1).ExportMemory(abi.ExportMemory)
	kind := m.ImportFunc(abi.Module, "context_int", w.Type(abi.I32)(abi.I64))
	input := m.ImportFunc(abi.Module, "input", w.Type(abi.I32, abi.I32)(abi.I64))
	store := m.ImportFunc(abi.Module, "state_set", w.Type(abi.I32, abi.I32, abi.I32, abi.I32)())
	is := func(k schema.Kind) w.Code {
		return w.Seq(w.I32Const(abi.FieldKind), w.Call(kind), w.I64Const(int64(k)), w.I64Sub, w.I64Eqz)
	}
	var body []w.Code
	for _, k := range []schema.Kind{schema.KindExecute, schema.KindQuery, schema.KindMigrate} {
		if strings.Contains(s.faults, k.String()) {
			body = append(body, is(k), w.If(w.Empty, w.Unreachable))
		}
	}
	body = append(body, is(schema.KindQuery), w.If(w.Empty, w.Return),
		// Memory begins with a zero byte, so that the key of an empty request is not
		// empty. Local 0 is its length.
		w.I32Const(1), w.I32Const(512), w.Call(input), w.I32WrapI64, w.I32Const(1), w.I32Add, w.LocalSet(0),
		w.I32Const(0), w.LocalGet(0), w.I32Const(0), w.LocalGet(0), w.Call(store))
	if s.calls != "" {
		call := m.ImportFunc(abi.Module, "call", w.Type(abi.I32, abi.I32, abi.I32, abi.I32, abi.I32, abi.I32, abi.I64, abi.I32, abi.I32, abi.I32)(abi.I64))
		pending := m.ImportFunc(abi.Module, "read_pending", w.Type(abi.I32, abi.I32)())
		output := m.ImportFunc(abi.Module, "output", w.Type(abi.I32, abi.I32)())
		m.Data(1024, []byte(s.calls))
		m.Data(2048, []byte("Put"))
		body = append(body, is(schema.KindExecute), w.If(w.Empty,
			w.I32Const(1024), w.I32Const(int32(len(s.calls))), w.I32Const(2048), w.I32Const(3), w.I32Const(0), w.LocalGet(0),
			w.I64Const(0), w.I32Const(0), w.I32Const(0), w.I32Const(0), w.Call(call), w.I64Const(0), w.I64LtS,
			w.If(w.Empty, w.I32Const(4096), w.I32Const(2), w.Call(pending), w.I32Const(4096), w.I32Const(2), w.Call(output))))
	}
	if s.salt != "" {
		m.Data(8192, []byte(s.salt))
	}
	return m.ExportFunc(abi.ExportCall, m.Func(w.Void, []byte{abi.I32}, body...)).Custom(abi.SectionDescriptors, set).Bytes()
}

// shops are the codes that stories name.
func shops(t *testing.T) map[string][]byte {
	return map[string][]byte{
		"shop-1":     shop{methods: putMethod + getMethod, collection: itemsByID}.code(t),
		"shop-2":     shop{methods: putMethod + takeMethod + getMethod, collection: itemsWithNote}.code(t),
		"shop-3":     shop{methods: putMethod + takeMethod + getMethod + migrateMethod + checkMethod, collection: itemsWithNote}.code(t),
		"less":       shop{methods: takeMethod + getMethod, collection: itemsByID}.code(t),
		"rekeyed":    shop{methods: putMethod + getMethod + migrateMethod, collection: itemsByPrice}.code(t),
		"no-migrate": shop{methods: putMethod + getMethod, collection: itemsByPrice}.code(t),
		"crashing":   shop{methods: putMethod + getMethod + migrateMethod, collection: itemsByID, faults: "migrate"}.code(t),
		"unsound":    shop{methods: putMethod + getMethod + migrateMethod + checkMethod, collection: itemsByID, faults: "query"}.code(t),
		"caller":     shop{methods: putMethod, collection: itemsByID, calls: "records/shop"}.code(t),
	}
}
