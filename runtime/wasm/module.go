package wasm

import "bytes"

// Kinds of exports.
const (
	KindFunc   byte = 0
	KindTable  byte = 1
	KindMemory byte = 2
	KindGlobal byte = 3
)

// Section numbers.
const (
	secCustom    = 0
	secType      = 1
	secImport    = 2
	secFunction  = 3
	secTable     = 4
	secMemory    = 5
	secGlobal    = 6
	secExport    = 7
	secStart     = 8
	secElement   = 9
	secCode      = 10
	secData      = 11
	secDataCount = 12
)

// Import is a function that a module imports. Params and Results are value
// types as in the binary format.
type Import struct {
	Module, Name    string
	Params, Results []byte
}

// Export is something that a module exports. Params and Results are set for
// functions.
type Export struct {
	Name            string
	Kind            byte
	Index           uint32
	Params, Results []byte
}

// DataSegment is what a stripped data segment writes to memory before anything
// runs. Bytes belongs to the module that was prepared.
type DataSegment struct {
	Offset uint32
	Bytes  []byte
}

type funcType struct{ params, results []byte }

func (t funcType) equal(u funcType) bool {
	return bytes.Equal(t.params, u.params) && bytes.Equal(t.results, u.results)
}

type globalType struct {
	typ     byte
	mutable bool
}

// module is what the sections before the code say.
type module struct {
	types   []funcType
	imports []Import
	funcs   []uint32 // type index per function, imports first
	globals []globalType
	exports []Export

	hasTable  bool
	tableMin  uint32
	hasMemory bool
	memMin    uint32
	memMax    uint32

	data      []DataSegment
	dataBytes int
	dataCount int // from the data count section, or -1
	elements  int
	custom    map[string][]byte
	// customBytes counts kept sections.
	customBytes int

	// Vectors of the sections that are copied, without their counts.
	rawTypes, rawGlobals, rawExports []byte
	// Whole payloads of sections that are copied as they are.
	rawImports, rawFuncs, rawTable, rawElements []byte
}

func (m *module) typeOf(fn uint32) funcType { return m.types[m.funcs[fn]] }

// orderOf gives a section its place: the data count section stands before the
// code.
func orderOf(id byte) int {
	switch {
	case id == secDataCount:
		return 2*secElement + 1
	case id <= secData:
		return 2 * int(id)
	}
	return -1
}

// decode walks the sections. Function bodies are handed to p as they come.
func (p *preparer) decode() *Error {
	r := &reader{b: p.code, end: len(p.code)}
	if len(p.code) < 8 || string(p.code[:4]) != "\x00asm" {
		return fail(0, RuleMalformed, "not a Wasm module")
	}
	if string(p.code[4:8]) != "\x01\x00\x00\x00" {
		return fail(4, RuleMalformed, "unknown binary version")
	}
	r.pos = 8
	last := 0
	for r.left() > 0 {
		start := r.pos
		id := r.byte()
		size := r.u32()
		if r.err != nil {
			return r.err
		}
		if uint64(size) > uint64(r.left()) {
			return fail(start, RuleMalformed, "section of %d bytes, %d left", size, r.left())
		}
		s := &reader{b: p.code, pos: r.pos, end: r.pos + int(size)}
		r.pos = s.end
		if id != secCustom {
			order := orderOf(id)
			if order < 0 {
				return fail(start, RuleMalformed, "unknown section %d", id)
			}
			if order <= last {
				return fail(start, RuleMalformed, "section %d twice or out of order", id)
			}
			last = order
		}
		p.section(id, s)
		if s.err != nil {
			return s.err
		}
		if s.pos != s.end {
			return fail(s.pos, RuleMalformed, "section %d has %d bytes too many", id, s.left())
		}
	}
	m := &p.mod
	if p.bodies != len(m.funcs)-len(m.imports) {
		return fail(len(p.code), RuleMalformed, "%d functions declared, %d bodies", len(m.funcs)-len(m.imports), p.bodies)
	}
	if m.dataCount >= 0 && m.dataCount != len(m.data) {
		return fail(len(p.code), RuleMalformed, "%d data segments announced, %d found", m.dataCount, len(m.data))
	}
	return nil
}

func (p *preparer) section(id byte, r *reader) {
	m := &p.mod
	payload := r.b[r.pos:r.end]
	switch id {
	case secCustom:
		p.customSection(r)
	case secType:
		p.typeSection(r)
	case secImport:
		m.rawImports = payload
		p.importSection(r)
	case secFunction:
		m.rawFuncs = payload
		p.functionSection(r)
	case secTable:
		m.rawTable = payload
		p.tableSection(r)
	case secMemory:
		p.memorySection(r)
	case secGlobal:
		p.globalSection(r)
	case secExport:
		p.exportSection(r)
	case secStart:
		r.fail(r.pos, RuleStart, "a start section is not permitted")
	case secElement:
		m.rawElements = payload
		p.elementSection(r)
	case secDataCount:
		m.dataCount = int(r.u32())
	case secCode:
		p.codeSection(r)
	case secData:
		p.dataSection(r)
	}
}
