package schema_test

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/bufbuild/protocompile"
	"github.com/bufbuild/protocompile/protoutil"
	contractv1 "github.com/chancery-chain/chancery/api/gen/chancery/contract/v1"
	"github.com/chancery-chain/chancery/api/schema"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"
)

// compile compiles a .proto text to a set with everything that it imports.
func compile(t testing.TB, text string) *descriptorpb.FileDescriptorSet {
	t.Helper()
	resolver := protocompile.ResolverFunc(func(name string) (protocompile.SearchResult, error) {
		switch name {
		case "test.proto":
			return protocompile.SearchResult{Source: strings.NewReader(text)}, nil
		case "chancery/contract/v1/options.proto":
			return protocompile.SearchResult{Desc: contractv1.File_chancery_contract_v1_options_proto}, nil
		}
		return protocompile.SearchResult{}, os.ErrNotExist
	})
	compiler := protocompile.Compiler{Resolver: protocompile.WithStandardImports(resolver), SourceInfoMode: protocompile.SourceInfoStandard}
	files, err := compiler.Compile(context.Background(), "test.proto")
	require.NoError(t, err)
	set := &descriptorpb.FileDescriptorSet{}
	seen := map[string]bool{}
	var add func(file protoreflect.FileDescriptor)
	add = func(file protoreflect.FileDescriptor) {
		if seen[file.Path()] {
			return
		}
		seen[file.Path()] = true
		for i := range file.Imports().Len() {
			add(file.Imports().Get(i).FileDescriptor)
		}
		set.File = append(set.File, protoutil.ProtoFromFileDescriptor(file))
	}
	add(files[0])
	return set
}

func encode(t testing.TB, set *descriptorpb.FileDescriptorSet) []byte {
	t.Helper()
	raw, err := proto.MarshalOptions{Deterministic: true}.Marshal(set)
	require.NoError(t, err)
	return raw
}

// sound is a contract without faults; tests change a line of it.
const sound = `syntax = "proto3";
package test.v1;
import "chancery/contract/v1/options.proto";
service Test {
  option (chancery.contract.v1.contract) = {title: "Test" title_zh: "测试"};
  rpc Start(Req) returns (Resp) { option (chancery.contract.v1.method).init = true; }
  rpc Move(Req) returns (Resp) { option (chancery.contract.v1.method).migrate = true; }
  rpc Do(Req) returns (Resp) { option (chancery.contract.v1.method) = {roles: ["clerk", "judge@court"]}; }
  rpc Ask(Req) returns (Resp) { option idempotency_level = NO_SIDE_EFFECTS; }
}
message Req { string id = 1; repeated Part parts = 2; double weight = 3; }
message Resp { Row row = 1; }
message Part { Part deeper = 1; }
enum Kind { KIND_UNSPECIFIED = 0; KIND_A = 1; }
message Row {
  option (chancery.contract.v1.collection) = {
    name: "rows" number: 7 key: ["id", "n"]
    indexes: [{name: "by_kind" number: 1 fields: ["kind", "big"]}, {name: "by_raw" number: 2 fields: ["raw"] unique: true}]
  };
  string id = 1; sint32 n = 2; Kind kind = 3; uint64 big = 4; bytes raw = 5; Part part = 6; int64 at = 7; uint32 small = 8;
}
message One { option (chancery.contract.v1.collection) = {name: "one" number: 8}; string x = 1; }
message Happened { option (chancery.contract.v1.event) = {}; string id = 1 [(chancery.contract.v1.field).indexed = true]; bool b = 2; }
enum Error {
  option (chancery.contract.v1.errors) = {};
  ERROR_UNSPECIFIED = 0;
  ERROR_TAKEN = 1 [(chancery.contract.v1.error) = {connect_code: "already_exists" message: "{id} is taken by {n}." message_zh: "{id} 已被 {n} 占用。" details: "Taken"}];
  ERROR_OTHER = 59999 [(chancery.contract.v1.error) = {message: "Other."}];
}
message Taken { string id = 1; int64 n = 2; }
`

