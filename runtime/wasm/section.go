package wasm

import "strings"

// customPrefix is how the names of kept custom sections and of injected exports
// begin.
const customPrefix = "chancery:"

func (p *preparer) customSection(r *reader) {
	start := r.pos
	// The name of a dropped section may have any length.
	name := r.name(p.cfg.Limits.ModuleBytes)
	if r.err != nil {
		return
	}
	rest := r.bytes(uint32(r.left()))
	if !strings.HasPrefix(name, customPrefix) {
		return
	}
	m := &p.mod
	if len(name) > p.cfg.Limits.NameBytes {
		r.fail(start, RuleCustom, "name of %d bytes", len(name))
		return
	}
	if _, ok := m.custom[name]; ok {
		r.fail(start, RuleCustom, "custom section %q twice", name)
		return
	}
	if len(m.custom) >= p.cfg.Limits.CustomSections {
		r.fail(start, RuleCustom, "more than %d custom sections", p.cfg.Limits.CustomSections)
		return
	}
	m.customBytes += len(rest)
	if m.customBytes > p.cfg.Limits.CustomBytes {
		r.fail(start, RuleCustom, "custom sections of more than %d bytes", p.cfg.Limits.CustomBytes)
		return
	}
	m.custom[name] = rest
}

func (p *preparer) typeSection(r *reader) {
	l := &p.cfg.Limits
	n := r.count(l.Types, RuleTypes, "types")
	first := r.pos
	p.mod.types = make([]funcType, 0, n)
	for range n {
		if start := r.pos; r.byte() != 0x60 {
			r.fail(start, RuleFeature, "only function types are permitted")
		}
		t := funcType{params: valueTypes(r, l.Params, "parameters"), results: valueTypes(r, l.Results, "results")}
		if r.err != nil {
			return
		}
		p.mod.types = append(p.mod.types, t)
	}
	p.mod.rawTypes = r.b[first:r.pos]
}

func valueTypes(r *reader, limit int, what string) []byte {
	n := r.count(limit, RuleTypes, what)
	start := r.pos
	types := r.bytes(uint32(n))
	for i, t := range types {
		if !isValueType(t) {
			r.fail(start+i, RuleFeature, "value type %#x is not permitted", t)
			return nil
		}
	}
	return types
}

func (p *preparer) importSection(r *reader) {
	l, m := &p.cfg.Limits, &p.mod
	n := r.count(l.Imports, RuleImports, "imports")
	for range n {
		start := r.pos
		mod, name := r.name(l.NameBytes), r.name(l.NameBytes)
		kind := r.byte()
		if r.err != nil {
			return
		}
		if kind != KindFunc {
			r.fail(start, RuleImport, "import of %q %q is no function", mod, name)
			return
		}
		index := r.u32()
		if r.err == nil && uint64(index) >= uint64(len(m.types)) {
			r.fail(start, RuleIndex, "unknown type %d", index)
		}
		if r.err != nil {
			return
		}
		params, results, ok := p.cfg.Imports(mod, name)
		if !ok {
			r.fail(start, RuleImport, "there is no host function %q %q", mod, name)
			return
		}
		t := m.types[index]
		if !t.equal(funcType{params, results}) {
			r.fail(start, RuleImport, "host function %q %q has another type", mod, name)
			return
		}
		m.imports = append(m.imports, Import{Module: mod, Name: name, Params: t.params, Results: t.results})
		m.funcs = append(m.funcs, index)
	}
}

func (p *preparer) functionSection(r *reader) {
	m := &p.mod
	n := r.count(p.cfg.Limits.Functions-len(m.imports), RuleFunctions, "functions")
	for range n {
		start := r.pos
		index := r.u32()
		if r.err == nil && uint64(index) >= uint64(len(m.types)) {
			r.fail(start, RuleIndex, "unknown type %d", index)
		}
		if r.err != nil {
			return
		}
		m.funcs = append(m.funcs, index)
	}
}

// limits reads the limits of a table or memory. Flags beyond "has a maximum"
// are of later proposals.
func limitsOf(r *reader, rule string) (min, max uint32, bounded bool) {
	start := r.pos
	flags := r.byte()
	if flags > 1 {
		r.fail(start, RuleFeature, "limits with flags %#x are not permitted", flags)
	}
	min = r.u32()
	if flags == 1 {
		max, bounded = r.u32(), true
		if r.err == nil && max < min {
			r.fail(start, rule, "maximum %d is below minimum %d", max, min)
		}
	}
	return min, max, bounded
}

