package wasm

const (
	// pageBytes is the size of a Wasm page.
	pageBytes = 64 << 10
	// maxPages is how many pages 32-bit addresses reach.
	maxPages = 65_536
)

// elementSection accepts active segments of functions for table 0 with a
// constant offset, as compilers make them.
func (p *preparer) elementSection(r *reader) {
	l, m := &p.cfg.Limits, &p.mod
	n := r.count(l.ElementSegments, RuleSegments, "element segments")
	for range n {
		start := r.pos
		flags := r.u32()
		if r.err == nil && flags != 0 && flags != 2 {
			r.fail(start, RuleSegment, "element segment of kind %d is not permitted", flags)
		}
		table := uint32(0)
		if flags == 2 {
			table = r.u32()
		}
		if r.err == nil && (table != 0 || !m.hasTable) {
			r.fail(start, RuleIndex, "unknown table %d", table)
		}
		offset := constant(r, valI32)
		if flags == 2 && r.byte() != 0 {
			r.fail(start, RuleSegment, "element segment of something else than functions")
		}
		count := r.count(l.TableElements-m.elements, RuleTableSize, "elements")
		if r.err == nil && uint64(offset)+uint64(count) > uint64(m.tableMin) {
			r.fail(start, RuleSegment, "element segment ends at %d, the table at %d", uint64(offset)+uint64(count), m.tableMin)
		}
		m.elements += count
		for range count {
			at := r.pos
			if f := r.u32(); r.err == nil && uint64(f) >= uint64(len(m.funcs)) {
				r.fail(at, RuleIndex, "unknown function %d", f)
			}
			if r.err != nil {
				return
			}
		}
	}
}

// dataSection accepts active segments for memory 0 with a constant offset,
// inside the memory's minimum.
func (p *preparer) dataSection(r *reader) {
	m := &p.mod
	n := r.count(p.cfg.Limits.Segments, RuleSegments, "data segments")
	m.data = make([]DataSegment, 0, n)
	for range n {
		start := r.pos
		flags := r.u32()
		if r.err == nil && flags != 0 && flags != 2 {
			r.fail(start, RuleSegment, "data segment of kind %d is not permitted", flags)
		}
		index := uint32(0)
		if flags == 2 {
			index = r.u32()
		}
		if r.err == nil && (index != 0 || !m.hasMemory) {
			r.fail(start, RuleIndex, "unknown memory %d", index)
		}
		offset := constant(r, valI32)
		b := r.bytes(r.u32())
		if r.err != nil {
			return
		}
		if end := uint64(offset) + uint64(len(b)); end > uint64(m.memMin)*pageBytes {
			r.fail(start, RuleSegment, "data segment ends at %d, memory at %d", end, uint64(m.memMin)*pageBytes)
			return
		}
		m.dataBytes += len(b)
		m.data = append(m.data, DataSegment{Offset: offset, Bytes: b})
	}
}