func parseSound(t testing.TB) *schema.Contract {
	t.Helper()
	c, err := schema.Parse(encode(t, compile(t, sound)))
	require.NoError(t, err)
	return c
}

func TestParse(t *testing.T) {
	c := parseSound(t)
	require.Equal(t, "test.v1.Test", c.Service)
	require.Equal(t, "Test", c.Title)
	require.Equal(t, "测试", c.TitleZH)
	var kinds []schema.Kind
	for _, m := range c.Methods {
		kinds = append(kinds, m.Kind)
		require.Equal(t, protoreflect.FullName("test.v1.Req"), m.Input.FullName())
	}
	require.Equal(t, []schema.Kind{schema.KindInit, schema.KindMigrate, schema.KindExecute, schema.KindQuery}, kinds)
	do, ok := c.Method("Do")
	require.True(t, ok)
	require.Equal(t, []string{"clerk", "judge@court"}, do.Roles)
	_, ok = c.Method("None")
	require.False(t, ok)
	start, ok := c.Special(schema.KindInit)
	require.True(t, ok)
	require.Equal(t, "Start", start.Name)

	rows, ok := c.Collection("rows")
	require.True(t, ok)
	require.EqualValues(t, 7, rows.Number)
	require.Len(t, rows.Key, 2)
	require.Len(t, rows.Indexes, 2)
	require.False(t, rows.Indexes[0].Unique)
	require.True(t, rows.Indexes[1].Unique)
	event, ok := c.Event("test.v1.Happened")
	require.True(t, ok)
	require.Equal(t, []string{"id"}, event.Indexed)

	taken, ok := c.Error(1)
	require.True(t, ok)
	require.Equal(t, "already_exists", taken.ConnectCode)
	details, err := schema.DecodeJSON(taken.Details, []byte(`{"id": "x", "n": "-4"}`))
	require.NoError(t, err)
	require.Equal(t, "x is taken by -4.", taken.Sentence(details, false))
	require.Equal(t, "x 已被 -4 占用。", taken.Sentence(details, true))
	require.Equal(t, "{id} is taken by {n}.", taken.Sentence([]byte{0xff}, false))
	other, ok := c.Error(59999)
	require.True(t, ok)
	require.Equal(t, "failed_precondition", other.ConnectCode)
	require.Equal(t, "Other.", other.Sentence(nil, true), "English where there is no Chinese")
	_, ok = c.Error(2)
	require.False(t, ok)
}

