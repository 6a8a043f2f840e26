package compat

import (
	"slices"

	contractv1 "github.com/chancery-chain/chancery/api/gen/chancery/contract/v1"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// ruleNames are the options of a field that stricter knows.
var ruleNames = []protoreflect.Name{
	"required", "min_bytes", "max_bytes", "bytes", "min", "max", "pattern", "code", "defined", "min_items", "max_items",
	"request_id", "date", "month", "time", "not_before",
}

// rules compares what two fields' values must satisfy. Whoever reads an answer
// does not suffer from rules; whoever writes a request, or sets a stored entry
// again, does from stricter ones.
func (c *comparison) rules(subject string, before, after protoreflect.FieldDescriptor, u use) {
	severity := Breaking
	if u == answer {
		severity = Compatible
	}
	strict := stricter(fieldOptions(before), fieldOptions(after))
	for _, name := range strict {
		c.add(severity, "field-rule-stricter", subject, "option "+name)
	}
	for _, name := range changedOptions(before, after, contractv1.E_Field, "indexed") {
		switch {
		case slices.Contains(strict, name):
		case slices.Contains(ruleNames, protoreflect.Name(name)):
			c.add(Compatible, "field-rule-loosened", subject, "option "+name)
		default:
			c.add(Breaking, "field-option-changed", subject, "option "+name+" is another")
		}
	}
}

// stricter names the rules by which a value that satisfied before may not satisfy
// after.
func stricter(before, after *contractv1.FieldOptions) []string {
	var names []string
	add := func(name string, is bool) {
		if is {
			names = append(names, name)
		}
	}
	add("required", after.GetRequired() && !before.GetRequired())
	add("min_bytes", raised(before.MinBytes, after.MinBytes))
	add("max_bytes", lowered(before.MaxBytes, after.MaxBytes))
	add("bytes", after.Bytes != nil && (before.Bytes == nil || before.GetBytes() != after.GetBytes()))
	add("min", raised(before.Min, after.Min))
	add("max", lowered(before.Max, after.Max))
	add("pattern", after.GetPattern() != "" && after.GetPattern() != before.GetPattern())
	fewer := len(before.GetCode()) == 0
	for _, format := range before.GetCode() {
		fewer = fewer || !slices.Contains(after.GetCode(), format)
	}
	add("code", len(after.GetCode()) > 0 && fewer)
	add("defined", after.GetDefined() && !before.GetDefined())
	add("min_items", raised(before.MinItems, after.MinItems))
	add("max_items", lowered(before.MaxItems, after.MaxItems))
	add("request_id", after.GetRequestId() && !before.GetRequestId())
	add("date", after.GetDate() && !before.GetDate())
	add("month", after.GetMonth() && !before.GetMonth())
	add("time", after.GetTime() && !before.GetTime())
	add("not_before", after.GetNotBefore() != "" && after.GetNotBefore() != before.GetNotBefore())
	return names
}

// raised reports whether a lower bound moved up.
func raised[T uint32 | int64](before, after *T) bool {
	return after != nil && (before == nil || *after > *before)
}

// lowered reports whether an upper bound moved down.
func lowered[T uint32 | int64](before, after *T) bool {
	return after != nil && (before == nil || *after < *before)
}

// brokenByAbsence names the rules that a field which is not there breaks.
func brokenByAbsence(field protoreflect.FieldDescriptor) []string {
	o := fieldOptions(field)
	return slices.DeleteFunc(stricter(&contractv1.FieldOptions{}, o), func(name string) bool {
		if field.HasOptionalKeyword() && name != "required" {
			return true // holds when the field is set
		}
		switch name {
		case "max_bytes", "max_items", "defined", "date", "month", "time", "not_before":
			return true
		case "min":
			return o.GetMin() <= 0
		case "max":
			return o.GetMax() >= 0
		case "min_bytes":
			return o.GetMinBytes() == 0
		case "min_items":
			return o.GetMinItems() == 0
		}
		return false
	})
}

func fieldOptions(f protoreflect.FieldDescriptor) *contractv1.FieldOptions {
	if o, ok := option(f, contractv1.E_Field).Interface().(*contractv1.FieldOptions); ok && o != nil {
		return o
	}
	return &contractv1.FieldOptions{}
}
