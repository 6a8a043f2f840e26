package generate

import (
	"go/token"
	"strconv"
	"strings"

	"github.com/chancery-chain/chancery/api/schema"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// printState prints the typed collections and the two structs that hold them.
func (p *printer) printState() {
	if len(p.c.Collections) == 0 {
		return
	}
	p.begin("state", "")
	p.f("\n// State is the contract's storage, for executing methods.\ntype %s struct {\n", p.declare("State"))
	for _, c := range p.c.Collections {
		p.f("\t%[1]s %[1]sTable\n", goName(c.Name))
	}
	p.f("}\n\n// NewState returns the storage of the contract that runs.\nfunc %s(ctx *sdk.Ctx) State {\n\tview := NewStateView(ctx.ReadOnly())\n\treturn State{\n", p.declare("NewState"))
	for _, c := range p.c.Collections {
		p.f("\t\t%[1]s: %[1]sTable{view.%[1]s},\n", goName(c.Name))
	}
	p.f("\t}\n}\n\n// StateView is the contract's storage, read only.\ntype %s struct {\n", p.declare("StateView"))
	for _, c := range p.c.Collections {
		p.f("\t%[1]s %[1]sView\n", goName(c.Name))
	}
	p.f("}\n\n// NewStateView returns the storage of the contract that runs.\nfunc %s(ctx *sdk.QueryCtx) StateView {\n\treturn StateView{\n", p.declare("NewStateView"))
	for _, c := range p.c.Collections {
		p.f("\t\t%[1]s: %[1]sView{sdk.NewView[*%[3]s](&%[2]s, ctx)},\n", goName(c.Name), variable(c), p.message(c.Value))
	}
	p.f("\t}\n}\n")
	for i := range p.c.Collections {
		p.about = p.c.Collections[i].Value
		p.printCollection(&p.c.Collections[i])
	}
	p.about = p.c.Descriptor
}

// variable returns the name of the variable that describes a collection.
func variable(c schema.Collection) string {
	name := goName(c.Name)
	return strings.ToLower(name[:1]) + name[1:] + "Collection"
}

func (p *printer) printCollection(c *schema.Collection) {
	p.begin("state", c.Name)
	value := p.message(c.Value)
	table, view := p.declare(goName(c.Name)+"Table"), p.declare(goName(c.Name)+"View")
	p.f("\nvar %s = sdk.Collection{\n\tName: %q,\n\tNumber: %d,\n\tNew: func() sdk.Stored { return new(%s) },\n", p.declare(variable(*c)), c.Name, c.Number, value)
	p.f("\tKey: %s,\n", p.appender(c, c.Key))
	if len(c.Indexes) > 0 {
		p.f("\tIndexes: []sdk.Index{\n")
		for _, index := range c.Indexes {
			unique, line := "", "\n"
			if index.Unique {
				unique = "Unique: true, "
			}
			if len(index.Fields) == 1 {
				line = ""
			}
			p.f("\t\t{%sName: %q, Number: %d, %sParts: %q, Fields: %s%s},\n",
				line, index.Name, index.Number, unique, partCodes(index.Fields), p.appender(c, index.Fields), strings.ReplaceAll(line, "\n", ",\n"))
		}
		p.f("\t},\n")
	}
	p.f("}\n")

	what := "the entries"
	if len(c.Key) == 0 {
		what = "the one value"
	}
	p.f("\n// %[1]s reads %[2]s of collection %[3]q.\ntype %[1]s struct{ view sdk.View[*%[4]s] }\n", view, what, c.Name, value)
	args, key := p.params(c.Key), "c.view.Key()"+p.parts(c.Key, "", "")
	if c.Kind != schema.CollectionSet {
		p.f("\n// Get returns a copy of the entry; ok is false when there is none.\nfunc (c %s) Get(%s) (value *%s, ok bool) {\n\treturn c.view.Lookup(%s)\n}\n", view, args, value, key)
	}
	p.f("\n// Has reports whether there is an entry.\nfunc (c %s) Has(%s) bool {\n\treturn c.view.Contains(%s)\n}\n", view, args, key)
	if len(c.Key) > 0 {
		p.f("\n// All returns all entries in order of their keys.\nfunc (c %s) All() sdk.Range[*%s] {\n\treturn c.view.Entries(c.view.Key())\n}\n", view, value)
	}
	methods := map[string]bool{"Get": true, "Has": true, "All": true, "Set": true, "Delete": true}
	p.printNumbered(c, view, methods)
	for n := 1; n <= len(c.Key); n++ {
		fn := p.prefixName("Under", c.Key, n)
		if n < len(c.Key) {
			methods[fn] = true
			p.f("\n// %s returns the entries with these leading key fields, in order of the others.\nfunc (c %s) %s(%s) sdk.Range[*%s] {\n\treturn c.view.Entries(c.view.Key()%s)\n}\n",
				fn, view, fn, p.params(c.Key[:n]), value, p.parts(c.Key[:n], "", ""))
		}
		if n == 1 {
			fn = ""
		}
		p.printBetween(c, fn, c.Key[:n], "c.view.Entries(c.view.Key()"+p.parts(c.Key[:n-1], "", "")+")", methods)
	}
	for at, index := range c.Indexes {
		p.printIndex(c, at, index, methods)
	}

	p.f("\n// %[1]s reads and writes %[2]s of collection %[3]q.\ntype %[1]s struct{ %[4]s }\n", table, what, c.Name, view)
	p.printSet(c, table)
	if c.Kind == schema.CollectionSequence {
		return
	}
	p.f("\n// Delete removes the entry and reports whether there was one.\nfunc (c %s) Delete(%s) bool {\n\treturn c.view.Table().Remove(c.view.Key()%s)\n}\n", table, args, p.parts(c.Key, "", ""))
}

// appender returns the function that appends fields of a value to a key.
func (p *printer) appender(c *schema.Collection, fields []protoreflect.FieldDescriptor) string {
	if len(fields) == 0 {
		return "func(k sdk.Key, _ sdk.Stored) sdk.Key { return k }"
	}
	if len(fields) == 1 {
		return "func(k sdk.Key, m sdk.Stored) sdk.Key { return k" + p.parts(fields, "m.(*"+p.message(c.Value)+").Get", "()") + " }"
	}
	return "func(k sdk.Key, m sdk.Stored) sdk.Key {\nv := m.(*" + p.message(c.Value) + ")\nreturn k" + p.parts(fields, "v.Get", "()") + "\n}"
}

func hasUnique(c *schema.Collection) bool {
	for _, index := range c.Indexes {
		if index.Unique {
			return true
		}
	}
	return false
}

// printIndex prints the functions of an index: by its first field it has its own
// name, by more of them "And" and the fields are added.
func (p *printer) printIndex(c *schema.Collection, at int, index schema.Index, methods map[string]bool) {
	view, value := goName(c.Name)+"View", p.message(c.Value)
	for n := 1; n <= len(index.Fields); n++ {
		fn := p.prefixName(goName(index.Name), index.Fields, n)
		if methods[fn] {
			p.clash(c.Value, "index "+index.Name+" needs the Go name "+fn+", which another index or a method of collections has", "rename the index")
		}
		methods[fn] = true
		args := p.params(index.Fields[:n])
		prefix := "c.view.IndexKey(" + strconv.Itoa(int(index.Number)) + ")"
		row := prefix + p.parts(index.Fields[:n], "", "")
		if n == len(index.Fields) && index.Unique {
			p.f("\n// %s returns the entry that index %q has for these fields; ok is false when there is none.\nfunc (c %s) %s(%s) (value *%s, ok bool) {\n\treturn c.view.LookupUnique(%s)\n}\n",
				fn, index.Name, view, fn, args, value, row)
			continue
		}
		p.f("\n// %s returns the entries with these fields, in order of index %q.\nfunc (c %s) %s(%s) sdk.Range[*%s] {\n\treturn c.view.Rows(%d, %s)\n}\n",
			fn, index.Name, view, fn, args, value, at, row)
		p.printBetween(c, fn, index.Fields[:n], "c.view.Rows("+strconv.Itoa(at)+", "+prefix+p.parts(index.Fields[:n-1], "", "")+")", methods)
	}
}

// prefixName returns the name of a function that takes the first n fields.
func (p *printer) prefixName(name string, fields []protoreflect.FieldDescriptor, n int) string {
	for _, field := range fields[1:n] {
		name += "And" + goName(string(field.Name()))
	}
	return name
}

// parts returns the calls that append fields to a key; before and after stand
// around the field's name, which is the Go name with before and the parameter's
// without.
func (p *printer) parts(fields []protoreflect.FieldDescriptor, before, after string) string {
	var b strings.Builder
	for _, field := range fields {
		value := param(field)
		if before != "" {
			value = before + p.names[field.FullName()] + after
		}
		if field.Kind() == protoreflect.EnumKind {
			value = "int32(" + value + ")"
		}
		b.WriteString("." + partMethod(field) + "(" + value + ")")
	}
	return b.String()
}

// partMethod returns the method of sdk.Key for a field.
func partMethod(field protoreflect.FieldDescriptor) string {
	switch field.Kind() {
	case protoreflect.StringKind:
		return "String"
	case protoreflect.BytesKind:
		return "Bytes"
	case protoreflect.Uint32Kind, protoreflect.Fixed32Kind:
		return "Uint32"
	case protoreflect.Uint64Kind, protoreflect.Fixed64Kind:
		return "Uint64"
	case protoreflect.Int64Kind, protoreflect.Sint64Kind, protoreflect.Sfixed64Kind:
		return "Int64"
	}
	return "Int32"
}

// partCodes returns what sdk.Index.Parts says about fields.
func partCodes(fields []protoreflect.FieldDescriptor) string {
	codes := ""
	for _, field := range fields {
		switch partMethod(field) {
		case "String", "Bytes":
			codes += "s"
		case "Int64", "Uint64":
			codes += "8"
		default:
			codes += "4"
		}
	}
	return codes
}

// params returns a Go parameter list.
func (p *printer) params(fields []protoreflect.FieldDescriptor) string {
	list := make([]string, len(fields))
	for i, field := range fields {
		typ := map[string]string{
			"String": "string", "Bytes": "[]byte", "Uint32": "uint32", "Uint64": "uint64", "Int32": "int32", "Int64": "int64",
		}[partMethod(field)]
		if field.Kind() == protoreflect.EnumKind {
			typ = p.names[field.Enum().FullName()]
		}
		list[i] = param(field) + " " + typ
	}
	return strings.Join(list, ", ")
}

// param returns the Go parameter name of a field.
func param(field protoreflect.FieldDescriptor) string {
	name := goName(string(field.Name()))
	if name == "" { // a field of underscores alone
		return "field"
	}
	name = strings.ToLower(name[:1]) + name[1:]
	switch {
	case token.IsKeyword(name), name == "c", name == "value", name == "ok", name == "sdk", name == "from", name == "to", name == "added", name == "err",
		name == "string", name == "byte", name == "nil", name == "true", name == "false", strings.HasPrefix(name, "int"), strings.HasPrefix(name, "uint"):
		return name + "Field"
	}
	return name
}