// TestParseRefuses changes one line of the sound contract each time. The line
// number is where the message must point to.
func TestParseRefuses(t *testing.T) {
	tests := []struct {
		name, from, to string
		line           int
		want           string
	}{
		{"not a contract", `option (chancery.contract.v1.contract) = {title: "Test" title_zh: "测试"};`, "", 4, "not declared to be a contract"},
		{"second contract", "message Req {", "service Two { option (chancery.contract.v1.contract) = {}; rpc Do(Req) returns (Resp); }\nmessage Req {", 11, "a second contract"},
		{"method name", "rpc Do(", "rpc do_it(", 8, `method name "do_it"`},
		{"streaming", "rpc Do(Req)", "rpc Do(stream Req)", 8, "cannot stream"},
		{"init and migrate", "method).init = true", "method) = {init: true migrate: true}", 6, "both init and migrate"},
		{"two inits", "method).migrate = true", "method).init = true", 7, "a second init"},
		{"init is a query", "method).init = true;", "method).init = true; option idempotency_level = NO_SIDE_EFFECTS;", 6, "a query does not"},
		{"init with roles", "method).init = true", `method) = {init: true roles: ["clerk"]}`, 6, "take no roles"},
		{"bad role", `"judge@court"`, `"Judge"`, 8, "no role name"},
		{"role twice", `"judge@court"`, `"clerk"`, 8, "stands twice"},
		{"no methods", sound[strings.Index(sound, "  rpc Start"):strings.Index(sound, "}\nmessage Req")], "", 4, "without methods"},
		{"collection number 0", "number: 7", "number: 0", 15, "number from 1 to 65535"},
		{"collection number too large", "number: 7", "number: 65536", 15, "number from 1 to 65535"},
		{"collections share a number", "number: 8}", "number: 7}", 22, `number 7, which collection "rows" has`},
		{"collections share a name", `name: "one"`, `name: "rows"`, 22, "another collection has"},
		{"collection name", `name: "rows"`, `name: "Rows"`, 15, `collection name "Rows"`},
		{"key of no field", `key: ["id", "n"]`, `key: ["id", "none"]`, 15, `field "none"`},
		{"key field twice", `key: ["id", "n"]`, `key: ["id", "id"]`, 15, "twice"},
		{"key of a message", `key: ["id", "n"]`, `key: ["part"]`, 20, "cannot be part of a key"},
		{"optional key", "sint32 n = 2", "optional sint32 n = 2", 20, "cannot be part of a key"},
		{"repeated key", "sint32 n = 2", "repeated sint32 n = 2", 20, "cannot be part of a key"},
		{"bool in an index", "Kind kind = 3", "bool kind = 3", 20, "cannot be part of a key"},
		{"float in state", "int64 at = 7", "double at = 7", 20, "floats have no place"},
		{"float deep in state", "message Part { Part deeper = 1; }", "message Part { Part deeper = 1; float f = 2; }", 13, "floats have no place"},
		{"float in an event", "bool b = 2;", "float b = 2;", 23, "floats have no place"},
		{"map in a request", "double weight = 3;", "map<string, string> m = 3;", 11, "a map has no order"},
		{"index number 0", `name: "by_kind" number: 1`, `name: "by_kind" number: 0`, 15, "number from 1 to 255"},
		{"index number too large", `name: "by_kind" number: 1`, `name: "by_kind" number: 256`, 15, "number from 1 to 255"},
		{"indexes share a number", `name: "by_kind" number: 1`, `name: "by_kind" number: 2`, 15, "another index has"},
		{"indexes share a name", `name: "by_kind"`, `name: "by_raw"`, 15, "another index has"},
		{"index without fields", `fields: ["raw"]`, ``, 15, "has no fields"},
		{"index of one value", `name: "one" number: 8`, `name: "one" number: 8 indexes: [{name: "x" number: 1 fields: ["x"]}]`, 22, "one value has no indexes"},
		{"event and collection", "event) = {};", `event) = {}; option (chancery.contract.v1.collection) = {name: "h" number: 9};`, 23, "both a collection's value and an event"},
		{"nested event", "message Taken {", "message Taken { message In { option (chancery.contract.v1.event) = {}; }", 30, "inside another message"},
		{"indexed message", "bool b = 2;", "Part p = 2 [(chancery.contract.v1.field).indexed = true];", 23, "cannot be found by"},
		{"indexed outside an event", "int64 n = 2;", "int64 n = 2 [(chancery.contract.v1.field).indexed = true];", 30, "indexed is for fields of events"},
		{"error number of the SDK", "ERROR_OTHER = 59999", "ERROR_OTHER = 60000", 28, "1 to 59999"},
		{"negative error number", "ERROR_OTHER = 59999", "ERROR_OTHER = -1", 28, "1 to 59999"},
		{"error 0 described", "ERROR_UNSPECIFIED = 0;", `ERROR_UNSPECIFIED = 0 [(chancery.contract.v1.error) = {message: "x"}];`, 26, "number 0 is no error"},
		{"error without message", `{message: "Other."}`, `{connect_code: "aborted"}`, 28, "needs a message"},
		{"unknown Connect code", `"already_exists"`, `"taken"`, 27, "none of Connect's codes"},
		{"details of no message", `details: "Taken"`, `details: "Token"`, 27, "no message at the top"},
		{"placeholder of no field", "{id} is taken", "{it} is taken", 27, "placeholder {it}"},
		{"two error enums", "message Taken", "enum More { option (chancery.contract.v1.errors) = {}; MORE_NONE = 0; }\nmessage Taken", 30, "a second error enum"},
		{"float in a result", "message Resp { Row row = 1; }", "message Resp { Row row = 1; float f = 2; }", 12, "floats have no place"},
		{"list in state", "int64 at = 7", "repeated int64 at = 7", 20, "a list without a bound"},
		{"list in an event", "bool b = 2;", "repeated bool b = 2;", 23, "a list without a bound"},
		{"list in a result", "message Resp { Row row = 1; }", "message Resp { repeated Row row = 1; }", 12, "a list without a bound"},
		{"list in a result that is no page", "message Resp { Row row = 1; }", "message Resp { repeated Row row = 1; int32 next_page_token = 2; }", 12, "a list without a bound"},
		{"map in a result", "message Resp { Row row = 1; }", "message Resp { map<string, string> m = 1; }", 12, "a map has no order"},
		{"any member without organisation", `"judge@court"`, `"*"`, 8, "no role name"},
		{"init with callers", "method).init = true", "method) = {init: true callers: CALLERS_CONTRACT}", 6, "no callers"},
		{"callers against roles", `"judge@court"]`, `"judge@court"] callers: CALLERS_MEMBER`, 8, "contradict each other"},
		{"account of a tx", `{roles: ["clerk", "judge@court"]}`, `{callers: CALLERS_ACCOUNT}`, 8, "which every tx has"},
		{"unknown callers", `{roles: ["clerk", "judge@court"]}`, `{callers: 9}`, 8, "callers has an unknown value"},
		{"self with roles", `"judge@court"]`, `"judge@court"] callers: CALLERS_SELF`, 8, "CALLERS_SELF is for executing methods without roles"},
		{"query for itself", "option idempotency_level = NO_SIDE_EFFECTS;", "option idempotency_level = NO_SIDE_EFFECTS; option (chancery.contract.v1.method).callers = CALLERS_SELF;", 9, "CALLERS_SELF is for executing methods"},
		{"sponsored query", "option idempotency_level = NO_SIDE_EFFECTS;", "option idempotency_level = NO_SIDE_EFFECTS; option (chancery.contract.v1.method).sponsored = true;", 9, "only executing methods are sponsored"},
		{"sponsored init", "method).init = true", "method) = {init: true sponsored: true}", 6, "only executing methods are sponsored"},
		{"executing check of upgrades", `{roles: ["clerk", "judge@court"]}`, `{post_upgrade: true}`, 8, "is a public query"},
		{"gated check of upgrades", "option idempotency_level = NO_SIDE_EFFECTS;", `option idempotency_level = NO_SIDE_EFFECTS; option (chancery.contract.v1.method) = {post_upgrade: true visibility: VISIBILITY_GATED};`, 9, "is a public query"},
		{"check of upgrades with a request", "option idempotency_level = NO_SIDE_EFFECTS;", "option idempotency_level = NO_SIDE_EFFECTS; option (chancery.contract.v1.method).post_upgrade = true;", 9, "with an empty request"},
		{"two checks of upgrades", "  rpc Ask(Req) returns (Resp) { option idempotency_level = NO_SIDE_EFFECTS; }",
			"  rpc Ask(Req) returns (Resp) { option idempotency_level = NO_SIDE_EFFECTS; option (chancery.contract.v1.method).post_upgrade = true; }\n" +
				"  rpc Again(Req) returns (Resp) { option idempotency_level = NO_SIDE_EFFECTS; option (chancery.contract.v1.method).post_upgrade = true; }", 10, "a second post_upgrade"},
		{"visibility of an execute", `{roles: ["clerk", "judge@court"]}`, `{visibility: VISIBILITY_PUBLIC}`, 8, "visibility is for queries"},
		{"public with roles", "option idempotency_level = NO_SIDE_EFFECTS;", `option idempotency_level = NO_SIDE_EFFECTS; option (chancery.contract.v1.method) = {visibility: VISIBILITY_PUBLIC roles: ["clerk"]};`, 9, "a public query cannot ask"},
		{"item with a key", "number: 7", "number: 7 kind: COLLECTION_KIND_ITEM", 15, "an item has no key"},
		{"map without a key", "number: 8", "number: 8 kind: COLLECTION_KIND_MAP", 22, "a map needs a key"},
		{"set with more than a key", "number: 7", "number: 7 kind: COLLECTION_KIND_SET", 15, "a set has no fields but"},
		{"sequence by text", "number: 7", "number: 7 kind: COLLECTION_KIND_SEQUENCE", 15, "is one uint64 field"},
		{"queue without key", "number: 8", "number: 8 kind: COLLECTION_KIND_QUEUE", 22, "is one uint64 field"},
		{"unknown kind", "number: 8", "number: 8 kind: 9", 22, "kind has an unknown value"},
		{"lengths of a number", "int64 n = 2;", "int64 n = 2 [(chancery.contract.v1.field).max_bytes = 3];", 30, "are for text and bytes"},
		{"exact and least length", "Taken { string id = 1;", "Taken { string id = 1 [(chancery.contract.v1.field) = {bytes: 3 min_bytes: 1}];", 30, "says the exact length"},
		{"length 0", "Taken { string id = 1;", "Taken { string id = 1 [(chancery.contract.v1.field).bytes = 0];", 30, "a length of 0"},
		{"lengths crossed", "Taken { string id = 1;", "Taken { string id = 1 [(chancery.contract.v1.field) = {min_bytes: 3 max_bytes: 2}];", 30, "min_bytes is more"},
		{"range of text", "Taken { string id = 1;", "Taken { string id = 1 [(chancery.contract.v1.field).min = 3];", 30, "are for integers"},
		{"range crossed", "int64 n = 2;", "int64 n = 2 [(chancery.contract.v1.field) = {min: 3 max: 2}];", 30, "min is more"},
		{"range beyond type", "int64 n = 2;", "uint32 n = 2 [(chancery.contract.v1.field).max = 4294967296];", 30, "beyond what a field"},
		{"negative of unsigned", "int64 n = 2;", "uint64 n = 2 [(chancery.contract.v1.field).min = -1];", 30, "beyond what a field"},
		{"pattern of a number", "int64 n = 2;", `int64 n = 2 [(chancery.contract.v1.field).pattern = "[0-9]+"];`, 30, "a pattern is for text"},
		{"bad pattern", "Taken { string id = 1;", `Taken { string id = 1 [(chancery.contract.v1.field).pattern = "(a|b)"];`, 30, "no meaning here"},
		{"pattern that goes back", "Taken { string id = 1;", `Taken { string id = 1 [(chancery.contract.v1.field).pattern = "[a-z]*a"];`, 30, "characters in common"},
		{"code of bytes", "bytes raw = 5;", "bytes raw = 5 [(chancery.contract.v1.field).code = CODE_FORMAT_USCC];", 20, "code is for text"},
		{"code and pattern", "Taken { string id = 1;", `Taken { string id = 1 [(chancery.contract.v1.field) = {code: CODE_FORMAT_USCC pattern: "a"}];`, 30, "code says all"},
		{"code twice", "Taken { string id = 1;", `Taken { string id = 1 [(chancery.contract.v1.field) = {code: [CODE_FORMAT_USCC, CODE_FORMAT_USCC]}];`, 30, "code names a format twice"},
		{"defined text", "Taken { string id = 1;", "Taken { string id = 1 [(chancery.contract.v1.field).defined = true];", 30, "defined is for enums"},
		{"defined and required", "Kind kind = 3;", "Kind kind = 3 [(chancery.contract.v1.field) = {defined: true required: true}];", 20, "required says more"},
		{"items of no list", "Taken { string id = 1;", "Taken { string id = 1 [(chancery.contract.v1.field).max_items = 3];", 30, "are for lists"},
		{"no items", "repeated Part parts = 2;", "repeated Part parts = 2 [(chancery.contract.v1.field).max_items = 0];", 11, "max_items is 1 to"},
		{"required bool", "bool b = 2;", "bool b = 2 [(chancery.contract.v1.field).required = true];", 23, "must be true says nothing"},
		{"required in a oneof", "Taken { string id = 1;", "Taken { string id = 1; oneof o { string a = 3 [(chancery.contract.v1.field).required = true]; }", 30, "a field of a oneof"},
		{"role of no collection", `"judge@court"`, `"judge@{none.x}"`, 8, "no text field of an item"},
		{"role of a map", `"judge@court"`, `"judge@{rows.id}"`, 8, "no text field of an item"},
		{"role of no field", `"judge@court"`, `"judge@{one.y}"`, 8, "no text field of an item"},
		{"role of half a place", `"judge@court"`, `"judge@{one}"`, 8, "no role name"},
		{"id of a query", "message Req { string id = 1;", "message Req { string id = 1 [(chancery.contract.v1.field).request_id = true];", 11, "request_id is for executing methods"},
		{"id of no request", "Taken { string id = 1;", "Taken { string id = 1 [(chancery.contract.v1.field).request_id = true];", 30, "request of an executing method itself"},
		{"two ids", "Taken { string id = 1;", "Taken { string id = 1 [(chancery.contract.v1.field).request_id = true]; string id2 = 3 [(chancery.contract.v1.field).request_id = true];", 30, "a second request_id"},
		{"id that is a number", "int64 n = 2;", "int64 n = 2 [(chancery.contract.v1.field).request_id = true];", 30, "request_id is for text"},
		{"id with a pattern", "Taken { string id = 1;", `Taken { string id = 1 [(chancery.contract.v1.field) = {request_id: true pattern: "a"}];`, 30, "request_id says all"},
		{"day that is text", "Taken { string id = 1;", "Taken { string id = 1 [(chancery.contract.v1.field).date = true];", 30, "are for integers"},
		{"day that is an enum", "Kind kind = 3;", "Kind kind = 3 [(chancery.contract.v1.field).date = true];", 20, "are for integers"},
		{"day and month", "int64 n = 2;", "int64 n = 2 [(chancery.contract.v1.field) = {date: true month: true}];", 30, "contradict each other"},
		{"day with a range", "int64 n = 2;", "int64 n = 2 [(chancery.contract.v1.field) = {date: true min: 20200101}];", 30, "min and max count days"},
		{"short time", "int64 n = 2;", "uint32 n = 2 [(chancery.contract.v1.field).time = true];", 30, "after the year 2038"},
		{"range of no field", "int64 n = 2;", `int64 n = 2 [(chancery.contract.v1.field).not_before = "m"];`, 30, "no integer field"},
		{"range of itself", "int64 n = 2;", `int64 n = 2 [(chancery.contract.v1.field).not_before = "n"];`, 30, "no integer field"},
		{"range of text", "int64 n = 2;", `int64 n = 2 [(chancery.contract.v1.field).not_before = "id"];`, 30, "no integer field"},
		{"range of a list", "int64 n = 2;", `repeated int64 n = 2 [(chancery.contract.v1.field) = {max_items: 2 not_before: "id"}];`, 30, "not_before is for integers"},
		{"unsigned range", "int64 n = 2;", `int64 n = 2; uint64 to = 3 [(chancery.contract.v1.field).not_before = "n"];`, 30, "signed 64-bit integers"},
		{"proto2", `syntax = "proto3";`, `edition = "2023";`, 0, "are proto3"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			require.Contains(t, sound, tt.from)
			_, err := schema.Parse(encode(t, compile(t, strings.Replace(sound, tt.from, tt.to, 1))))
			var invalid *schema.InvalidError
			require.ErrorAs(t, err, &invalid)
			found := false
			for _, p := range invalid.Problems {
				require.NotEmpty(t, p.Hint, p)
				found = found || strings.Contains(p.Text, tt.want) && p.File == "test.proto" && p.Line == tt.line
			}
			require.True(t, found, "want %q at line %d, got:\n%v", tt.want, tt.line, err)
		})
	}
}

