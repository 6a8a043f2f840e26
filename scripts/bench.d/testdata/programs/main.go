// Command programs holds what the slow-down by instrumentation is measured with:
// each export is a piece of work that a contract might do.
package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"sort"
)

func main() {}

// sink keeps results from being optimised away.
var sink uint64

//go:wasmexport sha256
func hash() {
	var block [4096]byte
	for range 16 {
		sum := sha256.Sum256(block[:])
		copy(block[:], sum[:])
	}
	sink += uint64(block[0])
}

var numbers = make([]int, 4096)

//go:wasmexport sort
func sorting() {
	x := uint32(1)
	for i := range numbers {
		x = x*1664525 + 1013904223
		numbers[i] = int(x >> 8)
	}
	sort.Ints(numbers)
	sink += uint64(numbers[7])
}

type record struct {
	ID     string         `json:"id"`
	Amount int64          `json:"amount"`
	Tags   []string       `json:"tags"`
	Parts  map[string]int `json:"parts"`
}

//go:wasmexport json
func encoding() {
	in := record{ID: "2026-0001", Amount: 1_234_567, Tags: []string{"a", "bc", "def"}, Parts: map[string]int{"x": 1, "y": 22}}
	for range 20 {
		b, err := json.Marshal(in)
		if err != nil {
			panic(err)
		}
		var out record
		if err := json.Unmarshal(b, &out); err != nil {
			panic(err)
		}
		sink += uint64(out.Amount)
	}
}

func fib(n int) int {
	if n < 2 {
		return n
	}
	return fib(n-1) + fib(n-2)
}

//go:wasmexport fib
func fibonacci() { sink += uint64(fib(22)) }

var a, b, c [64][64]float64

//go:wasmexport matrix
func matrix() {
	for i := range a {
		for j := range a[i] {
			a[i][j], b[i][j] = float64(i+j), float64(i-j)
		}
	}
	for i := range c {
		for j := range c[i] {
			sum := 0.0
			for k := range a[i] {
				sum += a[i][k] * b[k][j]
			}
			c[i][j] = sum
		}
	}
	sink += uint64(c[3][5])
}

var text = bytes.Repeat([]byte("the quick brown fox jumps over the lazy dog; "), 200)

//go:wasmexport bytes
func slices() {
	for range 10 {
		parts := bytes.Split(text, []byte("; "))
		joined := bytes.ToUpper(bytes.Join(parts, []byte(", ")))
		sink += uint64(bytes.Count(joined, []byte("FOX")))
	}
}
