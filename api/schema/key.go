package schema

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math"
	"strconv"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// part is how a field stands in a storage key.
type part byte

const (
	partString part = 's'
	partBytes  part = 'b'
	partInt32  part = 'i'
	partInt64  part = 'I'
	partUint32 part = 'u'
	partUint64 part = 'U'
)

// partOf returns how a field stands in a key, or 0 when it cannot.
func partOf(field protoreflect.FieldDescriptor) part {
	switch field.Kind() {
	case protoreflect.StringKind:
		return partString
	case protoreflect.BytesKind:
		return partBytes
	case protoreflect.Int32Kind, protoreflect.Sint32Kind, protoreflect.Sfixed32Kind, protoreflect.EnumKind:
		return partInt32
	case protoreflect.Int64Kind, protoreflect.Sint64Kind, protoreflect.Sfixed64Kind:
		return partInt64
	case protoreflect.Uint32Kind, protoreflect.Fixed32Kind:
		return partUint32
	case protoreflect.Uint64Kind, protoreflect.Fixed64Kind:
		return partUint64
	}
	return 0
}

// CollectionKey returns the key, within the contract's storage, of the entry of a
// collection whose key fields have these values: text as it is, bytes in hex,
// integers and enum numbers in decimal.
//
// The key is the collection's number (two bytes, big endian), a zero byte, and
// the parts. Integers are big endian, 4 or 8 bytes, signed ones with the sign
// bit flipped; in text and bytes each 0x00 becomes 0x00 0xFF, and 0x00 0x01 ends
// them. So bytewise order is the order of the values.
func (c *Contract) CollectionKey(collection string, parts []string) ([]byte, error) {
	col, ok := c.Collection(collection)
	if !ok {
		return nil, fmt.Errorf("contract %s has no collection %q", c.Service, collection)
	}
	return col.EntryKey(parts)
}

// CollectionKey parses a descriptor set and returns a key of one of its
// collections; see Contract.CollectionKey.
func CollectionKey(set []byte, collection string, parts []string) ([]byte, error) {
	c, err := Parse(set)
	if err != nil {
		return nil, err
	}
	return c.CollectionKey(collection, parts)
}

// EntryKey is CollectionKey for this collection.
func (c *Collection) EntryKey(parts []string) ([]byte, error) {
	if len(parts) != len(c.Key) {
		return nil, fmt.Errorf("key of collection %s has %d parts, got %d", c.Name, len(c.Key), len(parts))
	}
	key := append(binary.BigEndian.AppendUint16(nil, c.Number), 0)
	for i, field := range c.Key {
		var err error
		if key, err = appendPart(key, partOf(field), parts[i]); err != nil {
			return nil, fmt.Errorf("key field %s: %w", field.Name(), err)
		}
	}
	return key, nil
}

// appendPart encodes one part that is given as text.
func appendPart(key []byte, kind part, text string) ([]byte, error) {
	switch kind {
	case partString:
		return appendEscaped(key, []byte(text)), nil
	case partBytes:
		raw, err := hex.DecodeString(text)
		if err != nil {
			return nil, fmt.Errorf("%q is not hex", text)
		}
		return appendEscaped(key, raw), nil
	case partInt32, partInt64:
		size := 64
		if kind == partInt32 {
			size = 32
		}
		n, err := strconv.ParseInt(text, 10, size)
		if err != nil {
			return nil, fmt.Errorf("%q is not an integer of %d bits", text, size)
		}
		if kind == partInt32 {
			return binary.BigEndian.AppendUint32(key, uint32(n)^1<<31), nil
		}
		return binary.BigEndian.AppendUint64(key, uint64(n)^1<<63), nil
	case partUint32, partUint64:
		size := 64
		if kind == partUint32 {
			size = 32
		}
		n, err := strconv.ParseUint(text, 10, size)
		if err != nil {
			return nil, fmt.Errorf("%q is not a natural number of %d bits", text, size)
		}
		if kind == partUint32 {
			return binary.BigEndian.AppendUint32(key, uint32(n)), nil
		}
		return binary.BigEndian.AppendUint64(key, n), nil
	}
	return nil, fmt.Errorf("a field of this type is no part of a key")
}

