package main

import (
	"bytes"
	"encoding/binary"
	"fmt"

	"github.com/chancery-chain/chancery/runtime"
	"github.com/chancery-chain/chancery/runtime/abi"
	w "github.com/chancery-chain/chancery/runtime/wasm/wasmtest"
)

// heap is where the large buffers of host calls lie, heapSize how long they are:
// the largest payload.
const (
	heap     = 1 << 16
	heapSize = 256 << 10
)

// hostCases has every host function at its smallest and its largest input.
func hostCases(v *world, keys int) (cases []*gasCase) {
	cases = append(cases, plainHostCases()...)
	cases = append(cases, stateCases(v, keys)...)
	cases = append(cases, cryptoCases()...)
	return append(cases, nestedCases(v)...)
}

// hostCase is a case of the class of one host function: repeat times body in
// each round of the loop.
func hostCase(fn, name string, repeat int, before w.Code, body func(g *guest) w.Code) *gasCase {
	g := newGuest(1+heapSize>>16+1, 1+heapSize>>16+1)
	return &gasCase{class: "host_" + fn, name: name, code: g.entry(before, w.Repeat(repeat, body(g)))}
}

func plainHostCases() (cases []*gasCase) {
	simple := func(fn, name string, args ...any) {
		cases = append(cases, hostCase(fn, name, 8, nil, func(g *guest) w.Code { return g.do(fn, args...) }))
	}
	simple("input", "input of 4 bytes", heap, 64)
	simple("input", "input, only its length", 0, 0)
	simple("output", "output of 0", 0, 0)
	simple("output", "output of 256 KiB", heap, heapSize)
	for field := abi.FieldChainID; field <= abi.FieldRoles; field++ {
		simple("context", fmt.Sprintf("context %d", field), field, heap, 256)
	}
	for field := abi.FieldKind; field <= abi.FieldDepth; field++ {
		simple("context_int", fmt.Sprintf("context_int %d", field), field)
	}
	simple("log", "log of 0", 0, 0)
	simple("log", "log of 4 KiB", heap, 4096)
	simple("log", "log of 256 KiB", heap, heapSize)
	simple("mul_div", "mul_div, small", int64(3), int64(0), int64(5), int64(0), int64(7), int64(0), 0, heap)
	simple("mul_div", "mul_div, large", int64(-3), int64(-5), int64(-7), int64(1)<<62, int64(-9), int64(-1), 3, heap)
	simple("mul_div", "mul_div, narrow divisor", int64(-3), int64(1)<<60, int64(7), int64(0), int64(11), int64(0), 3, heap)
	for name, args := range map[string][]any{
		"clock_time_get": {0, int64(0), heap}, "random_get": {heap, 0}, "sched_yield": {}, "args_sizes_get": {heap, heap + 8},
		"fd_close": {1}, "fd_write": {1, heap, 0, heap + 8}, "poll_oneoff": {0, 0, 0, 0}, "fd_prestat_get": {3, heap},
	} {
		cases = append(cases, hostCase("wasi", name, 8, nil, func(g *guest) w.Code { return g.do(name, args...) }))
	}
	cases = append(cases,
		hostCase("wasi", "random_get of 1 KiB", 8, nil, func(g *guest) w.Code { return g.do("random_get", heap, 1024) }),
		hostCase("wasi", "random_get of 256 KiB", 1, nil, func(g *guest) w.Code { return g.do("random_get", heap, heapSize) }),
		hostCase("wasi", "fd_write of 1,024 empty vectors", 8, nil, func(g *guest) w.Code { return g.do("fd_write", 1, heap, 1024, atFree) }),
		hostCase("read_pending", "read_pending of 4 bytes", 8, nil, func(g *guest) w.Code {
			return w.Seq(g.do("input", 0, 0), g.do("read_pending", heap, 4))
		}),
	)
	for _, n := range []int{0, heapSize} {
		cases = append(cases, hostCase("schedule", fmt.Sprintf("schedule with %d bytes", n), 1, nil, func(g *guest) w.Code {
			return g.do("schedule", int64(1), heap, 8, heap, n, int64(1))
		}))
	}
	cases = append(cases, hostCase("unschedule", "unschedule of what waits", 1, nil, func(g *guest) w.Code {
		// A call is asked for each time, so that there is one to cancel: its own price
		// is part of both.
		return g.do("unschedule", g.host("schedule", int64(1), heap, 8, heap, 0, int64(1)))
	}))
	for _, n := range []int{0, 16 << 10} {
		c := hostCase("emit", fmt.Sprintf("emit of %d bytes", n), 1, nil, func(g *guest) w.Code { return g.do("emit", heap, 1+n/256, heap, n) })
		c.most = runtime.DefaultLimits().Events
		cases = append(cases, c)
	}
	c := hostCase("fail", "fail with 4 KiB of text and of details", 1, nil, func(g *guest) w.Code { return g.do("fail", 1, heap, 4096, heap, 4096) })
	c.most, c.want = 1, runtime.StatusContractError
	cases = append(cases, c)
	return append(cases, payloadCases()...)
}

