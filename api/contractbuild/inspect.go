package contractbuild

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/chancery-chain/chancery/api/schema"
)

// Info is what code tells about itself.
type Info struct {
	Schema      *schema.Contract
	Descriptors []byte // the encoded FileDescriptorSet
	Data        Data   // zero when the code has no build data
	CodeHash    [32]byte
	Size        int // bytes
	GzipSize    int
	Imports     []string // "module.name"
}

// Inspect reads a contract's Wasm. It does not say whether the chain would take
// it: that is for the runtime.
func Inspect(code []byte) (*Info, error) {
	contract, set, err := schema.FromCode(code)
	if err != nil {
		return nil, err
	}
	info := &Info{Schema: contract, Descriptors: set, CodeHash: sha256.Sum256(code), Size: len(code)}
	about, err := schema.Section(code, schema.SectionBuild)
	switch {
	case errors.Is(err, schema.ErrNoSection):
	case err != nil:
		return nil, err
	default:
		if err := json.Unmarshal(about, &info.Data); err != nil {
			return nil, fmt.Errorf("section %s: %w", schema.SectionBuild, err)
		}
	}
	if info.Imports, err = functionImports(code); err != nil {
		return nil, err
	}
	if info.GzipSize, err = gzipSize(code); err != nil {
		return nil, err
	}
	return info, nil
}

// appendSection adds a custom section at a module's end.
func appendSection(code []byte, name string, content []byte) []byte {
	body := binary.AppendUvarint(nil, uint64(len(name)))
	body = append(append(body, name...), content...)
	code = append(code, 0)
	code = binary.AppendUvarint(code, uint64(len(body)))
	return append(code, body...)
}

// dropCustom returns a module without its custom sections, which hold names and
// debug data.
func dropCustom(code []byte) ([]byte, error) {
	const header = 8
	if len(code) < header {
		return nil, errMalformed
	}
	out := bytes.Clone(code[:header])
	for rest := code[header:]; len(rest) > 0; {
		size, n := binary.Uvarint(rest[1:])
		if n <= 0 || size > uint64(len(rest)-1-n) {
			return nil, errMalformed
		}
		end := 1 + n + int(size)
		if rest[0] != 0 {
			out = append(out, rest[:end]...)
		}
		rest = rest[end:]
	}
	return out, nil
}

var errMalformed = errors.New("the Wasm module is malformed")

// functionImports returns the functions that a module imports, in its order.
func functionImports(code []byte) ([]string, error) {
	const header = 8
	if len(code) < header {
		return nil, errMalformed
	}
	for r := bytes.NewReader(code[header:]); r.Len() > 0; {
		id, _ := r.ReadByte()
		size, err := binary.ReadUvarint(r)
		if err != nil || size > uint64(r.Len()) {
			return nil, errMalformed
		}
		body := make([]byte, size)
		if _, err := r.Read(body); err != nil && size > 0 {
			return nil, errMalformed
		}
		if id == 2 {
			return parseImports(bytes.NewReader(body))
		}
	}
	return nil, nil
}

func parseImports(r *bytes.Reader) ([]string, error) {
	count, err := binary.ReadUvarint(r)
	if err != nil {
		return nil, errMalformed
	}
	var names []string
	for range count {
		module, ok1 := readName(r)
		name, ok2 := readName(r)
		kind, err := r.ReadByte()
		if !ok1 || !ok2 || err != nil {
			return nil, errMalformed
		}
		if kind != 0 {
			return nil, fmt.Errorf("import %s.%s is no function", module, name)
		}
		if _, err := binary.ReadUvarint(r); err != nil {
			return nil, errMalformed
		}
		names = append(names, module+"."+name)
	}
	return names, nil
}

func readName(r *bytes.Reader) (string, bool) {
	size, err := binary.ReadUvarint(r)
	if err != nil || size > uint64(r.Len()) {
		return "", false
	}
	name := make([]byte, size)
	if _, err := r.Read(name); err != nil && size > 0 {
		return "", false
	}
	return string(name), true
}
