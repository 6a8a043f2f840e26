package generate

import (
	"github.com/chancery-chain/chancery/api/schema"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// printSet prints what stores values, which differs between kinds of collections.
func (p *printer) printSet(c *schema.Collection, table string) {
	value := p.message(c.Value)
	unique := ""
	if hasUnique(c) {
		unique = "// It fails with sdk.CodeDuplicate, and writes nothing, when a unique index has\n// another entry.\n"
	}
	number := ""
	if len(c.Key) == 1 {
		number = p.names[c.Key[0].FullName()]
	}
	switch c.Kind {
	case schema.CollectionSet:
		fields := ""
		for _, field := range c.Key {
			fields += p.names[field.FullName()] + ": " + param(field) + ", "
		}
		p.f("\n// Add puts a key into the set; added is false when it was there.\n%sfunc (c %s) Add(%s) (added bool, err error) {\n\tif c.Has(%s) {\n\t\treturn false, nil\n\t}\n\terr = c.view.Table().Set(&%s{%s})\n\treturn err == nil, err\n}\n",
			unique, table, p.params(c.Key), args(c.Key), value, fields[:len(fields)-2])
	case schema.CollectionSequence:
		p.f("\n// Append stores a value behind the last and returns the number that it gave it.\n%sfunc (c %s) Append(value *%s) (number uint64, err error) {\n\tvalue.%[4]s = c.view.Table().NextNumber()\n\treturn value.%[4]s, c.view.Table().Set(value)\n}\n",
			unique, table, value, number)
		p.f("\n// Set stores a value in place of the one that has its number. It fails with\n// sdk.CodeNoEntry when there is none.\n%sfunc (c %s) Set(value *%s) error {\n\treturn c.view.Table().Replace(value)\n}\n", unique, table, value)
	case schema.CollectionQueue:
		p.f("\n// Push stores a value behind the last and returns the number that it gave it.\n// Numbers are never used again.\n%sfunc (c %s) Push(value *%s) (number uint64, err error) {\n\tvalue.%[4]s = c.view.Table().NextTicket()\n\treturn value.%[4]s, c.view.Table().Push(value, value.%[4]s)\n}\n",
			unique, table, value, number)
		p.f("\n// Pop removes the oldest entry and returns it; ok is false when there is none.\nfunc (c %s) Pop() (value *%s, ok bool) {\n\tif value, ok = c.Peek(); ok {\n\t\tc.Delete(value.%s)\n\t}\n\treturn value, ok\n}\n", table, value, number)
	default:
		p.f("\n// Set stores a value under its key fields, in place of any before.\n%sfunc (c %s) Set(value *%s) error {\n\treturn c.view.Table().Set(value)\n}\n", unique, table, value)
	}
}

// printNumbered prints what only sequences and queues read.
func (p *printer) printNumbered(c *schema.Collection, view string, methods map[string]bool) {
	value := p.message(c.Value)
	switch c.Kind {
	case schema.CollectionSet:
		methods["Add"] = true
	case schema.CollectionSequence:
		methods["Append"], methods["Last"] = true, true
		p.f("\n// Last returns the entry with the largest number; ok is false when there is none.\nfunc (c %s) Last() (value *%s, ok bool) {\n\treturn c.All().Reverse().First()\n}\n", view, value)
	case schema.CollectionQueue:
		methods["Push"], methods["Pop"], methods["Peek"] = true, true, true
		p.f("\n// Peek returns the oldest entry; ok is false when there is none.\nfunc (c %s) Peek() (value *%s, ok bool) {\n\treturn c.All().First()\n}\n", view, value)
	}
}

// printBetween prints a function that takes a range of the last field, when that
// is a number. List is an expression for the range of the leading fields.
func (p *printer) printBetween(c *schema.Collection, fn string, fields []protoreflect.FieldDescriptor, list string, methods map[string]bool) {
	last, leading := fields[len(fields)-1], fields[:len(fields)-1]
	switch partMethod(last) {
	case "String", "Bytes":
		return
	}
	if last.Kind() == protoreflect.EnumKind {
		return
	}
	fn += "Between"
	if methods[fn] {
		p.clash(c.Value, "a range of "+string(last.Name())+" needs the Go name "+fn+", which an index has", "rename the index")
	}
	methods[fn] = true
	params := p.params(leading)
	if params != "" {
		params += ", "
	}
	typ := p.params([]protoreflect.FieldDescriptor{last})[len(param(last))+1:]
	p.f("\n// %[1]s returns the entries whose %[2]s is at least from and less than to.\nfunc (c %[3]s) %[1]s(%[4]sfrom, to %[5]s) sdk.Range[*%[6]s] {\n\treturn %[7]s.Between%[8]s(from, to)\n}\n",
		fn, last.Name(), goName(c.Name)+"View", params, typ, p.message(c.Value), list, partMethod(last))
}

// args returns the parameters of fields as arguments.
func args(fields []protoreflect.FieldDescriptor) string {
	list := ""
	for i, field := range fields {
		if i > 0 {
			list += ", "
		}
		list += param(field)
	}
	return list
}
