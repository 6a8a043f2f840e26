package wasm_test

import (
	"bytes"
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chancery-chain/chancery/runtime/wasm"
	w "github.com/chancery-chain/chancery/runtime/wasm/wasmtest"
)

func void(body ...w.Code) *w.Module { return one(w.Void, nil, body...) }

func with(m *w.Module, change func(m *w.Module)) *w.Module {
	change(m)
	return m
}

func TestPrepareRefuses(t *testing.T) {
	i32 := w.Type(w.I32)
	cases := []struct {
		name string
		m    *w.Module
		rule string
	}{
		// Types of bodies.
		{"operand missing", void(w.I32Add, w.Drop), wasm.RuleType},
		{"wrong operand", void(w.I64Const(1), w.I32Eqz, w.Drop), wasm.RuleType},
		{"operand left", void(w.I32Const(1)), wasm.RuleType},
		{"result missing", one(w.Type()(w.I32), nil), wasm.RuleType},
		{"result of other type", one(w.Type()(w.I32), nil, w.I64Const(1)), wasm.RuleType},
		{"block reaches below itself", void(w.I32Const(1), w.Block(w.Empty, w.Drop)), wasm.RuleType},
		{"if with result without else", one(w.Type()(w.I32), nil, w.I32Const(1), w.If(w.GivesI, w.I32Const(1))), wasm.RuleType},
		{"arms differ", void(w.I32Const(1), w.IfElse(w.GivesI, w.I32Const(1), w.I64Const(1)), w.Drop), wasm.RuleType},
		{"branch without value", void(w.Block(w.GivesI, w.Br(0)), w.Drop), wasm.RuleType},
		{"labels of br_table differ", void(w.Block(w.GivesI, w.Block(w.GivesL, w.I32Const(0), w.I32Const(0), w.BrTable(0, 1)), w.Drop, w.I32Const(1)), w.Drop), wasm.RuleType},
		{"wrong type after unreachable", void(w.Unreachable, w.I64Const(1), w.I32Add, w.Drop), wasm.RuleType},
		{"select of two types", void(w.I32Const(1), w.I64Const(1), w.I32Const(1), w.Select, w.Drop), wasm.RuleType},
		{"immutable global set", with(w.New(), func(m *w.Module) {
			g := m.Global(w.I32, false, w.I32Const(1))
			m.Func(w.Void, nil, w.I32Const(1), w.GlobalSet(g))
		}), wasm.RuleType},
		{"alignment too large", void(w.I32Const(0), w.Code{w.I32Load, 3, 0}, w.Drop), wasm.RuleType},
		{"argument of wrong type", with(w.New(), func(m *w.Module) {
			f := m.Func(i32(), nil)
			m.Func(w.Void, nil, w.F32Const(1), w.Call(f))
		}), wasm.RuleType},
		{"global of another type", with(w.New(), func(m *w.Module) { m.Global(w.I64, true, w.I32Const(0)) }), wasm.RuleType},

		// Indices.
		{"unknown local", void(w.LocalGet(0), w.Drop), wasm.RuleIndex},
		{"unknown global", void(w.GlobalGet(0), w.Drop), wasm.RuleIndex},
		{"injected global", void(w.I64Const(1), w.GlobalSet(0)), wasm.RuleIndex},
		{"unknown function", void(w.Call(9)), wasm.RuleIndex},
		{"unknown label", void(w.Br(1)), wasm.RuleIndex},
		{"unknown block type", void(w.Block(7)), wasm.RuleIndex},
		{"no table", void(w.I32Const(0), w.CallIndirect(0)), wasm.RuleIndex},
		{"no memory", with(w.New(), func(m *w.Module) { m.Func(w.Void, nil, w.I32Const(0), w.Mem(w.I32Load, 0), w.Drop) }), wasm.RuleIndex},
		{"unknown export", w.New().ExportFunc("f", 0), wasm.RuleIndex},
		{"unknown element", w.New().Table(1).Elem(0, 3), wasm.RuleIndex},
		{"data without memory", w.New().Data(0, []byte("x")), wasm.RuleIndex},

		// Features.
		{"reference type", one(w.Type(0x70)(), nil), wasm.RuleFeature},
		{"typed select", void(w.I32Const(1), w.I32Const(1), w.I32Const(1), w.Code{0x1c, 1, w.I32}, w.Drop), wasm.RuleFeature},
		{"ref.func", void(w.Code{0xd2, 0}, w.Drop), wasm.RuleFeature},
		{"table.grow", void(w.Code{0xfc, 15, 0}), wasm.RuleFeature},
		{"memory.init", void(w.I32Const(0), w.I32Const(0), w.I32Const(0), w.Code{0xfc, 8, 0, 0}), wasm.RuleFeature},
		{"data.drop", void(w.Code{0xfc, 9, 0}), wasm.RuleFeature},
		{"vector", void(w.Code{0xfd, 12}), wasm.RuleFeature},
		{"atomic", void(w.Code{0xfe, 0}), wasm.RuleFeature},
		{"tail call", void(w.Code{0x12, 0}), wasm.RuleFeature},
		{"unknown opcode", void(w.Code{0xff}), wasm.RuleFeature},
		{"shared memory", w.New().RawSection(w.SectionMemory, []byte{1, 3, 1, 1}), wasm.RuleFeature},
		{"64-bit memory", w.New().RawSection(w.SectionMemory, []byte{1, 4, 1}), wasm.RuleFeature},
		{"two memories", w.New().Memory(1).Memory(1), wasm.RuleFeature},
		{"two tables", w.New().Table(1).Table(1), wasm.RuleFeature},
		{"table of externs", w.New().RawSection(w.SectionTable, []byte{1, 0x6f, 0, 1}), wasm.RuleFeature},
		{"constant by global", with(w.New(), func(m *w.Module) { m.Global(w.I32, false, w.GlobalGet(0)) }), wasm.RuleFeature},
		{"long constant", with(w.New(), func(m *w.Module) { m.Global(w.I32, false, w.Seq(w.I32Const(1), w.I32Const(1), w.I32Add)) }), wasm.RuleFeature},

		// What the host decides.
		{"unknown import", with(w.New(), func(m *w.Module) { m.ImportFunc("host", "steal", w.Void) }), wasm.RuleImport},
		{"import of wrong type", with(w.New(), func(m *w.Module) { m.ImportFunc("host", "note", w.Void) }), wasm.RuleImport},
		{"imported memory", w.New().RawImport("host", "memory", w.KindMemory, []byte{0, 1}), wasm.RuleImport},
		{"imported global", w.New().RawImport("host", "g", w.KindGlobal, []byte{w.I32, 0}), wasm.RuleImport},
		{"imported table", w.New().RawImport("host", "t", w.KindTable, []byte{0x70, 0, 1}), wasm.RuleImport},
		{"exported table", w.New().Table(1).Export("t", w.KindTable, 0), wasm.RuleExport},
		{"export twice", void().ExportMemory("memory"), wasm.RuleExport},
		{"export of our name", void().ExportFunc(wasm.GasGlobal, 0), wasm.RuleExport},
		{"start section", void().RawSection(w.SectionStart, []byte{0}), wasm.RuleStart},
		{"memory too large", w.New().Memory(65), wasm.RuleMemory},
		{"memory maximum below minimum", w.New().Memory(2, 1), wasm.RuleMemory},
		{"memory maximum unreachable", w.New().Memory(1, 65_537), wasm.RuleMemory},
		{"data out of memory", w.New().Memory(1).Data(65_535, []byte("xy")), wasm.RuleSegment},
		{"data at negative offset", w.New().Memory(1).Data(-1, []byte("xy")), wasm.RuleSegment},
		{"passive data", w.New().Memory(1).RawData([]byte{1, 0}), wasm.RuleSegment},
		{"elements out of table", with(w.New().Table(1), func(m *w.Module) { m.Elem(1, m.Func(w.Void, nil)) }), wasm.RuleSegment},
		{"passive elements", w.New().Table(1).RawElem([]byte{1, 0, 0}), wasm.RuleSegment},

		// Limits.
		{"types", with(w.New(), func(m *w.Module) { m.RawSection(w.SectionType, w.U32(2000)) }), wasm.RuleTypes},
		{"params", one(w.FuncType{Params: bytes.Repeat([]byte{w.I32}, 33)}, nil), wasm.RuleTypes},
		{"results", one(w.FuncType{Results: bytes.Repeat([]byte{w.I32}, 17)}, nil, w.Repeat(17, w.I32Const(0))), wasm.RuleTypes},
		{"locals", one(w.Void, bytes.Repeat([]byte{w.I32}, 257)), wasm.RuleLocals},
		{"locals after rewriting", one(w.Void, bytes.Repeat([]byte{w.I32}, 256)), wasm.RuleLocals},
		{"locals beyond 2^32", void().RawBody(0, w.Seq(w.U32(2), w.U32(1), w.Code{w.I32}, w.U32(math.MaxUint32), w.Code{w.I32}, w.End)), wasm.RuleLocals},
		{"operands", void(w.Repeat(257, w.I32Const(0)), w.Repeat(257, w.Drop)), wasm.RuleOperands},
		{"deep operands", with(w.New(), func(m *w.Module) {
			for range 30 {
				m.Func(w.Void, nil, w.Repeat(60, w.Repeat(200, w.I32Const(0)), w.Repeat(200, w.Drop)))
			}
		}), wasm.RuleOperands},
		{"values of calls", with(w.New(), func(m *w.Module) {
			for range 10 {
				m.Func(w.FuncType{Results: bytes.Repeat([]byte{w.I32}, 16)}, nil, w.Repeat(3000, w.Call(0), w.Repeat(16, w.Drop)), w.Call(0))
			}
			for range 12 {
				m.Func(w.Void, nil, w.Repeat(3000, w.Call(0), w.Repeat(16, w.Drop)))
			}
		}), wasm.RuleValues},
		{"exits of a function", one(w.Void, []byte{w.I32}, w.LocalGet(0), w.Repeat(8193, w.Mem(w.I32Load, 0)), w.Drop), wasm.RuleExits},
		{"exits by call_indirect", with(void(w.Repeat(2731, w.I32Const(0), w.CallIndirect(0))), func(m *w.Module) { m.Table(1) }), wasm.RuleExits},
		{"exits of a module", with(w.New(), func(m *w.Module) {
			for range 50 {
				m.Func(w.Void, []byte{w.I32}, w.Repeat(8100, w.LocalGet(0), w.LocalGet(0), w.I32DivU, w.Drop))
			}
		}), wasm.RuleExits},
		{"nesting", void(w.Repeat(1025, w.Code{2, 0x40}), w.Repeat(1025, w.End)), wasm.RuleNesting},
		{"nesting of unreachable code", void(w.Unreachable, w.Repeat(1025, w.Code{2, 0x40}), w.Repeat(1025, w.End)), wasm.RuleNesting},
		{"loop nesting", void(w.Repeat(33, w.Code{3, 0x40}), w.Repeat(33, w.End)), wasm.RuleLoopNesting},
		{"br_table", void(w.I32Const(0), w.BrTable(make([]uint32, 2050)...)), wasm.RuleBrTable},
		{"control", void(w.Repeat(5000, w.Block(w.Empty))), wasm.RuleControl},
		{"control by locals", one(w.Void, bytes.Repeat([]byte{w.I32}, 200), w.Repeat(400, w.Block(w.Empty))), wasm.RuleControlSum},
		{"squared control", with(w.New(), func(m *w.Module) {
			for range 20 {
				m.Func(w.Void, nil, w.Repeat(4000, w.Block(w.Empty)))
			}
		}), wasm.RuleControlSum},
		{"body", void(w.Repeat(70_000, w.Nop)), wasm.RuleBodySize},
		{"body after rewriting", void(w.Repeat(4000, w.I32Const(0), w.F32Const(1), w.F32Const(1), w.F32Add, w.Mem(w.F32Store, 0))), wasm.RuleBodySize},
		{"module", void().Custom("x", make([]byte, 5<<20)), wasm.RuleModuleSize},
		{"functions", w.New().RawSection(w.SectionType, []byte{1, 0x60, 0, 0}).RawSection(w.SectionFunction, w.U32(10_001)), wasm.RuleFunctions},
		{"imports", w.New().RawSection(w.SectionImport, w.U32(101)), wasm.RuleImports},
		{"exports", w.New().RawSection(w.SectionExport, w.U32(1001)), wasm.RuleExports},
		{"globals", w.New().RawSection(w.SectionGlobal, w.U32(1001)), wasm.RuleGlobals},
		{"table", w.New().Table(65_537), wasm.RuleTableSize},
		{"segments", w.New().Memory(1).RawSection(w.SectionData, w.U32(100_001)), wasm.RuleSegments},
		{"element segments", w.New().Table(1).RawSection(w.SectionElement, w.U32(1001)), wasm.RuleSegments},
		{"name", void().ExportFunc(strings.Repeat("x", 257), 0), wasm.RuleNameSize},
		{"custom section twice", void().Custom("chancery:x", nil).Custom("chancery:x", nil), wasm.RuleCustom},
		{"custom section size", void().Custom("chancery:x", make([]byte, 1<<20+1)), wasm.RuleCustom},

		// The binary format.
		{"section size", void().RawSection(w.SectionTable, []byte{1, 0x70, 0, 1, 9}), wasm.RuleMalformed},
		{"forged count", w.New().RawSection(w.SectionType, w.U32(900)), wasm.RuleMalformed},
		{"body without end", void().RawBody(0, []byte{0, 0x01}), wasm.RuleMalformed},
		{"body after its end", void().RawBody(0, []byte{0, 0x0b, 0x0b}), wasm.RuleMalformed},
		{"function without body", void().RawSection(w.SectionCode, []byte{0}), wasm.RuleMalformed},
		{"else without if", void(w.Code{0x05}), wasm.RuleMalformed},
		{"second else", void(w.I32Const(0), w.If(w.Empty, w.Code{0x05, 0x05})), wasm.RuleMalformed},
		{"overlong number", void(w.Code{0x0c, 0x80, 0x80, 0x80, 0x80, 0x80, 0}), wasm.RuleMalformed},
		{"number with unused bits", void(w.Code{0x0c, 0x80, 0x80, 0x80, 0x80, 0x70}), wasm.RuleMalformed},
		{"signed number with unused bits", void(w.Code{0x41, 0xff, 0xff, 0xff, 0xff, 0x0f}, w.Drop), wasm.RuleMalformed},
		{"name not UTF-8", void().ExportFunc("\xff", 0), wasm.RuleMalformed},
		{"mutability", w.New().RawSection(w.SectionGlobal, []byte{1, w.I32, 2, 0x41, 0, 0x0b}), wasm.RuleMalformed},
		{"memory index", void(w.Code{0x3f, 1}, w.Drop), wasm.RuleMalformed},
		{"data count", w.New().Memory(1).Data(0, []byte("x")).RawSection(w.SectionDataCount, []byte{2}), wasm.RuleMalformed},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			_, err := wasm.Prepare(c.m.Bytes(), testConfig())
			var e *wasm.Error
			require.ErrorAs(t, err, &e)
			require.Equal(t, c.rule, e.Rule, "%v", err)
		})
	}
}

