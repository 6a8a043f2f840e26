package schema

import (
	"google.golang.org/protobuf/reflect/protoreflect"
)

// checkNumbers refuses collections that share a number or a name.
func (r *reader) checkNumbers() {
	names, numbers := map[string]bool{}, map[uint16]bool{}
	for _, c := range r.contract.Collections {
		if names[c.Name] || numbers[c.Number] {
			r.add(c.Value, "collection "+quote(c.Name)+" has a name or number that another collection has", "give each its own")
		}
		names[c.Name], numbers[c.Number] = true, true
	}
}

// checkValues refuses types whose encoding is not the same everywhere, that
// contracts cannot decode, or that have no bound, in whatever the contract's
// messages reach.
func (r *reader) checkValues() {
	kept := &walk{reader: r, seen: map[protoreflect.FullName]bool{}, kept: true}
	for _, c := range r.contract.Collections {
		kept.message(c.Value)
	}
	for _, e := range r.contract.Events {
		kept.message(e.Descriptor)
	}
	for _, e := range r.contract.Errors {
		if e.Details != nil {
			kept.message(e.Details)
		}
	}
	for _, m := range r.contract.Methods {
		if page := m.Output.Fields().ByName(nextPageToken); page != nil && page.Kind() == protoreflect.StringKind && !page.IsList() {
			kept.page = m.Output
		}
		kept.message(m.Output)
	}
	passed := &walk{reader: r, seen: map[protoreflect.FullName]bool{}}
	for _, m := range r.contract.Methods {
		passed.message(m.Input)
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

// message visits a message and what its fields hold. It keeps its own stack,
// because hostile sets nest deeper than a program's stack is wide.
func (w *walk) message(first protoreflect.MessageDescriptor) {
	for todo := []protoreflect.MessageDescriptor{first}; len(todo) > 0; {
		m := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if w.seen[m.FullName()] {
			continue
		}
		w.seen[m.FullName()] = true
		if m.ParentFile().Package() == "google.protobuf" {
			w.add(m, "contracts cannot use Google's message types", "use an int64 of unix seconds for a time, and messages of your own for the rest")
			continue
		}
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
			if next := field.Message(); next != nil {
				todo = append(todo, next)
			}
		}
	}
}
