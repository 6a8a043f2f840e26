package compat_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chancery-chain/chancery/api/generate"
	"github.com/chancery-chain/chancery/api/schema"
	"github.com/chancery-chain/chancery/api/schema/compat"
	"github.com/stretchr/testify/require"
)

// base is the contract that every row of the table changes.
const base = `syntax = "proto3";
package shop.v1;
import "chancery/contract/v1/options.proto";

service OrderService {
  option (chancery.contract.v1.contract) = {title: "Orders"};
  rpc Init(InitRequest) returns (InitResponse) { option (chancery.contract.v1.method).init = true; }
  rpc Put(PutRequest) returns (PutResponse) { option (chancery.contract.v1.method) = {roles: ["clerk"]}; }
  rpc Get(GetRequest) returns (GetResponse) { option idempotency_level = NO_SIDE_EFFECTS; }
}
message InitRequest { string registrar = 1; }
message InitResponse {}
message PutRequest { string id = 1; Place place = 2; }
message PutResponse {}
message GetRequest { string id = 1; }
message GetResponse { Order order = 1; }
message Place { string city = 1; optional string road = 2; }

message Order {
  option (chancery.contract.v1.collection) = {
    name: "orders" number: 1 key: ["id"]
    indexes: [{name: "by_owner" number: 1 fields: ["owner"]}]
  };
  string id = 1;
  string owner = 2;
  uint32 amount = 3;
  Status status = 4;
  oneof paid { int64 cash = 5; int64 card = 6; }
}
enum Status { STATUS_UNSPECIFIED = 0; STATUS_OPEN = 1; }

message Placed {
  option (chancery.contract.v1.event) = {};
  string id = 1 [(chancery.contract.v1.field).indexed = true];
}
enum Error {
  option (chancery.contract.v1.errors) = {};
  ERROR_UNSPECIFIED = 0;
  ERROR_NONE = 1 [(chancery.contract.v1.error) = {message: "No order {id}." connect_code: "not_found" details: "NoOrder"}];
  ERROR_CLOSED = 2 [(chancery.contract.v1.error) = {message: "Closed."}];
}
message NoOrder { string id = 1; }
`

func parse(t *testing.T, text string) *schema.Contract {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(dir, "proto"), 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "proto", "order.proto"), []byte(text), 0o644))
	_, contract, err := generate.Descriptors(dir, "")
	require.NoError(t, err)
	return contract
}

// replace changes base; each text must stand in it.
func replace(t *testing.T, pairs ...string) string {
	t.Helper()
	text := base
	for i := 0; i < len(pairs); i += 2 {
		require.Contains(t, text, pairs[i])
		text = strings.Replace(text, pairs[i], pairs[i+1], 1)
	}
	return text
}

func lines(findings []compat.Finding) []string {
	list := []string{}
	for _, f := range findings {
		list = append(list, fmt.Sprintf("%s %s: %s", f.Severity, f.Rule, f.Subject))
	}
	return list
}