func TestPrepareRefusesBytes(t *testing.T) {
	good := void().Bytes()
	_, err := wasm.Prepare(good, testConfig())
	require.NoError(t, err)
	for name, code := range map[string][]byte{
		"nothing":         nil,
		"other magic":     []byte("\x7fELF\x01\x00\x00\x00"),
		"other version":   []byte("\x00asm\x0d\x00\x01\x00"),
		"unknown section": append(bytes.Clone(good), 13, 0),
		"section twice":   append(bytes.Clone(good), w.Section(w.SectionCode, []byte{0})...),
		"sections out of order": append(w.Header(),
			append(w.Section(w.SectionMemory, []byte{1, 0, 1}), w.Section(w.SectionType, []byte{0})...)...),
		"truncated": good[:len(good)-1],
	} {
		_, err := wasm.Prepare(code, testConfig())
		var e *wasm.Error
		require.ErrorAs(t, err, &e, name)
		require.Equal(t, wasm.RuleMalformed, e.Rule, name)
	}
}

func TestPrepareRefusesConfig(t *testing.T) {
	for name, change := range map[string]func(*wasm.Config){
		"no imports": func(c *wasm.Config) { c.Imports = nil },
		"memory":     func(c *wasm.Config) { c.MaxMemoryPages = 65_537 },
		"stack":      func(c *wasm.Config) { c.MaxStack = 1 << 40 },
		"locals":     func(c *wasm.Config) { c.Limits.Locals = 300 },
		"schedule":   func(c *wasm.Config) { c.Schedule.Entry = 0 },
	} {
		cfg := testConfig()
		change(&cfg)
		_, err := wasm.Prepare(void().Bytes(), cfg)
		var e *wasm.Error
		require.ErrorAs(t, err, &e, name)
		require.Equal(t, wasm.RuleConfig, e.Rule, name)
	}
}

