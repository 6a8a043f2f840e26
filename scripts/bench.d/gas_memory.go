package main

import (
	"fmt"

	"github.com/chancery-chain/chancery/runtime/gas"
	w "github.com/chancery-chain/chancery/runtime/wasm/wasmtest"
)

// accessCases has loads and stores of what is in the cache.
func accessCases() (cases []*gasCase) {
	add := func(class, name string, c *gasCase) {
		c.class, c.name = class, name
		cases = append(cases, c)
	}
	code := func(g *guest, before w.Code, body ...w.Code) *gasCase {
		return &gasCase{code: g.entry(before, body...)}
	}

	self := w.Seq(w.I32Const(atSelf), set(lI))
	for _, l := range []struct {
		name string
		op   byte
		wrap bool
	}{{"i32.load", 0x28, false}, {"i64.load", 0x29, true}, {"i32.load8_u", 0x2d, false}, {"i32.load8_s", 0x2c, false}, {"i64.load32_s", 0x34, true}} {
		step := w.Mem(l.op, 0)
		if l.wrap {
			step = w.Seq(step, w.I32WrapI64)
		}
		add("load", l.name+" in a chain", code(newGuest(1, 1), self, w.Repeat(unrolled, get(lI), w.Repeat(8, step), set(lI))))
	}
	for _, op := range []byte{w.F32Load, w.F64Load, 0x35} {
		add("load", fmt.Sprintf("load %#x", op), code(newGuest(1, 1), nil, w.Repeat(512, w.I32Const(atNaN), w.Mem(op, 0), w.Drop)))
	}
	for op := byte(w.I32Store); op <= 0x3e; op++ {
		class, value := "store", get(lI)
		switch op {
		case w.F32Store:
			class, value = "float_store", get(lF)
		case w.F64Store:
			class, value = "float_store", get(lD)
		case w.I64Store, 0x3c, 0x3d, 0x3e:
			value = get(lL)
		}
		nan := w.Seq(read(w.F64Load, atNaN), set(lD), read(w.F32Load, atNaN4), set(lF))
		add(class, fmt.Sprintf("store %#x", op), code(newGuest(1, 1), nan, w.Repeat(512, w.I32Const(atFree), value, w.Mem(op, 0))))
		add(class, fmt.Sprintf("store %#x across two pages", op), code(newGuest(1, 1), nan, w.Repeat(512, w.I32Const(8191), value, w.Mem(op, 0))))
	}
	forward := w.Seq(get(lI), w.I32Const(atFree), w.Code{0x6a}) // lI is zero
	add("load", "load of what was just stored", code(newGuest(1, 1), nil, w.Repeat(256,
		forward, get(lI), w.Mem(w.I32Store, 0), w.I32Const(atFree), w.Mem(w.I32Load, 0), set(lI))))
	add("load", "wide load of a narrow store", code(newGuest(1, 1), nil, w.Repeat(256,
		w.I32Const(atFree+3), get(lI), w.Mem(w.I32Store8, 0), w.I32Const(atFree), w.Mem(w.I64Load, 0), w.I32WrapI64, set(lI))))
	add("load", "load across two pages", code(newGuest(1, 1), nil, w.Repeat(256,
		get(lI), w.Mem(w.I32Load, 8190), set(lI))))
	return cases
}

// memoryCases has accesses to pages that are not in place, bulk operations and
// growth.
func memoryCases() (cases []*gasCase) { return append(touchCases(), bulkCases()...) }

// missCases has loads that miss the caches. They go last: they leave nothing of
// what other cases have there.
func missCases() (cases []*gasCase) {
	for _, mib := range []int{1, 2, 4, 8, 16} {
		c := chase(mib)
		c.class, c.name = "random_load", fmt.Sprintf("dependent random loads over %d MiB", mib)
		c.fewest = 2 * visits(mib) // so that the caches have what they can hold
		cases = append(cases, c)
		c = chase(mib)
		c.class, c.name = "cold_load", fmt.Sprintf("dependent random loads over %d MiB that others have pushed out", mib)
		c.fewest, c.most, c.before = visits(mib), visits(mib), pushOut
		cases = append(cases, c)
	}
	return cases
}

// loadsOfChase is how many loads the body of a chase has.
const loadsOfChase = 512 * 8

// visits is how often the body of a chase must run to have been everywhere once.
func visits(mib int) int { return mib << 20 / 64 / loadsOfChase }

// others is more memory than the caches of this machine hold.
var others = make([]byte, 64<<20)

// pushOut leaves the caches to others: what a call finds whose contract was not
// called for a while. The order is random, because caches resist a scan.
func pushOut() error {
	line := uint32(0)
	for range 2 * len(others) / 64 {
		line = line*1664525 + 1013904223
		others[line>>12<<6&(64<<20-1)]++
	}
	return nil
}

