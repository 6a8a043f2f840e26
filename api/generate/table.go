package generate

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/aperturerobotics/protobuf-go-lite/compiler/protogen"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// The message generator makes the Go types. What encodes and decodes them is a
// table per message, which package wire of the SDK reads: code that is written
// out for each field takes two to three KB of Wasm for it, and a contract with a
// hundred messages would not fit the chain's limits. FuzzMessages holds the
// result to Google's decoder.

// unused are parts of the types that only other encoders look at: struct tags,
// which would stay in the Wasm, and two methods.
var unused = []*regexp.Regexp{
	regexp.MustCompile("(?m)[ \t]*`protobuf[^`]*`$"),
	regexp.MustCompile(`(?m)^func \(x \*\w+\) Reset\(\) \{\n\t\*x = \w+\{\}\n\}\n\n`),
	regexp.MustCompile(`(?m)^func \(\*\w+\) ProtoMessage\(\) \{\}\n\n`),
}

// stripped returns the code of messages without what nothing here uses.
func stripped(source string) string {
	for _, pattern := range unused {
		source = pattern.ReplaceAllString(source, "")
	}
	return source
}

// tables prints the tables of the messages of a file.
type tables struct {
	strings.Builder
	// late are the assignments that would make an initialisation refer to itself.
	late []string
}

func (t *tables) f(format string, args ...any) { fmt.Fprintf(&t.Builder, format, args...) }

// withTables returns the code of the messages of a file, with what encodes and
// decodes them.
func withTables(body string, file *protogen.File) string {
	body = documented(stripped(body), file)
	if len(file.Messages) == 0 {
		return withImports(body, nil, nil)
	}
	t := &tables{}
	t.messages(file.Messages)
	if len(t.late) > 0 {
		t.f("\nfunc init() {\n%s}\n", strings.Join(t.late, ""))
	}
	return withImports(body, []string{"unsafe"}, []string{path.Join(sdkPath, "wire")}) + t.String()
}

// wireName returns the name of a message's table.
func wireName(m *protogen.Message) string { return "wire" + m.GoIdent.GoName }

func (t *tables) messages(messages []*protogen.Message) {
	for _, m := range messages {
		if m.Desc.IsMapEntry() {
			continue
		}
		t.message(m)
		t.messages(m.Messages)
	}
}

func (t *tables) message(m *protogen.Message) {
	name, table := m.GoIdent.GoName, wireName(m)
	t.f("\nvar %s = wire.Message{\n\tUnknown: unsafe.Offsetof(%s{}.unknownFields),\n\tNew: func() unsafe.Pointer { return unsafe.Pointer(new(%s)) },\n", table, name, name)
	fields := slices.Clone(m.Fields)
	slices.SortFunc(fields, func(a, b *protogen.Field) int { return int(a.Desc.Number() - b.Desc.Number()) })
	if len(fields) > 0 {
		t.f("\tFields: []wire.Field{\n")
		for i, field := range fields {
			t.field(m, field, i)
		}
		t.f("\t},\n")
	}
	t.f("}\n\n// MarshalVT encodes the message; text that is not UTF-8 is an error.\nfunc (m *%[1]s) MarshalVT() ([]byte, error) {\n\treturn wire.Marshal(unsafe.Pointer(m), &%[2]s)\n}\n\n// UnmarshalVT decodes b into the message, on top of what it holds.\nfunc (m *%[1]s) UnmarshalVT(b []byte) error {\n\treturn wire.Unmarshal(b, unsafe.Pointer(m), &%[2]s)\n}\n\n// UnmarshalStored is UnmarshalVT for what the contract stored: it keeps fields\n// that later code wrote.\nfunc (m *%[1]s) UnmarshalStored(b []byte) error {\n\treturn wire.UnmarshalStored(b, unsafe.Pointer(m), &%[2]s)\n}\n", name, table)
}

// kinds are the names that package wire has for types.
var wireKinds = map[protoreflect.Kind]string{
	protoreflect.BoolKind: "Bool", protoreflect.EnumKind: "Int32",
	protoreflect.Int32Kind: "Int32", protoreflect.Int64Kind: "Int64", protoreflect.Uint32Kind: "Uint32", protoreflect.Uint64Kind: "Uint64",
	protoreflect.Sint32Kind: "Sint32", protoreflect.Sint64Kind: "Sint64",
	protoreflect.Fixed32Kind: "Fixed32", protoreflect.Sfixed32Kind: "Fixed32", protoreflect.FloatKind: "Fixed32",
	protoreflect.Fixed64Kind: "Fixed64", protoreflect.Sfixed64Kind: "Fixed64", protoreflect.DoubleKind: "Fixed64",
	protoreflect.StringKind: "String", protoreflect.BytesKind: "Bytes", protoreflect.MessageKind: "Msg",
}

func (t *tables) field(m *protogen.Message, field *protogen.Field, at int) {
	d := field.Desc
	kind := wireKinds[d.Kind()]
	wireType := map[string]int{"String": 2, "Bytes": 2, "Msg": 2, "Fixed32": 5, "Fixed64": 1}[kind]
	if d.IsList() && d.IsPacked() {
		wireType = 2
	}
	t.f("\t\t{Tag: %d<<3 + %d, Type: wire.%s", d.Number(), wireType, kind)
	oneof := field.Oneof != nil && !field.Oneof.Desc.IsSynthetic()
	switch {
	case oneof:
		t.f(" | wire.Choice")
	case d.IsList() && d.IsPacked():
		t.f(" | wire.Packed")
	case d.IsList():
		t.f(" | wire.List")
	case d.HasPresence() && d.Message() == nil:
		t.f(" | wire.Optional")
	}
	if !oneof {
		t.f(", Offset: unsafe.Offsetof(%s{}.%s)", m.GoIdent.GoName, field.GoName)
	}
	if field.Message != nil {
		if reaches(field.Message, m, map[*protogen.Message]bool{}) {
			t.late = append(t.late, fmt.Sprintf("\t%s.Fields[%d].Message = &%s\n", wireName(m), at, wireName(field.Message)))
		} else {
			t.f(", Message: &%s", wireName(field.Message))
		}
	}
	if oneof {
		of, wrapper := m.GoIdent.GoName, field.GoIdent.GoName
		t.f(", Oneof: &wire.Oneof{\n\t\t\tGet: func(m unsafe.Pointer) unsafe.Pointer {\n\t\t\t\tif v, ok := (*%[1]s)(m).%[2]s.(*%[3]s); ok && v != nil {\n\t\t\t\t\treturn unsafe.Pointer(&v.%[4]s)\n\t\t\t\t}\n\t\t\t\treturn nil\n\t\t\t},\n\t\t\tSet: func(m unsafe.Pointer) unsafe.Pointer {\n\t\t\t\tv := new(%[3]s)\n\t\t\t\t(*%[1]s)(m).%[2]s = v\n\t\t\t\treturn unsafe.Pointer(&v.%[4]s)\n\t\t\t},\n\t\t}",
			of, field.Oneof.GoName, wrapper, field.GoName)
	}
	t.f("},\n")
}

// reaches reports whether a message holds another, however deep, or is it.
func reaches(from, to *protogen.Message, seen map[*protogen.Message]bool) bool {
	if from == to {
		return true
	}
	if seen[from] {
		return false
	}
	seen[from] = true
	for _, field := range from.Fields {
		if field.Message != nil && reaches(field.Message, to, seen) {
			return true
		}
	}
	return false
}
