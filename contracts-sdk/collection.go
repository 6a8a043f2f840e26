package sdk

// Collection describes a state collection: a map from a key to a message, with
// secondary indexes. Generated code declares one per collection and wraps it in
// types of its own; contract code uses those.
//
// Storage keys begin with the collection's number, two bytes big endian, and one
// byte: 0 for entries, else the number of an index.
//
//	entry:             number 0 key                      → message
//	index row:         number index fields key           → (empty)
//	unique index row:  number index fields               → key
//
// Number 0 is the SDK's own; see Method.Once.
type Collection struct {
	Name   string
	Number uint16
	// New returns an empty value.
	New func() Stored
	// Key appends the value's key.
	Key     func(k Key, v Stored) Key
	Indexes []Index
}

// Index describes a secondary index.
type Index struct {
	Name   string
	Number uint8
	Unique bool
	// Parts has one byte for each indexed field: 's' for strings and bytes, '4'
	// and '8' for integers of so many bytes.
	Parts string
	// Fields appends the value's indexed fields.
	Fields func(k Key, v Stored) Key
}

// View reads a collection. Its work is in view, which is one for all types of
// values: code that is made again for each type would be most of a contract.
type View[P Stored] struct {
	view view
}

// Table reads and writes a collection.
type Table[P Stored] struct {
	View[P]
}

// NewView returns a collection for reading.
func NewView[P Stored](c *Collection, ctx *QueryCtx) View[P] {
	return View[P]{view{c: c, ctx: ctx}}
}

// Table returns the collection for writing, too. Generated code calls it for
// executing methods; the host ends a query that writes.
func (v View[P]) Table() Table[P] { return Table[P]{v} }

// Key begins the storage key of an entry.
func (v View[P]) Key() Key { return v.view.key() }

// IndexKey begins the storage key of index rows.
func (v View[P]) IndexKey(index uint8) Key { return v.view.indexKey(index) }

// Lookup returns the entry under a storage key; ok is false when there is none.
// The value is the caller's own: changes to it are stored by Set only. A stored
// value that does not decode ends the call with CodeCorruptState.
func (v View[P]) Lookup(key Key) (value P, ok bool) {
	return as[P](v.view.lookup(key))
}

// as gives a value its type; ok is false when there is none.
func as[P Stored](m Stored) (value P, ok bool) {
	if m != nil {
		value, ok = m.(P)
	}
	return value, ok
}

// Contains reports whether there is an entry under a storage key.
func (v View[P]) Contains(key Key) bool { return v.view.contains(key) }

// LookupUnique returns the entry that a unique index row leads to.
func (v View[P]) LookupUnique(row Key) (value P, ok bool) {
	return as[P](v.view.lookupUnique(row))
}

// Entries returns the entries whose storage key begins with prefix, in order of
// their keys.
func (v View[P]) Entries(prefix Key) Range[P] {
	return Range[P]{span{view: v.view, prefix: prefix}}
}

// Rows returns the entries that index rows under prefix lead to, in order of the
// indexed fields and then of the key. At is the place of the index in Indexes;
// the prefix holds one or more of its fields.
func (v View[P]) Rows(at int, prefix Key) Range[P] {
	return Range[P]{span{view: v.view, prefix: prefix, index: &v.view.c.Indexes[at]}}
}

// Set stores a value under its key, in place of any before, and moves its index
// rows. The error has CodeDuplicate when a unique index holds another entry with
// these fields, CodeBrokenRule when the value breaks a rule of the .proto; nothing
// is written then.
func (t Table[P]) Set(value P) error { return t.view.set(value, value) }

// Remove deletes the entry under a storage key with its index rows and reports
// whether there was one.
func (t Table[P]) Remove(key Key) bool { return t.view.remove(key) }

// NextNumber returns the number of a sequence's next entry: one more than the
// last, 1 in an empty sequence. Generated code calls it.
func (t Table[P]) NextNumber() uint64 { return t.view.nextNumber() }

// Replace stores a value in place of the one under its key. The error has
// CodeNoEntry when there is none. Generated code calls it.
func (t Table[P]) Replace(value P) error { return t.view.replace(value, value) }

// NextTicket returns the number of a queue's next entry. Generated code calls it.
func (t Table[P]) NextTicket() uint64 { return t.view.nextTicket() }

// Push stores a value whose number is from NextTicket. Generated code calls it.
func (t Table[P]) Push(value P, number uint64) error { return t.view.push(value, value, number) }
