package schema

import (
	"strconv"

	contractv1 "github.com/chancery-chain/chancery/api/gen/chancery/contract/v1"
	"google.golang.org/protobuf/reflect/protoreflect"
)

func (r *reader) readCollection(m protoreflect.MessageDescriptor, option *contractv1.CollectionOptions) {
	c := Collection{Name: option.GetName(), Number: uint16(option.GetNumber()), Kind: CollectionKind(option.GetKind()), Value: m}
	if !itemName.MatchString(c.Name) {
		r.add(m, "collection name "+quote(c.Name), "use a-z, 0-9 and _, for example \"records\"")
	}
	if option.GetNumber() < 1 || option.GetNumber() > 65535 {
		r.add(m, "a collection needs a number from 1 to 65535", "take the next that was never used")
	}
	c.Key = r.keyFields(m, option.GetKey(), "key")
	if c.Kind == 0 && len(option.GetKey()) > 0 {
		c.Kind = CollectionMap
	} else if c.Kind == 0 {
		c.Kind = CollectionItem
	}
	if len(option.GetKey()) == 0 && len(option.GetIndexes()) > 0 {
		r.add(m, "a collection of one value has no indexes", "give it a key")
	}
	if len(c.Key) == len(option.GetKey()) { // else the key is wrong already
		r.checkKind(m, &c)
	}
	if len(option.GetIndexes()) > maxIndexes {
		r.add(m, "more than 16 indexes", "each is written with every Set: keep those that a method reads")
	}
	names, numbers := map[string]bool{}, map[uint32]bool{}
	for _, index := range option.GetIndexes() {
		if !itemName.MatchString(index.GetName()) {
			r.add(m, "index name "+quote(index.GetName()), "use a-z, 0-9 and _, for example \"by_owner\"")
		}
		if index.GetNumber() < 1 || index.GetNumber() > 255 {
			r.add(m, "index "+quote(index.GetName())+" needs a number from 1 to 255", "take the next that was never used")
		}
		if names[index.GetName()] {
			r.add(m, "index "+quote(index.GetName())+" has a name that another index has", "give each its own")
		} else if numbers[index.GetNumber()] {
			r.add(m, "index "+quote(index.GetName())+" has number "+decimal(index.GetNumber())+", which another index has", freeNumber(option.GetIndexes()))
		}
		names[index.GetName()], numbers[index.GetNumber()] = true, true
		if c.Kind == CollectionQueue && index.GetNumber() == queueIndex {
			r.add(m, "index "+quote(index.GetName())+" has number 255, under which a queue keeps its next number", "take another")
		}
		if len(index.GetFields()) == 0 {
			r.add(m, "index "+quote(index.GetName())+" has no fields", "name at least one")
		}
		c.Indexes = append(c.Indexes, Index{
			Name: index.GetName(), Number: uint8(index.GetNumber()), Unique: index.GetUnique(),
			Fields: r.keyFields(m, index.GetFields(), "index "+quote(index.GetName())),
		})
	}
	r.contract.Collections = append(r.contract.Collections, c)
}

// freeNumber says which number an index may have.
func freeNumber(indexes []*contractv1.IndexOptions) string {
	most := uint32(0)
	for _, index := range indexes {
		most = max(most, index.GetNumber())
	}
	if most >= 254 { // 255 is a queue's
		return "give each its own"
	}
	return "take " + decimal(most+1) + ", or a higher one if that was used before"
}

func decimal(n uint32) string { return strconv.FormatUint(uint64(n), 10) }

// queueIndex is where a queue keeps the number of its next entry.
const queueIndex = 255

// checkKind refuses keys and indexes that a collection of this kind cannot have.
func (r *reader) checkKind(m protoreflect.MessageDescriptor, c *Collection) {
	switch c.Kind {
	case CollectionItem:
		if len(c.Key) > 0 {
			r.add(m, "an item has no key", "take the key out, or write COLLECTION_KIND_MAP")
		}
	case CollectionMap:
		if len(c.Key) == 0 {
			r.add(m, "a map needs a key", "name its fields, or write COLLECTION_KIND_ITEM")
		}
	case CollectionSet:
		if len(c.Key) == 0 || m.Fields().Len() != len(c.Key) {
			r.add(m, "a set has no fields but those of its key", "name them all in the key, or write COLLECTION_KIND_MAP")
		}
	case CollectionSequence, CollectionQueue:
		if len(c.Key) != 1 || c.Key[0].Kind() != protoreflect.Uint64Kind {
			r.add(m, "the key of a sequence or queue is one uint64 field, the number of the entry", "add for example uint64 number and key: [\"number\"]")
		}
	default:
		r.add(m, "kind has an unknown value", "write for example COLLECTION_KIND_MAP")
	}
}

// keyFields finds the fields of a key or an index.
func (r *reader) keyFields(m protoreflect.MessageDescriptor, names []string, where string) []protoreflect.FieldDescriptor {
	if len(names) > maxKeyFields {
		r.add(m, where+" has more than 8 fields", "keep the leading ones")
	}
	var fields []protoreflect.FieldDescriptor
	seen := map[string]bool{}
	for _, name := range names {
		field := m.Fields().ByName(protoreflect.Name(name))
		switch {
		case field == nil:
			r.add(m, where+" names field "+quote(name)+", which the message does not have", Meant(name, fieldList(m), "fields are "+fieldNames(m)))
			continue
		case seen[name]:
			r.add(m, where+" names field "+quote(name)+" twice", "take one out")
		case !keyField(field):
			r.add(field, "a field of this type cannot be part of a key or an index", "use a string, bytes, integer or enum that is not repeated, optional or in a oneof")
		}
		seen[name] = true
		fields = append(fields, field)
	}
	return fields
}

// keyField reports whether a field can be part of a key.
func keyField(field protoreflect.FieldDescriptor) bool {
	return partOf(field) != 0 && !field.IsList() && !field.IsMap() && field.ContainingOneof() == nil
}
