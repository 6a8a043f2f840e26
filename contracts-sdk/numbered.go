package sdk

// What sequences and queues need besides a map: numbers for new entries. The key
// of both is one unsigned 64-bit part.

// queueIndex is the row of a queue that holds the number of its newest entry, 8
// bytes, big endian. So numbers are not used again when the queue runs empty.
const queueIndex = 255

// NextNumber returns the number of a sequence's next entry: one more than the
// last, 1 in an empty sequence. Generated code calls it.
func (t Table[T, P]) NextNumber() uint64 {
	prefix := t.Key()
	host := t.ctx.host
	scan := host.StateScan(prefix, prefixEnd(prefix), true)
	key, _, ok := host.ScanNext(scan)
	if !ok {
		return 1 // the end has closed the scan
	}
	host.ScanClose(scan)
	return t.following(key[len(prefix):])
}

// Replace stores a value in place of the one under its key. The error has
// CodeNoEntry when there is none. Generated code calls it.
func (t Table[T, P]) Replace(value P) error {
	if !t.Contains(t.c.Key(t.Key(), value)) {
		return &Error{Code: CodeNoEntry, Message: "collection " + t.c.Name + " has no entry of this number"}
	}
	return t.Set(value)
}

// NextTicket returns the number of a queue's next entry. Generated code calls it.
func (t Table[T, P]) NextTicket() uint64 {
	raw, ok := t.ctx.host.StateGet(t.IndexKey(queueIndex))
	if !ok {
		return 1
	}
	return t.following(raw)
}

// Push stores a value whose number is from NextTicket. Generated code calls it.
func (t Table[T, P]) Push(value P, number uint64) error {
	if err := t.Set(value); err != nil {
		return err
	}
	t.ctx.host.StateSet(t.IndexKey(queueIndex), Key(nil).Uint64(number))
	return nil
}

// following returns the number behind an encoded one.
func (t Table[T, P]) following(raw []byte) uint64 {
	n := uint64(0)
	for _, c := range raw {
		n = n<<8 | uint64(c)
	}
	if len(raw) != 8 || n == 1<<64-1 {
		t.corrupt("the number of the last entry is malformed")
	}
	return n + 1
}
