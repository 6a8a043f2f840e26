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

// checkValues refuses types whose encoding is not the same everywhere, or that
// contracts cannot decode, in whatever the contract's messages reach.
func (r *reader) checkValues() {
	stored := &walk{reader: r, seen: map[protoreflect.FullName]bool{}, exact: true}
	for _, c := range r.contract.Collections {
		stored.message(c.Value)
	}
	for _, e := range r.contract.Events {
		stored.message(e.Descriptor)
	}
	passed := &walk{reader: r, seen: map[protoreflect.FullName]bool{}}
	for _, m := range r.contract.Methods {
		passed.message(m.Input)
		passed.message(m.Output)
	}
	for _, e := range r.contract.Errors {
		if e.Details != nil {
			passed.message(e.Details)
		}
	}
}

// walk visits messages that are reached from a first one, each once.
type walk struct {
	*reader
	seen map[protoreflect.FullName]bool
	// exact refuses floats: state and events are hashed and compared.
	exact bool
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
			case w.exact && (field.Kind() == protoreflect.FloatKind || field.Kind() == protoreflect.DoubleKind):
				w.add(field, "floats have no place in state and events", "use an integer of the smallest unit, for example cents")
			}
			if next := field.Message(); next != nil {
				todo = append(todo, next)
			}
		}
	}
}
