package sdktest

import (
	"slices"
	"sort"
)

// store is a contract's storage: an ordered map.
type store struct {
	keys   []string // sorted
	values map[string][]byte
}

// undo is one write to take back.
type undo struct {
	store *store
	key   string
	value []byte
	had   bool
}

func (s *store) get(key string) ([]byte, bool) {
	value, ok := s.values[key]
	return value, ok
}

func (s *store) set(key string, value []byte) {
	if s.values == nil {
		s.values = map[string][]byte{}
	}
	if _, ok := s.values[key]; !ok {
		s.keys = slices.Insert(s.keys, sort.SearchStrings(s.keys, key), key)
	}
	s.values[key] = append([]byte{}, value...)
}

func (s *store) remove(key string) {
	if _, ok := s.values[key]; ok {
		at := sort.SearchStrings(s.keys, key)
		s.keys = slices.Delete(s.keys, at, at+1)
		delete(s.values, key)
	}
}

// entries returns copies of the entries in [start, end); a nil end is no end.
func (s *store) entries(start string, end *string) []Entry {
	from, to := sort.SearchStrings(s.keys, start), len(s.keys)
	if end != nil {
		to = sort.SearchStrings(s.keys, *end)
	}
	var list []Entry
	for i := from; i < to; i++ {
		key := s.keys[i]
		list = append(list, Entry{Key: []byte(key), Value: append([]byte{}, s.values[key]...)})
	}
	return list
}

// write sets a value, or deletes the key when remove is true, and remembers how
// to take it back.
func (c *Chain) write(s *store, key string, value []byte, remove bool) {
	old, had := s.get(key)
	c.journal = append(c.journal, undo{store: s, key: key, value: old, had: had})
	if remove {
		s.remove(key)
	} else {
		s.set(key, value)
	}
}

// revert takes back all writes since the journal had length mark.
func (c *Chain) revert(mark int) {
	for i := len(c.journal) - 1; i >= mark; i-- {
		u := c.journal[i]
		if u.had {
			u.store.set(u.key, u.value)
		} else {
			u.store.remove(u.key)
		}
	}
	c.journal = c.journal[:mark]
}