// payloadCases take the largest payload.
func payloadCases() (cases []*gasCase) {
	for _, fn := range []string{"input", "read_pending"} {
		g := newGuest(1+heapSize>>16+1, 1+heapSize>>16+1)
		body := g.do("input", heap, heapSize)
		if fn == "read_pending" {
			body = w.Seq(g.do("input", 0, 0), g.do("read_pending", heap, heapSize))
		}
		g.countAt, g.countSize = heap, heapSize
		cases = append(cases, &gasCase{class: "host_" + fn, name: fn + " of 256 KiB", code: g.entry(nil, body), pad: heapSize})
	}
	return cases
}

// randomKey stores the next random number at atFree, as a key of 4 bytes that is
// below keys; 22 gas.
func randomKey(keys int) w.Code {
	return w.Seq(random(), w.I32Const(atFree), get(lL), w.I64Const(int64(keys)), w.Code{0x82}, w.Mem(0x3e, 0))
}

// largeKey has a value of the largest size.
const largeKey = "LLL"

// stateCases work on a tree of keys keys, commits included.
func stateCases(v *world, keys int) (cases []*gasCase) {
	limits := runtime.DefaultLimits()
	v.block.Set(storeKey([]byte(largeKey)), bytes.Repeat([]byte{1}, limits.ValueBytes))
	add := func(fn, name string, repeat int, body func(g *guest) w.Code) *gasCase {
		g := newGuest(8, 8)
		g.Data(atFree+16, []byte(largeKey))
		c := &gasCase{class: "host_" + fn, name: name, blocks: true, code: g.entry(seedFromClock(g), w.Repeat(repeat, body(g)))}
		cases = append(cases, c)
		return c
	}
	add("state_get", "state_get of 100 bytes, random", 8, func(g *guest) w.Code {
		return w.Seq(randomKey(keys), g.do("state_get", atFree, 4, heap, 256))
	})
	add("state_get", "state_get of nothing, random", 8, func(g *guest) w.Code {
		return w.Seq(randomKey(1<<31), g.do("state_get", atFree, 5, heap, 256))
	})
	add("state_get", "state_get of nothing, key of 1 KiB", 8, func(g *guest) w.Code {
		return w.Seq(randomKey(1<<31), g.do("state_get", atFree, 1024, heap, 256))
	})
	add("state_get", "state_get of 128 KiB", 1, func(g *guest) w.Code { return g.do("state_get", atFree+16, 3, heap, heapSize) })
	add("state_get", "state_get of 128 KiB, only its length", 1, func(g *guest) w.Code { return g.do("state_get", atFree+16, 3, 0, 0) })
	for _, s := range []struct {
		name           string
		keys, key, val int
	}{{"a value of 100 bytes, random", keys, 4, 100}, {"an empty value, random", keys, 4, 0},
		{"a new key, empty", 1 << 31, 5, 0}, {"a new key of 1 KiB", 1 << 31, 1024, 0}, {"a value of 4 KiB", keys, 4, 4096}, {"a value of 128 KiB", 64, 4, 128 << 10}} {
		c := add("state_set", "state_set of "+s.name, 4, func(g *guest) w.Code {
			return w.Seq(randomKey(s.keys), g.do("state_set", atFree, s.key, heap, s.val))
		})
		if c.most = 256; s.val > 4096 {
			c.most = 8
		}
	}
	add("state_set", "state_set of one key again and again", 8, func(g *guest) w.Code { return g.do("state_set", atFree+16, 1, heap, 0) })
	add("state_set", "state_set of 128 KiB again and again", 1, func(g *guest) w.Code { return g.do("state_set", atFree+16, 3, heap, 128<<10) }).most = 64
	add("state_delete", "state_delete of nothing", 4, func(g *guest) w.Code {
		return w.Seq(randomKey(1<<31), g.do("state_delete", atFree, 5))
	}).most = 256
	c := add("state_delete", "state_delete, random", 4, func(g *guest) w.Code {
		return w.Seq(randomKey(keys), g.do("state_delete", atFree, 4))
	})
	c.most = 64
	scanCases(keys, add)
	return append(cases, deletedCase(v))
}

