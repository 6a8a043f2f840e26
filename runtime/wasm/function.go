package wasm

import "math/bits"

// frame is a block, loop, if or the function itself while its body is read.
type frame struct {
	op      byte // opIf becomes opElse at its else; the function's frame has opBlock
	dead    bool // operands below the frame's height are of unknown type
	ghost   bool // opened in code that cannot be reached
	target  bool // some reachable code branches to its label
	params  []byte
	results []byte
	height  int // operands below it
	// unchecked is the most gas that a path to the label at the end can have used
	// since the last comparison; atIf the same where an if began.
	unchecked, atIf uint64
	// set has the locals that the body assigns: they may need a value of their
	// own where paths join.
	set localSet
}

// label returns what a branch to the frame takes along.
func (f *frame) label() []byte {
	if f.op == opLoop {
		return f.params
	}
	return f.results
}

// localSet is a set of local indices. Limits.Locals never passes its size.
type localSet [maxLocals / 64]uint64

const maxLocals = 256

func (s *localSet) add(i uint32) { s[i/64] |= 1 << (i % 64) }

func (s *localSet) union(o *localSet) {
	for i := range s {
		s[i] |= o[i]
	}
}

func (s *localSet) size() (n int) {
	for _, w := range s {
		n += bits.OnesCount64(w)
	}
	return n
}

// function is the state of one body's validation. It is reused.
type function struct {
	p     *preparer
	r     *reader
	typ   funcType
	index int

	locals   []byte // types of parameters and locals
	groups   []byte // the locals' declaration without its count
	nGroups  uint32
	operands []byte // types, with flagNumber
	frames   []frame
	at       int // offset of the current instruction

	meter

	loops   int // loops around
	calls   bool
	needs   temporaries
	height  int // largest operand height
	slots   int // values that may get a stack slot of their own
	spilled int // operands below this height have been counted in slots

	st bodyStats
}

type bodyStats struct {
	control, nesting, loopNesting, brTable, floats, nans, deep, values, exits int
}

// read validates the body in r and leaves the events of its rewriting.
func (f *function) read(r *reader, index int, typ funcType) {
	f.r, f.typ, f.index = r, typ, index
	f.operands, f.frames = f.operands[:0], f.frames[:0]
	f.loops, f.calls, f.needs, f.height, f.slots, f.spilled = 0, false, temporaries{}, 0, 0, 0
	f.st = bodyStats{}
	f.readLocals()
	if r.err != nil {
		return
	}
	costs := f.p.cfg.Schedule
	entry := costs.Entry + costs.Local*uint64(len(f.locals)-len(typ.params))
	f.meter.reset(f.p.cfg.Limits.UncheckedGas)
	f.frames = append(f.frames, frame{op: opBlock, results: typ.results})
	f.begin(r.pos, true, 0)
	f.cost = entry
	for len(f.frames) > 0 && r.err == nil {
		f.at = r.pos
		f.instruction(r.byte())
	}
	if r.err == nil && r.pos != r.end {
		r.fail(r.pos, RuleMalformed, "%d bytes after the end of the body", r.left())
	}
}

func (f *function) readLocals() {
	r, limit := f.r, f.p.cfg.Limits.Locals
	f.locals = append(f.locals[:0], f.typ.params...)
	f.nGroups = r.u32()
	start := r.pos
	for range f.nGroups {
		at := r.pos
		n := r.u32()
		t := r.byte()
		if r.err != nil {
			return
		}
		if !isValueType(t) {
			r.fail(at, RuleFeature, "value type %#x is not permitted", t)
			return
		}
		if uint64(len(f.locals))+uint64(n) > uint64(limit) {
			r.fail(at, RuleLocals, "more than %d parameters and locals", limit)
			return
		}
		for range n {
			f.locals = append(f.locals, t)
		}
	}
	f.groups = r.b[start:r.pos]
}

func (f *function) fail(rule, format string, args ...any) { f.r.fail(f.at, rule, format, args...) }

// live reports whether the current instruction can be reached.
func (f *function) live() bool { return f.skip < 0 }

func (f *function) top() *frame { return &f.frames[len(f.frames)-1] }

func (f *function) push(t byte) {
	f.operands = append(f.operands, t)
	if n := len(f.operands); n > f.height {
		f.height = n
		if n > f.p.cfg.Limits.Operands {
			f.fail(RuleOperands, "more than %d operands", f.p.cfg.Limits.Operands)
		}
	}
	if n := len(f.operands); n > freeRegisters {
		f.slots++
		if n > deepOperands {
			f.st.deep++
		}
	}
}

func (f *function) pushAll(types []byte) {
	for _, t := range types {
		f.push(t)
	}
}

// popAny takes an operand of any type.
func (f *function) popAny() byte {
	fr := f.top()
	if n := len(f.operands); n > fr.height {
		t := f.operands[n-1]
		f.operands = f.operands[:n-1]
		if n-1 < f.spilled {
			f.spilled = n - 1
		}
		return t
	}
	if !fr.dead {
		f.fail(RuleType, "operand missing")
	}
	return valUnknown
}

func (f *function) pop(want byte) byte {
	t := f.popAny()
	if got := t & maskType; got != want && got != valUnknown && want != valUnknown {
		f.fail(RuleType, "operand of type %s, want %s", typeName(got), typeName(want))
	}
	return t
}