func TestCompare(t *testing.T) {
	const order = "field shop.v1.Order."
	tests := []struct {
		name   string
		change []string
		want   []string
	}{
		{"nothing", nil, []string{}},
		{"title", []string{`"Orders"`, `"Sales"`}, []string{"compatible title-changed: contract shop.v1.OrderService"}},
		{"service renamed", []string{"service OrderService", "service SaleService"}, []string{"breaking service-renamed: contract shop.v1.OrderService"}},

		{"method removed", []string{"  rpc Get(GetRequest) returns (GetResponse) { option idempotency_level = NO_SIDE_EFFECTS; }\n", ""}, []string{"breaking method-removed: method Get"}},
		{"method added", []string{"  rpc Put(", "  rpc Take(GetRequest) returns (PutResponse);\n  rpc Put("}, []string{"compatible method-added: method Take"}},
		{"method renamed", []string{"rpc Get(", "rpc Read("}, []string{"breaking method-removed: method Get", "compatible method-added: method Read"}},
		{"init removed", []string{"  rpc Init(InitRequest) returns (InitResponse) { option (chancery.contract.v1.method).init = true; }\n", ""}, []string{"compatible method-removed: method Init"}},
		{"init request changed", []string{"message InitRequest { string registrar = 1; }", "message InitRequest {}"}, []string{}},
		{"query became execute", []string{" { option idempotency_level = NO_SIDE_EFFECTS; }", ";"}, []string{"breaking kind-changed: method Get"}},
		{"roles widened", []string{`roles: ["clerk"]`, `roles: ["clerk", "agent"]`}, []string{"breaking roles-widened: method Put"}},
		{"roles taken out", []string{` { option (chancery.contract.v1.method) = {roles: ["clerk"]}; }`, ";"}, []string{"breaking roles-widened: method Put"}},
		{"role of one organisation", []string{`roles: ["clerk"]`, `roles: ["clerk@housing"]`}, []string{"breaking roles-narrowed: method Put"}},
		{"any member of an organisation", []string{`roles: ["clerk"]`, `roles: ["*@housing"]`}, []string{"breaking roles-widened: method Put", "breaking roles-narrowed: method Put"}},
		{"sponsored", []string{`roles: ["clerk"]`, `roles: ["clerk"] sponsored: true`}, []string{"breaking method-option-changed: method Put"}},
		{"became the check of upgrades", []string{"{ option idempotency_level = NO_SIDE_EFFECTS; }", "{ option idempotency_level = NO_SIDE_EFFECTS; option (chancery.contract.v1.method).post_upgrade = true; }", "message GetRequest { string id = 1; }", "message GetRequest {}"},
			[]string{"breaking field-removed: field shop.v1.GetRequest.id", "compatible check-changed: method Get"}},
		{"another role", []string{`roles: ["clerk"]`, `roles: ["agent"]`}, []string{"breaking roles-widened: method Put", "breaking roles-narrowed: method Put"}},

		{"request field removed", []string{"message GetRequest { string id = 1; }", "message GetRequest {}"}, []string{"breaking field-removed: field shop.v1.GetRequest.id"}},
		{"request field renumbered", []string{"message GetRequest { string id = 1; }", "message GetRequest { string id = 2; }"}, []string{"breaking field-renumbered: field shop.v1.GetRequest.id"}},
		{"request field retyped", []string{"message GetRequest { string id = 1; }", "message GetRequest { bytes id = 1; }"}, []string{"breaking field-retyped: field shop.v1.GetRequest.id"}},
		{"request field repeated", []string{"message GetRequest { string id = 1; }", "message GetRequest { repeated string id = 1; }"}, []string{"breaking field-retyped: field shop.v1.GetRequest.id"}},
		{"request field renamed", []string{"message GetRequest { string id = 1; }", "message GetRequest { string key = 1; }"}, []string{"breaking field-renamed: field shop.v1.GetRequest.id"}},
		{"request field added", []string{"message GetRequest { string id = 1; }", "message GetRequest { string id = 1; bool all = 2; }"}, []string{"compatible field-added: field shop.v1.GetRequest.all"}},
		{"request field with a rule added", []string{"message GetRequest { string id = 1; }", "message GetRequest { string id = 1; string by = 2 [(chancery.contract.v1.field).required = true]; }"}, []string{"breaking field-added-with-rule: field shop.v1.GetRequest.by"}},
		{"request field with a harmless rule added", []string{"message GetRequest { string id = 1; }", "message GetRequest { string id = 1; string by = 2 [(chancery.contract.v1.field).max_bytes = 9]; }"}, []string{"compatible field-added: field shop.v1.GetRequest.by"}},
		{"rule of a request stricter", []string{"message GetRequest { string id = 1; }", "message GetRequest { string id = 1 [(chancery.contract.v1.field).max_bytes = 9]; }"}, []string{"breaking field-rule-stricter: field shop.v1.GetRequest.id"}},
		{"rule of an event stricter", []string{"(chancery.contract.v1.field).indexed = true", "(chancery.contract.v1.field) = {indexed: true max_bytes: 9}"}, []string{"compatible field-rule-stricter: field shop.v1.Placed.id"}},
		{"request field with an id added", []string{"message PutRequest { string id = 1;", "message PutRequest { string id = 1; string req = 3 [(chancery.contract.v1.field).request_id = true];"}, []string{"breaking field-added-with-rule: field shop.v1.PutRequest.req"}},
		{"optional request id added", []string{"message PutRequest { string id = 1;", "message PutRequest { string id = 1; optional string req = 3 [(chancery.contract.v1.field).request_id = true];"}, []string{"compatible field-added: field shop.v1.PutRequest.req"}},
		{"request id on a field that is there", []string{"message PutRequest { string id = 1;", "message PutRequest { string id = 1 [(chancery.contract.v1.field).request_id = true];"}, []string{"breaking field-rule-stricter: field shop.v1.PutRequest.id"}},
		{"day added", []string{"message PutRequest { string id = 1;", "message PutRequest { string id = 1; int32 day = 3 [(chancery.contract.v1.field).date = true];"}, []string{"compatible field-added: field shop.v1.PutRequest.day"}},
		{"stored number became a day", []string{"uint32 amount = 3;", "uint32 amount = 3 [(chancery.contract.v1.field).date = true];"}, []string{"breaking field-rule-stricter: " + order + "amount"}},
		{"role of an organisation in the state", []string{`roles: ["clerk"]`, `roles: ["clerk@{shop.org}"]`, "message Placed {", "message Shop {\n option (chancery.contract.v1.collection) = {name: \"shop\" number: 2};\n string org = 1;\n}\nmessage Placed {"},
			[]string{"breaking roles-narrowed: method Put", "compatible collection-added: collection shop"}},
		{"rule of a oneof", []string{"oneof paid {", "oneof paid { option (chancery.contract.v1.oneof).required = true;"}, []string{"breaking oneof-rule-changed: oneof shop.v1.Order.paid"}},
		{"nested field removed", []string{"{ string city = 1;", "{"}, []string{"breaking field-removed: field shop.v1.Place.city"}},
		{"presence removed", []string{"optional string road", "string road"}, []string{"breaking field-presence-removed: field shop.v1.Place.road"}},
		{"presence added", []string{"{ string city", "{ optional string city"}, []string{"compatible field-presence-added: field shop.v1.Place.city"}},
		{"message renamed", []string{"Place place", "Site place", "message Place {", "message Site {"}, []string{}},

		{"stored field removed", []string{"  uint32 amount = 3;\n", ""}, []string{"lossy field-removed: " + order + "amount"}},
		{"stored field retyped", []string{"uint32 amount", "string amount"}, []string{"state-breaking field-retyped: " + order + "amount"}},
		{"stored field renamed, callers read it", []string{"uint32 amount", "uint32 count"}, []string{"breaking field-renamed: " + order + "amount"}},
		{"stored field renamed, nobody reads it", []string{"message GetResponse { Order order = 1; }", "message GetResponse {}", "uint32 amount", "uint32 count"},
			[]string{"breaking field-removed: field shop.v1.GetResponse.order", "compatible field-renamed: " + order + "amount"}},
		{"stored field added", []string{"uint32 amount = 3;", "uint32 amount = 3; string note = 7;"}, []string{"compatible field-added: " + order + "note"}},
		{"out of the oneof", []string{"oneof paid { int64 cash = 5; int64 card = 6; }", "oneof paid { int64 card = 6; } int64 cash = 5;"}, []string{"state-breaking field-oneof-changed: " + order + "cash"}},
		{"enum value removed", []string{"STATUS_OPEN = 1;", ""}, []string{"state-breaking enum-value-removed: enum value shop.v1.STATUS_OPEN"}},
		{"enum value renumbered", []string{"STATUS_OPEN = 1;", "STATUS_OPEN = 2;"}, []string{"state-breaking enum-value-renumbered: enum value shop.v1.STATUS_OPEN"}},
		{"enum value renamed", []string{"STATUS_OPEN = 1;", "STATUS_LIVE = 1;"}, []string{"breaking enum-value-renamed: enum value shop.v1.STATUS_OPEN"}},
		{"enum value added", []string{"STATUS_OPEN = 1;", "STATUS_OPEN = 1; STATUS_DONE = 2;"}, []string{"compatible enum-value-added: enum value shop.v1.STATUS_DONE"}},

		{"collection renumbered", []string{`"orders" number: 1`, `"orders" number: 2`}, []string{"state-breaking collection-renumbered: collection orders"}},
		{"collection renamed", []string{`"orders"`, `"sales"`}, []string{"breaking collection-renamed: collection orders"}},
		{"collection removed", []string{"  option (chancery.contract.v1.collection) = {\n    name: \"orders\" number: 1 key: [\"id\"]\n    indexes: [{name: \"by_owner\" number: 1 fields: [\"owner\"]}]\n  };\n", ""}, []string{"lossy collection-removed: collection orders"}},
		{"collection added", []string{"message Placed {", "message Shop {\n option (chancery.contract.v1.collection) = {name: \"shops\" number: 2 key: [\"id\"]};\n string id = 1;\n}\nmessage Placed {"}, []string{"compatible collection-added: collection shops"}},
		{"re-keyed", []string{`key: ["id"]`, `key: ["owner", "id"]`}, []string{"state-breaking collection-rekeyed: collection orders"}},
		{"key retyped", []string{"  string id = 1;\n  string owner", "  uint64 id = 1;\n  string owner"}, []string{"state-breaking collection-rekeyed: collection orders", "state-breaking field-retyped: " + order + "id"}},
		{"kind spelt out", []string{`number: 1 key:`, `number: 1 kind: COLLECTION_KIND_MAP key:`}, []string{}},
		{"index removed", []string{`    indexes: [{name: "by_owner" number: 1 fields: ["owner"]}]`, ""}, []string{"state-breaking index-removed: collection orders, index by_owner"}},
		{"index added", []string{`fields: ["owner"]}`, `fields: ["owner"]}, {name: "by_status" number: 2 fields: ["status"]}`}, []string{"state-breaking index-added: collection orders, index by_status"}},
		{"index over other fields", []string{`fields: ["owner"]`, `fields: ["owner", "amount"]`}, []string{"state-breaking index-changed: collection orders, index by_owner"}},
		{"index unique", []string{`fields: ["owner"]`, `fields: ["owner"] unique: true`}, []string{"state-breaking index-changed: collection orders, index by_owner"}},
		{"index renamed", []string{`"by_owner"`, `"by_buyer"`}, []string{"compatible index-renamed: collection orders, index by_owner"}},

		{"event removed", []string{"  option (chancery.contract.v1.event) = {};\n  string id = 1 [(chancery.contract.v1.field).indexed = true];", "  string id = 1;"}, []string{"breaking event-removed: event shop.v1.Placed"}},
		{"event not indexed", []string{" [(chancery.contract.v1.field).indexed = true]", ""}, []string{"breaking event-index-removed: event shop.v1.Placed"}},
		{"event field added", []string{"  string id = 1 [", "  string by = 2 [(chancery.contract.v1.field).indexed = true];\n  string id = 1 ["}, []string{"compatible event-index-added: event shop.v1.Placed", "compatible field-added: field shop.v1.Placed.by"}},
		{"event field retyped", []string{"  string id = 1 [", "  uint32 id = 1 ["}, []string{"breaking field-retyped: field shop.v1.Placed.id"}},

		{"error renumbered", []string{"ERROR_CLOSED = 2", "ERROR_CLOSED = 3"}, []string{"breaking error-renumbered: error ERROR_CLOSED"}},
		{"error removed", []string{`  ERROR_CLOSED = 2 [(chancery.contract.v1.error) = {message: "Closed."}];`, ""}, []string{"breaking error-removed: error ERROR_CLOSED"}},
		{"error renamed", []string{"ERROR_CLOSED", "ERROR_SHUT"}, []string{"breaking error-renamed: error ERROR_CLOSED"}},
		{"error added", []string{"  ERROR_CLOSED", "  ERROR_LATE = 3 [(chancery.contract.v1.error) = {message: \"Late.\"}];\n  ERROR_CLOSED"}, []string{"compatible error-added: error ERROR_LATE"}},
		{"error's Connect code", []string{`connect_code: "not_found"`, `connect_code: "internal"`}, []string{"breaking error-connect-code-changed: error ERROR_NONE"}},
		{"error's text", []string{`"Closed."`, `"It is closed."`}, []string{"compatible error-text-changed: error ERROR_CLOSED"}},
		{"error's details gone", []string{`No order {id}." connect_code: "not_found" details: "NoOrder"`, `No order {id}." connect_code: "not_found"`, "No order {id}.", "No order."},
			[]string{"breaking error-details-removed: error ERROR_NONE", "compatible error-text-changed: error ERROR_NONE"}},
		{"error's details added", []string{`"Closed."`, `"Closed." details: "NoOrder"`}, []string{"compatible error-details-added: error ERROR_CLOSED"}},
		{"field of an error's details", []string{"message NoOrder { string id = 1; }", "message NoOrder { int64 id = 1; }"}, []string{"breaking field-retyped: field shop.v1.NoOrder.id"}},
	}
	from := parse(t, base)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			to := parse(t, replace(t, tt.change...))
			findings := compat.Compare(from, to)
			require.Equal(t, tt.want, lines(findings))
			for _, f := range findings {
				require.NotEmpty(t, f.Detail)
			}
			require.Equal(t, findings, compat.Compare(from, to), "the same at every run")
			require.Empty(t, compat.Compare(to, to))
		})
	}
}

