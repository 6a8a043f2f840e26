package wasm_test

import (
	"encoding/binary"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chancery-chain/chancery/runtime/gas"
	w "github.com/chancery-chain/chancery/runtime/wasm/wasmtest"
)

// naiveGas is the exported global in which a module of naive counts.
const naiveGas = "naive"

// naive rewrites a valid module so that it counts its own gas in the simplest
// way: before every instruction, the instruction's cost is added. It knows
// nothing of basic blocks, branches or reachability, so it is a check on those
// that do. It is slow, has no limits, and leaves NaNs alone.
func naive(t *testing.T, code []byte, s gas.Schedule, maxPages uint32) []byte {
	t.Helper()
	sections := splitSections(code)
	find := func(id byte) *[]byte {
		i := slices.IndexFunc(sections, func(s wasmSection) bool { return s.id == id })
		require.GreaterOrEqual(t, i, 0, "section %d is missing", id)
		return &sections[i].payload
	}
	types, _ := vector(*find(w.SectionType))
	funcs, _ := vector(*find(w.SectionFunction))
	counter, _ := vector(*find(w.SectionGlobal))
	imports := uint32(0)
	for _, s := range sections {
		if s.id == w.SectionImport {
			imports, _ = vector(s.payload)
		}
	}
	grow(find(w.SectionType), []byte{0x60, 1, w.I32, 1, w.I32})
	grow(find(w.SectionFunction), w.U32(types))
	grow(find(w.SectionFunction), w.U32(types))
	grow(find(w.SectionGlobal), w.Seq([]byte{w.I64, 1}, w.I64Const(0), w.End))
	grow(find(w.SectionExport), w.Seq(w.U32(uint32(len(naiveGas))), []byte(naiveGas), []byte{w.KindGlobal}, w.U32(counter)))

	add := func(cost ...w.Code) w.Code {
		return w.Seq(w.GlobalGet(counter), w.Seq(cost...), w.I64Add, w.GlobalSet(counter))
	}
	n := w.Seq(w.LocalGet(0), w.I64ExtendI32U)
	bulk := w.Seq([]byte{0}, add(n, w.I64Const(32), w.I64DivU, w.I64Const(int64(s.BulkUnit)), w.I64Mul), w.LocalGet(0), w.End)
	pages := w.Seq([]byte{0},
		n, w.MemorySize, w.I64ExtendI32U, w.I64Add, w.I64Const(int64(maxPages)+1), w.I64LtS,
		w.If(w.Empty, add(n, w.I64Const(int64(s.GrowPage)), w.I64Mul)), w.LocalGet(0), w.End)
	c := counting{s: s, add: add, bulk: w.Call(imports + funcs), pages: w.Call(imports + funcs + 1)}

	payload := find(w.SectionCode)
	count, body := vector(*payload)
	out := w.U32(count + 2)
	for range count {
		size, k := binary.Uvarint(body)
		b := c.body(body[k : k+int(size)])
		out = append(append(out, w.U32(uint32(len(b)))...), b...)
		body = body[k+int(size):]
	}
	for _, b := range [][]byte{bulk, pages} {
		out = append(append(out, w.U32(uint32(len(b)))...), b...)
	}
	*payload = out

	all := w.Header()
	for _, s := range sections {
		all = append(all, w.Section(s.id, s.payload)...)
	}
	return all
}

type wasmSection struct {
	id      byte
	payload []byte
}

func splitSections(code []byte) (out []wasmSection) {
	for code = code[8:]; len(code) > 0; {
		size, k := binary.Uvarint(code[1:])
		out = append(out, wasmSection{code[0], slices.Clone(code[1+k : 1+k+int(size)])})
		code = code[1+k+int(size):]
	}
	return out
}

func vector(payload []byte) (count uint32, items []byte) {
	n, k := binary.Uvarint(payload)
	return uint32(n), payload[k:]
}

// grow adds an item to a section.
func grow(payload *[]byte, item []byte) {
	n, items := vector(*payload)
	*payload = w.Seq(w.U32(n+1), items, item)
}

type counting struct {
	s           gas.Schedule
	add         func(...w.Code) w.Code
	bulk, pages w.Code
}

// body adds the counting to a body.
func (c counting) body(b []byte) (out []byte) {
	pos := 0
	skip := func(numbers int) {
		for range numbers {
			for b[pos] >= 0x80 {
				pos++
			}
			pos++
		}
	}
	groups, k := binary.Uvarint(b)
	pos = k
	locals := uint64(0)
	for range groups {
		n, k := binary.Uvarint(b[pos:])
		locals += n
		pos += k + 1
	}
	out = append(out, b[:pos]...)
	out = append(out, c.add(w.I64Const(int64(c.s.Entry+c.s.Local*locals)))...)
	for pos < len(b) {
		start, op := pos, b[pos]
		pos++
		cost := c.s.Op[gas.OpClass(op)]
		switch {
		case op <= 0x04 && op >= 0x02, op == 0x0c, op == 0x0d, op == 0x10, op >= 0x20 && op <= 0x24, op >= 0x3f && op <= 0x42:
			skip(1)
		case op == 0x11, op >= 0x28 && op <= 0x3e:
			skip(2)
		case op == 0x0e:
			n, k := binary.Uvarint(b[pos:])
			pos += k
			skip(int(n) + 1)
		case op == 0x43:
			pos += 4
		case op == 0x44:
			pos += 8
		case op == 0xfc:
			sub := b[pos]
			pos++
			cost = c.s.Op[gas.MiscClass(uint32(sub))]
			if sub >= 10 {
				out = append(out, c.bulk...)
				pos += int(12 - sub) // memory indices
			}
		}
		if op == 0x40 {
			out = append(out, c.pages...)
		}
		if cost > 0 {
			out = append(out, c.add(w.I64Const(int64(cost)))...)
		}
		out = append(out, b[start:pos]...)
	}
	return out
}
