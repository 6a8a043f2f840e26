package main

import (
	"fmt"

	"github.com/chancery-chain/chancery/runtime"
	"github.com/chancery-chain/chancery/runtime/gas"
	"github.com/chancery-chain/chancery/runtime/wasm"
	w "github.com/chancery-chain/chancery/runtime/wasm/wasmtest"
)

// random makes the next pseudo-random number in local lL from itself, by a step
// of xorshift64: 12 gas.
func random() w.Code {
	step := func(shift int64, op byte) w.Code {
		return w.Seq(get(lL), get(lL), w.I64Const(shift), w.Code{op}, w.Code{0x85}, set(lL))
	}
	return w.Seq(step(13, 0x86), step(7, 0x88), step(17, 0x86))
}

// seeded is what must run before random.
func seeded() w.Code {
	return w.Seq(read(w.I64Load, atBig), w.I64Const(88172645463325252), w.Code{0x85}, set(lL))
}

// randomBytes fills memory from the second page on with pseudo-random numbers,
// so that later steps can read one instead of computing it.
func randomBytes(pages int) w.Code {
	end := int32((1 + pages) << 16)
	return w.Seq(seeded(), w.I32Const(1<<16), set(lI), w.Loop(w.Empty,
		random(), get(lI), get(lL), w.Mem(w.I64Store, 0),
		get(lI), w.I32Const(8), w.I32Add, w.LocalTee(lI), w.I32Const(end), w.I32LtU, w.BrIf(0)))
}

// flowCases has branches, calls and frames.
func flowCases() (cases []*gasCase) {
	add := func(class gas.Class, name string, c *gasCase) {
		c.name = name
		if c.class == "" {
			c.class = class.String()
		}
		cases = append(cases, c)
	}
	// A body of many basic blocks whose cost is one or two gas.
	g := newGuest(1, 1)
	add(gas.ClassBranch, "if taken", &gasCase{code: g.entry(w.Seq(read(w.I32Load, atOne), set(lI)), w.Repeat(256, get(lI), w.If(w.Empty, w.Nop)))})
	g = newGuest(1, 1)
	add(gas.ClassBranch, "if not taken", &gasCase{code: g.entry(nil, w.Repeat(256, get(lI), w.If(w.Empty, w.Nop)))})
	g = newGuest(1, 1)
	add(gas.ClassBranch, "if else", &gasCase{code: g.entry(nil, w.Repeat(256, get(lI), w.IfElse(w.Empty, w.Nop, w.Nop)))})
	g = newGuest(1, 1)
	add(gas.ClassBranch, "br out of a block", &gasCase{code: g.entry(nil, w.Repeat(256, w.Block(w.Empty, w.Br(0))))})
	g = newGuest(1, 1)
	add(gas.ClassBranch, "loop", &gasCase{code: g.entry(nil)})
	g = newGuest(1, 1)
	add(gas.ClassBranch, "loops entered once", &gasCase{code: g.entry(nil, w.Repeat(256, w.Loop(w.Empty, w.Nop)))})
	// Branches that nobody can predict: read a random byte, branch on it.
	g = newGuest(5, 5)
	add(gas.ClassBranch, "br_if, random", &gasCase{code: g.entry(randomBytes(4), w.I32Const(1<<16), set(lI),
		w.Loop(w.Empty, w.Repeat(64,
			w.Block(w.Empty, get(lI), w.Mem(w.I32Load8U, 0), w.I32Const(1), w.Code{0x71}, w.BrIf(0)),
			get(lI), w.I32Const(1), w.I32Add, set(lI)),
			get(lI), w.I32Const(5<<16-64), w.I32LtU, w.BrIf(0)))})
	// The same without a load: one number has many random bits.
	bits := func(shift, mask int) w.Code {
		return w.Seq(get(lL), w.I64Const(int64(shift)), w.Code{0x88}, w.I32WrapI64, w.I32Const(int32(mask)), w.Code{0x71})
	}
	var many w.Code
	for i := range 60 {
		many = w.Seq(many, w.Block(w.Empty, bits(i, 1), w.BrIf(0), get(lI2), w.I32Const(1), w.I32Add, set(lI2)))
	}
	g = newGuest(1, 1)
	add(gas.ClassBranch, "br_if, random bits", &gasCase{code: g.entry(seeded(), w.Loop(w.Empty, random(), many,
		get(lI), w.I32Const(1), w.I32Add, w.LocalTee(lI), w.I32Const(1<<10), w.I32LtU, w.BrIf(0)))})
	for _, n := range []int{2, 16, 64} {
		g = newGuest(1, 1)
		add(gas.ClassBranchTable, fmt.Sprintf("br_table to %d places, random bits", n), &gasCase{code: g.entry(seeded(), w.Loop(w.Empty, random(),
			jumpOf(n, bits(0, n-1)), jumpOf(n, bits(7, n-1)), jumpOf(n, bits(14, n-1)), jumpOf(n, bits(21, n-1)), jumpOf(n, bits(28, n-1)), jumpOf(n, bits(35, n-1)),
			get(lI), w.I32Const(1), w.I32Add, w.LocalTee(lI), w.I32Const(1<<10), w.I32LtU, w.BrIf(0)))})
	}
	for _, n := range []int{2, 256} {
		for _, kind := range []string{"same", "random"} {
			var labels []uint32
			for i := range n {
				labels = append(labels, uint32(i%2))
			}
			index := w.I32Const(1)
			if kind == "random" {
				index = w.Seq(get(lI), w.Mem(w.I32Load8U, 0), w.I32Const(int32(n-1)), w.Code{0x71})
			}
			// Distinct targets, or the compiler could join them.
			step := w.Seq(w.Block(w.Empty, w.Block(w.Empty, index, w.BrTable(labels...)), get(lI2), w.I32Const(1), w.I32Add, set(lI2)),
				get(lI), w.I32Const(1), w.I32Add, set(lI))
			g = newGuest(5, 5)
			repeat := 8
			if n == 2 {
				repeat = 64
			}
			add(gas.ClassBranchTable, fmt.Sprintf("br_table of %d, %s", n, kind), &gasCase{code: g.entry(randomBytes(4), w.I32Const(1<<16), set(lI),
				w.Loop(w.Empty, w.Repeat(repeat, step), get(lI), w.I32Const(5<<16-64), w.I32LtU, w.BrIf(0)))})
		}
	}
	cases = append(cases, tableCases()...)
	return append(cases, callCases()...)
}