// TestStricter changes one rule from a first value to a second and back.
func TestStricter(t *testing.T) {
	tests := []struct{ name, first, second string }{
		{"min_bytes", "min_bytes: 1", "min_bytes: 2"},
		{"max_bytes", "max_bytes: 3", "max_bytes: 2"},
		{"bytes", "", "bytes: 4"},
		{"required", "", "required: true"},
		{"pattern", "", `pattern: "[a-z]{2}"`},
		{"code", "code: [CODE_FORMAT_USCC, CODE_FORMAT_GTIN]", "code: CODE_FORMAT_GTIN"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			with := func(rule string) *schema.Contract {
				return parse(t, replace(t, "message GetRequest { string id = 1; }", "message GetRequest { string id = 1 [(chancery.contract.v1.field) = {"+rule+"}]; }"))
			}
			loose, strict := with(tt.first), with(tt.second)
			const id = ": field shop.v1.GetRequest.id"
			require.Equal(t, []string{"breaking field-rule-stricter" + id}, lines(compat.Compare(loose, strict)))
			require.Equal(t, []string{"compatible field-rule-loosened" + id}, lines(compat.Compare(strict, loose)))
		})
	}
}

func TestWorst(t *testing.T) {
	require.Equal(t, compat.Compatible, compat.Worst(nil))
	require.Equal(t, compat.StateBreaking, compat.Worst([]compat.Finding{{Severity: compat.Breaking}, {Severity: compat.StateBreaking}}))
	require.Equal(t, compat.Lossy, compat.Worst([]compat.Finding{{Severity: compat.Lossy}, {Severity: compat.Breaking}}))
	require.Equal(t, "state-breaking", compat.StateBreaking.String())
}

// TestBounds compares contracts that differ in more than a report holds.
func TestBounds(t *testing.T) {
	var fields strings.Builder
	for i := range 1_200 {
		fmt.Fprintf(&fields, "  string f%d = %d;\n", i, i+10)
	}
	from := parse(t, replace(t, "message GetRequest {", "message GetRequest {\n"+fields.String()))
	findings := compat.Compare(from, parse(t, base))
	require.Len(t, findings, 1_001)
	require.Equal(t, compat.RuleTooComplex, findings[0].Rule)
	require.Equal(t, compat.StateBreaking, findings[0].Severity)
	require.Empty(t, compat.Compare(from, from))
}
