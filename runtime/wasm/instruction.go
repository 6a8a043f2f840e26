package wasm

import (
	"encoding/binary"

	"github.com/chancery-chain/chancery/runtime/gas"
)

// instruction validates the instruction op, whose immediates follow in r.
func (f *function) instruction(op byte) {
	r := f.r
	if f.live() {
		f.cost += f.p.costs[op]
	}
	switch op {
	case opUnreachable:
		f.close()
		f.kill()
	case opNop:
	case opBlock, opLoop:
		f.open(op)
	case opIf:
		f.pop(valI32)
		f.open(op)
	case opElse:
		f.elseArm()
	case opEnd:
		f.end()
	case opBr, opBrIf, opBrTable, opReturn:
		f.branch(op)
	case opCall, opCallIndirect:
		f.call(op)
	case opDrop:
		f.popAny()
	case opSelect:
		f.pop(valI32)
		b := f.popAny() & maskType
		a := f.pop(b) & maskType
		if a == valUnknown {
			a = b
		}
		f.push(a)
	case opLocalGet, opLocalSet, opLocalTee:
		f.local(op)
	case opGlobalGet, opGlobalSet:
		f.global(op)
	case opMemorySize, opMemoryGrow:
		f.memoryOp(op)
	case opI32Const:
		r.signed(32)
		f.push(valI32)
	case opI64Const:
		r.signed(64)
		f.push(valI64)
	case opF32Const:
		t := valF32
		if b := r.bytes(4); len(b) == 4 && !isF32NaN(binary.LittleEndian.Uint32(b)) {
			t |= flagNumber
		}
		f.push(t)
	case opF64Const:
		t := valF64
		if b := r.bytes(8); len(b) == 8 && !isF64NaN(binary.LittleEndian.Uint64(b)) {
			t |= flagNumber
		}
		f.push(t)
	case opMisc:
		f.misc()
	default:
		f.numeric(op)
	}
}

// numeric validates what the signature table describes.
func (f *function) numeric(op byte) {
	s := &signatures[op]
	if !s.known {
		f.fail(RuleFeature, "opcode %#x is not permitted", op)
		return
	}
	if s.align > 0 {
		f.memarg(s.align - 1)
	}
	if f.live() {
		f.st.exits += exits(op)
	}
	f.apply(s, op)
}

// exits returns what an instruction counts in Limits.Exits.
func exits(op byte) int {
	switch {
	case op >= 0x28 && op <= 0x3e: // loads and stores
		return 1
	case op >= 0x6d && op <= 0x70, op >= 0x7f && op <= 0x82: // div, rem
		return 1
	case op >= 0xa8 && op <= 0xab, op >= 0xae && op <= 0xb1: // trunc
		return 2
	}
	return 0
}

func (f *function) apply(s *signature, op byte) {
	var top byte
	switch s.n {
	case 1:
		top = f.pop(s.a)
	case 2:
		top = f.pop(s.b)
		f.pop(s.a)
	}
	if s.result != 0 {
		f.push(s.result)
	}
	if s.float && f.live() {
		f.st.floats++
		switch op {
		case opF32Store, opI32Reinterp, opF32Copysign:
			f.observe(top, eventNaN32)
		case opF64Store, opI64Reinterp, opF64Copysign:
			f.observe(top, eventNaN64)
		}
	}
}

// observe notes that the bits of the top operand become visible.
func (f *function) observe(operand byte, kind eventKind) {
	if operand&flagNumber != 0 {
		return
	}
	f.add(event{at: f.at, kind: kind})
	f.st.nans++
	if kind == eventNaN32 {
		f.needs.f32 = true
	} else {
		f.needs.f64 = true
	}
}

func (f *function) memarg(natural byte) {
	if !f.p.mod.hasMemory {
		f.fail(RuleIndex, "there is no memory")
	}
	if align := f.r.u32(); align > uint32(natural) {
		f.fail(RuleType, "alignment 2^%d is larger than the access", align)
	}
	f.r.u32()
}

func (f *function) branch(op byte) {
	r := f.r
	live := f.live()
	switch op {
	case opBr:
		fr := f.target(r.u32())
		f.check(fr.label())
		f.leave(fr)
		f.kill()
	case opBrIf:
		f.pop(valI32)
		fr := f.target(r.u32())
		f.popAll(fr.label())
		f.pushAll(fr.label())
		if live {
			f.st.control += 2
			f.st.values += len(fr.label())
			f.join(fr)
			f.begin(r.pos, false, f.unchecked)
		}
	case opReturn:
		f.check(f.frames[0].results)
		if live {
			f.st.control++
			f.close()
			f.add(event{at: f.at, kind: eventReturn, arg: uint64(len(f.frames) - 1)})
		}
		f.kill()
	case opBrTable:
		f.branchTable()
	}
}

// leave ends the current basic block by a branch to fr.
func (f *function) leave(fr *frame) {
	if f.live() {
		f.st.control++
		f.st.values += len(fr.label())
		f.join(fr)
	}
}