// chase follows pointers that visit memory at random. They are made by the
// warm-up, as part of the image, so that calls pay for nothing but the loads.
func chase(mib int) *gasCase {
	pages := uint32(mib * 16)
	g := newGuest(pages, pages)
	lines := int32(mib<<20/64 - 32) // 64-byte cache lines behind the first 2 KiB
	// A full-period sequence over a power of two, stepping past what is out of
	// range: x = x*5 + odd constant.
	mask := int32(mib<<20/64 - 1)
	next := w.Seq(get(lI), w.I32Const(1664525), w.I32Mul, w.I32Const(1013904223), w.I32Add, w.I32Const(mask), w.Code{0x71}, set(lI))
	at := func(local uint32) w.Code {
		return w.Seq(get(local), w.I32Const(6), w.Code{0x74}, w.I32Const(2048), w.I32Add)
	}
	warm := g.Func(w.Void, []byte{w.I32, w.I32, w.I32, w.I32},
		w.I32Const(mask+1), set(0), w.I32Const(0), set(lI), w.I32Const(0), set(lI2),
		w.Loop(w.Empty,
			next,
			get(lI), w.I32Const(lines), w.I32LtU,
			w.If(w.Empty, at(lI2), at(lI), w.Mem(w.I32Store, 0), get(lI), set(lI2)),
			get(0), w.I32Const(1), w.I32Sub, w.LocalTee(0), w.BrIf(0)),
	)
	g.ExportFunc("chancery_v1_warmup", warm)
	// Each call goes on elsewhere, or the first few lines would stay in the cache.
	begin := w.Seq(seedFromClock(g), random(), get(lL), w.I64Const(int64(lines)), w.Code{0x82}, w.I32WrapI64, set(lI), at(lI), set(lI))
	return &gasCase{marginal: true, code: g.entry(begin, w.Repeat(512, get(lI), w.Repeat(8, w.Mem(w.I32Load, 0)), set(lI)))}
}

// touchCases writes to pages that the instance has not written before, or not
// since it was put back.
func touchCases() (cases []*gasCase) {
	for _, mib := range []int{1, 3, 4, 5, 8, 9, 16} {
		for _, kind := range []string{"write", "read"} {
			pages := uint32(mib * 16)
			g := newGuest(pages, pages)
			access := w.Seq(get(lI), w.I32Const(1), w.Mem(w.I32Store, 0))
			if kind == "read" {
				access = w.Seq(get(lI), w.Mem(w.I32Load, 0), w.Drop)
			}
			step := w.Seq(access, get(lI), w.I32Const(4096), w.I32Add, w.LocalTee(lI), w.I32Const(int32(mib<<20)), w.I32LtU)
			cases = append(cases, &gasCase{
				class: "touch", name: fmt.Sprintf("%s one word of each page of %d MiB", kind, mib), most: 1, least: true,
				code: g.entry(nil, w.I32Const(4092), set(lI), w.Loop(w.Empty, step, w.BrIf(0))),
			})
		}
	}
	return cases
}

// bulkCases has fill and copy of all sizes, in memory that is in use and, for the
// largest, in memory touched for the first time, and growth.
func bulkCases() (cases []*gasCase) {
	for _, n := range []int{0, 1, 7, 8, 31, 32, 33, 100, 256, 1 << 10, 4 << 10, 64 << 10, 1 << 20, 7 << 20} {
		pages := uint32(2*n>>16 + 2)
		fill := w.Seq(w.I32Const(4096), w.I32Const(7), w.I32Const(int32(n)), w.MemoryFill)
		apart := w.Seq(w.I32Const(int32(4096+n)), w.I32Const(4096), w.I32Const(int32(n)), w.MemoryCopy)
		back := w.Seq(w.I32Const(4097), w.I32Const(4096), w.I32Const(int32(n)), w.MemoryCopy)
		for _, k := range []struct {
			name string
			code w.Code
		}{{"memory.fill", fill}, {"memory.copy", apart}, {"memory.copy onto itself", back}} {
			times := 64
			if n >= 1<<16 {
				times = 16
			}
			g := newGuest(pages, pages)
			cases = append(cases, &gasCase{class: gas.ClassMemoryBulk.String(), name: fmt.Sprintf("%s of %d", k.name, n),
				code: g.entry(nil, w.Repeat(times, k.code))})
		}
	}
	for _, mib := range []int{4, 14} {
		g := newGuest(uint32(mib*16+1), uint32(mib*16+1))
		cases = append(cases, &gasCase{class: gas.ClassMemoryBulk.String(), name: fmt.Sprintf("memory.fill of %d MiB for the first time", mib), most: 1,
			code: g.entry(nil, w.I32Const(4096), w.I32Const(1), w.I32Const(int32(mib<<20)), w.MemoryFill)})
	}
	for _, pages := range []int32{1, 16, 128, 255} {
		g := newGuest(1, 256)
		touch := w.Seq(w.I32Const(1<<16), set(lI), w.Loop(w.Empty, get(lI), w.I32Const(1), w.Mem(w.I32Store, 0),
			get(lI), w.I32Const(4096), w.I32Add, w.LocalTee(lI), w.I32Const((pages+1)<<16), w.I32LtU, w.BrIf(0)))
		cases = append(cases, &gasCase{class: gas.ClassMemoryGrow.String(), name: fmt.Sprintf("grow by %d pages and touch them", pages), most: 1,
			code: g.entry(nil, w.I32Const(pages), w.MemoryGrow, w.Drop, touch)})
	}
	for name, n := range map[string]int32{"memory.grow by 0": 0, "memory.grow past the end": 257} {
		g := newGuest(1, 256)
		cases = append(cases, &gasCase{class: gas.ClassMemoryGrow.String(), name: name,
			code: g.entry(nil, w.Repeat(64, w.I32Const(n), w.MemoryGrow, w.Drop))})
	}
	g := newGuest(1, 256)
	return append(cases, &gasCase{class: gas.ClassMemorySize.String(), name: "memory.size",
		code: g.entry(nil, get(lI), w.Repeat(512, w.MemorySize, w.I32Add), set(lI))})
}
