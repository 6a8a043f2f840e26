// Package wasmtest builds small Wasm modules for tests, valid and hostile ones.
//
//	m := wasmtest.New()
//	m.Memory(1).ExportMemory("memory")
//	f := m.Func(wasmtest.Type(wasmtest.I32)(wasmtest.I32), nil,
//		wasmtest.LocalGet(0), wasmtest.I32Const(1), wasmtest.I32Add)
//	m.ExportFunc("increment", f)
//	code := m.Bytes()
//
// The builder checks nothing, so that tests can build what a validator must
// refuse. Sections that it cannot make are added as bytes with RawSection.
package wasmtest

import "bytes"

// Value types.
const (
	I32 byte = 0x7f
	I64 byte = 0x7e
	F32 byte = 0x7d
	F64 byte = 0x7c
)

// Section numbers, in the order in which they must stand, except that
// SectionDataCount stands before SectionCode.
const (
	SectionCustom    byte = 0
	SectionType      byte = 1
	SectionImport    byte = 2
	SectionFunction  byte = 3
	SectionTable     byte = 4
	SectionMemory    byte = 5
	SectionGlobal    byte = 6
	SectionExport    byte = 7
	SectionStart     byte = 8
	SectionElement   byte = 9
	SectionCode      byte = 10
	SectionData      byte = 11
	SectionDataCount byte = 12
)

// Kinds of imports and exports.
const (
	KindFunc   byte = 0
	KindTable  byte = 1
	KindMemory byte = 2
	KindGlobal byte = 3
)

// FuncType is the type of a function.
type FuncType struct{ Params, Results []byte }

// Type returns a function that takes the results and returns the type:
// Type(I32, I32)(I64).
func Type(params ...byte) func(results ...byte) FuncType {
	return func(results ...byte) FuncType { return FuncType{params, results} }
}

// Void is the type () -> ().
var Void = FuncType{}

// Module is a module being built. Import functions before defining any.
type Module struct {
	types   []FuncType
	imports [][]byte
	funcs   []uint32
	bodies  [][]byte
	tables  [][]byte
	mems    [][]byte
	globals [][]byte
	exports [][]byte
	elems   [][]byte
	data    [][]byte
	raw     map[byte][]byte // replaces or adds a section
	custom  [][]byte

	importedFuncs uint32
}

// New returns an empty module.
func New() *Module { return &Module{raw: map[byte][]byte{}} }

// Contract returns a module with one page of memory exported as "memory" and
// with an exported "chancery_v1_call" of type () -> () that runs body.
func Contract(body ...Code) *Module {
	m := New().Memory(1).ExportMemory("memory")
	m.ExportFunc("chancery_v1_call", m.Func(Void, nil, body...))
	return m
}

// AddType returns the index of t, adding it when it is new.
func (m *Module) AddType(t FuncType) uint32 {
	for i, u := range m.types {
		if bytes.Equal(t.Params, u.Params) && bytes.Equal(t.Results, u.Results) {
			return uint32(i)
		}
	}
	m.types = append(m.types, t)
	return uint32(len(m.types) - 1)
}

// ImportFunc imports a function and returns its index. It must come before the
// first Func, whose indices follow those of imports.
func (m *Module) ImportFunc(module, name string, t FuncType) uint32 {
	if len(m.funcs) > 0 {
		panic("wasmtest: ImportFunc after Func")
	}
	m.RawImport(module, name, KindFunc, U32(m.AddType(t)))
	m.importedFuncs++
	return m.importedFuncs - 1
}

// RawImport imports something else; desc is its description's bytes.
func (m *Module) RawImport(module, name string, kind byte, desc []byte) *Module {
	m.imports = append(m.imports, cat(str(module), str(name), []byte{kind}, desc))
	return m
}

// Func defines a function and returns its index. Its body gets a final end.
func (m *Module) Func(t FuncType, locals []byte, body ...Code) uint32 {
	index := m.Declare(t)
	m.Define(index, locals, body...)
	return index
}

// Declare reserves a function index, for functions that call one another.
// Define gives it a body.
func (m *Module) Declare(t FuncType) uint32 {
	m.funcs = append(m.funcs, m.AddType(t))
	m.bodies = append(m.bodies, []byte{0, 0x0b})
	return m.importedFuncs + uint32(len(m.funcs)-1)
}

// Define gives a declared function its body.
func (m *Module) Define(index uint32, locals []byte, body ...Code) *Module {
	var groups []byte
	n := uint32(0)
	for i := 0; i < len(locals); {
		j := i
		for j < len(locals) && locals[j] == locals[i] {
			j++
		}
		groups = append(groups, cat(U32(uint32(j-i)), locals[i:i+1])...)
		n++
		i = j
	}
	return m.RawBody(index, cat(U32(n), groups, cat(body...), End))
}

// RawBody gives a declared function its body as bytes, from the locals on.
func (m *Module) RawBody(index uint32, body []byte) *Module {
	m.bodies[index-m.importedFuncs] = body
	return m
}

