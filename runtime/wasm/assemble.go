package wasm

import "encoding/binary"

type globalName struct {
	name  string
	index uint32
}

// assemble writes the rewritten module. Sections that did not change are copied;
// custom sections and data are left out.
func (p *preparer) assemble(globals []globalName) []byte {
	m := &p.mod
	out := make([]byte, 0, len(p.out)+len(m.rawElements)+len(m.rawExports)+len(m.rawTypes)+len(m.rawFuncs)+4096+64*len(globals))
	out = append(out, p.code[:8]...)

	var b []byte
	for _, t := range p.extraTypes {
		b = append(b, 0x60)
		b = appendBytes(b, t.params)
		b = appendBytes(b, t.results)
	}
	out = appendVector(out, secType, len(m.types)+len(p.extraTypes), m.rawTypes, b)
	out = appendSection(out, secImport, m.rawImports)
	out = appendSection(out, secFunction, m.rawFuncs)
	out = appendSection(out, secTable, m.rawTable)
	if m.hasMemory {
		b = append(b[:0], 1, 1)
		b = binary.AppendUvarint(b, uint64(m.memMin))
		b = binary.AppendUvarint(b, uint64(m.memMax))
		out = appendSection(out, secMemory, b)
	}
	b = append(b[:0], valI64, 1, opI64Const, 0, opEnd, valI32, 1, opI32Const, 0, opEnd)
	out = appendVector(out, secGlobal, len(m.globals)+2, m.rawGlobals, b)
	b = b[:0]
	for _, g := range globals {
		b = appendBytes(b, []byte(g.name))
		b = append(b, KindGlobal)
		b = binary.AppendUvarint(b, uint64(g.index))
	}
	out = appendVector(out, secExport, len(m.exports)+len(globals), m.rawExports, b)
	out = appendSection(out, secElement, m.rawElements)
	if p.bodies > 0 {
		out = appendVector(out, secCode, p.bodies, p.out, nil)
	}
	return out
}

func appendBytes(out, b []byte) []byte {
	out = binary.AppendUvarint(out, uint64(len(b)))
	return append(out, b...)
}

func appendSection(out []byte, id byte, payload []byte) []byte {
	if payload == nil {
		return out
	}
	return appendBytes(append(out, id), payload)
}

// appendVector writes a section of n items that stand in two pieces.
func appendVector(out []byte, id byte, n int, first, second []byte) []byte {
	count := binary.AppendUvarint(nil, uint64(n))
	out = append(out, id)
	out = binary.AppendUvarint(out, uint64(len(count)+len(first)+len(second)))
	out = append(out, count...)
	out = append(out, first...)
	return append(out, second...)
}
