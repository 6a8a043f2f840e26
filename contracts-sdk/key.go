package sdk

// Key is part of a storage key: the encoded parts of a collection's key or of an
// index, one after the other. Bytewise order of keys is the order of their
// parts, and no key is a prefix of a different key of the same parts:
//
//   - integers and enums are big endian, 4 or 8 bytes, signed ones with the sign
//     bit flipped;
//   - strings and bytes have each 0x00 replaced by 0x00 0xFF and end with
//     0x00 0x01, the last part too.
//
// Proofs speak of these bytes, so they never change.
type Key []byte

// String appends a string part.
func (k Key) String(s string) Key {
	for i := 0; i < len(s); i++ {
		k = append(k, s[i])
		if s[i] == 0 {
			k = append(k, 0xff)
		}
	}
	return append(k, 0, 1)
}

// Bytes appends a bytes part.
func (k Key) Bytes(b []byte) Key {
	for _, c := range b {
		k = append(k, c)
		if c == 0 {
			k = append(k, 0xff)
		}
	}
	return append(k, 0, 1)
}

// Uint32 appends an unsigned 32-bit part.
func (k Key) Uint32(v uint32) Key {
	return append(k, byte(v>>24), byte(v>>16), byte(v>>8), byte(v))
}

// Uint64 appends an unsigned 64-bit part.
func (k Key) Uint64(v uint64) Key { return k.Uint32(uint32(v >> 32)).Uint32(uint32(v)) }

// Int32 appends a signed 32-bit part.
func (k Key) Int32(v int32) Key { return k.Uint32(uint32(v) ^ 1<<31) }

// Int64 appends a signed 64-bit part.
func (k Key) Int64(v int64) Key { return k.Uint64(uint64(v) ^ 1<<63) }

// keyRoom is the capacity new keys begin with, enough for most.
const keyRoom = 96

// newKey begins a storage key: the collection's number, then 0 for entries or
// the number of the index.
func newKey(collection uint16, index uint8) Key {
	return append(make(Key, 0, keyRoom), byte(collection>>8), byte(collection), index)
}

// skipParts returns the length of the parts at the beginning of an encoded key,
// or -1 when it is malformed. See Index.Parts.
func skipParts(key []byte, parts string) int {
	at := 0
	for i := 0; i < len(parts); i++ {
		switch parts[i] {
		case '4':
			at += 4
		case '8':
			at += 8
		default:
			for at+1 < len(key) && (key[at] != 0 || key[at+1] != 1) {
				if key[at] == 0 {
					at++ // the 0xFF of an escaped zero
				}
				at++
			}
			at += 2
		}
		if at > len(key) {
			return -1
		}
	}
	return at
}

// prefixEnd returns the first key behind all that begin with prefix, or nil when
// there is none.
func prefixEnd(prefix []byte) []byte {
	for i := len(prefix) - 1; i >= 0; i-- {
		if prefix[i] != 0xff {
			end := append([]byte(nil), prefix[:i+1]...)
			end[i]++
			return end
		}
	}
	return nil
}
