package wasm_test

import (
	"bytes"
	"fmt"

	w "github.com/chancery-chain/chancery/runtime/wasm/wasmtest"
)

// shape makes a module that grows with n.
type shape func(n int) *w.Module

func i32s(n int) []byte { return bytes.Repeat([]byte{w.I32}, n) }
func i64s(n int) []byte { return bytes.Repeat([]byte{w.I64}, n) }

// same returns modules of n equal functions that may call function 0, use types 1
// and 2, and global 0.
func same(typ w.FuncType, locals []byte, body ...w.Code) shape {
	return func(n int) *w.Module {
		m := w.New().Memory(1).ExportMemory("memory").Table(8)
		for range n {
			m.Declare(typ)
		}
		m.AddType(wide)
		m.AddType(through)
		m.Global(w.I32, true, w.I32Const(0))
		for i := range uint32(n) {
			m.Define(i, locals, body...)
		}
		return m
	}
}

var (
	// wide has the most parameters and results, through hands on what it takes.
	wide    = w.FuncType{Params: i32s(32), Results: i32s(16)}
	through = w.FuncType{Params: i32s(16), Results: i32s(16)}
)

// mix assigns every one of n locals from others.
func mix(n uint32) (c w.Code) {
	for i := range n {
		c = w.Seq(c, w.LocalGet(i), w.LocalGet((i+7)%n), w.I32Add, w.LocalSet(i))
	}
	return c
}

// kept does something n times and stores local 0, or the compiler would leave all
// of it out.
func kept(store byte, n int, body ...w.Code) w.Code {
	return w.Seq(w.Repeat(n, body...), w.I32Const(0), w.LocalGet(0), w.Mem(store, 0))
}

// use stores every one of n locals.
func use(n uint32) (c w.Code) {
	for i := range n {
		c = w.Seq(c, w.I32Const(0), w.LocalGet(i), w.Mem(w.I32Store, 4*i))
	}
	return c
}

// ifs makes n ifs that each assign one of many locals, all of which are used
// afterwards.
func ifs(locals uint32, n int) (c w.Code) {
	for i := range n {
		l := uint32(i) % locals
		c = w.Seq(c, w.LocalGet(l), w.If(w.Empty, w.LocalGet(l), w.I32Const(3), w.I32Add, w.LocalSet(l)))
	}
	return w.Seq(c, use(locals))
}

// loops makes n loops, one after the other, that assign some of many locals.
func loops(locals uint32, n int) (c w.Code) {
	for i := range uint32(n) {
		l := i % locals
		c = w.Seq(c, w.Loop(w.Empty, w.LocalGet(l), w.LocalGet((l+1)%locals), w.I32Add, w.LocalTee(l), w.BrIf(0)))
	}
	return w.Seq(c, use(locals))
}

// nested nests n loops.
func nested(n int, inner w.Code) w.Code {
	for range n {
		inner = w.Loop(w.Empty, inner, w.LocalGet(0), w.BrIf(0))
	}
	return inner
}

// ladder nests n ifs with else, each with a result.
func ladder(n int) w.Code {
	c := w.LocalGet(0)
	for i := range uint32(n) {
		l := i % 8
		c = w.Seq(w.LocalGet(l), w.IfElse(w.GivesI, w.Seq(w.LocalGet((l+1)%8), w.LocalTee(l)), c))
	}
	return w.Seq(c, w.Drop)
}

// blocks nests n blocks, each of which a branch leaves, and then assigns a local.
func blocks(n int) w.Code {
	c := w.Repeat(n, w.Code{2, 0x40})
	for i := range uint32(n) {
		c = w.Seq(c, w.LocalGet(i%12), w.BrIf(uint32(n)-1-i), w.End, w.LocalGet(i%12), w.I32Const(1), w.I32Add, w.LocalSet((i+3)%12))
	}
	return c
}

// jumps makes a br_table of n labels to 1,000 blocks.
func jumps(n int) w.Code {
	labels := make([]uint32, n+1)
	for i := range labels {
		labels[i] = uint32(i % 1000)
	}
	c := w.Seq(w.Repeat(1000, w.Code{2, 0x40}), w.LocalGet(0), w.BrTable(labels...))
	for i := range uint32(1000) {
		c = w.Seq(c, w.End, w.LocalGet(i%10), w.I32Const(1), w.I32Add, w.LocalSet(i%10))
	}
	return c
}

// carried makes br_tables whose labels all take 16 values along.
func carried(tables, labels int) w.Code {
	return w.Repeat(tables, zeros(16), w.Block(2, w.LocalGet(0), w.BrTable(make([]uint32, labels)...)), w.Repeat(16, w.Drop))
}

func piles(height, n int) w.Code {
	return w.Repeat(n, w.Repeat(height, w.I32Const(0), w.Mem(w.I32Load, 0)), w.Repeat(height-1, w.I32Add), w.Drop)
}