// Memory declares a memory of min pages, and of at most limit[0] pages.
func (m *Module) Memory(min uint32, limit ...uint32) *Module {
	m.mems = append(m.mems, limits(min, limit))
	return m
}

// Table declares a table of functions.
func (m *Module) Table(min uint32, limit ...uint32) *Module {
	m.tables = append(m.tables, cat([]byte{0x70}, limits(min, limit)))
	return m
}

// Elem fills the table from offset with functions.
func (m *Module) Elem(offset int32, funcs ...uint32) *Module {
	b := cat([]byte{0}, I32Const(offset), End, U32(uint32(len(funcs))))
	for _, f := range funcs {
		b = append(b, U32(f)...)
	}
	return m.RawElem(b)
}

// RawElem adds an element segment as bytes.
func (m *Module) RawElem(b []byte) *Module {
	m.elems = append(m.elems, b)
	return m
}

// Data fills memory from offset.
func (m *Module) Data(offset int32, b []byte) *Module {
	return m.RawData(cat([]byte{0}, I32Const(offset), End, U32(uint32(len(b))), b))
}

// RawData adds a data segment as bytes.
func (m *Module) RawData(b []byte) *Module {
	m.data = append(m.data, b)
	return m
}

// Global defines a global and returns its index. Init is its constant
// expression without end.
func (m *Module) Global(typ byte, mutable bool, init Code) uint32 {
	mut := byte(0)
	if mutable {
		mut = 1
	}
	m.globals = append(m.globals, cat([]byte{typ, mut}, init, End))
	return uint32(len(m.globals) - 1)
}

// Export exports anything by kind and index.
func (m *Module) Export(name string, kind byte, index uint32) *Module {
	m.exports = append(m.exports, cat(str(name), []byte{kind}, U32(index)))
	return m
}

// ExportFunc exports a function.
func (m *Module) ExportFunc(name string, index uint32) *Module {
	return m.Export(name, KindFunc, index)
}

// ExportMemory exports the memory.
func (m *Module) ExportMemory(name string) *Module { return m.Export(name, KindMemory, 0) }

// ExportGlobal exports a global.
func (m *Module) ExportGlobal(name string, index uint32) *Module {
	return m.Export(name, KindGlobal, index)
}

// Custom adds a custom section at the end of the module.
func (m *Module) Custom(name string, b []byte) *Module {
	m.custom = append(m.custom, section(SectionCustom, cat(str(name), b)))
	return m
}

// RawSection replaces the payload of a section, or adds one that the builder
// does not make, in its place.
func (m *Module) RawSection(id byte, payload []byte) *Module {
	m.raw[id] = payload
	return m
}

// Bytes returns the module's binary form.
func (m *Module) Bytes() []byte {
	var types, funcs, bodies [][]byte
	for _, t := range m.types {
		types = append(types, cat([]byte{0x60}, U32(uint32(len(t.Params))), t.Params, U32(uint32(len(t.Results))), t.Results))
	}
	for _, f := range m.funcs {
		funcs = append(funcs, U32(f))
	}
	for _, b := range m.bodies {
		bodies = append(bodies, cat(U32(uint32(len(b))), b))
	}
	out := Header()
	for _, s := range []struct {
		id    byte
		items [][]byte
	}{
		{SectionType, types}, {SectionImport, m.imports}, {SectionFunction, funcs},
		{SectionTable, m.tables}, {SectionMemory, m.mems}, {SectionGlobal, m.globals},
		{SectionExport, m.exports}, {SectionStart, nil}, {SectionElement, m.elems},
		{SectionDataCount, nil}, {SectionCode, bodies}, {SectionData, m.data},
	} {
		if raw, ok := m.raw[s.id]; ok {
			out = append(out, section(s.id, raw)...)
		} else if len(s.items) > 0 {
			out = append(out, section(s.id, Vector(s.items...))...)
		}
	}
	return append(out, cat(m.custom...)...)
}

// Header returns the eight bytes that a module begins with.
func Header() []byte { return []byte{0, 'a', 's', 'm', 1, 0, 0, 0} }

// Vector returns a count and then the items.
func Vector(items ...[]byte) []byte { return cat(U32(uint32(len(items))), cat(items...)) }

// Section returns a section with its number and size.
func Section(id byte, payload []byte) []byte { return section(id, payload) }

func section(id byte, payload []byte) []byte {
	return cat([]byte{id}, U32(uint32(len(payload))), payload)
}

func limits(min uint32, limit []uint32) []byte {
	if len(limit) == 0 {
		return cat([]byte{0}, U32(min))
	}
	return cat([]byte{1}, U32(min), U32(limit[0]))
}

func str(s string) []byte { return cat(U32(uint32(len(s))), []byte(s)) }

func cat(parts ...[]byte) []byte { return bytes.Join(parts, nil) }
