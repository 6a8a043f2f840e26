package schema

import (
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// CutPlace cuts a role such as "clerk@{config.office}" into the role's name and
// the place in the state where its organisation stands; place is "" for every
// other role.
func CutPlace(role string) (name, place string) {
	name, rest, ok := strings.Cut(role, "@{")
	if !ok {
		return role, ""
	}
	return name, strings.TrimSuffix(rest, "}")
}

// Place returns the collection and the field of a place that CutPlace gave. The
// collection is an item, the field text.
func (c *Contract) Place(place string) (col *Collection, field protoreflect.FieldDescriptor, ok bool) {
	name, fieldName, _ := strings.Cut(place, ".")
	if col, ok = c.Collection(name); !ok || col.Kind != CollectionItem {
		return nil, nil, false
	}
	field = col.Value.Fields().ByName(protoreflect.Name(fieldName))
	if field == nil || field.Kind() != protoreflect.StringKind || field.IsList() || field.ContainingOneof() != nil {
		return nil, nil, false
	}
	return col, field, true
}

// places returns what a role may name, as many as Nearest looks at.
func (r *reader) places() []string {
	var list []string
	for _, c := range r.contract.Collections {
		for _, name := range fieldList(c.Value) {
			place := c.Name + "." + name
			if _, _, ok := r.contract.Place(place); ok && len(list) < maxCandidates {
				list = append(list, place)
			}
		}
	}
	return list
}

// checkPlaces refuses roles whose organisation would stand nowhere.
func (r *reader) checkPlaces() {
	for _, m := range r.contract.Methods {
		for _, role := range m.Roles {
			name, place := CutPlace(role)
			if place == "" {
				continue
			}
			if _, _, ok := r.contract.Place(place); !ok {
				hint := `write "role@{collection.field}", where the collection has no key and the field is a string that is not repeated, optional or in a oneof`
				if near := Nearest(place, r.places()); near != "" {
					hint = "did you mean " + quote(name+"@{"+near+"}") + "?"
				}
				r.add(m.Descriptor, "role "+quote(role)+" names no text field of an item", hint)
			}
		}
	}
}

// RequestID returns the field that is the id of a request, or nil.
func RequestID(m protoreflect.MessageDescriptor) protoreflect.FieldDescriptor {
	for i := range m.Fields().Len() {
		if field := m.Fields().Get(i); RulesOf(field).GetRequestId() {
			return field
		}
	}
	return nil
}

// checkRequestIDs refuses ids of what is no request of an executing method: only
// those are refused the second time.
func (r *reader) checkRequestIDs() {
	executed, otherwise := map[protoreflect.FullName]bool{}, map[protoreflect.FullName]string{}
	for _, m := range r.contract.Methods {
		if m.Kind == KindExecute {
			executed[m.Input.FullName()] = true
		} else {
			otherwise[m.Input.FullName()] = m.Name
		}
	}
	for _, field := range r.requestIDs {
		name := field.ContainingMessage().FullName()
		switch {
		case RequestID(field.ContainingMessage()) != field:
			r.add(field, "a second request_id of the message", "keep one")
		case otherwise[name] != "":
			r.add(field, "request_id is for executing methods, and "+otherwise[name]+" has this request too", "give "+otherwise[name]+" a request of its own")
		case !executed[name]:
			r.add(field, "request_id is for the request of an executing method itself", "take it out here")
		}
	}
}
