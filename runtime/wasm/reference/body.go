package reference

// instruction is one instruction with its immediates.
type instruction struct {
	op     byte
	sub    uint32 // the opcode after the prefix 0xfc
	index  uint32 // of a label, local, global, function or type
	offset uint32 // of a load or store
	bits   uint64 // of a constant
	labels []uint32
	// Of block, loop and if: the block's type, where its else stands or 0, and
	// where its end does.
	params, results int
	otherwise, end  int
	// ends says that a basic block ends behind the instruction.
	ends bool
}

// body is a function's instructions. The last is the function's own end.
type body struct {
	typ    FuncType
	locals int // declared, parameters not counted
	code   []instruction
}

func (m *Module) decodeBody(i int) *body {
	r := &reader{b: m.bodies[i]}
	b := &body{typ: m.Funcs[len(m.Imports)+i]}
	for n := r.u32(); n > 0; n-- {
		b.locals += int(r.u32())
		r.byte() // type: all locals begin as zero bits
	}
	for !r.empty() {
		b.code = append(b.code, m.decodeInstruction(r))
	}
	matchEnds(b.code)
	findBlocks(b.code)
	return b
}

// decodeInstruction follows section 5.4.
func (m *Module) decodeInstruction(r *reader) (in instruction) {
	in.op = r.byte()
	switch op := in.op; {
	case op == 0x02 || op == 0x03 || op == 0x04: // block, loop, if
		switch t := r.signed(); {
		case t >= 0:
			in.params, in.results = len(m.Types[t].Params), len(m.Types[t].Results)
		case t != -64: // one value
			in.results = 1
		}
	case op == 0x0e: // br_table
		for n := r.u32() + 1; n > 0; n-- {
			in.labels = append(in.labels, r.u32())
		}
	case op == 0x11: // call_indirect
		in.index = r.u32()
		r.byte() // table
	case op == 0x0c || op == 0x0d || op == 0x10 || op >= 0x20 && op <= 0x24:
		in.index = r.u32()
	case op >= 0x28 && op <= 0x3e: // loads and stores
		r.u32() // alignment is a hint
		in.offset = r.u32()
	case op == 0x3f || op == 0x40: // memory.size, memory.grow
		r.byte()
	case op >= 0x41 && op <= 0x44:
		in.bits = r.number(op)
	case op == 0xfc:
		in.sub = r.u32()
		switch in.sub {
		case 10: // memory.copy
			r.take(2)
		case 11: // memory.fill
			r.byte()
		}
	}
	return in
}

// matchEnds finds the else and end of every block.
func matchEnds(code []instruction) {
	var open []int
	for i := range code {
		switch code[i].op {
		case 0x02, 0x03, 0x04:
			open = append(open, i)
		case 0x05:
			code[open[len(open)-1]].otherwise = i
		case 0x0b:
			if len(open) > 0 {
				start := &code[open[len(open)-1]]
				start.end = i
				if start.otherwise > 0 {
					code[start.otherwise].end = i
				}
				open = open[:len(open)-1]
			}
		}
	}
}

// findBlocks marks the instructions behind which a basic block ends. That is the
// published rule. Control leaves or may leave at unreachable, br, br_if, br_table
// and return; an if chooses; an else jumps to its end. Control arrives behind loop,
// else, the end of an if, and the end of a block that a branch in reachable code
// goes to. Everything else, a call too, does not end a block.
//
// Code is reachable as validation sees it: everything but what stands between an
// instruction that never goes on and the else or end of the block around it.
func findBlocks(code []instruction) {
	type frame struct {
		at       int // of its instruction; -1 for the function
		dead     bool
		targeted bool
	}
	frames := []frame{{at: -1}}
	dead := false
	target := func(label uint32) {
		if !dead {
			frames[len(frames)-1-int(label)].targeted = true
		}
	}
	for i := range code {
		in := &code[i]
		switch in.op {
		case 0x02, 0x03, 0x04:
			frames = append(frames, frame{at: i, dead: dead})
			in.ends = in.op != 0x02
		case 0x05:
			dead = frames[len(frames)-1].dead
			in.ends = true
		case 0x0b:
			f := frames[len(frames)-1]
			frames = frames[:len(frames)-1]
			dead = f.dead
			if f.at < 0 {
				in.ends = true
				break
			}
			start := code[f.at].op
			in.ends = start == 0x04 || start == 0x02 && f.targeted
		case 0x0d:
			target(in.index)
			in.ends = true
		case 0x00, 0x0c, 0x0e, 0x0f:
			if in.op == 0x0c {
				target(in.index)
			}
			for _, l := range in.labels {
				target(l)
			}
			in.ends, dead = true, true
		}
	}
}