func appendEscaped(key, raw []byte) []byte {
	for _, c := range raw {
		key = append(key, c)
		if c == 0 {
			key = append(key, 0xff)
		}
	}
	return append(key, 0, 1)
}

// ParseKey reads a storage key of an entry back into the collection and its key
// as text. Keys of index rows and of no collection give ok false.
func (c *Contract) ParseKey(key []byte) (col *Collection, parts []string, ok bool) {
	if len(key) < 3 || key[2] != 0 {
		return nil, nil, false
	}
	number := binary.BigEndian.Uint16(key)
	for i := range c.Collections {
		if c.Collections[i].Number == number {
			col = &c.Collections[i]
		}
	}
	if col == nil {
		return nil, nil, false
	}
	var kinds []part
	for _, field := range col.Key {
		kinds = append(kinds, partOf(field))
	}
	parts, ok = cutParts(key[3:], kinds...)
	if !ok {
		return nil, nil, false
	}
	return col, parts, true
}

// DescribeRow says in words what a storage key of no entry holds: a row of an
// index, a queue's newest number, or the id of a request that was carried out.
// docs/storage-layout.md gives the bytes. Other keys give ok false.
func (c *Contract) DescribeRow(key []byte) (text string, ok bool) {
	if len(key) < 3 || key[2] == 0 {
		return "", false
	}
	number, row := binary.BigEndian.Uint16(key), key[2]
	if number == 0 && row == requestRow {
		parts, ok := cutParts(key[3:], partString, partString, partString)
		if !ok {
			return "", false
		}
		by := parts[0]
		if parts[1] != "" {
			by = parts[1] + " for " + by
		}
		return "request id " + parts[2] + " of " + by, true
	}
	for i := range c.Collections {
		col := &c.Collections[i]
		if col.Number != number {
			continue
		}
		if col.Kind == CollectionQueue && row == newestRow {
			return "newest number of queue " + col.Name, len(key) == 3
		}
		for _, index := range col.Indexes {
			if index.Number != row {
				continue
			}
			var kinds []part
			for _, f := range index.Fields {
				kinds = append(kinds, partOf(f))
			}
			if !index.Unique {
				for _, f := range col.Key {
					kinds = append(kinds, partOf(f))
				}
			}
			parts, ok := cutParts(key[3:], kinds...)
			return col.Name + "." + index.Name + "[" + strings.Join(parts, ", ") + "]", ok
		}
	}
	return "", false
}

// Rows that are no collection's entry or index.
const (
	requestRow = 1   // of collection 0, the SDK's own
	newestRow  = 255 // of a queue
)

// cutParts reads parts that are all of a key.
func cutParts(key []byte, kinds ...part) (parts []string, ok bool) {
	for _, kind := range kinds {
		var text string
		if text, key, ok = cutPart(key, kind); !ok {
			return nil, false
		}
		parts = append(parts, text)
	}
	return parts, len(key) == 0
}

// cutPart reads one part off a key.
func cutPart(key []byte, kind part) (text string, rest []byte, ok bool) {
	switch kind {
	case partString, partBytes:
		raw, rest, ok := cutEscaped(key)
		if kind == partBytes {
			return hex.EncodeToString(raw), rest, ok
		}
		return string(raw), rest, ok
	case partInt32, partUint32:
		if len(key) < 4 {
			return "", nil, false
		}
		n := int64(binary.BigEndian.Uint32(key))
		if kind == partInt32 {
			n += math.MinInt32
		}
		return strconv.FormatInt(n, 10), key[4:], true
	case partInt64, partUint64:
		if len(key) < 8 {
			return "", nil, false
		}
		n := binary.BigEndian.Uint64(key)
		if kind == partInt64 {
			return strconv.FormatInt(int64(n^1<<63), 10), key[8:], true
		}
		return strconv.FormatUint(n, 10), key[8:], true
	}
	return "", nil, false
}

func cutEscaped(key []byte) (raw, rest []byte, ok bool) {
	raw = []byte{}
	for i := 0; i < len(key); i++ {
		if key[i] != 0 {
			raw = append(raw, key[i])
			continue
		}
		if i+1 == len(key) {
			return nil, nil, false
		}
		i++
		switch key[i] {
		case 0xff:
			raw = append(raw, 0)
		case 1:
			return raw, key[i+1:], true
		default:
			return nil, nil, false
		}
	}
	return nil, nil, false
}