// reach notes that the basic block that was just closed goes on at the label of
// fr.
func (f *function) reach(fr *frame) {
	if f.live() {
		fr.unchecked = max(fr.unchecked, f.unchecked)
	}
}

func (f *function) branchTable() {
	r := f.r
	f.pop(valI32)
	limit := f.p.cfg.Limits.BrTable
	n := r.count(limit, RuleBrTable, "labels of br_table")
	if r.err != nil {
		return
	}
	f.st.brTable = max(f.st.brTable, n)
	live := f.live()
	if live {
		f.close()
		f.st.control += n + 1
	}
	labels := r.pos
	for range n {
		r.u32()
	}
	// The default comes last and says how many operands all labels take.
	last := f.target(r.u32())
	end := r.pos
	if r.err != nil {
		return
	}
	want := last.label()
	f.check(want)
	f.reach(last)
	if live {
		f.st.values += (n + 1) * len(want)
	}
	r.pos = labels
	for range n {
		fr := f.target(r.u32())
		if !equalTypes(fr.label(), want) {
			f.fail(RuleType, "labels of br_table take different operands")
		}
		if r.err != nil {
			return
		}
		f.reach(fr)
	}
	r.pos = end
	f.kill()
}

func (f *function) call(op byte) {
	r, m := f.r, &f.p.mod
	var t funcType
	if op == opCall {
		index := r.u32()
		if r.err == nil && uint64(index) >= uint64(len(m.funcs)) {
			f.fail(RuleIndex, "unknown function %d", index)
		}
		if r.err != nil {
			return
		}
		t = m.typeOf(index)
		f.noteCall(int(index) >= len(m.imports))
	} else {
		index := r.u32()
		table := r.byte()
		if r.err == nil && (table != 0 || !m.hasTable) {
			f.fail(RuleIndex, "unknown table %d", table)
		}
		if r.err == nil && uint64(index) >= uint64(len(m.types)) {
			f.fail(RuleIndex, "unknown type %d", index)
		}
		if r.err != nil {
			return
		}
		f.pop(valI32)
		t = m.types[index]
		f.noteCall(true)
		if f.live() {
			f.st.exits += exitsOfIndirect
		}
	}
	if f.live() {
		f.st.values += len(t.params) + len(t.results)
	}
	f.popAll(t.params)
	// What stays below the arguments lives across the call.
	if n := len(f.operands); n > f.spilled {
		f.slots += n - f.spilled
		f.spilled = n
	}
	f.pushAll(t.results)
}

func (f *function) noteCall(guest bool) {
	if f.live() {
		f.called = true
		f.calls = f.calls || guest
	}
}

func (f *function) local(op byte) {
	index := f.r.u32()
	if f.r.err == nil && uint64(index) >= uint64(len(f.locals)) {
		f.fail(RuleIndex, "unknown local %d", index)
	}
	if f.r.err != nil {
		return
	}
	t := f.locals[index]
	if op != opLocalGet {
		f.pop(t)
		if f.live() {
			f.slots++
			f.top().set.add(index)
		}
	}
	if op != opLocalSet {
		f.push(t)
	}
}

func (f *function) global(op byte) {
	index := f.r.u32()
	if f.r.err == nil && uint64(index) >= uint64(len(f.p.mod.globals)) {
		f.fail(RuleIndex, "unknown global %d", index)
	}
	if f.r.err != nil {
		return
	}
	g := f.p.mod.globals[index]
	if op == opGlobalGet {
		f.push(g.typ)
		return
	}
	if !g.mutable {
		f.fail(RuleType, "global %d is immutable", index)
	}
	f.pop(g.typ)
}

func (f *function) memoryOp(op byte) {
	if !f.p.mod.hasMemory {
		f.fail(RuleIndex, "there is no memory")
	}
	if f.r.byte() != 0 {
		f.fail(RuleMalformed, "memory index must be one zero byte")
	}
	if op == opMemoryGrow {
		f.pop(valI32)
		if f.live() {
			f.add(event{at: f.at, kind: eventGrow})
			f.st.control += controlOfBulk
			f.needs.i32, f.needs.i64 = true, true
		}
	}
	f.push(valI32)
}

func (f *function) misc() {
	r := f.r
	sub := r.u32()
	if r.err != nil {
		return
	}
	switch {
	case sub < 8:
		f.apply(&truncSignatures[sub], opMisc)
	case sub == miscMemoryCopy || sub == miscMemoryFill:
		if !f.p.mod.hasMemory {
			f.fail(RuleIndex, "there is no memory")
		}
		if r.byte() != 0 || (sub == miscMemoryCopy && r.byte() != 0) {
			f.fail(RuleMalformed, "memory index must be one zero byte")
		}
		f.pop(valI32)
		f.pop(valI32)
		f.pop(valI32)
		if f.live() {
			f.add(event{at: f.at, kind: eventBulk})
			f.st.control += controlOfBulk
			f.needs.i32, f.needs.i64 = true, true
		}
	default:
		f.fail(RuleFeature, "opcode 0xfc %d is not permitted", sub)
		return
	}
	if f.live() {
		f.cost += f.p.cfg.Schedule.Op[gas.MiscClass(sub)]
	}
}