// jumpOf jumps to one of n places by an index.
func jumpOf(n int, index w.Code) w.Code {
	var labels []uint32
	for i := range n {
		labels = append(labels, uint32(i))
	}
	body := w.Block(w.Empty, index, w.BrTable(labels...))
	for i := range n - 1 {
		body = w.Block(w.Empty, body, get(lI2), w.I32Const(int32(i+1)), w.I32Add, set(lI2), w.Br(uint32(n-2-i)))
	}
	return body
}

// tableCases has jumps to one of many distinct places.
func tableCases() (cases []*gasCase) {
	for _, n := range []int{16, 64} {
		body := jumpOf(n, w.Seq(get(lI), w.Mem(w.I32Load8U, 0), w.I32Const(int32(n-1)), w.Code{0x71}))
		g := newGuest(5, 5)
		cases = append(cases, &gasCase{class: gas.ClassBranchTable.String(), name: fmt.Sprintf("br_table to %d places, random", n),
			code: g.entry(randomBytes(4), w.I32Const(1<<16), set(lI), w.Loop(w.Empty, body,
				get(lI), w.I32Const(1), w.I32Add, w.LocalTee(lI), w.I32Const(5<<16-64), w.I32LtU, w.BrIf(0)))})
	}
	// Values that branches carry: none of them is priced by itself.
	for _, n := range []int{1, 16} {
		g := newGuest(1, 1)
		var results, push, drop w.Code
		for i := range n {
			results = append(results, w.I32)
			push = w.Seq(push, get(lI+uint32(i%2)))
			drop = w.Seq(drop, w.Drop)
		}
		t := int64(g.AddType(w.FuncType{Results: results}))
		body := w.Seq(w.Block(t, push, get(lCount), w.BrIf(0), push, w.Br(0)), set(lI2), drop[1:])
		cases = append(cases, &gasCase{class: "branch", name: fmt.Sprintf("br_if with %d values", n),
			code: g.entry(nil, w.Repeat(64, body))})
	}
	return cases
}

func types(n int, t byte) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = t
	}
	return b
}

