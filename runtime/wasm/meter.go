package wasm

// eventKind says what rewriting does at a place of a body.
type eventKind uint8

const (
	eventNone   eventKind = iota
	eventCharge           // take arg gas
	eventCheck            // take arg gas and compare what is left with zero
	eventNaN32            // make the top operand canonical
	eventNaN64            //
	eventBulk             // charge memory.copy or memory.fill by length
	eventGrow             // charge memory.grow by pages
	eventReturn           // a return, arg blocks deep
	eventSkip             // leave out the bytes up to arg
)

// event is one change to a body, before the byte at an offset of the module.
type event struct {
	at   int
	arg  uint64
	kind eventKind
}

// meter finds the basic blocks of a body and decides where gas is compared. It
// follows, along the worst path, how much gas may have been used since the last
// comparison.
type meter struct {
	events []event
	limit  uint64 // most gas without a comparison

	current   int    // the current block's event
	cost      uint64 // of the current block so far
	force     bool   // the current block compares in any case
	called    bool   // a call happened since the entry
	unchecked uint64 // since the last comparison, before the current block
	skip      int    // where unreachable code begins, or -1
	checks    int
	charges   int
}

func (m *meter) reset(limit uint64) {
	*m = meter{events: m.events[:0], limit: limit, skip: -1}
}

func (m *meter) add(e event) { m.events = append(m.events, e) }

// begin starts a basic block at an offset.
func (m *meter) begin(at int, force bool, unchecked uint64) {
	m.current, m.cost, m.force, m.unchecked = len(m.events), 0, force, unchecked
	m.add(event{at: at, kind: eventCharge})
}

// close ends the current basic block and fixes its charge. Afterwards unchecked
// counts the block too.
func (m *meter) close() {
	if m.skip >= 0 {
		return
	}
	e := &m.events[m.current]
	e.arg = m.cost
	switch {
	case m.force || m.unchecked+m.cost > m.limit:
		e.kind = eventCheck
		m.unchecked = 0
		m.checks++
	case m.cost > 0:
		m.unchecked += m.cost
		m.charges++
	case m.current == len(m.events)-1:
		m.events = m.events[:m.current]
	default:
		e.kind = eventNone
	}
}

// onlyEntry reports whether the current block is the one of the function's
// entry and nothing has been called in it.
func (m *meter) onlyEntry() bool { return m.current == 0 && !m.called }

// resume ends unreachable code at an offset.
func (m *meter) resume(at int) {
	if m.skip >= 0 && at > m.skip {
		m.add(event{at: m.skip, arg: uint64(at), kind: eventSkip})
	}
	m.skip = -1
}
