package compat

import (
	contractv1 "github.com/chancery-chain/chancery/api/gen/chancery/contract/v1"
	"github.com/chancery-chain/chancery/api/schema"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// collections compares what is stored. The number of a collection begins its
// storage keys, so collections with the same number hold the same entries.
func (c *comparison) collections(from, to *schema.Contract) {
	numbers := map[uint16]*schema.Collection{}
	for i := range to.Collections {
		numbers[to.Collections[i].Number] = &to.Collections[i]
	}
	before := map[uint16]bool{}
	for i := range from.Collections {
		old := &from.Collections[i]
		before[old.Number] = true
		subject := "collection " + old.Name
		if moved, ok := to.Collection(old.Name); ok && moved.Number != old.Number {
			c.add(StateBreaking, "collection-renumbered", subject, changed(number(int(old.Number)), number(int(moved.Number))))
			continue
		}
		next := numbers[old.Number]
		if next == nil {
			c.add(Lossy, "collection-removed", subject, "number "+number(int(old.Number))+" is gone; its entries stay, and nothing reads them")
			continue
		}
		if next.Name != old.Name {
			c.add(Breaking, "collection-renamed", subject, changed(old.Name, next.Name)+"; programs that read state name it")
		}
		c.collection(subject, old, next)
	}
	for i := range to.Collections {
		next := &to.Collections[i]
		if _, known := from.Collection(next.Name); !known && !before[next.Number] {
			c.add(Compatible, "collection-added", "collection "+next.Name, "number "+number(int(next.Number)))
		}
	}
}

func (c *comparison) collection(subject string, from, to *schema.Collection) {
	if !sameFields(from.Key, to.Key) {
		c.add(StateBreaking, "collection-rekeyed", subject, "key "+changed(fieldList(from.Key), fieldList(to.Key)))
	}
	if from.Kind != to.Kind {
		c.add(StateBreaking, "collection-kind-changed", subject, "its entries mean another thing")
	}
	for _, name := range changedOptions(from.Value, to.Value, contractv1.E_Collection, "name", "number", "key", "indexes", "kind") {
		c.add(StateBreaking, "collection-option-changed", subject, "option "+name+" is another")
	}
	c.message(from.Value, to.Value, stored)
	c.indexes(subject, from, to)
}

func (c *comparison) indexes(subject string, from, to *schema.Collection) {
	find := func(list []schema.Index, number uint8) *schema.Index {
		for i := range list {
			if list[i].Number == number {
				return &list[i]
			}
		}
		return nil
	}
	for i := range from.Indexes {
		old := &from.Indexes[i]
		next := find(to.Indexes, old.Number)
		what := subject + ", index " + old.Name
		switch {
		case next == nil:
			c.add(StateBreaking, "index-removed", what, "its rows stay, and an index of number "+number(int(old.Number))+" would find them")
			continue
		case !sameFields(old.Fields, next.Fields):
			c.add(StateBreaking, "index-changed", what, "fields "+changed(fieldList(old.Fields), fieldList(next.Fields)))
		case old.Unique != next.Unique:
			c.add(StateBreaking, "index-changed", what, changed(uniqueness(old), uniqueness(next)))
		}
		if old.Name != next.Name {
			c.add(Compatible, "index-renamed", what, changed(old.Name, next.Name))
		}
	}
	for i := range to.Indexes {
		if find(from.Indexes, to.Indexes[i].Number) == nil {
			c.add(StateBreaking, "index-added", subject+", index "+to.Indexes[i].Name, "entries stored before are not in it until they are set again")
		}
	}
}

func uniqueness(index *schema.Index) string {
	if index.Unique {
		return "unique"
	}
	return "not unique"
}

// sameFields reports whether two lists of fields make the same storage keys.
func sameFields(a, b []protoreflect.FieldDescriptor) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i].Number() != b[i].Number() || a[i].Kind() != b[i].Kind() {
			return false
		}
	}
	return true
}

func fieldList(fields []protoreflect.FieldDescriptor) string {
	if len(fields) == 0 {
		return "none"
	}
	text := ""
	for i, f := range fields {
		if i > 0 {
			text += ", "
		}
		text += string(f.Name()) + " " + f.Kind().String()
	}
	return text
}
