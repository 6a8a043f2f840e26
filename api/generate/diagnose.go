package generate

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/bufbuild/protocompile"
	"github.com/bufbuild/protocompile/linker"
	"github.com/bufbuild/protocompile/reporter"
	"github.com/chancery-chain/chancery/api/schema"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
)

// maxFaults is the most faults of .proto files that one error names.
const maxFaults = 20

// compileFiles compiles files that lie under root. The error names every fault
// with file, line, column and what to write instead.
func compileFiles(root string, names []string) (linker.Files, error) {
	d := &diagnosis{resolver: &resolver{root: root}}
	compiler := protocompile.Compiler{
		Resolver:       protocompile.WithStandardImports(d.resolver),
		SourceInfoMode: protocompile.SourceInfoStandard,
		Reporter:       reporter.NewReporter(d.note, nil),
		// One at a time: the faults are the same at every run.
		MaxParallelism: 1,
	}
	compiled, err := compiler.Compile(context.Background(), names...)
	var fault reporter.ErrorWithPos
	if errors.As(err, &fault) && len(d.faults) < maxFaults { // an import, which is not reported
		d.faults = append(d.faults, fault)
	}
	if len(d.faults) > 0 {
		return nil, d.error()
	}
	if err != nil {
		return nil, fmt.Errorf("compile %s: %w", root, err)
	}
	return compiled, nil
}

// diagnosis collects what is wrong with .proto files.
type diagnosis struct {
	resolver *resolver
	faults   []reporter.ErrorWithPos
}

// note takes a fault, and ends the compiler's work when there are enough.
func (d *diagnosis) note(err reporter.ErrorWithPos) error {
	d.faults = append(d.faults, err)
	if len(d.faults) == maxFaults {
		return err
	}
	return nil
}

// error returns the faults as one error, in the order in which they were found.
// Where one fault brings others with it, it stands alone.
func (d *diagnosis) error() error {
	var lines []string
	for _, fault := range d.causes() {
		at := fault.GetPosition()
		line := fmt.Sprintf("%s:%d:%d: %v", d.resolver.path(at.Filename), at.Line, at.Col, fault.Unwrap())
		if hint := d.hint(fault); hint != "" {
			line += "; " + hint
		}
		lines = append(lines, line)
	}
	return errors.New(strings.Join(slices.Compact(lines), "\n"))
}

// causes returns the faults without those that follow from others.
func (d *diagnosis) causes() []reporter.ErrorWithPos {
	says := func(text string) func(reporter.ErrorWithPos) bool {
		return func(f reporter.ErrorWithPos) bool { return strings.Contains(f.Unwrap().Error(), text) }
	}
	for _, first := range []func(reporter.ErrorWithPos) bool{
		isMissing,
		says("invalid character"), says("syntax error"), says("proto2 requires"), d.lacksOptions,
	} {
		if i := slices.IndexFunc(d.faults, first); i >= 0 {
			return d.faults[i : i+1]
		}
	}
	return d.faults
}

// isMissing reports whether a fault is an import of a file that is not there.
func isMissing(fault reporter.ErrorWithPos) bool {
	var missing *missingFile
	return errors.As(fault, &missing)
}

// located returns an error about the contract under root with the paths by which
// its files can be opened.
func located(err error, root string) error {
	var invalid *schema.InvalidError
	if !errors.As(err, &invalid) {
		return err
	}
	problems := slices.Clone(invalid.Problems)
	for i, p := range problems {
		if p.File != "" && own(p.File) {
			problems[i].File = filepath.Join(root, filepath.FromSlash(p.File))
			problems[i].Line = max(p.Line, 1) // what is wrong with all of a file
		}
	}
	return &schema.InvalidError{Problems: problems}
}

// What the compiler says, with the words that were written.
var (
	saysNoField     = regexp.MustCompile(`option \(?([\w.]+)\)?(?:\.[\w.]+)?: field (\w+) not found`)
	saysNoFieldOf   = regexp.MustCompile(`field (\w+) of ([\w.]+) does not exist`)
	saysNoValue     = regexp.MustCompile(`enum ([\w.]+) has no value named (\w+)`)
	saysNoExtension = regexp.MustCompile(`unknown extension ([\w.]+)`)
	saysNoType      = regexp.MustCompile(`unknown (?:request |response )?type ([\w.]+)`)
	saysNoText      = regexp.MustCompile(`expecting string, got`)
	saysText        = regexp.MustCompile(`expecting \w+, got string`)
)

// otherHints are what to do about what the compiler says in fixed words.
var otherHints = []struct{ says, hint string }{
	{"proto2 requires", `begin the file with syntax = "proto3";`},
	{"both have the same tag", "give each field its own number, one that was never used"},
	{"both have the same numeric value", "give each value its own number"},
	{"already defined at", "rename one of the two"},
	{"unexpected $end", "a } or a ; is missing before the end"},
	{"syntax error", "see what stands before it, too: a missing ; is noticed behind it"},
	{"invalid character", "names have letters a-z, digits and _; other signs stand in quotes and comments"},
	{"non-repeated option field", "write it once"},
}

// otherTypes are what other languages call the types of protobuf.
var otherTypes = map[string]string{
	"int": "int64", "integer": "int64", "long": "int64", "short": "int32", "uint": "uint64", "number": "int64", "decimal": "int64",
	"text": "string", "str": "string", "varchar": "string", "char": "string", "boolean": "bool", "byte": "bytes", "blob": "bytes",
	"date": "int32", "time": "int64", "datetime": "int64", "timestamp": "int64",
}