// TestParseOptions reads every option back.
func TestParseOptions(t *testing.T) {
	text := strings.NewReplacer(
		`title_zh: "测试"}`, `title_zh: "测试" description: "Tests." description_zh: "用于测试。"}`,
		`roles: ["clerk", "judge@court"]`, `roles: ["*@court"] callers: CALLERS_CONTRACT sponsored: true`,
		"NO_SIDE_EFFECTS; }", "NO_SIDE_EFFECTS; option (chancery.contract.v1.method).visibility = VISIBILITY_GATED; }\n"+
			"rpc Free(Req) returns (Resp) { option idempotency_level = NO_SIDE_EFFECTS; }\n"+
			"rpc Mine(Req) returns (Resp) { option idempotency_level = NO_SIDE_EFFECTS; option (chancery.contract.v1.method).callers = CALLERS_ACCOUNT; }",
		"message Resp { Row row = 1; }", "message Resp { repeated Row row = 1; string next_page_token = 2; }",
		"message Taken", `message Member { option (chancery.contract.v1.collection) = {name: "members" number: 9 kind: COLLECTION_KIND_SET key: ["id"]}; string id = 1; }
message Entry { option (chancery.contract.v1.collection) = {name: "entries" number: 10 kind: COLLECTION_KIND_SEQUENCE key: ["n"]}; uint64 n = 1; repeated string tags = 2 [(chancery.contract.v1.field) = {max_items: 3 max_bytes: 9}]; }
message Work { option (chancery.contract.v1.collection) = {name: "work" number: 11 kind: COLLECTION_KIND_QUEUE key: ["n"]}; uint64 n = 1; oneof what { option (chancery.contract.v1.oneof).required = true; string a = 2; string b = 3; } }
message Taken`).Replace(sound)
	c, err := schema.Parse(encode(t, compile(t, text)))
	require.NoError(t, err)
	require.Equal(t, "Tests.", c.Description)
	require.Equal(t, "用于测试。", c.DescriptionZH)
	do, _ := c.Method("Do")
	require.Equal(t, schema.CallersContract, do.Callers)
	require.True(t, do.Sponsored)
	for name, gated := range map[string]bool{"Do": false, "Ask": true, "Free": false, "Mine": true} {
		m, ok := c.Method(name)
		require.True(t, ok)
		require.Equal(t, gated, m.Gated, name)
	}
	kinds := map[string]schema.CollectionKind{}
	for _, col := range c.Collections {
		kinds[col.Name] = col.Kind
	}
	require.Equal(t, map[string]schema.CollectionKind{
		"rows": schema.CollectionMap, "one": schema.CollectionItem, "members": schema.CollectionSet,
		"entries": schema.CollectionSequence, "work": schema.CollectionQueue,
	}, kinds)
	entries, _ := c.Collection("entries")
	rules := schema.RulesOf(entries.Value.Fields().ByName("tags"))
	require.Equal(t, uint32(3), rules.GetMaxItems())
	require.Equal(t, uint32(9), rules.GetMaxBytes())
	work, _ := c.Collection("work")
	require.True(t, schema.OneofRequired(work.Value.Oneofs().ByName("what")))
}

