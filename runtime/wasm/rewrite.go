package wasm

import (
	"encoding/binary"

	"github.com/chancery-chain/chancery/runtime/gas"
)

// Canonical NaNs. Core specification, section 2.2.3.
const (
	canonicalNaN32 = 0x7fc00000
	canonicalNaN64 = 0x7ff8 << 48
)

// temporaries says which locals rewriting needs.
type temporaries struct {
	i32, i64, f32, f64 bool
	// Their indices.
	i32At, i64At, f32At, f64At uint32
}

func (t *temporaries) place(first uint32) (decl []byte, n uint32) {
	for _, s := range []struct {
		want bool
		at   *uint32
		typ  byte
	}{{t.i32, &t.i32At, valI32}, {t.i64, &t.i64At, valI64}, {t.f32, &t.f32At, valF32}, {t.f64, &t.f64At, valF64}} {
		if s.want {
			*s.at = first + n
			decl = append(decl, 1, s.typ)
			n++
		}
	}
	return decl, n
}

// rewrite writes the body that was just read, with its events applied, to the
// output. At is the body's offset, for errors.
func (f *function) rewrite(at int) {
	p := f.p
	control := f.st.control + f.checks
	f.needs.i64 = f.needs.i64 || f.checks > 0
	if f.calls {
		f.needs.i32 = true
		control += 2
	}
	decl, added := f.needs.place(uint32(len(f.locals)))
	e := emitter{p: p, b: p.scratch[:0], t: &f.needs}
	e.u32(f.nGroups + added)
	e.b = append(append(e.b, f.groups...), decl...)

	// The bytes of instructions begin after the locals and end before the last
	// end.
	pos, last := f.events[0].at, f.r.end-1
	events := f.events
	if f.calls {
		entry := events[0]
		events = events[1:]
		e.enter(entry, int32(f.frameSize()))
		e.op(opBlock)
		e.blockType(f.typ.results)
	}
	for _, v := range events {
		e.b = append(e.b, f.r.b[pos:v.at]...)
		pos = v.at
		switch v.kind {
		case eventCharge:
			e.charge(v.arg)
		case eventCheck:
			e.chargeAndCheck(v.arg)
		case eventNaN32:
			e.canonical32()
		case eventNaN64:
			e.canonical64()
		case eventBulk:
			e.chargeBulk()
		case eventGrow:
			e.chargeGrow()
		case eventReturn:
			if f.calls {
				e.op(opBr)
				e.u32(uint32(v.arg))
				pos++
			}
		case eventSkip:
			pos = int(v.arg)
		}
	}
	e.b = append(e.b, f.r.b[pos:last]...)
	if f.calls {
		e.op(opEnd)
		e.leave(int32(f.frameSize()))
	}
	e.op(opEnd)
	p.scratch = e.b
	f.account(at, len(e.b), len(f.locals)+int(added), control)
	p.out = binary.AppendUvarint(p.out, uint64(len(e.b)))
	p.out = append(p.out, e.b...)
}

// emitter appends instructions.
type emitter struct {
	p *preparer
	b []byte
	t *temporaries
}

func (e *emitter) op(ops ...byte)           { e.b = append(e.b, ops...) }
func (e *emitter) u32(v uint32)             { e.b = binary.AppendUvarint(e.b, uint64(v)) }
func (e *emitter) with(op byte, arg uint32) { e.b = append(e.b, op); e.u32(arg) }

// signed appends a signed LEB128 number.
func (e *emitter) signed(v int64) {
	for v < -64 || v > 63 {
		e.b = append(e.b, byte(v)&0x7f|0x80)
		v >>= 7
	}
	e.b = append(e.b, byte(v)&0x7f)
}

func (e *emitter) i32(v int32) { e.op(opI32Const); e.signed(int64(v)) }
func (e *emitter) i64(v int64) { e.op(opI64Const); e.signed(v) }

// blockType appends the type of a block without parameters.
func (e *emitter) blockType(results []byte) {
	switch len(results) {
	case 0:
		e.op(blockVoid)
	case 1:
		e.op(results[0])
	default:
		e.signed(int64(e.p.typeIndex(funcType{results: results})))
	}
}

// typeIndex returns the index of a type, which is added when there is none.
func (p *preparer) typeIndex(t funcType) int {
	if i, ok := p.blockTypes[string(t.results)]; ok {
		return i
	}
	index := -1
	for i, u := range p.mod.types {
		if u.equal(t) {
			index = i
			break
		}
	}
	if index < 0 {
		index = len(p.mod.types) + len(p.extraTypes)
		p.extraTypes = append(p.extraTypes, t)
	}
	if p.blockTypes == nil {
		p.blockTypes = map[string]int{}
	}
	p.blockTypes[string(t.results)] = index
	return index
}

