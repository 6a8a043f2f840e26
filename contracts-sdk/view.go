package sdk

// view is a collection without the type of its values.
type view struct {
	c   *Collection
	ctx *QueryCtx
}

func (v view) key() Key { return newKey(v.c.Number, 0) }

func (v view) indexKey(index uint8) Key { return newKey(v.c.Number, index) }

// lookup returns an entry, or nil.
func (v view) lookup(key Key) Stored {
	raw, ok := v.ctx.host.StateGet(key)
	if !ok {
		return nil
	}
	return v.decode(raw)
}

func (v view) contains(key Key) bool {
	_, ok := v.ctx.host.StateGet(key)
	return ok
}

func (v view) lookupUnique(row Key) Stored {
	key, ok := v.ctx.host.StateGet(row)
	if !ok {
		return nil
	}
	return v.follow(key)
}

// follow returns the entry with an encoded key that an index row holds. Rows and
// entries are written together, so a missing entry means that the state is
// corrupt.
func (v view) follow(key []byte) Stored {
	raw, ok := v.ctx.host.StateGet(append(v.key(), key...))
	if !ok {
		v.corrupt("an index row leads nowhere")
	}
	return v.decode(raw)
}

// keyOf returns the encoded key of the entry that an index row leads to.
func (v view) keyOf(index *Index, row, value []byte) []byte {
	if index.Unique {
		return value
	}
	n := skipParts(row[3:], index.Parts)
	if n < 0 {
		v.corrupt("a row of index " + index.Name + " is malformed")
	}
	return row[3+n:]
}

func (v view) decode(raw []byte) Stored {
	value := v.c.New()
	if err := value.UnmarshalStored(raw); err != nil {
		v.corrupt(err.Error())
	}
	return value
}

func (v view) corrupt(why string) {
	v.ctx.Abort(&Error{Code: CodeCorruptState, Message: "collection " + v.c.Name + ": " + why})
}

func (v view) set(value Stored, ruled Ruled) error { return v.store(value, ruled, false) }

// store stores a value; with replace, only in place of another. It gets the value
// as Ruled, too: to make one interface of another, Go's runtime looks for the
// methods by name the first time, which costs a call up to 14,000 gas.
//
//go:noinline
func (v view) store(value Stored, ruled Ruled, replace bool) error {
	if err := checkRules(ruled, CodeBrokenRule); err != nil {
		return err
	}
	raw, err := value.MarshalVT()
	if err != nil {
		return &Error{Code: CodeInternal, Message: "collection " + v.c.Name + ": " + err.Error()}
	}
	key := v.c.Key(v.key(), value)
	if len(v.c.Indexes) > 0 || replace {
		old := v.lookup(key)
		if old == nil && replace {
			return &Error{Code: CodeNoEntry, Message: "collection " + v.c.Name + " has no entry of this number"}
		}
		if err := v.moveRows(key[3:], old, value); err != nil {
			return err
		}
	}
	v.ctx.host.StateSet(key, raw)
	return nil
}

func (v view) remove(key Key) bool {
	host := v.ctx.host
	if len(v.c.Indexes) == 0 {
		if !v.contains(key) {
			return false
		}
		host.StateDelete(key)
		return true
	}
	old := v.lookup(key)
	if old == nil {
		return false
	}
	for i := range v.c.Indexes {
		host.StateDelete(v.row(&v.c.Indexes[i], key[3:], old))
	}
	host.StateDelete(key)
	return true
}

// move is how an entry's row in an index changes.
type move struct {
	from Key // nil when there was none
	to   Key // nil when the row stays
}

// moveRows replaces the index rows of old, which may be nil, by those of value.
func (v view) moveRows(key []byte, old, value Stored) error {
	host := v.ctx.host
	moves := make([]move, len(v.c.Indexes))
	// Check everything before writing anything: the caller may go on after the
	// error.
	for i := range v.c.Indexes {
		index := &v.c.Indexes[i]
		m := move{to: v.row(index, key, value)}
		if old != nil {
			m.from = v.row(index, key, old)
			if string(m.from) == string(m.to) {
				continue
			}
		}
		moves[i] = m
		if !index.Unique {
			continue
		}
		if holder, taken := host.StateGet(m.to); taken && string(holder) != string(key) {
			return &Error{
				Code:    CodeDuplicate,
				Message: "collection " + v.c.Name + ", index " + index.Name + ": another entry has these fields",
				Details: encodeTexts(v.c.Name, index.Name),
			}
		}
	}
	for i, m := range moves {
		if m.from != nil {
			host.StateDelete(m.from)
		}
		switch {
		case m.to == nil:
		case v.c.Indexes[i].Unique:
			host.StateSet(m.to, key)
		default:
			host.StateSet(m.to, nil)
		}
	}
	return nil
}

// row returns the storage key of a value's row in an index.
func (v view) row(index *Index, key []byte, value Stored) Key {
	row := index.Fields(v.indexKey(index.Number), value)
	if !index.Unique {
		row = append(row, key...)
	}
	return row
}
