package runtime

import (
	"encoding/binary"
	"fmt"
	"regexp"
	"unicode/utf8"
)

// functionNames reads the function names of a module's custom section "name"
// (WebAssembly specification 1.0, appendix, custom sections). The module was
// validated; the section was not, so it is read as far as it makes sense.
func functionNames(code []byte) map[uint32]string {
	b := code[min(8, len(code)):]
	for len(b) > 0 {
		id := b[0]
		content, rest, ok := cutSized(b[1:])
		if !ok {
			return nil
		}
		b = rest
		if id != 0 {
			continue
		}
		if name, body, ok := cutSized(content); ok && string(name) == "name" {
			return namesOf(body)
		}
	}
	return nil
}

// namesOf reads the section's subsection 1: function names.
func namesOf(b []byte) map[uint32]string {
	names := map[uint32]string{}
	for len(b) > 0 {
		id := b[0]
		content, rest, ok := cutSized(b[1:])
		if !ok {
			return names
		}
		b = rest
		if id != 1 {
			continue
		}
		_, n := binary.Uvarint(content) // their number, which the bytes tell too
		for content = content[max(n, 0):]; len(content) > 0; {
			index, n := binary.Uvarint(content)
			if n <= 0 || index > 1<<32-1 {
				return names
			}
			name, rest, ok := cutSized(content[n:])
			if !ok {
				return names
			}
			content = rest
			if utf8.Valid(name) {
				names[uint32(index)] = string(name)
			}
		}
	}
	return names
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

// Go's linker writes every character but letters, digits and dots as "_". What can
// be told again is: a method of a pointer, and the type arguments of a generic
// function, which may be pages long.
var (
	goPointerMethod = regexp.MustCompile(`\.__(\w+)_\.`)
	goGenericMethod = regexp.MustCompile(`_go\.shape\..*\.(\w+)$`)
	goGeneric       = regexp.MustCompile(`_go\.shape\..*$`)
)

func readable(name string) string {
	name = goGenericMethod.ReplaceAllString(name, "[…].$1")
	name = goGeneric.ReplaceAllString(name, "[…]")
	return goPointerMethod.ReplaceAllString(name, ".(*$1).")
}

func (m *module) name(index uint32) string {
	if name := m.names[index]; name != "" {
		return readable(name)
	}
	return fmt.Sprintf("function %d", index)
}
