package reference

import (
	le "encoding/binary"
	"fmt"
)

// FuncType is the type of a function or block, section 2.3.5.
type FuncType struct{ Params, Results []byte }

// Import is an imported function.
type Import struct {
	Module, Name string
	Type         FuncType
}

// Export is an export by kind: 0 function, 1 table, 2 memory, 3 global.
type Export struct {
	Kind  byte
	Index int
}

// Global is a global with the bits of its first value.
type Global struct {
	Type    byte
	Mutable bool
	Init    uint64
}

// Module is a decoded module, section 2.5.
type Module struct {
	Types   []FuncType
	Imports []Import
	Funcs   []FuncType // of all functions, imports first
	Globals []Global
	Exports map[string]Export

	MemoryMin, MemoryMax uint32 // in pages; the maximum is 65,536 where none is declared
	HasMemory            bool
	TableSize            uint32

	elements []segment // contents are function indices
	data     []segment
	bodies   [][]byte
	decoded  []*body
}

type segment struct {
	offset uint32
	bytes  []byte
	funcs  []int
}

// Decode reads a valid module. The error says that it is none.
func Decode(code []byte) (m *Module, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("not a valid module: %v", p)
		}
	}()
	m = &Module{Exports: map[string]Export{}, MemoryMax: 65_536}
	var defined []uint32 // types of functions that are not imported
	sections := &reader{b: code[8:]}
	for !sections.empty() {
		id := sections.byte()
		r := &reader{b: sections.take(sections.u32())}
		if id == 0 || id == 12 { // custom, data count
			continue
		}
		for i := r.u32(); i > 0; i-- {
			switch id {
			case 1:
				r.byte() // 0x60
				m.Types = append(m.Types, FuncType{Params: r.take(r.u32()), Results: r.take(r.u32())})
			case 2:
				im := Import{Module: string(r.take(r.u32())), Name: string(r.take(r.u32()))}
				r.byte() // a function
				im.Type = m.Types[r.u32()]
				m.Imports = append(m.Imports, im)
				m.Funcs = append(m.Funcs, im.Type)
			case 3:
				defined = append(defined, r.u32())
				m.Funcs = append(m.Funcs, m.Types[defined[len(defined)-1]])
			case 4:
				r.byte() // of functions
				m.TableSize, _, _ = r.limits()
			case 5:
				m.HasMemory = true
				low, high, bounded := r.limits()
				m.MemoryMin = low
				if bounded {
					m.MemoryMax = high
				}
			case 6:
				g := Global{Type: r.byte(), Mutable: r.byte() == 1}
				g.Init = r.constant()
				m.Globals = append(m.Globals, g)
			case 7:
				name := string(r.take(r.u32()))
				m.Exports[name] = Export{Kind: r.byte(), Index: int(r.u32())}
			case 9:
				flags := r.u32()
				if flags == 2 {
					r.u32() // table 0
				}
				s := segment{offset: uint32(r.constant())}
				if flags == 2 {
					r.byte() // of functions
				}
				for n := r.u32(); n > 0; n-- {
					s.funcs = append(s.funcs, int(r.u32()))
				}
				m.elements = append(m.elements, s)
			case 10:
				m.bodies = append(m.bodies, r.take(r.u32()))
			case 11:
				if r.u32() == 2 {
					r.u32() // memory 0
				}
				m.data = append(m.data, segment{offset: uint32(r.constant()), bytes: r.take(r.u32())})
			}
		}
	}
	m.decoded = make([]*body, len(m.bodies))
	for i := range m.bodies {
		m.decoded[i] = m.decodeBody(i)
	}
	return m, nil
}

// reader reads the binary format, chapter 5. It panics at the end.
type reader struct {
	b   []byte
	pos int
}

func (r *reader) empty() bool { return r.pos == len(r.b) }

func (r *reader) byte() byte {
	r.pos++
	return r.b[r.pos-1]
}

func (r *reader) take(n uint32) []byte {
	r.pos += int(n)
	return r.b[r.pos-int(n) : r.pos]
}

func (r *reader) u32() uint32 { return uint32(r.unsigned()) }

func (r *reader) unsigned() (v uint64) {
	for shift := 0; ; shift += 7 {
		b := r.byte()
		v |= uint64(b&0x7f) << shift
		if b < 0x80 {
			return v
		}
	}
}

func (r *reader) signed() (v int64) {
	for shift := 0; ; shift += 7 {
		b := r.byte()
		v |= int64(b&0x7f) << shift
		if b < 0x80 {
			if b >= 0x40 && shift+7 < 64 {
				v |= -1 << (shift + 7)
			}
			return v
		}
	}
}

func (r *reader) limits() (low, high uint32, bounded bool) {
	bounded = r.byte() == 1
	low = r.u32()
	if bounded {
		high = r.u32()
	}
	return low, high, bounded
}

// number reads the immediate of a const instruction as bits.
func (r *reader) number(op byte) uint64 {
	switch op {
	case 0x41:
		return uint64(uint32(r.signed()))
	case 0x42:
		return uint64(r.signed())
	case 0x43:
		return uint64(le.LittleEndian.Uint32(r.take(4)))
	}
	return le.LittleEndian.Uint64(r.take(8))
}

// constant reads a constant expression, section 3.3.7: one const instruction.
func (r *reader) constant() uint64 {
	v := r.number(r.byte())
	r.byte() // end
	return v
}
