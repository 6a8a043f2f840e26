package generate

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/aperturerobotics/protobuf-go-lite/compiler/protogen"
	contractv1 "github.com/chancery-chain/chancery/api/gen/chancery/contract/v1"
	"github.com/chancery-chain/chancery/api/schema"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// codeChecks are the functions of package idcodes for each format.
var codeChecks = map[contractv1.CodeFormat]string{
	contractv1.CodeFormat_CODE_FORMAT_USCC:                "CheckUSCC",
	contractv1.CodeFormat_CODE_FORMAT_ORG_CODE:            "CheckOrgCode",
	contractv1.CodeFormat_CODE_FORMAT_REAL_ESTATE_UNIT:    "CheckUnitNumber",
	contractv1.CodeFormat_CODE_FORMAT_GTIN:                "CheckGTIN",
	contractv1.CodeFormat_CODE_FORMAT_GLN:                 "CheckGLN",
	contractv1.CodeFormat_CODE_FORMAT_SSCC:                "CheckSSCC",
	contractv1.CodeFormat_CODE_FORMAT_AIR_WAYBILL:         "CheckAirWaybill",
	contractv1.CodeFormat_CODE_FORMAT_CONTAINER:           "CheckContainer",
	contractv1.CodeFormat_CODE_FORMAT_CUSTOMS_DECLARATION: "CheckCustomsDeclaration",
	contractv1.CodeFormat_CODE_FORMAT_FISCAL_BILL:         "CheckFiscalBillCode",
	contractv1.CodeFormat_CODE_FORMAT_LICENCE:             "CheckLicenceID",
}

// printRules prints the method CheckRules of each message. It does nothing where
// the message has no rules and holds none that has.
func (p *printer) printRules(plugin *protogen.Plugin) {
	var all, unruled []protoreflect.MessageDescriptor
	var add func(list []*protogen.Message)
	add = func(list []*protogen.Message) {
		for _, m := range list {
			// The plugin's descriptors do not know our options; the schema's do.
			if d, err := p.c.Files.FindDescriptorByName(m.Desc.FullName()); err == nil {
				all = append(all, d.(protoreflect.MessageDescriptor))
			}
			add(m.Messages)
		}
	}
	for _, file := range plugin.Files {
		add(file.Messages)
	}
	p.ruled = ruledMessages(all)
	responses := p.responses()
	for _, m := range all {
		p.checkRulesName(m)
		switch {
		case m.IsMapEntry():
		case responses[m.FullName()] && !hasLists(m), !p.ruled[m.FullName()]:
			unruled = append(unruled, m)
		default:
			p.begin("rules", protoBase(m.ParentFile()))
			p.printMessageRules(m, responses[m.FullName()])
		}
	}
	if len(unruled) > 0 {
		p.begin("rules", "")
		p.f("\n// Messages without rules, and responses without bounds of lists.\n\n")
	}
	for _, m := range unruled {
		p.f("func (*%s) CheckRules(*sdk.Rules) {}\n", p.message(m))
	}
}

// responses returns the messages that are answers and nothing else: neither
// requests, nor in them, in state or in events. Of these the SDK checks the bounds
// of their own lists alone.
func (p *printer) responses() map[protoreflect.FullName]bool {
	checked, only := map[protoreflect.FullName]bool{}, map[protoreflect.FullName]bool{}
	var add func(m protoreflect.MessageDescriptor)
	add = func(m protoreflect.MessageDescriptor) {
		if checked[m.FullName()] {
			return
		}
		checked[m.FullName()] = true
		for i := range m.Fields().Len() {
			if next := m.Fields().Get(i).Message(); next != nil {
				add(next)
			}
		}
	}
	for _, c := range p.c.Collections {
		add(c.Value)
	}
	for _, e := range p.c.Events {
		add(e.Descriptor)
	}
	for _, m := range p.c.Methods {
		add(m.Input)
	}
	for _, m := range p.c.Methods {
		if !checked[m.Output.FullName()] {
			only[m.Output.FullName()] = true
		}
	}
	return only
}

// hasLists reports whether a list of the message itself has a bound.
func hasLists(m protoreflect.MessageDescriptor) bool {
	for i := range m.Fields().Len() {
		if schema.RulesOf(m.Fields().Get(i)).MaxItems != nil {
			return true
		}
	}
	return false
}

// ruledMessages returns the messages that have rules or hold one that has.
func ruledMessages(messages []protoreflect.MessageDescriptor) map[protoreflect.FullName]bool {
	ruled := map[protoreflect.FullName]bool{}
	for before := -1; before != len(ruled); {
		before = len(ruled)
		for _, m := range messages {
			if hasRules(m, ruled) {
				ruled[m.FullName()] = true
			}
		}
	}
	return ruled
}