func (f *function) popAll(types []byte) {
	for i := len(types) - 1; i >= 0 && f.r.err == nil; i-- {
		f.pop(types[i])
	}
}

// check compares the top operands with types and changes nothing.
func (f *function) check(types []byte) {
	fr := f.top()
	for i, n := len(types)-1, len(f.operands); i >= 0; i-- {
		n--
		if n < fr.height {
			if !fr.dead {
				f.fail(RuleType, "operand missing for a branch")
			}
			return
		}
		if got := f.operands[n] & maskType; got != types[i] && got != valUnknown {
			f.fail(RuleType, "branch takes %s, want %s", typeName(got), typeName(types[i]))
			return
		}
	}
}

// kill marks the rest of the current block as unreachable.
func (f *function) kill() {
	fr := f.top()
	fr.dead = true
	f.operands = f.operands[:fr.height]
	f.spilled = min(f.spilled, fr.height)
	if f.live() {
		f.skip = f.r.pos
	}
}

// target returns the frame of a label. Reachable branches mark it.
func (f *function) target(label uint32) *frame {
	if uint64(label) >= uint64(len(f.frames)) {
		f.fail(RuleIndex, "unknown label %d", label)
		return f.top()
	}
	fr := &f.frames[len(f.frames)-1-int(label)]
	if f.live() {
		fr.target = true
	}
	return fr
}

func (f *function) blockType() (params, results []byte) {
	r := f.r
	if r.left() > 0 {
		if t := r.b[r.pos]; t == blockVoid || isValueType(t) {
			r.pos++
			if t == blockVoid {
				return nil, nil
			}
			return nil, r.b[r.pos-1 : r.pos]
		}
	}
	index := r.signed(33)
	if r.err == nil && (index < 0 || index >= int64(len(f.p.mod.types))) {
		f.fail(RuleIndex, "unknown block type %d", index)
	}
	if r.err != nil {
		return nil, nil
	}
	t := f.p.mod.types[index]
	return t.params, t.results
}

// open enters a block, loop or if.
func (f *function) open(op byte) {
	limits := &f.p.cfg.Limits
	params, results := f.blockType()
	f.popAll(params)
	if f.r.err != nil {
		return
	}
	if len(f.frames) > limits.Nesting {
		f.fail(RuleNesting, "nested deeper than %d", limits.Nesting)
		return
	}
	fr := frame{op: op, ghost: !f.live(), params: params, results: results, height: len(f.operands)}
	f.st.nesting = max(f.st.nesting, len(f.frames))
	if op == opLoop {
		f.loops++
		f.st.loopNesting = max(f.st.loopNesting, f.loops)
		if f.loops > limits.LoopNesting {
			f.fail(RuleLoopNesting, "loops nested deeper than %d", limits.LoopNesting)
			return
		}
	}
	if f.live() {
		f.st.control++
		switch op {
		case opLoop:
			// Every path from the entry leads straight to this comparison.
			if f.onlyEntry() {
				f.force = false
			}
			f.close()
			f.begin(f.r.pos, true, f.unchecked)
		case opIf:
			f.close()
			fr.atIf = f.unchecked
			f.begin(f.r.pos, false, f.unchecked)
		}
	}
	f.frames = append(f.frames, fr)
	f.pushAll(params)
}

// finish checks the operands at the end of the top frame's body.
func (f *function) finish() {
	fr := f.top()
	f.popAll(fr.results)
	if f.r.err == nil && len(f.operands) != fr.height {
		f.fail(RuleType, "%d operands too many at the end of a block", len(f.operands)-fr.height)
	}
}

func (f *function) elseArm() {
	if f.top().op != opIf {
		f.fail(RuleMalformed, "else without if")
		return
	}
	f.finish()
	if f.r.err != nil {
		return
	}
	fr := f.top()
	if !fr.ghost {
		f.st.control++
		f.join(fr)
		f.resume(f.at)
		f.begin(f.r.pos, false, fr.atIf)
	}
	fr.op, fr.dead = opElse, false
	f.pushAll(fr.params)
}

func (f *function) end() {
	f.finish()
	if f.r.err != nil {
		return
	}
	fr := *f.top()
	if fr.op == opIf && !equalTypes(fr.params, fr.results) {
		f.fail(RuleType, "if without else must leave its operands as they are")
		return
	}
	if fr.op == opLoop {
		f.loops--
	}
	f.frames = f.frames[:len(f.frames)-1]
	if len(f.frames) == 0 {
		f.join(&fr)
		f.resume(f.at)
		return
	}
	f.top().set.union(&fr.set)
	f.pushAll(fr.results)
	if fr.ghost {
		return
	}
	joins := fr.target || !f.live() || fr.op == opIf || fr.op == opElse
	f.st.values += len(fr.params) + len(fr.results)
	if fr.op == opLoop {
		joins = !f.live()
		f.slots += fr.set.size()
	} else if joins {
		f.slots += fr.set.size() + len(fr.results)
	}
	if !joins {
		return
	}
	f.join(&fr)
	f.resume(f.at)
	if fr.op == opIf {
		fr.unchecked = max(fr.unchecked, fr.atIf)
	}
	f.begin(f.r.pos, false, fr.unchecked)
}

// join ends the current basic block, if it can be reached, by going on at the
// end of fr.
func (f *function) join(fr *frame) {
	if f.live() {
		f.close()
		f.reach(fr)
	}
}

func equalTypes(a, b []byte) bool { return string(a) == string(b) }
