package state

import (
	"bytes"
	"fmt"
	"slices"
)

// Schema is the list of prefixes under which a component keeps its keys. Each
// component declares its collections on one schema, in package variables of its
// keys.go; the application joins the schemas and learns of overlaps at start:
//
//	var (
//		schema  = state.NewSchema("account")
//		records = state.NewMap(schema, "records", "ac/", state.Array20Key[key.Address](), state.MessageValue[statev1.Account]())
//	)
//
// A collection holds no state: it is safe for several goroutines.
type Schema struct {
	component string
	prefixes  []Prefix
}

// Prefix is the beginning of every key of one collection.
type Prefix struct {
	Component string
	Name      string
	Bytes     string
}

func (p Prefix) String() string { return fmt.Sprintf("%s.%s %q", p.Component, p.Name, p.Bytes) }

// NewSchema returns an empty schema for a component.
func NewSchema(component string) *Schema { return &Schema{component: component} }

// Declare adds a prefix for keys that no collection describes, such as contract
// storage. The error names the prefix that it overlaps: equal to it, or one
// beginning with the other.
func (s *Schema) Declare(name, prefix string) (Prefix, error) {
	p := Prefix{Component: s.component, Name: name, Bytes: prefix}
	if err := checkPrefix(s.prefixes, p); err != nil {
		return Prefix{}, err
	}
	s.prefixes = append(s.prefixes, p)
	return p, nil
}

// MustDeclare is Declare for package variables: it panics on an overlap.
func (s *Schema) MustDeclare(name, prefix string) Prefix {
	p, err := s.Declare(name, prefix)
	if err != nil {
		panic(err)
	}
	return p
}

// Prefixes returns the declared prefixes, sorted by their bytes.
func (s *Schema) Prefixes() []Prefix {
	sorted := slices.Clone(s.prefixes)
	slices.SortFunc(sorted, func(a, b Prefix) int { return bytes.Compare([]byte(a.Bytes), []byte(b.Bytes)) })
	return sorted
}

// JoinSchemas returns one schema of all prefixes, or an error that names the first
// two that overlap.
func JoinSchemas(schemas ...*Schema) (*Schema, error) {
	joined := NewSchema("")
	for _, s := range schemas {
		for _, p := range s.prefixes {
			if err := checkPrefix(joined.prefixes, p); err != nil {
				return nil, err
			}
			joined.prefixes = append(joined.prefixes, p)
		}
	}
	return joined, nil
}

func checkPrefix(declared []Prefix, p Prefix) error {
	if p.Bytes == "" {
		return fmt.Errorf("state: %s: prefix is empty", p)
	}
	for _, q := range declared {
		n := min(len(p.Bytes), len(q.Bytes))
		if p.Bytes[:n] == q.Bytes[:n] {
			return fmt.Errorf("state: prefix of %s overlaps %s", p, q)
		}
	}
	return nil
}

// Range returns the bounds of all keys with the prefix, for Scan.
func (p Prefix) Range() (start, end []byte) { return prefixRange([]byte(p.Bytes)) }

// Key returns the prefix followed by suffix.
func (p Prefix) Key(suffix []byte) []byte {
	return append(append(make([]byte, 0, len(p.Bytes)+len(suffix)), p.Bytes...), suffix...)
}

// prefixRange returns prefix and the first key after all that begin with it; nil
// if there is none.
func prefixRange(prefix []byte) (start, end []byte) {
	end = bytes.Clone(prefix)
	for len(end) > 0 {
		if last := len(end) - 1; end[last] < 0xff {
			end[last]++
			return prefix, end
		}
		end = end[:len(end)-1]
	}
	return prefix, nil
}