func TestErrorNamesPlace(t *testing.T) {
	m := w.New()
	m.ImportFunc("host", "note", w.Type(w.I32)())
	m.Func(w.Void, nil)
	m.Func(w.Void, nil, w.Nop, w.Nop, w.I32Add)
	code := m.Bytes()
	_, err := wasm.Prepare(code, testConfig())
	var e *wasm.Error
	require.True(t, errors.As(err, &e))
	require.Equal(t, 2, e.Func)
	require.Equal(t, byte(0x6a), code[e.Offset])
	require.ErrorContains(t, err, "invalid code in function 2 at offset")
}

func TestPrepared(t *testing.T) {
	m := w.New().Memory(2)
	note := m.ImportFunc("host", "note", w.Type(w.I32)())
	g := m.Global(w.I64, true, w.I64Const(7))
	m.Global(w.F32, false, w.F32Const(1))
	h := m.Global(w.I32, true, w.I32Const(8))
	f := m.Func(w.Type(w.I64)(w.I32), nil, w.I32Const(1))
	m.Table(3).Elem(1, f, note)
	m.ExportFunc("f", f).ExportMemory("memory").ExportGlobal("h", h)
	m.Data(16, []byte("sixteen")).Data(0, []byte("zero"))
	m.Custom("name", []byte("dropped")).Custom("chancery:build", []byte("{}"))
	code := m.Bytes()
	p, err := wasm.Prepare(code, testConfig())
	require.NoError(t, err)
	require.Equal(t, []wasm.Import{{Module: "host", Name: "note", Params: []byte{w.I32}, Results: []byte{}}}, p.Imports)
	require.Equal(t, []wasm.Export{
		{Name: "f", Kind: wasm.KindFunc, Index: f, Params: []byte{w.I64}, Results: []byte{w.I32}},
		{Name: "memory", Kind: wasm.KindMemory},
		{Name: "h", Kind: wasm.KindGlobal, Index: h},
	}, p.Exports)
	require.Equal(t, []uint32{2, 64}, []uint32{p.MemoryMin, p.MemoryMax})
	require.Equal(t, []wasm.DataSegment{{Offset: 16, Bytes: []byte("sixteen")}, {Offset: 0, Bytes: []byte("zero")}}, p.Data)
	require.Equal(t, map[string][]byte{"chancery:build": []byte("{}")}, p.Custom)
	require.Equal(t, []string{"chancery:global:0", "chancery:global:2", wasm.GasGlobal, wasm.StackGlobal}, p.Globals)
	require.NotContains(t, string(p.Code), "dropped")
	require.NotContains(t, string(p.Code), "sixteen")
	require.Equal(t, 2, p.Stats.Functions)

	again, err := wasm.Prepare(code, testConfig())
	require.NoError(t, err)
	require.Equal(t, p, again, "the same input must give the same output")

	eachEngine(t, func(t *testing.T, engine string) {
		i := instantiate(t, engine, p)
		for _, name := range p.Globals {
			require.NotNil(t, i.ExportedGlobal(name), name)
		}
		require.Equal(t, uint64(7), i.ExportedGlobal("chancery:global:0").Get())
		require.Zero(t, g)
	})
}