func (p *preparer) tableSection(r *reader) {
	m := &p.mod
	if r.count(1, RuleFeature, "tables") == 0 {
		return
	}
	if start := r.pos; r.byte() != 0x70 {
		r.fail(start, RuleFeature, "only tables of functions are permitted")
	}
	start := r.pos
	min, _, _ := limitsOf(r, RuleTable)
	if r.err == nil && uint64(min) > uint64(p.cfg.Limits.TableElements) {
		r.fail(start, RuleTableSize, "table of %d elements, at most %d are permitted", min, p.cfg.Limits.TableElements)
	}
	m.hasTable, m.tableMin = true, min
}

func (p *preparer) memorySection(r *reader) {
	m := &p.mod
	if r.count(1, RuleFeature, "memories") == 0 {
		return
	}
	start := r.pos
	min, max, bounded := limitsOf(r, RuleMemory)
	if r.err != nil {
		return
	}
	if bounded && max > maxPages {
		r.fail(start, RuleMemory, "maximum of %d pages", max)
		return
	}
	if !bounded || max > p.cfg.MaxMemoryPages {
		max = p.cfg.MaxMemoryPages
	}
	if min > max {
		r.fail(start, RuleMemory, "memory of %d pages, at most %d are permitted", min, max)
		return
	}
	m.hasMemory, m.memMin, m.memMax = true, min, max
}

func (p *preparer) globalSection(r *reader) {
	m := &p.mod
	n := r.count(p.cfg.Limits.Globals, RuleGlobals, "globals")
	first := r.pos
	for range n {
		start := r.pos
		g := globalType{typ: r.byte()}
		mut := r.byte()
		if r.err != nil {
			return
		}
		if !isValueType(g.typ) {
			r.fail(start, RuleFeature, "value type %#x is not permitted", g.typ)
			return
		}
		if mut > 1 {
			r.fail(start+1, RuleMalformed, "mutability %#x", mut)
			return
		}
		g.mutable = mut == 1
		constant(r, g.typ)
		m.globals = append(m.globals, g)
	}
	m.rawGlobals = r.b[first:r.pos]
}

// constant reads a constant expression of type want and returns the value of
// an i32. Only imported globals could be read in one, and there are none.
func constant(r *reader, want byte) uint32 {
	start := r.pos
	var got byte
	var value uint32
	switch op := r.byte(); op {
	case opI32Const:
		got, value = valI32, uint32(int32(r.signed(32)))
	case opI64Const:
		got = valI64
		r.signed(64)
	case opF32Const:
		got = valF32
		r.bytes(4)
	case opF64Const:
		got = valF64
		r.bytes(8)
	default:
		r.fail(start, RuleFeature, "opcode %#x in a constant expression is not permitted", op)
	}
	if r.err == nil && r.byte() != opEnd {
		r.fail(r.pos-1, RuleFeature, "constant expression of more than one instruction")
	}
	if r.err == nil && got != want {
		r.fail(start, RuleType, "constant of type %s, want %s", typeName(got), typeName(want))
	}
	return value
}

func (p *preparer) exportSection(r *reader) {
	l, m := &p.cfg.Limits, &p.mod
	n := r.count(l.Exports, RuleExports, "exports")
	first := r.pos
	seen := make(map[string]bool, n)
	for range n {
		start := r.pos
		e := Export{Name: r.name(l.NameBytes), Kind: r.byte(), Index: r.u32()}
		if r.err != nil {
			return
		}
		known := 0
		switch e.Kind {
		case KindFunc:
			known = len(m.funcs)
		case KindMemory:
			if m.hasMemory {
				known = 1
			}
		case KindGlobal:
			known = len(m.globals)
		case KindTable:
			r.fail(start, RuleExport, "exported table %q is not permitted", e.Name)
			return
		default:
			r.fail(start, RuleMalformed, "export kind %d", e.Kind)
			return
		}
		switch {
		case uint64(e.Index) >= uint64(known):
			r.fail(start, RuleIndex, "export %q of unknown index %d", e.Name, e.Index)
		case seen[e.Name]:
			r.fail(start, RuleExport, "export %q twice", e.Name)
		case strings.HasPrefix(e.Name, customPrefix):
			r.fail(start, RuleExport, "export %q begins with %q", e.Name, customPrefix)
		}
		if r.err != nil {
			return
		}
		if e.Kind == KindFunc {
			t := m.typeOf(e.Index)
			e.Params, e.Results = t.params, t.results
		}
		seen[e.Name] = true
		m.exports = append(m.exports, e)
	}
	m.rawExports = r.b[first:r.pos]
}
