package schema

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
)

// Names of the custom sections that "chancery contract build" adds.
const (
	SectionDescriptors = "chancery:descriptors"
	SectionBuild       = "chancery:build"
)

// ErrNoSection is wrapped by the error for code without a custom section.
var ErrNoSection = errors.New("no such custom section")

var wasmHeader = []byte("\x00asm\x01\x00\x00\x00")

// Section returns the content of a module's custom section, which shares the
// module's memory. Two sections of that name are an error: which one counts
// must not be a question.
func Section(module []byte, name string) ([]byte, error) {
	rest, ok := bytes.CutPrefix(module, wasmHeader)
	if !ok {
		return nil, errors.New("not a Wasm module of version 1")
	}
	var content []byte
	found := false
	for len(rest) > 0 {
		id := rest[0]
		body, after, ok := cutSized(rest[1:])
		if !ok {
			return nil, errors.New("a section of the Wasm module reaches beyond its end")
		}
		rest = after
		if id != 0 {
			continue
		}
		sectionName, data, ok := cutSized(body)
		if !ok {
			return nil, errors.New("a custom section of the Wasm module has a malformed name")
		}
		if string(sectionName) != name {
			continue
		}
		if found {
			return nil, fmt.Errorf("two custom sections %q", name)
		}
		found, content = true, data
	}
	if !found {
		return nil, fmt.Errorf("%w: %q", ErrNoSection, name)
	}
	return content, nil
}

// FromCode reads the schema out of a contract's Wasm, with the set it came from.
func FromCode(module []byte) (c *Contract, set []byte, err error) {
	set, err = Section(module, SectionDescriptors)
	if err != nil {
		return nil, nil, err
	}
	c, err = Parse(set)
	return c, set, err
}

// cutSized reads a length, at most 32 bits in at most 5 bytes, and that many
// bytes.
func cutSized(b []byte) (data, rest []byte, ok bool) {
	size, n := binary.Uvarint(b)
	if n <= 0 || n > 5 || size > uint64(len(b)-n) {
		return nil, nil, false
	}
	end := n + int(size)
	return b[n:end], b[end:], true
}