func callCases() (cases []*gasCase) {
	add := func(class, name string, g *guest, before w.Code, body ...w.Code) {
		cases = append(cases, &gasCase{class: class, name: name, code: g.entry(before, body...)})
	}
	for _, s := range []struct{ params, results, locals int }{{0, 0, 0}, {1, 1, 0}, {32, 0, 0}, {32, 16, 0}, {0, 16, 0}, {0, 0, 200}} {
		for _, typ := range []byte{w.I64, w.F64} {
			if typ == w.F64 && s.params == 0 {
				continue
			}
			g := newGuest(1, 1)
			var push, drop, inner w.Code
			for i := range s.params {
				_ = i
				push = w.Seq(push, get(map[byte]uint32{w.I64: lL, w.F64: lD}[typ]))
			}
			for i := range s.results {
				drop = w.Seq(drop, w.Drop)
				if s.params > 0 {
					inner = w.Seq(inner, get(uint32(i%s.params)))
				} else {
					inner = w.Seq(inner, w.I64Const(int64(i)))
				}
			}
			f := g.Func(w.FuncType{Params: types(s.params, typ), Results: types(s.results, typ)}, types(s.locals, typ), inner)
			add("call", fmt.Sprintf("call of %d params, %d results, %d locals, type %#x", s.params, s.results, s.locals, typ), g, nil,
				w.Repeat(64, push, w.Call(f), drop))
		}
	}
	// A callee that calls has a frame of its own and moves its parameters there.
	g := newGuest(1, 1)
	leaf := g.Func(w.Void, nil)
	f := g.Func(w.FuncType{Params: types(32, w.I64)}, types(200, w.I64), w.Call(leaf), w.Call(leaf))
	var push w.Code
	for range 32 {
		push = w.Seq(push, get(lL))
	}
	add("call", "call of a caller with 32 params and 200 locals", g, nil, w.Repeat(64, push, w.Call(f)))

	for _, kind := range []string{"same", "random", "random of 256"} {
		g := newGuest(5, 5)
		n := 2
		if kind == "random of 256" {
			n = 256
		}
		var funcs []uint32
		for i := range n {
			funcs = append(funcs, g.Func(w.Type(w.I32)(w.I32), nil, get(0), w.I32Const(int32(i)), w.I32Add))
		}
		g.Table(uint32(n), uint32(n)).Elem(0, funcs...)
		t := g.AddType(w.Type(w.I32)(w.I32))
		index := w.I32Const(1)
		if kind != "same" {
			index = w.Seq(get(lI), w.Mem(w.I32Load8U, 0), w.I32Const(int32(n-1)), w.Code{0x71})
		}
		add("call_indirect", "call_indirect, "+kind, g, randomBytes(4), w.I32Const(1<<16), set(lI),
			w.Loop(w.Empty, w.Repeat(64, get(lI2), index, w.CallIndirect(t), set(lI2),
				get(lI), w.I32Const(1), w.I32Add, set(lI)),
				get(lI), w.I32Const(5<<16-64), w.I32LtU, w.BrIf(0)))
	}
	// The same by random bits of a number.
	{
		g := newGuest(1, 1)
		var funcs []uint32
		for i := range 256 {
			funcs = append(funcs, g.Func(w.Type(w.I32)(w.I32), nil, get(0), w.I32Const(int32(i)), w.I32Add))
		}
		g.Table(256, 256).Elem(0, funcs...)
		t := g.AddType(w.Type(w.I32)(w.I32))
		var body w.Code
		for i := range 7 {
			body = w.Seq(body, get(lI2), get(lL), w.I64Const(int64(8*i)), w.Code{0x88}, w.I32WrapI64, w.I32Const(255), w.Code{0x71}, w.CallIndirect(t), set(lI2))
		}
		add("call_indirect", "call_indirect, random bits", g, seeded(), w.Loop(w.Empty, random(), body,
			get(lI), w.I32Const(1), w.I32Add, w.LocalTee(lI), w.I32Const(1<<10), w.I32LtU, w.BrIf(0)))
	}
	for _, depth := range []int32{100, 3000} {
		g := newGuest(1, 1)
		f := g.Declare(w.Type(w.I32)())
		g.Define(f, nil, get(0), w.If(w.Empty, get(0), w.I32Const(1), w.I32Sub, w.Call(f)))
		add("recursion", fmt.Sprintf("recursion to depth %d", depth), g, nil, w.I32Const(depth), w.Call(f))
	}
	g = newGuest(1, 1)
	f = g.Declare(w.Type(w.I32)())
	g.Define(f, types(200, w.I64), get(0), w.If(w.Empty, get(0), w.I32Const(1), w.I32Sub, w.Call(f)))
	add("recursion", "recursion with 200 locals", g, nil, w.I32Const(400), w.Call(f))
	g = newGuest(1, 1)
	gl := g.Global(w.I64, true, w.I64Const(0))
	add("global", "global.set after global.get", g, nil, w.Repeat(512, w.GlobalGet(gl), get(lL), w.I64Add, w.GlobalSet(gl)))
	g = newGuest(1, 1)
	gl = g.Global(w.F64, true, w.F64Const(0))
	add("global", "global.set after global.get, f64", g, nil, w.Repeat(512, w.GlobalGet(gl), get(lD), w.F64Add, w.GlobalSet(gl)))
	return append(cases, spillCase())
}

