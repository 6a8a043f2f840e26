package schema

import (
	"math"

	contractv1 "github.com/chancery-chain/chancery/api/gen/chancery/contract/v1"
	"github.com/chancery-chain/chancery/contracts-sdk/pattern"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// maxItems is the largest bound of a list.
const maxItems = 100_000

// RulesOf returns the options of a field, empty ones when it declares none.
func RulesOf(field protoreflect.FieldDescriptor) *contractv1.FieldOptions {
	if option, ok := extension[*contractv1.FieldOptions](field, contractv1.E_Field); ok {
		return option
	}
	return &contractv1.FieldOptions{}
}

// OneofRequired reports whether one field of a oneof must be set.
func OneofRequired(oneof protoreflect.OneofDescriptor) bool {
	option, _ := extension[*contractv1.OneofOptions](oneof, contractv1.E_Oneof)
	return option.GetRequired()
}

// checkRules refuses rules that do not fit their field or each other.
func (r *reader) checkRules(field protoreflect.FieldDescriptor, o *contractv1.FieldOptions) {
	r.checkRequired(field, o)
	r.checkLengths(field, o)
	r.checkRange(field, o)
	r.checkCalendar(field, o)
	if o.RequestId {
		r.requestIDs = append(r.requestIDs, field)
	}
	text := field.Kind() == protoreflect.StringKind
	if o.Pattern != "" {
		if !text {
			r.add(field, "a pattern is for text", "take it out, or make the field a string")
		} else if err := pattern.Check(o.Pattern); err != nil {
			r.add(field, "pattern "+quote(o.Pattern)+": "+err.Error(), `write for example "[A-Z]{2}-[0-9]{4,8}"`)
		}
	}
	if len(o.Code) > 0 && (o.Pattern != "" || o.MinBytes != nil || o.MaxBytes != nil || o.Bytes != nil) {
		r.add(field, "code says all about the text", "take out pattern and lengths")
	}
	if o.RequestId && (!text || field.IsList() || inOneof(field)) {
		r.add(field, "request_id is for text that is not repeated and not in a oneof", "take it out, or make the field a string")
	} else if o.RequestId && (o.Required || o.Pattern != "" || len(o.Code) > 0 || o.MinBytes != nil || o.MaxBytes != nil || o.Bytes != nil) {
		r.add(field, "request_id says all about the text", "take out the other rules")
	}
	if len(o.Code) > 0 && !text {
		r.add(field, "code is for text", "take it out, or make the field a string")
	}
	seen := map[contractv1.CodeFormat]bool{}
	for _, format := range o.Code {
		if _, known := contractv1.CodeFormat_name[int32(format)]; !known || format == 0 || seen[format] {
			r.add(field, "code names a format twice or one that there is not", "write for example code: [CODE_FORMAT_USCC]")
		}
		seen[format] = true
	}
	if o.Defined && field.Kind() != protoreflect.EnumKind {
		r.add(field, "defined is for enums", "take it out")
	} else if o.Defined && o.Required && !field.IsList() && !field.HasOptionalKeyword() {
		r.add(field, "required says more than defined", "take defined out")
	}
	if (o.MinItems != nil || o.MaxItems != nil) && !field.IsList() {
		r.add(field, "min_items and max_items are for lists", "take them out, or write repeated")
	} else if o.MaxItems != nil && (o.GetMaxItems() == 0 || o.GetMaxItems() > maxItems || o.GetMaxItems() < o.GetMinItems()) {
		r.add(field, "max_items is 1 to 100000 and not below min_items", "raise or lower it")
	}
}

func (r *reader) checkRequired(field protoreflect.FieldDescriptor, o *contractv1.FieldOptions) {
	switch oneof := field.ContainingOneof(); {
	case !o.Required:
	case oneof != nil && !oneof.IsSynthetic():
		r.add(field, "a field of a oneof cannot be required", "write option (chancery.contract.v1.oneof).required = true in the oneof")
	case field.Kind() == protoreflect.BoolKind && !field.HasOptionalKeyword() && !field.IsList():
		r.add(field, "a bool that must be true says nothing", "take required out, or make the field optional: then it must be set")
	}
}

func (r *reader) checkLengths(field protoreflect.FieldDescriptor, o *contractv1.FieldOptions) {
	switch {
	case o.MinBytes == nil && o.MaxBytes == nil && o.Bytes == nil:
	case field.Kind() != protoreflect.StringKind && field.Kind() != protoreflect.BytesKind:
		r.add(field, "min_bytes, max_bytes and bytes are for text and bytes", "use min and max for integers, min_items and max_items for lists")
	case o.Bytes != nil && (o.MinBytes != nil || o.MaxBytes != nil):
		r.add(field, "bytes says the exact length", "take out min_bytes and max_bytes, or bytes")
	case o.Bytes != nil && o.GetBytes() == 0, o.MaxBytes != nil && o.GetMaxBytes() == 0:
		r.add(field, "a length of 0 leaves nothing to write", "raise it, or take the field out")
	case o.MaxBytes != nil && o.GetMinBytes() > o.GetMaxBytes():
		r.add(field, "min_bytes is more than max_bytes", "swap them, or take one out")
	}
}

// checkRange checks min and max against each other and against what the field's
// type can hold.
func (r *reader) checkRange(field protoreflect.FieldDescriptor, o *contractv1.FieldOptions) {
	if o.Min == nil && o.Max == nil {
		return
	}
	low, high := int64(math.MinInt64), int64(math.MaxInt64)
	switch partOf(field) {
	case partInt32:
		low, high = math.MinInt32, math.MaxInt32
	case partUint32:
		low, high = 0, math.MaxUint32
	case partUint64:
		low = 0
	case partInt64:
	default:
		low = 1 // no integer at all
		high = 0
	}
	switch {
	case low > high || field.Kind() == protoreflect.EnumKind:
		r.add(field, "min and max are for integers", "use min_bytes and max_bytes for text and bytes, min_items and max_items for lists")
	case o.Min != nil && (o.GetMin() < low || o.GetMin() > high), o.Max != nil && (o.GetMax() < low || o.GetMax() > high):
		r.add(field, "min or max is beyond what a field of this type holds", "change it, or take it out")
	case o.Min != nil && o.Max != nil && o.GetMin() > o.GetMax():
		r.add(field, "min is more than max", "swap them, or take one out")
	}
}

// inOneof reports whether a field is one of several.
func inOneof(field protoreflect.FieldDescriptor) bool {
	oneof := field.ContainingOneof()
	return oneof != nil && !oneof.IsSynthetic()
}

// integer reports whether a field holds one integer or several.
func integer(field protoreflect.FieldDescriptor) bool {
	switch partOf(field) {
	case partInt32, partUint32, partInt64, partUint64:
		return field.Kind() != protoreflect.EnumKind
	}
	return false
}

// checkCalendar checks the rules of days, months and times.
func (r *reader) checkCalendar(field protoreflect.FieldDescriptor, o *contractv1.FieldOptions) {
	kinds := 0
	for _, is := range []bool{o.Date, o.Month, o.Time} {
		if is {
			kinds++
		}
	}
	switch {
	case kinds > 1:
		r.add(field, "date, month and time contradict each other", "keep one")
	case kinds == 1 && !integer(field):
		r.add(field, "date, month and time are for integers", "make the field an int32, or an int64 for a time")
	case o.Time && partOf(field) != partInt64 && partOf(field) != partUint64:
		r.add(field, "a time does not fit 32 bits after the year 2038", "make the field an int64")
	case (o.Date || o.Month) && (o.Min != nil || o.Max != nil):
		r.add(field, "min and max count days that there are not", "take them out; use not_before for a range")
	}
	if o.NotBefore == "" {
		return
	}
	other := field.ContainingMessage().Fields().ByName(protoreflect.Name(o.NotBefore))
	switch {
	case !integer(field) || field.IsList() || inOneof(field):
		r.add(field, "not_before is for integers that are not repeated and not in a oneof", "take it out")
	case partOf(field) == partUint64 || other != nil && partOf(other) == partUint64:
		r.add(field, "not_before compares signed 64-bit integers", "make the field an int64")
	case other == nil || other == field || !integer(other) || other.IsList() || inOneof(other):
		r.add(field, "not_before names "+quote(o.NotBefore)+", which is no integer field of the message", "name the field that the range begins with")
	}
}