// otherOptions are what other languages of rules call our options of fields.
var otherOptions = map[string]string{
	"max_length": "max_bytes", "max_len": "max_bytes", "min_length": "min_bytes", "min_len": "min_bytes", "length": "bytes", "len": "bytes",
	"regex": "pattern", "regexp": "pattern", "format": "code", "gte": "min", "lte": "max", "not_empty": "required",
}

// scalarTypes are the types that contracts use.
var scalarTypes = []string{"string", "bytes", "bool", "int32", "int64", "uint32", "uint64", "sint32", "sint64", "fixed32", "fixed64", "sfixed32", "sfixed64"}

// hint says what to write instead; it may be empty.
func (d *diagnosis) hint(fault reporter.ErrorWithPos) string {
	text := fault.Unwrap().Error()
	var missing *missingFile
	if errors.As(fault, &missing) {
		found, _ := findProtos(d.resolver.root)
		return schema.Meant(missing.name, append(found, optionsPath), "put it there, or take the import out")
	}
	if d.lacksOptions(fault) {
		return `add import "` + optionsPath + `";`
	}
	if m := saysNoField.FindStringSubmatch(text); m != nil {
		return fieldHint(m[2], m[1])
	}
	if m := saysNoFieldOf.FindStringSubmatch(text); m != nil {
		return fieldHint(m[1], m[2])
	}
	if m := saysNoValue.FindStringSubmatch(text); m != nil {
		return valueHint(m[2], m[1])
	}
	if m := saysNoExtension.FindStringSubmatch(text); m != nil {
		const prefix = "chancery.contract.v1."
		var names []string
		for _, name := range []string{"contract", "method", "collection", "event", "field", "oneof", "errors", "error"} {
			names = append(names, prefix+name)
		}
		return schema.Meant(m[1], names, "options of contracts are ("+strings.Join(names, "), (")+")")
	}
	if m := saysNoType.FindStringSubmatch(text); m != nil {
		return d.typeHint(m[1])
	}
	switch {
	case saysNoText.MatchString(text):
		return "put it in quotes"
	case saysText.MatchString(text):
		return "write it without quotes"
	}
	for _, other := range otherHints {
		if strings.Contains(text, other.says) {
			return other.hint
		}
	}
	return ""
}

// lacksOptions reports whether a fault is one of our options in a file that does
// not import them.
func (d *diagnosis) lacksOptions(fault reporter.ErrorWithPos) bool {
	return strings.Contains(fault.Unwrap().Error(), "unknown extension chancery.contract.") &&
		!strings.Contains(d.resolver.read[fault.GetPosition().Filename], `"`+optionsPath+`"`)
}

// fieldHint says which field of an option was meant. Of is the full name of the
// option, or of a message in it.
func fieldHint(word, of string) string {
	d, err := protoregistry.GlobalFiles.FindDescriptorByName(protoreflect.FullName(of))
	if err != nil {
		return ""
	}
	m, ok := d.(protoreflect.MessageDescriptor)
	if field, isField := d.(protoreflect.FieldDescriptor); isField {
		m, ok = field.Message(), field.Message() != nil
	}
	if !ok {
		return ""
	}
	var own, inner []string
	for i := range m.Fields().Len() {
		field := m.Fields().Get(i)
		own = append(own, string(field.Name()))
		if next := field.Message(); next != nil {
			for j := range next.Fields().Len() {
				inner = append(inner, string(next.Fields().Get(j).Name()))
			}
		}
	}
	if other := otherOptions[strings.ToLower(word)]; slices.Contains(own, other) {
		word = other
	}
	return schema.Meant(word, append(slices.Clone(own), inner...), "it has "+strings.Join(own, ", "))
}

// valueHint says which value of an enum was meant.
func valueHint(word, of string) string {
	d, err := protoregistry.GlobalFiles.FindDescriptorByName(protoreflect.FullName(of))
	if err != nil {
		return ""
	}
	e, ok := d.(protoreflect.EnumDescriptor)
	if !ok {
		return ""
	}
	var names, ends []string
	for i := range e.Values().Len() {
		if value := e.Values().Get(i); value.Number() != 0 { // nobody writes what says nothing
			names = append(names, string(value.Name()))
		}
	}
	if len(names) == 0 {
		return ""
	}
	// What all names begin with makes none of them near.
	prefix := names[0][:strings.LastIndexByte(names[0], '_')+1]
	for _, name := range names {
		if !strings.HasPrefix(name, prefix) {
			prefix = ""
		}
	}
	for _, name := range names {
		ends = append(ends, strings.TrimPrefix(name, prefix))
	}
	if near := schema.Nearest(strings.TrimPrefix(strings.ToUpper(word), prefix), ends); near != "" {
		return "did you mean \"" + prefix + near + "\"?"
	}
	return "it has " + strings.Join(names, ", ")
}

// declared finds the messages and enums of a .proto's text.
var declared = regexp.MustCompile(`(?m)^\s*(?:message|enum)\s+(\w+)`)

// typeHint says which type was meant.
func (d *diagnosis) typeHint(word string) string {
	if strings.HasPrefix(word, "google.protobuf.") {
		return "contracts have no types of Google's: use an int64 of unix seconds for a time, and messages of your own for the rest"
	}
	if other := otherTypes[strings.ToLower(word)]; other != "" {
		return "did you mean \"" + other + "\"?"
	}
	names := slices.Clone(scalarTypes)
	for _, file := range d.resolver.order {
		for _, m := range declared.FindAllStringSubmatch(d.resolver.read[file], -1) {
			names = append(names, m[1])
		}
	}
	return schema.Meant(word[strings.LastIndexByte(word, '.')+1:], names, "declare the message, or import its file")
}
