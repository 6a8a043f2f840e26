package sdk

// What sequences and queues need besides a map: numbers for new entries. The key
// of both is one unsigned 64-bit part.

// queueIndex is the row of a queue that holds the number of its newest entry, 8
// bytes, big endian. So numbers are not used again when the queue runs empty.
const queueIndex = 255

// nextNumber returns the number of a sequence's next entry: one more than the
// last, 1 in an empty sequence.
func (v view) nextNumber() uint64 {
	prefix := v.key()
	host := v.ctx.host
	scan := host.StateScan(prefix, prefixEnd(prefix), true)
	key, _, ok := host.ScanNext(scan)
	if !ok {
		return 1 // the end has closed the scan
	}
	host.ScanClose(scan)
	return v.following(key[len(prefix):])
}

// replace stores a value in place of the one under its key. The error has
// CodeNoEntry when there is none.
func (v view) replace(value Stored, ruled Ruled) error { return v.store(value, ruled, true) }

// nextTicket returns the number of a queue's next entry.
func (v view) nextTicket() uint64 {
	raw, ok := v.ctx.host.StateGet(v.indexKey(queueIndex))
	if !ok {
		return 1
	}
	return v.following(raw)
}

// push stores a value whose number is from NextTicket.
func (v view) push(value Stored, ruled Ruled, number uint64) error {
	if err := v.set(value, ruled); err != nil {
		return err
	}
	v.ctx.host.StateSet(v.indexKey(queueIndex), Key(nil).Uint64(number))
	return nil
}

// following returns the number behind an encoded one.
func (v view) following(raw []byte) uint64 {
	n := uint64(0)
	for _, c := range raw {
		n = n<<8 | uint64(c)
	}
	if len(raw) != 8 || n == 1<<64-1 {
		v.corrupt("the number of the last entry is malformed")
	}
	return n + 1
}