// trapIf ends the call when the operand is not zero.
func (e *emitter) trapIf() { e.op(opIf, blockVoid, opUnreachable, opEnd) }

func (e *emitter) charge(cost uint64) {
	g := e.p.gasIndex()
	e.with(opGlobalGet, g)
	e.i64(int64(cost))
	e.op(opI64Sub)
	e.with(opGlobalSet, g)
}

func (e *emitter) chargeAndCheck(cost uint64) {
	e.chargeAndTest(cost)
	e.trapIf()
}

// chargeAndTest pushes whether the gas has run out.
func (e *emitter) chargeAndTest(cost uint64) {
	g := e.p.gasIndex()
	e.with(opGlobalGet, g)
	if cost > 0 {
		e.i64(int64(cost))
		e.op(opI64Sub)
		e.takeGas()
		return
	}
	e.i64(0)
	e.op(opI64LtS)
}

// takeGas makes the operand the gas left and pushes whether that has run out.
func (e *emitter) takeGas() {
	e.with(opLocalTee, e.t.i64At)
	e.with(opGlobalSet, e.p.gasIndex())
	e.with(opLocalGet, e.t.i64At)
	e.i64(0)
	e.op(opI64LtS)
}

// enter charges the entry block and takes the frame's stack, with one branch
// for both limits.
func (e *emitter) enter(entry event, frame int32) {
	s := e.p.stackIndex()
	checked := entry.kind == eventCheck
	if checked {
		e.chargeAndTest(entry.arg)
	} else {
		e.charge(entry.arg)
	}
	e.with(opGlobalGet, s)
	e.i32(frame)
	e.op(opI32Add)
	e.with(opLocalTee, e.t.i32At)
	e.with(opGlobalSet, s)
	e.with(opLocalGet, e.t.i32At)
	e.i32(int32(e.p.cfg.MaxStack))
	e.op(opI32GtU)
	if checked {
		e.op(opI32Or)
	}
	e.trapIf()
}

func (e *emitter) leave(frame int32) {
	s := e.p.stackIndex()
	e.with(opGlobalGet, s)
	e.i32(frame)
	e.op(opI32Sub)
	e.with(opGlobalSet, s)
}

func (e *emitter) canonical32() {
	e.with(opLocalTee, e.t.f32At)
	e.op(opF32Const)
	e.b = binary.LittleEndian.AppendUint32(e.b, canonicalNaN32)
	e.with(opLocalGet, e.t.f32At)
	e.with(opLocalGet, e.t.f32At)
	e.op(opF32Eq, opSelect)
}

func (e *emitter) canonical64() {
	e.with(opLocalTee, e.t.f64At)
	e.op(opF64Const)
	e.b = binary.LittleEndian.AppendUint64(e.b, canonicalNaN64)
	e.with(opLocalGet, e.t.f64At)
	e.with(opLocalGet, e.t.f64At)
	e.op(opF64Eq, opSelect)
}

// chargeBulk charges by the length on top of the operands, which stays there.
// The product is below 2^32 / 2^gas.BulkShift * 2^20: nothing wraps.
func (e *emitter) chargeBulk() {
	e.with(opLocalSet, e.t.i32At)
	e.with(opGlobalGet, e.p.gasIndex())
	e.with(opLocalGet, e.t.i32At)
	e.op(opI64ExtendU)
	e.i64(gas.BulkShift)
	e.op(opI64ShrU)
	if unit := e.p.cfg.Schedule.BulkUnit; unit != 1 {
		e.i64(int64(unit))
		e.op(opI64Mul)
	}
	e.op(opI64Sub)
	e.takeGas()
	e.trapIf()
	e.with(opLocalGet, e.t.i32At)
}

// chargeGrow charges by the pages on top of the operands, which stay there, when
// the memory can take them; otherwise memory.grow does nothing and costs nothing
// more.
func (e *emitter) chargeGrow() {
	e.with(opLocalSet, e.t.i32At)
	e.with(opGlobalGet, e.p.gasIndex())
	e.with(opLocalGet, e.t.i32At)
	e.op(opI64ExtendU)
	e.i64(int64(e.p.cfg.Schedule.GrowPage))
	e.op(opI64Mul)
	e.i64(0)
	e.with(opLocalGet, e.t.i32At)
	e.op(opI64ExtendU)
	e.op(opMemorySize, 0, opI64ExtendU, opI64Add)
	e.i64(int64(e.p.mod.memMax))
	e.op(opI64LeU, opSelect, opI64Sub)
	e.takeGas()
	e.trapIf()
	e.with(opLocalGet, e.t.i32At)
}
