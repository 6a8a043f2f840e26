// Command guest is a contract in plain Go, without the SDK, for tests of the
// runtime: its methods do one thing each.
package main

import (
	"encoding/binary"
	"fmt"
	"os"
	"strings"
	"time"
	"unsafe"
)

//go:wasmimport chancery context
func hostContext(field uint32, buf unsafe.Pointer, size uint32) int64

//go:wasmimport chancery input
func hostInput(buf unsafe.Pointer, size uint32) int64

//go:wasmimport chancery output
func hostOutput(ptr unsafe.Pointer, n uint32)

//go:wasmimport chancery state_get
func hostGet(key unsafe.Pointer, keyLen uint32, buf unsafe.Pointer, size uint32) int64

//go:wasmimport chancery state_set
func hostSet(key unsafe.Pointer, keyLen uint32, value unsafe.Pointer, valueLen uint32)

//go:wasmimport chancery emit
func hostEmit(typ unsafe.Pointer, typLen uint32, payload unsafe.Pointer, payloadLen uint32)

var buffer [4096]byte

func ptr(b []byte) unsafe.Pointer { return unsafe.Pointer(unsafe.SliceData(b)) }

func method() string {
	n := hostContext(4, ptr(buffer[:]), uint32(len(buffer)))
	return string(buffer[:n])
}

func output(b []byte) { hostOutput(ptr(b), uint32(len(b))) }

// bump adds one to the counter under key and returns it.
func bump(key string) uint64 {
	k := []byte(key)
	var n uint64
	if got := hostGet(ptr(k), uint32(len(k)), ptr(buffer[:]), uint32(len(buffer))); got == 8 {
		n = binary.LittleEndian.Uint64(buffer[:8])
	}
	v := binary.LittleEndian.AppendUint64(nil, n+1)
	hostSet(ptr(k), uint32(len(k)), ptr(v), uint32(len(v)))
	return n + 1
}

func recurse(n int, parts []int) int {
	parts = append(parts, n)
	return recurse(n+1, parts) + len(parts)
}

var calls int // proves that nothing survives a call

//go:wasmexport chancery_v1_call
func call() {
	calls++
	switch m := method(); m {
	case "Empty":
	case "Calls":
		output([]byte(fmt.Sprint(calls)))
	case "Transfer":
		// As a token does: two counters and an event.
		bump("account/a")
		bump("account/b")
		e := []byte("transferred")
		t := []byte("token.v1.Transferred")
		hostEmit(ptr(t), uint32(len(t)), ptr(e), uint32(len(e)))
	case "Echo":
		n := hostInput(ptr(buffer[:]), uint32(len(buffer)))
		output(buffer[:n])
	case "Print":
		fmt.Println("to stdout")
		fmt.Fprintln(os.Stderr, "to stderr")
	case "Format":
		output([]byte(strings.Repeat(fmt.Sprintf("%v %.3f;", time.Now().UTC(), 1.0/3), 3)))
	case "Panic":
		panic("on purpose")
	case "Exit":
		os.Exit(0)
	case "Sleep":
		time.Sleep(time.Hour)
	case "Block":
		select {}
	case "Goroutine":
		c := make(chan int)
		go func() { c <- 42 }()
		output([]byte(fmt.Sprint(<-c)))
	case "Spin":
		for {
		}
	case "Recurse":
		recurse(0, nil)
	case "Grow":
		var keep [][]byte
		for {
			keep = append(keep, make([]byte, 1<<20))
			keep[len(keep)-1][0] = 1
		}
	case "Map":
		m := map[string]int{}
		for i := range 100 {
			m[fmt.Sprint(i)] = i
		}
		var b strings.Builder
		for k := range m {
			b.WriteString(k + " ")
		}
		output([]byte(b.String()))
	default:
		panic("unknown method " + m)
	}
}

// warmup runs what calls need, so that its allocations are part of the image.
//
//go:wasmexport chancery_v1_warmup
func warmup() {
	_ = binary.LittleEndian.AppendUint64(nil, 1)
	_ = fmt.Sprint(1, "a")
	m := map[string]int{"a": 1}
	_ = m
}

func main() {}