func TestParseReportsAll(t *testing.T) {
	text := strings.NewReplacer("number: 7", "number: 0", `"Judge"`, "", "int64 at = 7", "double at = 7", "stream", "").Replace(sound)
	_, err := schema.Parse(encode(t, compile(t, text)))
	var invalid *schema.InvalidError
	require.ErrorAs(t, err, &invalid)
	require.Len(t, invalid.Problems, 2)
	require.Contains(t, err.Error(), "test.proto:15: test.v1.Row: a collection needs a number from 1 to 65535; take the next")
}

func TestParseGoogleTypes(t *testing.T) {
	text := strings.Replace(sound, `import "chancery`, "import \"google/protobuf/timestamp.proto\";\nimport \"chancery", 1)
	text = strings.Replace(text, "double weight = 3;", "google.protobuf.Timestamp t = 3;", 1)
	_, err := schema.Parse(encode(t, compile(t, text)))
	require.ErrorContains(t, err, "contracts cannot use Google's message types")
}

func TestParseNotSet(t *testing.T) {
	good := compile(t, sound)
	without := proto.CloneOf(good)
	without.File = without.File[1:]
	twice := proto.CloneOf(good)
	twice.File = append(twice.File, twice.File[0])
	crowded := &descriptorpb.FileDescriptorSet{}
	for range 65 {
		crowded.File = append(crowded.File, &descriptorpb.FileDescriptorProto{})
	}
	wide := &descriptorpb.FileDescriptorProto{Name: proto.String("w"), MessageType: make([]*descriptorpb.DescriptorProto, 2001)}
	for i := range wide.MessageType {
		wide.MessageType[i] = &descriptorpb.DescriptorProto{}
	}
	tests := []struct {
		name string
		set  []byte
	}{
		{"no encoding", []byte("\xff\xff\xff")},
		{"too large", make([]byte, schema.MaxSetBytes+1)},
		{"import missing", encode(t, without)},
		{"file twice", encode(t, twice)},
		{"too many files", encode(t, crowded)},
		{"too many messages", encode(t, &descriptorpb.FileDescriptorSet{File: []*descriptorpb.FileDescriptorProto{wide}})},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := schema.Parse(tt.set)
			require.ErrorIs(t, err, schema.ErrNotSet)
		})
	}
	_, err := schema.Parse(nil)
	require.ErrorContains(t, err, "no service is declared to be a contract")
}

