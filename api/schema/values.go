package schema

import (
	"google.golang.org/protobuf/reflect/protoreflect"
)

// checkNumbers refuses collections that share a number or a name.
func (r *reader) checkNumbers() {
	names, numbers := map[string]bool{}, map[uint16]string{}
	most := uint32(0)
	for _, c := range r.contract.Collections {
		most = max(most, uint32(c.Number))
	}
	hint := "give each its own"
	if most < 65535 {
		hint = "take " + decimal(most+1) + ", or a higher one if that was used before"
	}
	for _, c := range r.contract.Collections {
		if names[c.Name] {
			r.add(c.Value, "collection "+quote(c.Name)+" has a name that another collection has", "give each its own")
		} else if other, taken := numbers[c.Number]; taken {
			r.add(c.Value, "collection "+quote(c.Name)+" has number "+decimal(uint32(c.Number))+", which collection "+quote(other)+" has", hint)
		}
		names[c.Name], numbers[c.Number] = true, c.Name
	}
}

// checkValues refuses types whose encoding is not the same everywhere, that
// contracts cannot decode, or that have no bound, in whatever the contract's
// messages reach.
func (r *reader) checkValues() {
	kept := &walk{reader: r, seen: map[protoreflect.FullName]bool{}, kept: true}
	for _, c := range r.contract.Collections {
		kept.message(c.Value, c.Value)
	}
	for _, e := range r.contract.Events {
		kept.message(e.Descriptor, e.Descriptor)
	}
	for _, e := range r.contract.Errors {
		if e.Details != nil {
			kept.message(e.Details, e.Details)
		}
	}
	for _, m := range r.contract.Methods {
		if page := m.Output.Fields().ByName(nextPageToken); page != nil && page.Kind() == protoreflect.StringKind && !page.IsList() {
			kept.page = m.Output
		}
		kept.message(m.Output, m.Descriptor)
	}
	passed := &walk{reader: r, seen: map[protoreflect.FullName]bool{}}
	for _, m := range r.contract.Methods {
		passed.message(m.Input, m.Descriptor)
	}
}

// nextPageToken is the field that makes a response a page. The SDK's pages have
// at most 100 entries.
const nextPageToken = "next_page_token"

// walk visits messages that are reached from a first one, each once.
type walk struct {
	*reader
	seen map[protoreflect.FullName]bool
	// kept refuses floats and lists without a bound: state, events and results are
	// hashed, compared and stored by many.
	kept bool
	// page is the response whose own lists are a page.
	page protoreflect.MessageDescriptor
}

// message visits a message, which at names, and what its fields hold. It keeps its
// own stack, because hostile sets nest deeper than a program's stack is wide.
func (w *walk) message(first protoreflect.MessageDescriptor, at protoreflect.Descriptor) {
	if w.google(first, at) {
		return
	}
	for todo := []protoreflect.MessageDescriptor{first}; len(todo) > 0; {
		m := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if w.seen[m.FullName()] {
			continue
		}
		w.seen[m.FullName()] = true
		for i := range m.Fields().Len() {
			field := m.Fields().Get(i)
			switch {
			case field.IsMap():
				w.add(field, "a map has no order, so its bytes differ between runs", "use a repeated message with key and value")
				continue
			case field.Kind() == protoreflect.GroupKind || field.IsExtension():
				w.add(field, "groups and extensions are not for contracts", "use a message field")
				continue
			case w.kept && (field.Kind() == protoreflect.FloatKind || field.Kind() == protoreflect.DoubleKind):
				w.add(field, "floats have no place in state, events and results", "use an integer of the smallest unit, for example cents")
			case w.kept && field.IsList() && m != w.page && RulesOf(field).MaxItems == nil:
				w.add(field, "a list without a bound in state, an event or a result",
					"add [(chancery.contract.v1.field).max_items = 100], or return a page: a response with string next_page_token")
			}
			if next := field.Message(); next != nil && !w.google(next, field) {
				todo = append(todo, next)
			}
		}
	}
}

// google refuses a message of Google's, which at names, and reports whether it is
// one.
func (w *walk) google(m protoreflect.MessageDescriptor, at protoreflect.Descriptor) bool {
	if m.ParentFile().Package() != "google.protobuf" {
		return false
	}
	w.add(at, "contracts cannot use Google's message types", "use an int64 of unix seconds for a time, and messages of your own for the rest")
	return true
}
