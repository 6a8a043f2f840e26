// The workloads of TestGoContract.
package main

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"sort"
)

type record struct {
	Name  string            `json:"name"`
	Tags  []string          `json:"tags"`
	Score float64           `json:"score"`
	Extra map[string]string `json:"extra"`
}

var memory [16 << 10]byte

//go:wasmexport sha
func sha(n int32) int64 {
	d := sha256.Sum256(memory[:])
	for range n {
		d = sha256.Sum256(append(d[:], memory[:]...))
	}
	return int64(d[0])<<8 | int64(d[1])
}

//go:wasmexport fib
func fib(n int32) int64 { return fibonacci(int64(n)) }

func fibonacci(n int64) int64 {
	if n < 2 {
		return n
	}
	return fibonacci(n-1) + fibonacci(n-2)
}

//go:wasmexport sorting
func sorting(n int32) int64 {
	xs := make([]int, n)
	x := uint32(1)
	for i := range xs {
		x = x*1664525 + 1013904223
		xs[i] = int(x >> 8)
	}
	sort.Slice(xs, func(a, b int) bool { return xs[a] < xs[b] })
	return int64(xs[n/2])
}

//go:wasmexport jsons
func jsons(n int32) int64 {
	total := 0
	for i := range n {
		r := record{Name: "n", Tags: []string{"a", "b"}, Score: float64(i) / 3, Extra: map[string]string{"k": "v", "j": "w"}}
		b, err := json.Marshal(r)
		if err != nil {
			return -1
		}
		var s record
		if err := json.Unmarshal(b, &s); err != nil {
			return -2
		}
		total += len(b) + len(s.Tags)
	}
	return int64(total)
}

//go:wasmexport matrix
func matrix(n int32) int64 {
	var a, b, c [32][32]float64
	for i := range a {
		for j := range a {
			a[i][j], b[i][j] = float64(i*j), float64(i-j)
		}
	}
	for range n {
		for i := range a {
			for j := range a {
				s := 0.0
				for k := range a {
					s += a[i][k] * b[k][j]
				}
				c[i][j] = s
			}
		}
		a[3][4] += c[1][1] * 1e-9
	}
	return int64(c[7][9])
}

// recovered panics, unwinds and recovers.
//
//go:wasmexport recovered
func recovered(n int32) (out int64) {
	defer func() {
		if err, ok := recover().(error); ok && errors.As(err, new(interface{ RuntimeError() })) {
			out = 7
		}
	}()
	var xs []int
	return int64(xs[n])
}

//go:wasmexport endless
func endless() {
	for i := 0; ; i++ {
		memory[i%len(memory)]++
	}
}

//go:wasmexport deep
func deep(n int64) int64 {
	if n == -1 {
		return 0
	}
	return deep(n+1) + 1
}

func main() {}
