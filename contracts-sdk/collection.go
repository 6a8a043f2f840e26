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
type Collection[T any, P Message[T]] struct {
	Name   string
	Number uint16
	// Key appends the value's key.
	Key     func(k Key, v P) Key
	Indexes []Index[T, P]
}

// Index describes a secondary index.
type Index[T any, P Message[T]] struct {
	Name   string
	Number uint8
	Unique bool
	// Parts has one byte for each indexed field: 's' for strings and bytes, '4'
	// and '8' for integers of so many bytes.
	Parts string
	// Fields appends the value's indexed fields.
	Fields func(k Key, v P) Key
}

// View reads a collection.
type View[T any, P Message[T]] struct {
	c   *Collection[T, P]
	ctx *QueryCtx
}

// Table reads and writes a collection.
type Table[T any, P Message[T]] struct {
	View[T, P]
}

// NewView returns a collection for reading.
func NewView[T any, P Message[T]](c *Collection[T, P], ctx *QueryCtx) View[T, P] {
	return View[T, P]{c: c, ctx: ctx}
}

// NewTable returns a collection for reading and writing.
func NewTable[T any, P Message[T]](c *Collection[T, P], ctx *Ctx) Table[T, P] {
	return Table[T, P]{NewView(c, &ctx.QueryCtx)}
}

// Key begins the storage key of an entry.
func (v View[T, P]) Key() Key { return newKey(v.c.Number, 0) }

// IndexKey begins the storage key of index rows.
func (v View[T, P]) IndexKey(index uint8) Key { return newKey(v.c.Number, index) }

// Lookup returns the entry under a storage key; ok is false when there is none.
// The value is the caller's own: changes to it are stored by Set only. A stored
// value that does not decode ends the call with CodeCorruptState.
func (v View[T, P]) Lookup(key Key) (value P, ok bool) {
	raw, ok := v.ctx.host.StateGet(key)
	if !ok {
		return nil, false
	}
	return v.decode(raw), true
}

// Contains reports whether there is an entry under a storage key.
func (v View[T, P]) Contains(key Key) bool {
	_, ok := v.ctx.host.StateGet(key)
	return ok
}

// LookupUnique returns the entry that a unique index row leads to.
func (v View[T, P]) LookupUnique(row Key) (value P, ok bool) {
	key, ok := v.ctx.host.StateGet(row)
	if !ok {
		return nil, false
	}
	return v.follow(key), true
}

// Entries returns the entries whose storage key begins with prefix, in order of
// their keys.
func (v View[T, P]) Entries(prefix Key) Range[T, P] {
	return Range[T, P]{view: v, prefix: prefix}
}

// Rows returns the entries that index rows under prefix lead to, in order of the
// indexed fields and then of the key. At is the place of the index in Indexes;
// the prefix holds one or more of its fields.
func (v View[T, P]) Rows(at int, prefix Key) Range[T, P] {
	return Range[T, P]{view: v, prefix: prefix, index: &v.c.Indexes[at]}
}

// follow returns the entry with an encoded key that an index row holds. Rows and
// entries are written together, so a missing entry means that the state is
// corrupt.
func (v View[T, P]) follow(key []byte) P {
	raw, ok := v.ctx.host.StateGet(append(v.Key(), key...))
	if !ok {
		v.corrupt("an index row leads nowhere")
	}
	return v.decode(raw)
}

// keyOf returns the encoded key of the entry that an index row leads to.
func (v View[T, P]) keyOf(index *Index[T, P], row, value []byte) []byte {
	if index.Unique {
		return value
	}
	n := skipParts(row[3:], index.Parts)
	if n < 0 {
		v.corrupt("a row of index " + index.Name + " is malformed")
	}
	return row[3+n:]
}

func (v View[T, P]) decode(raw []byte) P {
	value := P(new(T))
	if err := value.UnmarshalVT(raw); err != nil {
		v.corrupt(err.Error())
	}
	return value
}

func (v View[T, P]) corrupt(why string) {
	v.ctx.Abort(&Error{Code: CodeCorruptState, Message: "collection " + v.c.Name + ": " + why})
}

// Set stores a value under its key, in place of any before, and moves its index
// rows. The error has CodeDuplicate when a unique index holds another entry with
// these fields, CodeBrokenRule when the value breaks a rule of the .proto; nothing
// is written then.
func (t Table[T, P]) Set(value P) error {
	if err := checkRules(value, CodeBrokenRule); err != nil {
		return err
	}
	raw, err := value.MarshalVT()
	if err != nil {
		return &Error{Code: CodeInternal, Message: "collection " + t.c.Name + ": " + err.Error()}
	}
	host := t.ctx.host
	key := t.c.Key(t.Key(), value)
	if len(t.c.Indexes) > 0 {
		old, _ := t.Lookup(key)
		if err := t.moveRows(key[3:], old, value); err != nil {
			return err
		}
	}
	host.StateSet(key, raw)
	return nil
}

// Remove deletes the entry under a storage key with its index rows and reports
// whether there was one.
func (t Table[T, P]) Remove(key Key) bool {
	host := t.ctx.host
	if len(t.c.Indexes) == 0 {
		if !t.Contains(key) {
			return false
		}
		host.StateDelete(key)
		return true
	}
	old, ok := t.Lookup(key)
	if !ok {
		return false
	}
	for i := range t.c.Indexes {
		host.StateDelete(t.row(&t.c.Indexes[i], key[3:], old))
	}
	host.StateDelete(key)
	return true
}

// moveRows replaces the index rows of old, which may be nil, by those of value.
func (t Table[T, P]) moveRows(key []byte, old, value P) error {
	host := t.ctx.host
	// Check everything before writing anything: the caller may go on after the
	// error.
	for i := range t.c.Indexes {
		index := &t.c.Indexes[i]
		if !index.Unique {
			continue
		}
		if holder, taken := host.StateGet(t.row(index, key, value)); taken && string(holder) != string(key) {
			return &Error{
				Code:    CodeDuplicate,
				Message: "collection " + t.c.Name + ", index " + index.Name + ": another entry has these fields",
				Details: encodeTexts(t.c.Name, index.Name),
			}
		}
	}
	for i := range t.c.Indexes {
		index := &t.c.Indexes[i]
		row := t.row(index, key, value)
		if old != nil {
			before := t.row(index, key, old)
			if string(before) == string(row) {
				continue
			}
			host.StateDelete(before)
		}
		if index.Unique {
			host.StateSet(row, key)
		} else {
			host.StateSet(row, nil)
		}
	}
	return nil
}

// row returns the storage key of a value's row in an index.
func (t Table[T, P]) row(index *Index[T, P], key []byte, value P) Key {
	row := index.Fields(t.IndexKey(index.Number), value)
	if !index.Unique {
		row = append(row, key...)
	}
	return row
}
