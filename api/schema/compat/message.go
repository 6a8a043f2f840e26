package compat

import (
	"slices"

	contractv1 "github.com/chancery-chain/chancery/api/gen/chancery/contract/v1"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// use says what a message is for, because the same change means different
// things: a new name of a field breaks JSON, and leaves stored bytes alone.
type use uint8

const (
	request use = iota + 1 // callers write it
	answer                 // callers read it
	stored                 // entries of a collection
)

// broken is the severity of a change that breaks a message of this use.
func (u use) broken() Severity {
	if u == stored {
		return StateBreaking
	}
	return Breaking
}

// renamed is the severity of a new name for the same number.
func (u use) renamed() Severity {
	if u == stored {
		return Compatible
	}
	return Breaking
}

// pair is two messages that are compared for one use.
type pair struct {
	from, to protoreflect.FullName
	use      use
}

// message compares two messages and all that they hold. Their own names do not
// matter: bytes and JSON do not have them. It keeps its own stack, because
// hostile declarations nest deeper than a program's stack is wide.
func (c *comparison) message(from, to protoreflect.MessageDescriptor, u use) {
	type work struct {
		from, to protoreflect.MessageDescriptor
	}
	for todo := []work{{from, to}}; len(todo) > 0; {
		w := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		p := pair{w.from.FullName(), w.to.FullName(), u}
		if c.pairs[p] {
			continue
		}
		if len(c.pairs) == maxPairs {
			c.cut = true
			return
		}
		c.pairs[p] = true
		for i := range w.from.Fields().Len() {
			before := w.from.Fields().Get(i)
			after := w.to.Fields().ByNumber(before.Number())
			if after == nil {
				c.fieldGone(before, w.to, u)
				continue
			}
			if c.field(before, after, u) && before.Message() != nil {
				todo = append(todo, work{before.Message(), after.Message()})
			}
		}
		for i := range w.to.Fields().Len() {
			if after := w.to.Fields().Get(i); w.from.Fields().ByNumber(after.Number()) == nil {
				c.fieldNew(after, w.from, u)
			}
		}
	}
}

func subjectOf(f protoreflect.FieldDescriptor) string { return "field " + string(f.FullName()) }

func (c *comparison) fieldGone(before protoreflect.FieldDescriptor, to protoreflect.MessageDescriptor, u use) {
	if moved := to.Fields().ByName(before.Name()); moved != nil {
		c.add(u.broken(), "field-renumbered", subjectOf(before), changed(number(int(before.Number())), number(int(moved.Number()))))
		return
	}
	severity := Breaking
	if u == stored {
		severity = Lossy
	}
	c.add(severity, "field-removed", subjectOf(before), "number "+number(int(before.Number()))+" is gone")
}

func (c *comparison) fieldNew(after protoreflect.FieldDescriptor, from protoreflect.MessageDescriptor, u use) {
	if from.Fields().ByName(after.Name()) != nil {
		return // renumbered, which is reported
	}
	if rules := brokenByAbsence(after); u == request && len(rules) > 0 {
		c.add(Breaking, "field-added-with-rule", subjectOf(after), "requests without it may break its "+rules[0])
		return
	}
	c.add(Compatible, "field-added", subjectOf(after), typeOf(after)+", number "+number(int(after.Number())))
}

// field compares two fields of one number and reports whether what they hold can
// be compared.
func (c *comparison) field(before, after protoreflect.FieldDescriptor, u use) bool {
	subject := subjectOf(before)
	if before.Name() != after.Name() {
		c.add(u.renamed(), "field-renamed", subject, changed(string(before.Name()), string(after.Name())))
	} else if before.JSONName() != after.JSONName() {
		c.add(u.renamed(), "field-renamed", subject, "in JSON it "+changed(before.JSONName(), after.JSONName()))
	}
	c.rules(subject, before, after, u)
	if before.Kind() != after.Kind() || before.Cardinality() != after.Cardinality() || before.IsMap() != after.IsMap() {
		c.add(u.broken(), "field-retyped", subject, changed(typeOf(before), typeOf(after)))
		return false
	}
	if a, b := oneof(before), oneof(after); a != b {
		c.add(u.broken(), "field-oneof-changed", subject, changed(a, b))
	} else if a != noOneof {
		for _, name := range changedOptions(before.ContainingOneof(), after.ContainingOneof(), contractv1.E_Oneof) {
			c.add(Breaking, "oneof-rule-changed", "oneof "+string(before.ContainingOneof().FullName()), "option "+name+" is another")
		}
	} else if before.HasPresence() && !after.HasPresence() {
		c.add(u.broken(), "field-presence-removed", subject, "not set and zero are no longer told apart")
	} else if !before.HasPresence() && after.HasPresence() {
		c.add(Compatible, "field-presence-added", subject, "not set and zero are told apart")
	}
	if before.Enum() != nil {
		c.enum(before.Enum(), after.Enum(), u)
	}
	return true
}

const noOneof = "in no oneof"

// oneof says which oneof a field is in. Those that stand for the word optional
// are none.
func oneof(f protoreflect.FieldDescriptor) string {
	if o := f.ContainingOneof(); o != nil && !o.IsSynthetic() {
		return "in oneof " + string(o.Name())
	}
	return noOneof
}

func typeOf(f protoreflect.FieldDescriptor) string {
	text := f.Kind().String()
	switch {
	case f.IsMap():
		return "map"
	case f.Message() != nil:
		text = string(f.Message().FullName())
	case f.Enum() != nil:
		text = string(f.Enum().FullName())
	}
	if f.IsList() {
		return "repeated " + text
	}
	return text
}

func (c *comparison) enum(from, to protoreflect.EnumDescriptor, u use) {
	p := pair{from.FullName(), to.FullName(), u}
	if c.pairs[p] {
		return
	}
	if len(c.pairs) == maxPairs {
		c.cut = true
		return
	}
	c.pairs[p] = true
	for i := range from.Values().Len() {
		before := from.Values().Get(i)
		subject := "enum value " + string(before.FullName())
		after := to.Values().ByNumber(before.Number())
		moved := to.Values().ByName(before.Name())
		switch {
		case moved != nil && moved.Number() != before.Number():
			c.add(u.broken(), "enum-value-renumbered", subject, changed(number(int(before.Number())), number(int(moved.Number()))))
		case after == nil:
			c.add(u.broken(), "enum-value-removed", subject, "number "+number(int(before.Number()))+" is gone")
		case after.Name() != before.Name() && moved == nil:
			c.add(u.renamed(), "enum-value-renamed", subject, changed(string(before.Name()), string(after.Name())))
		}
	}
	for i := range to.Values().Len() {
		after := to.Values().Get(i)
		if from.Values().ByNumber(after.Number()) == nil && from.Values().ByName(after.Name()) == nil {
			c.add(Compatible, "enum-value-added", "enum value "+string(after.FullName()), "number "+number(int(after.Number())))
		}
	}
}

// changedOptions returns the names of the fields in which an option of two
// declarations differs, in order of their numbers, but for those that are
// compared with more care elsewhere. So an option that this package does not know
// never goes unnoticed. From may be nil.
func changedOptions(from, to protoreflect.Descriptor, ext protoreflect.ExtensionType, known ...protoreflect.Name) []string {
	before, after := option(from, ext), option(to, ext)
	fields := ext.TypeDescriptor().Message().Fields()
	var order []protoreflect.FieldDescriptor
	for i := range fields.Len() {
		order = append(order, fields.Get(i))
	}
	slices.SortFunc(order, func(a, b protoreflect.FieldDescriptor) int { return int(a.Number()) - int(b.Number()) })
	var names []string
	for _, f := range order {
		if slices.Contains(known, f.Name()) {
			continue
		}
		had, has := before.IsValid() && before.Has(f), after.IsValid() && after.Has(f)
		if had != has || had && !before.Get(f).Equal(after.Get(f)) {
			names = append(names, string(f.Name()))
		}
	}
	return names
}

// option returns an option of a declaration; it is not valid when it is not set.
func option(d protoreflect.Descriptor, ext protoreflect.ExtensionType) protoreflect.Message {
	none := ext.Zero().Message()
	if d == nil || d.Options() == nil || !d.Options().ProtoReflect().IsValid() || !proto.HasExtension(d.Options(), ext) {
		return none
	}
	m, ok := proto.GetExtension(d.Options(), ext).(proto.Message)
	if !ok {
		return none
	}
	return m.ProtoReflect()
}
