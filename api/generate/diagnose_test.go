package generate_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chancery-chain/chancery/api/generate"
	"github.com/stretchr/testify/require"
)

// whole is a contract without faults; tests change one place of it.
const whole = `syntax = "proto3";
package test.v1;
import "chancery/contract/v1/options.proto";

service Test {
  option (chancery.contract.v1.contract) = {title: "Test" title_zh: "测试"};
  rpc Start(StartRequest) returns (Empty) { option (chancery.contract.v1.method).init = true; }
  rpc Do(DoRequest) returns (Empty) { option (chancery.contract.v1.method) = {roles: ["clerk@housing"]}; }
  rpc Ask(AskRequest) returns (Row) { option idempotency_level = NO_SIDE_EFFECTS; }
}

message StartRequest {}
message Empty {}
message DoRequest {
  string id = 1 [(chancery.contract.v1.field) = {required: true max_bytes: 64}];
  uint32 amount = 2 [(chancery.contract.v1.field) = {min: 1 max: 9}];
}
message AskRequest { string id = 1; }
message Row {
  option (chancery.contract.v1.collection) = {
    name: "rows" number: 1 key: ["id"]
    indexes: [{name: "by_owner" number: 1 fields: ["owner"]}, {name: "by_at" number: 2 fields: ["at"]}]
  };
  string id = 1;
  string owner = 2;
  int64 at = 3;
}
message Config {
  option (chancery.contract.v1.collection) = {name: "config" number: 2};
  string office = 1;
}
message Done { option (chancery.contract.v1.event) = {}; string id = 1; }
enum Error {
  option (chancery.contract.v1.errors) = {};
  ERROR_UNSPECIFIED = 0;
  ERROR_GONE = 1 [(chancery.contract.v1.error) = {connect_code: "not_found" message: "There is no {id}." message_zh: "没有{id}。" details: "Gone"}];
}
message Gone { string id = 1; }
`