func TestJSON(t *testing.T) {
	c := parseSound(t)
	raw, err := c.RequestFromJSON("Ask", []byte(`{"id": "a", "parts": [{"deeper": {}}], "weight": 1.5}`))
	require.NoError(t, err)
	m, _ := c.Method("Ask")
	text, err := schema.EncodeJSON(m.Input, raw)
	require.NoError(t, err)
	require.JSONEq(t, `{"id": "a", "parts": [{"deeper": {"deeper": null}}], "weight": 1.5}`, strings.ReplaceAll(string(text), `"deeper":{}`, `"deeper":{"deeper":null}`))

	empty, err := c.RequestFromJSON("Ask", nil)
	require.NoError(t, err)
	require.Empty(t, empty)
	_, err = c.RequestFromJSON("Ask", []byte(`{"nothing": 1}`))
	require.Error(t, err)
	_, err = c.RequestFromJSON("None", nil)
	require.ErrorContains(t, err, `no method "None"`)
	_, err = c.EventToJSON("test.v1.Happened", []byte("\x0a\x01x"))
	require.NoError(t, err)
	_, err = c.EventToJSON("test.v1.Row", nil)
	require.Error(t, err)
	_, err = c.EntryToJSON("rows", []byte("\xff"))
	require.ErrorContains(t, err, "bytes do not decode")
	details, err := c.DetailsToJSON(59999, []byte("x"))
	require.NoError(t, err)
	require.Nil(t, details)
}

