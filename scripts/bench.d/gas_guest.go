package main

import (
	"fmt"

	"github.com/chancery-chain/chancery/runtime/abi"
	w "github.com/chancery-chain/chancery/runtime/wasm/wasmtest"
)

// Places in the first page of a guest's memory. What lies behind is free.
const (
	atCount = 8   // how often the loop runs: the call's payload
	atOne   = 72  // i64 1
	atFOne  = 80  // f64 1.25
	atFOne4 = 88  // f32 1.25
	atNaN   = 96  // f64 NaN with a payload
	atNaN4  = 104 // f32 NaN with a payload
	atSelf  = 112 // i64 whose value is its own address
	atBig   = 120 // i64 2^62 + 2^30: large in 32 bits too
	atThree = 128 // i64 3
	atFree  = 1024
)

// Locals of an entry point made by guest.entry: the loop's counter, then two of
// each type.
const (
	lCount = iota
	lI
	lI2
	lL
	lL2
	lF
	lF2
	lD
	lD2
	locals
)

// guest builds a contract whose entry point runs a piece of code as often as the
// payload says.
type guest struct {
	*w.Module
	funcs map[string]uint32
	// Where the payload goes, whose first four bytes are the count.
	countAt, countSize int
}

// wasiTypes has the parameters of the WASI functions that the suite calls; each
// returns an i32.
var wasiTypes = map[string][]byte{
	"clock_time_get": {abi.I32, abi.I64, abi.I32},
	"random_get":     {abi.I32, abi.I32},
	"fd_write":       {abi.I32, abi.I32, abi.I32, abi.I32},
	"args_get":       {abi.I32, abi.I32},
	"args_sizes_get": {abi.I32, abi.I32},
	"environ_get":    {abi.I32, abi.I32}, "environ_sizes_get": {abi.I32, abi.I32},
	"fd_close": {abi.I32}, "fd_fdstat_get": {abi.I32, abi.I32}, "fd_fdstat_set_flags": {abi.I32, abi.I32},
	"fd_prestat_get": {abi.I32, abi.I32}, "fd_prestat_dir_name": {abi.I32, abi.I32, abi.I32},
	"poll_oneoff": {abi.I32, abi.I32, abi.I32, abi.I32}, "sched_yield": {}, "proc_exit": {abi.I32},
}

// newGuest imports all host functions and has memory of pages pages, with room
// to grow to most.
func newGuest(pages, most uint32) *guest {
	g := &guest{Module: w.New(), funcs: map[string]uint32{}, countAt: atCount, countSize: 4}
	for _, f := range abi.Functions {
		g.funcs[f.Name] = g.ImportFunc(abi.Module, f.Name, w.FuncType{Params: f.Params, Results: f.Results})
	}
	for _, name := range abi.WASI {
		results := []byte{abi.I32}
		if name == "proc_exit" {
			results = nil
		}
		g.funcs[name] = g.ImportFunc(abi.WASIModule, name, w.FuncType{Params: wasiTypes[name], Results: results})
	}
	g.Memory(pages, most).ExportMemory(abi.ExportMemory)
	le := func(v uint64, n int) []byte {
		b := make([]byte, n)
		for i := range b {
			b[i] = byte(v >> (8 * i))
		}
		return b
	}
	g.Data(atOne, le(1, 8))
	g.Data(atFOne, le(0x3ff4000000000000, 8))
	g.Data(atFOne4, le(0x3fa00000, 4))
	g.Data(atNaN, le(0xfff4000000000001, 8))
	g.Data(atNaN4, le(0xffa00001, 4))
	g.Data(atSelf, le(atSelf, 8))
	g.Data(atBig, le(1<<62|1<<30, 8))
	g.Data(atThree, le(3, 8))
	return g
}

// returns says whether a host function leaves a value on the stack.
func returns(name string) bool {
	if _, ok := wasiTypes[name]; ok {
		return name != "proc_exit"
	}
	for _, f := range abi.Functions {
		if f.Name == name {
			return len(f.Results) > 0
		}
	}
	return false
}

// do calls a host function and drops its result. Arguments are int for i32, int64
// for i64, or code.
func (g *guest) do(name string, args ...any) w.Code {
	c := g.host(name, args...)
	if returns(name) {
		c = w.Seq(c, w.Drop)
	}
	return c
}

// host is do that keeps the result.
func (g *guest) host(name string, args ...any) w.Code {
	f, ok := g.funcs[name]
	if !ok {
		panic("bench: no host function " + name)
	}
	var c w.Code
	for _, a := range args {
		switch a := a.(type) {
		case int:
			c = w.Seq(c, w.I32Const(int32(a)))
		case int64:
			c = w.Seq(c, w.I64Const(a))
		case w.Code:
			c = w.Seq(c, a)
		default:
			panic(fmt.Sprintf("bench: argument %T", a))
		}
	}
	return w.Seq(c, w.Call(f))
}

// read pushes what lies at an address of the first page.
func read(opcode byte, at int) w.Code { return w.Seq(w.I32Const(int32(at)), w.Mem(opcode, 0)) }

// get and set are short for the locals.
func get(i uint32) w.Code { return w.LocalGet(i) }
func set(i uint32) w.Code { return w.LocalSet(i) }

// entry makes the entry point: before once, then body as often as the payload
// says, at least once.
func (g *guest) entry(before w.Code, body ...w.Code) []byte {
	types := []byte{w.I32, w.I32, w.I32, w.I64, w.I64, w.F32, w.F32, w.F64, w.F64}
	f := g.Func(w.Void, types,
		g.do("input", g.countAt, g.countSize), read(w.I32Load, g.countAt), set(lCount),
		before,
		w.Loop(w.Empty, w.Seq(body...), get(lCount), w.I32Const(1), w.I32Sub, w.LocalTee(lCount), w.BrIf(0)),
	)
	g.ExportFunc(abi.ExportCall, f)
	return g.Bytes()
}