// spillCase keeps more values alive than there are registers.
func spillCase() *gasCase {
	const n = 200
	g := newGuest(1, 1)
	var body w.Code
	for i := range uint32(n) {
		body = w.Seq(body, get(locals+i), get(locals+(i+97)%n), w.I64Add, set(locals+i))
	}
	c := &gasCase{class: gas.ClassSimple.String(), name: "200 live values"}
	f := g.Func(w.Type(w.I32)(), types(n+locals-1, w.I64), w.Loop(w.Empty, body,
		get(0), w.I32Const(1), w.I32Sub, w.LocalTee(0), w.BrIf(0)))
	c.code = g.entry(nil, w.I32Const(100), w.Call(f))
	return c
}

// endCases are whole calls: what an instance and each way to end cost.
func endCases() (cases []*gasCase) {
	add := func(name string, want runtime.Status, g *guest, body ...w.Code) {
		cases = append(cases, &gasCase{class: "instance", name: name, code: g.entry(nil, body...), want: want, most: 1})
	}
	add("empty call", runtime.StatusOK, newGuest(1, 1))
	add("empty call, 16 MiB image", runtime.StatusOK, newGuest(256, 256))
	add("trap", runtime.StatusTrap, newGuest(1, 1), w.Unreachable)
	g := newGuest(1, 1)
	add("contract error", runtime.StatusContractError, g, g.do("fail", 1, 0, 0, 0, 0))
	deep := func(last w.Code) *guest {
		g := newGuest(1, 1)
		f := g.Declare(w.Type(w.I32)())
		g.Define(f, nil, get(0), w.IfElse(w.Empty, w.Seq(get(0), w.I32Const(1), w.I32Sub, w.Call(f)), last))
		g.funcs["deep"] = f
		return g
	}
	g = deep(w.Unreachable)
	add("trap at depth 3000", runtime.StatusTrap, g, w.I32Const(3000), w.Call(g.funcs["deep"]))
	g = deep(nil)
	add("recursion to the limit", runtime.StatusLimit, g, w.I32Const(1<<30), w.Call(g.funcs["deep"]))
	g = newGuest(1, 1)
	g.Define(g.Declare(w.Void), nil)
	add("growth by one page", runtime.StatusOK, newGuest(1, 2), w.I32Const(1), w.MemoryGrow, w.Drop)
	grow := w.Seq(w.I32Const(1), w.MemoryGrow, w.Drop)
	// A table is written for each new instance.
	for _, n := range []int{2_000, 6_000, wasm.DefaultLimits().TableElements} {
		g = newGuest(1, 2)
		f := g.Func(w.Void, nil)
		many := make([]uint32, n)
		for i := range many {
			many[i] = f
		}
		g.Table(uint32(n), uint32(n)).Elem(0, many...)
		add(fmt.Sprintf("growth with a table of %d", n), runtime.StatusOK, g, grow)
	}
	// The pages of a new instance are not in place.
	for _, mib := range []int{1, 4, 8} {
		pages := uint32(mib * 16)
		touch := w.Seq(w.I32Const(4092), set(lI), w.Loop(w.Empty, get(lI), w.I32Const(1), w.Mem(w.I32Store, 0),
			get(lI), w.I32Const(4096), w.I32Add, w.LocalTee(lI), w.I32Const(int32(mib<<20)), w.I32LtU, w.BrIf(0)))
		add(fmt.Sprintf("growth, and writes to each page of %d MiB", mib), runtime.StatusOK, newGuest(pages, pages+1), grow, touch)
	}
	return cases
}
