package main

import (
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/chancery-chain/chancery/api/contractbuild"
	"github.com/chancery-chain/chancery/api/schema"
	"github.com/chancery-chain/chancery/cmd/chancery/internal/terminal"
	"google.golang.org/protobuf/reflect/protoreflect"
)

func (c *cli) contractInspect() *cobra.Command {
	var all bool
	cmd := &cobra.Command{
		Use: "inspect FILE.wasm", Short: "Show what code tells about itself, and what it uses of the limits", Args: args(1, 1),
		RunE: func(_ *cobra.Command, args []string) error {
			code, err := os.ReadFile(args[0])
			if err != nil {
				return err
			}
			i, err := contractbuild.Inspect(code)
			if err != nil {
				return fmt.Errorf("%s: %w", args[0], err)
			}
			v, err := verdict(args[0])
			if err != nil {
				return err
			}
			c.term.Fields(append([]terminal.Pair{
				{Name: "service", Value: i.Schema.Service},
				{Name: "title", Value: strings.TrimSpace(i.Schema.Title + "  " + i.Schema.TitleZH)},
				{Name: "code hash", Value: fmt.Sprintf("%x", i.CodeHash)},
				{Name: "size", Value: sizes(i.Size, i.GzipSize)},
				{Name: "built with", Value: i.Data.BuiltWith()},
				{Name: "by", Value: i.Data.Command},
				{Name: "source", Value: i.Data.Source},
				{Name: "SDK", Value: i.Data.SDK},
			}, verdictPairs(v, i.Imports)...)...)
			c.term.Printf("")
			c.printSchema(i.Schema)
			c.term.Printf("")
			c.printLimits(v, all)
			return c.term.Value(map[string]any{
				"service": i.Schema.Service, "code_hash": fmt.Sprintf("%x", i.CodeHash), "size": i.Size, "gzip_size": i.GzipSize,
				"build": i.Data, "imports": i.Imports, "schema": schemaView(i.Schema), "verdict": v,
			})
		},
	}
	cmd.Flags().BoolVar(&all, "limits", false, "list all limits of the chain, not only the nearest")
	return cmd
}

// printSchema writes a contract's methods, collections, events and errors for
// people.
func (c *cli) printSchema(s *schema.Contract) {
	var rows [][]string
	for _, m := range s.Methods {
		rows = append(rows, []string{m.Name, m.Kind.String(), string(m.Input.Name()), string(m.Output.Name()), callers(&m)})
	}
	c.term.Table([]string{"METHOD", "KIND", "REQUEST", "RESPONSE", "CALLERS"}, rows)
	rows = nil
	for _, col := range s.Collections {
		rows = append(rows, []string{fmt.Sprint(col.Number), col.Name, col.Kind.String(), strings.Join(keyFields(&col), ", "), string(col.Value.Name()), indexText(&col)})
	}
	c.term.Printf("")
	c.term.Table([]string{"NUMBER", "COLLECTION", "KIND", "KEY", "VALUE", "INDEXES"}, rows)
	rows = nil
	for _, e := range s.Events {
		rows = append(rows, []string{string(e.Descriptor.Name()), strings.Join(e.Indexed, ", "), e.Name})
	}
	c.term.Printf("")
	c.term.Table([]string{"EVENT", "FOUND BY", "FULL NAME"}, rows)
	rows = nil
	for _, e := range s.Errors {
		rows = append(rows, []string{fmt.Sprint(e.Code), e.Name, e.ConnectCode, e.Message, e.MessageZH})
	}
	c.term.Printf("")
	c.term.Table([]string{"ERROR", "NAME", "CONNECT CODE", "MEANING", "IN CHINESE"}, rows)
}

// callers says who may call a method.
func callers(m *schema.Method) string {
	switch m.Kind {
	case schema.KindInit:
		return "deploy alone"
	case schema.KindMigrate:
		return "upgrade alone"
	}
	var words []string
	switch m.Callers {
	case schema.CallersAccount:
		words = append(words, "any account")
	case schema.CallersMember:
		words = append(words, "any member of an organisation")
	case schema.CallersContract:
		words = append(words, "contracts")
	case schema.CallersSelf:
		words = append(words, "itself, scheduled")
	}
	if len(m.Roles) > 0 {
		words = append(words, strings.Join(m.Roles, ", "))
	}
	if len(words) == 0 {
		words = append(words, "anybody")
	}
	if m.Gated {
		words = append(words, "with a permit")
	}
	if m.PostUpgrade {
		words = append(words, "asked after an upgrade")
	}
	if m.Sponsored {
		words = append(words, "sponsored")
	}
	if field := requestID(m); field != "" {
		words = append(words, "once for each "+field)
	}
	return strings.Join(words, "; ")
}

// requestID returns the name of the field that holds the client's id of a request,
// and "" where the method takes none.
func requestID(m *schema.Method) string {
	if m.Kind != schema.KindExecute {
		return ""
	}
	if field := schema.RequestID(m.Input); field != nil {
		return string(field.Name())
	}
	return ""
}

// indexText lists a collection's indexes: "by_owner(owner, id) unique".
func indexText(col *schema.Collection) string {
	var list []string
	for _, index := range col.Indexes {
		text := index.Name + "(" + strings.Join(fieldNames(index.Fields), ", ") + ")"
		if index.Unique {
			text += " unique"
		}
		list = append(list, text)
	}
	return strings.Join(list, ", ")
}

func fieldNames(fields []protoreflect.FieldDescriptor) []string {
	names := make([]string, 0, len(fields))
	for _, f := range fields {
		names = append(names, string(f.Name()))
	}
	return names
}

func keyFields(col *schema.Collection) []string { return fieldNames(col.Key) }

// schemaView is a schema for programs.
func schemaView(s *schema.Contract) map[string]any {
	methods, collections, events, errs := []any{}, []any{}, []any{}, []any{}
	for _, m := range s.Methods {
		methods = append(methods, map[string]any{
			"name": m.Name, "kind": m.Kind.String(), "request": m.Input.FullName(), "response": m.Output.FullName(), "roles": m.Roles, "callers": callers(&m),
			"gated": m.Gated, "sponsored": m.Sponsored, "post_upgrade": m.PostUpgrade,
			"request_id": requestID(&m),
		})
	}
	for _, col := range s.Collections {
		indexes := []any{}
		for _, index := range col.Indexes {
			indexes = append(indexes, map[string]any{
				"name": index.Name, "number": index.Number, "fields": fieldNames(index.Fields), "unique": index.Unique,
			})
		}
		collections = append(collections, map[string]any{
			"name": col.Name, "number": col.Number, "kind": col.Kind.String(), "key": keyFields(&col), "value": col.Value.FullName(), "indexes": indexes,
		})
	}
	for _, e := range s.Events {
		events = append(events, map[string]any{"name": e.Name, "indexed": e.Indexed})
	}
	for _, e := range s.Errors {
		errs = append(errs, map[string]any{
			"code": e.Code, "name": e.Name, "connect_code": e.ConnectCode, "message": e.Message, "message_zh": e.MessageZH,
		})
	}
	return map[string]any{
		"title": s.Title, "title_zh": s.TitleZH, "methods": methods, "collections": collections, "events": events, "errors": errs,
	}
}