// seedFromClock makes calls differ: block time moves with each call.
func seedFromClock(g *guest) w.Code {
	return w.Seq(g.host("context_int", abi.FieldTime), w.I64Const(88172645463325252), w.Code{0x85}, set(lL))
}

func scanCases(keys int, add func(fn, name string, repeat int, body func(g *guest) w.Code) *gasCase) {
	const flags = abi.ScanNoEnd
	open := func(g *guest, flags int) w.Code {
		// Far from the end of all keys, which would close the scan.
		start := w.Seq(w.I32Const(atFree), read(w.I32Load, atFree), w.I32Const(^0x80), w.Code{0x71}, w.Mem(w.I32Store, 0))
		return w.Seq(randomKey(keys), start, g.host("state_scan", atFree, 4, 0, 0, flags), set(lI))
	}
	step := func(g *guest) w.Code {
		return w.Seq(get(lI), w.I32Const(heap), w.I32Const(heapSize), w.Call(g.funcs["scan_next"]), w.Drop)
	}
	end := func(g *guest) w.Code { return w.Seq(get(lI), w.Call(g.funcs["scan_close"])) }
	add("state_scan", "state_scan, closed at once", 4, func(g *guest) w.Code { return w.Seq(open(g, flags), end(g)) })
	for _, reverse := range []int{0, abi.ScanReverse} {
		add("state_scan", fmt.Sprintf("state_scan for one entry, flags %d", flags|reverse), 4, func(g *guest) w.Code {
			return w.Seq(open(g, flags|reverse), step(g), end(g))
		})
		add("scan_next", fmt.Sprintf("scan_next, 256 entries, flags %d", flags|reverse), 1, func(g *guest) w.Code {
			return w.Seq(open(g, flags|reverse), w.Repeat(256, step(g)), end(g))
		})
	}
	add("scan_next", "scan_next to an entry of 128 KiB", 1, func(g *guest) w.Code {
		return w.Seq(g.host("state_scan", atFree+16, 3, 0, 0, flags), set(lI), step(g), end(g))
	})
	add("state_scan", "state_scan of nothing", 4, func(g *guest) w.Code {
		return w.Seq(g.host("state_scan", atFree, 1, atFree, 1, 0), set(lI), end(g))
	})
	add("state_scan", "state_scan with bounds of 1 KiB", 4, func(g *guest) w.Code {
		return w.Seq(randomKey(1<<31), g.host("state_scan", atFree, 1024, heap, 1024, flags), set(lI), step(g), end(g))
	})
	for _, n := range []int{32, 1000} {
		c := add("state_scan", fmt.Sprintf("%d state_set, then state_scan and state_set in turn", n), 1, func(g *guest) w.Code {
			write := w.Seq(randomKey(keys), g.do("state_set", atFree, 4, heap, 0))
			return w.Seq(w.I32Const(int32(n)), set(lI2), w.Loop(w.Empty, write, get(lI2), w.I32Const(1), w.I32Sub, w.LocalTee(lI2), w.BrIf(0)),
				w.I32Const(200), set(lI2), w.Loop(w.Empty, open(g, flags), step(g), end(g), write, get(lI2), w.I32Const(1), w.I32Sub, w.LocalTee(lI2), w.BrIf(0)))
		})
		c.most = 1
	}
}