// TestDiagnosis breaks the contract in all ways that a developer might, and asks
// for the line, for what is wrong and for what to write instead.
func TestDiagnosis(t *testing.T) {
	const (
		roles    = `roles: ["clerk@housing"]`
		query    = `option idempotency_level = NO_SIDE_EFFECTS;`
		option   = `import "chancery/contract/v1/options.proto";`
		byAt     = `{name: "by_at" number: 2 fields: ["at"]}`
		at       = `int64 at = 3;`
		maxBytes = `max_bytes: 64`
		gone     = `message Gone { string id = 1; }`
	)
	tests := []struct {
		name, from, to string
		line           int
		text, hint     string
	}{
		// Options that there are not.
		{"option of a method", roles, `role: ["clerk@housing"]`, 8, "field role not found", `did you mean "roles"?`},
		{"option of a method, other letters", roles, roles + " sponsered: true", 8, "field sponsered not found", `did you mean "sponsored"?`},
		{"option of the contract", `title: "Test" title_zh`, `titel: "Test" title_zh`, 6, "field titel not found", `did you mean "title"?`},
		{"option of a collection", `key: ["id"]`, `keys: ["id"]`, 21, "field keys not found", `did you mean "key"?`},
		{"option of an index", byAt, `{name: "by_at" number: 2 field: ["at"]}`, 22, "field field not found", `did you mean "fields"?`},
		{"rule by another name", maxBytes, `max_length: 64`, 15, "field max_length not found", `did you mean "max_bytes"?`},
		{"regex", maxBytes, `regex: "a"`, 15, "field regex not found", `did you mean "pattern"?`},
		{"rule that there is not", maxBytes, `luhn: true`, 15, "field luhn not found", "it has indexed, required,"},
		{"index of an event", `event) = {}; string id = 1;`, `event) = {}; string id = 1 [(chancery.contract.v1.field).index = true];`, 32, "field index of", `did you mean "indexed"?`},
		{"extension", "(chancery.contract.v1.method) = {roles", "(chancery.contract.v1.methods) = {roles", 8, "unknown extension", `did you mean "chancery.contract.v1.method"?`},
		{"extension without import", option, "", 15, "unknown extension", `add import "chancery/contract/v1/options.proto";`},
		{"import", option, `import "chancery/contract/v1/option.proto";`, 3, "there is no file chancery/contract/v1/option.proto", `did you mean "chancery/contract/v1/options.proto"?`},
		{"import of nothing", option, option + ` import "land/v1/parcels.proto";`, 3, "there is no file land/v1/parcels.proto", "put it there"},
		{"value", "NO_SIDE_EFFECTS", "NO_SIDE_EFFECT", 9, "no value named NO_SIDE_EFFECT", `did you mean "NO_SIDE_EFFECTS"?`},
		{"callers", query, "option (chancery.contract.v1.method).callers = CALLERS_MEMBERS;", 9, "no value named", `did you mean "CALLERS_MEMBER"?`},
		{"visibility", query, "option (chancery.contract.v1.method).visibility = GATED;", 9, "no value named", `did you mean "VISIBILITY_GATED"?`},
		{"kind", "number: 1 key", "number: 1 kind: COLLECTION_KIND_LIST key", 21, "no value named", "it has COLLECTION_KIND_ITEM, "},
		{"id-code format", maxBytes, "code: CODE_FORMAT_ISBN", 15, "no value named CODE_FORMAT_ISBN", "it has CODE_FORMAT_USCC, "},
		{"id-code format without prefix", maxBytes, "code: USCC", 15, "no value named USCC", `did you mean "CODE_FORMAT_USCC"?`},
		{"id-code format by number", maxBytes, "code: 99", 15, "one that there is not", "CODE_FORMAT_USCC"},
		{"text without quotes", `title: "Test"`, `title: Test`, 6, "expecting string", "put it in quotes"},
		{"number in quotes", "min: 1", `min: "1"`, 16, "expecting int64", "without quotes"},

		// Options that contradict something.
		{"organisation missing", roles, `roles: ["clerk@"]`, 8, "is no role name", `did you mean "clerk"?`},
		{"role missing", roles, `roles: ["@housing"]`, 8, "is no role name", `"clerk@housing"`},
		{"capital letters", roles, `roles: ["Clerk@Housing"]`, 8, "is no role name", `did you mean "clerk@housing"?`},
		{"underscore", roles, `roles: ["land_clerk"]`, 8, "is no role name", `did you mean "land-clerk"?`},
		{"place of no collection", roles, `roles: ["clerk@{conf.office}"]`, 8, "names no text field of an item", `did you mean "clerk@{config.office}"?`},
		{"place of no field", roles, `roles: ["clerk@{config.ofice}"]`, 8, "names no text field of an item", `did you mean "clerk@{config.office}"?`},
		{"place of nothing near", roles, `roles: ["clerk@{rows.id}"]`, 8, "names no text field of an item", `write "role@{collection.field}"`},
		{"gated execute", roles, "visibility: VISIBILITY_GATED", 8, "visibility is for queries", "add option idempotency_level = NO_SIDE_EFFECTS"},
		{"query that is init", query, query + " option (chancery.contract.v1.method).init = true;", 9, "a query does not", "take out idempotency_level"},
		{"idempotent", "NO_SIDE_EFFECTS", "IDEMPOTENT", 9, "says nothing", "NO_SIDE_EFFECTS for a query"},
		{"collection's number twice", "number: 2}", "number: 1}", 28, `has number 1, which collection "rows" has`, "take 2,"},
		{"index's number twice", `name: "by_at" number: 2`, `name: "by_at" number: 1`, 19, "number 1, which another index has", "take 2,"},
		{"key of no field", `key: ["id"]`, `key: ["ids"]`, 19, `field "ids"`, `did you mean "id"?`},
		{"index of no field", `fields: ["owner"]`, `fields: ["ownr"]`, 19, `field "ownr"`, `did you mean "owner"?`},
		{"index of a bool", at, "bool at = 3;", 26, "cannot be part of a key", "use a string, bytes, integer or enum"},
		{"min above max", "min: 1 max: 9", "min: 9 max: 1", 16, "min is more than max", "swap them"},
		{"min_bytes above max_bytes", maxBytes, "min_bytes: 2 max_bytes: 1", 15, "min_bytes is more", "swap them"},
		{"min of an unsigned field", "min: 1", "min: -1", 16, "beyond what", "change it"},
		{"pattern with groups", maxBytes, `pattern: "(a)"`, 15, `"(" has no meaning`, `write \(`},
		{"pattern with classes of others", maxBytes, `pattern: "\\d+"`, 15, "stands before s or a sign", "write [0-9] for digits"},
		{"pattern that goes back", maxBytes, `pattern: "[a-z]*[a-f]"`, 15, "characters in common", "write for example"},
		{"details of no message", `details: "Gone"`, `details: "Gon"`, 36, `details "Gon"`, `did you mean "Gone"?`},
		{"placeholder of no field", `"There is no {id}."`, `"There is no {ids}."`, 36, "placeholder {ids}", `did you mean "id"?`},
		{"Connect code", `"not_found"`, `"NOT_FOUND"`, 36, "none of Connect's codes", `did you mean "not_found"?`},
		{"Connect code of nothing near", `"not_found"`, `"gone"`, 36, "none of Connect's codes", "they are aborted, already_exists"},
		{"error without Chinese", ` message_zh: "没有{id}。"`, "", 36, "without a Chinese sentence", "add message_zh"},
		{"error without English", ` message: "There is no {id}."`, "", 36, "needs a message", "message: "},
		{"placeholder in one language", "没有{id}。", "没有。", 36, "the Chinese sentence lacks {id}", "put it in"},
		{"placeholder in the other", "no {id}.", "no such thing.", 36, "the English sentence lacks {id}", "put it in"},
		{"title in one language", ` title_zh: "测试"`, "", 5, "a title in English alone", "add title_zh"},
		{"description in the other", `title_zh: "测试"`, `title_zh: "测试" description_zh: "一"`, 5, "a description in Chinese alone", "add description:"},
		{"event and collection", gone, `message Gone { option (chancery.contract.v1.event) = {}; option (chancery.contract.v1.collection) = {name: "g" number: 9}; string id = 1; }`, 38, "both a collection's value and an event", "declare two messages"},
		{"collection's name", `name: "config"`, `name: "配置"`, 28, "collection name", "use a-z, 0-9 and _"},

		// Types that have no place on a chain.
		{"map in state", at, at + " map<string, string> tags = 4;", 26, "a map has no order", "use a repeated message with key and value"},
		{"float in state", at, at + " double area = 4;", 26, "floats have no place", "use an integer of the smallest unit"},
		{"float in an event", "event) = {}; string id = 1;", "event) = {}; float id = 1;", 32, "floats have no place", "use an integer"},
		{"list in state", at, at + " repeated string tags = 4;", 26, "a list without a bound", "max_items"},
		{"list in an event", "event) = {}; string id = 1;", "event) = {}; repeated string id = 1;", 32, "a list without a bound", "max_items"},
		{"list in a result", "message Empty {}", "message Empty { repeated string ids = 1; }", 13, "a list without a bound", "next_page_token"},
		{"Google's type", at, at + " google.protobuf.Timestamp made = 4;", 26, "unknown type google.protobuf.Timestamp", "int64 of unix seconds"},
		{"Google's type, imported", option, option + ` import "google/protobuf/timestamp.proto"; message T { option (chancery.contract.v1.event) = {}; google.protobuf.Timestamp made = 1; }`, 3, "test.v1.T.made: contracts cannot use Google's", "int64 of unix seconds"},
		{"Google's type as request", option + "\n\nservice Test {", `import "google/protobuf/empty.proto"; ` + option + "\n\nservice Test {\n  rpc Now(google.protobuf.Empty) returns (Empty);", 6, "test.v1.Test.Now: contracts cannot use Google's", "messages of your own"},

		// What is not protobuf, or not for Go.
		{"type of no message", "rpc Do(DoRequest)", "rpc Do(DoReqest)", 8, "unknown request type DoReqest", `did you mean "DoRequest"?`},
		{"type of another language", at, "timestamp at = 3;", 26, "unknown type timestamp", `did you mean "int64"?`},
		{"type by another name", "string owner = 2;", "text owner = 2;", 25, "unknown type text", `did you mean "string"?`},
		{"field's number twice", at, "int64 at = 2;", 26, "both have the same tag 2", "give each field its own number"},
		{"error's number twice", "ERROR_GONE = 1", "ERROR_GONE = 0", 36, "same numeric value", "give each value its own number"},
		{"method twice", "rpc Do(", "rpc Ask(", 9, "already defined", "rename one"},
		{"method's name", "rpc Do(", "rpc do_it(", 8, `method name "do_it"`, "begin with a capital letter"},
		{"streaming", "rpc Do(DoRequest)", "rpc Do(stream DoRequest)", 8, "cannot stream", "return a page"},
		{"no brace", gone, "message Gone {", 39, "unexpected $end", "a } or a ; is missing"},
		{"no semicolon", "string owner = 2;", "string owner = 2", 26, "syntax error", "a missing ; is noticed behind it"},
		{"Chinese name", "string office = 1;", "string 办公室 = 1;", 30, "invalid character", "names have letters"},
		{"proto2", `syntax = "proto3";`, `syntax = "proto2";`, 15, "proto2 requires", `begin the file with syntax = "proto3";`},
		{"no syntax", `syntax = "proto3";`, "", 15, "proto2 requires", `begin the file with syntax = "proto3";`},
		{"no package", "package test.v1;", "", 1, "without package", "write for example package"},
		{"field that Go needs", "message AskRequest { string id = 1; }", "message AskRequest { string check_rules = 1; }", 18, "needs the Go name CheckRules", "rename the field"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			require.Contains(t, whole, tt.from)
			dir := folder(t, map[string]string{"go.mod": goMod, "proto/t.proto": strings.Replace(whole, tt.from, tt.to, 1)})
			_, err := generate.Generate(dir, "")
			require.Error(t, err)
			place, found := fmt.Sprintf("%s:%d:", filepath.Join(dir, "proto", "t.proto"), tt.line), false
			for line := range strings.Lines(err.Error()) {
				before, after, _ := strings.Cut(line, tt.text)
				found = found || strings.HasPrefix(line, place) && strings.Contains(line, tt.text) && strings.Contains(before+after, tt.hint)
			}
			require.True(t, found, "want line %d, %q and %q, got:\n%v", tt.line, tt.text, tt.hint, err)
		})
	}
	_, err := generate.Generate(folder(t, map[string]string{"go.mod": goMod, "proto/t.proto": whole}), "")
	require.NoError(t, err)
}