func zeros(n int) w.Code { return w.Repeat(n, w.I32Const(0)) }

// bombs are shapes that are dear to compile.
var bombs = map[string]shape{
	// Values live at joins.
	"ifs with many locals":   same(w.Void, i32s(240), ifs(240, 80)),
	"ifs with some locals":   same(w.Void, i32s(16), ifs(16, 1000)),
	"ifs with few locals":    same(w.Void, i32s(3), ifs(3, 1300)),
	"loops with many locals": same(w.Void, i32s(240), loops(240, 60)),
	"loops with some locals": same(w.Void, i32s(16), loops(16, 900)),
	"loops in loops":         same(w.Void, i32s(60), w.Repeat(6, nested(31, mix(60)))),
	"blocks in blocks":       same(w.Void, i32s(12), blocks(1000)),
	"ladder of else":         same(w.Void, i32s(8), ladder(1000)),
	"br_table":               same(w.Void, i32s(12), jumps(1900)),
	"br_table with values":   same(w.Void, i32s(1), carried(2, 1900)),
	"br_if with values":      same(w.Void, i32s(1), zeros(16), w.Block(2, w.Repeat(1200, w.LocalGet(0), w.BrIf(0))), w.Repeat(16, w.Drop)),
	"loops with values":      same(w.Void, i32s(1), zeros(16), w.Repeat(900, w.Loop(2, w.LocalGet(0), w.BrIf(0))), w.Repeat(16, w.Drop)),
	"blocks with values":     same(w.Void, i32s(1), zeros(16), w.Repeat(900, w.Block(2, w.LocalGet(0), w.BrIf(0))), w.Repeat(16, w.Drop)),
	"returns":                same(w.Void, i32s(2), w.Repeat(1300, w.LocalGet(0), w.If(w.Empty, w.Return))),
	// Straight code.
	"straight loads":           same(w.Void, i32s(10), w.Repeat(6000, w.LocalGet(0), w.Mem(w.I32Load, 0), w.LocalSet(0))),
	"loads of loads":           same(w.Void, i32s(1), w.LocalGet(0), w.Repeat(8000, w.Mem(w.I32Load, 0)), w.Drop),
	"loads of far addresses":   same(w.Void, i32s(1), w.LocalGet(0), w.Repeat(7000, w.Mem(w.I32Load, 1<<30)), w.Drop),
	"straight stores":          same(w.Void, i32s(10), w.Repeat(7000, w.LocalGet(0), w.LocalGet(1), w.Mem(w.I64Store-1, 0))),
	"one long expression":      same(w.Void, i32s(2), w.I32Const(0), w.LocalGet(0), w.Repeat(20_000, w.LocalGet(1), w.I32Add), w.Mem(w.I32Store, 0)),
	"all locals mixed":         same(w.Void, i32s(250), w.Repeat(25, mix(250)), use(250)),
	"multiplications":          same(w.Void, i64s(8), kept(w.I64Store, 8000, w.LocalGet(0), w.LocalGet(1), w.I64Mul, w.LocalSet(0))),
	"divisions":                same(w.Void, i64s(8), kept(w.I64Store, 8000, w.LocalGet(0), w.LocalGet(1), w.Code{0x81}, w.LocalSet(0))),
	"large constants":          same(w.Void, i64s(2), kept(w.I64Store, 4000, w.LocalGet(0), w.I64Const(-1<<62), w.I64Mul, w.LocalSet(0))),
	"selects":                  same(w.Void, i32s(3), kept(w.I32Store, 6500, w.LocalGet(0), w.LocalGet(1), w.LocalGet(2), w.Select, w.LocalSet(0))),
	"comparisons":              same(w.Void, i32s(2), kept(w.I32Store, 8000, w.LocalGet(0), w.LocalGet(1), w.I32LtS, w.LocalSet(0))),
	"globals":                  same(w.Void, nil, w.Repeat(9000, w.GlobalGet(0), w.I32Const(1), w.I32Add, w.GlobalSet(0))),
	"operands to the limit":    same(w.Void, nil, piles(250, 32)),
	"operands below the limit": same(w.Void, nil, piles(12, 680)),
	"operands of few":          same(w.Void, nil, piles(6, 1360)),
	// What rewriting or the compiler makes longer.
	"float stores":      same(w.Void, []byte{w.I32, w.F64}, w.Repeat(2500, w.LocalGet(0), w.LocalGet(1), w.Mem(w.F64Store, 0))),
	"reinterpretations": same(w.Void, []byte{w.I32, w.F32}, kept(w.I32Store, 2500, w.LocalGet(1), w.I32Reinterpret, w.LocalTee(0), w.F32Reinterpret, w.LocalSet(1))),
	"signs copied":      same(w.Void, []byte{w.F64, w.F64}, kept(w.F64Store, 2200, w.LocalGet(0), w.LocalGet(1), w.F64Copysign, w.LocalSet(0))),
	"float minimum":     same(w.Void, []byte{w.F64, w.F64}, kept(w.F64Store, 8000, w.LocalGet(0), w.LocalGet(1), w.Code{0xa4}, w.LocalSet(0))),
	"truncations":       same(w.Void, []byte{w.I32, w.F64}, w.Repeat(1900, w.LocalGet(1), w.Code{0xaa}, w.LocalSet(0))),
	"more truncations":  same(w.Void, []byte{w.I64, w.F64}, w.Repeat(4000, w.LocalGet(1), w.Code{0xb1}, w.LocalSet(0))),
	"saturations":       same(w.Void, []byte{w.I64, w.F64}, kept(w.I64Store, 6000, w.LocalGet(1), w.Code{0xfc, 7}, w.LocalTee(0), w.Code{0xba}, w.LocalSet(1))),
	"conversions":       same(w.Void, []byte{w.I64, w.F64}, kept(w.I64Store, 4000, w.LocalGet(0), w.Code{0xba}, w.LocalTee(1), w.Code{0xb1}, w.LocalSet(0))),
	"memory.copy":       same(w.Void, nil, w.Repeat(1000, zeros(3), w.MemoryCopy)),
	"memory.fill":       same(w.Void, nil, w.Repeat(1000, zeros(3), w.MemoryFill)),
	"memory.grow":       same(w.Void, nil, w.Repeat(1000, zeros(1), w.MemoryGrow, w.Drop)),
	"unreachable code":  same(w.Void, nil, w.Return, w.Repeat(15_000, w.I32Const(1), w.Drop)),
	// Calls and signatures.
	"calls with results":    same(w.FuncType{Results: i32s(16)}, nil, zeros(16), w.Repeat(3000, w.Repeat(16, w.Drop), w.Call(0))),
	"calls with parameters": same(w.FuncType{Params: i32s(32)}, nil, w.Repeat(900, zeros(32), w.Call(0))),
	"calls through types":   same(w.Void, nil, w.Repeat(600, zeros(33), w.CallIndirect(1), w.Repeat(16, w.Drop))),
	"calls without":         same(w.Void, nil, w.Repeat(30_000, w.Call(0))),
	"calls indirect":        same(w.Void, nil, w.Repeat(2_700, w.I32Const(0), w.CallIndirect(0))),
	"locals across calls":   same(w.Void, i32s(240), w.Repeat(12, mix(240), w.Call(0)), use(240)),
	"signatures":            signatures,
	// Many small things.
	"tiny functions":  same(w.Void, nil),
	"small functions": same(w.Void, i32s(3), ifs(3, 8), w.Repeat(4, w.Call(0))),
	"small loops":     same(w.Void, i32s(3), loops(3, 8), w.Repeat(4, w.Call(0))),
	"data segments":   func(n int) *w.Module { return list(n, func(m *w.Module, _ int) { m.Data(0, []byte{1}) }) },
	"globals declared": func(n int) *w.Module {
		return list(n, func(m *w.Module, _ int) { m.Global(w.I64, true, w.I64Const(1)) })
	},
	"exports": func(n int) *w.Module {
		return list(n, func(m *w.Module, i int) { m.ExportFunc(fmt.Sprint("f", i), 0) })
	},
	"elements": func(n int) *w.Module {
		return list(1, func(m *w.Module, _ int) { m.Table(uint32(n)).Elem(0, make([]uint32, n)...) })
	},
	"segments of elements": func(n int) *w.Module {
		return list(n, func(m *w.Module, i int) {
			if i == 0 {
				m.Table(8)
			}
			m.Elem(0, 0)
		})
	},
}