// deletedCase passes over entries that the block has deleted: whoever scans there
// after it does.
func deletedCase(v *world) *gasCase {
	const n = 2_000
	// No other key has this beginning.
	start, end := []byte{0xff, 0xff, 0xff}, []byte{0xff, 0xff, 0xff, 0xff}
	key := func(i int) []byte { return storeKey(append(bytes.Clone(start), byte(i>>8), byte(i))) }
	for i := range n {
		v.block.Set(key(i), []byte{1})
	}
	g := newGuest(8, 8)
	g.Data(atFree, end)
	body := w.Seq(g.host("state_scan", atFree, len(start), atFree, len(end), 0), set(lI),
		get(lI), w.I32Const(heap), w.I32Const(heapSize), w.Call(g.funcs["scan_next"]), w.Drop)
	c := &gasCase{class: "host_scan_next", name: "scan_next over 2,000 entries deleted in the block", code: g.entry(nil, body), most: 1}
	c.before = func() error {
		v.once = true
		for i := range n {
			v.block.Delete(key(i))
		}
		// The first scan of a block sorts its writes, each once: they paid for it.
		return v.block.Scan(storeKey(start), storeKey(end), false).Close()
	}
	return c
}

func nestedCases(v *world) (cases []*gasCase) {
	deployed := func(name string, code []byte) {
		if err := v.deploy(name, code); err != nil {
			panic(err) // a contract of this file
		}
	}
	leaf := newGuest(1, 1)
	leaf.ExportFunc(abi.ExportCall, leaf.Func(w.Void, nil))
	deployed("leaf", leaf.Bytes())
	trap := newGuest(1, 1)
	trap.ExportFunc(abi.ExportCall, trap.Func(w.Void, nil, w.Unreachable))
	deployed("trap", trap.Bytes())
	to := func(name string, n int, flags int) {
		for _, payload := range []int{0, n} {
			g := newGuest(8, 8)
			g.Data(atFree, []byte(name))
			cases = append(cases, &gasCase{
				class: "host_call", name: fmt.Sprintf("call of %q with %d bytes, flags %d", name, payload, flags),
				code: g.entry(nil, w.Repeat(4, g.do("call", atFree, len(name), atFree, 1, heap, payload, int64(0), flags, heap, 0))),
			})
		}
	}
	to("leaf", heapSize, 0)
	to("leaf", heapSize, abi.CallQuery)
	to("trap", heapSize, 0)
	to("nobody", heapSize, 0)
	// A contract that queries itself as deep as it may.
	g := newGuest(1, 1)
	g.Data(atFree, []byte("self"))
	self := g.do("call", atFree, 4, atFree, 1, atOne, 4, int64(0), abi.CallQuery, heap, 0)
	code := g.entry(nil, self)
	deployed("self", code)
	g = newGuest(1, 1)
	g.Data(atFree, []byte("self"))
	return append(cases, &gasCase{class: "host_call", name: "queries to the largest call depth",
		code: g.entry(nil, g.do("call", atFree, 4, atFree, 1, atOne, 4, int64(0), abi.CallQuery, atFree, 0))})
}

// list encodes what verify_batch takes.
func list(parts ...[]byte) (out []byte) {
	for _, p := range parts {
		out = append(binary.LittleEndian.AppendUint32(out, uint32(len(p))), p...)
	}
	return out
}