// FuzzParse feeds hostile sets. The same bytes must give the same answer, and
// whatever is accepted must keep its promises.
func FuzzParse(f *testing.F) {
	f.Add(encode(f, compile(f, sound)))
	for _, part := range []string{"option (chancery.contract.v1.contract) = {title: \"Test\" title_zh: \"测试\"};", "number: 7", "repeated Part parts = 2;"} {
		f.Add(encode(f, compile(f, strings.Replace(sound, part, "", 1))))
	}
	f.Add([]byte("\x0a\x02\x0a\x00"))
	f.Fuzz(func(t *testing.T, set []byte) {
		c, err := schema.Parse(set)
		again, errAgain := schema.Parse(set)
		require.Equal(t, err == nil, errAgain == nil)
		if err != nil {
			require.Equal(t, err.Error(), errAgain.Error())
			var invalid *schema.InvalidError
			require.True(t, errors.Is(err, schema.ErrNotSet) || errors.As(err, &invalid), "%v", err)
			return
		}
		require.Equal(t, c.Service, again.Service)
		require.NotEmpty(t, c.Methods)
		for _, m := range c.Methods {
			_, _ = schema.EncodeJSON(m.Input, []byte("\x0a\x01x\x12\x02\x0a\x00"))
		}
		for _, e := range c.Errors {
			_ = e.Sentence([]byte("\x0a\x01x"), true)
		}
		for _, col := range c.Collections {
			parts := make([]string, len(col.Key))
			for i := range parts {
				parts[i] = "00"
			}
			if key, err := col.EntryKey(parts); err == nil {
				_, _, ok := c.ParseKey(key)
				require.True(t, ok)
			}
		}
	})
}