func hasRules(m protoreflect.MessageDescriptor, ruled map[protoreflect.FullName]bool) bool {
	for i := range m.Oneofs().Len() {
		if schema.OneofRequired(m.Oneofs().Get(i)) {
			return true
		}
	}
	for i := range m.Fields().Len() {
		field := m.Fields().Get(i)
		if next := field.Message(); next != nil && ruled[next.FullName()] {
			return true
		}
		o := schema.RulesOf(field)
		if o.Required || o.Defined || o.RequestId || o.Date || o.Month || o.Time || o.NotBefore != "" || o.Pattern != "" || len(o.Code) > 0 || o.MinBytes != nil || o.MaxBytes != nil || o.Bytes != nil ||
			o.Min != nil || o.Max != nil || o.MinItems != nil || o.MaxItems != nil {
			return true
		}
	}
	return false
}

// checkRulesName refuses a field whose Go name is that of the method.
func (p *printer) checkRulesName(m protoreflect.MessageDescriptor) {
	if p.hasField(m, "CheckRules") {
		p.clash(m, "generated code needs the Go name CheckRules for a method of the message", "rename the field")
	}
}

// printMessageRules prints the method of one message; with response, only what is
// checked of responses.
func (p *printer) printMessageRules(m protoreflect.MessageDescriptor, response bool) {
	if response {
		p.f("\n// CheckRules holds the lists to their bounds.\nfunc (m *%s) CheckRules(r *sdk.Rules) {\n", p.message(m))
		for i := range m.Fields().Len() {
			field := m.Fields().Get(i)
			if most := schema.RulesOf(field).MaxItems; most != nil {
				p.f("\tr.MaxItems(%q, len(m.%s), %d)\n", field.Name(), p.names[field.FullName()], *most)
			}
		}
		p.f("}\n")
		return
	}
	p.f("\n// CheckRules holds the fields to their rules.\nfunc (m *%s) CheckRules(r *sdk.Rules) {\n", p.message(m))
	for i := range m.Fields().Len() {
		field := m.Fields().Get(i)
		goName := p.names[field.FullName()]
		if oneof := field.ContainingOneof(); oneof != nil && !oneof.IsSynthetic() {
			if oneof.Fields().Get(0) == field {
				p.printOneofRules(oneof)
			}
			continue
		}
		p.printFieldRules(field, "m."+goName)
		if other := schema.RulesOf(field).NotBefore; other != "" {
			from := m.Fields().ByName(protoreflect.Name(other))
			p.f("\tr.NotBefore(%q, int64(m.Get%s()), %q, int64(m.Get%s()))\n", field.Name(), goName, other, p.names[from.FullName()])
		}
	}
	p.f("}\n")
	if id := schema.RequestID(m); id != nil {
		if p.hasField(m, "RequestID") {
			p.clash(m, "generated code needs the Go name RequestID for a method of the message", "rename the field")
		}
		p.f("\n// RequestID returns the client's id of the request.\nfunc (m *%s) RequestID() string { return m.Get%s() }\n", p.message(m), p.names[id.FullName()])
	}
}

// hasField reports whether a message has a field of that Go name.
func (p *printer) hasField(m protoreflect.MessageDescriptor, name string) bool {
	for i := range m.Fields().Len() {
		if p.names[m.Fields().Get(i).FullName()] == name {
			return true
		}
	}
	return false
}

func (p *printer) printFieldRules(field protoreflect.FieldDescriptor, value string) {
	o, name := schema.RulesOf(field), string(field.Name())
	if field.IsList() {
		if o.Required {
			p.f("\tr.Required(%q, -1, len(%s) > 0)\n", name, value)
		}
		if o.MinItems != nil {
			p.f("\tr.MinItems(%q, len(%s), %d)\n", name, value, *o.MinItems)
		}
		if o.MaxItems != nil {
			p.f("\tr.MaxItems(%q, len(%s), %d)\n", name, value, *o.MaxItems)
		}
		if checks := p.valueRules(field, "v", "i"); len(checks) > 0 {
			p.f("\tfor i, v := range %s {\n%s\t}\n", value, strings.Join(checks, ""))
		}
		return
	}
	present := field.HasOptionalKeyword() || field.Message() != nil
	if o.Required {
		p.f("\tr.Required(%q, -1, %s)\n", name, isSet(field, value, present))
	}
	if !present {
		p.f("%s", strings.Join(p.valueRules(field, value, "-1"), ""))
		return
	}
	inner := value
	if field.Message() == nil && field.Kind() != protoreflect.BytesKind {
		inner = "*" + value
	}
	if checks := p.valueRules(field, inner, "-1"); len(checks) > 0 {
		p.f("\tif %s != nil {\n%s\t}\n", value, strings.Join(checks, ""))
	}
}