// TestExplicitSegments shows that segments which name their table or memory are
// the same as those that do not.
func TestExplicitSegments(t *testing.T) {
	m := w.New().Memory(1).ExportMemory("memory").Table(2)
	f := m.Func(w.Type()(w.I32), nil, w.I32Const(42))
	m.RawElem(w.Seq([]byte{2, 0}, w.I32Const(1), w.End, []byte{0, 1}, w.U32(f)))
	m.RawData(w.Seq([]byte{2, 0}, w.I32Const(5), w.End, []byte{1, 'x'}))
	m.ExportFunc("f", m.Func(w.Type()(w.I32), nil, w.I32Const(1), w.CallIndirect(m.AddType(w.Type()(w.I32)))))
	eachEngine(t, func(t *testing.T, engine string) {
		g := start(t, engine, m, testConfig())
		res, _, err := g.call("f", 1_000)
		require.NoError(t, err)
		require.Equal(t, []uint64{42}, res)
		b, _ := g.Memory().ReadByte(5)
		require.Equal(t, byte('x'), b)
	})
}

// TestPrepareTwice shows that a rewritten module is refused, so that nobody
// can upload one with the injected globals under his own control.
func TestPrepareTwice(t *testing.T) {
	p, err := wasm.Prepare(void().Bytes(), testConfig())
	require.NoError(t, err)
	_, err = wasm.Prepare(p.Code, testConfig())
	var e *wasm.Error
	require.ErrorAs(t, err, &e)
	require.Equal(t, wasm.RuleExport, e.Rule)
}