// TestDiagnosisOfAll: one run names every fault, and only what caused others.
func TestDiagnosisOfAll(t *testing.T) {
	tests := []struct {
		name  string
		edit  *strings.Replacer
		lines int
	}{
		{"several options", strings.NewReplacer("roles:", "role:", "max_bytes:", "max_length:", "min: 1", `min: "1"`), 3},
		{"several rules", strings.NewReplacer("clerk@housing", "Clerk", "number: 2}", "number: 0}", "min: 1 max: 9", "min: 9 max: 1"), 3},
		{"no import", strings.NewReplacer(`import "chancery/contract/v1/options.proto";`, ""), 1},
		{"import of nothing", strings.NewReplacer("options.proto", "option.proto"), 1},
		{"syntax", strings.NewReplacer("returns", "return"), 1},
		{"proto2", strings.NewReplacer("proto3", "proto2"), 1},
		{"more than an error names", strings.NewReplacer("message Empty {}", "message Empty {"+strings.Repeat(" Nothing x = 1;", 30)+" }"), 20},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := generate.Generate(folder(t, map[string]string{"go.mod": goMod, "proto/t.proto": tt.edit.Replace(whole)}), "")
			require.Error(t, err)
			require.Len(t, strings.Split(err.Error(), "\n"), tt.lines, "%v", err)
			_, again := generate.Generate(folder(t, map[string]string{"go.mod": goMod, "proto/t.proto": tt.edit.Replace(whole)}), "")
			require.Error(t, again)
		})
	}
}

// TestNamesForOtherSystems: Go would compile such files for another system alone.
func TestNamesForOtherSystems(t *testing.T) {
	for name, refused := range map[string]bool{"plots_linux": true, "plots_amd64": true, "plots_test": false, "plots_wasm": false, "_plots": true, "linux": false} {
		_, err := generate.Generate(folder(t, map[string]string{"go.mod": goMod, "proto/" + name + ".proto": whole}), "")
		if refused {
			require.ErrorContains(t, err, name+".proto:1: ", name)
			require.ErrorContains(t, err, "rename the .proto", name)
		} else {
			require.NoError(t, err, name)
		}
	}
}