func (p *printer) printOneofRules(oneof protoreflect.OneofDescriptor) {
	value := "m." + p.names[oneof.FullName()]
	if schema.OneofRequired(oneof) {
		p.f("\tr.Required(%q, -1, %s != nil)\n", oneof.Name(), value)
	}
	var cases strings.Builder
	for i := range oneof.Fields().Len() {
		field := oneof.Fields().Get(i)
		inner := "v." + p.names[field.FullName()]
		checks := p.valueRules(field, inner, "-1")
		if len(checks) == 0 {
			continue
		}
		body := strings.Join(checks, "")
		if field.Message() != nil {
			body = "\tif " + inner + " != nil {\n" + body + "\t}\n"
		}
		fmt.Fprintf(&cases, "\tcase *%s:\n%s", p.names[field.FullName()+wrapper], body)
	}
	if cases.Len() > 0 {
		p.f("\tswitch v := %s.(type) {\n%s\t}\n", value, cases.String())
	}
}

// isSet returns a Go expression that is true when a field is set.
func isSet(field protoreflect.FieldDescriptor, value string, present bool) string {
	switch {
	case present:
		return value + " != nil"
	case field.Kind() == protoreflect.StringKind:
		return value + ` != ""`
	case field.Kind() == protoreflect.BytesKind:
		return "len(" + value + ") > 0"
	case field.Kind() == protoreflect.EnumKind:
		return value + " != 0 && (" + isDefined(field.Enum(), value) + ")"
	}
	return value + " != 0"
}

// isDefined returns a Go expression that is true for the enum's values.
func isDefined(enum protoreflect.EnumDescriptor, value string) string {
	var numbers []int
	for i := range enum.Values().Len() {
		numbers = append(numbers, int(enum.Values().Get(i).Number()))
	}
	slices.Sort(numbers)
	numbers = slices.Compact(numbers)
	var parts []string
	for i := 0; i < len(numbers); {
		j := i
		for j+1 < len(numbers) && numbers[j+1] == numbers[j]+1 {
			j++
		}
		if i == j {
			parts = append(parts, fmt.Sprintf("%s == %d", value, numbers[i]))
		} else {
			parts = append(parts, fmt.Sprintf("%s >= %d && %s <= %d", value, numbers[i], value, numbers[j]))
		}
		i = j + 1
	}
	return strings.Join(parts, " || ")
}

// valueRules returns the Go statements that check one value; at is its place in a
// list.
func (p *printer) valueRules(field protoreflect.FieldDescriptor, value, at string) []string {
	var checks []string
	o := schema.RulesOf(field)
	add := func(fn, format string, args ...any) {
		checks = append(checks, fmt.Sprintf("\tr.%s(%q, %s, "+format+")\n", append([]any{fn, field.Name(), at}, args...)...))
	}
	if next := field.Message(); next != nil {
		if p.ruled[next.FullName()] {
			if at != "-1" {
				checks = append(checks, "\tif v != nil {\n")
			}
			add("In", "%s", value)
			if at != "-1" {
				checks = append(checks, "\t}\n")
			}
		}
		return checks
	}
	if o.Defined {
		add("Defined", "%s", isDefined(field.Enum(), value))
	}
	for _, length := range []struct {
		fn    string
		bound *uint32
	}{{"Bytes", o.Bytes}, {"MinBytes", o.MinBytes}, {"MaxBytes", o.MaxBytes}} {
		if length.bound != nil {
			add(length.fn, "len(%s), %d", value, *length.bound)
		}
	}
	if o.Min != nil || o.Max != nil {
		fn, low, high := bounds(field, o)
		add(fn, "%s(%s), %s, %s", strings.ToLower(fn)+"64", value, low, high)
	}
	if o.Pattern != "" {
		add("Pattern", "%s, %q", value, o.Pattern)
	}
	if o.RequestId {
		add("RequestID", "%s", value)
	}
	for _, calendar := range []struct {
		fn string
		is bool
	}{{"Date", o.Date}, {"Month", o.Month}, {"Time", o.Time}} {
		if calendar.is {
			add(calendar.fn, "int64(%s)", value)
		}
	}
	if len(o.Code) > 0 {
		p.idcodes = true
		var names, fns []string
		for _, format := range o.Code {
			names = append(names, strings.TrimPrefix(format.String(), "CODE_FORMAT_"))
			fns = append(fns, "idcodes."+codeChecks[format])
		}
		add("Code", "%s, %q, %s", value, strings.Join(names, " or "), strings.Join(fns, ", "))
	}
	return checks
}

// bounds returns the function that checks a range, and the range.
func bounds(field protoreflect.FieldDescriptor, o *contractv1.FieldOptions) (fn, low, high string) {
	fn, low, high = "Int", "sdk.NoMin", "sdk.NoMax"
	switch partMethod(field) {
	case "Uint32", "Uint64":
		fn, low, high = "Uint", "0", "1<<64-1"
	}
	if o.Min != nil {
		low = strconv.FormatInt(*o.Min, 10)
	}
	if o.Max != nil {
		high = strconv.FormatInt(*o.Max, 10)
	}
	return fn, low, high
}
