package state

import (
	"bytes"
	"errors"
	"fmt"
)

// Item is one typed value under a key of its own.
type Item[V any] struct {
	prefix Prefix
	value  ValueCodec[V]
}

// NewItem declares an item. It panics if key overlaps another of the schema: call
// it in package variables only.
func NewItem[V any](s *Schema, name, key string, value ValueCodec[V]) Item[V] {
	return Item[V]{prefix: s.MustDeclare(name, key), value: value}
}

// Key returns the item's key, for proofs.
func (i Item[V]) Key() []byte { return []byte(i.prefix.Bytes) }

// Get returns the value and whether there is one. The error means that the stored
// bytes are broken.
func (i Item[V]) Get(r Reader) (V, bool, error) {
	b, ok := r.Get(i.Key())
	return decodeValue(i.prefix, i.value, b, ok)
}

// Set stores v. The error means that v has no encoding.
func (i Item[V]) Set(w Writer, v V) error {
	b, err := i.value.Encode(v)
	if err != nil {
		return fmt.Errorf("state: set %s: %w", i.prefix, err)
	}
	w.Set(i.Key(), b)
	return nil
}

// Delete removes the value.
func (i Item[V]) Delete(w Writer) { w.Delete(i.Key()) }

// Map is typed values under typed keys.
type Map[K, V any] struct {
	prefix Prefix
	key    KeyCodec[K]
	value  ValueCodec[V]
}

// NewMap declares a map. It panics if prefix overlaps another of the schema: call
// it in package variables only.
func NewMap[K, V any](s *Schema, name, prefix string, key KeyCodec[K], value ValueCodec[V]) Map[K, V] {
	return Map[K, V]{prefix: s.MustDeclare(name, prefix), key: key, value: value}
}

// Key returns the bytes under which k is stored, for proofs.
func (m Map[K, V]) Key(k K) []byte {
	// Room for the keys that occur: most are an address or a name and a number.
	return m.key.Append(append(make([]byte, 0, 64), m.prefix.Bytes...), k)
}

// Get returns the value under k and whether there is one. The error means that the
// stored bytes are broken.
func (m Map[K, V]) Get(r Reader, k K) (V, bool, error) {
	b, ok := r.Get(m.Key(k))
	return decodeValue(m.prefix, m.value, b, ok)
}

// Has reports whether there is a value under k.
func (m Map[K, V]) Has(r Reader, k K) bool {
	_, ok := r.Get(m.Key(k))
	return ok
}

// Set stores v under k. The error means that v has no encoding.
func (m Map[K, V]) Set(w Writer, k K, v V) error {
	b, err := m.value.Encode(v)
	if err != nil {
		return fmt.Errorf("state: set %s: %w", m.prefix, err)
	}
	w.Set(m.Key(k), b)
	return nil
}

// Delete removes k.
func (m Map[K, V]) Delete(w Writer, k K) { w.Delete(m.Key(k)) }

func decodeValue[V any](p Prefix, c ValueCodec[V], b []byte, ok bool) (V, bool, error) {
	var none V
	if !ok {
		return none, false, nil
	}
	v, err := c.Decode(b)
	if err != nil {
		return none, false, fmt.Errorf("state: get %s: %w", p, err)
	}
	return v, true, nil
}

// Page says which entries to walk. The zero value is all of them.
type Page[K any] struct {
	// After is the key of the last entry already seen; nil starts at the end where
	// the walk begins.
	After *K
	// Limit is the most entries to walk; 0 means no limit.
	Limit int
	// Reverse walks from the last key to the first.
	Reverse bool
}

// Stop ends a walk without an error when the callback returns it.
//
//lint:ignore ST1012 it is an answer, as fs.SkipDir is, and never returned to a caller
var Stop = errors.New("state: stop")

// Iterate calls fn for the entries of a page in the order of their keys. more
// reports whether an entry follows the page. fn may write: the walk does not see
// it. An error of fn ends the walk and is returned; Stop ends it without one.
func (m Map[K, V]) Iterate(r Reader, page Page[K], fn func(K, V) error) (more bool, err error) {
	return walk(r, walkRange[K, V]{
		prefix: m.prefix, at: []byte(m.prefix.Bytes), key: m.key, value: m.value,
	}, page, fn)
}

// IteratePair walks the entries of m whose keys have first as their first part;
// see Map.Iterate.
func IteratePair[A, B, V any](m Map[Pair[A, B], V], r Reader, first A, page Page[B], fn func(B, V) error) (more bool, err error) {
	pair, ok := m.key.(pairKey[A, B])
	if !ok {
		return false, fmt.Errorf("state: %s has no pairs for keys", m.prefix)
	}
	return walk(r, walkRange[B, V]{
		prefix: m.prefix, at: pair.first.AppendPart([]byte(m.prefix.Bytes), first),
		key: pair.second, value: m.value,
	}, page, fn)
}

// walkRange is the entries whose keys begin with at; key decodes what follows.
type walkRange[K, V any] struct {
	prefix Prefix
	at     []byte
	key    KeyCodec[K]
	value  ValueCodec[V]
}

func walk[K, V any](r Reader, w walkRange[K, V], page Page[K], fn func(K, V) error) (more bool, err error) {
	start, end := prefixRange(w.at)
	if page.After != nil {
		after := w.key.Append(bytes.Clone(w.at), *page.After)
		if page.Reverse {
			end = after
		} else {
			start = append(after, 0) // the first key behind it
		}
	}
	it := r.Scan(start, end, page.Reverse)
	defer func() { err = errors.Join(err, it.Close()) }()
	for n := 0; it.Next(); n++ {
		if page.Limit > 0 && n == page.Limit {
			return true, nil
		}
		k, err := w.key.Decode(it.Key()[len(w.at):])
		if err != nil {
			return false, fmt.Errorf("state: walk %s: %w", w.prefix, err)
		}
		v, err := w.value.Decode(it.Value())
		if err != nil {
			return false, fmt.Errorf("state: walk %s: %w", w.prefix, err)
		}
		if err := fn(k, v); errors.Is(err, Stop) {
			return true, nil
		} else if err != nil {
			return false, err
		}
	}
	return false, nil
}
