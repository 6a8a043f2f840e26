package contractbuild

import (
	"bytes"
	"cmp"
	"debug/gosym"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
)

// Sizes says what takes the space in code.
type Sizes struct {
	// Packages are the Go packages by the code of their functions, the largest first.
	Packages []PackageSize `json:"packages"`
	// Data is what the code begins its memory with: constants, types, and the tables
	// that Go keeps of its functions, about as much as packages have of code.
	Data int `json:"data"`
	// Other is all else: types and names of functions, the interface, the build data.
	Other int `json:"other"`
}

// PackageSize is the code of a package in bytes.
type PackageSize struct {
	Package string `json:"package"`
	Bytes   int    `json:"bytes"`
}

// madeByCompiler stands for functions that belong to no package.
const madeByCompiler = "(made by the compiler)"

// maxDataEnd bounds the memory that is laid out to look for Go's tables.
const maxDataEnd = 16 << 20

// SizesOf says what takes the space in code that standard Go made; ok is false for
// other code and for tables that this program cannot read. It takes milliseconds.
//
// Go's runtime keeps a table of all functions by name, also where the names of the
// module were left out, in the order in which the module has their code.
func SizesOf(code []byte) (s *Sizes, ok bool) {
	defer func() {
		if recover() != nil { // package gosym trusts its input
			s, ok = nil, false
		}
	}()
	const header = 8
	if len(code) < header {
		return nil, false
	}
	s = &Sizes{Other: len(code)}
	var bodies []int
	var memory []byte
	for rest := code[header:]; len(rest) > 0; {
		content, after, cut := cutSized(rest[1:])
		if !cut {
			return nil, false
		}
		switch rest[0] {
		case 10:
			if bodies, ok = bodySizes(content); !ok {
				return nil, false
			}
		case 11:
			if memory, ok = initialMemory(content); !ok {
				return nil, false
			}
			s.Data = len(content)
		}
		rest = after
	}
	table, ok := functionTable(memory)
	if !ok || len(table.Funcs) != len(bodies) {
		return nil, false
	}
	bytes := map[string]int{}
	for i, size := range bodies {
		name := cmp.Or(table.Funcs[i].PackageName(), madeByCompiler)
		bytes[name] += size
		s.Other -= size
	}
	s.Other -= s.Data
	for name, n := range bytes {
		s.Packages = append(s.Packages, PackageSize{name, n})
	}
	slices.SortFunc(s.Packages, func(a, b PackageSize) int {
		return cmp.Or(cmp.Compare(b.Bytes, a.Bytes), strings.Compare(a.Package, b.Package))
	})
	return s, true
}

// Largest returns the n largest packages, how many others there are, and the bytes of
// those.
func (s *Sizes) Largest(n int) (largest []PackageSize, others, bytes int) {
	n = min(n, len(s.Packages))
	for _, p := range s.Packages[n:] {
		bytes += p.Bytes
	}
	return s.Packages[:n], len(s.Packages) - n, bytes
}

// cutSized cuts a length and as many bytes off b.
func cutSized(b []byte) (part, rest []byte, ok bool) {
	size, n := binary.Uvarint(b)
	if n <= 0 || size > uint64(len(b)-n) {
		return nil, nil, false
	}
	b = b[n:]
	return b[:size], b[size:], true
}

// bodySizes returns the size of each function in a code section, its length included.
func bodySizes(section []byte) (sizes []int, ok bool) {
	_, n := binary.Uvarint(section) // their number, which the bytes tell too
	if n <= 0 {
		return nil, false
	}
	for rest := section[n:]; len(rest) > 0; {
		_, after, cut := cutSized(rest)
		if !cut {
			return nil, false
		}
		sizes = append(sizes, len(rest)-len(after))
		rest = after
	}
	return sizes, true
}

// initialMemory lays out the segments of a data section, all of which must be active
// and at a constant place.
func initialMemory(section []byte) (memory []byte, ok bool) {
	_, n := binary.Uvarint(section)
	if n <= 0 {
		return nil, false
	}
	for rest := section[n:]; len(rest) > 0; {
		const i32Const, end = 0x41, 0x0b
		if len(rest) < 2 || rest[0] != 0 || rest[1] != i32Const {
			return nil, false
		}
		place, n := signed(rest[2:])
		if n <= 0 || place < 0 || len(rest) < 3+n || rest[2+n] != end {
			return nil, false
		}
		content, after, cut := cutSized(rest[3+n:])
		last := int(place) + len(content)
		if !cut || last > maxDataEnd {
			return nil, false
		}
		if last > len(memory) {
			memory = append(memory, make([]byte, last-len(memory))...)
		}
		copy(memory[place:], content)
		rest = after
	}
	return memory, true
}

// signed reads a signed LEB128 number of 32 bits; n is how many bytes it has, 0 when
// it is cut.
func signed(b []byte) (v int32, n int) {
	for shift := 0; n < len(b) && shift < 35; shift += 7 {
		v |= int32(b[n]&0x7f) << shift
		n++
		if b[n-1]&0x80 == 0 {
			if shift < 25 && b[n-1]&0x40 != 0 {
				v |= -1 << (shift + 7)
			}
			return v, n
		}
	}
	return 0, 0
}

// functionTable reads the table of functions of Go's runtime, which begins with a
// number, the size of instructions and that of pointers (cmd/link, pclntab).
func functionTable(memory []byte) (*gosym.Table, bool) {
	at := bytes.Index(memory, []byte{0xf1, 0xff, 0xff, 0xff, 0, 0, 1, 8})
	if at < 0 {
		return nil, false
	}
	table, err := gosym.NewTable(nil, gosym.NewLineTable(memory[at:], 0))
	return table, err == nil
}

// tooLarge is the error of code that the chain takes for no contract.
func tooLarge(code []byte) error {
	text := fmt.Sprintf("the code has %d bytes, the chain takes at most %d", len(code), MaxCodeBytes)
	s, ok := SizesOf(code)
	if !ok {
		return fmt.Errorf("%s; see which packages it links: GOOS=wasip1 GOARCH=wasm go list -deps ./wasm", text)
	}
	largest, _, _ := s.Largest(5)
	var named []string
	for _, p := range largest {
		named = append(named, fmt.Sprintf("%s %d", p.Package, p.Bytes))
	}
	return fmt.Errorf("%s; the packages with most code are %s, and data has %d", text, strings.Join(named, ", "), s.Data)
}