// list returns a module with one function and n of something.
func list(n int, add func(m *w.Module, i int)) *w.Module {
	m := w.New().Memory(1).ExportMemory("memory")
	m.Func(w.Void, nil)
	for i := range n {
		add(m, i)
	}
	return m
}

// signatures returns a module with n types, a function of each that takes and
// gives the most, and calls through each.
func signatures(n int) *w.Module {
	m := w.New().Table(1)
	for i := range n {
		params := append(i32s(20), i64s(12)...)
		for bit := range 10 { // another order of types for every number
			if i>>bit&1 == 1 {
				params[bit] = w.F64
			}
		}
		typ := m.AddType(w.FuncType{Params: params, Results: params[:16]})
		var body w.Code
		for p := range uint32(32) {
			body = w.Seq(body, w.LocalGet(p))
		}
		body = w.Seq(body, w.I32Const(0), w.CallIndirect(typ))
		m.Func(w.FuncType{Params: params, Results: params[:16]}, nil, body)
	}
	return m
}

// calibration is a module of medium size and plain code.
func calibration() *w.Module {
	return same(w.Void, i32s(10), mix(10), ifs(10, 100), loops(10, 60), w.Repeat(300, w.LocalGet(0), w.Mem(w.I32Load, 0), w.LocalSet(0)), w.Repeat(60, w.Call(0)))(100)
}
